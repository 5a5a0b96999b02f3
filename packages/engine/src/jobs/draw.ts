/**
 * A pipeline job with all that is inside it, as a drawing needs it: steps with their states and times, data, and what
 * connects them. Steps of pipelines inside it are there too, with the id of their pipeline as `in`.
 */
import { createHash } from 'node:crypto'
import { asObject, asString, isFinal, type JsonObject, own } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { field, type Graph, type Node, readGraph } from './graph.ts'
import { timelineOf } from './history.ts'
import { jobsOf } from './pipeline-spec.ts'
import { nodeOf } from './reuse.ts'
import { specOfNode } from './spec-of-node.ts'
import { type JobStatus, readJobStatus } from './status.ts'
import { idIn, isData, outputNames, type Port, portsOf, type Wire, wiresOf } from './wiring.ts'

export interface DrawnNode {
  /** Path of node keys; `outer/train`. Data: `:in/flowers`, `outer/:out/model`. */
  id: string
  /** The id of the pipeline it is in; '' for the outermost. */
  in: string
  key: string
  /** `command`, `pipeline`, `sweep`, `if_else`, …; `input` and `output` for data. */
  kind: string
  /** A state of jobs; `Skipped` for what will never run. '' for data. */
  status: string
  /** Why it was not run, or what it decided. */
  why?: string
  job?: string
  component?: { name: string; version: string }
  /** Epoch ms. */
  createdAt?: number
  startedAt?: number
  endedAt?: number
  /** Where its time went. */
  phases?: { name: string; stage: string; from: number; to?: number }[]
  /** The step it has its outputs from; '' when it is gone. */
  reusedFrom?: string
  attempt?: number
  /** How many jobs it has made. */
  children?: number
  /** Of the body of a loop: its rounds. */
  rounds?: { key: string; job: string; status: string; startedAt?: number; endedAt?: number }[]
  inputs?: Port[]
  outputs?: Port[]
  error?: string
}

export interface Drawing {
  name: string
  displayName: string
  status: string
  /** The same for the same nodes and wires, whatever their states. */
  hash: string
  nodes: DrawnNode[]
  edges: Wire[]
  /** There are more nodes than are told. */
  truncated: boolean
}

const mostNodes = 10_000
const mostDepth = 20

interface Sheet {
  store: Store
  now: number
  nodes: DrawnNode[]
  edges: Wire[]
}

/** A pipeline, or a part of one, that is about to be drawn. */
interface Part {
  at: string
  depth: number
  scope: string
  jobs: JsonObject
  inputs: Port[]
  outputs: JsonObject
  /** Its job, once there is one. */
  row?: Row
}

/** Draws a job; one without steps is a drawing without nodes. */
export async function drawJob(store: Store, row: Row): Promise<Drawing> {
  const { status, props, scope } = row
  const sheet: Sheet = { store, now: store.clock.now(), nodes: [], edges: [] }
  const jobs = await jobsOf(store, scope, props, readJobStatus(status).component).catch(() => ({}))
  const part = { at: '', depth: 0, scope, jobs, inputs: portsOf(props.inputs), outputs: asObject(props.outputs), row }
  await drawPart(sheet, part)
  return finish(sheet, { name: row.name, displayName: asString(props.displayName) ?? row.name, status: row.state })
}

/** Draws a pipeline component, which has no states. */
export async function drawComponent(store: Store, row: Row): Promise<Drawing> {
  const spec = asObject(row.props.componentSpec)
  const sheet: Sheet = { store, now: store.clock.now(), nodes: [], edges: [] }
  const { scope } = row
  const part = { at: '', depth: 0, scope, jobs: asObject(spec.jobs), inputs: portsOf(spec.inputs) }
  await drawPart(sheet, { ...part, outputs: asObject(spec.outputs) })
  const displayName = asString(spec.display_name) ?? row.name
  return finish(sheet, { name: `${row.name}:${row.version}`, displayName, status: '' })
}

function finish({ nodes, edges }: Sheet, named: Pick<Drawing, 'name' | 'displayName' | 'status'>): Drawing {
  const known = new Set(nodes.map(({ id }) => id))
  const kept = edges.filter(({ from, to }) => known.has(from) && known.has(to))
  const hash = createHash('sha256')
  for (const { id, kind } of nodes) hash.update(`${id}\0${kind}\n`)
  for (const { from, to, fromPort, toPort } of kept) hash.update(`${from}\0${fromPort}\0${to}\0${toPort}\n`)
  return {
    ...named,
    hash: hash.digest('hex').slice(0, 16),
    nodes,
    edges: kept,
    truncated: nodes.length >= mostNodes,
  }
}

async function drawPart(sheet: Sheet, part: Part): Promise<void> {
  const graph = readGraph(part.jobs)
  const { at, inputs, outputs, row } = part
  const edges = wiresOf({ graph, inputs, outputs, at })
  sheet.edges.push(...edges)
  const used = new Set(edges.map(({ from }) => from))
  for (const port of inputs) {
    const id = idIn(at, `:in/${port.name}`)
    if (isData(port) && used.has(id)) sheet.nodes.push(dataNode(part, id, { port, kind: 'input' }))
  }
  const found = row && (await stepsBelow(sheet.store, row))
  const whole = row ? readJobStatus(row.status) : {}
  const deeper: Part[] = []
  for (const node of graph.values()) {
    if (sheet.nodes.length >= mostNodes) return
    const step = found?.get(node.key)
    const drawn = drawNode(sheet, part, { node, graph, step, rounds: roundsOf(found, node.key, whole) })
    sheet.nodes.push(drawn)
    if (node.type === 'pipeline' && part.depth < mostDepth) {
      const below = await partBelow(sheet, part, { node, id: drawn.id, step })
      if (below) deeper.push(below)
    }
  }
  const declared = new Map(portsOf(outputs).map((port) => [port.name, port]))
  for (const name of outputNames(graph, outputs)) {
    const id = idIn(at, `:out/${name}`)
    const made = own(whole.outputs ?? {}, name)
    const port = {
      ...(declared.get(name) ?? { name }),
      ...(made ? { value: made.assetId ?? made.uri, type: made.type } : {}),
    }
    sheet.nodes.push(dataNode(part, id, { port, kind: 'output' }))
  }
  for (const below of deeper) await drawPart(sheet, below)
}

function dataNode({ at }: Part, id: string, { port, kind }: { port: Port; kind: 'input' | 'output' }): DrawnNode {
  const ports = kind === 'input' ? { outputs: [port] } : { inputs: [port] }
  return { id, in: at, key: port.name, kind, status: '', ...ports }
}

/** What a step of type pipeline is made of: its own job when it has begun, else what its component says. */
async function partBelow(
  { store }: Sheet,
  { scope, depth }: Part,
  { node, id, step }: { node: Node; id: string; step: Row | undefined },
): Promise<Part | undefined> {
  if (step) {
    const { props, status } = step
    const jobs = await jobsOf(store, scope, props, readJobStatus(status).component).catch(() => ({}))
    const inputs = portsOf(props.inputs)
    return { at: id, depth: depth + 1, scope, jobs, inputs, outputs: asObject(props.outputs), row: step }
  }
  const found = await specOfNode(store, scope, node).catch(() => undefined)
  if (!found || 'issue' in found) return undefined
  const { jobs, inputs, outputs } = found.spec
  return { at: id, depth: depth + 1, scope, jobs: asObject(jobs), inputs: portsOf(inputs), outputs: asObject(outputs) }
}

/** The jobs of a pipeline's steps by node key; rounds of loops have keys of their own, `body.1`. */
async function stepsBelow(store: Store, { scope, kind, name, status }: Row): Promise<Map<string, Row>> {
  const { rows } = await store.resources.list({
    scope,
    kind,
    parent: name,
    archived: 'all',
    outside: false,
    top: mostNodes,
  })
  const byName = new Map(rows.map((row) => [row.name, row]))
  const steps = new Map<string, Row>()
  for (const [key, job] of Object.entries(readJobStatus(status).children ?? {})) {
    const row = byName.get(job)
    if (row) steps.set(key, row)
    byName.delete(job)
  }
  // what the pipeline has not taken down yet
  for (const row of byName.values()) if (!steps.has(nodeOf(row))) steps.set(nodeOf(row), row)
  return steps
}

function roundsOf(
  steps: ReadonlyMap<string, Row> | undefined,
  key: string,
  { loops = {} }: Partial<JobStatus>,
): DrawnNode['rounds'] {
  if (!steps || Object.keys(loops).length === 0) return undefined
  const rounds: NonNullable<DrawnNode['rounds']> = []
  for (const [unit, row] of steps) {
    if (!unit.startsWith(`${key}.`)) continue
    const { startedAt, endedAt } = readJobStatus(row.status)
    rounds.push({ key: unit, job: row.name, status: row.state, ...given({ startedAt, endedAt }) })
  }
  return rounds.length === 0 ? undefined : rounds
}

interface Found {
  node: Node
  graph: Graph
  step: Row | undefined
  rounds: DrawnNode['rounds']
}

function drawNode(sheet: Sheet, part: Part, { node, step, rounds }: Found): DrawnNode {
  const { key, type, wire } = node
  const component = componentOf(node, step)
  const base = {
    id: idIn(part.at, key),
    in: part.at,
    key,
    kind: type,
    ...(component ? { component } : {}),
    ...(rounds ? { rounds, children: rounds.length } : {}),
  }
  const inputs = portsOf(wire.inputs)
  const outputs = portsOf(wire.outputs)
  if (!step) return { ...base, ...withoutJob(part, key, rounds), inputs, outputs }
  const status = readJobStatus(step.status)
  const { reuse, attempt = 1 } = status
  const { phases } = timelineOf(step, sheet.now)
  return {
    ...base,
    status: step.state,
    job: step.name,
    createdAt: Date.parse(step.createdAt),
    ...given({ startedAt: status.startedAt, endedAt: status.endedAt }),
    phases: phases.map(({ name, stage, from, to }) => ({ name, stage, from, ...given({ to }) })),
    ...(reuse?.reused ? { reusedFrom: reuse.of ?? '', why: reuse.why } : {}),
    ...(attempt > 1 ? { attempt } : {}),
    ...(status.sweep || status.children ? { children: Object.keys(status.children ?? {}).length } : {}),
    ...(status.error ? { error: status.error.message.slice(0, mostError) } : {}),
    inputs: inputs.map((port) => ({ ...port, ...given({ value: staged(status, port.name) ?? port.value }) })),
    outputs: withMade(outputs, status),
  }
}

const mostError = 500

/** What an input became, when the process was given it. */
function staged({ inputs = {} }: Partial<JobStatus>, name: string): string | undefined {
  const found = own(inputs, name)
  return found?.uri ?? found?.value
}

/** Outputs as they are written, and those that only the component names. */
function withMade(written: readonly Port[], { outputs = {} }: Partial<JobStatus>): Port[] {
  const names = new Set([...written.map(({ name }) => name), ...Object.keys(outputs)])
  return [...names].map((name) => {
    const port = written.find((one) => one.name === name)
    const made = own(outputs, name)
    return { ...port, name, ...(made ? { type: made.type, value: made.assetId ?? made.uri } : {}) }
  })
}

/** A node that never became a job: one that decides about others, one that was left out, one whose turn has not come. */
function withoutJob({ row }: Part, key: string, rounds: DrawnNode['rounds']): Pick<DrawnNode, 'status' | 'why'> {
  if (!row) return { status: '' }
  const { skipped = {}, finished = {}, decisions = {}, loops = {}, problems = {} } = readJobStatus(row.status)
  const state = own(finished, key)
  const said = own(decisions, key)
  const begun = own(loops, key)?.started.length
  const problem = own(problems, key)
  const why =
    problem ??
    (said === undefined ? undefined : `its condition was ${said}`) ??
    (begun === undefined ? undefined : `it began ${begun} rounds`) ??
    own(skipped, key)
  const left = own(skipped, key) !== undefined || isFinal(row.state)
  const last = rounds?.at(-1)?.status
  const status = state ?? last ?? (begun === undefined ? (left ? 'Skipped' : 'NotStarted') : 'Running')
  return {
    status,
    ...given({ why: why ?? (left && !state && !last ? 'its pipeline ended before its turn' : undefined) }),
  }
}

function componentOf({ wire }: Node, step: Row | undefined): DrawnNode['component'] {
  const made = step && readJobStatus(step.status).component
  if (made) return { name: made.name, version: made.version }
  const text = asString(field(wire, 'componentId', 'component_id', 'component', 'trial')) ?? ''
  const found =
    /components\/([^/]+)\/(?:versions|labels)\/([^/]+)$/i.exec(text) ??
    /^(?:azureml:)?([^/:@]+)[:@]([^/:@]+)$/.exec(text)
  return found?.[1] && found[2] ? { name: found[1], version: found[2] } : undefined
}

/** The members that are there. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> } // those of T that are defined
}
