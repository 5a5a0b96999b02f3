import { describe, expect, test } from 'vitest'
import { randomValues } from './draw.ts'
import type { Space, Values } from './space.ts'
import { type Known, startupTrials, tpeValues } from './tpe.ts'

const axes = (ranges: Record<string, [number, number]>): Space =>
  new Map(Object.entries(ranges).map(([name, [min, max]]) => [name, { type: 'uniform', min, max }]))
const numbers = (values: Values) => Object.values(values).map(Number)

// three functions that optimisers are usually held against
const functions: Record<string, { space: Space; cost: (x: number[]) => number }> = {
  Branin: {
    space: axes({ x: [-5, 10], y: [0, 15] }),
    cost: ([x = 0, y = 0]) =>
      (y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6) ** 2 +
      10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) +
      10,
  },
  Ackley: {
    space: axes({ x: [-32, 32], y: [-32, 32] }),
    cost: ([x = 0, y = 0]) =>
      -20 * Math.exp(-0.2 * Math.sqrt((x * x + y * y) / 2)) -
      Math.exp((Math.cos(2 * Math.PI * x) + Math.cos(2 * Math.PI * y)) / 2) +
      20 +
      Math.E,
  },
  Rosenbrock: {
    space: axes({ x: [-2, 2], y: [-1, 3] }),
    cost: ([x = 0, y = 0]) => 100 * (y - x * x) ** 2 + (1 - x) ** 2,
  },
}

function bestOf(trials: number, seed: number, o: { space: Space; cost: (x: number[]) => number }): number {
  const known: Known[] = []
  for (let trial = 0; trial < trials; trial++) {
    const values = tpeValues(o.space, known, { seed, trial })
    known.push({ values, cost: o.cost(numbers(values)) })
  }
  return Math.min(...known.map((one) => one.cost ?? Number.POSITIVE_INFINITY))
}

function bestOfRandom(trials: number, seed: number, o: { space: Space; cost: (x: number[]) => number }): number {
  const costs = Array.from({ length: trials }, (_, trial) => o.cost(numbers(randomValues(o.space, { seed, trial }))))
  return Math.min(...costs)
}

const median = (list: number[]) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN

describe('bayesian sampling', () => {
  test.each(Object.entries(functions))('beats random sampling on %s with 60 trials each', (_, o) => {
    const seeds = Array.from({ length: 15 }, (_, i) => i + 1)
    const ours = seeds.map((seed) => bestOf(60, seed, o))
    const random = seeds.map((seed) => bestOfRandom(60, seed, o))
    expect(median(ours)).toBeLessThan(median(random) * 0.7)
    const wins = seeds.filter((_, i) => (ours[i] ?? 0) < (random[i] ?? 0)).length
    expect(wins).toBeGreaterThanOrEqual(11)
  })

  test('finds the right one of several choices, and rounds as quniform does', () => {
    const space: Space = new Map([
      ['kind', { type: 'choice', values: ['a', 'b', 'c', 'd'] }],
      ['n', { type: 'quniform', min: 1, max: 64, q: 1 }],
    ])
    const cost = ({ kind, n }: Values) => (kind === 'c' ? 0 : 1) + Math.abs(Number(n) - 20) / 20
    const known: Known[] = []
    for (let trial = 0; trial < 60; trial++) {
      const values = tpeValues(space, known, { seed: 3, trial })
      known.push({ values, cost: cost(values) })
    }
    expect(known.every(({ values }) => Number.isInteger(values.n))).toBe(true)
    const late = known.slice(40)
    expect(late.filter(({ values }) => values.kind === 'c').length).toBeGreaterThan(15)
    expect(Math.min(...late.map((one) => one.cost ?? 9))).toBeLessThan(0.1)
  })

  test('gives the same values for the same trials, and spreads trials that run at once', () => {
    const space = axes({ x: [0, 1], y: [0, 1] })
    const known: Known[] = Array.from({ length: startupTrials + 5 }, (_, trial) => {
      const values = tpeValues(space, [], { seed: 1, trial })
      return { values, cost: numbers(values).reduce((sum, x) => sum + (x - 0.5) ** 2, 0) }
    })
    const next = () => {
      const running: Known[] = []
      for (let trial = 20; trial < 28; trial++) {
        running.push({ values: tpeValues(space, [...known, ...running], { seed: 1, trial }) })
      }
      return running.map(({ values }) => values)
    }
    expect(next()).toEqual(next())
    expect(new Set(next().map((values) => JSON.stringify(values))).size).toBe(8)
  })

  test('takes trials that reported nothing, and a space of one point', () => {
    const space = axes({ x: [2, 2] })
    const known: Known[] = Array.from({ length: 30 }, () => ({ values: { x: 2 }, cost: Number.MAX_VALUE }))
    expect(tpeValues(space, known, { seed: 0, trial: 30 })).toEqual({ x: 2 })
  })
})
