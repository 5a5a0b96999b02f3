// What each type of field can do: YAML → wire, wire → YAML, wire → canonical wire, JSON Schema. The walks are handed
// to the codecs as plain functions, so that a codec of a structure can send its parts back into the walk.
import type { YamlContext } from './context.ts'
import type { Field } from './field.ts'
import type { Issue } from './issue.ts'
import type { Json, JsonObject, Path } from './json.ts'
import type { YamlDoc } from './yaml.ts'

/**
 * How the wire is spelt where the walk stands: `arm` = camelCase job and asset bodies; `node` = the snake_case maps of
 * pipeline nodes; `spec` = a component's componentSpec, which is YAML with its references resolved.
 */
export type Style = 'arm' | 'node' | 'spec'

/** The walk from YAML to the wire. */
export interface Writing {
  readonly style: Style
  readonly ctx: YamlContext
  readonly issues: Issue[]
  /** Folder of the file being read, relative to the first file's; '' for the first. */
  readonly folder: string
  /** `${{…}}` may stand in place of any value (pipeline nodes). */
  readonly bindings: boolean
  /** The YAML of the pipeline around, which `${{parent…}}` speaks of. */
  readonly pipeline?: JsonObject
  /** How many files and expressions deep the walk is. */
  readonly depth: number
  /** The document being read, when it is not the first. */
  readonly doc?: YamlDoc
  write(field: Field, v: Json, at: Path): Json | undefined
  /** The keys of a mapping by a table; refuses unknown and missing ones. */
  writeFields(field: Field, v: JsonObject, at: Path): JsonObject
  issue(at: Path, message: string, hint?: string, severity?: Issue['severity']): void
  numberText(at: Path): string | undefined
  isDate(at: Path): boolean
  /** The same walk with some of its circumstances changed. */
  with(change: Partial<Writing>): Writing
}

/** The walk from the wire to YAML. */
export interface Reading {
  readonly style: Style
  read(field: Field, v: Json): Json | undefined
  readFields(field: Field, v: JsonObject): JsonObject
  with(style: Style): Reading
}

/** The walk that checks a wire value and gives it its canonical spelling. */
export interface Canonizing {
  readonly style: Style
  readonly issues: Issue[]
  canon(field: Field, v: Json, at: Path): Json
  canonFields(field: Field, v: JsonObject, at: Path): JsonObject
  issue(at: Path, message: string): void
  with(style: Style): Canonizing
}

export interface Codec {
  write(field: Field, v: Json, w: Writing, at: Path): Json | undefined
  read(field: Field, v: Json, r: Reading): Json | undefined
  canon(field: Field, v: Json, c: Canonizing, at: Path): Json
  schema(field: Field, schemaOf: (field: Field) => JsonObject): JsonObject
}

/** The word people know a JSON value's type by. */
export function typeWord(v: Json): string {
  if (v === null) return 'nothing (null)'
  if (Array.isArray(v)) return 'a list'
  if (typeof v === 'object') return 'a mapping'
  if (typeof v === 'boolean') return `the boolean ${v}`
  return typeof v === 'number' ? `the number ${v}` : JSON.stringify(v.length > 60 ? `${v.slice(0, 60)}…` : v)
}

/** The same for what stands in the place of a field; where a secret belongs, a misplaced value is most likely it: unsaid. */
export function typeWordIn(field: Field, v: Json): string {
  if (!holdsSecret(field)) return typeWord(v)
  return typeof v === 'string' ? 'a text' : typeof v === 'number' ? 'a number' : typeWord(v)
}

function holdsSecret(field: Field): boolean {
  if (field.secret) return true
  if (field.t === 'object') return Object.values(field.fields ?? {}).some(holdsSecret)
  const variants = Object.values(field.variants ?? {}).flatMap((variant) => Object.values(variant.fields))
  return [...(field.choices ?? []), ...variants].some(holdsSecret)
}

/** True for a text that holds at least one `${{…}}`. */
export function hasExpression(v: unknown): v is string {
  return typeof v === 'string' && /\$\{\{\s*\S*?\s*\}\}/.test(v)
}
