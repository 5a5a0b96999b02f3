/**
 * Which points stand for a curve: of few every n-th, as MLflow picks them; of very many the least and the greatest of
 * each slice, so that no spike is lost. Both ends are always among them.
 */
import type { Series, SeriesPoint } from '@lazurite/store'

/** So many points and fewer are picked evenly. */
const few = 10_000

export interface Picture {
  scope: string
  runId: string
  key: string
  max: number
  /** Steps, both included. */
  from?: number
  to?: number
}

/** By step; at most about `max`. */
export async function pickPoints(series: Series, o: Picture): Promise<SeriesPoint[]> {
  const { scope, runId, key, max, from = Number.MIN_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER } = o
  if ((await series.count(scope, runId, key)) > few) {
    return series.sample(scope, runId, key, { width: Math.max(1, Math.floor((max - 2) / 2)), from, to })
  }
  const { points } = await series.history(scope, runId, key)
  return firstOfSlices(points.filter(({ step }) => step >= from && step <= to).sort(byStep), max)
}

function byStep(a: SeriesPoint, b: SeriesPoint): number {
  const known = (p: SeriesPoint) => (Number.isNaN(p.value) ? 0 : p.value)
  const missing = (p: SeriesPoint) => Number(Number.isNaN(p.value))
  const order = a.step - b.step || a.timestamp - b.timestamp
  // two infinities have no difference
  return order || (known(a) === known(b) ? missing(a) - missing(b) : known(a) < known(b) ? -1 : 1)
}

/** The first of each of `max` slices of nearly one size, the larger ones in front; the last of all takes the last place. */
function firstOfSlices(all: readonly SeriesPoint[], max: number): SeriesPoint[] {
  if (all.length <= max) return [...all]
  const [size, larger] = [Math.floor(all.length / max), all.length % max]
  const places = Array.from({ length: max }, (_, i) => i * size + Math.min(i, larger))
  places[max - 1] = all.length - 1
  return places.flatMap((at) => all.slice(at, at + 1))
}
