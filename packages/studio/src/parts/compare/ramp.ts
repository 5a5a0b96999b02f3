// A colour between the first and the last of the ramp: little is blue, much is gold.
const stops = ['seq-1', 'seq-2', 'seq-3', 'seq-4']

/** `at` between 0 and 1. */
export function ramp(at: number): string {
  const place = Math.max(0, Math.min(1, at)) * (stops.length - 1)
  const from = Math.min(stops.length - 2, Math.floor(place))
  const share = Math.round((place - from) * 100)
  return `color-mix(in oklab, var(--${stops[from]}), var(--${stops[from + 1]}) ${share}%)`
}
