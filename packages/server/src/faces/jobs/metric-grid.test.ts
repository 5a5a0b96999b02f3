import { describe, expect, test } from 'vitest'
import { gather, slicesOf } from './metric-grid.ts'

const range = (n: number) => Array.from({ length: n }, (_, i) => i)

describe('slices', () => {
  test('of few places are the places themselves', () => {
    const slices = slicesOf(
      [
        { x: [0, 2, 4], y: [1, 2, 3] },
        { x: [1, 2], y: [5, 6] },
      ],
      { buckets: 10 },
    )
    expect([slices.exact, slices.x]).toEqual([true, [0, 1, 2, 4]])
    expect(gather({ x: [1, 2], y: [5, 6] }, slices).mean).toEqual([null, 5, 6, null])
  })

  test('of many places keep every spike', () => {
    const x = range(10_000)
    const y = x.map((i) => (i === 7777 ? 100 : i === 3 ? -100 : 1))
    const slices = slicesOf([{ x, y }], { buckets: 100 })
    const { min, max, count } = gather({ x, y }, slices)
    expect(slices.x).toHaveLength(100)
    expect([Math.min(...min.map(Number)), Math.max(...max.map(Number))]).toEqual([-100, 100])
    expect(count.reduce((a, b) => a + b, 0)).toBe(10_000)
  })

  test('keep to the range, and leave out what has no logarithm', () => {
    const x = range(1001)
    const log = slicesOf([{ x, y: x }], { buckets: 10, log: true })
    expect([log.of(0), log.of(1), log.of(1000)]).toEqual([-1, 0, 9])
    expect(log.x[0]).toBeLessThan(2)
    const some = slicesOf([{ x, y: x }], { buckets: 50, from: 10, to: 20 })
    expect([some.exact, some.x.at(0), some.x.at(-1)]).toEqual([true, 10, 20])
  })
})

test('what is not finite is told beside, never drawn and never lost', () => {
  const line = { x: [0, 0, 0, 1], y: [1, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY] }
  const told = gather(line, slicesOf([line], { buckets: 5 }))
  expect(told.mean).toEqual([1, null])
  expect(told.odd).toEqual([
    [0, 'NaN'],
    [1, 'Infinity'],
  ])
  expect(told.count).toEqual([3, 1])
})
