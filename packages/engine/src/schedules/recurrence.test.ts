import type { JsonObject } from '@lazurite/spec'
import { describe, expect, test } from 'vitest'
import { admitTrigger, timetableOf } from './timetable.ts'

const made = Date.parse('2026-01-31T10:20:30.456Z')

/** The next moments of a trigger as ISO texts. */
function next(trigger: JsonObject, count: number, from = '2026-01-31T10:20:30Z'): string[] {
  const timetable = timetableOf({ triggerType: 'Recurrence', interval: 1, ...trigger }, made)
  const moments: string[] = []
  let at = timetable.after(Date.parse(from) - 1)
  for (; at !== undefined && moments.length < count; at = timetable.after(at)) {
    moments.push(new Date(at).toISOString().slice(0, 19))
  }
  return moments
}

describe('without a pattern', () => {
  test('counting begins with the schedule itself', () => {
    expect(next({ frequency: 'Minute', interval: 20 }, 3)).toEqual([
      '2026-01-31T10:20:30',
      '2026-01-31T10:40:30',
      '2026-01-31T11:00:30',
    ])
    expect(next({ frequency: 'Hour', interval: 5 }, 2, '2026-02-01T00:00:00Z')).toEqual([
      '2026-02-01T01:20:30',
      '2026-02-01T06:20:30',
    ])
  })

  test('or with its start, read in the zone', () => {
    const start = { startTime: '2026-05-01T09:00:00', timeZone: 'Eastern Standard Time' }
    expect(next({ frequency: 'Week', interval: 2, ...start }, 2)).toEqual([
      '2026-05-01T13:00:00',
      '2026-05-15T13:00:00',
    ])
    expect(next({ frequency: 'Day', startTime: '2026-05-01T09:00:00+02:00' }, 1)).toEqual(['2026-05-01T07:00:00'])
    expect(next({ frequency: 'Day', startTime: '2025-05-01 9:05' }, 1)).toEqual(['2026-02-01T09:05:00'])
  })

  test('a month too short has its last day', () => {
    expect(next({ frequency: 'Month' }, 4)).toEqual([
      '2026-01-31T10:20:30',
      '2026-02-28T10:20:30',
      '2026-03-31T10:20:30',
      '2026-04-30T10:20:30',
    ])
  })

  test('days keep the time on the wall, hours do not', () => {
    const berlin = { startTime: '2026-03-28T02:30:00', timeZone: 'W. Europe Standard Time' }
    expect(next({ frequency: 'Day', ...berlin }, 3)).toEqual([
      '2026-03-28T01:30:00',
      '2026-03-29T01:00:00',
      '2026-03-30T00:30:00',
    ])
    expect(next({ frequency: 'Hour', interval: 24, ...berlin }, 3)).toEqual([
      '2026-03-28T01:30:00',
      '2026-03-29T01:30:00',
      '2026-03-30T01:30:00',
    ])
  })

  test('the end is the end', () => {
    expect(next({ frequency: 'Day', endTime: '2026-02-01T10:20:30' }, 9)).toHaveLength(2)
  })
})

describe('with a pattern', () => {
  test('days have its times', () => {
    const schedule = { hours: [4, 11], minutes: [30, 0] }
    expect(next({ frequency: 'Day', interval: 2, schedule }, 4)).toEqual([
      '2026-01-31T11:00:00',
      '2026-01-31T11:30:00',
      '2026-02-02T04:00:00',
      '2026-02-02T04:30:00',
    ])
  })

  test('every other week counts from the Monday of the first', () => {
    const schedule = { hours: [10], minutes: [0], weekDays: ['Monday', 'Friday'] }
    // the 31st of January is a Saturday
    expect(next({ frequency: 'Week', interval: 2, schedule }, 3)).toEqual([
      '2026-02-09T10:00:00',
      '2026-02-13T10:00:00',
      '2026-02-23T10:00:00',
    ])
    expect(next({ frequency: 'Week', schedule: { hours: [12], minutes: [0] } }, 2)).toEqual([
      '2026-01-31T12:00:00',
      '2026-02-07T12:00:00',
    ])
  })

  test('months have its days, where they are long enough', () => {
    const schedule = { hours: [0], minutes: [0], monthDays: [1, 31] }
    expect(next({ frequency: 'Month', schedule }, 4)).toEqual([
      '2026-02-01T00:00:00',
      '2026-03-01T00:00:00',
      '2026-03-31T00:00:00',
      '2026-04-01T00:00:00',
    ])
    const mondays = { hours: [0], minutes: [0], weekDays: ['monday'] }
    expect(next({ frequency: 'Month', interval: 2, schedule: mondays }, 2)).toEqual([
      '2026-03-02T00:00:00',
      '2026-03-09T00:00:00',
    ])
  })

  test('minutes and hours are let through by it', () => {
    expect(next({ frequency: 'Hour', interval: 2, schedule: { hours: [], minutes: [15, 45] } }, 3)).toEqual([
      '2026-01-31T10:45:00',
      '2026-01-31T12:15:00',
      '2026-01-31T12:45:00',
    ])
    const night = { hours: [3], minutes: [] }
    expect(next({ frequency: 'Minute', interval: 30, schedule: night }, 3)).toEqual([
      '2026-02-01T03:20:30',
      '2026-02-01T03:50:30',
      '2026-02-02T03:20:30',
    ])
  })

  test('an empty one is none', () => {
    expect(next({ frequency: 'Day', schedule: { hours: [], minutes: [] } }, 1)).toEqual(['2026-01-31T10:20:30'])
  })
})

describe('what is no trigger', () => {
  const told = (trigger: JsonObject) => admitTrigger({ triggerType: 'Cron', expression: '0 8 * * *', ...trigger }, made)
  test('is refused with the place', () => {
    expect(told({})).toEqual([])
    expect(told({ timeZone: 'Nowhere' })).toMatchObject([
      { path: ['timeZone'], message: expect.stringContaining('Nowhere') },
    ])
    expect(told({ startTime: '2026-02-30T00:00:00' })).toMatchObject([{ path: ['startTime'] }])
    expect(told({ expression: 'x' })).toMatchObject([{ path: ['expression'] }])
    expect(told({ triggerType: 'Recurrence', frequency: 'Year' })).toMatchObject([{ path: ['frequency'] }])
  })
  test('or warned of, when it will never fire', () => {
    expect(told({ endTime: '2026-01-31T11:00:00' })).toMatchObject([{ severity: 'warning', path: [] }])
  })
})
