/**
 * The space a sweep searches, read from the wire. Jobs write a distribution as a list, `["uniform", [0.1, 0.9]]`, nodes
 * of pipelines as a mapping, `{type: uniform, min_value: 0.1, max_value: 0.9}`; both are the same here.
 */
import {
  asObject,
  distributionArguments,
  type Issue,
  isObject,
  type Json,
  type JsonObject,
  type Path,
} from '@lazurite/spec'

/** What a parameter can be. */
export type Value = string | number | boolean
export type Values = Readonly<Record<string, Value>>

interface Range {
  min: number
  max: number
}
interface Bell {
  mu: number
  sigma: number
}
interface Steps {
  q: number
}

export type Distribution =
  | { type: 'choice'; values: readonly Value[] }
  | { type: 'randint'; upper: number }
  | ({ type: 'uniform' | 'loguniform' } & Range)
  | ({ type: 'quniform' | 'qloguniform' } & Range & Steps)
  | ({ type: 'normal' | 'lognormal' } & Bell)
  | ({ type: 'qnormal' | 'qlognormal' } & Bell & Steps)

/** By name, in the order they were written. */
export type Space = ReadonlyMap<string, Distribution>

/** Names of the arguments in the order of the list form. */
const args: Readonly<Record<Distribution['type'], readonly string[]>> = distributionArguments

/** Most parameters of a space. */
export const mostParameters = 64
const parameterName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** The space as far as it can be read, and what is wrong with it. Paths begin at the space. */
export function readSpace(raw: Json | undefined): { space: Space; issues: Issue[] } {
  const space = new Map<string, Distribution>()
  const issues: Issue[] = []
  const entries = Object.entries(asObject(raw))
  if (entries.length === 0) issues.push({ path: [], message: 'A sweep needs at least one parameter to search.' })
  if (entries.length > mostParameters) {
    const message = `A search space has at most ${mostParameters} parameters, not ${entries.length}.`
    return { space, issues: [{ path: [], message }] }
  }
  for (const [name, value] of entries) {
    if (!parameterName.test(name) || name === '__proto__') {
      const message = `${JSON.stringify(name.slice(0, 60))} cannot be the name of a parameter: letters, digits and _ only, not starting with a digit`
      issues.push({ path: [name], message })
      continue
    }
    const read = readDistribution(value)
    if ('issue' in read) issues.push({ ...read.issue, path: [name, ...read.issue.path] })
    else space.set(name, read)
  }
  return { space, issues }
}

function readDistribution(raw: Json): Distribution | { issue: Issue } {
  const refuse = (message: string, path: Path = []) => ({ issue: { path, message } })
  const [type, given] = Array.isArray(raw) ? [raw[0], raw[1]] : [asObject(raw).type, raw]
  const known = typeof type === 'string' ? type.toLowerCase() : ''
  if (!isType(known)) {
    return refuse(`${JSON.stringify(type ?? raw)} is no distribution; there are ${Object.keys(args).join(', ')}.`)
  }
  const names = args[known]
  const found = new Map(names.map((name, i) => [name, argument(given, name, i)]))
  if (known === 'choice') return readChoice(found.get('values'))
  const numbers: Record<string, number> = {}
  for (const [name, value] of found) {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isFinite(number)) {
      return refuse(`${name} of ${known} must be a number, not ${JSON.stringify(value ?? null)}.`, [name])
    }
    numbers[name] = number
  }
  return shape(known, numbers)
}

function isType(text: string): text is Distribution['type'] {
  return Object.hasOwn(args, text)
}

function argument(given: Json | undefined, name: string, index: number): Json | undefined {
  if (Array.isArray(given)) return given[index]
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const map: JsonObject = asObject(given)
  return map[name] ?? map[camel]
}

function readChoice(given: Json | undefined): Distribution | { issue: Issue } {
  if (!Array.isArray(given) || given.length === 0) {
    return { issue: { path: ['values'], message: 'choice needs a list of values with at least one in it.' } }
  }
  const values: Value[] = []
  for (const [i, value] of given.entries()) {
    if (isObject(value)) {
      const message =
        'A value of choice that is a space of its own is not supported: it means something in AutoML alone.'
      return { issue: { path: ['values', i], message, hint: 'Make its parameters parameters of the search space.' } }
    }
    if (value === null || Array.isArray(value) || (typeof value === 'number' && !Number.isFinite(value))) {
      const message = `A value of choice must be a text or a number, not ${JSON.stringify(value)}.`
      return { issue: { path: ['values', i], message } }
    }
    values.push(value)
  }
  return { type: 'choice', values }
}

function shape(
  type: Exclude<Distribution['type'], 'choice'>,
  n: Record<string, number>,
): Distribution | { issue: Issue } {
  const { min_value: min = 0, max_value: max = 0, mu = 0, sigma = 0, q = 0, upper = 0 } = n
  const problem = problemOf(type, { min, max, sigma, q, upper })
  if (problem) return { issue: { path: [problem[0]], message: `${problem[0]} of ${type} ${problem[1]}.` } }
  switch (type) {
    case 'randint':
      return { type, upper }
    case 'uniform':
    case 'loguniform':
      return { type, min, max }
    case 'quniform':
    case 'qloguniform':
      return { type, min, max, q }
    case 'normal':
    case 'lognormal':
      return { type, mu, sigma }
    default:
      return { type, mu, sigma, q }
  }
}

/** The first argument that makes no sense, and why. */
function problemOf(
  type: Distribution['type'],
  { min, max, sigma, q, upper }: { min: number; max: number; sigma: number; q: number; upper: number },
): [string, string] | undefined {
  const names = args[type]
  if (names.includes('upper') && !(Number.isSafeInteger(upper) && upper >= 1)) {
    return ['upper', `must be a whole number of at least 1, not ${upper}`]
  }
  if (names.includes('max_value') && min > max) return ['max_value', `must be at least min_value (${min}), not ${max}`]
  if (names.includes('sigma') && !(sigma > 0)) return ['sigma', `must be greater than 0, not ${sigma}`]
  if (names.includes('q') && !(q > 0)) return ['q', `must be greater than 0, not ${q}`]
  return undefined
}

/** The list form, as jobs have it on the wire. */
export function printSpace(space: Space): JsonObject {
  return Object.fromEntries(
    [...space].map(([name, of]): [string, Json] => {
      const { type, ...rest } = of
      return [name, [type, Object.values(rest).map((value) => (Array.isArray(value) ? [...value] : value))]]
    }),
  )
}

/** How many combinations there are; undefined when they cannot be counted. */
export function sizeOfSpace(space: Space): number | undefined {
  let size = 1
  for (const one of space.values()) {
    if (one.type === 'choice') size *= one.values.length
    else if (one.type === 'randint') size *= one.upper
    else return undefined
  }
  return size
}

/** A value as the command sees it: numbers as Python prints them, whole numbers without a point. */
export function valueText(value: Value): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  const text = String(value)
  const [digits = '', power] = text.split('e')
  if (power === undefined) {
    const size = Math.abs(value)
    return size !== 0 && size < 1e-4 ? powerText(value.toExponential()) : text
  }
  return powerText(`${digits}e${power}`)
}

/** Python writes at least two digits of a power of ten. */
function powerText(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}
