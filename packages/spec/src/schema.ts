// Tables → JSON Schema, with the descriptions of their fields: for editors, and for the documentation.
import { codecs } from './convert.ts'
import type { Field } from './field.ts'
import type { JsonObject } from './json.ts'
import { kindByName } from './kinds/index.ts'

/** JSON Schema (2020-12) of a kind's YAML file; an empty schema for a kind that does not exist. */
export function jsonSchema(kind: string): JsonObject {
  const table = kindByName(kind)
  if (!table) return {}
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: table.name,
    ...schemaOf(table.fields),
    description: table.doc,
  }
}

function schemaOf(field: Field): JsonObject {
  const schema = codecs[field.t].schema(field, schemaOf)
  return {
    ...schema,
    ...(field.doc === undefined ? {} : { description: field.doc }),
    ...(field.def === undefined || typeof field.def === 'object' ? {} : { default: field.def }),
    ...(field.out ? { readOnly: true } : {}),
    ...(field.secret ? { writeOnly: true } : {}),
  }
}
