/**
 * Who runs next, and where. Every job waits in the queue of its compute; a grant takes nodes of that compute and cores,
 * memory and GPUs of this machine, whose totals are never exceeded. The ledger lives in memory and is rebuilt from the
 * rows that hold a node, so a restart forgets nothing and gives nothing away twice. A grant costs the number of computes
 * in use, whatever the length of the queues.
 */
import type { Key } from '@lazurite/store'
import type { Size } from './sizes.ts'

/** What a job wants. `node` is what each of its `nodes` takes of the machine. */
export interface Need {
  rowId: number
  key: Key
  /** Queue it stands in: one for each compute of each workspace. */
  pool: string
  /** Nodes the pool may have at once. */
  poolNodes: number
  /** Jobs that a node takes at once; 1 when absent. */
  perNode?: number
  nodes: number
  node: Size
  /** Those of the same group stand in line behind each other; groups of one pool take turns. */
  group: string
  /** Moment it began to wait; between pools the oldest goes first. */
  since: number
}

export interface Grant {
  /** Node numbers within the pool, lowest free ones first. */
  nodes: number[]
  node: Size
  /** GPU numbers of this machine. */
  gpus: number[]
}

export type Placed = { granted: Grant } | { ahead: number; lacks: 'node' | 'core' | 'turn' }

interface Pool {
  nodes: number
  perNode: number
  /** Node number → jobs on it. */
  busy: Map<number, number>
  /** Nodes that are up already, whether busy or not: taken before new ones. */
  ready: ReadonlySet<number>
  /** Groups with somebody in line, the next to be served first. */
  turns: Line[]
  lines: Map<string, Line>
  waiting: number
}

interface Line {
  group: string
  needs: Need[]
  /** Index of the first one still waiting. */
  head: number
}

interface Held {
  pool: string
  grant: Grant
}

export class Placement {
  readonly #machine: Size
  readonly #pools = new Map<string, Pool>()
  readonly #held = new Map<number, Held>()
  readonly #waiting = new Map<number, Need>()
  /** Granted something and not heard of it yet: told again, for who was to tell them may not have got to it. */
  readonly #unheard = new Map<number, Key>()
  readonly #freeGpus: Set<number>
  #coresUsed = 0
  #memoryUsed = 0

  readonly #changed: (pool: string) => void

  /** `changed` is told of every pool whose nodes got or lost a job. */
  constructor(machine: Size, changed: (pool: string) => void = () => {}) {
    this.#machine = machine
    this.#changed = changed
    this.#freeGpus = new Set(Array.from({ length: machine.gpus }, (_, i) => i))
  }

  /** Takes down what a row is known to hold, at start-up. Never refuses: it is a fact. */
  hold(rowId: number, pool: string, grant: Grant): void {
    if (this.#held.has(rowId)) return
    const { busy } = this.#pool(pool)
    for (const n of grant.nodes) busy.set(n, (busy.get(n) ?? 0) + 1)
    for (const g of grant.gpus) this.#freeGpus.delete(g)
    this.#coresUsed += grant.node.cores * grant.nodes.length
    this.#memoryUsed += grant.node.memoryMiB * grant.nodes.length
    this.#held.set(rowId, { pool, grant })
    this.#changed(pool)
  }

  /** How many nodes a pool may have from now on, and which of them are up, so that jobs go there first. */
  setNodes(id: string, { most, ready }: { most: number; ready: readonly number[] }): void {
    const pool = this.#pool(id)
    pool.nodes = most
    pool.ready = new Set(ready)
  }

  /** How many jobs each node of a pool has; idle nodes are left out. */
  busyNodes(pool: string): ReadonlyMap<number, number> {
    return this.#pools.get(pool)?.busy ?? new Map()
  }

  /**
   * Stands in line, or tells what was granted meanwhile. Asking again changes nothing. `woken` are others who were
   * granted something along the way.
   */
  request(need: Need): Placed & { woken: Key[] } {
    const held = this.#held.get(need.rowId)
    if (held) {
      this.#unheard.delete(need.rowId)
      return { granted: held.grant, woken: [] }
    }
    const pool = this.#pool(need.pool)
    pool.nodes = need.poolNodes
    pool.perNode = need.perNode ?? 1
    const known = this.#waiting.get(need.rowId)
    const ahead = known ? this.#ahead(known) : pool.waiting
    if (!known) this.#enqueue(pool, need)
    this.#schedule()
    const grant = this.#held.get(need.rowId)?.grant
    this.#unheard.delete(need.rowId)
    const keys = [...this.#unheard.values()]
    if (grant) return { granted: grant, woken: keys }
    const lacks = need.nodes > roomIn(pool) ? 'node' : this.#fits(need) ? 'turn' : 'core'
    return { ahead, lacks, woken: keys }
  }

  /**
   * Gives back what the row holds, or its place in the line. Answers who was granted something, by it or before, and has
   * not asked since: a look whose outcome could not be written is made again, and its wakes with it.
   */
  release(rowId: number): Key[] {
    const need = this.#waiting.get(rowId)
    if (need) {
      this.#waiting.delete(rowId)
      const pool = this.#pools.get(need.pool)
      if (pool) pool.waiting--
    }
    const held = this.#held.get(rowId)
    if (held) {
      this.#held.delete(rowId)
      const { nodes, node, gpus } = held.grant
      const pool = this.#pool(held.pool)
      for (const n of nodes) leave(pool, n)
      for (const g of gpus) this.#freeGpus.add(g)
      this.#coresUsed -= node.cores * nodes.length
      this.#memoryUsed -= node.memoryMiB * nodes.length
      this.#changed(held.pool)
    }
    this.#unheard.delete(rowId)
    if (need || held) this.#schedule()
    return [...this.#unheard.values()]
  }

  /** How many of the same compute were there first; undefined when the row does not wait. */
  ahead(rowId: number): number | undefined {
    const need = this.#waiting.get(rowId)
    return need && this.#ahead(need)
  }

  /** Rows that hold something, and those that wait, by pool. */
  usage(): { cores: number; memoryMiB: number; pools: Record<string, { busy: number; waiting: number }> } {
    const pools = [...this.#pools].map(([id, p]) => [id, { busy: p.busy.size, waiting: p.waiting }] as const)
    return { cores: this.#coresUsed, memoryMiB: this.#memoryUsed, pools: Object.fromEntries(pools) }
  }

  #ahead(need: Need): number {
    let count = 0
    for (const other of this.#waiting.values()) if (other.pool === need.pool && other.since < need.since) count++
    return count
  }

  #pool(id: string): Pool {
    let pool = this.#pools.get(id)
    if (!pool) {
      const nodes = Number.POSITIVE_INFINITY
      pool = { nodes, perNode: 1, busy: new Map(), ready: new Set(), turns: [], lines: new Map(), waiting: 0 }
      this.#pools.set(id, pool)
    }
    return pool
  }

  #enqueue(pool: Pool, need: Need): void {
    let line = pool.lines.get(need.group)
    if (!line) {
      line = { group: need.group, needs: [], head: 0 }
      pool.lines.set(need.group, line)
      pool.turns.push(line)
    }
    if (line.head > 1000) {
      line.needs.splice(0, line.head)
      line.head = 0
    }
    // nearly always the youngest; after a restart they may come in any order
    let at = line.needs.length
    while (at > line.head && (line.needs[at - 1]?.since ?? 0) > need.since) at--
    line.needs.splice(at, 0, need)
    pool.waiting++
    this.#waiting.set(need.rowId, need)
  }

  /** Grants until the next in line does not fit the machine: nobody overtakes, so that big jobs do not starve. */
  #schedule(): void {
    for (;;) {
      const next = this.#next()
      if (!next || !this.#fits(next.need)) return
      this.#grant(next.pool, next.need)
      this.#unheard.set(next.need.rowId, next.need.key)
    }
  }

  /** The oldest of those who are first in a pool that has nodes for them. */
  #next(): { pool: Pool; need: Need } | undefined {
    let best: { pool: Pool; need: Need } | undefined
    for (const pool of this.#pools.values()) {
      if (pool.waiting === 0) continue
      const need = this.#first(pool)
      if (!need || need.nodes > roomIn(pool)) continue
      if (!best || need.since < best.need.since) best = { pool, need }
    }
    return best
  }

  /** First of the line whose turn it is; lines that ran empty leave. */
  #first(pool: Pool): Need | undefined {
    for (;;) {
      const line = pool.turns[0]
      if (!line) return undefined
      while (line.head < line.needs.length) {
        const need = line.needs[line.head]
        if (need && this.#waiting.get(need.rowId) === need) return need
        line.head++
      }
      pool.turns.shift()
      pool.lines.delete(line.group)
    }
  }

  #fits(need: Need): boolean {
    const { cores, memoryMiB, gpus } = need.node
    return (
      this.#coresUsed + cores * need.nodes <= this.#machine.cores + 1e-6 &&
      this.#memoryUsed + memoryMiB * need.nodes <= this.#machine.memoryMiB &&
      gpus * need.nodes <= this.#freeGpus.size
    )
  }

  #grant(pool: Pool, need: Need): void {
    const nodes = pick(pool, need.nodes)
    const gpus = [...this.#freeGpus].sort((a, b) => a - b).slice(0, need.node.gpus * need.nodes)
    this.#waiting.delete(need.rowId)
    pool.waiting--
    const line = pool.turns.shift()
    if (line) {
      line.head++
      pool.turns.push(line)
    }
    this.hold(need.rowId, need.pool, { nodes, node: need.node, gpus })
  }
}

/** Nodes of a pool that can take a job: those with room beside other jobs, and those that may still come up. */
function roomIn(pool: Pool): number {
  let shared = 0
  if (pool.perNode > 1) for (const [n, jobs] of pool.busy) if (n < pool.nodes && jobs < pool.perNode) shared++
  return shared + Math.max(0, pool.nodes - pool.busy.size)
}

/** Nodes that have a job and room for another first, then those that are up, then new ones; the lowest of each. */
function pick(pool: Pool, count: number): number[] {
  const low = (a: number, b: number) => a - b
  const shared = [...pool.busy].filter(([n, jobs]) => n < pool.nodes && jobs < pool.perNode).map(([n]) => n)
  const idle = [...pool.ready].filter((n) => n < pool.nodes && !pool.busy.has(n))
  const nodes = [...shared.sort(low), ...idle.sort(low)].slice(0, count)
  for (let n = 0; nodes.length < count; n++) if (!pool.busy.has(n) && !nodes.includes(n)) nodes.push(n)
  return nodes.sort(low)
}

function leave(pool: Pool, node: number): void {
  const left = (pool.busy.get(node) ?? 1) - 1
  if (left > 0) pool.busy.set(node, left)
  else pool.busy.delete(node)
}
