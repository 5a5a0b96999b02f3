// The order of nodes within their rows: each row is sorted by where its neighbours stand, downwards and upwards, and the
// order with the fewest crossings is kept.
import type { Edge } from './layers.ts'

export interface Rows {
  /** Nodes from left to right, row by row; numbers from `real` on are bends of edges that pass a row. */
  rows: number[][]
  up: number[][]
  down: number[][]
  real: number
  layer: number[]
  /** The bends of each edge, from its beginning to its end. */
  bends: Map<Edge, number[]>
}

const sweeps = 16
const patience = 5

/** Rows with a bend for every row that an edge passes. */
export function rowsOf(count: number, layers: Int32Array, edges: readonly Edge[]): Rows {
  const layer = [...layers]
  const up: number[][] = Array.from({ length: count }, () => [])
  const down: number[][] = Array.from({ length: count }, () => [])
  const bends = new Map<Edge, number[]>()
  const join = (above: number, below: number) => {
    down[above]?.push(below)
    up[below]?.push(above)
  }
  for (const edge of edges) {
    const [from, to] = edge
    const way: number[] = []
    let last = from
    for (let at = (layer[from] ?? 0) + 1; at < (layer[to] ?? 0); at++) {
      const bend = layer.length
      layer.push(at)
      up.push([])
      down.push([])
      join(last, bend)
      way.push(bend)
      last = bend
    }
    join(last, to)
    bends.set(edge, way)
  }
  return { rows: firstRows(layer, up, down), up, down, real: count, layer, bends }
}

/** Depth first, so that what belongs together begins together. */
function firstRows(layer: readonly number[], up: readonly number[][], down: readonly number[][]): number[][] {
  const rows: number[][] = Array.from({ length: Math.max(-1, ...distinct(layer)) + 1 }, () => [])
  const seen = new Uint8Array(layer.length)
  for (let start = 0; start < layer.length; start++) {
    if ((up[start]?.length ?? 0) > 0 || seen[start] === 1) continue
    const open = [start]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (seen[node] === 1) continue
      seen[node] = 1
      rows[layer[node] ?? 0]?.push(node)
      const below = down[node] ?? []
      for (let i = below.length - 1; i >= 0; i--) {
        const next = below[i]
        if (next !== undefined && seen[next] !== 1) open.push(next)
      }
    }
  }
  return rows
}

function distinct(numbers: readonly number[]): Set<number> {
  return new Set(numbers)
}

/** Sorts the rows in place. Answers how many edges cross. */
export function untangle(rows: Rows): number {
  const place = new Float64Array(rows.layer.length)
  const number = (row: readonly number[]) => {
    for (const [i, node] of row.entries()) place[node] = i
  }
  for (const row of rows.rows) number(row)
  let best = rows.rows.map((row) => [...row])
  let fewest = crossings(rows, place)
  let since = 0
  for (let sweep = 0; sweep < sweeps && fewest > 0 && since < patience; sweep++) {
    const downwards = sweep % 2 === 0
    const near = downwards ? rows.up : rows.down
    for (let i = 1; i < rows.rows.length; i++) {
      const row = rows.rows[downwards ? i : rows.rows.length - 1 - i] ?? []
      sortRow(row, near, place)
      number(row)
    }
    const now = crossings(rows, place)
    since = now < fewest ? 0 : since + 1
    if (now < fewest) {
      fewest = now
      best = rows.rows.map((row) => [...row])
    }
  }
  rows.rows = best
  return fewest
}

/** By the mean of the neighbours' places; who has none stays where it is. */
function sortRow(row: number[], near: readonly number[][], place: Float64Array): void {
  const wish = new Map<number, number>()
  for (const node of row) {
    const others = near[node] ?? []
    if (others.length === 0) continue
    let sum = 0
    for (const other of others) sum += place[other] ?? 0
    wish.set(node, sum / others.length)
  }
  const moving = row.filter((node) => wish.has(node)).sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0))
  let next = 0
  for (let i = 0; i < row.length; i++) {
    const node = row[i]
    if (node === undefined || !wish.has(node)) continue
    row[i] = moving[next++] ?? node
  }
}

/** How many edges between neighbouring rows cross: counted with a tree of sums, row by row. */
export function crossings({ rows, down }: Rows, place: Float64Array): number {
  let total = 0
  for (const [i, row] of rows.entries()) {
    const width = rows[i + 1]?.length ?? 0
    if (width === 0) continue
    const tree = new Int32Array(width + 1)
    let seen = 0
    for (const node of row) {
      const ends = (down[node] ?? []).map((below) => place[below] ?? 0)
      for (const end of ends) {
        let before = 0
        for (let k = end + 1; k > 0; k -= k & -k) before += tree[k] ?? 0
        total += seen - before
      }
      for (const end of ends) {
        for (let k = end + 1; k <= width; k += k & -k) tree[k] = (tree[k] ?? 0) + 1
        seen++
      }
    }
  }
  return total
}
