/** Values of what is brought from elsewhere: no engine keeps a number that is none. */
import { fail } from '@lazurite/spec'

const latestMs = 8.64e15

/** A whole number; undefined when it is left out. Raises BadArgument that names it. */
export function wholeOf(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  return fail('BadArgument', { what: `${name} is no whole number: ${JSON.stringify(value).slice(0, 50)}` })
}

/** Epoch milliseconds that a date can hold; undefined when they are left out. Raises BadArgument that names them. */
export function timeOf(value: unknown, name: string): number | undefined {
  const time = wholeOf(value, name)
  if (time === undefined || Math.abs(time) <= latestMs) return time
  return fail('BadArgument', { what: `${name} is no time in milliseconds: ${time}` })
}
