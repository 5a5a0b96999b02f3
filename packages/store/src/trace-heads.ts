/** What traces say of themselves, and what they are linked to: written inside a transaction. */
import { fail } from '@lazurite/spec'
import { type Assessment, writeAssessments } from './assessments.ts'
import { activeExperiment } from './experiments.ts'
import { holes, type SqlValue, type Tx } from './sql.ts'
import { getTraces, type TraceInfo } from './trace-infos.ts'
import { artifactTag, findTrace, insertTrace, traceArtifactUri, writeTraceWords } from './trace-rows.ts'

export type NewTrace = Omit<TraceInfo, 'assessments'> & { assessments?: readonly Assessment[] }

/** Makes it, or says of the one that is there what only its end knows. Raises ExperimentNotFound, ExperimentDeleted. */
export async function startTrace(tx: Tx, o: { scope: string; trace: NewTrace; now: number }): Promise<TraceInfo> {
  const { scope, trace } = o
  const { eid, location } = await activeExperiment(tx, scope, trace.experimentId)
  const known = await findTrace(tx, scope, trace.traceId)
  const tid = known?.tid ?? (await insertTrace(tx, { scope, eid, location, ...trace }))
  await tx.run(
    `UPDATE traces SET eid = ?, request_time = ?, duration = ?, state = ?, client_request_id = ?, finished = 1,
       request_preview = coalesce(?, request_preview), response_preview = coalesce(?, response_preview) WHERE tid = ?`,
    [
      eid,
      trace.requestTime,
      trace.durationMs ?? null,
      trace.state,
      trace.clientRequestId ?? null,
      trace.requestPreview ?? null,
      trace.responsePreview ?? null,
      tid,
    ],
  )
  const artifacts = { [artifactTag]: traceArtifactUri(trace.experimentId, trace.traceId, location) }
  await writeTraceWords(tx, tid, 'tag', { ...trace.tags, ...artifacts })
  await writeTraceWords(tx, tid, 'metadata', trace.metadata)
  if (trace.assessments) await writeAssessments(tx, { tid, now: o.now }, trace.assessments)
  return (await getTraces(tx, scope, [trace.traceId]))[0] ?? fail('TraceNotFound', { trace: trace.traceId })
}

/** Ids that are not there are passed over. */
export async function linkTraces(
  tx: Tx,
  scope: string,
  o: { traceIds: readonly string[]; kind: 'run' | 'prompt'; targets: readonly string[] },
): Promise<void> {
  if (o.traceIds.length === 0) return
  const rows = await tx.all<{ tid: number }>(
    `SELECT tid FROM traces WHERE scope = ? AND trace_id IN (${holes(o.traceIds.length)})`,
    [scope, ...o.traceIds],
  )
  const pairs = rows.flatMap(({ tid }) => o.targets.map((target): SqlValue[] => [o.kind, target, tid]))
  await tx.runMany('INSERT INTO trace_links (kind, target, tid) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', pairs)
}
