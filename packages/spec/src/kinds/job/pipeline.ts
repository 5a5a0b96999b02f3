// pipeline job: nodes, what flows between them, settings. The node tables are shared with pipeline components.
import { type Fields, f, type Variant } from '../../field.ts'
import { asObject, isObject, type Json, type JsonObject } from '../../json.ts'
import { description } from '../common.ts'
import { automlTasks } from './automl.ts'
import { commandLine, parameterised } from './command.ts'
import {
  commandLimits,
  compute,
  distribution,
  environment,
  environmentVariables,
  identity,
  job,
  outputs,
  pipelineInputs,
  queueSettings,
  resources,
  services,
} from './common.ts'
import { parallelFields } from './parallel.ts'
import { sparkFields, sparkResources } from './spark.ts'
import { earlyTermination, nodeSweepLimits, objective, samplingAlgorithm, searchSpace } from './sweep.ts'

const component = f.any({ doc: 'The component: ./file.yml, azureml:<name>:<version>, or one in place.' })
const nodeInputs = f.map(f.input(), { doc: 'Values, data and bindings by name.' })
const nodeOutputs = f.map(f.output(), {
  doc: 'Nothing, a mapping, or ${{parent.outputs.<name>}} to make it an output of the pipeline.',
})
const base: Fields = {
  $schema: f.string({ out: true }),
  inputs: nodeInputs,
  outputs: nodeOutputs,
  properties: f.map(f.string({ nullable: true }), { doc: 'Texts by name.' }),
  comment: f.string({ doc: 'A note shown in the graph.' }),
  tags: f.map(f.any({ nullable: true }), { doc: 'Texts by name.' }),
  name: f.string({ doc: 'Ignored: a node is named by its key.' }),
  display_name: f.string({ loose: true, nullable: true, doc: 'Name shown to people.' }),
  description: f.string({ loose: true, nullable: true, doc: 'Free text.' }),
}
/** Keys of a job in place that it does not share with the command. */
const inPlace: Fields = {
  $schema: f.string({ out: true }),
  id: f.string({ out: true }),
  status: f.string({ out: true }),
  creation_context: f.any({ out: true }),
  log_files: f.any({ out: true }),
  name: f.string({ doc: 'Ignored: a node is named by its key.' }),
  description,
  tags: f.map(f.string({ nullable: true }), { doc: 'Texts by name.' }),
  display_name: f.string({ doc: 'Name shown to people.' }),
  experiment_name: f.string({ doc: 'Ignored: the pipeline has one.' }),
  properties: f.map(f.string({ nullable: true }), { doc: 'Texts by name.' }),
  compute,
  identity,
  services,
  inputs: nodeInputs,
  outputs: nodeOutputs,
}

const command: Variant = {
  wire: 'command',
  doc: 'A command.',
  fields: {
    ...base,
    component,
    command: { ...commandLine, doc: 'Ignored: the component has one.' },
    code: f.string({ nullable: true, doc: 'Ignored: the component has one.' }),
    environment: { ...environment, doc: 'Ignored: the component has one.' },
    environment_variables: environmentVariables,
    resources,
    distribution,
    queue_settings: queueSettings,
    compute,
    limits: commandLimits,
    services,
    identity,
  },
  inline: {
    ...inPlace,
    ...parameterised,
    limits: commandLimits,
    parameters: f.any({ out: true }),
    parent_job_name: f.string(),
  },
  promoted: ['description', 'tags', 'display_name', 'command', 'code', 'environment', 'resources', 'distribution'],
}

const sweep: Variant = {
  wire: 'sweep',
  doc: 'A sweep over a command component.',
  fields: {
    ...base,
    trial: component,
    sampling_algorithm: samplingAlgorithm,
    search_space: searchSpace,
    objective: f.required(objective),
    early_termination: earlyTermination,
    limits: f.required(nodeSweepLimits),
    queue_settings: queueSettings,
    resources,
    compute,
  },
}

const parallel: Variant = {
  wire: 'parallel',
  doc: 'A function over mini-batches.',
  fields: { ...base, component, ...parallelFields, environment_variables: environmentVariables, compute, identity },
  inline: { ...inPlace, ...parallelFields, environment_variables: environmentVariables },
  inlineBindings: true,
  promoted: ['description', 'tags', 'display_name', ...Object.keys(parallelFields)],
}

const spark: Variant = {
  wire: 'spark',
  doc: 'A Spark program.',
  fields: {
    ...base,
    component,
    ...sparkFields,
    code: f.string({ nullable: true }),
    entry: { ...sparkFields.entry, required: false, t: 'any' },
    compute,
    resources: sparkResources,
    identity,
  },
  inline: { ...inPlace, ...sparkFields, resources: sparkResources },
  promoted: ['description', 'tags', 'display_name', ...Object.keys(sparkFields)],
}

const pipeline: Variant = { wire: 'pipeline', doc: 'A pipeline component.', fields: { ...base, component } }

const anyMap = f.map(f.any({ nullable: true }))
const transferBase: Fields = {
  ...inPlace,
  ...base,
  component,
  task: f.required(f.enum(['copy_data', 'import_data', 'export_data'])),
}
const transfer: Variant = {
  wire: 'data_transfer',
  doc: 'Moves data between stores.',
  fields: {
    ...transferBase,
    data_copy_mode: f.enum(['merge_with_overwrite', 'fail_if_conflict']),
    source: anyMap,
    sink: anyMap,
  },
  inline: {
    ...inPlace,
    task: f.required(f.enum(['copy_data', 'import_data', 'export_data'])),
    data_copy_mode: f.enum(['merge_with_overwrite', 'fail_if_conflict']),
    source: anyMap,
    sink: anyMap,
  },
}
const imported: Variant = {
  wire: 'import',
  doc: 'Brings data in.',
  fields: { ...base, component },
  inline: { ...inPlace, source: anyMap, output: f.output() },
}

const automl: Variant = {
  wire: 'automl',
  doc: 'A model sought among many.',
  fields: {},
  inline: {
    ...inPlace,
    ...Object.assign({}, ...Object.values(automlTasks).map((t) => t.fields)),
    task: f.required(f.enum(Object.keys(automlTasks), { spelling: 'snake' })),
    limits: anyMap,
    target_column_name: f.string(),
    primary_metric: f.string(),
    outputs: nodeOutputs,
    training: anyMap,
    featurization: anyMap,
  },
}

const nodeRef = (doc: string) =>
  f.string({
    pattern: '^\\s*\\$\\{\\{\\s*(parent\\.)?jobs\\.[A-Za-z0-9_-]+\\s*\\}\\}\\s*$',
    says: 'a node of this pipeline, such as ${{parent.jobs.train}}',
    doc,
  })
const block = (doc: string) => f.union([nodeRef(doc), f.list(nodeRef(doc))], { doc })
/** Nodes that decide about other nodes. */
const ifElse: Variant = {
  wire: 'if_else',
  doc: 'Runs one of two branches.',
  control: { asText: [] },
  fields: {
    condition: f.required(
      f.union([f.bool(), f.string()], { doc: 'true, false, or ${{parent.jobs.<node>.outputs.<boolean>}}.' }),
    ),
    true_block: block('Nodes that run when it is true.'),
    false_block: block('Nodes that run when it is false.'),
  },
}
const doWhile: Variant = {
  wire: 'do_while',
  doc: 'Runs a node again as long as one of its outputs is true.',
  control: { asText: [] },
  fields: {
    body: f.required(nodeRef('The node that is repeated: ${{parent.jobs.<node>}}.')),
    condition: f.string({ doc: 'A boolean output of the body; without one it goes on to the limit.' }),
    mapping: f.required(
      f.map(f.union([f.string(), f.list(f.string())]), {
        doc: 'Outputs of the body and the inputs they become in the next iteration.',
      }),
    ),
    limits: f.required(
      f.object({
        max_iteration_count: f.required(f.int({ wire: 'max_iteration_count', doc: 'Iterations at most, 1 to 1000.' })),
      }),
    ),
  },
}
const parallelFor: Variant = {
  wire: 'parallel_for',
  doc: 'Runs a node once for each item, beside each other.',
  control: { asText: ['items'] },
  fields: {
    body: f.required(nodeRef('The node that is repeated: ${{parent.jobs.<node>}}.')),
    items: f.required(
      f.union([f.list(f.map(f.input())), f.map(f.map(f.input())), f.string()], {
        doc: 'Inputs of each iteration: a list or a mapping of mappings, JSON text, or a binding.',
      }),
    ),
    max_concurrency: f.int({ wire: 'max_concurrency', doc: 'Iterations at once; all of them when absent.' }),
    outputs: nodeOutputs,
  },
}

/** One row a type of node. */
const nodes: Readonly<Record<string, Variant>> = {
  command,
  sweep,
  parallel,
  pipeline,
  spark,
  automl,
  data_transfer: transfer,
  import: imported,
  if_else: ifElse,
  do_while: doWhile,
  parallel_for: parallelFor,
}

export const nodesField = f.map(f.node(nodes), {
  keys: '^[a-z_][a-z0-9_]*$',
  keysSay: 'lower-case letters, digits and underscores, not starting with a digit',
  doc: 'The nodes by name.',
})

const settings = f.object(
  {
    default_datastore: f.ref('datastore', {
      unversioned: true,
      wire: 'default_datastore',
      doc: 'Where outputs go: azureml:<name>.',
    }),
    default_compute: f.union([f.enum(['serverless']), f.ref('compute', { unversioned: true })], {
      wire: 'default_compute',
      doc: 'Where nodes without a compute run: azureml:<name> or serverless.',
    }),
    continue_on_step_failure: f.bool({
      wire: 'continue_on_step_failure',
      doc: 'Go on with what does not depend on a failed node.',
    }),
    force_rerun: f.bool({ wire: 'force_rerun', doc: 'Reuse nothing, and be reused by nothing.' }),
  },
  { open: true, doc: 'How the pipeline runs.' },
)

export const pipelineJob: Fields = {
  ...job,
  settings,
  inputs: pipelineInputs,
  outputs,
  jobs: nodesField,
  component: f.component({ wire: 'componentId', doc: 'A pipeline component as the whole graph, instead of jobs.' }),
}

/** The graph of a component in a file becomes the job's own; presets of its inputs become values. */
export function pipelineToWire(written: JsonObject): JsonObject {
  const settings = { ...asObject(written.settings), _source: 'YAML.JOB' }
  const { componentId, ...rest } = written
  const graph = asObject(asObject(componentId).graph)
  if (!isObject(graph.jobs)) return { ...written, settings }
  const presets = Object.entries(asObject(graph.inputs)).flatMap(([name, port]): [string, Json][] => {
    const preset = asObject(port).default
    return typeof preset === 'string' ? [[name, { jobInputType: 'literal', value: preset }]] : []
  })
  const ports = Object.entries(asObject(graph.outputs)).map(([name, port]): [string, Json] => [
    name,
    { jobOutputType: asObject(port).type ?? 'uri_folder' },
  ])
  return {
    ...rest,
    settings,
    jobs: graph.jobs,
    inputs: { ...Object.fromEntries(presets), ...asObject(rest.inputs) },
    outputs: { ...Object.fromEntries(ports), ...asObject(rest.outputs) },
  }
}
