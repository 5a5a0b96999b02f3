/** Judges traces by what SQL cannot say: regular expressions, and attributes inside the texts of spans. */
import { like } from './match.ts'
import { type Pattern, readPattern } from './pattern.ts'
import { holes, type Statements } from './sql.ts'
import type { TraceClause } from './trace-filter.ts'
import { infosOf, type TraceInfo } from './trace-infos.ts'
import type { TraceRow } from './trace-rows.ts'

/** Those of some rows that fit, in their order, with what hangs on them. */
export type Judge = (rows: readonly TraceRow[]) => Promise<{ row: TraceRow; info: TraceInfo }[]>

/** The judge of what is left of a filter; undefined when SQL says it all. Raises BadArgument for patterns. */
export async function judgeOf(
  s: Statements,
  eids: readonly number[],
  clauses: readonly TraceClause[],
): Promise<Judge | undefined> {
  const spans = clauses.filter((clause) => clause.entity === 'span')
  const ofSpans = spans.some(
    (clause) => clause.op === 'RLIKE' || clause.key.startsWith('attributes.') || isOfEncoding(clause),
  )
  const heads: ((row: TraceRow, info: TraceInfo) => boolean)[] = []
  for (const clause of clauses)
    if (clause.op === 'RLIKE' && clause.entity !== 'span') heads.push(await headJudge(s, eids, clause))
  if (heads.length === 0 && !ofSpans) return undefined
  const fits = spans.map(spanJudge)
  return async (rows) => {
    const found = ofSpans ? await tracesWithSpan(s, rows, (span) => fits.every((fit) => fit(span))) : undefined
    const left = found ? rows.filter((row) => found.has(row.tid)) : rows
    const infos = await infosOf(s, left)
    return left.flatMap((row, i) => {
      const info = infos[i]
      return info && heads.every((fit) => fit(row, info)) ? [{ row, info }] : []
    })
  }
}

async function headJudge(s: Statements, eids: readonly number[], clause: TraceClause) {
  const { entity, key } = clause
  const pattern = readPattern(String(clause.value))
  if (entity === 'feedback' || entity === 'expectation') {
    const found = await assessed(s, { eids, entity, key, pattern })
    return (row: TraceRow) => found.tids.has(row.tid) || (row.session !== null && found.sessions.has(row.session))
  }
  const saidBy = (info: TraceInfo): string | undefined => {
    if (entity === 'attribute')
      return { request_id: info.traceId, status: info.state, client_request_id: info.clientRequestId }[key]
    const words = entity === 'tag' ? info.tags : info.metadata
    return Object.hasOwn(words, key) ? words[key] : undefined
  }
  return (_: TraceRow, info: TraceInfo) => {
    const value = saidBy(info)
    return value !== undefined && pattern.test(value)
  }
}

async function assessed(
  s: Statements,
  o: { eids: readonly number[]; entity: string; key: string; pattern: Pattern },
): Promise<{ tids: Set<number>; sessions: Set<string> }> {
  const rows = await s.all<{ tid: number; value: string; of_session: number; session: string | null }>(
    `SELECT a.tid, a.value, a.of_session, t.session FROM assessments a JOIN traces t ON t.tid = a.tid
     WHERE a.kind = ? AND a.name = ? AND a.valid = 1 AND t.eid IN (${holes(o.eids.length)})`,
    [o.entity, o.key, ...o.eids],
  )
  const fitting = rows.filter((row) => o.pattern.test(row.value))
  const sessions = fitting.flatMap((row) => (row.of_session === 1 && row.session !== null ? [row.session] : []))
  return { tids: new Set(fitting.map((row) => row.tid)), sessions: new Set(sessions) }
}

interface SpanRow {
  tid: number
  name: string
  type: string | null
  status: string
  content: string
}

async function tracesWithSpan(
  s: Statements,
  rows: readonly TraceRow[],
  fits: (span: SpanRow) => boolean,
): Promise<Set<number>> {
  const found = new Set<number>()
  if (rows.length === 0) return found
  const tids = rows.map((row) => row.tid)
  const text = `SELECT tid, name, type, status, content FROM trace_spans WHERE tid IN (${holes(tids.length)})`
  for (const span of await s.all<SpanRow>(text, tids)) if (!found.has(span.tid) && fits(span)) found.add(span.tid)
  return found
}

function spanJudge(clause: TraceClause): (span: SpanRow) => boolean {
  const { key } = clause
  const fit = textJudge(clause)
  const inside = /^attributes\.(.*)$/s.exec(key)?.[1]
  if (inside !== undefined) {
    const mark = `"key":${JSON.stringify(inside)}`
    return (span) => {
      const value = span.content.includes(mark) ? attributeOf(span.content, inside) : undefined
      return value !== undefined && fit(value)
    }
  }
  return (span) => {
    const value = { name: span.name, type: span.type, status: span.status, content: textOf(span, key) }[key]
    return typeof value === 'string' && fit(value)
  }
}

function textJudge({ op, value }: TraceClause): (text: string) => boolean {
  const list = Array.isArray(value) ? value.map(String) : []
  const said = String(value)
  switch (op) {
    case 'RLIKE': {
      const pattern = readPattern(said)
      return (text) => pattern.test(text)
    }
    case 'LIKE':
      return (text) => like(text, said)
    case 'ILIKE':
      return (text) => like(text.toLowerCase(), said.toLowerCase())
    case 'IN':
      return (text) => list.includes(text)
    case 'NOT IN':
      return (text) => !list.includes(text)
    case '!=':
      return (text) => text !== said
    default:
      return (text) => text === said
  }
}

/** Without the words of its encoding, which every span has. */
function textOf({ content }: SpanRow, key: string): string {
  return key === 'content' ? content.replace(encoding, '') : ''
}

/** Names of fields alone: inside of texts their quotes have a backslash. */
const encoding = /"(?:key|values?|(?:string|int|double|bool|array|kvlist|bytes)_?[vV]alue)":/g

const encodingWords =
  '"key":","value":{"string_value":"int_value":"double_value":"bool_value":"array_value":{"values":[{"kvlist_value":"bytes_value":"'

/** Whether what is looked for in the content could be a part of these words, which SQL does not tell apart. */
function isOfEncoding({ key, value }: TraceClause): boolean {
  const parts = String(value).toLowerCase().split(/[%_]/).filter(Boolean)
  return key === 'content' && parts.some((part) => encodingWords.includes(part))
}

/** An attribute of a span's text: a text as it is, anything else as JSON. */
function attributeOf(content: string, key: string): string | undefined {
  const { attributes = [] } = JSON.parse(content) as { attributes?: { key: string; value: AnyValue }[] } // as it was kept
  const value = attributes.find((each) => each.key === key)?.value
  const plain = value === undefined ? undefined : plainOf(value)
  return plain === undefined || typeof plain === 'string' ? plain : JSON.stringify(plain)
}

/** A value of OpenTelemetry as its JSON spells it. */
export interface AnyValue {
  string_value?: string
  bool_value?: boolean
  int_value?: number | string
  double_value?: number | string
  bytes_value?: string
  array_value?: { values?: AnyValue[] }
  kvlist_value?: { values?: { key: string; value?: AnyValue }[] }
}

/** What a value of OpenTelemetry says. */
export function plainOf(value: AnyValue): unknown {
  if (value.array_value) return (value.array_value.values ?? []).map(plainOf)
  if (value.kvlist_value)
    return Object.fromEntries(
      (value.kvlist_value.values ?? []).map((kv) => [kv.key, kv.value ? plainOf(kv.value) : null]),
    )
  return value.string_value ?? value.bool_value ?? value.int_value ?? value.double_value ?? value.bytes_value ?? null
}
