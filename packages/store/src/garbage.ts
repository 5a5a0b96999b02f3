// What MLflow's clients deleted and what is still there: found by when it was deleted, a page at a time, for those who
// take it away for good.
import type { Words } from './migrations.ts'
import { holes, type Sql, type SqlValue } from './sql.ts'

export interface DeletedRun {
  runId: string
  experimentId: string
  isJob: boolean
  /** Goes into `after` for what follows. */
  mark: number
}

export interface DeletedModel {
  modelId: string
  /** Inside the artifact container. */
  folder: string
  mark: number
}

export interface GarbageQuery {
  /** Deleted at this time (epoch ms) or before. */
  until: number
  max: number
  after?: number
}

export interface Garbage {
  /** In order of their making. `runIds` and `experimentIds` narrow it; all when both are left out. */
  runs(
    scope: string,
    o: GarbageQuery & { runIds?: readonly string[]; experimentIds?: readonly string[] },
  ): Promise<DeletedRun[]>
  /** Logged models that were deleted by themselves. */
  models(scope: string, o: GarbageQuery): Promise<DeletedModel[]>
  /** Deleted experiments, with how many runs they still hold; never the Default one. */
  experiments(scope: string, until: number): Promise<{ id: string; name: string; runs: number }[]>
  /** Rows alone. */
  eraseModels(scope: string, modelIds: readonly string[]): Promise<void>
}

/** The step of the migrations: when a run was deleted; absent for those that were before. */
export const garbageStep = {
  name: 'when runs were deleted',
  up: (w: Words): string[] => [
    `ALTER TABLE runs ADD COLUMN deleted_at ${w.integer}`,
    `CREATE INDEX runs_deleted ON runs (scope, rid) WHERE lifecycle = 'deleted'`,
  ],
}

const batch = 400

/** Opens the drawer. */
export function openGarbage(sql: Sql): Garbage {
  return {
    async runs(scope, { until, max, after = 0, runIds, experimentIds }) {
      const more: string[] = []
      const values: SqlValue[] = [scope, after, until]
      for (const [column, ids] of [
        ['r.run_id', runIds],
        ['e.experiment_id', experimentIds],
      ] as const) {
        if (ids === undefined) continue
        more.push(`${column} IN (${holes(ids.length)})`)
        values.push(...ids)
      }
      const narrowed = more.length === 0 ? '' : ` AND (${more.join(' OR ')})`
      const rows = await sql.all<{ rid: number; run_id: string; experiment_id: string; is_job: number }>(
        `SELECT r.rid, r.run_id, r.is_job, e.experiment_id FROM runs r JOIN experiments e ON e.eid = r.eid
         WHERE r.scope = ? AND r.lifecycle = 'deleted' AND r.rid > ? AND coalesce(r.deleted_at, 0) <= ?${narrowed}
         ORDER BY r.rid LIMIT ?`,
        [...values, max],
      )
      return rows.map((row) => ({
        runId: row.run_id,
        experimentId: row.experiment_id,
        isJob: row.is_job === 1,
        mark: row.rid,
      }))
    },
    async models(scope, { until, max, after = 0 }) {
      const rows = await sql.all<{ mid: number; model_id: string; folder: string }>(
        `SELECT mid, model_id, folder FROM logged_models
         WHERE scope = ? AND lifecycle = 'deleted' AND mid > ? AND updated_at <= ? ORDER BY mid LIMIT ?`,
        [scope, after, until, max],
      )
      return rows.map(({ mid, model_id: modelId, folder }) => ({ modelId, folder, mark: mid }))
    },
    async experiments(scope, until) {
      const rows = await sql.all<{ experiment_id: string; name: string; n: number }>(
        `SELECT e.experiment_id, e.name, (SELECT count(*) FROM runs r WHERE r.eid = e.eid) AS n FROM experiments e
         WHERE e.scope = ? AND e.lifecycle = 'deleted' AND e.updated_at <= ? AND e.experiment_id <> '0' ORDER BY e.eid`,
        [scope, until],
      )
      return rows.map(({ experiment_id: id, name, n }) => ({ id, name, runs: n }))
    },
    async eraseModels(scope, modelIds) {
      for (let at = 0; at < modelIds.length; at += batch) {
        const some = modelIds.slice(at, at + batch)
        const these = `SELECT mid FROM logged_models WHERE scope = ? AND model_id IN (${holes(some.length)})`
        await sql.transaction(async (tx) => {
          await tx.run(`DELETE FROM model_metrics WHERE mid IN (${these})`, [scope, ...some])
          await tx.run(`DELETE FROM logged_models WHERE scope = ? AND model_id IN (${holes(some.length)})`, [
            scope,
            ...some,
          ])
        })
      }
    },
  }
}
