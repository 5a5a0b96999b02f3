// Tables → JSON Schema of the wire: what a body's properties hold, in the wire's own spelling. Unknown keys are kept by
// the server, so nothing is closed here.
import { camel, type Field, type Fields, type FieldType } from './field.ts'
import type { JsonObject } from './json.ts'

/** JSON Schema (2020-12) of a wire value by its table. */
export function wireSchema(field: Field): JsonObject {
  const schema = printers[field.t](field)
  return {
    ...schema,
    ...(field.doc === undefined || schema.$ref !== undefined ? {} : { description: field.doc }),
    ...(field.out ? { readOnly: true } : {}),
    ...(field.secret ? { writeOnly: true } : {}),
  }
}

type Printer = (field: Field) => JsonObject
const text: Printer = () => ({ type: 'string' })
const anything: Printer = () => ({})
const inside = (field: Field): JsonObject => wireSchema(field.of ?? { t: 'any' })
const shared =
  (name: string): Printer =>
  () => ({ $ref: `#/components/schemas/${name}` })

const printers: Record<FieldType, Printer> = {
  string: (field) => ({ type: 'string', ...(field.pattern === undefined ? {} : { pattern: field.pattern }) }),
  int: () => ({ type: 'integer' }),
  number: () => ({ type: 'number' }),
  bool: () => ({ type: 'boolean' }),
  any: anything,
  enum: (field) => {
    const words = (field.values ?? []).map((word) => field.map?.[word] ?? word)
    const whole = words.every((word) => typeof word === 'number')
    return { type: whole ? 'integer' : 'string', enum: [...new Set(words)] }
  },
  seconds: () => ({ type: 'string', format: 'duration' }),
  object: (field) => objectSchema(field.fields ?? {}, field.constant),
  map: (field) => ({ type: 'object', additionalProperties: inside(field) }),
  list: (field) => ({ type: 'array', items: inside(field) }),
  several: (field) => ({ type: 'array', items: inside(field) }),
  oneOf: variants,
  union: (field) => ({ anyOf: (field.choices ?? []).map(wireSchema) }),
  wrap: (field) => {
    const key = field.key ?? 'value'
    const [name, word] = field.constant ?? []
    const fixed = name === undefined ? {} : { [name]: { const: word ?? '' } }
    return { type: 'object', properties: { ...fixed, [key]: inside(field) } }
  },
  ref: text,
  asset: text,
  code: text,
  compute: text,
  path: text,
  text,
  input: shared('JobInput'),
  output: shared('JobOutput'),
  space: anything,
  service: () => ({ type: 'object' }),
  node: () => ({ type: 'object' }),
  component: () => ({ anyOf: [{ type: 'string' }, { type: 'object' }] }),
  scheduled: shared('JobProperties'),
  embed: () => ({ type: 'object' }),
}

function objectSchema(fields: Fields, constant?: readonly [string, string]): JsonObject {
  const entries = Object.entries(fields).filter(([name, x]) => !x.beside && name !== '$schema')
  const named = (list: [string, Field][]) => list.map(([name, x]): [string, Field] => [x.wire ?? camel(name), x])
  const properties = Object.fromEntries(
    named(entries.filter(([, x]) => x.under === undefined)).map(([name, x]) => [name, wireSchema(x)]),
  )
  for (const under of new Set(entries.flatMap(([, x]) => x.under ?? []))) {
    const inner = named(entries.filter(([, x]) => x.under === under))
    properties[under] = {
      type: 'object',
      properties: Object.fromEntries(inner.map(([name, x]) => [name, wireSchema(x)])),
    }
  }
  const required = named(entries.filter(([, x]) => x.required && !x.inFileOnly && !x.out && x.under === undefined))
  return {
    type: 'object',
    properties: { ...(constant ? { [constant[0]]: { const: constant[1] } } : {}), ...properties },
    ...(required.length > 0 ? { required: required.map(([name]) => name) } : {}),
  }
}

function variants(field: Field): JsonObject {
  const by = field.wireBy ?? field.by ?? 'type'
  return {
    anyOf: Object.values(field.variants ?? {}).map((variant): JsonObject => {
      const said = { title: variant.wire, ...(variant.doc === undefined ? {} : { description: variant.doc }) }
      if (variant.whole) return { ...said, allOf: [tagged(by, variant.wire), wireSchema(variant.whole)] }
      const schema = objectSchema(variant.fields)
      const required = Array.isArray(schema.required) ? schema.required : []
      return {
        ...said,
        ...schema,
        properties: { [by]: { const: variant.wire }, ...(schema.properties as JsonObject) }, // written just above
        required: [by, ...required],
      }
    }),
  }
}

function tagged(by: string, word: string): JsonObject {
  return { type: 'object', properties: { [by]: { const: word } }, required: [by] }
}
