import { type Cron, parseCron } from '@lazurite/spec'
import { describe, expect, test } from 'vitest'
import { cronAfter } from './cron.ts'
import { type Zone, zoneOf } from './zone.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

function cronOf(text: string): Cron {
  const cron = parseCron(text)
  if (typeof cron === 'string') throw new Error(cron)
  return cron
}
function zone(name: string): Zone {
  const found = zoneOf(name)
  if (!found) throw new Error(name)
  return found
}
/** Moments as the wall shows them, in a stretch of UTC time. */
function fires(text: string, name: string, [from, to]: [string, string]): string[] {
  const [cron, where, shown] = [cronOf(text), zone(name), [] as string[]]
  let at = cronAfter(cron, where, Date.parse(from) - 1)
  for (; at !== undefined && at < Date.parse(to); at = cronAfter(cron, where, at)) {
    const offset = where.offset(at)
    shown.push(`${new Date(at + offset).toISOString().slice(5, 16).replace('T', ' ')} ${offset / 3_600_000}`)
  }
  return shown
}

/** Looks at the clock on the wall once a minute, as cron does, with no arithmetic of ours. */
class Watchman {
  readonly #format: Intl.DateTimeFormat
  readonly #cron: Cron
  constructor(cron: Cron, timeZone: string) {
    this.#cron = cron
    this.#format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
  }
  sees(instant: number): boolean {
    const of: Record<string, string> = {}
    for (const { type, value } of this.#format.formatToParts(instant)) of[type] = value
    const weekDay = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(of.weekday ?? '')
    const [days, weekDays] = [this.#cron.days.has(Number(of.day)), this.#cron.weekDays.has(weekDay)]
    return (
      this.#cron.minutes.has(Number(of.minute)) &&
      this.#cron.hours.has(Number(of.hour)) &&
      this.#cron.months.has(Number(of.month)) &&
      (this.#cron.eitherDay ? days || weekDays : days && weekDays)
    )
  }
}

const year: [number, number] = [Date.parse('2025-12-31T23:00:00Z'), Date.parse('2026-12-31T23:00:00Z')]

describe('a year in Europe/Berlin', () => {
  test('every minute is every minute', () => {
    const [cron, berlin] = [cronOf('* * * * *'), zone('Europe/Berlin')]
    let count = 0
    for (let at = year[0]; at < year[1]; at += minuteMs) {
      if (cronAfter(cron, berlin, at - 1) !== at || cronAfter(cron, berlin, at) !== at + minuteMs) break
      count++
    }
    expect(count).toBe(525_600)
  })

  test.each(['*/7 * * * *', '*/20 2 * * *', '5 */2 * * mon', '* 2,3 * 3,10 0'])(
    '%s fires when somebody who looks at the wall every minute says so',
    (text) => {
      const [cron, berlin] = [cronOf(text), zone('Europe/Berlin')]
      const watchman = new Watchman(cron, 'Europe/Berlin')
      // a fortnight around either change of the clock
      for (const change of ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z']) {
        const [from, to] = [Date.parse(change) - 4 * dayMs, Date.parse(change) + 4 * dayMs]
        const [seen, told]: [number[], number[]] = [[], []]
        for (let at = from; at < to; at += minuteMs) if (watchman.sees(at)) seen.push(at)
        let at = cronAfter(cron, berlin, from - 1)
        for (; at !== undefined && at < to; at = cronAfter(cron, berlin, at)) told.push(at)
        expect(told).toEqual(seen)
      }
    },
  )
})

describe('when the clock is put forward', () => {
  test('a time that is left out comes right after', () => {
    expect(fires('30 2 * * *', 'Europe/Berlin', ['2026-03-27T12:00:00Z', '2026-03-30T12:00:00Z'])).toEqual([
      '03-28 02:30 1',
      '03-29 03:00 2',
      '03-30 02:30 2',
    ])
  })
  test('two times that meet there are one moment', () => {
    const day: [string, string] = ['2026-03-29T00:00:00Z', '2026-03-29T12:00:00Z']
    expect(fires('10,40 2 * * *', 'Europe/Berlin', day)).toEqual(['03-29 03:00 2'])
    expect(fires('0 2,3 * * *', 'Europe/Berlin', day)).toEqual(['03-29 03:00 2'])
    expect(fires('15 2,3 * * *', 'Europe/Berlin', day)).toEqual(['03-29 03:00 2', '03-29 03:15 2'])
  })
  test('an expression with a star goes by real time', () => {
    const day: [string, string] = ['2026-03-29T00:00:00Z', '2026-03-29T02:00:00Z']
    expect(fires('*/30 * * * *', 'Europe/Berlin', day)).toEqual([
      '03-29 01:00 1',
      '03-29 01:30 1',
      '03-29 03:00 2',
      '03-29 03:30 2',
    ])
  })
})

describe('when the clock is put back', () => {
  const day: [string, string] = ['2026-10-24T23:00:00Z', '2026-10-25T03:00:00Z']
  test('a time that comes twice counts once, the first', () => {
    expect(fires('30 2 * * *', 'Europe/Berlin', day)).toEqual(['10-25 02:30 2'])
    expect(fires('0 1-4 * * *', 'Europe/Berlin', day)).toEqual(['10-25 01:00 2', '10-25 02:00 2', '10-25 03:00 1'])
  })
  test('an expression with a star fires in both hours', () => {
    expect(fires('0 * * * *', 'Europe/Berlin', day)).toEqual([
      '10-25 01:00 2',
      '10-25 02:00 2',
      '10-25 02:00 1',
      '10-25 03:00 1',
    ])
  })
  test('by half an hour, and at midnight', () => {
    const howe: [string, string] = ['2026-04-04T14:30:00Z', '2026-04-04T17:00:00Z']
    expect(fires('44 * * * *', 'Australia/Lord_Howe', howe)).toEqual(
      ['04-05 01:44 11', '04-05 01:44 10.5', '04-05 02:44 10.5', '04-05 03:44 10.5'].slice(0, 3),
    )
    const santiago: [string, string] = ['2026-04-04T20:00:00Z', '2026-04-06T00:00:00Z']
    expect(fires('0 0 * * *', 'America/Santiago', santiago)).toEqual(['04-05 00:00 -4'])
  })
})

test('a day of the month or of the week: either is enough when both are told', () => {
  expect(fires('0 12 13 * 5', 'UTC', ['2026-02-01T00:00:00Z', '2026-02-28T00:00:00Z'])).toEqual([
    '02-06 12:00 0',
    '02-13 12:00 0',
    '02-20 12:00 0',
    '02-27 12:00 0',
  ])
})

test('rare days are found, and days that never come are told', () => {
  expect(fires('0 0 29 2 *', 'UTC', ['2026-01-01T00:00:00Z', '2033-01-01T00:00:00Z'])).toEqual([
    '02-29 00:00 0',
    '02-29 00:00 0',
  ])
  expect(cronAfter(cronOf('0 0 31 * *'), zone('UTC'), Date.parse('2026-02-01T00:00:00Z'))).toBe(
    Date.parse('2026-03-31T00:00:00Z'),
  )
})
