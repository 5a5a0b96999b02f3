/**
 * JSON as MLflow clients really send it: Python prints NaN and Infinity bare, and old clients encode the body twice. Both
 * are read here; what cannot be read is an empty mapping, so that the answer names the missing parameter.
 */
import { isObject, type Json, type JsonObject, parsePythonJson } from '@lazurite/spec'
import { jsonTooDeep } from '../../json-depth.ts'

/** The mapping a body holds; `{}` for anything that is none. */
export function parseBody(text: string): JsonObject {
  let value = parseLoosely(text)
  if (typeof value === 'string') value = parseLoosely(value)
  return isObject(value) ? value : {}
}

/** JSON with bare NaN, Infinity and -Infinity read as the texts of these names; undefined when it is no JSON at all. */
export function parseLoosely(text: string): Json | undefined {
  if (text === '' || jsonTooDeep(text)) return undefined
  return parsePythonJson(text)
}

/** A double as MLflow's JSON spells it: what is no number is a text. */
export function printDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}
