/**
 * From numbers between 0 and 1 to values of parameters. Every distribution is drawn by its inverse distribution function,
 * so that evenly spread numbers give evenly spread values. A number depends on the seed, the trial and the parameter
 * alone: nothing has to be remembered between two trials.
 */
import { normalQuantile } from './normal.ts'
import type { Distribution, Space, Value, Values } from './space.ts'

/** The value at `u`, 0 < u < 1. `base` is what the logarithmic distributions are powers of. */
export function drawValue(of: Distribution, u: number, base = Math.E): Value {
  switch (of.type) {
    case 'choice':
      return of.values[Math.floor(u * of.values.length)] ?? of.values[0] ?? ''
    case 'randint':
      return Math.min(Math.floor(u * of.upper), of.upper - 1)
    case 'uniform':
      return between(of, u)
    case 'loguniform':
      return power(base, between(of, u))
    case 'quniform':
      return step(between(of, u), of.q)
    case 'qloguniform':
      return step(power(base, between(of, u)), of.q)
    case 'normal':
      return of.mu + of.sigma * normalQuantile(u)
    case 'lognormal':
      return power(base, of.mu + of.sigma * normalQuantile(u))
    case 'qnormal':
      return step(of.mu + of.sigma * normalQuantile(u), of.q)
    case 'qlognormal':
      return step(power(base, of.mu + of.sigma * normalQuantile(u)), of.q)
  }
}

function between({ min, max }: { min: number; max: number }, u: number): number {
  return Math.min(min + u * (max - min), max)
}

function power(base: number, exponent: number): number {
  return base === Math.E ? Math.exp(exponent) : base ** exponent
}

/** round(x / q) · q */
export function step(x: number, q: number): number {
  return Math.round(x / q) * q + 0 // + 0: there is no -0
}

/** A value for every parameter; `numbers` gives the number between 0 and 1 of the nth. */
export function drawAll(space: Space, numbers: (dimension: number) => number, base?: number): Values {
  const entries = [...space].map(([name, of], i): [string, Value] => [name, drawValue(of, numbers(i), base)])
  return Object.fromEntries(entries)
}

/** Numbers between 0 and 1, neither of them included, for one trial of one sweep. */
export function randomNumbers(seed: number, trial: number): () => number {
  // Doty-Humphrey's sfc32, one of the generators of PractRand
  let a = Math.floor(seed / 2 ** 32) | 0
  let b = seed | 0
  let c = trial | 0
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let i = 0; i < 16; i++) next()
  return () => (next() * 2 ** 20 + (next() >>> 12) + 0.5) / 2 ** 52
}

export function randomValues(space: Space, o: { seed: number; trial: number; base?: number }): Values {
  const next = randomNumbers(o.seed, o.trial)
  return drawAll(space, next, o.base)
}
