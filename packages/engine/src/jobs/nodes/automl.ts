/** A node that is an AutoML job. It is written as in a file of its own: its words are turned into those of the wire. */
import {
  asObject,
  asString,
  errorsOf,
  type Issue,
  type Json,
  type JsonObject,
  own,
  type Path,
  toWire,
} from '@lazurite/spec'
import { readPlan } from '../../automl/plan.ts'
import { slotOf } from '../../slot.ts'
import { checkEnvironment } from '../admit.ts'
import { usualEnvironment } from '../automl-child.ts'
import { bindingsOf, field, type Node } from '../graph.ts'
import { pipelineCompute } from '../pipeline-settings.ts'
import { bareId } from '../spec-of-node.ts'
import { fillDeep } from './fill.ts'
import type { NodeType } from './type.ts'

const tables = ['training_data', 'validation_data', 'test_data'] as const
/** What a node has in common with a job of its own, in the words of YAML. */
const shared = [
  ...['task', 'primary_metric', 'log_verbosity', 'target_column_name', 'limits', 'featurization', 'training'],
  ...['forecasting', 'validation_data_size', 'test_data_size', 'n_cross_validations', 'cv_split_column_names'],
  ...['weight_column_name', 'positive_label', 'environment_id', 'environment_variables', 'resources'],
  ...['queue_settings', 'sweep', 'search_space', 'training_parameters'],
]

export const automl: NodeType = {
  async props({ sources }, { inputs }, node) {
    const data = tables.flatMap((name): [string, Json][] => {
      const { uri, jobInputType } = asObject(own(asObject(inputs), name))
      return asString(uri) ? [[name, { type: jobInputType ?? 'mltable', path: uri ?? '' }]] : []
    })
    const filled = asObject(await fillDeep(sources, written(node)))
    const { props } = convert({ ...filled, ...Object.fromEntries(data) })
    // the data is in taskDetails
    return { ...ownMembers(props), inputs: {} }
  },
  async admit(draft, { node, spec }) {
    if (spec.declared) {
      const message = 'Components of type automl are not supported: the trials of one come from the service.'
      return [{ path: ['component'], message, hint: 'Write the task into the step itself.' }]
    }
    const data = tables.flatMap((name): [string, Json][] =>
      own(asObject(node.wire.inputs), name) === undefined ? [] : [[name, { type: 'mltable', path: 'azureml:later:1' }]],
    )
    const { props, issues } = convert({ ...written(node), ...Object.fromEntries(data) })
    const planned = readPlan(props).issues.map((issue) => ({ ...issue, path: inYaml(issue.path) }))
    const environment = bareId(props.environmentId) ?? usualEnvironment
    return [
      ...issues,
      ...planned.filter(({ path }) => !issues.some((known) => known.path[0] === path[0])),
      ...(await checkEnvironment(draft, environment, ['environment_id'])),
      ...(await checkPlace(draft, node, props)),
    ]
  },
}

function written({ wire }: Node): JsonObject {
  const pairs = shared.flatMap((name): [string, Json][] => {
    const value = own(wire, name)
    return value === undefined || value === null ? [] : [[name, value]]
  })
  return Object.fromEntries(pairs)
}

/** Wire properties, and what is wrong with the words. */
function convert(yaml: JsonObject): { props: JsonObject; issues: Issue[] } {
  const issues: Issue[] = []
  const props = toWire('job', { type: 'automl', ...yaml }, { issues, ref: (_, text) => text })
  return { props: asObject(props), issues: errorsOf(issues) }
}

/** Members of the job alone; what all steps have is known better elsewhere. */
function ownMembers(props: JsonObject): JsonObject {
  const kept = ['jobType', 'taskDetails', 'environmentId', 'environmentVariables', 'resources', 'queueSettings']
  return Object.fromEntries(Object.entries(props).filter(([name]) => kept.includes(name)))
}

const yamlWords: Record<string, string> = {
  taskType: 'task',
  primaryMetric: 'primary_metric',
  targetColumnName: 'target_column_name',
  trainingData: 'training_data',
  trainingSettings: 'training',
  featurizationSettings: 'featurization',
  forecastingSettings: 'forecasting',
  limitSettings: 'limits',
  nCrossValidations: 'n_cross_validations',
}

/** The place as people wrote it. */
function inYaml([, first, ...rest]: Path): Path {
  const name = typeof first === 'string' ? (own(yamlWords, first) ?? first) : 'task'
  return [name, ...rest]
}

async function checkPlace(draft: Parameters<NodeType['admit']>[0], node: Node, props: JsonObject): Promise<Issue[]> {
  const { scope, ctx } = draft
  const compute = asString(field(node.wire, 'computeId', 'compute_id', 'compute')) ?? pipelineCompute(draft.props)
  if (bindingsOf(compute).length > 0) return []
  const { cores, memoryMiB, gpus } = ctx.settings
  const asked: JsonObject = {
    ...(compute ? { computeId: compute } : {}),
    ...(props.resources === undefined ? {} : { resources: { ...asObject(props.resources), instanceCount: 1 } }),
  }
  const slot = await slotOf({ store: ctx.store, scope, props: asked, machine: { cores, memoryMiB, gpus } })
  return 'issue' in slot ? [{ ...slot.issue, path: ['compute'] }] : []
}
