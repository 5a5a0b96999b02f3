import { describe, expect, test } from 'vitest'
import { strokesOf } from './palette.ts'
import { smooth } from './smooth.ts'

describe('smoothing', () => {
  const x = [0, 1, 2, 3, 4]
  test('as TensorBoard does it: without a pull to zero', () => {
    const [a, b, c] = smooth('ema', 0.5, [0, 1, 2], [4, 0, 0])
    expect(a).toBe(4)
    expect(b).toBeCloseTo((4 * 0.5 * 0.5) / (1 - 0.25), 10)
    expect(c).toBeCloseTo((4 * 0.5 * 0.25) / (1 - 0.125), 10)
  })
  test('leaves holes, constants and nothing as they are', () => {
    expect(smooth('ema', 0.9, x, [1, null, 1, 1, 1])).toEqual([1, null, 1, 1, 1])
    expect(smooth('mean', 0, x, [1, 2, 3, 4, 5])).toEqual([1, 2, 3, 4, 5])
    expect(smooth('time', 0.5, x, [1, null, 3, null, 2])[1]).toBeNull()
  })
  test.each(['time', 'ema', 'mean', 'gauss'] as const)('%s stays between the values', (kind) => {
    for (const value of smooth(kind, 0.8, x, [0, 1, 0, 1, 0]))
      expect(Math.abs(Number(value) - 0.5)).toBeLessThanOrEqual(0.5)
  })
})

test('runs keep their colour, and none share one while there are enough', () => {
  const names = Array.from({ length: 30 }, (_, i) => `run-${i}`)
  const strokes = [...strokesOf(names).values()].map(({ token, dash }) => `${token} ${dash}`)
  expect(new Set(strokes).size).toBe(30)
  expect(strokesOf(['run-3', 'run-9']).get('run-3')).toEqual(strokesOf(['run-3']).get('run-3'))
  expect(new Set([...strokesOf(names.slice(0, 10)).values()].map(({ token }) => token)).size).toBe(10)
})
