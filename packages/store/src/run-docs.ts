/**
 * Runs as a face prints them, kept packed beside the runs that are not being written to any more, so that a page of a
 * search is read and sent as it lies there. A doc is made when a run is first asked for and thrown away by every write
 * to the run; it carries the name of its form, so that another way of printing makes it anew.
 */
import { isLazError } from '@lazurite/spec'
import { type Packed, pack } from './packed.ts'
import type { Run, RunStatus } from './runs.ts'
import { holes, type Sql, type Statements, type Tx } from './sql.ts'

/** A way to print runs; the name changes with what is printed. */
export interface RunForm {
  name: string
  print(run: Run): string
}

const dayMs = 86_400_000
const batch = 256

/** Whether the doc of a run is worth keeping: it ended, or began so long ago that nobody writes to it. */
function isQuiet(run: { status: RunStatus; startTime: number }, now: number): boolean {
  return !(run.status === 'RUNNING' || run.status === 'SCHEDULED') || run.startTime < now - dayMs
}

/** Called by every write to a run. */
export function dropDoc(tx: Tx, rid: number): void {
  tx.later('DELETE FROM run_docs WHERE rid = ?', [rid])
}

export interface DocRow {
  rid: number
  crc: number | null
  size: number | null
  body: Uint8Array | null
}

/** The docs of rows in their order; what is missing is printed now, and kept where that is worth it. */
export async function docsOf(sql: Sql, rows: readonly DocRow[], o: DocSource): Promise<Packed[]> {
  const known = new Map<number, Packed>()
  const missing: number[] = []
  for (const { rid, crc, size, body } of rows) {
    if (crc !== null && size !== null && body !== null) known.set(rid, { crc, size, body })
    else missing.push(rid)
  }
  for (let at = 0; at < missing.length; at += batch) {
    const made = await printSome(sql, missing.slice(at, at + batch), o)
    for (const [rid, doc] of made) known.set(rid, doc)
  }
  return rows.flatMap(({ rid }) => known.get(rid) ?? [])
}

export interface DocSource {
  form: RunForm
  now: number
  /** Loads runs by their numbers. */
  load(s: Statements, rids: readonly number[]): Promise<Map<number, Run>>
}

/** Read and kept in one transaction, so that no write comes in between. A full disk keeps nobody from reading. */
async function printSome(sql: Sql, rids: readonly number[], o: DocSource): Promise<Map<number, Packed>> {
  try {
    return await sql.transaction(async (tx) => {
      const { made, kept } = await printAll(tx, rids, o)
      if (kept.length > 0) {
        const rid = kept.map(([one]) => one as number) // the first of each list
        await tx.run(`DELETE FROM run_docs WHERE rid IN (${holes(rid.length)})`, rid)
        await tx.runMany('INSERT INTO run_docs (rid, form, crc, size, body) VALUES (?, ?, ?, ?, ?)', kept)
      }
      return made
    })
  } catch (error) {
    if (!isLazError(error) || error.code !== 'InsufficientStorage') throw error
    return (await printAll(sql, rids, o)).made
  }
}

async function printAll(s: Statements, rids: readonly number[], o: DocSource) {
  const made = new Map<number, Packed>()
  const kept: (string | number | Uint8Array)[][] = []
  for (const [rid, run] of await o.load(s, rids)) {
    const doc = pack(o.form.print(run))
    made.set(rid, doc)
    if (isQuiet(run, o.now)) kept.push([rid, o.form.name, doc.crc, doc.size, doc.body])
  }
  return { made, kept }
}
