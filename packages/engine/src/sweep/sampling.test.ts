import { describe, expect, test } from 'vitest'
import { drawValue, randomNumbers, randomValues } from './draw.ts'
import { gridValues } from './grid.ts'
import { normalBelow, normalQuantile } from './normal.ts'
import { readSampling, sampleTrial } from './sampler.ts'
import { sobolNumber } from './sobol.ts'
import { type Distribution, readSpace, type Space, sizeOfSpace, type Value, valueText } from './space.ts'

const count = 10_000
const seed = 20_240_607

function samplesOf(of: Distribution, base?: number): Value[] {
  const space: Space = new Map([['p', of]])
  const draw = (trial: number) => randomValues(space, { seed, trial, ...(base === undefined ? {} : { base }) }).p ?? ''
  return Array.from({ length: count }, (_, trial) => draw(trial))
}

/** The greatest distance between what was drawn and the distribution function (Kolmogorov and Smirnov). */
function distance(samples: readonly number[], below: (x: number) => number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted.reduce((most, x, i) => {
    const p = below(x)
    return Math.max(most, (i + 1) / count - p, p - i / count)
  }, 0)
}
/** Beyond this the hypothesis is rejected at the level 0.001. */
const farthest = 1.95 / Math.sqrt(count)

/** Pearson's statistic per degree of freedom, over the values that are expected at least five times. */
function misfit(samples: readonly Value[], chances: ReadonlyMap<Value, number>): number {
  const seen = new Map<Value, number>()
  for (const sample of samples) seen.set(sample, (seen.get(sample) ?? 0) + 1)
  const usual = [...chances].filter(([, chance]) => chance * count >= 5)
  const sum = usual.reduce((total, [value, chance]) => {
    const expected = chance * count
    return total + ((seen.get(value) ?? 0) - expected) ** 2 / expected
  }, 0)
  return sum / Math.max(usual.length - 1, 1)
}

const clamp = (p: number) => Math.min(Math.max(p, 0), 1)
const uniform = (min: number, max: number) => (x: number) => clamp((x - min) / (max - min))
const normal = (mu: number, sigma: number) => (x: number) => normalBelow((x - mu) / sigma)
const log = (below: (x: number) => number) => (x: number) => (x <= 0 ? 0 : below(Math.log(x)))

describe('10,000 samples of each distribution', () => {
  test.each<[string, Distribution, (x: number) => number]>([
    ['uniform', { type: 'uniform', min: -2, max: 5 }, uniform(-2, 5)],
    ['loguniform', { type: 'loguniform', min: -6, max: -1 }, log(uniform(-6, -1))],
    ['normal', { type: 'normal', mu: 3, sigma: 0.5 }, normal(3, 0.5)],
    ['lognormal', { type: 'lognormal', mu: -1, sigma: 0.7 }, log(normal(-1, 0.7))],
  ])('%s follows its distribution function', (_, of, below) => {
    const samples = samplesOf(of).map(Number)
    expect(distance(samples, below)).toBeLessThan(farthest)
    expect(new Set(samples).size).toBeGreaterThan(count * 0.99)
  })

  test.each<[string, Extract<Distribution, { q: number }>, (x: number) => number]>([
    ['quniform', { type: 'quniform', min: 1, max: 10, q: 2 }, uniform(1, 10)],
    ['qloguniform', { type: 'qloguniform', min: 0, max: 4, q: 5 }, log(uniform(0, 4))],
    ['qnormal', { type: 'qnormal', mu: 10, sigma: 4, q: 3 }, normal(10, 4)],
    ['qlognormal', { type: 'qlognormal', mu: 2, sigma: 0.5, q: 2 }, log(normal(2, 0.5))],
  ])('%s is the rounded distribution: multiples of q, each as often as its share', (_, of, below) => {
    const samples = samplesOf(of).map(Number)
    expect(samples.every((x) => Number.isInteger(x / of.q))).toBe(true)
    const chances = new Map(
      Array.from({ length: 60 }, (_, i) => (i - 20) * of.q).map((x): [Value, number] => [
        x,
        below(x + of.q / 2) - below(x - of.q / 2),
      ]),
    )
    expect(misfit(samples, chances)).toBeLessThan(2.5)
  })

  test('choice and randint take every value equally often, and none beyond', () => {
    const values = ['a', 'b', 3, 4.5, 'e', true, 7]
    const choices = samplesOf({ type: 'choice', values })
    expect(misfit(choices, new Map(values.map((value) => [value, 1 / 7])))).toBeLessThan(2.5)
    const whole = samplesOf({ type: 'randint', upper: 13 })
    expect(misfit(whole, new Map(Array.from({ length: 13 }, (_, i) => [i, 1 / 13])))).toBeLessThan(2.5)
    expect(new Set(whole)).toEqual(new Set(Array.from({ length: 13 }, (_, i) => i)))
  })

  test('logbase is what the logarithmic distributions are powers of', () => {
    const samples = samplesOf({ type: 'loguniform', min: -4, max: 0 }, 10).map(Number)
    expect(distance(samples.map(Math.log10), uniform(-4, 0))).toBeLessThan(farthest)
    expect(readSampling({ samplingAlgorithmType: 'Random', logbase: '10' }).sampling.base).toBe(10)
    expect(readSampling({ samplingAlgorithmType: 'Random', logbase: 'e' }).sampling.base).toBe(Math.E)
  })

  test('parameters and trials have nothing to do with each other', () => {
    const space: Space = new Map(['a', 'b', 'c'].map((name) => [name, { type: 'uniform', min: 0, max: 1 }]))
    const drawn = Array.from({ length: count }, (_, trial) => randomValues(space, { seed, trial }))
    const column = (name: string) => drawn.map((values) => Number(values[name]))
    expect(Math.abs(correlation(column('a'), column('b')))).toBeLessThan(0.03)
    expect(Math.abs(correlation(column('b'), column('c')))).toBeLessThan(0.03)
    expect(Math.abs(correlation(column('a').slice(1), column('a').slice(0, -1)))).toBeLessThan(0.03)
    const neighbours = Array.from({ length: count }, (_, s) => randomNumbers(s, 0)())
    expect(distance(neighbours, uniform(0, 1))).toBeLessThan(farthest)
  })
})

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length
  const [ma, mb] = [mean(a), mean(b)]
  const product = (p: readonly number[], q: readonly number[], mp: number, mq: number) =>
    p.reduce((sum, x, i) => sum + (x - mp) * ((q[i] ?? 0) - mq), 0)
  return product(a, b, ma, mb) / Math.sqrt(product(a, a, ma, ma) * product(b, b, mb, mb))
}

describe('a Sobol sequence', () => {
  test('spreads the first 2^k points over 2^k equal parts of every one of 64 axes, whatever the seed', () => {
    for (const s of [0, 42]) {
      for (let axis = 0; axis < 64; axis++) {
        for (const points of [16, 1024]) {
          const parts = Array.from({ length: points }, (_, i) => Math.floor(sobolNumber(s, i, axis) * points))
          expect(new Set(parts).size).toBe(points)
        }
      }
    }
  })

  test('is the same for the same seed and another for another', () => {
    const points = (s: number) => Array.from({ length: 5 }, (_, i) => sobolNumber(s, i, 3))
    expect(points(1)).toEqual(points(1))
    expect(points(1)).not.toEqual(points(2))
  })

  test('fills the plane more evenly than chance', () => {
    const cells = (at: (i: number, axis: number) => number) =>
      new Set(Array.from({ length: 256 }, (_, i) => `${Math.floor(at(i, 0) * 16)},${Math.floor(at(i, 1) * 16)}`)).size
    expect(cells((i, axis) => sobolNumber(7, i, axis))).toBe(256)
    const random = Array.from({ length: 256 }, (_, i) => randomNumbers(7, i)).map((next) => [next(), next()])
    expect(cells((i, axis) => random[i]?.[axis] ?? 0)).toBeLessThan(190)
  })

  test('is what random sampling by the rule sobol uses', () => {
    const { sampling } = readSampling({ samplingAlgorithmType: 'Random', rule: 'Sobol', seed: 5 })
    const space: Space = new Map([['x', { type: 'uniform', min: 0, max: 8 }]])
    const drawn = Array.from({ length: 8 }, (_, trial) => sampleTrial(space, sampling, { seed: 5, trial, known: [] }))
    expect(new Set(drawn.map(({ x }) => Math.floor(Number(x)))).size).toBe(8)
  })
})

test('a grid is every combination once, the last parameter first', () => {
  const { space } = readSpace({ a: ['choice', [[1, 2]]], b: ['choice', [['x', 'y', 'z']]] })
  expect(sizeOfSpace(space)).toBe(6)
  expect(Array.from({ length: 6 }, (_, trial) => Object.values(gridValues(space, trial)).join(''))).toEqual([
    '1x',
    '1y',
    '1z',
    '2x',
    '2y',
    '2z',
  ])
})

test('quantiles of the normal distribution are those of the tables', () => {
  for (const [p, x] of [
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.001, -3.090232306167813],
    [1e-9, -5.997807015007686],
  ] as const) {
    expect(normalQuantile(p)).toBeCloseTo(x, 12)
  }
})

test('values are written as Python writes them', () => {
  const texts = [0.1, 3, 1e-5, 0.00012, 1.5e-7, 1e21, 'a b', true].map(valueText)
  expect(texts).toEqual(['0.1', '3', '1e-05', '0.00012', '1.5e-07', '1e+21', 'a b', 'True'])
  expect(Object.is(drawValue({ type: 'quniform', min: -0.1, max: 0, q: 5 }, 0.5), 0)).toBe(true)
})

describe('a space', () => {
  test('is the same in the list form of jobs and in the form of nodes', () => {
    const list = { u: ['uniform', [0, 1]], q: ['qlognormal', [1, 2, 3]], r: ['randint', [5]], c: ['choice', [['a']]] }
    const map = {
      u: { type: 'uniform', min_value: 0, max_value: 1 },
      q: { type: 'qlognormal', mu: 1, sigma: 2, q: 3 },
      r: { type: 'randint', upper: '5' },
      c: { type: 'choice', values: ['a'] },
    }
    expect(readSpace(list)).toEqual(readSpace(map))
    expect(readSpace(list).issues).toEqual([])
  })

  test.each([
    [{}, [], /at least one parameter/],
    [{ x: ['triangle', [1]] }, ['x'], /is no distribution; there are choice, randint/],
    [{ x: ['choice', [[]]] }, ['x', 'values'], /at least one/],
    [{ x: ['choice', [[1, null]]] }, ['x', 'values', 1], /not null/],
    [{ x: ['choice', [[{ a: 1 }]]] }, ['x', 'values', 0], /AutoML/],
    [{ x: ['uniform', [2, 1]] }, ['x', 'max_value'], /at least min_value \(2\), not 1/],
    [{ x: ['uniform', [0]] }, ['x', 'max_value'], /must be a number, not null/],
    [{ x: ['normal', [0, 0]] }, ['x', 'sigma'], /greater than 0/],
    [{ x: ['quniform', [0, 1, 0]] }, ['x', 'q'], /greater than 0/],
    [{ x: ['randint', [0]] }, ['x', 'upper'], /at least 1, not 0/],
    [{ 'a b': ['randint', [3]] }, ['a b'], /cannot be the name/],
    [{ x: 'uniform(0,1)' }, ['x'], /is no distribution/],
  ])('%j is refused with its place', (raw, path, message) => {
    expect(readSpace(raw).issues).toEqual([expect.objectContaining({ path, message: expect.stringMatching(message) })])
  })
})
