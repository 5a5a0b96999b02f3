/**
 * The messages of OpenTelemetry's protocol for traces, as far as they are read here; field numbers as in its
 * specification, https://opentelemetry.io/docs/specs/otlp/. Decoded into the shape its JSON has, in camel case.
 */
import { fail } from '@lazurite/spec'
import type { Type } from 'protobufjs'
import { assertDecodable, type Nesting } from './otlp-size.ts'

/** A value: one of its fields is there. Whole numbers are texts. */
export interface OtlpValue {
  stringValue?: string
  boolValue?: boolean
  intValue?: string | number
  doubleValue?: number | string
  bytesValue?: string
  arrayValue?: { values?: OtlpValue[] }
  kvlistValue?: { values?: OtlpWord[] }
}

export interface OtlpWord {
  key?: string
  value?: OtlpValue
}

export interface OtlpSpan {
  traceId?: string
  spanId?: string
  traceState?: string
  parentSpanId?: string
  name?: string
  kind?: number | string
  /** Nanoseconds. */
  startTimeUnixNano?: string | number
  endTimeUnixNano?: string | number
  attributes?: OtlpWord[]
  events?: { timeUnixNano?: string | number; name?: string; attributes?: OtlpWord[] }[]
  links?: { traceId?: string; spanId?: string; traceState?: string; attributes?: OtlpWord[] }[]
  status?: { message?: string; code?: number | string }
}

export interface OtlpRequest {
  resourceSpans?: { resource?: { attributes?: OtlpWord[] }; scopeSpans?: { spans?: OtlpSpan[] }[] }[]
}

type Field = { type: string; id: number; rule?: 'repeated' }

const one = (type: string, id: number): Field => ({ type, id })
const many = (type: string, id: number): Field => ({ type, id, rule: 'repeated' })

const messages: Record<string, Record<string, Field>> = {
  Request: { resourceSpans: many('ResourceSpans', 1) },
  ResourceSpans: { resource: one('Resource', 1), scopeSpans: many('ScopeSpans', 2) },
  Resource: { attributes: many('Word', 1) },
  ScopeSpans: { spans: many('Span', 2) },
  Span: {
    traceId: one('bytes', 1),
    spanId: one('bytes', 2),
    traceState: one('string', 3),
    parentSpanId: one('bytes', 4),
    name: one('string', 5),
    kind: one('int32', 6),
    startTimeUnixNano: one('fixed64', 7),
    endTimeUnixNano: one('fixed64', 8),
    attributes: many('Word', 9),
    events: many('Event', 11),
    links: many('Link', 13),
    status: one('Status', 15),
  },
  Event: { timeUnixNano: one('fixed64', 1), name: one('string', 2), attributes: many('Word', 3) },
  Link: {
    traceId: one('bytes', 1),
    spanId: one('bytes', 2),
    traceState: one('string', 3),
    attributes: many('Word', 4),
  },
  Status: { message: one('string', 2), code: one('int32', 3) },
  Word: { key: one('string', 1), value: one('Value', 2) },
  Value: {
    stringValue: one('string', 1),
    boolValue: one('bool', 2),
    intValue: one('int64', 3),
    doubleValue: one('double', 4),
    arrayValue: one('Values', 5),
    kvlistValue: one('Words', 6),
    bytesValue: one('bytes', 7),
  },
  Values: { values: many('Value', 1) },
  Words: { values: many('Word', 1) },
}

const nesting: Nesting = Object.fromEntries(
  Object.entries(messages).map(([name, fields]) => {
    const inner = Object.values(fields).filter(({ type }) => Object.hasOwn(messages, type))
    return [name, new Map(inner.map(({ id, type }) => [id, type]))]
  }),
)

let requestType: Promise<Type> | undefined

async function makeType(): Promise<Type> {
  const { default: protobuf } = await import('protobufjs')
  const nested = Object.fromEntries(
    Object.entries(messages).map(([name, fields]) => {
      // of a value exactly one field is set, also when it holds what it would hold unset
      const oneofs = name === 'Value' ? { oneofs: { value: { oneof: Object.keys(fields) } } } : {}
      return [name, { fields, ...oneofs }]
    }),
  )
  return protobuf.Root.fromJSON({ nested }).lookupType('Request')
}

/** Reads a request in protobuf. Raises BadArgument, TooLarge. Bytes are base64. */
export async function decodeOtlp(bytes: Uint8Array): Promise<OtlpRequest> {
  assertDecodable(bytes, nesting, 'Request')
  requestType ??= makeType()
  const type = await requestType
  try {
    return type.toObject(type.decode(bytes), { longs: String, bytes: String }) as OtlpRequest // what the schema says
  } catch {
    return fail('BadArgument', { what: 'Invalid OpenTelemetry format: the body is no ExportTraceServiceRequest.' })
  }
}
