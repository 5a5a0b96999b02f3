/** Spans as OpenTelemetry sends them, made into what the store keeps: the text for readers, and what is asked for. */
import { fail, isObject } from '@lazurite/spec'
import type { NewSpan } from '@lazurite/store'
import { jsonTooDeep } from '../../json-depth.ts'
import { hear } from './otel-words.ts'
import type { OtlpRequest, OtlpSpan, OtlpValue, OtlpWord } from './otlp-schema.ts'
import { mostSpans } from './otlp-size.ts'
import { previewOf } from './trace-preview.ts'
import { fixedTags } from './trace-wire.ts'

const maxDepth = 100
const maxTagKey = 250
const maxTagValue = 8000
const tagPrefix = 'mlflow.traceTag.'

/** How a request spells bytes. */
export type Spelling = 'hex' | 'base64'

/** All spans of a request. Raises BadArgument for those that are none. */
export function spansOf(request: OtlpRequest, spelling: Spelling): NewSpan[] {
  const spans: NewSpan[] = []
  for (const { resource, scopeSpans = [] } of list(request.resourceSpans)) {
    const tags = resourceTags(resource?.attributes)
    for (const { spans: some } of list(scopeSpans))
      for (const span of list(some)) spans.push(spanOf(span, { spelling, tags }))
  }
  if (spans.length === 0) refuse('no spans found')
  if (spans.length > mostSpans) fail('TooLarge', { what: 'The request', limit: `${mostSpans} spans` })
  return spans
}

function list<T>(value: readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value.filter(isMapping) : refuse('a list was expected')
}

/** What the types say may still be anything where a request is JSON. */
function isMapping<T>(value: T): value is T & object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(why: string): never {
  fail('BadArgument', { what: `Invalid OpenTelemetry format: ${why}.` })
}

function spanOf(span: OtlpSpan, o: { spelling: Spelling; tags: Record<string, string> | undefined }): NewSpan {
  const otelTrace = idOf(span.traceId, 16, o.spelling) ?? refuse('a span has no trace id')
  const spanId = idOf(span.spanId, 8, o.spelling) ?? refuse('a span has no id')
  const parentId = idOf(span.parentSpanId, 8, o.spelling)
  const traceId = `tr-${otelTrace.toString('hex')}`
  const startNs = timeOf(span.startTimeUnixNano)
  const endNs = timeOf(span.endTimeUnixNano)
  const words = list(span.attributes).filter((word) => word.key !== requestIdKey)
  const attributes = new Map(words.map((word) => [String(word.key ?? ''), nativeOf(word.value, 0)]))
  const { added, ...said } = translated(attributes)
  const isRoot = parentId === undefined
  return {
    traceId,
    spanId: spanId.toString('hex'),
    ...(parentId ? { parentId: parentId.toString('hex') } : {}),
    name: clean(String(span.name ?? '')),
    status: statuses[codeOf(span)] ?? 'UNSET',
    startNs,
    ...(endNs > 0n ? { endNs } : {}),
    ...said,
    ...(isRoot ? rootOf(attributes) : {}),
    ...(o.tags ? { resourceTags: o.tags } : {}),
    content: contentOf(span, {
      otelTrace,
      spanId,
      parentId,
      traceId,
      words,
      added,
      startNs,
      endNs,
      spelling: o.spelling,
    }),
  }
}

const requestIdKey = 'mlflow.traceRequestId'
const statuses = ['UNSET', 'OK', 'ERROR'] as const

function codeOf({ status }: OtlpSpan): number {
  const code = status?.code ?? 0
  return typeof code === 'number'
    ? code
    : Math.max(
        0,
        statuses.findIndex((name) => code === `STATUS_CODE_${name}`),
      )
}

function idOf(text: string | undefined, length: number, spelling: Spelling): Buffer | undefined {
  if (text === undefined || text === '') return undefined
  const id = Buffer.from(String(text), spelling)
  const whole = spelling === 'base64' || /^[0-9a-f]*$/i.test(String(text))
  if (!whole || id.length !== length) refuse(`'${String(text).slice(0, 80)}' is no id of ${length} bytes`)
  return id.every((byte) => byte === 0) ? undefined : id
}

const latest = 9_007_199_254_740_991_000n

function timeOf(value: string | number | undefined): bigint {
  const text = String(value ?? 0)
  if (!/^\d{1,20}$/.test(text)) refuse(`'${text.slice(0, 80)}' is no time in nanoseconds`)
  const time = BigInt(text)
  return time <= latest ? time : refuse(`the time ${text} is too far away`)
}

/** No engine keeps NUL in a text. */
function clean(text: string): string {
  return text.replaceAll('\u0000', '\ufffd')
}

function nativeOf(value: OtlpValue | undefined, depth: number): unknown {
  if (depth > maxDepth) refuse(`an attribute is nested deeper than ${maxDepth}`)
  if (!isMapping(value)) return null
  const { arrayValue, kvlistValue, intValue } = value
  if (isMapping(arrayValue)) return list(arrayValue.values).map((each) => nativeOf(each, depth + 1))
  if (isMapping(kvlistValue))
    return Object.fromEntries(
      list(kvlistValue.values).map((kv) => [String(kv.key ?? ''), nativeOf(kv.value, depth + 1)]),
    )
  return (
    value.stringValue ??
    value.boolValue ??
    (intValue === undefined ? undefined : Number(intValue)) ??
    value.doubleValue ??
    value.bytesValue ??
    null
  )
}

/** What is said of a span in MLflow's words, and what was heard in others' and is added in MLflow's. */
function translated(attributes: Map<string, unknown>) {
  const text = (key: string) => {
    const value = unpacked(attributes.get(key))
    return typeof value === 'string' && value !== '' ? clean(value).slice(0, 500) : undefined
  }
  const added: [string, unknown][] = []
  const heard = hear(attributes)
  const type = text('mlflow.spanType')
  const add = (key: string, value: unknown) => {
    if (value === undefined || (attributes.has(key) && !(key === 'mlflow.spanType' && type === 'UNKNOWN'))) return
    if (attributes.has(key)) return void attributes.set(key, value) // the text keeps what was sent
    attributes.set(key, value)
    added.push([key, value])
  }
  add('mlflow.spanType', heard.type)
  add('mlflow.spanInputs', heard.inputs)
  add('mlflow.spanOutputs', heard.outputs)
  add('mlflow.llm.model', heard.model)
  add('mlflow.llm.provider', heard.provider)
  add('mlflow.chat.tokenUsage', heard.usage)
  const usage = numbersOf(attributes.get('mlflow.chat.tokenUsage'))
  const costs = numbersOf(attributes.get('mlflow.llm.cost'))
  const found = {
    type: text('mlflow.spanType'),
    model: text('mlflow.llm.model'),
    provider: text('mlflow.llm.provider'),
    session: (text('session.id') ?? text('gen_ai.conversation.id'))?.slice(0, 250),
    user: text('user.id')?.slice(0, 250),
    usage,
    costs,
  }
  const known = Object.entries(found).filter(([, value]) => value !== undefined)
  return { ...(Object.fromEntries(known) as Partial<NewSpan>), added } // the fields above, without those that are not there
}

/** Exporters of MLflow send values as JSON texts. */
function unpacked(value: unknown): unknown {
  if (typeof value !== 'string' || jsonTooDeep(value, maxDepth)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function numbersOf(value: unknown): Record<string, number> | undefined {
  const plain = unpacked(value)
  if (!isObject(plain)) return undefined
  const found = Object.entries(plain).filter(([, n]) => typeof n === 'number' && Number.isFinite(n))
  return found.length === 0 ? undefined : (Object.fromEntries(found) as Record<string, number>) // only numbers are left
}

function rootOf(attributes: ReadonlyMap<string, unknown>): Partial<NewSpan> {
  const [request, response] = [
    previewOf(unpacked(attributes.get('mlflow.spanInputs')), 'user'),
    previewOf(unpacked(attributes.get('mlflow.spanOutputs')), 'assistant'),
  ]
  const tags: Record<string, string> = {}
  for (const [key, value] of attributes)
    if (key.startsWith(tagPrefix)) setTag(tags, key.slice(tagPrefix.length), unpacked(value))
  return {
    ...(request === undefined ? {} : { requestPreview: clean(request) }),
    ...(response === undefined ? {} : { responsePreview: clean(response) }),
    tags,
  }
}

function setTag(tags: Record<string, string>, key: string, value: unknown): void {
  if (key === '' || fixedTags.has(key) || key.length > maxTagKey || !/^[/\p{L}\p{M}\p{N}_.\- :]*$/u.test(key)) return
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  Object.defineProperty(tags, key, { value: clean(text).slice(0, maxTagValue), enumerable: true, configurable: true, writable: true }) // biome-ignore format: one thought
}

/** Who sent the spans. What the kit says of itself is nobody's tag, and MLflow's own words are not a sender's to set. */
function resourceTags(words: readonly OtlpWord[] | undefined): Record<string, string> | undefined {
  const tags: Record<string, string> = {}
  for (const { key = '', value } of list(words))
    if (!/^(telemetry\.sdk\.|mlflow\.)/.test(String(key))) setTag(tags, String(key), nativeOf(value, 0))
  return Object.keys(tags).length > 0 ? tags : undefined
}

interface Parts {
  otelTrace: Buffer
  spanId: Buffer
  parentId: Buffer | undefined
  traceId: string
  words: readonly OtlpWord[]
  added: readonly [string, unknown][]
  startNs: bigint
  endNs: bigint
  spelling: Spelling
}

const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']

/** The span as protobuf spells it in JSON, whole numbers with all their digits. */
function contentOf(span: OtlpSpan, o: Parts): string {
  const fields = [
    `"trace_id":"${o.otelTrace.toString('base64')}"`,
    `"span_id":"${o.spanId.toString('base64')}"`,
    ...(span.traceState ? [`"trace_state":${quoted(span.traceState)}`] : []),
    ...(o.parentId ? [`"parent_span_id":"${o.parentId.toString('base64')}"`] : []),
    `"name":${quoted(span.name ?? '')}`,
  ]
  const kind = typeof span.kind === 'number' ? kinds[span.kind] : /^SPAN_KIND_([A-Z]+)$/.exec(String(span.kind))?.[1]
  if (kind && kind !== 'UNSPECIFIED' && kinds.includes(kind)) fields.push(`"kind":"SPAN_KIND_${kind}"`)
  fields.push(`"start_time_unix_nano":${o.startNs}`)
  if (o.endNs > 0n) fields.push(`"end_time_unix_nano":${o.endNs}`)
  const own: OtlpWord = { key: requestIdKey, value: { stringValue: o.traceId } }
  const added = o.added.map(([key, value]): OtlpWord => ({ key, value: otlpOf(value) }))
  fields.push(`"attributes":${wordsText([own, ...o.words, ...added])}`)
  const events = list(span.events).map(
    (e) =>
      `{"time_unix_nano":${timeOf(e.timeUnixNano)},"name":${quoted(e.name ?? '')},"attributes":${wordsText(list(e.attributes))}}`,
  )
  if (events.length > 0) fields.push(`"events":[${events.join(',')}]`)
  const links = list(span.links).flatMap((link) => {
    const [trace, id] = [idOf(link.traceId, 16, o.spelling), idOf(link.spanId, 8, o.spelling)]
    if (!trace || !id) return []
    return [
      `{"trace_id":"${trace.toString('base64')}","span_id":"${id.toString('base64')}","attributes":${wordsText(list(link.attributes))}}`,
    ]
  })
  if (links.length > 0) fields.push(`"links":[${links.join(',')}]`)
  const message = span.status?.message ? `"message":${quoted(span.status.message)},` : ''
  fields.push(`"status":{${message}"code":"STATUS_CODE_${statuses[codeOf(span)] ?? 'UNSET'}"}`)
  return `{${fields.join(',')}}`
}

function quoted(value: unknown): string {
  return JSON.stringify(String(value))
}

function wordsText(words: readonly OtlpWord[]): string {
  return `[${words.map((word) => `{"key":${quoted(word.key ?? '')},"value":${valueText(word.value, 0)}}`).join(',')}]`
}

function valueText(value: OtlpValue | undefined, depth: number): string {
  if (depth > maxDepth) refuse(`an attribute is nested deeper than ${maxDepth}`)
  if (!isMapping(value)) return '{}'
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } = value
  if (stringValue !== undefined) return `{"string_value":${quoted(stringValue)}}`
  if (boolValue !== undefined) return `{"bool_value":${boolValue === true}}`
  if (intValue !== undefined) {
    const digits = String(intValue)
    return isInt64(digits) ? `{"int_value":${digits}}` : refuse(`'${digits.slice(0, 80)}' is no whole number`)
  }
  if (doubleValue !== undefined) {
    const number = Number(doubleValue)
    return `{"double_value":${Number.isFinite(number) ? JSON.stringify(number) : `"${number}"`}}`
  }
  if (bytesValue !== undefined) {
    if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(String(bytesValue))) refuse('bytes of an attribute are no base64')
    return `{"bytes_value":${quoted(bytesValue)}}`
  }
  if (isMapping(arrayValue))
    return `{"array_value":{"values":[${list(arrayValue.values)
      .map((each) => valueText(each, depth + 1))
      .join(',')}]}}`
  if (!isMapping(kvlistValue)) return '{}'
  const pairs = list(kvlistValue.values).map(
    (kv) => `{"key":${quoted(kv.key ?? '')},"value":${valueText(kv.value, depth + 1)}}`,
  )
  return `{"kvlist_value":{"values":[${pairs.join(',')}]}}`
}

/** Readers in other languages give up the whole trace for one number that does not fit. */
function isInt64(digits: string): boolean {
  return /^-?\d{1,19}$/.test(digits) && BigInt.asIntN(64, BigInt(digits)) === BigInt(digits)
}

/** A plain value in OpenTelemetry's shape. */
function otlpOf(value: unknown): OtlpValue {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { intValue: value } : { doubleValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(otlpOf) } }
  if (!isObject(value)) return {}
  return { kvlistValue: { values: Object.entries(value).map(([key, each]) => ({ key, value: otlpOf(each) })) } }
}
