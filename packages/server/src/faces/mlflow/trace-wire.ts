/** Traces and assessments in MLflow's words, of its third dialect and of its second. */
import { isObject, type Json, type JsonObject } from '@lazurite/spec'
import type { Assessment, TraceInfo, TraceState } from '@lazurite/store'
import { jsonTooDeep } from '../../json-depth.ts'
import { type Args, refuse } from './args.ts'
import { compact, pairs } from './call.ts'

const maxMetadata = 250
const maxTagKey = 250
const maxTagValue = 4096

/** Tags that say where spans and files are: the server's own. */
export const fixedTags = new Set([
  'mlflow.trace.spansLocation',
  'mlflow.trace.archiveLocation',
  'mlflow.artifactLocation',
])

export function traceInfoWire(trace: TraceInfo): JsonObject {
  const { metadata, tags } = shortened(trace)
  return compact({
    trace_id: trace.traceId,
    client_request_id: trace.clientRequestId,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: trace.experimentId } },
    request_preview: trace.requestPreview,
    response_preview: trace.responsePreview,
    request_time: printTime(trace.requestTime),
    execution_duration: trace.durationMs === undefined ? undefined : printDuration(trace.durationMs),
    state: trace.state,
    trace_metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
    assessments: trace.assessments.map((each) => assessmentWire(each, trace.traceId)),
    tags,
  })
}

/** What clients before 3.0 know of a trace. */
export function traceInfoV2Wire(trace: TraceInfo): JsonObject {
  const { metadata, tags } = shortened(trace)
  return compact({
    request_id: trace.traceId,
    experiment_id: trace.experimentId,
    timestamp_ms: trace.requestTime,
    execution_time_ms: trace.durationMs ?? 0,
    status: trace.state === 'STATE_UNSPECIFIED' ? 'TRACE_STATUS_UNSPECIFIED' : trace.state,
    request_metadata: pairs(metadata),
    tags: pairs(tags),
  })
}

function shortened({ metadata, tags }: TraceInfo) {
  return { metadata: cut(metadata, maxMetadata, maxMetadata), tags: cut(tags, maxTagKey, maxTagValue) }
}

function cut(words: Record<string, string>, key: number, value: number): Record<string, string> {
  return Object.fromEntries(Object.entries(words).map(([k, v]) => [k.slice(0, key), v.slice(0, value)]))
}

export function assessmentWire(a: Assessment, traceId: string): JsonObject {
  return compact({
    assessment_id: a.id,
    assessment_name: a.name,
    trace_id: traceId,
    span_id: a.spanId,
    source: compact({ source_type: a.source.type, source_id: a.source.id }),
    create_time: printTime(a.createdAt ?? 0),
    last_update_time: printTime(a.updatedAt ?? 0),
    ...valueWire(a),
    rationale: a.rationale,
    metadata: a.metadata && Object.keys(a.metadata).length > 0 ? a.metadata : undefined,
    overrides: a.overrides,
    valid: a.valid ?? true,
  })
}

function valueWire({ kind, value, error }: Assessment): JsonObject {
  if (kind === 'feedback') return { feedback: { value, ...(error ? { error } : {}) } }
  if (kind === 'issue') return { issue: value }
  const packed = typeof value === 'object' && value !== null
  if (!packed) return { expectation: { value } }
  return { expectation: { serialized_value: { serialization_format: 'JSON_FORMAT', value: JSON.stringify(value) } } }
}

/** RFC 3339 with no more digits than there are. */
function printTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}

function printDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000)
  const rest = Math.abs(ms % 1000)
  const sign = ms < 0 && seconds === 0 ? '-' : ''
  return rest === 0 ? `${seconds}s` : `${sign}${seconds}.${String(rest).padStart(3, '0')}s`
}

const longestMs = 8.64e15

/** A time in RFC 3339. */
export function readTime(args: Args, name: string): number | undefined {
  const text = args.text(name)
  if (text === undefined) return undefined
  const ms = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[-+]\d{2}:\d{2})$/.test(text) ? Date.parse(shortTime(text)) : Number.NaN
  return Number.isNaN(ms) ? args.wrong(name, text) : ms
}

/** JavaScript reads three digits behind the point; the others count for less than a millisecond. */
function shortTime(text: string): string {
  return text.replace(/(\.\d{3})\d+/, '$1')
}

/** `1.5s` in milliseconds. */
export function readDuration(args: Args, name: string): number | undefined {
  const text = args.text(name)
  if (text === undefined) return undefined
  const found = /^(-?\d{1,12})(?:\.(\d{1,9}))?s$/.exec(text)
  if (!found) return args.wrong(name, text)
  const part = Math.trunc(Number(`0.${found[2] ?? '0'}`) * 1000 + 1e-6)
  const ms = Number(found[1]) * 1000 + (text.startsWith('-') ? -part : part)
  return Math.abs(ms) <= longestMs ? ms : args.wrong(name, text)
}

const states: readonly TraceState[] = ['STATE_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS']

/** A state by name or number, in the words of any dialect. */
export function readState(args: Args, name: string): TraceState {
  const raw = args.raw(name) ?? 'STATE_UNSPECIFIED'
  if (raw === 'TRACE_STATUS_UNSPECIFIED') return 'STATE_UNSPECIFIED'
  const found = typeof raw === 'number' ? states[raw] : states.find((state) => state === raw)
  return found ?? args.wrong(name, raw)
}

/** A mapping of texts. */
export function readWords(args: Args, name: string): Record<string, string> {
  const value = args.raw(name)
  if (value === undefined) return {}
  if (!isObject(value)) return args.wrong(name, value)
  const words = Object.entries(value)
  for (const [, each] of words) if (typeof each !== 'string') return args.wrong(name, each ?? null)
  return Object.fromEntries(words) as Record<string, string> // every one was looked at
}

const sourceTypes = ['SOURCE_TYPE_UNSPECIFIED', 'HUMAN', 'LLM_JUDGE', 'CODE']
const maxName = 250

/** An assessment as clients send it. Raises BadArgument. */
export function readAssessment(args: Args): Assessment {
  const value = readValue(args)
  if (!value) return refuse('Exactly one of `expectation`, `feedback`, or `issue` should be specified.')
  const name =
    args.text('assessment_name') ?? (value.kind === 'feedback' ? 'feedback' : args.missing('assessment_name'))
  if (name.length > maxName) refuse(`'Assessment name' exceeds the maximum length of ${maxName} characters`)
  const [id, createdAt, updatedAt] = [
    args.text('assessment_id') || undefined,
    readTime(args, 'create_time') || undefined,
    readTime(args, 'last_update_time') || undefined,
  ]
  const [spanId, rationale, overrides] = ['span_id', 'rationale', 'overrides'].map((key) => args.text(key) || undefined)
  const metadata = readWords(args, 'metadata')
  return {
    ...(id ? { id: id.slice(0, 50) } : {}),
    ...value,
    name,
    source: readSource(args),
    ...(createdAt ? { createdAt } : {}),
    ...(updatedAt ? { updatedAt } : {}),
    ...(spanId ? { spanId } : {}),
    ...(rationale ? { rationale } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(overrides ? { overrides } : {}),
  }
}

function readSource(args: Args): Assessment['source'] {
  const source = args.inside('source')
  const raw = source?.raw('source_type') ?? 'SOURCE_TYPE_UNSPECIFIED'
  const type = typeof raw === 'number' ? sourceTypes[raw] : raw === 'AI_JUDGE' ? 'LLM_JUDGE' : raw
  if (typeof type !== 'string' || !sourceTypes.includes(type)) return args.wrong('source.source_type', raw)
  const id = source?.text('source_id') || undefined
  return { type, ...(id ? { id } : {}) }
}

/** What an assessment says; undefined when it says nothing. */
export function readValue(args: Args): Pick<Assessment, 'kind' | 'value' | 'error'> | undefined {
  const [feedback, expectation, issue] = ['feedback', 'expectation', 'issue'].map((key) => args.inside(key))
  if ([feedback, expectation, issue].filter((each) => each !== undefined).length > 1)
    refuse('Exactly one of `expectation`, `feedback`, or `issue` should be specified.')
  if (feedback) {
    const error = (feedback.raw('error') ?? args.raw('error')) as Json | undefined // looked at in the next line
    return { kind: 'feedback', value: feedback.raw('value') ?? null, ...(isObject(error) ? { error } : {}) }
  }
  if (issue) return { kind: 'issue', value: { issue_name: issue.needText('issue_name') } }
  if (!expectation) return undefined
  const packed = expectation.inside('serialized_value')
  if (!packed)
    return { kind: 'expectation', value: expectation.raw('value') ?? refuse('The `value` field must be specified.') }
  const format = packed.text('serialization_format')
  if (format !== 'JSON_FORMAT') refuse(`Unknown serialization format: ${format}. Only JSON_FORMAT is supported.`)
  const text = packed.needText('value')
  if (jsonTooDeep(text)) refuse('The value of an expectation is nested too deep.')
  try {
    return { kind: 'expectation', value: JSON.parse(text) as Json } // what JSON.parse gives is Json
  } catch {
    return packed.wrong('value', text)
  }
}
