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
  let before: ArrayLike<number> = []
  for (const { x } of lines) {
    // what is drawn together often has the same places
    if (isSame(x, before)) continue
    for (let i = 0; i < x.length; i++) {
      const at = x[i] ?? Number.NaN
      if (!inside(at)) continue
      places.add(at)
      if (places.size > most) return undefined
    }
    before = x
  }
  return [...places].sort((a, b) => a - b)
}

function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
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

export function gather(line: Line, slices: Slices): Gathered {
  const { y } = line
  const size = slices.x.length
  const of = isSame(line.x, slices.x) ? undefined : slicesOfPoints(line, slices)
  const sums = new Float64Array(size)
  const finite = new Uint32Array(size)
  const counts = new Uint32Array(size)
  const odd: [number, string][] = []
  const seen = new Set<string>()
  for (let i = 0; i < y.length; i++) {
    const slice = of === undefined ? i : (of[i] ?? -1)
    if (slice < 0) continue
    const value = y[i] ?? Number.NaN
    counts[slice] = (counts[slice] ?? 0) + 1
    if (Number.isFinite(value)) {
      sums[slice] = (sums[slice] ?? 0) + value
      finite[slice] = (finite[slice] ?? 0) + 1
      continue
    }
    const mark = `${slice} ${value}`
    if (!seen.has(mark)) odd.push([slice, String(value)])
    seen.add(mark)
  }
  const mean = withGaps(
    sums.map((sum, slice) => sum / (finite[slice] ?? 0)),
    finite,
  )
  const count = Array.from(counts)
  if (count.every((n) => n <= 1)) return { mean, last: mean, min: mean, max: mean, count, odd }
  return { mean, ...extremesOf(line, of, finite), count, odd }
}

function slicesOfPoints({ x }: Line, slices: Slices): Int32Array {
  const of = new Int32Array(x.length)
  for (let i = 0; i < x.length; i++) of[i] = slices.of(x[i] ?? Number.NaN)
  return of
}

/** Least, greatest and last of each slice that has a finite value. */
function extremesOf({ x, y }: Line, of: Int32Array | undefined, finite: Uint32Array) {
  const size = finite.length
  const min = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
  const max = new Float64Array(size).fill(Number.NEGATIVE_INFINITY)
  const last = new Float64Array(size)
  const lastAt = new Float64Array(size).fill(Number.NEGATIVE_INFINITY)
  for (let i = 0; i < y.length; i++) {
    const slice = of === undefined ? i : (of[i] ?? -1)
    const value = y[i] ?? Number.NaN
    if (slice < 0 || !Number.isFinite(value)) continue
    if (value < (min[slice] ?? 0)) min[slice] = value
    if (value > (max[slice] ?? 0)) max[slice] = value
    const at = x[i] ?? 0
    if (at < (lastAt[slice] ?? 0)) continue
    lastAt[slice] = at
    last[slice] = value
  }
  return { last: withGaps(last, finite), min: withGaps(min, finite), max: withGaps(max, finite) }
}

/** Slices without a finite value are null. A list of numbers alone is half as large and printed faster. */
function withGaps(values: Float64Array, finite: Uint32Array): (number | null)[] {
  const all: (number | null)[] = Array.from(values)
  if (finite.every((n) => n > 0)) return all
  return all.map((value, slice) => ((finite[slice] ?? 0) > 0 ? value : null))
}
