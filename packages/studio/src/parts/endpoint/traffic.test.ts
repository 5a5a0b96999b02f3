import { expect, test } from 'vitest'
import { moved } from './traffic.tsx'

test.each([
  [{ blue: 90, green: 10 }, 'green', 30, { blue: 70, green: 30 }],
  [{ blue: 0, green: 0 }, 'blue', 100, { blue: 100, green: 0 }],
  [{ a: 50, b: 25, c: 25 }, 'a', 0, { a: 0, b: 50, c: 50 }],
  [{ a: 34, b: 33, c: 33 }, 'a', 1, { a: 1, b: 50, c: 49 }],
  [{ only: 0 }, 'only', 40, { only: 40 }],
])('of %j, %s moved to %d', (shares, name, share, after) => {
  expect(moved(shares, name, share)).toEqual(after)
})
