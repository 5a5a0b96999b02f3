/** Other bounds of the number of instances at times of the week: the first profile that a moment falls into holds. */
import { asNumber, asObject, asString, type Issue, type JsonObject } from '@lazurite/spec'
import { zoneOf } from '../schedules/zone.ts'

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const minutesADay = 24 * 60
const dayMs = 86_400_000

export interface Profile {
  name: string
  /** 0 for Sunday. */
  days: number[]
  /** Minutes after midnight; an end that is not after the start is of the next day. */
  start: number
  end: number
  timeZone: string
  /** Bounds; those of the deployment where it says none. */
  least?: number
  most?: number
}

/** Undefined for a text that is no time of a day, such as 08:30; 24:00 is its end. */
function minutesOf(text: string): number | undefined {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? []
  const at = Number(hours) * 60 + Number(minutes)
  return hours === undefined || Number(minutes) > 59 || at > minutesADay ? undefined : at
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** Wire `scaleSettings.profiles`. */
export function profilesOf(scaleSettings: JsonObject): Profile[] {
  return listOf(scaleSettings.profiles).map((given): Profile => {
    const one = asObject(given as never) // what is no object becomes an empty one
    const days = listOf(one.days).map((day) => weekdays.indexOf(String(day).toLowerCase()))
    const [least, most] = [asNumber(one.minInstances), asNumber(one.maxInstances)]
    return {
      name: asString(one.name) ?? '',
      days: days.length > 0 ? days : weekdays.map((_, day) => day),
      start: minutesOf(asString(one.start) ?? '0:00') ?? 0,
      end: minutesOf(asString(one.end) ?? '24:00') ?? minutesADay,
      timeZone: asString(one.timeZone) ?? 'UTC',
      ...(least === undefined ? {} : { least }),
      ...(most === undefined ? {} : { most }),
    }
  })
}

/** The profile of a moment; undefined when none holds. */
export function profileAt(profiles: readonly Profile[], now: number): Profile | undefined {
  return profiles.find(({ days, start, end, timeZone }) => {
    const wall = now + (zoneOf(timeZone)?.offset(now) ?? 0)
    const minute = Math.floor((wall % dayMs) / 60_000)
    const today = new Date(wall).getUTCDay()
    if (end > start) return days.includes(today) && minute >= start && minute < end
    // over midnight: its day is the one it begins on
    return (days.includes(today) && minute >= start) || (days.includes((today + 6) % 7) && minute < end)
  })
}

/** What is wrong with the settings of a number of instances that follows the load, told at the door. */
export function admitScaling(props: JsonObject): Issue[] {
  const scale = asObject(props.scaleSettings)
  const path = ['properties', 'scaleSettings']
  const issues: Issue[] = []
  const wrong = (at: (string | number)[], message: string) => issues.push({ path: [...path, ...at], message })
  const profiles = listOf(scale.profiles)
  if (asString(scale.scaleType)?.toLowerCase() !== 'targetutilization') {
    if (profiles.length > 0) wrong(['profiles'], 'profiles need the type target_utilization')
    return issues
  }
  checkBounds(scale, [], wrong)
  const percent = asNumber(scale.targetUtilizationPercentage) ?? 70
  if (percent < 1 || percent > 100) wrong(['targetUtilizationPercentage'], `${percent} is no percentage from 1 to 100`)
  for (const [index, given] of profiles.entries()) {
    const one = asObject(given as never) // what is no object becomes an empty one
    const at = ['profiles', index]
    checkBounds({ minInstances: scale.minInstances ?? 1, maxInstances: scale.maxInstances ?? 1, ...one }, at, wrong)
    for (const key of ['start', 'end'] as const) {
      const text = one[key]
      if (text !== undefined && minutesOf(String(text)) === undefined)
        wrong([...at, key], `${JSON.stringify(String(text).slice(0, 40))} is no time of a day, such as "08:30"`)
    }
    const zone = one.timeZone
    if (zone !== undefined && !zoneOf(String(zone)))
      wrong([...at, 'timeZone'], `there is no time zone ${JSON.stringify(String(zone).slice(0, 60))}`)
    for (const day of listOf(one.days))
      if (!weekdays.includes(String(day).toLowerCase()))
        wrong([...at, 'days'], `${JSON.stringify(String(day).slice(0, 40))} is no day of the week`)
  }
  return issues
}

/** Of one deployment. */
export const mostInstances = 50

function checkBounds(
  { minInstances, maxInstances }: JsonObject,
  at: (string | number)[],
  wrong: (at: (string | number)[], message: string) => void,
): void {
  const [least, most] = [asNumber(minInstances) ?? 1, asNumber(maxInstances) ?? 1]
  if (!Number.isInteger(least) || least < 0 || least > mostInstances)
    wrong([...at, 'minInstances'], `${least} is no number of instances from 0 to ${mostInstances}`)
  else if (!Number.isInteger(most) || most < 1 || most > mostInstances)
    wrong([...at, 'maxInstances'], `${most} is no number of instances from 1 to ${mostInstances}`)
  else if (most < least) wrong([...at, 'maxInstances'], `${most} is fewer than min_instances, ${least}`)
}
