/**
 * Traces: what a call of a model or an agent did, as MLflow's tracing and OpenTelemetry tell it. A trace has tags (which
 * change), metadata (which do not), spans and assessments. Its head and its spans come in any order, and again: whoever
 * sends one twice changes nothing.
 */
import { fail } from '@lazurite/spec'
import { type Assessments, openAssessments } from './assessments.ts'
import type { Clock } from './clock.ts'
import { ensureDefault, findExperiment } from './experiments.ts'
import { internName } from './name-kids.ts'
import { holes, type Sql } from './sql.ts'
import { linkTraces, type NewTrace, startTrace } from './trace-heads.ts'
import { type BroughtTrace, bringTrace, type KnownTrace, knownTraces } from './trace-import.ts'
import { getTraces, type TraceInfo } from './trace-infos.ts'
import type { MetricQuery, MetricRow } from './trace-metrics.ts'
import { queryTraceMetrics } from './trace-metrics.ts'
import { eraseTraces, mustFindTrace, traceNameTag, writeTraceWords } from './trace-rows.ts'
import { type Correlation, type CorrelationCounts, correlate, searchTraces, type TraceSearch } from './trace-search.ts'
import { logSpans, type NewSpan, readSpans } from './trace-spans.ts'

export interface TraceDeletion {
  experimentId: string
  traceIds?: readonly string[]
  /** Traces of that time and older, the oldest first. */
  before?: number
  max?: number
}

export interface Traces extends Assessments {
  /**
   * Makes a trace, or says of the one with this id what only its end knows. Raises ExperimentNotFound,
   * ExperimentDeleted.
   */
  start(scope: string, trace: NewTrace): Promise<TraceInfo>
  /** Keeps spans; a trace that nobody has told of yet is made. Answers the ids of the traces. Raises as `start`. */
  logSpans(scope: string, o: { experimentId: string; spans: readonly NewSpan[]; madeBy?: string }): Promise<string[]>
  /** In the order of the ids; what is not there is left out. */
  get(scope: string, traceIds: readonly string[]): Promise<TraceInfo[]>
  /** The spans of each trace as JSON texts, the root first, then by time. */
  spans(scope: string, traceIds: readonly string[]): Promise<Map<string, string[]>>
  /** One page; newest first unless `order` says otherwise. Raises BadArgument for filter, order or token. */
  search(scope: string, o: TraceSearch): Promise<{ traces: TraceInfo[]; next?: string }>
  /** Raises TraceNotFound, as do all that follow. */
  setTag(scope: string, traceId: string, tag: { key: string; value: string }): Promise<void>
  /** Raises TraceTagNotFound too. */
  deleteTag(scope: string, traceId: string, key: string): Promise<void>
  /** Answers the ids of what went. */
  delete(scope: string, o: TraceDeletion): Promise<string[]>
  /** Ids that are not there are passed over. */
  link(
    scope: string,
    o: { traceIds: readonly string[]; kind: 'run' | 'prompt'; targets: readonly string[] },
  ): Promise<void>
  correlate(scope: string, o: { experimentIds: readonly string[] } & Correlation): Promise<CorrelationCounts>
  metrics(scope: string, o: MetricQuery): Promise<MetricRow[]>
  /** A trace, or a part of it, as it was somewhere else. Raises BadArgument when it is in another experiment, and as `start`. */
  bring(scope: string, trace: BroughtTrace): Promise<void>
  /** What is here of these. */
  known(scope: string, traceIds: readonly string[]): Promise<KnownTrace[]>
}

/** Opens the drawer. */
export function openTraces(sql: Sql, clock: Clock): Traces {
  return {
    ...openAssessments(sql, clock),
    async start(scope, trace) {
      await ensureDefault(sql, clock, scope)
      return sql.transaction((tx) => startTrace(tx, { scope, trace, now: clock.now() }))
    },
    async logSpans(scope, o) {
      await ensureDefault(sql, clock, scope)
      return sql.transaction((tx) => logSpans(tx, { scope, ...o }))
    },
    get: (scope, traceIds) => getTraces(sql, scope, traceIds),
    spans: (scope, traceIds) => readSpans(sql, scope, traceIds),
    search: (scope, o) => searchTraces(sql, scope, o),
    setTag: (scope, traceId, { key, value }) =>
      sql.transaction(async (tx) => {
        const { tid } = await mustFindTrace(tx, scope, traceId)
        await writeTraceWords(tx, tid, 'tag', { [key]: value })
      }),
    deleteTag: (scope, traceId, key) =>
      sql.transaction(async (tx) => {
        const { tid } = await mustFindTrace(tx, scope, traceId)
        const gone = await tx.run("DELETE FROM trace_words WHERE tid = ? AND kind = 'tag' AND kid = ?", [
          tid,
          await internName(tx, key),
        ])
        if (gone === 0) fail('TraceTagNotFound', { key, trace: traceId })
        if (key === traceNameTag) await tx.run('UPDATE traces SET name = NULL WHERE tid = ?', [tid])
      }),
    delete: (scope, o) => deleteTraces(sql, scope, o),
    link: (scope, o) => sql.transaction((tx) => linkTraces(tx, scope, o)),
    correlate: (scope, o) => correlate(sql, scope, o),
    metrics: (scope, o) => queryTraceMetrics(sql, scope, o),
    bring: (scope, trace) => sql.transaction((tx) => bringTrace(tx, { scope, now: clock.now() }, trace)),
    known: (scope, traceIds) => knownTraces(sql, scope, traceIds),
  }
}

const batch = 500

async function deleteTraces(sql: Sql, scope: string, o: TraceDeletion): Promise<string[]> {
  const experiment = await findExperiment(sql, scope, o.experimentId)
  if (!experiment) return []
  const gone: string[] = []
  const most = o.max ?? Number.MAX_SAFE_INTEGER
  const ids = o.traceIds
  for (let at = 0; gone.length < most; at += batch) {
    const limit = Math.min(batch, most - gone.length)
    const some = ids?.slice(at, at + batch)
    if (some?.length === 0) break
    const which = some ? `trace_id IN (${holes(some.length)})` : 'request_time <= ?'
    const rows = await sql.transaction(async (tx) => {
      const found = await tx.all<{ tid: number; trace_id: string }>(
        `SELECT tid, trace_id FROM traces WHERE eid = ? AND ${which} ORDER BY request_time, trace_id LIMIT ?`,
        [experiment.eid, ...(some ?? [o.before ?? 0]), limit],
      )
      await eraseTraces(tx, found.map(({ tid }) => tid)) // biome-ignore format: one thought
      return found
    })
    gone.push(...rows.map((row) => row.trace_id))
    if (!some && rows.length < limit) break
  }
  return gone
}
