/**
 * When a recurrence comes round: every so many units from an anchor. Minutes and hours are real time; days, weeks and
 * months keep the time on the wall through changes of the clock. A pattern says at which times of such a day.
 */
import type { Zone } from './zone.ts'

export interface Recurrence {
  frequency: 'minute' | 'hour' | 'day' | 'week' | 'month'
  interval: number
  /** Where counting begins, epoch ms: the start, or when the schedule was made. */
  anchor: number
  /** Each empty when not told. Week days count from Sunday, 0. */
  hours: readonly number[]
  minutes: readonly number[]
  weekDays: readonly number[]
  monthDays: readonly number[]
}

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
const farthestDays = 90 * 366
const mostSteps = 200_000
/** 1970-01-05 was a Monday. */
const firstMondayMs = 4 * dayMs

/** The next moment after an instant, in epoch milliseconds; undefined when none comes in sight. */
export function recurrenceAfter(recurrence: Recurrence, zone: Zone, after: number): number | undefined {
  const { frequency, hours, minutes, weekDays, monthDays } = recurrence
  const plain = [hours, minutes, weekDays, monthDays].every((list) => list.length === 0)
  if (frequency === 'minute' || frequency === 'hour') {
    return plain ? tickAfter(recurrence, after) : filteredAfter(recurrence, zone, after)
  }
  return plain ? wallAfter(recurrence, zone, after) : patternAfter(recurrence, zone, after)
}

function unitMs({ frequency, interval }: Recurrence): number {
  return (frequency === 'minute' ? minuteMs : hourMs) * interval
}

function tickAfter(recurrence: Recurrence, after: number): number {
  const [unit, { anchor }] = [unitMs(recurrence), recurrence]
  return after < anchor ? anchor : anchor + (Math.floor((after - anchor) / unit) + 1) * unit
}

/** Days, weeks and months by the clock on the wall of the anchor; a month too short has its last day. */
function wallAfter(recurrence: Recurrence, zone: Zone, after: number): number | undefined {
  const { frequency, interval, anchor } = recurrence
  const wall = anchor + zone.offset(anchor)
  const roughly = { minute: 0, hour: 0, day: dayMs, week: 7 * dayMs, month: 31 * dayMs }[frequency] * interval
  let count = Math.max(0, Math.floor((after - anchor) / roughly) - 1)
  for (const last = count + mostSteps; count < last; count++) {
    const local =
      frequency === 'month' ? monthsLater(wall, count * interval) : wall + count * interval * daysIn(frequency)
    const instant = Math.max(anchor, zone.instant(local))
    if (instant > after) return instant
  }
  return undefined
}

function daysIn(frequency: Recurrence['frequency']): number {
  return frequency === 'week' ? 7 * dayMs : dayMs
}

function monthsLater(local: number, months: number): number {
  const date = new Date(local)
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)
  const day = Math.min(date.getUTCDate(), monthLength(first))
  return first + (day - 1) * dayMs + (local % dayMs)
}

function monthLength(local: number): number {
  const date = new Date(local)
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
}

/** Days, weeks and months at the times of a pattern. */
function patternAfter(recurrence: Recurrence, zone: Zone, after: number): number | undefined {
  const { anchor } = recurrence
  const wall = anchor + zone.offset(anchor)
  const from = Math.max(after, anchor - 1)
  const times = timesOf(recurrence, wall)
  const today = Math.floor((from + zone.offset(from)) / dayMs) * dayMs
  for (let day = -1; day < farthestDays; day++) {
    const midnight = today + day * dayMs
    if (!isDay(recurrence, wall, midnight)) continue
    for (const time of times) {
      const instant = zone.instant(midnight + time)
      if (instant > after && instant >= anchor) return instant
    }
  }
  return undefined
}

/** Milliseconds since midnight, in order. */
function timesOf({ hours, minutes }: Recurrence, wall: number): number[] {
  const anchor = new Date(wall)
  const ofHours = hours.length > 0 ? hours : [anchor.getUTCHours()]
  const ofMinutes = minutes.length > 0 ? minutes : [hours.length > 0 ? 0 : anchor.getUTCMinutes()]
  const times = ofHours.flatMap((hour) => ofMinutes.map((minute) => hour * hourMs + minute * minuteMs))
  return [...new Set(times)].sort((a, b) => a - b)
}

function isDay(recurrence: Recurrence, wall: number, midnight: number): boolean {
  const { frequency, interval, weekDays, monthDays } = recurrence
  const [first, date] = [new Date(wall), new Date(midnight)]
  if (!isListed(recurrence, midnight)) return false
  switch (frequency) {
    case 'day':
      return (midnight / dayMs - Math.floor(wall / dayMs)) % interval === 0
    case 'week': {
      const week = (local: number) => Math.floor((local - firstMondayMs) / (7 * dayMs))
      if ((week(midnight) - week(wall)) % interval !== 0) return false
      return weekDays.length > 0 || monthDays.length > 0 || date.getUTCDay() === first.getUTCDay()
    }
    default: {
      const month = (of: Date) => of.getUTCFullYear() * 12 + of.getUTCMonth()
      if ((month(date) - month(first)) % interval !== 0) return false
      const own = Math.min(first.getUTCDate(), monthLength(midnight))
      return weekDays.length > 0 || monthDays.length > 0 || date.getUTCDate() === own
    }
  }
}

/** Whether the day is among those the pattern lists, as far as it lists any. */
function isListed({ weekDays, monthDays }: Recurrence, local: number): boolean {
  const date = new Date(local)
  if (weekDays.length > 0 && !weekDays.includes(date.getUTCDay())) return false
  return monthDays.length === 0 || monthDays.includes(date.getUTCDate())
}

/** Minutes and hours of which a pattern lets some through; for hours it may list their minutes. */
function filteredAfter(recurrence: Recurrence, zone: Zone, after: number): number | undefined {
  const { frequency, anchor, hours, minutes } = recurrence
  const unit = unitMs(recurrence)
  const spread = frequency === 'hour' && minutes.length > 0
  const base = spread ? anchor - ((anchor + zone.offset(anchor)) % hourMs) : anchor
  const inside = spread ? [...minutes].sort((a, b) => a - b).map((minute) => minute * minuteMs) : [0]
  let count = Math.max(0, Math.floor((after - base) / unit) - 1)
  for (const last = count + mostSteps; count < last; count++) {
    for (const more of inside) {
      const instant = base + count * unit + more
      const local = instant + zone.offset(instant)
      if (instant <= after || instant < anchor || !isListed(recurrence, local)) continue
      const date = new Date(local)
      if (hours.length > 0 && !hours.includes(date.getUTCHours())) continue
      if (minutes.length === 0 || minutes.includes(date.getUTCMinutes())) return instant
    }
  }
  return undefined
}
