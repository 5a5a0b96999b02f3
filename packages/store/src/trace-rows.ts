/** Rows of traces and their words: what the files about traces share. */
import { fail } from '@lazurite/spec'
import { internName } from './name-kids.ts'
import { holes, type SqlValue, type Statements, type Tx } from './sql.ts'

export type TraceState = 'STATE_UNSPECIFIED' | 'OK' | 'ERROR' | 'IN_PROGRESS'

export const traceNameTag = 'mlflow.traceName'
export const spansLocationTag = 'mlflow.trace.spansLocation'
export const sessionKey = 'mlflow.trace.session'
export const sourceRunKey = 'mlflow.sourceRun'
export const usageKey = 'mlflow.trace.tokenUsage'
export const artifactTag = 'mlflow.artifactLocation'

/**
 * Where clients are told that the files of a trace are; the proxy knows the folder behind it. `location` is that of an
 * experiment whose files are in a store of the clients' own.
 */
export function traceArtifactUri(experimentId: string, traceId: string, location?: string | null): string {
  return `${location ?? `mlflow-artifacts:/${experimentId}`}/traces/${traceId}/artifacts`
}

export interface TraceRow {
  tid: number
  trace_id: string
  eid: number
  experiment_id: string
  request_time: number
  duration: number | null
  state: TraceState
  name: string | null
  session: string | null
  client_request_id: string | null
  request_preview: string | null
  response_preview: string | null
  finished: number
  made_by: string | null
}

export const selectTraces = 'SELECT t.*, e.experiment_id FROM traces t JOIN experiments e ON e.eid = t.eid'

export function findTrace(s: Statements, scope: string, traceId: string): Promise<TraceRow | undefined> {
  return s.get<TraceRow>(`${selectTraces} WHERE t.scope = ? AND t.trace_id = ?`, [scope, traceId])
}

export async function mustFindTrace(s: Statements, scope: string, traceId: string): Promise<TraceRow> {
  return (await findTrace(s, scope, traceId)) ?? fail('TraceNotFound', { trace: traceId })
}

export interface FreshTrace {
  scope: string
  eid: number
  traceId: string
  experimentId: string
  requestTime: number
  state: TraceState
  madeBy?: string
  location: string | null
}

/** Makes the row of a trace with the tag that says where its files are. */
export async function insertTrace(tx: Tx, trace: FreshTrace): Promise<number> {
  const row = await tx.get<{ tid: number }>(
    `INSERT INTO traces (scope, trace_id, eid, request_time, state, finished, made_by) VALUES (?, ?, ?, ?, ?, 0, ?)
     RETURNING tid`,
    [trace.scope, trace.traceId, trace.eid, trace.requestTime, trace.state, trace.madeBy ?? null],
  )
  const tid = row?.tid ?? fail('TraceNotFound', { trace: trace.traceId })
  const location = traceArtifactUri(trace.experimentId, trace.traceId, trace.location)
  await writeTraceWords(tx, tid, 'tag', { [artifactTag]: location })
  return tid
}

/** Sets tags or metadata, and the columns that repeat some of them. */
export async function writeTraceWords(
  tx: Tx,
  tid: number,
  kind: 'tag' | 'metadata',
  words: Record<string, string>,
): Promise<void> {
  const rows: SqlValue[][] = []
  for (const [key, value] of Object.entries(words)) rows.push([tid, kind, await internName(tx, key), value])
  await tx.runMany(
    `INSERT INTO trace_words (tid, kind, kid, value) VALUES (?, ?, ?, ?)
     ON CONFLICT (tid, kind, kid) DO UPDATE SET value = excluded.value`,
    rows,
  )
  const has = (key: string) => Object.hasOwn(words, key)
  if (kind === 'tag' && has(traceNameTag))
    await tx.run('UPDATE traces SET name = ? WHERE tid = ?', [words[traceNameTag] ?? null, tid])
  if (kind === 'metadata' && has(sessionKey))
    await tx.run('UPDATE traces SET session = ? WHERE tid = ?', [words[sessionKey] ?? null, tid])
  if (kind === 'metadata' && has(usageKey)) await writeUsage(tx, tid, words[usageKey] ?? '')
}

const usageColumns = [
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
]

async function writeUsage(tx: Tx, tid: number, text: string): Promise<void> {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    return // it is kept as the text it is; there is nothing to sum up
  }
  if (typeof said !== 'object' || said === null) return
  const fields = new Map<string, unknown>(Object.entries(said))
  const counts = usageColumns.map((key) => {
    const count = fields.get(key)
    return typeof count === 'number' && Number.isSafeInteger(count) ? count : null
  })
  await tx.run(
    `UPDATE traces SET input_tokens = ?, output_tokens = ?, total_tokens = ?, cache_read_tokens = ?,
       cache_creation_tokens = ? WHERE tid = ?`,
    [...counts, tid],
  )
}

/** Takes traces away with all that hangs on them. */
export async function eraseTraces(tx: Tx, tids: readonly number[]): Promise<void> {
  for (let at = 0; at < tids.length; at += 500) {
    const some = tids.slice(at, at + 500)
    for (const table of ['trace_words', 'trace_spans', 'assessments', 'trace_links', 'traces'])
      await tx.run(`DELETE FROM ${table} WHERE tid IN (${holes(some.length)})`, some)
  }
}
