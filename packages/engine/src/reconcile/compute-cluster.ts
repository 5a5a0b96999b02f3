/**
 * A cluster is a pool of nodes that are slots of this machine. A node comes up with the job that needs it, stays for the
 * time set after its last job, and goes; the minimum stays. What is up and since when is in the row, so a restart
 * neither keeps a node longer nor lets it go sooner. An idle node holds no cores: whoever has work gets them.
 */
import { asArray, asNumber, asObject, asString, isoToSeconds, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { Outcome } from '../loop.ts'
import { type Size, sizeOf } from '../sizes.ts'
import { capacityOf } from '../slot.ts'

/** A node that is up. */
export interface PoolNode {
  index: number
  /** Epoch ms: when it came up. */
  from: number
  /** Epoch ms: when its last job left; absent while it has one. */
  idleFrom?: number
}

export type NodeState = 'idle' | 'running' | 'leaving'

/** What official clients send when nobody says otherwise. */
const defaultIdleSeconds = 120

interface Demand {
  /** Node number → jobs on it. */
  busy: ReadonlyMap<number, number>
  /** Nodes at most, and those that stay. */
  most: number
  least: number
  /** Time without a job after which a node goes. */
  idleMs: number
  now: number
}

/** Which nodes are up now, and when the next of them may go. */
export function scaleNodes(before: readonly PoolNode[], o: Demand): { nodes: PoolNode[]; next: number | undefined } {
  const { busy, most, least, idleMs, now } = o
  const known = new Map(before.map((node) => [node.index, node]))
  for (const index of busy.keys()) if (!known.has(index)) known.set(index, { index, from: now })
  for (let index = 0; known.size < least; index++) {
    if (!known.has(index)) known.set(index, { index, from: now, idleFrom: now })
  }
  const nodes = [...known.values()].map(({ index, from, idleFrom }): PoolNode => {
    return busy.has(index) ? { index, from } : { index, from, idleFrom: idleFrom ?? now }
  })
  // those that are idle longest go first; of equals the one with the highest number
  const idle = nodes
    .filter((node) => node.idleFrom !== undefined)
    .sort((a, b) => (a.idleFrom ?? 0) - (b.idleFrom ?? 0) || b.index - a.index)
  const gone = new Set<number>()
  const tooMany = () => nodes.length - gone.size > most
  let next: number | undefined
  for (const { index, idleFrom = now } of idle) {
    const due = idleFrom + idleMs
    if (index >= most || tooMany()) gone.add(index)
    else if (nodes.length - gone.size <= least) break
    else if (due <= now) gone.add(index)
    else next = Math.min(next ?? due, due)
  }
  return { nodes: nodes.filter((node) => !gone.has(node.index)).sort((a, b) => a.index - b.index), next }
}

/** One look at a cluster: its nodes as the jobs and the settings of this moment want them. */
export function stepCluster(row: Row, o: { busy: ReadonlyMap<number, number>; machine: Size; now: number }): Outcome {
  const { busy, machine, now } = o
  const { most, least } = capacityOf(row)
  const { nodes, next } = scaleNodes(nodesIn(row), {
    busy,
    most,
    least: Math.min(least, nodesAtOnce(row, machine)),
    idleMs: idleMsOf(row),
    now,
  })
  const leaving = nodes.some(({ index }) => index >= most)
  const allocationState = leaving ? 'Resizing' : 'Steady'
  const same = nodes.length === nodesIn(row).length && row.status.allocationState === allocationState
  const since = same ? (asString(row.status.allocationStateTransitionTime) ?? '') : ''
  const status: JsonObject = {
    ...row.status,
    allocationState,
    allocationStateTransitionTime: since || new Date(now).toISOString(),
    nodes: nodes.map((node) => ({ ...node })),
  }
  return { status, wakeAt: next ?? null }
}

/** Nodes that are up, as the row says. */
export function nodesIn(row: Row): PoolNode[] {
  return asArray(row.status.nodes).flatMap((one) => {
    const { index, from, idleFrom } = asObject(one)
    const [number, since, idle] = [asNumber(index), asNumber(from), asNumber(idleFrom)]
    if (number === undefined || since === undefined) return []
    return [{ index: number, from: since, ...(idle === undefined ? {} : { idleFrom: idle }) }]
  })
}

/**
 * The nodes with their states at this moment. What jobs hold is newer than what the row says; `busy` is undefined while
 * that is not known yet, right after a start.
 */
export function nodeStates(
  row: Row,
  busy: ReadonlyMap<number, number> | undefined,
): { index: number; state: NodeState }[] {
  const { most } = capacityOf(row)
  const up = nodesIn(row)
  const held = new Set(busy ? busy.keys() : up.filter((node) => node.idleFrom === undefined).map(({ index }) => index))
  return [...new Set([...up.map(({ index }) => index), ...held])]
    .sort((a, b) => a - b)
    .filter((index) => held.has(index) || index < most)
    .map((index) => ({ index, state: index >= most ? 'leaving' : held.has(index) ? 'running' : 'idle' }))
}

/** How many nodes of that size this machine can have at work at once; one at least. */
export function nodesAtOnce(row: Pick<Row, 'props'>, machine: Size): number {
  const size = sizeOf(asString(asObject(row.props.properties).vmSize) ?? '')
  const cores = Math.min(size?.cores ?? 1, machine.cores)
  const memory = Math.min(size?.memoryMiB ?? 1, machine.memoryMiB)
  return Math.max(1, Math.floor(Math.min(machine.cores / cores, machine.memoryMiB / memory)))
}

function idleMsOf(row: Row): number {
  const text = asString(asObject(asObject(row.props.properties).scaleSettings).nodeIdleTimeBeforeScaleDown)
  return ((text === undefined ? undefined : isoToSeconds(text)) ?? defaultIdleSeconds) * 1000
}
