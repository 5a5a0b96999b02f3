// When a schedule starts its job, as people say it; and the trigger that says the same.
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '@lazurite/spec'

export type Every = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'cron'

export interface Rhythm {
  every: Every
  /** Every so many of them. */
  interval: number
  /** `HH:MM`, for days and longer. */
  time: string
  weekDays: string[]
  monthDay: number
  expression: string
  zone: string
  /** `YYYY-MM-DDTHH:MM`, or ''. */
  start: string
  end: string
}

export const weekDays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']

export const usualRhythm: Rhythm = {
  every: 'day',
  interval: 1,
  time: '03:00',
  weekDays: ['monday'],
  monthDay: 1,
  expression: '0 3 * * *',
  zone: 'UTC',
  start: '',
  end: '',
}

export function triggerOf(rhythm: Rhythm): JsonObject {
  const { every, interval, expression, zone, start, end } = rhythm
  const bounds = {
    ...(zone === '' ? {} : { time_zone: zone }),
    ...(start === '' ? {} : { start_time: `${start}:00` }),
    ...(end === '' ? {} : { end_time: `${end}:00` }),
  }
  if (every === 'cron') return { type: 'cron', expression, ...bounds }
  const [hours = 0, minutes = 0] = rhythm.time.split(':').map(Number)
  const at = { hours: [hours], minutes: [minutes] }
  const schedule =
    every === 'day'
      ? at
      : every === 'week'
        ? { ...at, week_days: rhythm.weekDays }
        : every === 'month'
          ? { ...at, month_days: [rhythm.monthDay] }
          : undefined
  return { type: 'recurrence', frequency: every, interval, ...(schedule ? { schedule } : {}), ...bounds }
}

/** Undefined for a trigger that says more than this form can. */
export function rhythmOf(value: Json | undefined): Rhythm | undefined {
  const trigger = asObject(value)
  const { type, frequency, interval, schedule, expression, time_zone: zone, start_time: start, end_time: end } = trigger
  const bounds = { zone: asString(zone) ?? '', start: momentOf(start), end: momentOf(end) }
  if (type === 'cron') return { ...usualRhythm, ...bounds, every: 'cron', expression: asString(expression) ?? '' }
  if (type !== 'recurrence' || !isEvery(frequency)) return undefined
  const { hours, minutes, week_days: days, month_days: month } = asObject(schedule)
  const [hour, minute, day] = [single(hours), single(minutes), single(month)]
  const times = schedule === undefined ? {} : { time: `${two(hour ?? 0)}:${two(minute ?? 0)}` }
  const found: Rhythm = {
    ...usualRhythm,
    ...bounds,
    ...times,
    every: frequency,
    interval: asNumber(interval) ?? 1,
    ...(days === undefined ? {} : { weekDays: asArray(days).map(String) }),
    ...(day === undefined ? {} : { monthDay: day }),
  }
  return JSON.stringify(plain(triggerOf(found))) === JSON.stringify(plain(trigger)) ? found : undefined
}

const isEvery = (word: Json | undefined): word is Every => /^(?:minute|hour|day|week|month)$/.test(String(word))
const two = (number: number) => String(number).padStart(2, '0')
const momentOf = (value: Json | undefined) => String(value ?? '').slice(0, 16)

function single(value: Json | undefined): number | undefined {
  return asNumber(value) ?? asNumber(asArray(value)[0])
}

/** In one order, so that two can be held against each other. */
function plain(value: JsonObject): Json {
  return Object.entries(value)
    .map(([key, inner]): [string, Json] => [key, key === 'schedule' ? plain(asObject(inner)) : (inner ?? null)])
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
