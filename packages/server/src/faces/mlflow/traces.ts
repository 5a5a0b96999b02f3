/** Traces as MLflow clients from 3.0 on tell, find and read them. */
import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { fail } from '@lazurite/spec'
import type { NewTrace, TraceInfo } from '@lazurite/store'
import { type Args, refuse } from './args.ts'
import { type Call, compact, type Handler, JsonText } from './call.ts'
import { checkKey } from './names.ts'
import { placeOfTrace } from './place.ts'
import {
  assertExperiment,
  readableTrace,
  readableTraces,
  writableRun,
  writableTrace,
  writableTraces,
} from './rights.ts'
import { fixedTags, readAssessment, readDuration, readState, readTime, readWords, traceInfoWire } from './trace-wire.ts'

const mostPerPage = 500
const mostLinks = 100
const maxPreview = 10_000
const maxValue = 8000
const traceId = /^[A-Za-z0-9][\w.-]{0,99}$/
const incompleteForMs = 3000

/** The third dialect says it in the address. */
export function isThird(call: Call): boolean {
  return /\/(?:ajax-)?api\/3\.0\//i.test(call.request.raw.url ?? '')
}

export const startTrace: Handler = async (call) => {
  const trace = call.args.inside('trace') ?? call.args.missing('trace')
  const info = readTraceInfo(trace.inside('trace_info') ?? call.args.missing('trace.trace_info'))
  await assertExperiment(call, info.experimentId)
  await writableTraces(call, [info.traceId])
  const job = call.caller.run?.job
  const kept = await call.store.traces.start(call.scope, { ...info, ...(job === undefined ? {} : { madeBy: job }) })
  return { trace: { trace_info: traceInfoWire(kept) } }
}

export function readTraceInfo(args: Args): NewTrace {
  const id = args.needText('trace_id')
  if (!traceId.test(id)) args.wrong('trace_id', id)
  const location = args.inside('trace_location')?.inside('mlflow_experiment')
  const experimentId = location?.text('experiment_id') || refuse("The trace has no 'trace_location' in an experiment.")
  const durationMs = readDuration(args, 'execution_duration')
  const [clientRequestId, request, response] = [
    args.text('client_request_id'),
    args.text('request_preview') ?? args.text('request'),
    args.text('response_preview') ?? args.text('response'),
  ]
  return {
    traceId: id,
    experimentId,
    requestTime: readTime(args, 'request_time') ?? args.missing('trace_info.request_time'),
    ...(durationMs === undefined ? {} : { durationMs }),
    state: readState(args, 'state'),
    ...(clientRequestId ? { clientRequestId: clientRequestId.slice(0, 250) } : {}),
    ...(request === undefined ? {} : { requestPreview: request.slice(0, maxPreview) }),
    ...(response === undefined ? {} : { responsePreview: response.slice(0, maxPreview) }),
    tags: traceTags(readWords(args, 'tags')),
    metadata: cutValues(readWords(args, 'trace_metadata')),
    assessments: args.items('assessments').map((item) => withOwnId(id, readAssessment(item))),
  }
}

/** The same again is the same: a client that heard no answer sends it once more. */
export function withOwnId<T extends { id?: string; createdAt?: number }>(trace: string, assessment: T): T {
  if (assessment.id !== undefined || assessment.createdAt === undefined) return assessment
  const id = createHash('sha256')
    .update(JSON.stringify([trace, assessment]))
    .digest('hex')
    .slice(0, 32)
  return { ...assessment, id: `a-${id}` }
}

/** Without those that only the server sets; long values are cut. */
export function traceTags(tags: Record<string, string>): Record<string, string> {
  const kept = Object.entries(tags).filter(([key]) => !fixedTags.has(key))
  for (const [key] of kept) checkKey('Tag key', key)
  return cutValues(Object.fromEntries(kept))
}

export function cutValues(words: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(words).map(([key, value]) => [key.slice(0, 250), value.slice(0, maxValue)]))
}

export const getTraceInfo: Handler = async (call) => ({
  trace: { trace_info: traceInfoWire(await readableTrace(call, idOf(call))) },
})

export function idOf(call: Call): string {
  return call.parts[0] ?? call.args.text('trace_id') ?? call.args.needText('request_id')
}

/** With its spans. A trace whose last spans are still on their way is waited for. */
export const getTrace: Handler = async (call) => {
  const id = call.args.needText('trace_id')
  const partial = call.args.flag('allow_partial') ?? false
  for (let waited = 0; ; waited += 200) {
    const info = await readableTrace(call, id)
    const spans = (await call.store.traces.spans(call.scope, [id])).get(id) ?? []
    if (partial || (spans.length > 0 && isWhole(info, spans)))
      return new JsonText(`{"trace":${traceText(info, spans)}}`)
    if (waited >= incompleteForMs) fail('TraceNotComplete', { trace: id })
    await wait(200)
  }
}

function traceText(info: TraceInfo, spans: readonly string[]): string {
  return `{"trace_info":${JSON.stringify(traceInfoWire(info))},"spans":[${spans.join(',')}]}`
}

/** Whether there are as many spans as the trace's end said. */
function isWhole(info: TraceInfo, spans: readonly string[]): boolean {
  const said = info.metadata['mlflow.trace.sizeStats']
  const count = said === undefined ? undefined : /"num_spans":\s*(\d+)/.exec(said)?.[1]
  return count === undefined || spans.length >= Number(count)
}

/** Traces whose spans are here, whole; others are left out. */
export const batchGetTraces: Handler = async (call) => {
  const infos = await wantedTraces(call)
  const ids = infos.map((info) => info.traceId)
  const spans = await call.store.traces.spans(call.scope, ids)
  const texts = infos.flatMap((info) => {
    const some = spans.get(info.traceId)
    return some && isWhole(info, some) ? [traceText(info, some)] : []
  })
  return new JsonText(texts.length === 0 ? '{}' : `{"traces":[${texts.join(',')}]}`)
}

export const batchGetTraceInfos: Handler = async (call) =>
  compact({ trace_infos: (await wantedTraces(call)).map(traceInfoWire) })

async function wantedTraces(call: Call): Promise<TraceInfo[]> {
  const ids = call.args.texts('trace_ids')
  if (ids.length === 0) call.args.missing('trace_ids')
  if (ids.length > mostPerPage) refuse(`At most ${mostPerPage} traces can be asked for at once. Got ${ids.length}.`)
  const infos = await readableTraces(call, ids)
  const within = call.args.has('experiment_ids') ? call.args.texts('experiment_ids') : undefined
  return within ? infos.filter((info) => within.includes(info.experimentId)) : infos
}

export const searchTraces: Handler = async (call) => {
  if (call.args.raw('locations') === undefined) call.args.missing('locations')
  const ids = call.args
    .items('locations')
    .flatMap((item) => item.inside('mlflow_experiment')?.text('experiment_id') ?? [])
  const { traces, next } = await findTraces(call, ids)
  return compact({ traces: traces.map(traceInfoWire), next_page_token: next })
}

export async function findTraces(call: Call, experimentIds: readonly string[]) {
  for (const id of new Set(experimentIds)) await assertExperiment(call, id)
  const filter = call.args.text('filter')
  return call.store.traces.search(call.scope, {
    experimentIds,
    ...(filter ? { filter } : {}),
    order: call.args.texts('order_by'),
    max: call.args.maxResults({ most: mostPerPage, standard: 100 }),
    ...call.args.pageToken(),
  })
}

export const setTraceTag: Handler = async (call) => {
  const key = checkKey('Tag key', call.args.needText('key'))
  refuseFixed(key, 'set')
  const { traceId: id } = await writableTrace(call, idOf(call))
  const value = (call.args.text('value') ?? '').slice(0, maxValue)
  await call.store.traces.setTag(call.scope, id, { key, value })
  return undefined
}

export const deleteTraceTag: Handler = async (call) => {
  const key = call.args.needText('key')
  refuseFixed(key, 'deleted')
  const { traceId: id } = await writableTrace(call, idOf(call))
  await call.store.traces.deleteTag(call.scope, id, key)
  return undefined
}

function refuseFixed(key: string, done: string): void {
  if (fixedTags.has(key)) refuse(`Tag '${key}' is immutable and cannot be ${done} on a trace.`)
}

export const deleteTraces: Handler = async (call) => {
  const { args } = call
  const experimentId = args.needText('experiment_id')
  await assertExperiment(call, experimentId)
  const [before, max, traceIds] = [
    args.whole('max_timestamp_millis'),
    args.whole('max_traces'),
    args.texts('request_ids'),
  ]
  if (before === undefined && traceIds.length === 0)
    refuse('Either `max_timestamp_millis` or `trace_ids` must be specified.')
  if (before !== undefined && traceIds.length > 0)
    refuse('Only one of `max_timestamp_millis` and `trace_ids` can be specified.')
  if (traceIds.length > 0 && max !== undefined) refuse("`max_traces` can't be specified if `trace_ids` is specified.")
  if (max !== undefined && max <= 0) refuse(`\`max_traces\` must be a positive integer, received ${max}.`)
  if (traceIds.length > 0) await writableTraces(call, traceIds)
  else if (call.caller.kind !== 'owner') fail('Forbidden', { what: 'the deletion of traces that it does not name' })
  const gone = await call.store.traces.delete(call.scope, {
    experimentId,
    ...(traceIds.length > 0 ? { traceIds } : {}),
    ...(before === undefined ? {} : { before }),
    ...(max === undefined ? {} : { max }),
  })
  for (const id of gone) await removeFiles(call, { experimentId, traceId: id })
  return { traces_deleted: gone.length }
}

async function removeFiles(call: Call, trace: { experimentId: string; traceId: string }): Promise<void> {
  const { account, container, path } = await placeOfTrace(call, trace, '')
  const { bytes } = call.store
  for (;;) {
    const page = await bytes.list(account, container, { prefix: `${path}/`, max: 1000 })
    for (const blob of page.blobs) await bytes.remove(account, container, blob.name)
    if (page.blobs.length === 0 || page.next === undefined) return
  }
}

export const linkTracesToRun: Handler = async (call) => {
  const traceIds = call.args.texts('trace_ids')
  if (traceIds.length === 0) call.args.missing('trace_ids')
  if (traceIds.length > mostLinks)
    refuse(
      `Cannot link more than ${mostLinks} traces to a run in a single request. Provided ${traceIds.length} traces.`,
    )
  const run = await writableRun(call, call.args.needText('run_id'))
  const known = await readableTraces(call, traceIds)
  await call.store.traces.link(call.scope, {
    traceIds: known.map((trace) => trace.traceId),
    kind: 'run',
    targets: [run.runId],
  })
  return undefined
}

export const linkPrompts: Handler = async (call) => {
  const id = call.args.needText('trace_id')
  const prompts = call.args.items('prompt_versions')
  if (prompts.length === 0) call.args.missing('prompt_versions')
  const targets = prompts.map((item) => `${item.needText('name')}/${item.needText('version')}`)
  const trace = await readableTrace(call, id)
  await call.store.traces.link(call.scope, { traceIds: [trace.traceId], kind: 'prompt', targets })
  return undefined
}
