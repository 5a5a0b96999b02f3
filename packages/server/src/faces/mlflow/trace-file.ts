/**
 * `traces.json`: the spans of a trace as one file, as clients before 3.4 read them. Those clients upload it themselves;
 * for traces whose spans came by `/v1/traces` it is made when it is asked for.
 */
import { fail } from '@lazurite/spec'
import { type AnyValue, plainOf } from '@lazurite/store'
import { sendFile } from './artifacts.ts'
import type { Call } from './call.ts'
import { placeOfTrace } from './place.ts'
import { readableTrace } from './rights.ts'

const fileName = 'traces.json'

/** Whether the address named such a file, of a trace that has spans but no file; it is answered then. */
export async function sendMadeTraceFile(call: Call, address: string): Promise<boolean> {
  const found = /^([^/]+)\/traces\/([^/]+)\/artifacts\/traces\.json$/.exec(address)
  if (!found) return false
  const trace = await readableTrace(call, found[2] ?? '')
  if (trace.experimentId !== found[1] || (await hasFile(call, trace))) return false
  const text = await madeFile(call, trace.traceId)
  if (text === undefined) return false
  await call.reply
    .headers({ 'content-disposition': `attachment; filename=${fileName}`, 'x-content-type-options': 'nosniff' })
    .type('text/plain; charset=utf-8')
    .send(text)
  return true
}

/** `get-trace-artifact?request_id=`: the file, or what stands for it. */
export async function sendTraceFile(call: Call): Promise<void> {
  const { experimentId, traceId } = await readableTrace(call, call.args.needText('request_id'))
  const path = call.args.text('path')
  const address = `${experimentId}/traces/${traceId}/artifacts/${path ? `attachments/${path}` : fileName}`
  if (!path && (await sendMadeTraceFile(call, address))) return
  const place = await placeOfTrace(call, { experimentId, traceId }, path ? `attachments/${path}` : fileName)
  await sendFile(call, place, address)
}

async function hasFile(call: Call, trace: { experimentId: string; traceId: string }): Promise<boolean> {
  const { account, container, path } = await placeOfTrace(call, trace, fileName)
  return (await call.store.bytes.stat(account, container, path)) !== undefined
}

async function madeFile(call: Call, traceId: string): Promise<string | undefined> {
  const spans = (await call.store.traces.spans(call.scope, [traceId])).get(traceId)
  return spans && `{"spans":[${spans.map((text) => oldSpan(text, traceId)).join(',')}]}`
}

interface KeptSpan {
  trace_id: string
  span_id: string
  parent_span_id?: string
  name: string
  attributes?: { key: string; value?: AnyValue }[]
  events?: { name: string; attributes?: { key: string; value?: AnyValue }[] }[]
  status?: { code: string; message?: string }
}

/** A span in the shape of MLflow's second dialect, which all clients read. Times keep all their digits. */
function oldSpan(text: string, traceId: string): string {
  const span = JSON.parse(text) as KeptSpan // as it was kept
  const [start, end] = ['start', 'end'].map((which) => new RegExp(`"${which}_time_unix_nano":(\\d+)`).exec(text)?.[1])
  const moments = [...text.matchAll(/"time_unix_nano":(\d+)/g)].map((found) => found[1])
  const events = (span.events ?? []).map(
    (event, i) =>
      `{"name":${JSON.stringify(event.name)},"timestamp":${moments[i] ?? 0},"attributes":${JSON.stringify(wordsOf(event.attributes))}}`,
  )
  const attributes = Object.entries(wordsOf(span.attributes)).map(([key, value]) => [key, JSON.stringify(value)])
  const status = /^STATUS_CODE_(\w+)$/.exec(span.status?.code ?? '')?.[1] ?? fail('TraceNotFound', { trace: traceId })
  const fields = [
    `"name":${JSON.stringify(span.name)}`,
    `"context":{"span_id":"0x${hex(span.span_id)}","trace_id":"0x${hex(span.trace_id)}"}`,
    `"parent_id":${span.parent_span_id === undefined ? 'null' : `"0x${hex(span.parent_span_id)}"`}`,
    `"start_time":${start ?? 0}`,
    `"end_time":${end ?? 'null'}`,
    `"status_code":"${status}"`,
    `"status_message":${JSON.stringify(span.status?.message ?? '')}`,
    `"attributes":${JSON.stringify(Object.fromEntries(attributes))}`,
    `"events":[${events.join(',')}]`,
  ]
  return `{${fields.join(',')}}`
}

function wordsOf(words: KeptSpan['attributes']): Record<string, unknown> {
  return Object.fromEntries((words ?? []).map(({ key, value }) => [key, value ? plainOf(value) : null]))
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex')
}
