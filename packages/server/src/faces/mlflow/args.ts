/**
 * What a request asks with, read the way MLflow's server reads it: names in snake or camel case, whole numbers also as
 * text or integral floats, doubles also as the texts NaN and Infinity, enums by name or number, repeated fields of a
 * query as repeated keys. Refusals use MLflow's own sentences, which its clients and tests know.
 */
import { fail, isObject, type Json, type JsonObject, own } from '@lazurite/spec'
import { type Exact, type Lifecycle, Numeral, parseExact, type View } from '@lazurite/store'

const seeDocs = 'See the API docs for more information about request parameters.'

const latestMs = 8.64e15

/** The fields of one mapping; `where` prefixes the names in refusals, e.g. `metrics[0].`. */
export class Args {
  readonly #values: JsonObject
  readonly #where: string
  /** The whole body as it was sent: refusals show numbers as they stand there. */
  readonly #body: string | undefined

  constructor(values: JsonObject, o: { where?: string; body?: string | undefined } = {}) {
    this.#values = values
    this.#where = o.where ?? ''
    this.#body = o.body
  }

  /** The raw value; null counts as absent. */
  raw(name: string): Json | undefined {
    const found = own(this.#values, name) ?? own(this.#values, camel(name))
    return found === null ? undefined : found
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined
  }

  text(name: string): string | undefined {
    const value = this.raw(name)
    return value === undefined || typeof value === 'string' ? value : this.wrong(name, value)
  }

  needText(name: string): string {
    const value = this.text(name)
    return value === undefined || value === '' ? this.missing(name) : value
  }

  /** A whole number of 53 bits. */
  whole(name: string): number | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    const number = typeof value === 'string' && /^[-+]?\d+$/.test(value) ? Number(value) : value
    return typeof number === 'number' && Number.isSafeInteger(number) ? number : this.wrong(name, value)
  }

  /** Epoch milliseconds that a date can hold. */
  time(name: string): number | undefined {
    const value = this.whole(name)
    return value === undefined || Math.abs(value) <= latestMs ? value : this.wrong(name, value)
  }

  double(name: string): number | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if (typeof value === 'number') return value
    if (typeof value === 'boolean') return Number(value)
    if (typeof value !== 'string') return this.wrong(name, value)
    return readDouble(value) ?? this.wrong(name, value)
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name)
    if (value === undefined || typeof value === 'boolean') return value
    const word = typeof value === 'string' ? value.toLowerCase() : undefined // Python prints them with a capital
    return word === 'true' ? true : word === 'false' ? false : this.wrong(name, value)
  }

  texts(name: string): string[] {
    return this.#list(name).map((item) => (typeof item === 'string' ? item : this.wrong(name, item)))
  }

  /** The mappings of a repeated field. */
  items(name: string): Args[] {
    return this.#list(name).map((item, i) =>
      isObject(item) ? this.#below(item, `${name}[${i}]`) : this.wrong(name, item),
    )
  }

  /** The fields of a mapping inside. */
  inside(name: string): Args | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    return isObject(value) ? this.#below(value, name) : this.wrong(name, value)
  }

  runId(): string {
    return this.text('run_id') || this.text('run_uuid') || this.missing('run_id')
  }

  /** Active unless asked otherwise. */
  view(name: string): View {
    const words: Record<string, View> = {
      ACTIVE_ONLY: 'active',
      1: 'active',
      DELETED_ONLY: 'deleted',
      2: 'deleted',
      ALL: 'all',
      3: 'all',
    }
    const value = this.raw(name)
    if (value === undefined) return 'active' satisfies Lifecycle
    return own(words, String(value)) ?? this.wrong(name, value)
  }

  /** Between 1 and `most`; `standard` when left out. */
  maxResults(o: { most: number; standard: number }): number {
    const value = this.whole('max_results') ?? o.standard
    const supplied = `Invalid value ${value} for parameter 'max_results' supplied.`
    if (value < 1) refuse(`${supplied} It must be a positive integer.`)
    if (value > o.most) refuse(`${supplied} It must be at most ${o.most}.`)
    return value
  }

  pageToken(): { token?: string } {
    const token = this.text('page_token')
    return token ? { token } : {}
  }

  missing(name: string): never {
    refuse(`Missing value for required parameter '${this.#where}${name}'. ${seeDocs}`)
  }

  wrong(name: string, value: Json): never {
    const number = typeof value === 'number' ? numeralAt(this.#body, `${this.#where}${name}`) : undefined
    const shown = (number?.shown ?? JSON.stringify(value) ?? '').slice(0, 200)
    const type = number ? (number.whole ? 'int' : 'float') : pythonType(value)
    refuse(
      `Invalid value ${shown} for parameter '${this.#where}${name}' supplied:  Hint: Value was of type '${type}'. ${seeDocs}`,
    )
  }

  #below(values: JsonObject, name: string): Args {
    return new Args(values, { where: `${this.#where}${name}.`, body: this.#body })
  }

  #list(name: string): Json[] {
    const value = this.raw(name)
    if (value === undefined) return []
    if (Array.isArray(value)) return value
    return typeof value === 'string' ? [value] : this.wrong(name, value)
  }
}

/** The number at a place like `metrics[0].step`, in snake or camel case. */
function numeralAt(body: string | undefined, place: string): Numeral | undefined {
  let at: Exact | undefined = body === undefined ? undefined : parseExact(body)
  if (typeof at === 'string') at = parseExact(at)
  for (const name of place.match(/[^.[\]]+/g) ?? []) {
    if (at instanceof Map) at = at.get(name) ?? at.get(camel(name))
    else at = Array.isArray(at) ? at[Number(name)] : undefined
  }
  return at instanceof Numeral ? at : undefined
}

/** Repeated keys become lists. */
export function argsOfQuery(query: URLSearchParams): Args {
  const values = new Map<string, Json>()
  for (const key of new Set(query.keys())) {
    const all = query.getAll(key)
    values.set(key, all.length === 1 ? (all[0] ?? '') : all)
  }
  return new Args(Object.fromEntries(values))
}

export function refuse(what: string): never {
  fail('BadArgument', { what })
}

/** Tags and params of a request by key; the last of equal keys wins. */
export function wordsOf(items: readonly Args[]): Record<string, string> {
  return Object.fromEntries(items.map((item) => [item.needText('key'), item.text('value') ?? '']))
}

const camels = new Map<string, string>()

/** Names come from this program, and are few. */
function camel(name: string): string {
  const known = camels.get(name)
  if (known !== undefined) return known
  const made = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  camels.set(name, made)
  return made
}

function readDouble(text: string): number | undefined {
  const found = /^\s*([-+]?)(nan|inf(?:inity)?)\s*$/i.exec(text)
  if (found) return /^n/i.test(found[2] ?? '') ? Number.NaN : found[1] === '-' ? -Infinity : Infinity
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
}

function pythonType(value: Json): string {
  if (Array.isArray(value)) return 'list'
  switch (typeof value) {
    case 'string':
      return 'str'
    case 'boolean':
      return 'bool'
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float'
    default:
      return 'dict'
  }
}
