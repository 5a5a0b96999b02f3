/** Pictures of many points in few slices: the least and the greatest of each, and both ends, all of them real points. */
import { type Bucket, bucketOf, type Point } from './chunk.ts'

/** Points side by side. */
export interface Flat {
  step: ArrayLike<number>
  timestamp: ArrayLike<number>
  value: ArrayLike<number>
}

/** Throws buckets into `width` slices of the axis and keeps the extremes of each; points of one step spread by time. */
export function thinBuckets(buckets: readonly Bucket[], width: number): Point[] {
  const ends = buckets.flatMap((b) => [b.first, b.last])
  const byStep = extent(ends, (p) => p.step)
  const axis = byStep.low === byStep.high ? (p: Point) => p.timestamp : (p: Point) => p.step
  const { low, high } = extent(ends, axis)
  const slices = new Map<number, Point[]>()
  for (const bucket of buckets) {
    for (const point of [bucket.min ?? bucket.first, bucket.max ?? bucket.last]) {
      const slice = Math.min(width - 1, Math.floor(((axis(point) - low) / (high - low || 1)) * width))
      const known = slices.get(slice)
      if (known) known.push(point)
      else slices.set(slice, [point])
    }
  }
  const kept = new Set<Point>()
  for (const points of slices.values()) {
    const { first, min, max } = bucketOf(points) ?? {}
    for (const p of min && max ? [min, max] : [first]) if (p) kept.add(p)
  }
  const first = ends.reduce<Point | undefined>((a, b) => (a && axis(a) <= axis(b) ? a : b), undefined)
  const last = ends.reduce<Point | undefined>((a, b) => (a && axis(a) > axis(b) ? a : b), undefined)
  return uniquePoints([...kept, ...(first ? [first] : []), ...(last ? [last] : [])])
}

function extent(points: readonly Point[], axis: (p: Point) => number): { low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const point of points) {
    low = Math.min(low, axis(point))
    high = Math.max(high, axis(point))
  }
  return { low, high }
}

export function uniquePoints(points: readonly Point[]): Point[] {
  return [...new Map(points.map((p) => [`${p.step}|${p.timestamp}|${p.value}`, p])).values()]
}

/** The same of points side by side: all of them where they are no more than two a slice, without any order. */
export function thinFlat(parts: readonly Flat[], o: { width: number; from: number; to: number }): Point[] {
  const { n, low, high, ends } = survey(parts, o)
  const all = n <= 2 * o.width
  const axis = low === high ? 'timestamp' : 'step'
  const [start, span] = axis === 'step' ? [low, high - low] : [ends.low, ends.high - ends.low]
  const least = new Map<number, Point>()
  const greatest = new Map<number, Point>()
  const odd = new Map<number, Point>()
  const kept: Point[] = []
  let [first, last]: (Point | undefined)[] = []
  each(parts, o, (part, i) => {
    const value = part.value[i] ?? Number.NaN
    const at = part[axis][i] ?? 0
    const point = () => ({ step: part.step[i] ?? 0, timestamp: part.timestamp[i] ?? 0, value })
    if (all) kept.push(point())
    if (first === undefined || at < first[axis]) first = point()
    if (last === undefined || at >= last[axis]) last = point()
    const slice = Math.min(o.width - 1, Math.floor(((at - start) / (span || 1)) * o.width))
    if (Number.isNaN(value)) {
      if (!odd.has(slice)) odd.set(slice, point())
      return
    }
    if (value < (least.get(slice)?.value ?? Number.POSITIVE_INFINITY) || !least.has(slice)) least.set(slice, point())
    if (value > (greatest.get(slice)?.value ?? Number.NEGATIVE_INFINITY) || !greatest.has(slice))
      greatest.set(slice, point())
  })
  if (all) return uniquePoints(kept)
  const only = [...odd].filter(([slice]) => !least.has(slice)).map(([, point]) => point)
  return uniquePoints([first, last, ...least.values(), ...greatest.values(), ...only].filter((p) => p !== undefined))
}

function each(parts: readonly Flat[], o: { from: number; to: number }, act: (part: Flat, i: number) => void): void {
  for (const part of parts) {
    for (let i = 0; i < part.step.length; i += 1) {
      const step = part.step[i] ?? 0
      if (step >= o.from && step <= o.to) act(part, i)
    }
  }
}

/** How many points are in the range, and where they begin and end by step and by time. */
function survey(parts: readonly Flat[], o: { from: number; to: number }) {
  let n = 0
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const ends = { low, high }
  each(parts, o, ({ step, timestamp }, i) => {
    const [at, time] = [step[i] ?? 0, timestamp[i] ?? 0]
    n += 1
    if (at < low) low = at
    if (at > high) high = at
    if (time < ends.low) ends.low = time
    if (time > ends.high) ends.high = time
  })
  return { n, low, high, ends }
}
