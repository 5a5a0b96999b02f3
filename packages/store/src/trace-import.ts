/**
 * Traces as they were somewhere else: with their id, their times, their end, and what was thought of them. Spans come in
 * as many slices as it takes, the head with what hangs on it last; each may be sent again.
 */
import { fail } from '@lazurite/spec'
import { type Assessment, writeAssessments } from './assessments.ts'
import { holes, type Statements, type Tx } from './sql.ts'
import { linkTraces, type NewTrace, startTrace } from './trace-heads.ts'
import { getTraces, type TraceInfo } from './trace-infos.ts'
import { artifactTag, findTrace, spansLocationTag, traceNameTag } from './trace-rows.ts'
import { logSpans, type NewSpan } from './trace-spans.ts'

export interface BroughtTrace {
  traceId: string
  experimentId: string
  spans: readonly NewSpan[]
  /** Absent while more spans are to come. */
  head?: NewTrace
  /** Runs it was linked to, beside the one that made it. */
  runs: readonly string[]
  /** `<name>/<version>` */
  prompts: readonly string[]
}

export interface KnownTrace {
  info: TraceInfo
  spans: number
  /** Its head was told. */
  finished: boolean
}

/** Tags that are the server's own, or that it makes of the spans. */
const kept = [artifactTag, spansLocationTag, traceNameTag, 'mlflow.trace.archiveLocation']

/** Raises BadArgument for a trace of this id in another experiment; ExperimentNotFound, ExperimentDeleted. */
export async function bringTrace(tx: Tx, o: { scope: string; now: number }, trace: BroughtTrace): Promise<void> {
  const { scope } = o
  const { traceId, experimentId, spans, head } = trace
  const known = await findTrace(tx, scope, traceId)
  if (known && known.experiment_id !== experimentId)
    fail('BadArgument', { what: `It is there already, in another experiment (${known.experiment_id}).` })
  if (spans.length > 0) await logSpans(tx, { scope, experimentId, spans })
  if (head) {
    const { assessments = [], ...rest } = head
    await startTrace(tx, { scope, trace: rest, now: o.now })
    const row = await findTrace(tx, scope, traceId)
    if (!row) fail('TraceNotFound', { trace: traceId })
    // what its spans once said may have been taken back since; what was done here afterwards stays
    if (known?.finished !== 1) await dropTags(tx, row.tid, [...Object.keys(head.tags), ...kept])
    await refreshAssessments(tx, { tid: row.tid, now: o.now }, assessments)
  }
  for (const [kind, targets] of [
    ['run', trace.runs],
    ['prompt', trace.prompts],
  ] as const)
    if (targets.length > 0) await linkTraces(tx, scope, { traceIds: [traceId], kind, targets })
}

async function dropTags(tx: Tx, tid: number, but: readonly string[]): Promise<void> {
  const names = await tx.all<{ kid: number; name: string }>(
    `SELECT w.kid, n.name FROM trace_words w JOIN names n ON n.kid = w.kid WHERE w.tid = ? AND w.kind = 'tag'`,
    [tid],
  )
  await tx.runMany(
    `DELETE FROM trace_words WHERE tid = ? AND kind = 'tag' AND kid = ?`,
    names.filter(({ name }) => !but.includes(name)).map(({ kid }) => [tid, kid]),
  )
}

/** Those that were changed there since replace what is here; what was changed here since stays. */
async function refreshAssessments(
  tx: Tx,
  o: { tid: number; now: number },
  assessments: readonly Assessment[],
): Promise<void> {
  await tx.runMany(
    `DELETE FROM assessments WHERE tid = ? AND assessment_id = ?
       AND (updated_at < ? OR (updated_at = ? AND valid <> ?))`,
    assessments.flatMap(({ id, updatedAt, valid }) =>
      id === undefined || updatedAt === undefined ? [] : [[o.tid, id, updatedAt, updatedAt, valid === false ? 0 : 1]],
    ),
  )
  await writeAssessments(tx, o, assessments)
}

/** What is here of traces; those that are not here are left out. */
export async function knownTraces(s: Statements, scope: string, traceIds: readonly string[]): Promise<KnownTrace[]> {
  const counts = new Map<string, { n: number; finished: number }>()
  for (let at = 0; at < traceIds.length; at += 500) {
    const some = traceIds.slice(at, at + 500)
    const rows = await s.all<{ trace_id: string; finished: number; n: number }>(
      `SELECT t.trace_id, t.finished, (SELECT count(*) FROM trace_spans x WHERE x.tid = t.tid) AS n FROM traces t
       WHERE t.scope = ? AND t.trace_id IN (${holes(some.length)})`,
      [scope, ...some],
    )
    for (const row of rows) counts.set(row.trace_id, row)
  }
  const infos = await getTraces(s, scope, traceIds)
  return infos.map((info) => {
    const { n = 0, finished = 0 } = counts.get(info.traceId) ?? {}
    return { info, spans: n, finished: finished === 1 }
  })
}
