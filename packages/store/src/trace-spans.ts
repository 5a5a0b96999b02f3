/**
 * Spans of traces. A span is kept as the JSON text that readers get, with a few columns beside it for searches and sums.
 * What a trace knows of itself (its time, its end, the tokens it used) follows from its spans until its own end is told.
 */
import { fail } from '@lazurite/spec'
import { activeExperiment } from './experiments.ts'
import { holes, type SqlValue, type Statements, type Tx } from './sql.ts'
import {
  findTrace,
  insertTrace,
  sessionKey,
  spansLocationTag,
  type TraceRow,
  traceNameTag,
  usageKey,
  writeTraceWords,
} from './trace-rows.ts'

export type Costs = { input_cost?: number; output_cost?: number; total_cost?: number }

export interface NewSpan {
  traceId: string
  spanId: string
  /** Absent for the root. */
  parentId?: string
  name: string
  type?: string
  status: 'UNSET' | 'OK' | 'ERROR'
  /** Nanoseconds since 1970. */
  startNs: bigint
  endNs?: bigint
  model?: string
  provider?: string
  costs?: Costs
  /** Tokens by MLflow's names. */
  usage?: Record<string, number>
  session?: string
  user?: string
  /** Of a root: what a trace shows of itself. */
  requestPreview?: string
  responsePreview?: string
  /** Tags for the trace: of whom sent it, and of whom wrote the program, which count more. */
  resourceTags?: Record<string, string>
  tags?: Record<string, string>
  /** What readers get: one JSON text. */
  content: string
}

const userKey = 'mlflow.trace.user'
const costKey = 'mlflow.trace.cost'
const usageWords = ['input_tokens', 'output_tokens', 'total_tokens'] as const
const cacheWords = ['cache_read_input_tokens', 'cache_creation_input_tokens'] as const
const costWords = ['input_cost', 'output_cost', 'total_cost'] as const

/** Keeps spans of one or many traces. Raises ExperimentNotFound, ExperimentDeleted for traces it would have to make. */
export async function logSpans(
  tx: Tx,
  o: { scope: string; experimentId: string; spans: readonly NewSpan[]; madeBy?: string },
): Promise<string[]> {
  const byTrace = new Map<string, NewSpan[]>()
  for (const span of o.spans) {
    const known = byTrace.get(span.traceId)
    if (known) known.push(span)
    else byTrace.set(span.traceId, [span])
  }
  for (const [traceId, spans] of byTrace) await keepTrace(tx, { ...o, traceId, spans })
  return [...byTrace.keys()]
}

interface Batch {
  scope: string
  experimentId: string
  madeBy?: string
  traceId: string
  spans: readonly NewSpan[]
}

async function keepTrace(tx: Tx, o: Batch): Promise<void> {
  const first = firstOf(o.spans)
  const known = await findTrace(tx, o.scope, o.traceId)
  const tid = known?.tid ?? (await makeTrace(tx, o, first))
  await tx.runMany(
    `INSERT INTO trace_spans (tid, span_id, parent_id, name, type, status, start_us, latency_ms, model, provider,
       input_cost, output_cost, total_cost, usage, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tid, span_id) DO UPDATE SET parent_id = excluded.parent_id, name = excluded.name, type = excluded.type,
       status = excluded.status, start_us = excluded.start_us, latency_ms = excluded.latency_ms, model = excluded.model,
       provider = excluded.provider, input_cost = excluded.input_cost, output_cost = excluded.output_cost,
       total_cost = excluded.total_cost, usage = excluded.usage, content = excluded.content`,
    o.spans.map((span) => valuesOf(tid, span)),
  )
  const row = known ?? (await findTrace(tx, o.scope, o.traceId))
  if (!row) fail('TraceNotFound', { trace: o.traceId })
  await updateHead(tx, row, o.spans)
  await writeWords(tx, row, o.spans)
}

async function makeTrace(tx: Tx, o: Batch, requestTime: number): Promise<number> {
  const { eid, location } = await activeExperiment(tx, o.scope, o.experimentId)
  return insertTrace(tx, { ...o, eid, location, requestTime, state: 'IN_PROGRESS' })
}

function valuesOf(tid: number, span: NewSpan): SqlValue[] {
  const { costs = {} } = span
  return [
    tid,
    span.spanId,
    span.parentId ?? null,
    span.name,
    span.type ?? null,
    span.status,
    Number(span.startNs / 1000n),
    span.endNs === undefined ? null : millis(span.endNs - span.startNs),
    span.model ?? null,
    span.provider ?? null,
    costs.input_cost ?? null,
    costs.output_cost ?? null,
    costs.total_cost ?? null,
    span.usage ? JSON.stringify(span.usage) : null,
    span.content,
  ]
}

function millis(ns: bigint): number {
  return Number(ns / 1_000_000n)
}

function firstOf(spans: readonly NewSpan[]): number {
  return spans.reduce((first, span) => Math.min(first, millis(span.startNs)), Number.MAX_SAFE_INTEGER)
}

/** Time and state, as long as the trace's own end has not been told; previews that nobody gave yet. */
async function updateHead(tx: Tx, row: TraceRow, spans: readonly NewSpan[]): Promise<void> {
  const root = spans.find((span) => span.parentId === undefined)
  let [requestTime, duration] = [row.request_time, row.duration]
  if (row.finished === 0) {
    const oldEnd = duration === null ? undefined : requestTime + duration
    requestTime = Math.min(requestTime, firstOf(spans))
    const end = spans.reduce((last, { endNs }) => Math.max(last, endNs === undefined ? 0 : millis(endNs)), oldEnd ?? 0)
    duration = end === 0 ? null : end - requestTime
  }
  const open = row.state === 'IN_PROGRESS' || row.state === 'STATE_UNSPECIFIED'
  const state = open && root ? (root.status === 'ERROR' ? 'ERROR' : 'OK') : row.state
  await tx.run(
    `UPDATE traces SET request_time = ?, duration = ?, state = ?, request_preview = coalesce(request_preview, ?),
       response_preview = coalesce(response_preview, ?) WHERE tid = ?`,
    [requestTime, duration, state, root?.requestPreview ?? null, root?.responsePreview ?? null, row.tid],
  )
}

async function writeWords(tx: Tx, row: TraceRow, spans: readonly NewSpan[]): Promise<void> {
  const root = spans.find((span) => span.parentId === undefined)
  const named = root && row.name === null ? { [traceNameTag]: root.name } : {}
  const resource = spans.find((span) => span.resourceTags)?.resourceTags
  const location = { [spansLocationTag]: 'TRACKING_STORE' }
  await writeTraceWords(tx, row.tid, 'tag', { ...resource, ...named, ...root?.tags, ...location })
  const metadata: Record<string, string> = {}
  const session = spans.find((span) => span.session !== undefined)?.session
  if (session !== undefined && row.session === null) metadata[sessionKey] = session
  const user = spans.find((span) => span.user !== undefined)?.user
  if (user !== undefined && !(await hasMetadata(tx, row.tid, userKey))) metadata[userKey] = user
  Object.assign(metadata, await sumsOf(tx, row, spans))
  await writeTraceWords(tx, row.tid, 'metadata', metadata)
}

/** Tokens and costs of the whole trace; what its own end said of them stands. */
async function sumsOf(tx: Tx, row: TraceRow, spans: readonly NewSpan[]): Promise<Record<string, string>> {
  const settled = async (key: string) => row.finished === 1 && (await hasMetadata(tx, row.tid, key))
  const used = spans.some((span) => span.usage) && !(await settled(usageKey))
  const paid = spans.some((span) => span.costs) && !(await settled(costKey))
  if (!used && !paid) return {}
  const stored = await tx.all<StoredSums>(
    'SELECT span_id, parent_id, usage, input_cost, output_cost, total_cost FROM trace_spans WHERE tid = ?',
    [row.tid],
  )
  const words: Record<string, string> = {}
  if (used) {
    const nodes = stored.map((s) => ({ id: s.span_id, parent: s.parent_id, data: readUsage(s.usage) }))
    const sum = sumOver(nodes, [...usageWords, ...cacheWords])
    for (const key of usageWords) sum[key] ??= 0
    words[usageKey] = printed(sum, [...usageWords, ...cacheWords])
  }
  if (paid) {
    const nodes = stored.map((s) => ({ id: s.span_id, parent: s.parent_id, data: readCosts(s) }))
    const sum = sumOver(nodes, costWords)
    for (const key of costWords) sum[key] ??= 0
    words[costKey] = printed(sum, costWords)
  }
  return words
}

interface StoredSums {
  span_id: string
  parent_id: string | null
  usage: string | null
  input_cost: number | null
  output_cost: number | null
  total_cost: number | null
}

function readUsage(text: string | null): Record<string, number> | undefined {
  return text === null ? undefined : (JSON.parse(text) as Record<string, number>) // written above from this shape
}

function readCosts(s: StoredSums): Record<string, number> | undefined {
  const found = costWords.flatMap((key): [string, number][] => (s[key] === null ? [] : [[key, s[key]]]))
  return found.length === 0 ? undefined : Object.fromEntries(found)
}

interface Node {
  id: string
  parent: string | null
  data: Record<string, number> | undefined
}

/** Sums over a tree; what lies below a span that has data is in that span's already. */
function sumOver(nodes: readonly Node[], keys: readonly string[]): Record<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const covered = new Map<string, boolean>()
  const isCovered = (node: Node): boolean => {
    const path: Node[] = []
    let at: Node | undefined = node
    let answer = false
    while (at !== undefined) {
      const known = covered.get(at.id)
      if (known !== undefined) {
        answer = known
        break
      }
      path.push(at)
      covered.set(at.id, false) // ends a ring of parents, which a hostile sender can make
      const above: Node | undefined = at.parent === null ? undefined : byId.get(at.parent)
      if (above?.data) {
        answer = true
        break
      }
      at = above
    }
    for (const each of path) covered.set(each.id, answer)
    return answer
  }
  const sum: Record<string, number> = {}
  for (const node of nodes) {
    if (!node.data || isCovered(node)) continue
    for (const key of keys) if (node.data[key] !== undefined) sum[key] = (sum[key] ?? 0) + (node.data[key] ?? 0)
  }
  return sum
}

/** As Python prints it: clients compare the text. */
function printed(sum: Record<string, number>, keys: readonly string[]): string {
  const known = keys.filter((key) => sum[key] !== undefined)
  return `{${known.map((key) => `"${key}": ${JSON.stringify(sum[key])}`).join(', ')}}`
}

async function hasMetadata(tx: Tx, tid: number, key: string): Promise<boolean> {
  const text = `SELECT 1 AS found FROM trace_words WHERE tid = ? AND kind = 'metadata'
    AND kid = (SELECT kid FROM names WHERE name = ?)`
  return (await tx.get(text, [tid, key])) !== undefined
}

/** The texts of the spans of traces: the root first, then by time. */
export async function readSpans(
  s: Statements,
  scope: string,
  traceIds: readonly string[],
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  const ids = [...new Set(traceIds)]
  for (let at = 0; at < ids.length; at += 100) {
    const some = ids.slice(at, at + 100)
    const rows = await s.all<ReadRow>(
      `SELECT t.trace_id, x.content, x.parent_id, x.start_us FROM traces t JOIN trace_spans x ON x.tid = t.tid
       WHERE t.scope = ? AND t.trace_id IN (${holes(some.length)}) ORDER BY t.tid, x.xid`,
      [scope, ...some],
    )
    const byTrace = new Map<string, ReadRow[]>()
    for (const row of rows) {
      const spans = byTrace.get(row.trace_id)
      if (spans) spans.push(row)
      else byTrace.set(row.trace_id, [row])
    }
    for (const [id, spans] of byTrace)
      found.set(
        id,
        spans.sort(inOrder).map((row) => row.content),
      )
  }
  return found
}

interface ReadRow {
  trace_id: string
  content: string
  parent_id: string | null
  start_us: number
}

function inOrder(a: ReadRow, b: ReadRow): number {
  return (
    Number(a.parent_id !== null) - Number(b.parent_id !== null) ||
    a.start_us - b.start_us ||
    belowMicro(a) - belowMicro(b)
  )
}

/** The nanoseconds that the column has no room for. */
function belowMicro({ content }: ReadRow): number {
  return Number(/"start_time_unix_nano":\d*?(\d{1,3})\b/.exec(content)?.[1] ?? 0)
}
