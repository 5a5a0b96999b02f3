// The field vocabulary. A table of fields is plain data: it converts YAML to the wire and back, checks both, and is
// printed as JSON Schema, help and documentation. Nothing here knows a kind.
import type { Json } from './json.ts'

export type FieldType =
  | 'string'
  | 'int'
  | 'number'
  | 'bool'
  | 'any'
  | 'enum'
  | 'object'
  | 'map'
  | 'list'
  | 'oneOf'
  | 'union'
  | 'ref'
  | 'path'
  | 'seconds'
  | 'text'
  | 'wrap'

export interface Field {
  readonly t: FieldType
  readonly required?: boolean
  /** Its name on the wire, when that is not the camel-cased YAML name. */
  readonly wire?: string
  /** What the client sends when the key is absent. */
  readonly def?: Json
  /** Read-only: the server fills it; in a file it is dropped without a word. */
  readonly out?: boolean
  /** Never returned by a read. */
  readonly secret?: boolean
  readonly doc?: string
  /** Element of a list, map or wrap. */
  readonly of?: Field
  readonly fields?: Fields
  /** Unknown keys are kept instead of refused. */
  readonly open?: boolean
  readonly values?: readonly string[]
  /** YAML word → wire word, where they differ. */
  readonly map?: Readonly<Record<string, string>>
  readonly kind?: string
  readonly by?: string
  readonly wireBy?: string
  readonly variants?: Readonly<Record<string, Variant>>
  readonly choices?: readonly Field[]
}

export interface Variant {
  readonly wire: string
  readonly fields: Fields
  readonly doc?: string
}

export type Fields = { readonly [yamlName: string]: Field }
