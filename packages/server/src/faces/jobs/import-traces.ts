/**
 * Traces as they were somewhere else. A request brings some, or slices of one: its spans, and with the last of them its
 * head. What goes wrong with one is told beside it, and the others go on. Every answer says what is here of each, so
 * that whoever sends can count; `trace_ids` asks for that alone.
 */
import { asArray, fail, isLazError, isObject, type JsonObject } from '@lazurite/spec'
import type { BroughtTrace, KnownTrace } from '@lazurite/store'
import { Args } from '../mlflow/args.ts'
import type { OtlpSpan } from '../mlflow/otlp-schema.ts'
import { spansOf } from '../mlflow/otlp-spans.ts'
import { readTraceInfo } from '../mlflow/traces.ts'
import type { JobVerb } from './call.ts'

const mostAtOnce = 500

export const importTraces: JobVerb = {
  method: 'POST',
  path: '/traces/import',
  async handle({ room, scope, body }) {
    const args = new Args(body)
    const { traces } = room.deps.store
    const refused: Record<string, string> = {}
    const ids = args.texts('trace_ids')
    const items = args.items('traces')
    if (ids.length + items.length > mostAtOnce)
      fail('BadArgument', {
        what: `At most ${mostAtOnce} traces in one request; there are ${ids.length + items.length}.`,
      })
    for (const item of items) {
      const id = item.needText('trace_id')
      ids.push(id)
      try {
        await traces.bring(scope, broughtOf(item, { id, experimentId: args.needText('experiment_id') }))
      } catch (error) {
        if (!isLazError(error) || error.http >= 500) throw error
        refused[id] = error.message
      }
    }
    const known = await traces.known(scope, ids)
    return { traces: Object.fromEntries(known.map((each) => [each.info.traceId, told(each)])), refused }
  },
}

function broughtOf(item: Args, { id, experimentId }: { id: string; experimentId: string }): BroughtTrace {
  const spans = asArray(item.raw('spans')).filter(isObject)
  // what is in it is looked at one by one
  const read =
    spans.length === 0 ? [] : spansOf({ resourceSpans: [{ scopeSpans: [{ spans: spans as OtlpSpan[] }] }] }, 'base64')
  const foreign = read.find((span) => span.traceId !== id)
  if (foreign) fail('BadArgument', { what: `A span of another trace (${foreign.traceId}) is among its spans.` })
  const info = item.inside('trace_info')
  const head = info && readTraceInfo(info)
  if (head && head.traceId !== id) fail('BadArgument', { what: `Its head is that of another trace (${head.traceId}).` })
  const states = info?.items('assessments').map((each) => each.flag('valid')) ?? []
  return {
    traceId: id,
    experimentId,
    spans: read,
    runs: item.texts('runs'),
    prompts: item.texts('prompts'),
    ...(head
      ? {
          head: {
            ...head,
            experimentId,
            assessments: (head.assessments ?? []).map((each, i) => ({ ...each, valid: states[i] ?? true })),
          },
        }
      : {}),
  }
}

function told({ info, spans, finished }: KnownTrace): JsonObject {
  return {
    experiment_id: info.experimentId,
    finished,
    state: info.state,
    duration_ms: info.durationMs ?? null,
    spans,
    tags: info.tags,
    metadata: info.metadata,
    assessments: Object.fromEntries(
      info.assessments.map(({ id = '', updatedAt = 0, valid }) => [id, [updatedAt, valid !== false]]),
    ),
  }
}
