/**
 * Why a pipeline cannot run here: circles, nodes of types that do not run yet, bindings to nothing, inputs without a
 * value, and everything that is wrong with the steps themselves. Pipeline components are looked into as well.
 */
import {
  asObject,
  asString,
  errorsOf,
  type Issue,
  isLazError,
  type Json,
  type JsonObject,
  own,
  type Path,
} from '@lazurite/spec'
import { checkInputs } from './admit.ts'
import { admitControl, givenByLoop } from './admit-control.ts'
import { checkRetries } from './attempts.ts'
import {
  bindingsOf,
  boundOutput,
  field,
  findCycle,
  type Graph,
  isInside,
  type Node,
  readGraph,
  soleBinding,
} from './graph.ts'
import { nodeTypeOf, refusalOfNode } from './nodes/index.ts'
import type { NodeCase } from './nodes/type.ts'
import { datastoreOf, settingOf } from './pipeline-settings.ts'
import { jobsOf } from './pipeline-spec.ts'
import { type NodeSpec, specOfNode } from './spec-of-node.ts'
import { readLiteral } from './step-inputs.ts'
import { valueTypes } from './step-values.ts'
import type { Draft } from './type.ts'

export async function admitPipeline(draft: Draft): Promise<Issue[]> {
  return admitGraph(draft, { at: ['jobs'], depth: 0 })
}

interface Where {
  at: Path
  depth: number
}

async function admitGraph(draft: Draft, { at, depth }: Where): Promise<Issue[]> {
  let jobs: JsonObject
  try {
    jobs = await jobsOf(draft.ctx.store, draft.scope, draft.props)
  } catch (error) {
    if (isLazError(error)) return [{ path: ['componentId'], message: error.message }]
    throw error
  }
  const graph = readGraph(jobs)
  const issues: Issue[] = depth === 0 ? await checkTop(draft) : []
  issues.push(...checkNames(graph, at))
  for (const node of graph.values()) {
    for (const other of node.after.filter((key) => !graph.has(key))) {
      issues.push({
        path: [...at, node.key, 'inputs'],
        message: `The step ${node.key} uses an output of ${other}, which is no step of this pipeline.`,
      })
    }
  }
  const cycle = findCycle(graph)
  if (cycle) {
    issues.push({
      path: [...at, cycle[0] ?? ''],
      message: `The steps wait for each other in a circle: ${cycle.join(' → ')}.`,
      hint: 'Take one of these connections away.',
    })
  }
  const specs = new Map<string, NodeSpec>()
  for (const node of graph.values()) {
    if (node.control) continue
    const spec = await specOfNode(draft.ctx.store, draft.scope, node)
    if ('issue' in spec) issues.push(within([...at, node.key], [spec.issue])[0] ?? spec.issue)
    else specs.set(node.key, spec)
  }
  for (const node of graph.values()) {
    if (node.control) {
      const problemOf = ([area = '', ...rest]: string[]) =>
        bindingProblem(area, rest, { props: draft.props, graph, specs })
      const found = admitControl(node, node.control, { graph, specs, props: draft.props, problemOf })
      issues.push(...within([...at, node.key], [...found, ...checkOutputs(draft, node)]))
      continue
    }
    const spec = specs.get(node.key)
    if (!spec) continue
    const inside: NodeCase['within'] = (props, below) =>
      admitGraph({ ...draft, props }, { at: below, depth: depth + 1 })
    const found = await admitNode(draft, { graph, node, spec, specs, depth, within: inside })
    issues.push(...within([...at, node.key], found))
  }
  return issues
}

const nodeName = /^[A-Za-z_][A-Za-z0-9_-]{0,254}$/

function checkNames(graph: Graph, at: Path): Issue[] {
  const bad = [...graph.keys()].filter((key) => !nodeName.test(key) || key === '__proto__')
  return bad.map((key) => ({
    path: [...at, key],
    message: `${JSON.stringify(key.slice(0, 60))} cannot be the name of a step: letters, digits and _ only, not starting with a digit`,
  }))
}

/** The pipeline's own inputs, its datastore. */
async function checkTop({ scope, props, ctx }: Draft): Promise<Issue[]> {
  const issues = await checkInputs({ scope, props, ctx }, asObject(props.inputs), ['inputs'])
  const datastore = datastoreOf(props)
  if (datastore && !(await ctx.store.resources.get({ scope, kind: 'datastore', name: datastore }))) {
    issues.push({ path: ['settings', 'default_datastore'], message: `There is no datastore ${datastore}.` })
  }
  for (const name of ['on_init', 'on_finalize']) {
    if (settingOf(props, name) === undefined) continue
    const message = `Steps that run before or after all others are not known here; settings.${name} is kept without effect.`
    issues.push({ path: ['settings', name], message, severity: 'warning' })
  }
  issues.push(...checkRetries(settingOf(props, 'max_step_retries'), ['settings', 'max_step_retries']))
  return issues
}

async function admitNode(draft: Draft, one: NodeCase): Promise<Issue[]> {
  const refusal = refusalOfNode(one.node, one.spec)
  if (refusal) return [refusal]
  const type = await nodeTypeOf(one.node, one.spec)
  const limits = asObject(field(one.node.wire, 'limits'))
  const bad = checkRetries(field(limits, 'max_retries', 'maxRetries'), ['limits', 'max_retries'])
  return [
    ...bad,
    ...(await checkData(draft, one.node)),
    ...checkBindings(draft, one),
    ...checkPorts(draft, one),
    ...(await type.admit(draft, one)),
  ]
}

/** Data that a step names itself, and not through the pipeline. */
async function checkData(draft: Draft, { wire }: Node): Promise<Issue[]> {
  const named = Object.entries(asObject(wire.inputs)).flatMap(([name, raw]): [string, JsonObject][] => {
    const input = asObject(raw)
    const uri = asString(field(input, 'uri', 'path'))
    const type = asString(field(input, 'jobInputType', 'job_input_type', 'type')) ?? 'uri_folder'
    return uri === undefined || type === 'literal' || bindingsOf(uri).length > 0
      ? []
      : [[name, { jobInputType: type, uri }]]
  })
  return errorsOf(await checkInputs(draft, Object.fromEntries(named), ['inputs']))
}

/** Everything a node refers to must be there. */
function checkBindings({ props }: Draft, { graph, node, specs }: NodeCase): Issue[] {
  const issues: Issue[] = []
  for (const [name, raw] of Object.entries(asObject(node.wire.inputs))) {
    for (const [area, ...rest] of bindingsOf(raw)) {
      const problem = bindingProblem(area ?? '', rest, { props, graph, specs })
      if (problem) issues.push({ path: ['inputs', name], message: `The input ${name} is bound to ${problem}.` })
    }
  }
  return [...issues, ...checkOutputs({ props }, node)]
}

function checkOutputs({ props }: Pick<Draft, 'props'>, node: Node): Issue[] {
  const issues: Issue[] = []
  for (const [name, raw] of Object.entries(asObject(node.wire.outputs))) {
    const of = boundOutput(raw)
    if (of !== undefined && !Object.hasOwn(asObject(props.outputs), of)) {
      issues.push({
        path: ['outputs', name],
        message: `Failed to find top level definition for output binding \${{parent.outputs.${of}}}.`,
      })
    }
  }
  return issues
}

function bindingProblem(
  area: string,
  rest: string[],
  { props, graph, specs }: { props: JsonObject; graph: Graph; specs: Map<string, NodeSpec> },
): string | undefined {
  const [node = '', side = '', ...port] = rest
  if (area === 'inputs') {
    return Object.hasOwn(asObject(props.inputs), rest.join('.'))
      ? undefined
      : `the pipeline input ${rest.join('.')}, which does not exist`
  }
  if (area !== 'jobs')
    return `\${{${[area, ...rest].join('.')}}}, which a step cannot use; it can use parent.inputs and parent.jobs`
  const other = graph.get(node)
  if (!other) return undefined
  const name = port.join('.')
  if (other.control && other.control.is !== 'parallel_for')
    return `the node ${node}, which decides and has no ${side || 'outputs'}`
  if (isInside(graph, other))
    return `the step ${node}, which runs many times; its loop ${other.loop} has the outputs of all of them`
  const spec = specs.get(other.control?.is === 'parallel_for' ? other.control.body : node)
  if (!spec) return undefined
  if (side === 'outputs') {
    const has = name === 'artifacts' || Object.hasOwn(asObject(spec.spec.outputs), name)
    return has ? undefined : `the output ${name} of the step ${node}, which has none of that name`
  }
  if (side !== 'inputs') return `\${{parent.jobs.${rest.join('.')}}}, which names no output`
  return Object.hasOwn(asObject(other.wire.inputs), name)
    ? undefined
    : `the input ${name} of the step ${node}, which has none of that name`
}

/** Required inputs have a value, and literals fit their type. */
function checkPorts({ props }: Draft, { graph, node, spec, specs }: NodeCase): Issue[] {
  if (!spec.declared) return []
  const given = asObject(node.wire.inputs)
  const byLoop = givenByLoop(graph, node)
  const issues: Issue[] = []
  for (const [name, raw] of Object.entries(asObject(spec.spec.inputs))) {
    const port = asObject(raw)
    const said = own(given, name)
    const value = literalOf(said, props)
    const absent = said === undefined || said === null
    const comes = byLoop === 'any' || byLoop.has(name)
    if (absent && !comes && port.optional !== true && (port.default === undefined || port.default === null)) {
      issues.push({
        path: ['inputs', name],
        message: `Required input '${name}' for component '${spec.component.name || node.key}' not provided.`,
      })
    }
    if (!valueTypes.has(asString(port.type) ?? '')) continue
    issues.push(...checkTypes(name, said, { graph, specs }))
    if (value === undefined) continue
    const read = readLiteral(port, value)
    if ('problem' in read) issues.push({ path: ['inputs', name], message: `The input ${name} ${read.problem}.` })
  }
  return issues
}

/** Data cannot become a value: an input that takes one is bound to outputs that are values. */
function checkTypes(
  name: string,
  said: Json | undefined,
  { graph, specs }: Pick<NodeCase, 'graph' | 'specs'>,
): Issue[] {
  const text = asString(said) ?? asString(asObject(said).value)
  const [area, node = '', side, ...port] = (text === undefined ? undefined : soleBinding(text)) ?? []
  const spec = specs.get(node)
  if (area !== 'jobs' || side !== 'outputs' || !graph.has(node) || !spec?.declared) return []
  const output = port.join('.')
  const type = asString(asObject(own(asObject(spec.spec.outputs), output)).type)
  if (type === undefined || valueTypes.has(type)) return []
  const message = `The input ${name} takes a value, but is bound to the output ${output} of the step ${node}, which is a ${type}.`
  return [{ path: ['inputs', name], message }]
}

/** The text of a literal that is known now: written in the node, or in the pipeline input it is bound to. */
function literalOf(raw: Json | undefined, props: JsonObject): string | undefined {
  const wire = asObject(raw)
  const text = asString(raw) ?? asString(wire.value)
  if (text === undefined) return undefined
  const bindings = bindingsOf(text)
  if (bindings.length === 0) return text
  const [first] = bindings
  if (bindings.length > 1 || first?.[0] !== 'inputs' || !/^\s*\$\{\{[^}]*\}\}\s*$/.test(text)) return undefined
  const input = asObject(own(asObject(props.inputs), first.slice(1).join('.')))
  return input.jobInputType === 'literal' ? asString(input.value) : undefined
}

function within(at: Path, issues: Issue[]): Issue[] {
  return issues.map((issue) => ({ ...issue, path: [...at, ...issue.path] }))
}
