/**
 * `POST /v1/traces`: spans by OpenTelemetry's protocol over HTTP, in protobuf or JSON, packed or not. Sending a request
 * again changes nothing. The experiment is named by a header; a run may be, too.
 */
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip, inflate, inflateRaw } from 'node:zlib'
import { asString, fail } from '@lazurite/spec'
import { jsonTooDeep, jsonTooMany } from '../../json-depth.ts'
import { refuse } from './args.ts'
import type { Call } from './call.ts'
import { decodeOtlp, type OtlpRequest } from './otlp-schema.ts'
import { mostMessages } from './otlp-size.ts'
import { spansOf } from './otlp-spans.ts'
import { assertExperiment, writableRun, writableTraces } from './rights.ts'

const packedLimitBytes = 16 * 1024 * 1024
const plainLimitBytes = 64 * 1024 * 1024

const protobufType = 'application/x-protobuf'
const jsonType = 'application/json'

/** Answers with an empty ExportTraceServiceResponse, in the encoding of the request. */
export async function exportTraces(call: Call): Promise<void> {
  const { request, reply } = call
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== protobufType && type !== jsonType)
    refuse(`Invalid Content-Type: ${type}. Expected: ${protobufType} or ${jsonType}`)
  const experimentId = asString(request.headers['x-mlflow-experiment-id'])
  if (!experimentId) refuse('The header x-mlflow-experiment-id is missing: it names the experiment of the traces.')
  const runId = asString(request.headers['x-mlflow-run-id'])
  if (runId) await writableRun(call, runId)
  const body = await readBody(request.body as Readable | undefined, request.headers['content-encoding']) // what the parser hands on
  const spans = type === jsonType ? spansOf(readJson(body), 'hex') : spansOf(await decodeOtlp(body), 'base64')
  await assertExperiment(call, experimentId)
  await writableTraces(call, new Set(spans.map((span) => span.traceId)))
  const job = call.caller.run?.job
  const traceIds = await call.store.traces.logSpans(call.scope, {
    experimentId,
    spans,
    ...(job === undefined ? {} : { madeBy: job }),
  })
  if (runId) await call.store.traces.link(call.scope, { traceIds, kind: 'run', targets: [runId] })
  if (type === jsonType) await reply.code(200).type(jsonType).send('{}')
  else await reply.code(200).type(protobufType).send(Buffer.alloc(0))
}

function readJson(body: Buffer): OtlpRequest {
  const text = body.toString('utf8')
  if (jsonTooDeep(text)) refuse('Invalid OpenTelemetry format: the body is nested too deep.')
  if (jsonTooMany(text, 4 * mostMessages))
    fail('TooLarge', { what: 'The request', limit: `about ${4 * mostMessages} values` })
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // told below
  }
  return refuse('Invalid OpenTelemetry format: the body is no JSON object.')
}

const unpackers = { gzip: promisify(gunzip), deflate: promisify(inflate), raw: promisify(inflateRaw) }

async function readBody(body: Readable | undefined, encoding = 'identity'): Promise<Buffer> {
  const packed = await readAll(body)
  const how = encoding.trim().toLowerCase()
  if (how === 'identity' || how === '') return packed
  if (how !== 'gzip' && how !== 'deflate')
    refuse(`Unsupported Content-Encoding: ${how.slice(0, 50)}. Expected: gzip or deflate`)
  try {
    return await unpackers[how](packed, { maxOutputLength: plainLimitBytes })
  } catch (error) {
    if (error instanceof RangeError) tooLarge(plainLimitBytes)
  }
  try {
    if (how === 'deflate') return await unpackers.raw(packed, { maxOutputLength: plainLimitBytes })
  } catch (error) {
    if (error instanceof RangeError) tooLarge(plainLimitBytes)
  }
  return refuse(`Failed to decompress ${how} payload`)
}

async function readAll(body: Readable | undefined): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body ?? []) {
    const bytes = Buffer.from(part)
    size += bytes.length
    if (size > packedLimitBytes) tooLarge(packedLimitBytes)
    parts.push(bytes)
  }
  return Buffer.concat(parts)
}

function tooLarge(limit: number): never {
  fail('TooLarge', { what: 'The body', limit: `${limit / 1024 / 1024} MiB` })
}
