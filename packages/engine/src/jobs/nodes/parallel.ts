/** A node that runs a function over mini-batches of an input. */
import {
  asObject,
  asString,
  errorsOf,
  fail,
  type Issue,
  isObject,
  type Json,
  type JsonObject,
  own,
  type Path,
  refsOf,
} from '@lazurite/spec'
import { slotOf } from '../../slot.ts'
import { checkCode, checkEnvironment } from '../admit.ts'
import { bindingsOf, field, type Node } from '../graph.ts'
import { type ParallelSpec, readParallel } from '../parallel-spec.ts'
import { pipelineCompute } from '../pipeline-settings.ts'
import { bareId, type NodeSpec } from '../spec-of-node.ts'
import type { Draft } from '../type.ts'
import { camelKeys, fillAll, fillDeep } from './fill.ts'
import type { NodeType } from './type.ts'

export const parallel: NodeType = {
  async props({ sources }, _shared, node, { spec }) {
    const { task, resources, environment_variables: variables, ...rest } = partsOf(node, spec)
    const code = bareId(asObject(task).code)
    const filled = asObject(await fillDeep(sources, { ...rest, ...(task === undefined ? {} : { task }) }))
    const wanted = camelKeys(resources)
    const { spec: read, issues } = readParallel(filled)
    // what is bound to an input of the pipeline is known only now
    const [issue] = issues
    if (issue) fail('BadArgument', { what: issue.message.replace(/\.$/, '') })
    return {
      jobType: 'Parallel',
      ...(code ? { codeId: code } : {}),
      environmentId: bareId(asObject(task).environment) ?? '',
      environmentVariables: await fillAll(sources, asObject(variables)),
      ...(wanted ? { resources: asObject(await fillDeep(sources, wanted)) } : {}),
      parallel: { ...read },
    }
  },
  async admit(draft, { node, spec }) {
    const parts = partsOf(node, spec.spec)
    const task = asObject(parts.task)
    if (Object.keys(task).length === 0) return [noTask]
    const read = readParallel(parts)
    return errorsOf([
      ...read.issues,
      ...checkPorts(read.spec, node, spec),
      ...(await checkCode(draft, bareId(task.code) ?? '', ['task', 'code'])),
      ...(await checkEnvironment(draft, bareId(task.environment) ?? '', ['task', 'environment'])),
      ...(await checkPlace(draft, node, parts)),
    ])
  },
}

/** Prompt flows are parallel components, too, to the official client. */
const noTask: Issue = {
  path: ['task'],
  message: 'The step has no task. Components without one, such as prompt flows, are not supported.',
  hint: 'Write an entry script with run(mini_batch) that does the work of the flow.',
}

const names = [
  ...['input_data', 'mini_batch_size', 'partition_keys', 'error_threshold', 'mini_batch_error_threshold'],
  ...['max_concurrency_per_instance', 'logging_level', 'resources', 'batch_scoring'],
] as const

/** What makes the node parallel, under its snake case names: what the node says goes before its component. */
function partsOf({ wire }: Node, spec: JsonObject): JsonObject {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const said = (name: string): Json | undefined => {
    const value = field(wire, name, camel(name))
    // the official client writes 0 where nobody gave a size
    return value === undefined || (name === 'mini_batch_size' && Number(value) === 0) ? own(spec, name) : value
  }
  const merged = (name: string): JsonObject => {
    const given = Object.entries(asObject(field(wire, name, camel(name)))).filter(([, value]) => value !== null)
    return { ...asObject(own(spec, name)), ...Object.fromEntries(given) }
  }
  const parts: JsonObject = {
    task: merged('task'),
    retry_settings: merged('retry_settings'),
    environment_variables: merged('environment_variables'),
  }
  for (const name of names) {
    const value = said(name)
    if (value !== undefined && value !== null) parts[name] = value
  }
  return parts
}

/** The input that is cut, the output that is appended to, and what the arguments speak of must be there. */
function checkPorts(
  { inputData, appendRowTo, programArguments }: ParallelSpec,
  node: Node,
  { spec, declared }: NodeSpec,
): Issue[] {
  const issues: Issue[] = []
  const ports = (area: 'inputs' | 'outputs') => asObject(declared ? spec[area] : node.wire[area])
  if (inputData && !Object.hasOwn(ports('inputs'), inputData)) {
    issues.push({ path: ['input_data'], message: `The step has no input ${inputData}.` })
  } else if (inputData) issues.push(...checkData(inputData, ports('inputs')[inputData], node))
  if (appendRowTo !== undefined && !Object.hasOwn(ports('outputs'), appendRowTo)) {
    issues.push({ path: ['task', 'append_row_to'], message: `The step has no output ${appendRowTo}.` })
  }
  for (const { path, optional } of refsOf(programArguments)) {
    const [area = '', ...rest] = path
    if ((area !== 'inputs' && area !== 'outputs') || optional || Object.hasOwn(ports(area), rest.join('.'))) continue
    const message = `The step has none of its ${area} named ${rest.join('.')}.`
    issues.push({ path: ['task', 'program_arguments'], message })
  }
  return issues
}

const plainTypes = new Set(['string', 'integer', 'number', 'boolean'])

/** Only data can be cut. */
function checkData(name: string, port: Json | undefined, node: Node): Issue[] {
  const said = asObject(own(asObject(node.wire.inputs), name))
  const value = asString(own(asObject(node.wire.inputs), name)) ?? asString(said.value)
  const type = asString(asObject(port).type) ?? ''
  const literal = value !== undefined && bindingsOf(value).length === 0 && !isObject(port)
  if (!plainTypes.has(type) && !literal) return []
  return [{ path: ['input_data'], message: `The input ${name} is a value; only files and tables can be cut.` }]
}

async function checkPlace(draft: Draft, { wire }: Node, parts: JsonObject): Promise<Issue[]> {
  const compute = asString(field(wire, 'computeId', 'compute_id', 'compute')) ?? pipelineCompute(draft.props)
  const path: Path = ['compute']
  if (!compute) {
    const hint = 'Set compute in the step, or settings.default_compute of the pipeline.'
    return [{ path, message: 'Compute not set', hint }]
  }
  // a compute that is an input of a component is known only where the component is used
  if (bindingsOf(compute).length > 0) return []
  const { cores, memoryMiB, gpus } = draft.ctx.settings
  const props: JsonObject = { computeId: compute, resources: camelKeys(parts.resources) ?? {} }
  const slot = await slotOf({ store: draft.ctx.store, scope: draft.scope, props, machine: { cores, memoryMiB, gpus } })
  return 'issue' in slot ? [{ ...slot.issue, path }] : []
}
