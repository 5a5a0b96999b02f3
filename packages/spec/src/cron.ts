// Cron expressions as crontab(5) has them: five fields, lists, ranges, steps, names of months and days. Only the words;
// which moments they mean in a time zone is the engine's business.

export interface Cron {
  /** 0–59. */
  readonly minutes: ReadonlySet<number>
  /** 0–23. */
  readonly hours: ReadonlySet<number>
  /** 1–31. */
  readonly days: ReadonlySet<number>
  /** 1–12. */
  readonly months: ReadonlySet<number>
  /** 0–6, Sunday is 0. */
  readonly weekDays: ReadonlySet<number>
  /** Days of the month and of the week are both told: either is enough, as cron has it. */
  readonly eitherDay: boolean
  /** The minute or the hour begins with `*`: it follows real time through changes of the clock. */
  readonly wild: boolean
}

interface Part {
  readonly what: string
  readonly least: number
  readonly most: number
  readonly names?: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekDays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const parts: readonly Part[] = [
  { what: 'minute', least: 0, most: 59 },
  { what: 'hour', least: 0, most: 23 },
  { what: 'day of the month', least: 1, most: 31 },
  { what: 'month', least: 1, most: 12, names: months },
  { what: 'day of the week', least: 0, most: 7, names: weekDays },
]
const longest = 1000
/** Longest length of each month, from January. */
const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Reads an expression; text says what is wrong with it. */
export function parseCron(expression: string): Cron | string {
  const words = expression.slice(0, longest).trim().split(/\s+/)
  if (expression.length > longest || words.length !== parts.length || words[0] === '') {
    return `must have five fields (minute, hour, day of the month, month, day of the week), but has ${words[0] === '' ? 0 : words.length}`
  }
  const sets: Set<number>[] = []
  for (const [index, part] of parts.entries()) {
    const read = readPart(words[index] ?? '', part)
    if (typeof read === 'string') return read
    sets.push(read)
  }
  const [minutes, hours, days, monthsOf, daysOfWeek] = sets as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ] // one a part
  if (daysOfWeek.delete(7)) daysOfWeek.add(0)
  const star = (index: number) => words[index]?.startsWith('*') === true
  const eitherDay = !star(2) && !star(4)
  const fits = [...monthsOf].some((month) => [...days].some((day) => day <= (monthDays[month - 1] ?? 0)))
  if (!fits && !eitherDay) return 'names days that none of its months has: it would never come'
  return { minutes, hours, days, months: monthsOf, weekDays: daysOfWeek, eitherDay, wild: star(0) || star(1) }
}

function readPart(text: string, part: Part): Set<number> | string {
  const values = new Set<number>()
  for (const item of text.split(',')) {
    const [, from = '', , to, step] = /^([a-z]+|\d{1,4}|\*)(-([a-z]+|\d{1,4}))?(?:\/(\d{1,4}))?$/i.exec(item) ?? []
    const bad = (why: string) => `has ${JSON.stringify(item.slice(0, 40))} for the ${part.what}: ${why}`
    if (from === '' || (from === '*' && to !== undefined)) return bad('a number, *, a range a-b or a step */n is meant')
    const low = from === '*' ? part.least : numberOf(from, part)
    const end = from === '*' || (to === undefined && step !== undefined) ? lastOf(part) : low
    const high = to === undefined ? end : numberOf(to, part)
    if (low === undefined || high === undefined) return bad(`only ${rangeOf(part)} can stand there`)
    if (low > high) return bad('a range runs from the smaller to the larger')
    const stride = step === undefined ? 1 : Number(step)
    if (stride < 1) return bad('a step is at least 1')
    for (let value = low; value <= high; value += stride) values.add(value)
  }
  return values
}

/** Seven is Sunday again, but `*` counts it once. */
function lastOf({ most, names }: Part): number {
  return names === weekDays ? 6 : most
}

function numberOf(text: string, { least, most, names }: Part): number | undefined {
  const index = names?.indexOf(text.toLowerCase().slice(0, 3)) ?? -1
  const value = index >= 0 && /^[a-z]+$/i.test(text) ? index + (names === months ? 1 : 0) : Number(text)
  return Number.isInteger(value) && value >= least && value <= most ? value : undefined
}

function rangeOf({ least, most, names }: Part): string {
  return `${least} to ${most}${names ? ` or ${names.join(', ')}` : ''}`
}
