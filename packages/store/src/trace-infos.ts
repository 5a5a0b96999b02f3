/** Traces with what hangs on them, loaded for many at once. */
import { setKey } from '@lazurite/spec'
import { type Assessment, loadAssessments } from './assessments.ts'
import { holes, type Statements } from './sql.ts'
import { selectTraces, type TraceRow, type TraceState } from './trace-rows.ts'

export interface TraceInfo {
  traceId: string
  experimentId: string
  /** Epoch ms. */
  requestTime: number
  durationMs?: number
  state: TraceState
  clientRequestId?: string
  requestPreview?: string
  responsePreview?: string
  tags: Record<string, string>
  metadata: Record<string, string>
  assessments: Assessment[]
  /** The job whose token made it. */
  madeBy?: string
}

export async function getTraces(s: Statements, scope: string, traceIds: readonly string[]): Promise<TraceInfo[]> {
  const found = new Map<string, TraceInfo>()
  const ids = [...new Set(traceIds)]
  for (let at = 0; at < ids.length; at += batch) {
    const some = ids.slice(at, at + batch)
    const text = `${selectTraces} WHERE t.scope = ? AND t.trace_id IN (${holes(some.length)})`
    for (const info of await infosOf(s, await s.all<TraceRow>(text, [scope, ...some]))) found.set(info.traceId, info)
  }
  return ids.flatMap((id) => found.get(id) ?? [])
}

const batch = 500

/** Rows of traces with what hangs on them, in their order. At most 1000 at once. */
export async function infosOf(s: Statements, rows: readonly TraceRow[]): Promise<TraceInfo[]> {
  const made = new Map(rows.map((row) => [row.tid, infoOf(row)]))
  const tids = [...made.keys()]
  if (tids.length === 0) return []
  const words = await s.all<{ tid: number; kind: string; name: string; value: string }>(
    `SELECT w.tid, w.kind, n.name, w.value FROM trace_words w JOIN names n ON n.kid = w.kid
     WHERE w.tid IN (${holes(tids.length)}) ORDER BY n.name`,
    tids,
  )
  for (const { tid, kind, name, value } of words) {
    const info = made.get(tid)
    if (info) setKey(kind === 'tag' ? info.tags : info.metadata, name, value)
  }
  for (const [tid, assessment] of await loadAssessments(s, tids)) made.get(tid)?.assessments.push(assessment)
  return [...made.values()]
}

function infoOf(row: TraceRow): TraceInfo {
  return {
    traceId: row.trace_id,
    experimentId: row.experiment_id,
    requestTime: row.request_time,
    ...(row.duration === null ? {} : { durationMs: row.duration }),
    state: row.state,
    ...(row.client_request_id === null ? {} : { clientRequestId: row.client_request_id }),
    ...(row.request_preview === null ? {} : { requestPreview: row.request_preview }),
    ...(row.response_preview === null ? {} : { responsePreview: row.response_preview }),
    tags: {},
    metadata: {},
    assessments: [],
    ...(row.made_by === null ? {} : { madeBy: row.made_by }),
  }
}
