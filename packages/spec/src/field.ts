// The field vocabulary. A table of fields is plain data: it converts YAML to the wire and back, checks both, and is
// printed as JSON Schema, help and documentation. Nothing here knows a kind.
import type { Json } from './json.ts'

export type FieldType =
  // scalars
  | 'string'
  | 'int'
  | 'number'
  | 'bool'
  | 'any'
  | 'enum'
  | 'seconds'
  // structure
  | 'object'
  | 'map'
  | 'list'
  | 'oneOf'
  | 'union'
  | 'wrap'
  | 'several'
  // things outside the document
  | 'ref'
  | 'asset'
  | 'code'
  | 'compute'
  | 'path'
  | 'text'
  // the parts of jobs that are spelt unlike anything else
  | 'input'
  | 'output'
  | 'space'
  | 'service'
  | 'node'
  | 'component'
  | 'scheduled'
  | 'embed'

export interface Field {
  readonly t: FieldType
  readonly required?: boolean
  /** Required in a file; on the wire it may be absent. */
  readonly inFileOnly?: boolean
  /** Its name on the wire, when that is not the camel-cased YAML name. */
  readonly wire?: string
  /** Wire value sent when the key is absent. */
  readonly def?: Json
  /** Read-only: the server fills it; in a file it is dropped without a word. */
  readonly out?: boolean
  /** Stands inside this key of the properties, not among them. */
  readonly under?: string
  /** Its wire name is the same in every spelling (computeId in pipeline nodes). */
  readonly asIs?: boolean
  /** Stands beside the properties in the envelope (name, version, location, …), not among them. */
  readonly beside?: boolean
  /** Never returned by a read. */
  readonly secret?: boolean
  /** `null` is allowed and means absent. */
  readonly nullable?: boolean
  /** One sentence for help, documentation and JSON Schema. */
  readonly doc?: string

  /** string: numbers are taken and printed as Python prints them. */
  readonly numbers?: boolean
  /** string: booleans are taken too, where numbers are. */
  readonly bools?: boolean
  /** string: any value is taken and printed as Python's str() prints it; number: an expression is taken. */
  readonly loose?: boolean
  /** string: a regular expression it must match, and what that says. */
  readonly pattern?: string
  readonly says?: string
  /** seconds: the file counts milliseconds. */
  readonly milli?: boolean
  /** string: a date is taken as its text. */
  readonly dates?: boolean
  /** int, number: text is not taken even when it reads as a number. */
  readonly strict?: boolean
  /** int: none below it is taken. */
  readonly least?: number
  /** enum: the words. */
  readonly values?: readonly string[]
  /** enum: YAML word → wire word, where they differ. */
  readonly map?: Readonly<Record<string, string | number>>
  /** enum: `exact` takes no other case; `snake` also takes camel case. */
  readonly spelling?: 'exact' | 'snake'
  /** enum, string: an expression is not taken in its place, even in pipeline nodes. component: it keeps its own id. */
  readonly literal?: boolean

  /** list: in pipeline nodes it travels as JSON text, as the official client sends and reads it. */
  readonly textual?: boolean
  /** list, map, wrap, several: the element. */
  readonly of?: Field
  /** wrap: the key around the element on the wire. */
  readonly key?: string
  readonly fields?: Fields
  /** object, wrap: a key and word the wire adds to tell what this is. */
  readonly constant?: readonly [key: string, word: string]
  /** object: `${{parent…}}` inside speaks of this mapping. */
  readonly scope?: boolean
  /** object: unknown keys are kept instead of refused. */
  readonly open?: boolean
  /** object: keys kept that way are warned about. */
  readonly warns?: boolean
  /** map: a regular expression its keys must match, and what that says. */
  readonly keys?: string
  readonly keysSay?: string
  /** oneOf: the key that tells the variants apart, in YAML and on the wire. */
  readonly by?: string
  readonly wireBy?: string
  readonly variants?: Readonly<Record<string, Variant>>
  /** oneOf: the variant meant when the key is absent. */
  readonly otherwise?: string
  /** union: the first that fits. */
  readonly choices?: readonly Field[]

  /** ref, asset: the kind it points at; embed: the kind it holds. */
  readonly kind?: string
  /** ref, asset: a plain name (newest version) will do. */
  readonly unversioned?: boolean
  /** path: what the uploaded bytes are for. */
  readonly purpose?: 'data' | 'model' | 'build'
  /** path: must be there when the file is read. code: must be there unless false, which warns. */
  readonly exists?: boolean
}

export interface Variant {
  readonly wire: string
  readonly fields: Fields
  readonly doc?: string
  readonly open?: boolean
  /** `${{parent…}}` inside speaks of this mapping: it is a pipeline. */
  readonly scope?: boolean
  /** The rest of the mapping is this field's business: variants within a variant. */
  readonly whole?: Field
  /** node: the keys of one that holds its job in place, and which of them make its component. */
  readonly inline?: Fields
  readonly promoted?: readonly string[]
  /** node: expressions may stand in the values of a job in place. */
  readonly inlineBindings?: boolean
  /** node: it runs nothing of its own but decides about others; keys that travel as JSON text. */
  readonly control?: { readonly asText: readonly string[] }
}

export type Fields = { readonly [yamlName: string]: Field }

type Options = Partial<Omit<Field, 't'>>
const make =
  (t: FieldType) =>
  (o: Options = {}): Field => ({ t, ...o })

/** Builders of fields; each returns plain data. */
export const f = {
  string: make('string'),
  int: make('int'),
  number: make('number'),
  bool: make('bool'),
  any: make('any'),
  /** Whole seconds in YAML, an ISO 8601 duration on the wire. */
  seconds: make('seconds'),
  enum: (values: readonly string[], o: Options = {}): Field => ({ t: 'enum', values, ...o }),
  object: (fields: Fields, o: Options = {}): Field => ({ t: 'object', fields, ...o }),
  map: (of: Field, o: Options = {}): Field => ({ t: 'map', of, ...o }),
  list: (of: Field, o: Options = {}): Field => ({ t: 'list', of, ...o }),
  /** Variants told apart by a key: `by` in YAML, `wireBy` on the wire. */
  oneOf: (by: string, wireBy: string, variants: Readonly<Record<string, Variant>>, o: Options = {}): Field => ({
    t: 'oneOf',
    by,
    wireBy,
    variants,
    ...o,
  }),
  union: (choices: readonly Field[], o: Options = {}): Field => ({ t: 'union', choices, ...o }),
  /** x in YAML, { key: x } on the wire. */
  wrap: (of: Field, key: string, o: Options = {}): Field => ({ t: 'wrap', of, key, ...o }),
  /** One or a list of them in a file, always a list on the wire. */
  several: (of: Field, o: Options = {}): Field => ({ t: 'several', of, ...o }),
  /** The whole definition of another kind, in place or in a file of its own. */
  embed: (kind: string, o: Options = {}): Field => ({ t: 'embed', kind, ...o }),
  /** The job of a schedule: a file, azureml:<job>, or either with changes. */
  scheduled: make('scheduled'),
  /** A reference to another resource: azureml:name, azureml:name:1, an ARM id. */
  ref: (kind: string, o: Options = {}): Field => ({ t: 'ref', kind, ...o }),
  /** A reference, or the thing itself written in place or in a file of its own. */
  asset: (kind: string, o: Options = {}): Field => ({ t: 'asset', kind, ...o }),
  code: make('code'),
  compute: make('compute'),
  path: (purpose: 'data' | 'model' | 'build', o: Options = {}): Field => ({ t: 'path', purpose, ...o }),
  /** The text of a file, or a mapping written in place. */
  text: make('text'),
  input: make('input'),
  output: make('output'),
  space: make('space'),
  service: make('service'),
  /** A pipeline node; variants by its type. */
  component: make('component'),
  node: (variants: Readonly<Record<string, Variant>>, o: Options = {}): Field => ({
    t: 'node',
    by: 'type',
    wireBy: 'type',
    otherwise: 'command',
    variants,
    ...o,
  }),
  required: (x: Field): Field => ({ ...x, required: true }),
}

/** `display_name` → `displayName`. */
export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase())
}

/** `jobOutputType` → `job_output_type`. */
export function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}

/** The entry of `words` nearest to a misspelt one, when it is near enough to be meant. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  let bestCost = limit + 1
  for (const w of words) {
    const cost = Math.abs(w.length - word.length) > limit ? limit + 1 : distance(word.toLowerCase(), w.toLowerCase())
    if (cost < bestCost) [best, bestCost] = [w, cost]
  }
  return best
}

function distance(a: string, b: string): number {
  if (a.length > 80 || b.length > 80) return 80
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 80
}
