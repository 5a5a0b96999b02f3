// Smoothing of lines with holes: null stays null, and what is constant stays as it is.

export type Smoothing = 'none' | 'time' | 'ema' | 'mean' | 'gauss'
type Values = readonly (number | null)[]

export const smoothings: Record<Smoothing, string> = {
  none: 'None',
  time: 'Time-weighted',
  ema: 'Exponential',
  mean: 'Running mean',
  gauss: 'Gaussian',
}

/** @param amount from 0, nothing, to below 1 */
export function smooth(kind: Smoothing, amount: number, x: readonly number[], y: Values): (number | null)[] {
  if (kind === 'none' || amount <= 0 || isConstant(y)) return [...y]
  if (kind === 'ema') return weighted(y, amount, () => amount)
  if (kind === 'time') {
    const step = usualStep(x)
    return weighted(y, amount, (i, before) => amount ** (((x[i] ?? 0) - (x[before] ?? 0)) / step))
  }
  const reach = Math.max(1, Math.round((amount * y.length) / 10))
  return kind === 'mean' ? spread(y, reach, () => 1) : spread(y, reach, (d) => Math.exp((-2 * d * d) / (reach * reach)))
}

function isConstant(y: Values): boolean {
  const first = y.find((value) => value !== null)
  return y.every((value) => value === null || value === first)
}

/** The mean of what came before, the nearer the heavier, without a pull to zero at its beginning. */
function weighted(y: Values, first: number, weightOf: (index: number, before: number) => number): (number | null)[] {
  let sum = 0
  let total = 0
  let before = -1
  return y.map((value, i) => {
    if (value === null) return null
    const weight = before < 0 ? first : weightOf(i, before)
    before = i
    sum = sum * weight + value * (1 - weight)
    total = total * weight + (1 - weight)
    return sum / total
  })
}

/** Of the axis that lines share: a line with few points is smoothed less, not dragged behind. */
function usualStep(x: readonly number[]): number {
  const span = (x.at(-1) ?? 0) - (x[0] ?? 0)
  return span > 0 ? span / Math.max(1, x.length - 1) : 1
}

/** The mean of what is near on both sides. */
function spread(y: Values, reach: number, weightOf: (distance: number) => number): (number | null)[] {
  const weights = Array.from({ length: reach + 1 }, (_, d) => weightOf(d))
  return y.map((value, i) => {
    if (value === null) return null
    let sum = 0
    let total = 0
    for (let j = Math.max(0, i - reach); j <= Math.min(y.length - 1, i + reach); j++) {
      const near = y[j]
      if (near === null || near === undefined) continue
      const weight = weights[Math.abs(i - j)] ?? 0
      sum += near * weight
      total += weight
    }
    return sum / total
  })
}
