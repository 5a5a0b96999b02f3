/**
 * When a cron expression fires. The rules are those of Debian's cron: an expression whose minute or hour begins with `*`
 * follows real time, so that it fires again in an hour that comes twice; any other fires once a day for each of its
 * times: at the first of two, and right after the change for a time that the change leaves out.
 */
import type { Cron } from '@lazurite/spec'
import type { Zone } from './zone.ts'

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
/** A 29th of February that is a Monday comes every 28 years, and once in 40. */
const farthestDays = 41 * 366
/** Clocks are changed by less than that. */
const largestChangeMs = 3 * hourMs

/** The next moment after an instant, in epoch milliseconds; undefined when there is none in the next forty years. */
export function cronAfter(cron: Cron, zone: Zone, after: number): number | undefined {
  return cron.wild ? wildAfter(cron, zone, after) : fixedAfter(cron, zone, after)
}

/** Whether a local day, told by its midnight, is one of the expression's. */
function isDay(cron: Cron, midnight: number): boolean {
  const date = new Date(midnight)
  if (!cron.months.has(date.getUTCMonth() + 1)) return false
  const [day, weekDay] = [cron.days.has(date.getUTCDate()), cron.weekDays.has(date.getUTCDay())]
  return cron.eitherDay ? day || weekDay : day && weekDay
}

function wildAfter(cron: Cron, zone: Zone, after: number): number | undefined {
  let instant = (Math.floor(after / minuteMs) + 1) * minuteMs
  const limit = after + farthestDays * dayMs
  while (instant < limit) {
    const local = instant + zone.offset(instant)
    const midnight = Math.floor(local / dayMs) * dayMs
    const date = new Date(local)
    if (!isDay(cron, midnight)) {
      instant = Math.max(instant + minuteMs, zone.instant(midnight + dayMs))
    } else if (!cron.hours.has(date.getUTCHours())) {
      const next = instant + hourMs - date.getUTCMinutes() * minuteMs
      instant = zone.offset(next) === zone.offset(instant) ? next : instant + minuteMs
    } else if (cron.minutes.has(date.getUTCMinutes())) return instant
    else instant += minuteMs
  }
  return undefined
}

function fixedAfter(cron: Cron, zone: Zone, after: number): number | undefined {
  const localAfter = after + zone.offset(after)
  const today = Math.floor(localAfter / dayMs) * dayMs
  const times = timesOf(cron)
  for (let day = -1; day < farthestDays; day++) {
    const midnight = today + day * dayMs
    if (!isDay(cron, midnight)) continue
    for (const time of times) {
      if (midnight + time + largestChangeMs < localAfter) continue
      const instant = zone.instant(midnight + time)
      if (instant > after) return instant
    }
  }
  return undefined
}

/** Milliseconds since midnight, in order. */
function timesOf({ hours, minutes }: Cron): number[] {
  const times = [...hours].flatMap((hour) => [...minutes].map((minute) => hour * hourMs + minute * minuteMs))
  return times.sort((a, b) => a - b)
}
