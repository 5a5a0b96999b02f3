// What a trigger must hold beyond its table, in a file and on the wire: an expression that can be read, times that exist.
import { parseCron } from '../cron.ts'
import type { Issue } from '../issue.ts'
import { asNumber, asObject, asString, isObject, type Json, type JsonObject, type Path } from '../json.ts'

/** Problems of a trigger, with paths that begin inside it. Takes the spelling of the file and that of the wire. */
export function checkTrigger(trigger: JsonObject): Issue[] {
  const type = asString(trigger.triggerType ?? trigger.type)?.toLowerCase()
  return [...(type === 'cron' ? checkCron(trigger) : checkRecurrence(trigger)), ...checkSpan(trigger)]
}

function checkCron({ expression }: JsonObject): Issue[] {
  const read = typeof expression === 'string' ? parseCron(expression) : undefined
  if (typeof read !== 'string') return []
  return [
    { path: ['expression'], message: read, hint: 'write five fields, such as "0 8 * * 1-5" for 8:00 on weekdays' },
  ]
}

const longestInterval = 1000

function checkRecurrence(trigger: JsonObject): Issue[] {
  const issues: Issue[] = []
  const interval = asNumber(trigger.interval)
  if (interval !== undefined && (interval < 1 || interval > longestInterval)) {
    issues.push({ path: ['interval'], message: `must be 1 to ${longestInterval}, but is ${interval}` })
  }
  const schedule = asObject(trigger.schedule)
  const within = (name: string, [least, most]: readonly [number, number]) => {
    const list = numbersOf(schedule[name])
    for (const [index, value] of list.entries()) {
      if (value >= least && value <= most) continue
      const path: Path = Array.isArray(schedule[name]) ? ['schedule', name, index] : ['schedule', name]
      issues.push({ path, message: `must be ${least} to ${most}, but is ${value}` })
    }
  }
  within('hours', [0, 23])
  within('minutes', [0, 59])
  within('monthDays', [1, 31])
  within('month_days', [1, 31])
  return issues
}

function numbersOf(value: Json | undefined): number[] {
  const list = Array.isArray(value) ? value : [value]
  return list.filter((one): one is number => typeof one === 'number')
}

function checkSpan(trigger: JsonObject): Issue[] {
  const start = asString(trigger.startTime ?? trigger.start_time)
  const end = asString(trigger.endTime ?? trigger.end_time)
  if (start === undefined || end === undefined) return []
  // both are read in the same zone; with an offset on one side alone they cannot be told apart here
  const [from, to] = [start, end].map((text) => Date.parse(text.replace(' ', 'T')))
  const same = /(Z|[+-]\d{2}(:?\d{2})?)$/.test(start) === /(Z|[+-]\d{2}(:?\d{2})?)$/.test(end)
  if (!same || !(Number(to) <= Number(from))) return []
  const path: Path = [trigger.endTime === undefined ? 'end_time' : 'endTime']
  return [{ path, message: `is not after the start, ${start}` }]
}

/** What becomes of moments that passed while nobody could start anything; and of a job while the one before still runs. */
const policies: Readonly<Record<string, readonly string[]>> = {
  'lazurite.missed': ['latest', 'skip', 'all'],
  'lazurite.overlap': ['allow', 'skip'],
}

/** Properties of a schedule that steer it. */
export function checkPolicies(properties: Json | undefined): Issue[] {
  if (!isObject(properties)) return []
  return Object.entries(policies).flatMap(([name, words]) => {
    const value = properties[name]
    if (value === undefined || value === null || words.includes(String(value))) return []
    return [
      { path: ['properties', name], message: `must be ${words.join(', ')}, but is ${String(value).slice(0, 60)}` },
    ]
  })
}
