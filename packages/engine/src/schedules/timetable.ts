/** A trigger as the wire has it, read into what can be asked when it comes next. */
import {
  asArray,
  asNumber,
  asObject,
  asString,
  fail,
  type Issue,
  type Json,
  type JsonObject,
  parseCron,
} from '@lazurite/spec'
import { cronAfter } from './cron.ts'
import { type Recurrence, recurrenceAfter } from './recurrence.ts'
import { type Zone, zoneOf } from './zone.ts'

export interface Timetable {
  zone: Zone
  /** The next moment after an instant, epoch ms; undefined when there is none any more. */
  after(instant: number): number | undefined
}

const secondMs = 1000

/**
 * Reads a trigger that was let in.
 * @param made epoch ms of its schedule's birth: a recurrence without a start counts from there
 * Raises ValidationFailed.
 */
export function timetableOf(trigger: JsonObject, made: number): Timetable {
  const read = readTrigger(trigger, made)
  if (!('issue' in read)) return read
  return fail('ValidationFailed', { kind: 'trigger' }, { details: [read.issue] })
}

/** Why a trigger is no good, as far as its table does not say; paths begin inside it. */
export function admitTrigger(trigger: JsonObject, now: number): Issue[] {
  const read = readTrigger(trigger, now)
  if ('issue' in read) return [read.issue]
  const start = asString(trigger.startTime)
  const end = asString(trigger.endTime)
  const from = start === undefined ? now : Math.max(now, readInstant(start, read.zone) ?? now)
  if (read.after(from - 1) !== undefined) return []
  const message = end === undefined ? 'there is no such moment in sight' : `nothing comes before its end, ${end}`
  return [{ path: [], message: `the trigger never fires: ${message}`, severity: 'warning' }]
}

function readTrigger(trigger: JsonObject, made: number): Timetable | { issue: Issue } {
  const zoneName = asString(trigger.timeZone) || 'UTC'
  const zone = zoneOf(zoneName)
  if (!zone) {
    return {
      issue: {
        path: ['timeZone'],
        message: `there is no time zone ${JSON.stringify(zoneName.slice(0, 80))}`,
        hint: 'give a name of Windows, such as W. Europe Standard Time, or of IANA, such as Europe/Berlin',
      },
    }
  }
  const edges: (number | undefined)[] = []
  for (const name of ['startTime', 'endTime']) {
    const text = asString(trigger[name])
    const instant = text === undefined ? undefined : readInstant(text, zone)
    if (text !== undefined && instant === undefined) {
      return { issue: { path: [name], message: `${JSON.stringify(text.slice(0, 80))} is no date and time` } }
    }
    edges.push(instant)
  }
  const [start, end] = edges
  const next = readNext(trigger, zone, start ?? Math.floor(made / secondMs) * secondMs)
  if (typeof next !== 'function') return { issue: next }
  return {
    zone,
    after(instant) {
      const found = next(start === undefined ? instant : Math.max(instant, start - 1))
      return found === undefined || (end !== undefined && found > end) ? undefined : found
    },
  }
}

function readNext(trigger: JsonObject, zone: Zone, anchor: number): ((after: number) => number | undefined) | Issue {
  if (asString(trigger.triggerType)?.toLowerCase() === 'cron') {
    const cron = parseCron(asString(trigger.expression) ?? '')
    if (typeof cron === 'string') return { path: ['expression'], message: cron }
    return (after) => cronAfter(cron, zone, after)
  }
  const recurrence = readRecurrence(trigger, anchor)
  if ('message' in recurrence) return recurrence
  return (after) => recurrenceAfter(recurrence, zone, after)
}

const frequencies = ['minute', 'hour', 'day', 'week', 'month'] as const
const weekDays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

function readRecurrence(trigger: JsonObject, anchor: number): Recurrence | Issue {
  const word = asString(trigger.frequency)?.toLowerCase()
  const frequency = frequencies.find((one) => one === word)
  if (!frequency)
    return { path: ['frequency'], message: `must be ${frequencies.join(', ')}, but is ${word ?? 'absent'}` }
  const schedule = asObject(trigger.schedule)
  return {
    frequency,
    interval: Math.max(1, Math.floor(asNumber(trigger.interval) ?? 1)),
    anchor,
    hours: numbers(schedule.hours),
    minutes: numbers(schedule.minutes),
    monthDays: numbers(schedule.monthDays),
    weekDays: asArray(schedule.weekDays)
      .map((day) => weekDays.indexOf(String(day).toLowerCase()))
      .filter((day) => day >= 0),
  }
}

function numbers(value: Json | undefined): number[] {
  return asArray(value).filter((one): one is number => typeof one === 'number')
}

const written =
  /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?(?:(Z)|([+-])(\d{2}):?(\d{2})?)?$/

/** A date and time in a trigger: read in the zone, unless it brings its own offset. */
function readInstant(text: string, zone: Zone): number | undefined {
  const [, year, month, day, hour, minute, second, utc, sign, hours, minutes] = written.exec(text) ?? []
  if (year === undefined) return undefined
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second ?? 0),
  )
  if (new Date(local).getUTCDate() !== Number(day)) return undefined
  if (utc) return local
  if (sign === undefined) return zone.instant(local)
  const offset = Number(hours) * 60 + Number(minutes ?? 0)
  return local - (sign === '-' ? -offset : offset) * 60_000
}
