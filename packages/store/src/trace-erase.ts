/** Taking away traces without end: whole ones, so many spans in a transaction that others get their turn between two. */
import type { Sql, SqlValue } from './sql.ts'
import { eraseTraces } from './trace-rows.ts'

const tracesAtOnce = 500
const spansAtOnce = 10_000

/** All traces of some experiments, told by a statement that finds their numbers. A trace with more spans goes in slices. */
export async function drainTraces(
  sql: Sql,
  experiments: { which: string; values: readonly SqlValue[] },
  most: number = spansAtOnce,
): Promise<void> {
  for (let left = true; left; )
    left = await sql.transaction(async (tx) => {
      const rows = await tx.all<{ tid: number; n: number }>(
        `SELECT t.tid, (SELECT count(*) FROM trace_spans x WHERE x.tid = t.tid) AS n
         FROM (SELECT tid FROM traces WHERE eid IN (${experiments.which}) LIMIT ?) t`,
        [...experiments.values, tracesAtOnce],
      )
      const [first] = rows
      if (first === undefined) return false
      if (first.n > most) {
        const some = 'SELECT xid FROM trace_spans WHERE tid = ? LIMIT ?'
        await tx.run(`DELETE FROM trace_spans WHERE xid IN (${some})`, [first.tid, most])
        return true
      }
      let spans = 0
      const whole: number[] = []
      for (const { tid, n } of rows) {
        spans += n
        if (spans > most) break
        whole.push(tid)
      }
      await eraseTraces(tx, whole)
      return true
    })
}
