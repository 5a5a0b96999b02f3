/** Searches over runs: a page of rows by one statement or a few, and what hangs on them or how they are printed. */
import { findExperiment } from './experiments.ts'
import type { Packed } from './packed.ts'
import { type DocRow, docsOf, type RunForm } from './run-docs.ts'
import { loadFacts } from './run-facts.ts'
import { headOf, type RunRow } from './run-row.ts'
import type { Run, RunSearch } from './runs.ts'
import { parseFilter, parseOrder, runGrammar } from './search.ts'
import { type Selection, selectRuns, writeToken } from './select.ts'
import { wayTo } from './select-way.ts'
import { holes, type Sql, type SqlValue, type Statements } from './sql.ts'

type Placed = Record<string, SqlValue>

const wholeRow = { columns: 'r.*, e.experiment_id, e.location', joins: '', values: [] as SqlValue[] }

export async function searchRuns(sql: Sql, scope: string, o: RunSearch): Promise<{ runs: Run[]; next?: string }> {
  const { rows, next } = await findPage<RunRow & Placed>(sql, scope, { ...o, what: wholeRow })
  const facts = await loadFacts(
    sql,
    rows.map((row) => row.rid),
  )
  const runs = rows.flatMap((row) => {
    const known = facts.get(row.rid)
    return known ? [{ ...headOf(row), ...known }] : []
  })
  return next === undefined ? { runs } : { runs, next }
}

/** The same, printed. */
export async function searchPrinted(
  sql: Sql,
  scope: string,
  o: RunSearch & { form: RunForm; now: number },
): Promise<{ docs: Packed[]; next?: string }> {
  const what = {
    columns: 'r.rid, d.crc, d.size, d.body',
    joins: 'LEFT JOIN run_docs d ON d.rid = r.rid AND d.form = ?',
    values: [o.form.name],
  }
  const { rows, next } = await findPage<DocRow & Placed>(sql, scope, { ...o, what })
  const docs = await docsOf(sql, rows, { form: o.form, now: o.now, load: loadRuns })
  return next === undefined ? { docs } : { docs, next }
}

/** One run, printed. */
export async function getPrinted(
  sql: Sql,
  o: { scope: string; runId: string; form: RunForm; now: number },
): Promise<Packed | undefined> {
  const row = await sql.get<DocRow>(
    `SELECT r.rid, d.crc, d.size, d.body FROM runs r LEFT JOIN run_docs d ON d.rid = r.rid AND d.form = ?
     WHERE r.scope = ? AND r.run_id = ?`,
    [o.form.name, o.scope, o.runId],
  )
  return row && (await docsOf(sql, [row], { form: o.form, now: o.now, load: loadRuns }))[0]
}

async function loadRuns(s: Statements, rids: readonly number[]): Promise<Map<number, Run>> {
  const rows = await s.all<RunRow>(
    `SELECT r.*, e.experiment_id, e.location FROM runs r JOIN experiments e ON e.eid = r.eid
     WHERE r.rid IN (${holes(rids.length)})`,
    rids,
  )
  const facts = await loadFacts(s, rids)
  const runs = new Map<number, Run>()
  for (const row of rows) {
    const known = facts.get(row.rid)
    if (known) runs.set(row.rid, { ...headOf(row), ...known })
  }
  return runs
}

async function findPage<R extends Placed>(
  sql: Sql,
  scope: string,
  o: RunSearch & Pick<Selection, 'what'>,
): Promise<{ rows: R[]; next?: string }> {
  const clauses = parseFilter(o.filter, runGrammar)
  const sorts = parseOrder(o.order ?? [], runGrammar)
  const eids: number[] = []
  for (const id of new Set(o.experimentIds)) {
    const found = await findExperiment(sql, scope, id)
    if (found) eids.push(found.eid)
  }
  if (eids.length === 0) return { rows: [] }
  const max = o.max ?? 1000
  const selection: Selection = {
    ...{ what: o.what, eids, clauses, sorts, view: o.view ?? 'active', max },
    ...(o.token ? { token: o.token } : {}),
  }
  const { statements, places, mark } = selectRuns(selection, await wayTo(sql, selection))
  const rows: R[] = []
  for (const { text, values } of statements) {
    if (rows.length > max) break
    for (const row of await sql.all<R>(text, [...values, max + 1 - rows.length])) rows.push(row)
  }
  const page = rows.slice(0, max)
  const last = page.at(-1)
  if (rows.length <= max || !last) return { rows: page }
  return {
    rows: page,
    next: writeToken(
      mark,
      places.map((place) => last[place] ?? 0),
    ),
  }
}
