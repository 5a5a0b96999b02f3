import { expect, test } from 'vitest'
import { zoneOf } from './zone.ts'

test('zones have the names of Windows and of IANA, in any case', () => {
  expect(zoneOf('W. Europe Standard Time')?.name).toBe('Europe/Berlin')
  expect(zoneOf('eastern standard time')?.name).toBe('America/New_York')
  expect(zoneOf('europe/berlin')?.name).toBe('Europe/Berlin')
  expect(zoneOf('UTC')?.name).toBe('UTC')
  expect(zoneOf('UTC-11')?.offset(0)).toBe(-11 * 3_600_000)
  expect(zoneOf('Kamchatka Standard Time')?.name).toBe('Asia/Kamchatka')
  expect(zoneOf('India Standard Time')?.offset(0)).toBe(5.5 * 3_600_000)
})

test.each(['', 'Mars/Olympus', 'Europe/Berlin; rm', '+01:00', 'x'.repeat(500), '__proto__'])(
  '%s is no zone',
  (name) => {
    expect(zoneOf(name)).toBeUndefined()
  },
)

test('the wall and the instant lead to each other', () => {
  const berlin = zoneOf('Europe/Berlin')
  for (let instant = Date.UTC(2026, 0, 1); instant < Date.UTC(2027, 0, 1); instant += 45 * 60_000) {
    const local = instant + (berlin?.offset(instant) ?? 0)
    // the second of two equal readings leads to the first
    const twice = instant >= Date.UTC(2026, 9, 25, 1) && instant < Date.UTC(2026, 9, 25, 2)
    expect(berlin?.instant(local)).toBe(twice ? instant - 3_600_000 : instant)
  }
})
