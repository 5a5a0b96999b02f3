// How high a chart is.
import type { PlotLine } from './options.ts'

/** A little air above and below, also around a line that is flat. */
export function around(_: unknown, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1]
  const air = (high - low || Math.abs(high) || 1) * 0.06
  return [low >= 0 && low - air < 0 ? Math.min(0, low) : low - air, high + air]
}

/** From the least to the greatest without a twentieth at either end. */
export function mostOf(lines: readonly PlotLine[]): [number, number] {
  const all = lines.flatMap(({ values }) => values.filter((value) => value !== null)).sort((a, b) => a - b)
  const at = (share: number) => all[Math.round(share * (all.length - 1))] ?? 0
  return all.length === 0 ? [0, 1] : around(undefined, at(0.05), at(0.95))
}
