// Structure: mappings by table, free maps, lists, variants told apart by a key, alternatives.
import { type Canonizing, type Codec, type Reading, typeWord, typeWordIn, type Writing } from '../codec.ts'
import { camel, type Field, type FieldType, nearest, snake, type Variant } from '../field.ts'
import type { Issue } from '../issue.ts'
import { asObject, isObject, type Json, type JsonObject, listIn, own, type Path, setKey } from '../json.ts'
import { isBinding, isWireWord, listWords } from './scalar.ts'

type StructureType = Extract<FieldType, 'object' | 'map' | 'list' | 'oneOf' | 'union' | 'wrap' | 'several'>

/** Name of a field on the wire, in the spelling of the place. */
export function wireName(name: string, field: Field, style: Writing['style']): string {
  if (style === 'arm' || field.asIs) return field.wire ?? camel(name)
  return style === 'node' && field.wire !== undefined ? snake(field.wire) : name
}

const object: Codec = {
  write(field, v, w, at) {
    if (isObject(v)) return { ...constantOf(field, w.style), ...w.writeFields(field, v, at) }
    w.issue(at, `must be a mapping, but is ${typeWordIn(field, v)}`)
    return undefined
  },
  read: (field, v, r) => (isObject(v) ? r.readFields(field, v) : v),
  canon(field, v, c, at) {
    if (isObject(v)) return c.canonFields(field, v, at)
    c.issue(at, `must be an object, but is ${typeWordIn(field, v)}`)
    return v
  },
  schema(field, schemaOf) {
    const entries = Object.entries(field.fields ?? {})
    const required = entries.filter(([, x]) => x.required).map(([name]) => name)
    return {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, x]) => [name, schemaOf(x)])),
      ...(required.length > 0 ? { required } : {}),
      additionalProperties: field.open === true,
    }
  },
}

function constantOf(field: Field, style: Writing['style']): JsonObject {
  if (!field.constant || style === 'spec') return {}
  const [key, word] = field.constant
  return { [style === 'arm' ? key : snake(key)]: word }
}

/** Writes the keys of a mapping by the table of `field`. */
export function writeFields(field: Field, v: JsonObject, outer: Writing, at: Path): JsonObject {
  const w = field.scope ? outer.with({ pipeline: v }) : outer
  const out: JsonObject = {}
  const fields = field.fields ?? {}
  for (const key of Object.keys(v)) {
    if (own(fields, key) !== undefined || key === '$schema') continue
    if (field.open) setKey(out, key, v[key] ?? null)
    if (field.open && !field.warns) continue
    const near = nearest(key, Object.keys(fields))
    const severity = field.open ? 'warning' : undefined
    w.issue([...at, key], `unknown key ${typeWord(key)}`, near && `did you mean ${near}?`, severity)
  }
  for (const [name, x] of Object.entries(fields)) {
    const given = own(v, name)
    if (x.out) {
      if (given === null) w.issue([...at, name], 'is read-only and empty', 'leave the key out')
      continue
    }
    if (given === undefined) {
      if (x.required) w.issue([...at, name], 'is required')
      else if (x.def !== undefined && w.style === 'arm') put(out, name, [x, x.def], w)
      continue
    }
    const value = w.write(x, given, [...at, name])
    if (value !== undefined) put(out, name, [x, value], w)
  }
  return out
}

function put(out: JsonObject, name: string, [x, value]: [Field, Json], w: Writing): void {
  const key = wireName(name, x, w.style)
  if (w.style !== 'arm') setKey(out, key, value)
  else if (x.beside) {
    if (w.ctx.beside) setKey(w.ctx.beside, key, value)
  } else if (x.under === undefined) setKey(out, key, value)
  else {
    const inner = own(out, x.under)
    if (isObject(inner)) setKey(inner, key, value)
    else setKey(out, x.under, { [key]: value })
  }
}

/** Reads wire keys by a table. Read-only fields are read too; null is absent; what the table lacks is left out. */
export function readFields(field: Field, v: JsonObject, r: Reading): JsonObject {
  const out: JsonObject = {}
  const taken = new Set<string>()
  for (const [name, x] of Object.entries(field.fields ?? {})) {
    const key = wireName(name, x, r.style)
    taken.add(key)
    const given = own(x.under === undefined || r.style !== 'arm' ? v : asObject(v[x.under]), key)
    if (given === undefined || given === null || x.beside || x.secret) continue
    const value = r.read(x, given)
    if (value !== undefined) setKey(out, name, value)
  }
  if (field.open) for (const key of Object.keys(v)) if (!taken.has(key)) setKey(out, key, v[key] ?? null)
  return out
}

/** Checks wire keys by a table: known ones get their canonical value, unknown ones stay, null is dropped. */
export function canonFields(field: Field, v: JsonObject, c: Canonizing, at: Path): JsonObject {
  const entries = Object.entries(field.fields ?? {}).filter(([, x]) => !x.beside || c.style !== 'arm')
  const out = canonLevel(
    entries.filter(([, x]) => x.under === undefined || c.style !== 'arm'),
    v,
    c,
    at,
  )
  if (c.style !== 'arm') return out
  for (const under of new Set(entries.flatMap(([, x]) => x.under ?? []))) {
    const inner = own(v, under)
    if (inner === null) delete out[under]
    else if (inner !== undefined && !isObject(inner))
      c.issue([...at, under], `must be an object, but is ${typeWordIn(field, inner)}`)
    else {
      const level = canonLevel(
        entries.filter(([, x]) => x.under === under),
        inner ?? {},
        c,
        [...at, under],
      )
      if (inner !== undefined) out[under] = level
    }
  }
  return out
}

function canonLevel(entries: [string, Field][], v: JsonObject, c: Canonizing, at: Path): JsonObject {
  const out: JsonObject = {}
  const byWire = new Map(entries.map(([name, x]) => [wireName(name, x, c.style), x]))
  for (const [key, value] of Object.entries(v)) {
    const x = byWire.get(key)
    if (x === undefined) setKey(out, key, value)
    else if (value !== null) setKey(out, key, c.canon(x, value, [...at, key]))
  }
  for (const [key, x] of byWire) {
    if (x.required && !x.inFileOnly && !x.out && own(out, key) === undefined) c.issue([...at, key], 'is required')
  }
  return out
}

const map: Codec = {
  write(field, v, w, at) {
    if (!isObject(v)) {
      w.issue(at, `must be a mapping, but is ${typeWordIn(field, v)}`)
      return undefined
    }
    const out: JsonObject = {}
    const keys = field.keys === undefined ? undefined : new RegExp(field.keys)
    for (const [key, value] of Object.entries(v)) {
      if (keys && !keys.test(key))
        w.issue([...at, key], `${typeWord(key)} cannot be a name here: ${field.keysSay ?? ''}`)
      const written = w.write(field.of ?? { t: 'any' }, value, [...at, key])
      if (written !== undefined) setKey(out, key, written)
    }
    return out
  },
  read: (field, v, r) =>
    isObject(v) ? mapValues(v, (x) => (x === null ? null : r.read(field.of ?? { t: 'any' }, x))) : v,
  canon(field, v, c, at) {
    if (!isObject(v)) {
      c.issue(at, `must be an object, but is ${typeWordIn(field, v)}`)
      return v
    }
    return mapValues(v, (x, key) => (x === null ? null : c.canon(field.of ?? { t: 'any' }, x, [...at, key])))
  },
  schema: (field, schemaOf) => ({ type: 'object', additionalProperties: schemaOf(field.of ?? { t: 'any' }) }),
}

function mapValues(v: JsonObject, change: (x: Json, key: string) => Json | undefined): JsonObject {
  const out: JsonObject = {}
  for (const [key, x] of Object.entries(v)) {
    const changed = change(x, key)
    if (changed !== undefined) setKey(out, key, changed)
  }
  return out
}

const list: Codec = {
  write(field, v, w, at) {
    if (!Array.isArray(v)) {
      w.issue(at, `must be a list, but is ${typeWordIn(field, v)}`)
      return undefined
    }
    const written = v.map((x, i) => w.write(field.of ?? { t: 'any' }, x, [...at, i]) ?? null)
    return field.textual && w.style === 'node' ? JSON.stringify(written) : written
  },
  read(field, given, r) {
    const v = field.textual ? listIn(given) : given
    return Array.isArray(v) ? v.map((x) => (x === null ? null : (r.read(field.of ?? { t: 'any' }, x) ?? null))) : v
  },
  canon(field, given, c, at) {
    const v = field.textual ? listIn(given) : given
    if (field.textual && c.style === 'node' && Array.isArray(v)) {
      return JSON.stringify(v.map((x, i) => c.canon(field.of ?? { t: 'any' }, x, [...at, i])))
    }
    if (Array.isArray(v)) return v.map((x, i) => (x === null ? null : c.canon(field.of ?? { t: 'any' }, x, [...at, i])))
    c.issue(at, `must be a list, but is ${typeWordIn(field, v)}`)
    return v
  },
  schema: (field, schemaOf) => ({ type: 'array', items: schemaOf(field.of ?? { t: 'any' }) }),
}

const oneOf: Codec = {
  write(field, v, w, at) {
    if (!isObject(v)) {
      w.issue(at, `must be a mapping, but is ${typeWordIn(field, v)}`)
      return undefined
    }
    const picked = pickVariant(field, v, w, at)
    if (!picked) return undefined
    const [tag, variant] = picked
    const by = field.by ?? 'type'
    const rest = withoutKey(v, by)
    const out = variant.whole
      ? asObject(w.write(variant.whole, rest, at))
      : w.writeFields(variantField(field, variant), rest, at)
    if (w.style === 'spec') return { [by]: tag, ...out }
    return { [w.style === 'arm' ? (field.wireBy ?? by) : snake(field.wireBy ?? by)]: variant.wire, ...out }
  },
  read(field, v, r) {
    if (!isObject(v)) return v
    const key =
      r.style === 'arm' ? (field.wireBy ?? '') : r.style === 'node' ? snake(field.wireBy ?? '') : (field.by ?? '')
    const tag = own(v, key)
    const entry = wireVariant(field, tag ?? null)
    if (!entry) return v
    const rest = withoutKey(v, key)
    const out = entry[1].whole
      ? asObject(r.read(entry[1].whole, rest))
      : r.readFields(variantField(field, entry[1]), rest)
    return { [field.by ?? 'type']: entry[0], ...out }
  },
  canon(field, v, c, at) {
    if (!isObject(v)) {
      c.issue(at, `must be an object, but is ${typeWordIn(field, v)}`)
      return v
    }
    const key = c.style === 'arm' ? (field.wireBy ?? '') : snake(field.wireBy ?? '')
    const tag = own(v, key)
    const entry = wireVariant(field, tag ?? null)
    if (entry?.[1].whole) return { ...v, [key]: entry[1].wire }
    if (entry) return { ...c.canonFields(variantField(field, entry[1]), v, at), [key]: entry[1].wire }
    const known = listWords(Object.values(field.variants ?? {}).map((x) => x.wire))
    c.issue([...at, key], tag === undefined ? 'is required' : `must be ${known}, but is ${typeWord(tag)}`)
    return v
  },
  schema: (field, schemaOf) => ({
    anyOf: Object.entries(field.variants ?? {}).map(([tag, variant]) => {
      const by: Field = { t: 'enum', values: [tag], required: field.otherwise !== tag }
      const name = field.by ?? 'type'
      const said = { title: tag, ...(variant.doc === undefined ? {} : { description: variant.doc }) }
      if (variant.whole)
        return { ...said, type: 'object', properties: { [name]: schemaOf(by) }, ...schemaOf(variant.whole) }
      const fields = { [name]: by, ...variant.fields }
      return { ...said, ...schemaOf({ ...variantField(field, variant), fields }) }
    }),
  }),
}

function pickVariant(field: Field, v: JsonObject, w: Writing, at: Path): [string, Variant] | undefined {
  const by = field.by ?? 'type'
  const variants = field.variants ?? {}
  const words = Object.keys(variants)
  const given = own(v, by) === undefined ? field.otherwise : v[by]
  if (given === undefined) {
    w.issue([...at, by], `is required: one of ${words.join(', ')}`)
    return undefined
  }
  const tag =
    typeof given === 'string'
      ? words.find((k) => (field.spelling === 'exact' ? k === given : k === given.toLowerCase() || k === snake(given)))
      : undefined
  const variant = tag === undefined ? undefined : variants[tag]
  if (tag !== undefined && variant) return [tag, variant]
  const near = typeof given === 'string' ? nearest(given, words) : undefined
  w.issue([...at, by], `must be ${listWords(words)}, but is ${typeWord(given)}`, near && `did you mean ${near}?`)
  return undefined
}

function wireVariant(field: Field, tag: Json): [string, Variant] | undefined {
  if (typeof tag !== 'string') return undefined
  const wanted = tag.toLowerCase()
  const entries = Object.entries(field.variants ?? {})
  return entries.find(([, x]) => x.wire.toLowerCase() === wanted) ?? entries.find(([k]) => k === wanted)
}

function variantField(field: Field, variant: Variant): Field {
  return {
    t: 'object',
    fields: variant.fields,
    ...(variant.open || field.open ? { open: true } : {}),
    ...(variant.scope ? { scope: true } : {}),
  }
}

function withoutKey(v: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(v).filter(([k]) => k !== key))
}

const union: Codec = {
  write(field, v, w, at) {
    const choices = (field.choices ?? []).filter((x) => fits(x, v))
    if (choices.length > 0 && choices.some((x) => isBinding(x, v, w))) return v
    let best: Issue[] | undefined
    for (const choice of choices) {
      const issues: Issue[] = []
      const value = w.with({ issues }).write(choice, v, at)
      if (issues.length === 0) return value
      if (!best || isNearer(issues, best)) best = issues
    }
    if (best) w.issues.push(...best)
    else w.issue(at, `must be ${listWords((field.choices ?? []).map(shapeWord))}, but is ${typeWordIn(field, v)}`)
    return undefined
  },
  read: (field, v, r) => readChoice(field, v, r),
  canon: (_, v) => v,
  schema: (field, schemaOf) => ({ anyOf: (field.choices ?? []).map(schemaOf) }),
}

/** Of several alternatives that do not fit, the one with fewest problems was meant, or one that knows the right word. */
function isNearer(issues: Issue[], best: Issue[]): boolean {
  if (issues.length !== best.length) return issues.length < best.length
  const meant = (list: Issue[]) => list.some((i) => i.hint?.startsWith('did you mean'))
  return meant(issues) || !meant(best)
}

function readChoice(field: Field, v: Json, r: Reading): Json | undefined {
  const likely = (field.choices ?? []).filter((x) => fits(x, v) && (x.t !== 'enum' || isWireWord(x, v)))
  const read = likely.map((x) => r.read(x, v))
  if (read.length === 0) return v
  // of several mappings the one that knows most of the keys is meant
  return read.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a))
}

function sizeOf(v: Json | undefined): number {
  return isObject(v) ? Object.keys(v).length : 1
}

/** A cheap look at the outer shape, so that only plausible alternatives are tried and reported. */
function fits(field: Field, v: Json): boolean {
  if (['object', 'map', 'oneOf'].includes(field.t)) return isObject(v)
  if (field.t === 'list') return Array.isArray(v)
  if (field.t === 'any') return true
  if (field.t === 'asset' || field.t === 'input') return !Array.isArray(v)
  return typeof v !== 'object'
}

function shapeWord(field: Field): string {
  if (field.t === 'list') return 'a list'
  if (field.t === 'enum') return (field.values ?? []).join(', ')
  if (['object', 'map', 'oneOf'].includes(field.t)) return 'a mapping'
  if (field.t === 'int') return 'a whole number'
  return field.t === 'number' ? 'a number' : 'a text'
}

const wrap: Codec = {
  write(field, v, w, at) {
    const inner = w.write(field.of ?? { t: 'any' }, v, at)
    if (inner === undefined || w.style === 'spec') return inner
    return { ...constantOf(field, w.style), [field.key ?? 'value']: inner }
  },
  read(field, v, r) {
    const inner = isObject(v) ? own(v, field.key ?? 'value') : undefined
    return inner === undefined || inner === null ? undefined : r.read(field.of ?? { t: 'any' }, inner)
  },
  canon(field, v, c, at) {
    if (!isObject(v)) return v
    const key = field.key ?? 'value'
    const inner = own(v, key)
    return inner === undefined || inner === null
      ? v
      : { ...v, [key]: c.canon(field.of ?? { t: 'any' }, inner, [...at, key]) }
  },
  schema: (field, schemaOf) => schemaOf(field.of ?? { t: 'any' }),
}

const several: Codec = {
  write(field, v, w, at) {
    if (Array.isArray(v)) return list.write(field, v, w, at)
    const one = w.write(field.of ?? { t: 'any' }, v, at)
    return one === undefined ? undefined : [one]
  },
  read: list.read,
  canon: (field, v, c, at) => list.canon(field, Array.isArray(v) ? v : [v], c, at),
  schema: (field, schemaOf) => ({ anyOf: [schemaOf(field.of ?? { t: 'any' }), list.schema(field, schemaOf)] }),
}

export const structureCodecs: Record<StructureType, Codec> = { object, map, list, oneOf, union, wrap, several }
