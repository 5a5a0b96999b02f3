// Scalars: text, numbers, booleans, words of a list, durations.
import { type Codec, hasExpression, typeWord, typeWordIn, type Writing } from '../codec.ts'
import type { Field, FieldType } from '../field.ts'
import { nearest } from '../field.ts'
import type { Json, JsonObject, Path } from '../json.ts'
import { pythonStr } from '../python.ts'
import { isoToSeconds, secondsToIso } from '../time.ts'

type ScalarType = Extract<FieldType, 'string' | 'int' | 'number' | 'bool' | 'any' | 'enum' | 'seconds'>
const same = (_: Field, v: Json): Json => v

const string: Codec = {
  write(field, v, w, at) {
    if (typeof v === 'string') {
      if (w.isDate(at) && !field.numbers && !field.loose && !field.dates)
        return refuse(w, at, 'a text, but is a date', `write "${v}" in quotes`)
      return checkPattern(field, v, w, at)
    }
    if (typeof v === 'number' && (field.numbers || field.loose)) return pythonStr(v, w.numberText(at))
    if (typeof v === 'boolean' && (field.loose || field.bools)) return pythonStr(v)
    if (field.loose && typeof v === 'object') return JSON.stringify(v)
    const hint =
      typeof v === 'object' || field.secret ? undefined : `write "${pythonStr(v, w.numberText(at))}" in quotes`
    return refuse(w, at, `a text, but is ${typeWordIn(field, v)}`, hint)
  },
  read: (_, v) => (typeof v === 'object' ? JSON.stringify(v) : String(v)),
  canon(_, v, c, at) {
    if (typeof v === 'object') c.issue(at, `must be a text, but is ${typeWord(v)}`)
    return v
  },
  schema: (field) => ({
    type: field.loose ? ['string', 'number', 'boolean'] : field.numbers ? ['string', 'number'] : 'string',
    ...(field.pattern === undefined ? {} : { pattern: field.pattern }),
  }),
}

function checkPattern(field: Field, v: string, w: Writing, at: Path): string {
  if (field.pattern !== undefined && !new RegExp(field.pattern).test(v)) {
    w.issue(at, `${typeWord(v)} is not allowed: ${field.says ?? `it must match ${field.pattern}`}`)
  }
  return v
}

function refuse(w: Writing, at: Path, wanted: string, hint?: string): undefined {
  w.issue(at, `must be ${wanted}`, hint)
  return undefined
}

/** What Python's int() or float() makes of a text; undefined when it refuses. */
function pythonNumber(text: string, whole: boolean): number | undefined {
  const t = text.trim().replace(/(?<=\d)_(?=\d)/g, '')
  const ok = whole ? /^[-+]?\d+$/.test(t) : /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(t)
  return ok ? Number(t) : undefined
}

const int: Codec = {
  write(field, v, w, at) {
    if (field.loose && hasExpression(v)) return v
    const n = wholeNumber(v, field.strict === true)
    if (n === undefined) return refuse(w, at, `a whole number, but is ${typeWord(v)}`)
    if (field.least !== undefined && n < field.least) w.issue(at, `must be at least ${field.least}, but is ${n}`)
    return n
  },
  read: (_, v) => (typeof v === 'string' ? (pythonNumber(v, true) ?? v) : v),
  canon(_, v, c, at) {
    const n = typeof v === 'string' ? pythonNumber(v, true) : v
    if (typeof n === 'number' && Number.isInteger(n)) return n
    c.issue(at, `must be a whole number, but is ${typeWord(v)}`)
    return v
  },
  schema: (field) => ({ type: 'integer', ...(field.least === undefined ? {} : { minimum: field.least }) }),
}

function wholeNumber(v: Json, strict: boolean): number | undefined {
  if (typeof v === 'number' && Number.isFinite(v)) return Number.isInteger(v) || !strict ? Math.trunc(v) : undefined
  return typeof v === 'string' && !strict ? pythonNumber(v, true) : undefined
}

const number: Codec = {
  write(field, v, w, at) {
    if (typeof v === 'number' && Number.isFinite(v)) return v
    if (field.loose && hasExpression(v)) return v
    const n = typeof v === 'string' && !field.strict ? pythonNumber(v, false) : undefined
    return n ?? refuse(w, at, `a number, but is ${typeWord(v)}`)
  },
  read: same,
  canon(_, v, c, at) {
    const n = typeof v === 'string' ? pythonNumber(v, false) : v
    if (typeof n === 'number') return n
    c.issue(at, `must be a number, but is ${typeWord(v)}`)
    return v
  },
  schema: () => ({ type: 'number' }),
}

const truths = ['t', 'true', 'on', 'y', 'yes', '1']
const untruths = ['f', 'false', 'off', 'n', 'no', '0']

const bool: Codec = {
  write(_, v, w, at) {
    return truthOf(v) ?? refuse(w, at, `true or false, but is ${typeWord(v)}`)
  },
  read: same,
  canon(_, v, c, at) {
    const b = truthOf(v)
    if (b === undefined) c.issue(at, `must be true or false, but is ${typeWord(v)}`)
    return b ?? v
  },
  schema: () => ({ type: 'boolean' }),
}

/** The official client takes these texts, in small, capitalised and big letters, and 0 and 1 for booleans. */
function truthOf(v: Json): boolean | undefined {
  if (typeof v === 'boolean') return v
  if (v === 1 || v === 0) return v === 1
  if (typeof v !== 'string') return undefined
  const small = v.toLowerCase()
  const cased = [small, small.toUpperCase(), `${small.charAt(0).toUpperCase()}${small.slice(1)}`].includes(v)
  if (!cased) return undefined
  return truths.includes(small) ? true : untruths.includes(small) ? false : undefined
}

const any: Codec = {
  write: same,
  read: same,
  canon: same,
  schema: () => ({}),
}

const word: Codec = {
  write(field, v, w, at) {
    const values = field.values ?? []
    const found = typeof v === 'string' ? findWord(field, v) : undefined
    if (found !== undefined) return w.style === 'spec' ? found : (field.map?.[found] ?? found)
    const near = typeof v === 'string' ? nearest(v, values) : undefined
    w.issue(at, `must be ${listWords(values)}, but is ${typeWord(v)}`, near && `did you mean ${near}?`)
    return undefined
  },
  read(field, v) {
    const entry = Object.entries(field.map ?? {}).find(([, wire]) => sameWord(wire, v))
    if (entry) return entry[0]
    return field.values?.find((known) => sameWord(known, v)) ?? v
  },
  canon(field, v, c, at) {
    const wires = wireWords(field)
    const found = wires.find((known) => sameWord(known, v))
    if (found !== undefined) return found
    // clients also send the YAML word where the two differ
    const spelt = typeof v === 'string' ? findWord(field, v) : undefined
    if (spelt !== undefined) return field.map?.[spelt] ?? spelt
    c.issue(at, `must be ${listWords(wires.map(String))}, but is ${typeWord(v)}`)
    return v
  },
  schema: (field) => ({ type: 'string', enum: [...(field.values ?? [])] }),
}

function wireWords(field: Field): (string | number)[] {
  return (field.values ?? []).map((v) => field.map?.[v] ?? v)
}

/** True for a word the enum has on the wire, in any case. */
export function isWireWord(field: Field, v: Json): boolean {
  return wireWords(field).some((known) => sameWord(known, v))
}

function sameWord(known: string | number, v: Json): boolean {
  return known === v || (typeof v !== 'object' && String(known).toLowerCase() === String(v).toLowerCase())
}

function findWord(field: Field, v: string): string | undefined {
  const values = field.values ?? []
  if (field.spelling === 'exact') return values.find((known) => known === v)
  const wanted = field.spelling === 'snake' ? snakeWords(v) : v.toLowerCase()
  return values.find((known) => (field.spelling === 'snake' ? known : known.toLowerCase()) === wanted)
}

/** ReadOnlyMount → read_only_mount, as the official client spells words before it compares them. */
function snakeWords(v: string): string {
  return v
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

/** a, b or c */
export function listWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

const seconds: Codec = {
  write(field, v, w, at) {
    const n = int.write(field, v, w, at)
    if (typeof n !== 'number') return undefined
    return w.style === 'spec' ? n : secondsToIso(field.milli ? n / 1000 : n)
  },
  read(field, v) {
    const n = typeof v === 'string' ? isoToSeconds(v) : undefined
    return n === undefined ? v : field.milli ? Math.round(n * 1000) : n
  },
  canon(_, v, c, at) {
    const n = typeof v === 'string' ? isoToSeconds(v) : undefined
    if (n === undefined) c.issue(at, `must be an ISO 8601 duration such as PT5M, but is ${typeWord(v)}`)
    return n === undefined ? v : secondsToIso(n)
  },
  schema: (): JsonObject => ({ type: 'integer' }),
}

export const scalarCodecs: Record<ScalarType, Codec> = { string, int, number, bool, any, enum: word, seconds }

/** Whole mappings and lists are never replaced by an expression. */
const replaceable = new Set<FieldType>([
  'string',
  'int',
  'number',
  'bool',
  'enum',
  'seconds',
  'ref',
  'asset',
  'code',
  'compute',
  'oneOf',
])

/** True when a value may be replaced by an expression where the walk stands. */
export function isBinding(field: Field, v: Json, w: Writing): boolean {
  return w.bindings && !field.literal && replaceable.has(field.t) && hasExpression(v)
}
