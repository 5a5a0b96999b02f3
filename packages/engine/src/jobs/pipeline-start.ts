/** How a step of a pipeline comes into being: its job is a row written along with the pipeline's record of it. */
import { randomUUID } from 'node:crypto'
import { asObject, fail, isLazError, type JsonObject, own } from '@lazurite/spec'
import type { PutInput } from '@lazurite/store'
import { artifactsPath } from '../run-folder.ts'
import type { Graph, Node } from './graph.ts'
import { tell } from './journal.ts'
import { rowOfUnit } from './pipeline-record.ts'
import { resumeProperties, reuseFor, reuseProperties } from './reuse.ts'
import { specOfNode } from './spec-of-node.ts'
import { type JobStatus, readJobStatus } from './status.ts'
import { nodeId, stepProps } from './step.ts'
import type { Source, Sources } from './step-inputs.ts'
import { readValue, valueTypeOf } from './step-values.ts'
import type { Work } from './type.ts'

/** A step to be started: a node, under the name it has as a step, with what a loop says about its inputs. */
export interface Unit {
  unit: string
  node: Node
}

/** Steps that are started in one look; the others follow in the next, so that nobody waits for a long one. */
const mostStarts = 100

/** Starts steps. Answers true when some are left for the next look. */
export async function startSteps(work: Work, graph: Graph, ready: Unit[]): Promise<boolean> {
  const { status } = work
  const children = status.children ?? {}
  status.children = children
  const names: string[] = []
  for (const { unit, node } of ready.slice(0, mostStarts)) {
    const name = randomUUID()
    const made = await stepRow(work, graph, { ...node, key: unit }, name).catch((error: unknown) => {
      if (!isLazError(error)) throw error
      return { problem: error.message }
    })
    if ('problem' in made) {
      failUnit(work, unit, made.problem)
      continue
    }
    work.put.push(made)
    children[unit] = name
    names.push(`${nodeId(work.row.name, unit)}:${name}`)
  }
  if (names.length > 0) {
    tell(work, `Submitting ${names.length} runs, first five are: ${names.slice(0, 5).join(',')}`)
  }
  return ready.length > mostStarts
}

/** A step or a control node that cannot do what it is there for. */
export function failUnit(work: Work, unit: string, why: string): void {
  const { status } = work
  status.finished = { ...status.finished, [unit]: 'Failed' }
  status.problems = { ...status.problems, [unit]: why }
  tell(work, `The node ${unit} failed: ${why}`)
}

async function stepRow(work: Work, graph: Graph, node: Node, name: string): Promise<PutInput> {
  const { ctx, key, row, props, status } = work
  const spec = await specOfNode(ctx.store, key.scope, node)
  if ('issue' in spec) return fail('BadArgument', { what: `The step ${node.key} cannot start: ${spec.issue.message}` })
  const upstream: Record<string, string> = {}
  const around = { pipeline: row.name, props, sources: sourcesOf(work, graph, upstream) }
  const step = await stepProps(around, node, spec)
  const deterministic = spec.spec.is_deterministic !== false
  const asked = { scope: key.scope, step, deterministic, pipeline: props, node }
  const known = spec.type === 'pipeline' ? {} : anew(work, graph, node, await reuseFor(ctx.store, asked))
  const { scope, name: component, version } = spec.component
  const made = scope === undefined ? {} : { component: { scope, name: component, version } }
  const facts = { rootRunId: status.rootRunId, ...known, ...made, upstream }
  const resumed = spec.type === 'pipeline' ? await resumeProperties(ctx.store, key.scope, props, node.key) : {}
  const birth: JsonObject = JSON.parse(JSON.stringify(facts)) // drops what is undefined
  return {
    key: { scope: key.scope, kind: key.kind, name },
    props: { ...step, properties: { ...asObject(step.properties), ...reuseProperties(known), ...resumed } },
    by: row.createdBy,
    state: 'NotStarted',
    status: birth,
    parent: row.name,
    wakeAt: work.now,
  }
}

/** A loop that goes round runs its body each time, also when a round has the same inputs as the one before. */
function anew<K extends Pick<JobStatus, 'reuse' | 'outputs'>>(work: Work, graph: Graph, node: Node, known: K): K {
  const of = known.reuse?.of
  const goesRound = node.loop !== undefined && graph.get(node.loop)?.control?.is === 'do_while'
  if (!goesRound || of === undefined || !Object.values(work.status.children ?? {}).includes(of)) return known
  const { outputs: _, ...rest } = known
  return { ...rest, reuse: { reused: false, why: 'an earlier round of the same loop is no reason not to run' } } as K // without what is optional
}

/** What a node can refer to; notes in `upstream` which assets the outputs are that it does refer to. */
export function sourcesOf(work: Work, graph: Graph, upstream: Record<string, string> = {}): Sources {
  return {
    graph,
    inputs: asObject(work.props.inputs),
    async output(node, output) {
      if (work.status.bypassed?.[node] === true) return undefined
      const found = await outputOf(work, node, output)
      if (found?.assetId !== undefined) upstream[found.uri] = found.assetId
      if (!found) return fail('BadArgument', { what: `The step ${node} has no output ${output}` })
      return withValue(work, graph, { node, output, found })
    },
  }
}

/** Where a step, or a loop as a whole, put an output. */
export async function outputOf(
  work: Work,
  unit: string,
  output: string,
): Promise<{ uri: string; type: string; assetId?: string } | undefined> {
  const { status } = work
  const loop = own(status.loops ?? {}, unit)?.outputs
  if (loop) return own(loop, output)
  const job = own(status.children ?? {}, unit) ?? fail('BadArgument', { what: `There is no step ${unit}` })
  if (output === 'artifacts') {
    return { uri: `azureml://datastores/workspaceartifactstore/paths/${artifactsPath(job)}/`, type: 'uri_folder' }
  }
  const row = await rowOfUnit(work, unit)
  return row && own(readJobStatus(row.status).outputs ?? {}, output)
}

/** Adds the way to read an output that is a value; told by its component. */
async function withValue(
  work: Work,
  graph: Graph,
  { node, output, found }: { node: string; output: string; found: { uri: string; type: string } },
): Promise<Source> {
  const { uri, type } = found
  if (type !== 'uri_file' || !(await isValue(work, graph, node, output))) return { uri, type }
  const what = `The output ${output} of the step ${node}`
  return { uri, type, value: () => readValue(work.ctx.store, work.key.scope, { uri, what }) }
}

/** A value of the body of a `parallel_for` is a value of the loop: a list of all of them. */
async function isValue(work: Work, graph: Graph, key: string, output: string): Promise<boolean> {
  const node = graph.get(key)
  const body = node?.control?.is === 'parallel_for' ? graph.get(node.control.body) : node
  const spec = body && (await specOfNode(work.ctx.store, work.key.scope, body))
  return spec !== undefined && !('issue' in spec) && valueTypeOf(spec, output) !== undefined
}
