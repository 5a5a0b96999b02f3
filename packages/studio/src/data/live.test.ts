import { expect, test } from 'vitest'
import { waitOf } from './live.ts'

test('what is short is asked for at once, what is being asked for a little later', () => {
  expect(waitOf({ asking: false, askedAt: 1000, pages: 1 }, 1000)).toBe(0)
  expect(waitOf({ asking: true, askedAt: 0, pages: 1 }, 1000)).toBeGreaterThan(0)
})

test('a long list waits the longer the more of it was brought, from when it came', () => {
  const wait = (pages: number, now: number) => waitOf({ asking: false, askedAt: 1000, pages }, now)
  expect(wait(100, 1000)).toBeGreaterThan(wait(20, 1000))
  expect(wait(20, 5000)).toBe(wait(20, 1000) - 4000)
  expect(wait(20, 1_000_000)).toBe(0)
})
