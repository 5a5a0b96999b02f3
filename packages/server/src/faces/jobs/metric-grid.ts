/**
 * Points of many series on one axis that they share, so that a chart draws them without joining anything: every series
 * has least, greatest, mean and last value in each slice of the axis. Where the points have few enough places on the axis,
 * these are the slices, and nothing is gathered at all.
 */

/** One series: places on the axis and values, side by side. */
export interface Line {
  x: ArrayLike<number>
  y: ArrayLike<number>
}

export interface Slices {
  /** Where each slice is drawn, ascending. */
  x: number[]
  /** The slice of a place; -1 outside the range. */
  of(x: number): number
  /** Every slice is one place: nothing was gathered. */
  exact: boolean
}

export interface Slicing {
  buckets: number
  from?: number | undefined
  to?: number | undefined
  log?: boolean
}

export function slicesOf(lines: readonly Line[], o: Slicing): Slices {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, log = false } = o
  const inside = (x: number) => x >= from && x <= to && Number.isFinite(x) && (!log || x > 0)
  const places = placesOf(lines, inside, o.buckets)
  if (places) return exactSlices(places)
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { x } of lines) {
    for (let i = 0; i < x.length; i++) {
      const at = x[i] ?? Number.NaN
      if (!inside(at)) continue
      if (at < low) low = at
      if (at > high) high = at
    }
  }
  const bend = log ? Math.log : (x: number) => x
  const unbend = log ? Math.exp : (x: number) => x
  const start = bend(low)
  const width = (bend(high) - start) / o.buckets
  return {
    x: Array.from({ length: o.buckets }, (_, i) => unbend(start + width * (i + 0.5))),
    of: (x) => (inside(x) ? Math.min(o.buckets - 1, Math.floor((bend(x) - start) / width)) : -1),
    exact: false,
  }
}

/** All places there are, ascending; undefined when there are more than `most`. */
function placesOf(lines: readonly Line[], inside: (x: number) => boolean, most: number): number[] | undefined {
  const places = new Set<number>()
  for (const { x } of lines) {
    for (let i = 0; i < x.length; i++) {
      const at = x[i] ?? Number.NaN
      if (!inside(at)) continue
      places.add(at)
      if (places.size > most) return undefined
    }
  }
  return [...places].sort((a, b) => a - b)
}

function exactSlices(places: number[]): Slices {
  const index = new Map(places.map((x, i) => [x, i]))
  return { x: places, of: (x) => index.get(x) ?? -1, exact: true }
}

/** A series on the slices. A slice without a finite value is null; what is not finite is told beside. */
export interface Gathered {
  mean: (number | null)[]
  last: (number | null)[]
  min: (number | null)[]
  max: (number | null)[]
  count: number[]
  /** `[slice, 'NaN' | 'Infinity' | '-Infinity']`. */
  odd: [number, string][]
}

export function gather({ x, y }: Line, slices: Slices): Gathered {
  const size = slices.x.length
  const sums = new Float64Array(size)
  const finite = new Uint32Array(size)
  const lastAt = new Float64Array(size).fill(Number.NEGATIVE_INFINITY)
  const empty = () => new Array<number | null>(size).fill(null)
  const out: Gathered = {
    mean: empty(),
    last: empty(),
    min: empty(),
    max: empty(),
    count: new Array<number>(size).fill(0),
    odd: [],
  }
  const seen = new Set<string>()
  for (let i = 0; i < x.length; i++) {
    const at = x[i] ?? Number.NaN
    const slice = slices.of(at)
    if (slice < 0) continue
    const value = y[i] ?? Number.NaN
    out.count[slice] = (out.count[slice] ?? 0) + 1
    if (!Number.isFinite(value)) {
      const mark = `${slice} ${value}`
      if (!seen.has(mark)) out.odd.push([slice, String(value)])
      seen.add(mark)
      continue
    }
    sums[slice] = (sums[slice] ?? 0) + value
    finite[slice] = (finite[slice] ?? 0) + 1
    out.min[slice] = Math.min(out.min[slice] ?? value, value)
    out.max[slice] = Math.max(out.max[slice] ?? value, value)
    if (at >= (lastAt[slice] ?? 0)) {
      lastAt[slice] = at
      out.last[slice] = value
    }
  }
  for (let slice = 0; slice < size; slice++) {
    const n = finite[slice] ?? 0
    if (n > 0) out.mean[slice] = (sums[slice] ?? 0) / n
  }
  return out
}
