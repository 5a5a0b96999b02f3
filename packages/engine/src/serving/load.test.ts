import { expect, test } from 'vitest'
import { instancesFor, scalingOf } from './load.ts'

const scaleSettings = {
  scaleType: 'TargetUtilization',
  minInstances: 0,
  maxInstances: 4,
  targetUtilizationPercentage: 50,
}

test('a fixed number is none of its business', () => {
  expect(scalingOf({ scaleSettings: { scaleType: 'Default' } })).toBeUndefined()
  expect(scalingOf({})).toBeUndefined()
})

test('more instances at once, fewer after a while, none when nobody calls', () => {
  const scaling = scalingOf({ scaleSettings })
  if (!scaling) throw new Error('it scales')
  expect(scaling).toEqual({ least: 0, most: 4, target: 0.5, pollMs: 1000 })
  const calm: { since?: number } = {}
  const at = (busy: number, now: number, want: number) =>
    instancesFor(scaling, { busy, perInstance: 2, now, want }, calm)
  expect(at(1, 0, 1)).toBe(1)
  expect(at(2, 1_000, 1)).toBe(2)
  expect(at(50, 2_000, 2)).toBe(4)
  expect(at(0, 3_000, 4)).toBe(4)
  expect(at(0, 21_000, 4)).toBe(4)
  // a call in between starts the wait anew
  expect(at(4, 21_500, 4)).toBe(4)
  expect(at(0, 40_000, 4)).toBe(4)
  expect(at(0, 41_600, 4)).toBe(0)
})
