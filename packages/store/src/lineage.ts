// Which work read or wrote which version of an asset. A use is written in the transaction of the step it belongs to, and
// kept when either side is deleted: history is not rewritten. Writing the same use again changes nothing.
import { isoNow } from '@lazurite/spec'
import type { Words } from './migrations.ts'
import type { Key } from './row.ts'
import { holes, type Sql, type Tx } from './sql.ts'

/** One use of a version of an asset. */
export interface Use {
  /** The version: scope, kind, name and version. */
  asset: Required<Key>
  /** The job, in its workspace. */
  job: { scope: string; name: string }
  direction: 'read' | 'written'
  /** The name of the input or output; `environment`, `code` and `component` for what a job runs with. */
  as: string
}

export interface UseNote extends Use {
  /** ISO 8601. */
  at: string
}

export interface Lineage {
  /** Uses of one version, the latest first. */
  ofAsset(key: Required<Key>, top?: number): Promise<UseNote[]>
  /** What a job read and wrote, in the order it did. */
  ofJob(scope: string, job: string): Promise<UseNote[]>
  /** By name: how many jobs read and wrote any version of an asset, and when one last did. */
  countUses(scope: string, kind: string, names: readonly string[]): Promise<Map<string, UseCount>>
  /** Forgets a scope that is gone, both as a home of assets and of jobs. */
  forget(scope: string): Promise<void>
}

export interface UseCount {
  read: number
  written: number
  /** Epoch milliseconds. */
  lastAt: number
}

/** The step of the migrations that makes the table. */
export const lineageStep = {
  name: 'lineage',
  up: (w: Words): string[] => [
    `CREATE TABLE lineage (
      id ${w.serial}, scope TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
      job_scope TEXT NOT NULL, job TEXT NOT NULL, direction TEXT NOT NULL, port TEXT NOT NULL, at ${w.integer} NOT NULL,
      UNIQUE (scope, kind, name, version, job_scope, job, direction, port))`,
    'CREATE INDEX lineage_by_job ON lineage (job_scope, job, id)',
  ],
}

interface UseRow {
  scope: string
  kind: string
  name: string
  version: string
  job_scope: string
  job: string
  direction: string
  port: string
  at: number
}

const insertText = `INSERT INTO lineage (scope, kind, name, version, job_scope, job, direction, port, at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
const assetText =
  'SELECT * FROM lineage WHERE scope = ? AND kind = ? AND name = ? AND version = ? ORDER BY id DESC LIMIT ?'
const jobText = 'SELECT * FROM lineage WHERE job_scope = ? AND job = ? ORDER BY id'

const mostUses = 1000

/** Opens the drawer. */
export function openLineage(sql: Sql): Lineage {
  return {
    async ofAsset({ scope, kind, name, version }, top = mostUses) {
      return (await sql.all<UseRow>(assetText, [scope, kind, name, version, top])).map(noteOf)
    },
    async ofJob(scope, job) {
      return (await sql.all<UseRow>(jobText, [scope, job])).map(noteOf)
    },
    async countUses(scope, kind, names) {
      const found = new Map<string, UseCount>()
      for (let at = 0; at < names.length; at += 400) {
        const some = names.slice(at, at + 400)
        const rows = await sql.all<{ name: string; read: number; written: number; last: number }>(
          `SELECT name, count(DISTINCT CASE WHEN direction = 'read' THEN job_scope || '/' || job END) AS read,
           count(DISTINCT CASE WHEN direction = 'written' THEN job_scope || '/' || job END) AS written, max(at) AS last
           FROM lineage WHERE scope = ? AND kind = ? AND name IN (${holes(some.length)}) GROUP BY name`,
          [scope, kind, ...some],
        )
        for (const { name, read, written, last } of rows) found.set(name, { read, written, lastAt: last })
      }
      return found
    },
    async forget(scope) {
      await sql.run('DELETE FROM lineage WHERE scope = ? OR job_scope = ?', [scope, scope])
    },
  }
}

/** Writes uses inside somebody's transaction. */
export async function noteUses(tx: Tx, now: number, uses: readonly Use[]): Promise<void> {
  if (uses.length === 0) return
  await tx.runMany(
    insertText,
    uses.map(({ asset, job, direction, as }) => [
      ...[asset.scope, asset.kind, asset.name, asset.version],
      ...[job.scope, job.name, direction, as, now],
    ]),
  )
}

function noteOf(row: UseRow): UseNote {
  const { scope, kind, name, version } = row
  return {
    asset: { scope, kind, name, version },
    job: { scope: row.job_scope, name: row.job },
    direction: row.direction === 'written' ? 'written' : 'read',
    as: row.port,
    at: isoNow(row.at),
  }
}
