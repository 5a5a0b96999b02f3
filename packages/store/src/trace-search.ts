/** Searches over traces: pages of them, and how often two conditions hold together. */
import { setImmediate as breathe } from 'node:timers/promises'
import { writeToken } from './select.ts'
import { holes, type Sql, type SqlValue } from './sql.ts'
import { parseTraceFilter, parseTraceOrder } from './trace-filter.ts'
import { infosOf, type TraceInfo } from './trace-infos.ts'
import { judgeOf } from './trace-judge.ts'
import type { TraceRow } from './trace-rows.ts'
import { conditionOf, selectTraceRows } from './trace-select.ts'

export interface TraceSearch {
  experimentIds: readonly string[]
  filter?: string
  order?: readonly string[]
  max?: number
  token?: string
}

/** Two filters, and one that both stand on. */
export interface Correlation {
  first: string
  second: string
  base?: string
}

export interface CorrelationCounts {
  first: number
  second: number
  both: number
  all: number
}

type PlacedRow = TraceRow & Record<string, SqlValue>

const judgedAtOnce = 500
const idsAtOnce = 500

export async function searchTraces(
  sql: Sql,
  scope: string,
  o: TraceSearch,
): Promise<{ traces: TraceInfo[]; next?: string }> {
  const clauses = parseTraceFilter(o.filter)
  const sorts = parseTraceOrder(o.order ?? [])
  const eids = await eidsOf(sql, scope, o.experimentIds)
  if (eids.length === 0) return { traces: [] }
  const wanted = o.max ?? 100
  const judge = await judgeOf(sql, eids, clauses)
  const size = judge ? judgedAtOnce : wanted + 1
  const traces: TraceInfo[] = []
  const places: string[] = []
  for (let token = o.token; ; ) {
    const statement = selectTraceRows({ eids, clauses, sorts, max: size, ...(token ? { token } : {}) })
    const rows = await sql.all<PlacedRow>(statement.text, statement.values)
    const place = (row: PlacedRow) => writeToken(statement.mark, statement.places.map((name) => row[name] ?? 0)) // biome-ignore format: one thought
    for (const { row, info } of judge ? await judge(rows) : await plain(sql, rows)) {
      if (traces.length === wanted) return withNext(traces, places.at(-1))
      traces.push(info)
      places.push(place(row as PlacedRow)) // one of the rows above
    }
    const last = rows.at(-1)
    if (!last || rows.length < size) return { traces }
    token = place(last)
    await breathe() // a filter that little fits reads on for long; others want their turn
  }
}

async function plain(sql: Sql, rows: readonly TraceRow[]): Promise<{ row: TraceRow; info: TraceInfo }[]> {
  const infos = await infosOf(sql, rows)
  return rows.flatMap((row, i) => (infos[i] ? [{ row, info: infos[i] }] : []))
}

function withNext(traces: TraceInfo[], next: string | undefined): { traces: TraceInfo[]; next?: string } {
  return next === undefined ? { traces } : { traces, next }
}

/** Experiments that are not there have no traces. */
export async function eidsOf(sql: Sql, scope: string, ids: readonly string[]): Promise<number[]> {
  const all = [...new Set(ids)]
  const eids: number[] = []
  for (let at = 0; at < all.length; at += idsAtOnce) {
    const some = all.slice(at, at + idsAtOnce)
    const text = `SELECT eid FROM experiments WHERE scope = ? AND experiment_id IN (${holes(some.length)})`
    for (const { eid } of await sql.all<{ eid: number }>(text, [scope, ...some])) eids.push(eid)
  }
  return eids
}

/** Counts traces by two filters. Raises BadArgument. */
export async function correlate(
  sql: Sql,
  scope: string,
  o: { experimentIds: readonly string[] } & Correlation,
): Promise<CorrelationCounts> {
  const eids = await eidsOf(sql, scope, o.experimentIds)
  const both = (filter: string) => (o.base ? `${o.base} AND ${filter}` : filter)
  const first = await fitting(sql, eids, both(o.first))
  const second = await fitting(sql, eids, both(o.second))
  const all = await fitting(sql, eids, o.base)
  let shared = 0
  for (const tid of first) if (second.has(tid)) shared += 1
  return { first: first.size, second: second.size, both: shared, all: all.size }
}

async function fitting(sql: Sql, eids: readonly number[], filter: string | undefined): Promise<Set<number>> {
  const clauses = parseTraceFilter(filter)
  const found = new Set<number>()
  if (eids.length === 0) return found
  const judge = await judgeOf(sql, eids, clauses)
  const [where, values] = conditionOf(eids, clauses)
  const size = judge ? judgedAtOnce : 20_000
  for (let after = 0; ; ) {
    const rows = await sql.all<TraceRow>(
      `SELECT ${judge ? 't.*, e.experiment_id' : 't.tid'} FROM traces t JOIN experiments e ON e.eid = t.eid
       WHERE ${where} AND t.tid > ? ORDER BY t.tid LIMIT ?`,
      [...values, after, size],
    )
    for (const row of judge ? (await judge(rows)).map((each) => each.row) : rows) found.add(row.tid)
    const last = rows.at(-1)
    if (!last || rows.length < size) return found
    after = last.tid
    await breathe()
  }
}
