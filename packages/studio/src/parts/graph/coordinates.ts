// Where nodes of a row stand: each as near as can be to the middle of its neighbours, in order, and not on each other.
import type { Rows } from './order.ts'

const passes = 8
/** How much an edge that passes many rows wants to be straight, against a node that wants to be in the middle. */
const straight = 6

/** The middle of each node across the drawing; the smallest left side is 0. */
export function placeAcross(rows: Rows, sizeOf: (node: number) => number, gap: number): Float64Array {
  const at = new Float64Array(rows.layer.length)
  const half = (node: number) => (node < rows.real ? sizeOf(node) / 2 : 2)
  for (const row of rows.rows) {
    let x = 0
    for (const node of row) {
      at[node] = x + half(node)
      x += 2 * half(node) + gap
    }
  }
  for (let pass = 0; pass < passes; pass++) {
    const last = pass === passes - 1
    const downwards = pass % 2 === 0
    for (let i = 0; i < rows.rows.length; i++) {
      const row = rows.rows[downwards ? i : rows.rows.length - 1 - i] ?? []
      settle(row, { rows, at, half, gap, near: last ? 'both' : downwards ? 'up' : 'down' })
    }
  }
  let least = Number.POSITIVE_INFINITY
  for (let node = 0; node < rows.real; node++) least = Math.min(least, (at[node] ?? 0) - half(node))
  for (let node = 0; node < at.length; node++) at[node] = (at[node] ?? 0) - least
  return at
}

interface Settling {
  rows: Rows
  at: Float64Array
  half(node: number): number
  gap: number
  near: 'up' | 'down' | 'both'
}

function settle(row: readonly number[], { rows, at, half, gap, near }: Settling): void {
  const wishes: number[] = []
  const weights: number[] = []
  const offsets: number[] = []
  let offset = 0
  for (const [i, node] of row.entries()) {
    const before = row[i - 1]
    if (before !== undefined) offset += half(before) + gap + half(node)
    const others = near === 'both' ? [...(rows.up[node] ?? []), ...(rows.down[node] ?? [])] : (rows[near][node] ?? [])
    const middle = median(others.map((other) => at[other] ?? 0))
    wishes.push((middle ?? at[node] ?? 0) - offset)
    weights.push(middle === undefined ? 0.2 : node >= rows.real ? straight : 1)
    offsets.push(offset)
  }
  const solved = isotonic(wishes, weights)
  for (const [i, node] of row.entries()) at[node] = (solved[i] ?? 0) + (offsets[i] ?? 0)
}

function median(values: number[]): number | undefined {
  if (values.length === 0) return undefined
  values.sort((a, b) => a - b)
  const high = values[values.length >> 1] ?? 0
  return values.length % 2 === 1 ? high : (high + (values[(values.length >> 1) - 1] ?? 0)) / 2
}

/** The never falling sequence nearest to the wishes, in squares with weights: neighbours that disagree are pooled. */
export function isotonic(wishes: readonly number[], weights: readonly number[]): number[] {
  const pools: { sum: number; weight: number; count: number }[] = []
  for (const [i, wish] of wishes.entries()) {
    const weight = weights[i] ?? 1
    pools.push({ sum: wish * weight, weight, count: 1 })
    while (pools.length > 1) {
      const last = pools[pools.length - 1]
      const before = pools[pools.length - 2]
      if (!last || !before || before.sum / before.weight <= last.sum / last.weight) break
      before.sum += last.sum
      before.weight += last.weight
      before.count += last.count
      pools.pop()
    }
  }
  return pools.flatMap(({ sum, weight, count }) => new Array<number>(count).fill(sum / weight))
}
