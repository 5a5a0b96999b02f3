// JSON values and the few narrowing helpers everything else leans on. Values read from outside may carry keys
// such as `__proto__`: objects built here are made with `setKey` or `Object.fromEntries`, which never touch a prototype.

export type Json = null | boolean | number | string | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }
/** Where a value sits inside a document: keys and indices from the root. */
export type Path = (string | number)[]

/** True for a plain mapping: not null, not a list. */
export function isObject(v: unknown): v is JsonObject {
  return typeof v === 'object' && v !== null && !Array.isArray(v)
}

/** The value when it is a mapping, else an empty one. */
export function asObject(v: unknown): JsonObject {
  return isObject(v) ? v : {}
}

/** The value when it is a string, else undefined. */
export function asString(v: unknown): string | undefined {
  return typeof v === 'string' ? v : undefined
}

/** The value when it is a number, else undefined. */
export function asNumber(v: unknown): number | undefined {
  return typeof v === 'number' ? v : undefined
}

/** The value when it is a list, else an empty one. */
export function asArray(v: unknown): Json[] {
  // JSON narrowing: whatever Array.isArray accepts here came from parsed JSON
  return Array.isArray(v) ? (v as Json[]) : []
}

/** An own property, never one inherited from Object.prototype (`constructor`, `toString`, …). */
export function own<T>(o: { [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(o, key) ? o[key] : undefined
}

/** Sets an own property even when the key is `__proto__`. */
export function setKey<T>(o: { [key: string]: T }, key: string, value: T): void {
  if (key === '__proto__')
    Object.defineProperty(o, key, { value, enumerable: true, configurable: true, writable: true })
  else o[key] = value
}

/** Walks into a value by keys and indices; undefined as soon as a step is missing. */
export function at(v: Json | undefined, path: Path): Json | undefined {
  let here: Json | undefined = v
  for (const step of path) {
    if (Array.isArray(here)) here = typeof step === 'number' ? here[step] : undefined
    else if (isObject(here)) here = own(here, String(step))
    else return undefined
  }
  return here
}

/** JSON text with sorted keys and no blanks: equal values print equal. Numbers that JSON cannot hold print as null. */
export function stableStringify(v: Json): string {
  if (Array.isArray(v)) return `[${v.map(stableStringify).join(',')}]`
  if (!isObject(v)) return JSON.stringify(v) ?? 'null'
  const keys = Object.keys(v).sort()
  return `{${keys.map((k) => `${JSON.stringify(k)}:${stableStringify(v[k] ?? null)}`).join(',')}}`
}

/** Deep equality of two JSON values; the order of keys does not matter. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined) return false
  return stableStringify(a) === stableStringify(b)
}

/** The list that a text is the JSON of; any other value as it is. */
export function listIn(v: Json): Json {
  if (typeof v !== 'string') return v
  try {
    const found: Json = JSON.parse(v)
    return Array.isArray(found) ? found : v
  } catch {
    return v
  }
}
