import { describe, expect, it } from 'vitest'
import { bucketsOf, decodeChunk, decodeRollup, encodeChunk, encodeRollup, type Point } from './chunk.ts'

const regular = (n: number): Point[] =>
  Array.from({ length: n }, (_, i) => ({ step: i, timestamp: 1_700_000_000_000 + i * 137, value: Math.sin(i / 50) }))

describe('chunks', () => {
  const cases: Record<string, Point[]> = {
    none: [],
    one: [{ step: 0, timestamp: 0, value: 0.1 }],
    regular: regular(1000),
    'no number and no end': [Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, -1e308].map((value, i) => ({
      step: i,
      timestamp: 5,
      value,
    })),
    'jumping and negative steps': [5, -3, 1e12, -1e12, 0, 7].map((step) => ({
      step,
      timestamp: 10 - step,
      value: step,
    })),
    'steps at the end of what a double counts': [0, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 1].map(
      (step) => ({
        step,
        timestamp: Number.MAX_SAFE_INTEGER,
        value: 1,
      }),
    ),
  }
  it.each(Object.entries(cases))('give back %s', (_, points) => {
    expect(decodeChunk(encodeChunk(points))).toEqual(points)
  })

  it('take a fraction of a row a point', () => {
    expect(encodeChunk(regular(4096)).length / 4096).toBeLessThan(12)
  })

  it('refuse bytes that are no chunk', () => {
    expect(() => decodeChunk(new Uint8Array([9, 1, 2]))).toThrow()
    expect(() => decodeChunk(encodeChunk(regular(600)).subarray(0, 200))).toThrow()
  })
})

describe('rollups', () => {
  it('keep ends and extremes of at most 16 buckets', () => {
    const points = regular(1000)
    points[500] = { step: 500, timestamp: 1, value: 99 }
    const back = decodeRollup(encodeRollup(bucketsOf(points)))
    expect(back.length).toBeLessThanOrEqual(16)
    expect(back[0]?.first).toEqual(points[0])
    expect(back.at(-1)?.last).toEqual(points[999])
    expect(Math.max(...back.map((b) => b.max?.value ?? 0))).toBe(99)
  })

  it('keep a bucket of nothing but NaN', () => {
    const points = [1, 2, 3].map((step) => ({ step, timestamp: step, value: Number.NaN }))
    const back = decodeRollup(encodeRollup(bucketsOf(points, 1)))
    expect(back).toEqual([{ first: points[0], last: points[2] }])
  })
})
