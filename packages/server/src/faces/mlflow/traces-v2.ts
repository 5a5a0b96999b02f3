/** Traces as MLflow clients before 3.0 tell and find them: begun, then ended, their spans in a file beside. */
import { randomUUID } from 'node:crypto'
import type { TraceInfo } from '@lazurite/store'
import { wordsOf } from './args.ts'
import { type Call, compact, type Handler } from './call.ts'
import { assertExperiment, readableTrace, writableTrace } from './rights.ts'
import { readState, traceInfoV2Wire } from './trace-wire.ts'
import { cutValues, findTraces, idOf, isThird, searchTraces, startTrace, traceTags } from './traces.ts'

export const beginTrace: Handler = async (call) => {
  if (isThird(call)) return startTrace(call)
  const { args } = call
  const experimentId = args.needText('experiment_id')
  await assertExperiment(call, experimentId)
  const job = call.caller.run?.job
  const trace = await call.store.traces.start(call.scope, {
    traceId: randomUUID().replaceAll('-', ''),
    experimentId,
    requestTime: args.time('timestamp_ms') ?? args.missing('timestamp_ms'),
    state: 'IN_PROGRESS',
    ...wordsIn(call),
    ...(job === undefined ? {} : { madeBy: job }),
  })
  return { trace_info: traceInfoV2Wire(trace) }
}

function wordsIn(call: Call): Pick<TraceInfo, 'tags' | 'metadata'> {
  return {
    tags: traceTags(wordsOf(call.args.items('tags'))),
    metadata: cutValues(wordsOf(call.args.items('request_metadata'))),
  }
}

export const endTrace: Handler = async (call) => {
  const old = await writableTrace(call, idOf(call))
  const end = call.args.time('timestamp_ms') ?? call.args.missing('timestamp_ms')
  const trace = await call.store.traces.start(call.scope, {
    ...old,
    durationMs: end - old.requestTime,
    state: readState(call.args, 'status'),
    ...wordsIn(call),
    assessments: [],
  })
  return { trace_info: traceInfoV2Wire(trace) }
}

export const getTraceInfoV2: Handler = async (call) => ({
  trace_info: traceInfoV2Wire(await readableTrace(call, idOf(call))),
})

export const searchTracesV2: Handler = async (call) => {
  if (isThird(call)) return searchTraces(call)
  const ids = call.args.texts('experiment_ids')
  if (ids.length === 0) call.args.missing('experiment_ids')
  const { traces, next } = await findTraces(call, ids)
  return compact({ traces: traces.map(traceInfoV2Wire), next_page_token: next })
}
