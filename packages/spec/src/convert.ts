// One walk each way over a kind's table. Problems are collected, never thrown.
import type { Canonizing, Codec, Reading, Style, Writing } from './codec.ts'
import { embed, scheduled } from './codecs/embed.ts'
import { ioCodecs } from './codecs/io.ts'
import { nodeCodecs } from './codecs/node.ts'
import { outsideCodecs } from './codecs/outside.ts'
import { lookFrom } from './codecs/ports.ts'
import { isBinding, scalarCodecs } from './codecs/scalar.ts'
import { service } from './codecs/service.ts'
import { canonFields, readFields, structureCodecs, wireName, writeFields } from './codecs/structure.ts'
import type { YamlContext } from './context.ts'
import type { Field, FieldType } from './field.ts'
import type { Issue } from './issue.ts'
import { asObject, isObject, type Json, type JsonObject, own, type Path, setKey } from './json.ts'
import type { Kind } from './kind.ts'
import { kindByName } from './kinds/index.ts'
import type { YamlDoc } from './yaml.ts'

/** Every field type and what it can do. */
export const codecs: Record<FieldType, Codec> = {
  ...scalarCodecs,
  ...structureCodecs,
  ...outsideCodecs,
  ...ioCodecs,
  ...nodeCodecs,
  service,
  embed,
  scheduled,
}

/** YAML → ARM properties. Problems go to ctx.issues, what stands beside the properties to ctx.beside. Never throws. */
export function toWire(kind: string, yaml: Json, ctx: YamlContext): JsonObject {
  const table = kindByName(kind)
  if (!table) {
    ctx.issues.push({ path: [], message: `there is no kind named ${kind}` })
    return {}
  }
  return writeKind(table, yaml, newWriting(ctx))
}

function writeKind(kind: Kind, yaml: Json, w: Writing): JsonObject {
  const value = yaml === null ? {} : yaml
  const written = asObject(w.with({ style: kind.style ?? 'arm' }).write(kind.fields, value, []))
  if (isObject(value)) kind.checkYaml?.(value, lookFrom(w, value, []))
  return kind.toProps?.(written, asObject(yaml)) ?? written
}

/**
 * ARM properties → YAML. `about` carries what is beside the properties in an envelope (id, name, version, status, …)
 * and comes first. Read-only fields are included, secrets never.
 */
export function toYaml(kind: string, wire: JsonObject, about: JsonObject = {}): JsonObject {
  const table = kindByName(kind)
  if (!table) return { ...about, ...wire }
  const r = newReading(table.style ?? 'arm')
  const flat = table.fromProps?.(wire) ?? wire
  return { ...about, ...asObject(r.read(table.fields, flat)) }
}

/** Keys of an envelope that a file may speak of; name, version and id are nobody's to convert. */
const envelopeKeys = new Set(['location', 'tags', 'identity', 'sku', 'kind'])

/** What stands beside the properties of an envelope (tags, location, identity, sku, kind), in the spelling of YAML. */
export function besideYaml(kind: string, envelope: JsonObject): JsonObject {
  const table = kindByName(kind)
  const r = newReading('arm')
  const out: JsonObject = {}
  for (const [name, field] of table ? besideFields(table.fields) : []) {
    const key = wireName(name, field, 'arm')
    const given = envelopeKeys.has(key) ? own(envelope, key) : undefined
    const value = given === undefined || given === null ? undefined : r.read(field, given)
    if (value !== undefined && value !== null) setKey(out, name, value)
  }
  return out
}

/** Fields that stand beside the properties, of every variant. */
function besideFields(field: Field): [string, Field][] {
  const variants = Object.values(field.variants ?? {})
  const tables = [field.fields, ...variants.flatMap((x) => [x.fields, x.whole?.fields])]
  return tables.flatMap((fields) => Object.entries(fields ?? {}).filter(([, x]) => x.beside))
}

/** Problems of wire properties: wrong types, words that are none, what is required. */
export function checkWire(kind: string, props: JsonObject): Issue[] {
  const table = kindByName(kind)
  if (!table) return [{ path: [], message: `there is no kind named ${kind}` }]
  const c = newCanonizing('arm')
  canonKind(table, props, c)
  return [...c.issues, ...(table.check?.(props) ?? [])]
}

/** The same properties with every enum in its canonical spelling; unknown fields are kept, null is dropped. */
export function canonWire(kind: string, props: JsonObject): JsonObject {
  const table = kindByName(kind)
  return table ? canonKind(table, props, newCanonizing('arm')) : props
}

function canonKind(kind: Kind, props: JsonObject, c: Canonizing): JsonObject {
  const wire = kind.wire ?? kind.fields
  return asObject(c.canon(wire, props, []))
}

function newWriting(ctx: YamlContext): Writing {
  return writing({ style: 'arm', ctx, issues: ctx.issues, folder: '', bindings: false, depth: 0 })
}

type WritingState = Pick<Writing, 'style' | 'ctx' | 'issues' | 'folder' | 'bindings' | 'depth' | 'pipeline' | 'doc'>

function writing(state: WritingState): Writing {
  const w: Writing = {
    ...state,
    write: (field, v, at) => writeField(field, v, w, at),
    writeFields: (field, v, at) => writeFields(field, v, w, at),
    issue: (at, message, hint, severity) => {
      const place = state.doc
        ? { ...positionNear(state.doc, at), ...(state.doc.file ? { file: state.doc.file } : {}) }
        : {}
      state.issues.push({ path: at, message, ...(hint ? { hint } : {}), ...(severity ? { severity } : {}), ...place })
    },
    numberText: (at) => (state.doc ? state.doc.numberText(at) : state.ctx.numberText?.(at)),
    isDate: (at) => (state.doc ? state.doc.isDate(at) : (state.ctx.isDate?.(at) ?? false)),
    with: (change) => writing({ ...state, ...change }),
  }
  return w
}

function writeField(field: Field, v: Json, w: Writing, at: Path): Json | undefined {
  if (v === null && field.t !== 'output' && field.t !== 'any') {
    if (!field.nullable) w.issue(at, 'must not be empty', 'leave the key out, or give it a value')
    return undefined
  }
  if (isBinding(field, v, w)) return v
  return codecs[field.t].write(field, v, w, at)
}

/** Place of a path in a document, or of the nearest thing around it. */
export function positionNear(doc: YamlDoc, path: Path): { line?: number; column?: number } {
  for (let n = path.length; n >= 0; n--) {
    const place = doc.position(path.slice(0, n))
    if (place) return place
  }
  return {}
}

function newReading(style: Style): Reading {
  const r: Reading = {
    style,
    read: (field, v) => codecs[field.t].read(field, v, r),
    readFields: (field, v) => readFields(field, v, r),
    with: newReading,
  }
  return r
}

function newCanonizing(style: Style, issues: Issue[] = []): Canonizing {
  const c: Canonizing = {
    style,
    issues,
    canon: (field, v, at) => codecs[field.t].canon(field, v, c, at),
    canonFields: (field, v, at) => canonFields(field, v, c, at),
    issue: (at, message) => {
      issues.push({ path: at, message })
    },
    with: (next) => newCanonizing(next, issues),
  }
  return c
}
