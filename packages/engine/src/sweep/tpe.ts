/**
 * Bayesian sampling by tree-structured Parzen estimators (Bergstra, Bardenet, Bengio and Kégl, "Algorithms for
 * hyper-parameter optimization", NIPS 2011), with one joint density over all parameters as in BOHB (Falkner, Klein and
 * Hutter, ICML 2018). The trials known so far are split into a few good ones and the rest; each half becomes a density;
 * of candidates drawn from the good density the one is tried where good is likeliest compared with the rest. Trials that
 * still run count among the rest, so that several at once do not all go to the same place.
 */
import { randomNumbers, step } from './draw.ts'
import { normalBelow, normalQuantile } from './normal.ts'
import { sobolNumber } from './sobol.ts'
import type { Distribution, Space, Value, Values } from './space.ts'

/** A trial as the sampler knows it; without a score as long as it runs, or when it reported none. */
export interface Known {
  values: Values
  /** The better the lower. */
  cost?: number
}

/** Trials that are spread evenly before the first estimate. */
export const startupTrials = 10
const candidates = 24
const goodShare = 0.1
const mostGood = 25

/** One axis of the unit cube the estimate is made in; `steps` of a choice are its values. */
interface Axis {
  name: string
  of: Distribution
  choices: number
  from: number
  to: number
}

/** A kernel of a density: a place on every axis; undefined for the prior, which is everywhere. */
type Kernel = readonly number[] | undefined

interface Density {
  kernels: readonly Kernel[]
  /** Width of the kernels on a continuous axis whose length is 1. */
  width: number
  /** Of each kernel: the logarithm of what its normal densities have to be divided by. */
  scales: readonly number[]
}

export function tpeValues(space: Space, known: readonly Known[], o: { seed: number; trial: number }): Values {
  const axes = [...space].map(([name, of]) => axisOf(name, of))
  const told = known.filter((one): one is Required<Known> => one.cost !== undefined)
  if (told.length < startupTrials) {
    return valuesAt(
      axes,
      axes.map((axis, i) => spread(axis, sobolNumber(o.seed, o.trial, i))),
    )
  }
  const ranked = [...told].sort((a, b) => a.cost - b.cost)
  const cut = Math.min(Math.ceil(goodShare * ranked.length), mostGood)
  const running = known.filter((one) => one.cost === undefined)
  const good = densityOf(axes, ranked.slice(0, cut))
  const rest = densityOf(axes, [...ranked.slice(cut), ...running])
  const next = randomNumbers(o.seed, o.trial)
  let best: { place: number[]; gain: number } | undefined
  for (let i = 0; i < candidates; i++) {
    const place = drawPlace(axes, good, next)
    const gain = logDensity(axes, good, place) - logDensity(axes, rest, place)
    if (!best || gain > best.gain) best = { place, gain }
  }
  return valuesAt(axes, best?.place ?? [])
}

function axisOf(name: string, of: Distribution): Axis {
  if (of.type === 'choice') return { name, of, choices: of.values.length, from: 0, to: 0 }
  const { min: from, max: to } = of.type === 'uniform' || of.type === 'quniform' ? of : { min: 0, max: 1 }
  return { name, of, choices: 0, from, to }
}

/** A number between 0 and 1 as a place on an axis: the index of a choice, or the number itself. */
function spread({ choices }: Axis, u: number): number {
  return choices > 0 ? Math.min(Math.floor(u * choices), choices - 1) : u
}

function valuesAt(axes: readonly Axis[], place: readonly number[]): Values {
  const entries = axes.map(({ name, of, from, to }, i): [string, Value] => {
    const at = place[i] ?? 0
    if (of.type === 'choice') return [name, of.values[at] ?? '']
    const value = Math.min(from + at * (to - from), to)
    return [name, of.type === 'quniform' ? step(value, of.q) : value]
  })
  return Object.fromEntries(entries)
}

function placeOf(axes: readonly Axis[], values: Values): number[] {
  return axes.map(({ name, of, from, to }) => {
    const value = values[name] ?? 0
    if (of.type === 'choice') return Math.max(0, of.values.indexOf(value))
    return to > from ? Math.min(Math.max((Number(value) - from) / (to - from), 0), 1) : 0
  })
}

function densityOf(axes: readonly Axis[], trials: readonly Known[]): Density {
  const kernels: Kernel[] = [...trials.map(({ values }) => placeOf(axes, values)), undefined]
  // Scott's rule on an axis whose length is 1, never narrower than its share of a hundred
  const count = Math.max(trials.length, 1)
  const width = Math.max(0.2 * count ** (-1 / (axes.length + 4)), 1 / Math.min(100, 1 + kernels.length))
  const scales = kernels.map((kernel) =>
    axes.reduce((sum, { choices }, i) => {
      if (choices > 0) return sum
      const [mu, sigma] = kernel ? [kernel[i] ?? 0, width] : prior
      // a normal density is cut off at both ends of the axis, and what is left counts as all
      const mass = normalBelow((1 - mu) / sigma) - normalBelow(-mu / sigma)
      return sum + Math.log(sigma * Math.max(mass, 1e-12))
    }, 0),
  )
  return { kernels, width, scales }
}

/** Centre and width of the prior on a continuous axis. */
const prior = [0.5, 1] as const

function drawPlace(axes: readonly Axis[], { kernels, width }: Density, next: () => number): number[] {
  const kernel = kernels[Math.floor(next() * kernels.length)]
  return axes.map((axis, i) => {
    const u = next()
    if (axis.choices > 0) return drawChoice(axis.choices, kernel?.[i], { u, share: priorShare(kernels) })
    const [mu, sigma] = kernel ? [kernel[i] ?? 0, width] : prior
    const low = normalBelow((0 - mu) / sigma)
    const high = normalBelow((1 - mu) / sigma)
    const p = Math.min(Math.max(low + u * (high - low), 1e-12), 1 - 1e-12)
    return Math.min(Math.max(mu + sigma * normalQuantile(p), 0), 1)
  })
}

/** How much of a kernel's choice is given to all choices alike. */
const priorShare = (kernels: readonly Kernel[]) => 1 / kernels.length

function drawChoice(choices: number, own: number | undefined, { u, share }: { u: number; share: number }): number {
  const weight = (choice: number) => chanceOf(choice, own, { choices, share })
  let sum = 0
  for (let choice = 0; choice < choices; choice++) {
    sum += weight(choice)
    if (u < sum) return choice
  }
  return choices - 1
}

function chanceOf(choice: number, own: number | undefined, o: { choices: number; share: number }): number {
  if (own === undefined) return 1 / o.choices
  return ((choice === own ? 1 : 0) + o.share) / (1 + o.share * o.choices)
}

/** The logarithm of the mean of the kernels at a place. */
function logDensity(axes: readonly Axis[], { kernels, width, scales }: Density, place: readonly number[]): number {
  const share = priorShare(kernels)
  const logs = new Float64Array(kernels.length)
  let top = Number.NEGATIVE_INFINITY
  for (const [k, kernel] of kernels.entries()) {
    let sum = -(scales[k] ?? 0)
    for (let i = 0; i < place.length; i++) {
      const x = place[i] ?? 0
      const choices = axes[i]?.choices ?? 0
      if (choices > 0) {
        sum += Math.log(chanceOf(x, kernel?.[i], { choices, share }))
        continue
      }
      const z = kernel ? (x - (kernel[i] ?? 0)) / width : (x - prior[0]) / prior[1]
      sum -= 0.5 * z * z
    }
    logs[k] = sum
    if (sum > top) top = sum
  }
  let total = 0
  for (const log of logs) total += Math.exp(log - top)
  return top + Math.log(total / logs.length)
}
