import { expect, test } from 'vitest'
import { scalingOf } from './load.ts'
import { admitScaling, profileAt, profilesOf } from './profiles.ts'

const scaleSettings = {
  scaleType: 'TargetUtilization',
  minInstances: 1,
  maxInstances: 5,
  profiles: [
    {
      name: 'weekend',
      days: ['Saturday', 'sunday'],
      minInstances: 0,
      maxInstances: 1,
      timeZone: 'Pacific Standard Time',
    },
    { name: 'night', start: '22:00', end: '06:30', maxInstances: 2, timeZone: 'Europe/Berlin' },
    { name: 'Monday night', days: ['Monday'], start: '23:00', end: '01:00', minInstances: 3 },
  ],
}
const at = (text: string) => profileAt(profilesOf(scaleSettings), Date.parse(text))?.name

test('the first profile that a moment falls into holds', () => {
  // Saturday there begins when it is 08:00 in UTC in winter, 07:00 in summer
  expect(at('2026-01-10T07:59:00Z')).toBeUndefined()
  expect(at('2026-01-10T08:00:00Z')).toBe('weekend')
  expect(at('2026-07-11T07:00:00Z')).toBe('weekend')
  expect(at('2026-01-12T07:59:59Z')).toBe('weekend')
  expect(at('2026-01-13T12:00:00Z')).toBeUndefined()
  expect(at('2026-01-13T20:59:00Z')).toBeUndefined()
  expect(at('2026-01-13T21:00:00Z')).toBe('night')
  expect(at('2026-01-14T05:29:00Z')).toBe('night')
  expect(at('2026-01-14T05:30:00Z')).toBeUndefined()
})

test('a profile over midnight belongs to the day it begins on', () => {
  const [, , night] = profilesOf(scaleSettings)
  const holds = (text: string) => profileAt(night ? [night] : [], Date.parse(text)) !== undefined
  expect(holds('2026-01-12T23:00:00Z')).toBe(true)
  expect(holds('2026-01-13T00:59:00Z')).toBe(true)
  expect(holds('2026-01-13T01:00:00Z')).toBe(false)
  expect(holds('2026-01-13T23:30:00Z')).toBe(false)
  expect(holds('2026-01-12T00:30:00Z')).toBe(false)
})

test('its bounds take the place of the usual ones', () => {
  const bounds = (text: string) => {
    const { least, most } = scalingOf({ scaleSettings }, Date.parse(text)) ?? {}
    return [least, most]
  }
  expect(bounds('2026-01-13T12:00:00Z')).toEqual([1, 5])
  expect(bounds('2026-01-10T12:00:00Z')).toEqual([0, 1])
  expect(bounds('2026-01-13T22:00:00Z')).toEqual([1, 2])
})

test('what cannot be meant is told at the door', () => {
  expect(admitScaling({ scaleSettings })).toEqual([])
  expect(admitScaling({ scaleSettings: { scaleType: 'Default' } })).toEqual([])
  const told = (more: object) =>
    admitScaling({ scaleSettings: { ...scaleSettings, ...more } }).map(
      ({ path, message }) => `${path.slice(2).join('.')}: ${message}`,
    )
  expect(told({ minInstances: 6 })).toContain('maxInstances: 5 is fewer than min_instances, 6')
  expect(told({ maxInstances: 51, profiles: [] })).toEqual(['maxInstances: 51 is no number of instances from 1 to 50'])
  expect(told({ targetUtilizationPercentage: 0 })).toHaveLength(1)
  expect(
    told({ profiles: [{ start: '25:00' }, { timeZone: 'Mars' }, { days: ['someday'] }, { minInstances: 9 }] }),
  ).toEqual([
    'profiles.0.start: "25:00" is no time of a day, such as "08:30"',
    'profiles.1.timeZone: there is no time zone "Mars"',
    'profiles.2.days: "someday" is no day of the week',
    'profiles.3.maxInstances: 5 is fewer than min_instances, 9',
  ])
  expect(admitScaling({ scaleSettings: { scaleType: 'Default', profiles: [{}] } })).toHaveLength(1)
})
