import { describe, expect, it } from 'vitest'
import { isoNow, isoToSeconds, secondsToIso } from './time.ts'

describe('durations', () => {
  const both: [number, string][] = [
    [60, 'PT1M'],
    [3600, 'PT1H'],
    [5400, 'PT1H30M'],
    [90, 'PT1M30S'],
    [120, 'PT2M'],
    [86_400, 'P1D'],
    [90_000, 'P1DT1H'],
    [604_800, 'P7D'],
    [0.5, 'PT0.5S'],
    [0, 'P0D'],
  ]
  it.each(both)('%d seconds are %s', (seconds, text) => {
    expect(secondsToIso(seconds)).toBe(text)
    expect(isoToSeconds(text)).toBe(seconds)
  })
  it('reads other spellings', () => {
    expect([isoToSeconds('PT300S'), isoToSeconds('P1W'), isoToSeconds('PT0.5S'), isoToSeconds('-PT1M')]).toEqual([
      300, 604_800, 0.5, -60,
    ])
  })
  it.each(['', 'P', 'PT', '60', '1M', 'PT1X', `PT${'9'.repeat(100)}S`])('refuses %j', (text) => {
    expect(isoToSeconds(text)).toBeUndefined()
  })
})

it('prints instants as systemData does', () => {
  expect(isoNow(Date.UTC(2025, 0, 1, 0, 0, 0, 7))).toBe('2025-01-01T00:00:00.0070000+00:00')
})
