// Spans as MLflow keeps them and as its server tells them, made into what OpenTelemetry spells in JSON. Whole numbers
// keep all their digits, and numbers with a point stay such.
import { asArray, asObject, asString, isObject, type Json, type JsonObject } from '@lazurite/spec'

/** A number as it stood in the text. */
const mark = '\u0000'
const token = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|-?Infinity|NaN/gs

/** JSON whose numbers are mappings of one field with their text; undefined for what is none. */
function parseNumbers(text: string): Json | undefined {
  const marked = text.replace(token, (found) => (found.startsWith('"') ? found : `{"\\u0000":"${found}"}`))
  try {
    return JSON.parse(marked) as Json // what JSON.parse gives is Json
  } catch {
    return undefined
  }
}

/** JSON whose whole numbers of sixteen digits and more are texts. */
export function quoteLong(text: string): string {
  return text.replace(token, (found) => (/^-?\d{16,}$/.test(found) ? `"${found}"` : found))
}

function numeral(value: Json | undefined): string | undefined {
  return isObject(value) ? asString(value[mark]) : undefined
}

function plainValue(value: Json | undefined): JsonObject {
  if (value === null || value === undefined) return {}
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(plainValue) } }
  const number = numeral(value)
  if (number === undefined) return { kvlistValue: { values: wordsOf(asObject(value), plainValue) } }
  return isInt64(number) ? { intValue: number } : { doubleValue: finite(Number(number)) }
}

const isInt64 = (text: string) => /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)

const finite = (value: number) => (Number.isFinite(value) ? value : String(value))

function wordsOf(words: JsonObject, read: (value: Json | undefined) => JsonObject): JsonObject[] {
  return Object.entries(words).map(([key, value]) => ({ key, value: read(value) }))
}

/** MLflow keeps each attribute as a text of JSON. */
function unpacked(value: Json | undefined): JsonObject {
  if (typeof value !== 'string') return plainValue(value)
  const found = parseNumbers(value)
  return found === undefined ? { stringValue: value } : plainValue(found)
}

/** A span as it is kept in the database, and in `traces.json` of MLflow 3. Undefined for what is none. */
export function spanOfKept(text: string): JsonObject | undefined {
  const span = parseNumbers(text)
  return isObject(span) && typeof span.span_id === 'string' ? spanOfMapping(span) : undefined
}

/** All spans of a `traces.json` of MLflow 3. */
export function spansOfFile(text: string): JsonObject[] {
  const spans = asArray(asObject(parseNumbers(text) ?? {}).spans).filter(isObject)
  return spans.filter((span) => typeof span.span_id === 'string').map(spanOfMapping)
}

function spanOfMapping(span: JsonObject): JsonObject {
  const time = (value: Json | undefined) => numeral(value) ?? asString(value) ?? '0'
  const status = asObject(span.status ?? {})
  return {
    traceId: asString(span.trace_id) ?? '',
    spanId: asString(span.span_id) ?? '',
    ...(typeof span.parent_span_id === 'string' ? { parentSpanId: span.parent_span_id } : {}),
    name: asString(span.name) ?? '',
    startTimeUnixNano: time(span.start_time_unix_nano),
    endTimeUnixNano: time(span.end_time_unix_nano),
    attributes: wordsOf(asObject(span.attributes ?? {}), unpacked),
    events: asArray(span.events)
      .map(asObject)
      .map((event) => ({
        name: asString(event.name) ?? '',
        timeUnixNano: time(event.time_unix_nano),
        attributes: wordsOf(asObject(event.attributes ?? {}), plainValue),
      })),
    links: asArray(span.links).map(asObject).flatMap(linkOf),
    status: { code: asString(status.code) ?? 'STATUS_CODE_UNSET', message: asString(status.message) ?? '' },
  }
}

function linkOf(link: JsonObject): JsonObject[] {
  const trace = /^tr-([0-9a-f]{32})$/.exec(asString(link.trace_id) ?? '')?.[1]
  const span = /^[0-9a-f]{16}$/.exec(asString(link.span_id) ?? '')?.[0]
  if (trace === undefined || span === undefined) return []
  const packed = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
  const attributes = wordsOf(asObject(link.attributes ?? {}), plainValue)
  return [{ traceId: packed(trace), spanId: packed(span), attributes }]
}

/** A span as the server tells it: protobuf's JSON with names in snake case. */
export function spanOfWire(span: JsonObject): JsonObject {
  return camel(span) as JsonObject // a mapping stays one
}

function camel(value: Json): Json {
  if (Array.isArray(value)) return value.map(camel)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      camel(each ?? null),
    ]),
  )
}
