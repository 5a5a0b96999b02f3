/**
 * JSON that keeps its numbers as they were written: `1.0` stays what Python calls a float, whole numbers may have any
 * length, and NaN and the infinities, which Python prints bare, are numbers too.
 */
import { pythonFloat } from '@lazurite/spec'

/** A number by its digits. */
export class Numeral {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** Whether Python reads it as an int. */
  get whole(): boolean {
    return /^-?\d+$/.test(this.text)
  }

  /** As Python prints it. */
  get shown(): string {
    if (this.whole) return String(BigInt(this.text))
    if (/[ny]/.test(this.text)) return this.text === 'NaN' ? 'nan' : this.text.replace('Infinity', 'inf')
    return pythonFloat(Number(this.text))
  }
}

/** Mappings keep the order of their keys; the last of equal ones wins. */
export type Exact = null | boolean | string | Numeral | Exact[] | ExactMap
export type ExactMap = Map<string, Exact>

const maxDepth = 100

/** Undefined for what is no JSON, or lies in more than 100 brackets. */
export function parseExact(text: string): Exact | undefined {
  const reader = new Reader(text)
  const value = reader.value(0)
  return value !== undefined && reader.atEnd() ? value : undefined
}

/** As Python prints it, with a space behind commas and colons; `sorted` makes one text of what is the same. */
export function printExact(value: Exact, o: { sorted?: boolean } = {}): string {
  if (value instanceof Numeral) return o.sorted ? value.shown : value.text
  if (Array.isArray(value)) return `[${value.map((item) => printExact(item, o)).join(', ')}]`
  if (!(value instanceof Map)) return JSON.stringify(value)
  const entries = [...value]
  if (o.sorted) entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${printExact(item, o)}`).join(', ')}}`
}

/** The name of its type in Python's JSON. */
export function exactType(value: Exact): string {
  if (value === null) return 'null'
  if (value instanceof Numeral) return value.whole ? 'integer' : 'float'
  if (Array.isArray(value)) return 'array'
  if (value instanceof Map) return 'object'
  return typeof value
}

const strings = /"[^"\\]*(?:\\.[^"\\]*)*"/sy
const scalars = /(?:true|false|null)\b|-?(?:(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|Infinity\b)|NaN\b/y
const spaces = /[ \t\r\n]*/y

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  atEnd(): boolean {
    this.#take(spaces)
    return this.#at === this.#text.length
  }

  value(depth: number): Exact | undefined {
    if (depth > maxDepth) return undefined
    this.#take(spaces)
    const first = this.#text[this.#at]
    if (first === '"') return this.#string()
    if (first === '[') return this.#list(depth + 1)
    if (first === '{') return this.#map(depth + 1)
    const found = this.#take(scalars)
    if (found === undefined) return undefined
    if (found === 'null') return null
    return found === 'true' || found === 'false' ? found === 'true' : new Numeral(found)
  }

  #string(): string | undefined {
    const found = this.#take(strings)
    try {
      return found === undefined ? undefined : (JSON.parse(found) as string) // a quoted text
    } catch {
      return undefined
    }
  }

  #list(depth: number): Exact[] | undefined {
    const items: Exact[] = []
    const whole = this.#between(']', () => {
      const item = this.value(depth)
      if (item !== undefined) items.push(item)
      return item !== undefined
    })
    return whole ? items : undefined
  }

  #map(depth: number): ExactMap | undefined {
    const items: ExactMap = new Map()
    const whole = this.#between('}', () => {
      const key = this.#string()
      if (key === undefined || !this.#skip(':')) return false
      const item = this.value(depth)
      if (item !== undefined) items.set(key, item)
      return item !== undefined
    })
    return whole ? items : undefined
  }

  /** Items parted by commas, up to the closing mark; whether all went well. */
  #between(close: string, readItem: () => boolean): boolean {
    this.#at += 1
    if (this.#skip(close)) return true
    for (;;) {
      this.#take(spaces)
      if (!readItem()) return false
      if (this.#skip(close)) return true
      if (!this.#skip(',')) return false
    }
  }

  #skip(mark: string): boolean {
    this.#take(spaces)
    if (this.#text[this.#at] !== mark) return false
    this.#at += 1
    return true
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }
}
