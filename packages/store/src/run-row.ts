/** A row of runs with what its experiment adds, and the run it tells of. */
import type { Lifecycle } from './experiments.ts'
import type { RunHead, RunStatus } from './runs.ts'
import { artifactUriOf } from './select.ts'

export interface RunRow {
  rid: number
  scope: string
  run_id: string
  eid: number
  experiment_id: string
  location: string | null
  name: string
  user_id: string
  status: RunStatus
  start_time: number
  end_time: number | null
  lifecycle: Lifecycle
  deleted_at: number | null
  is_job: number
  made_by: string | null
}

export function headOf(row: RunRow): RunHead {
  return {
    runId: row.run_id,
    experimentId: row.experiment_id,
    name: row.name,
    user: row.user_id,
    status: row.status,
    // what a job writes is the workspace's, wherever its experiment is
    artifactUri: artifactUriOf(row.experiment_id, row.run_id, row.is_job === 1 ? null : row.location),
    startTime: row.start_time,
    ...(row.end_time === null ? {} : { endTime: row.end_time }),
    lifecycle: row.lifecycle,
    isJob: row.is_job === 1,
    ...(row.made_by === null ? {} : { madeBy: row.made_by }),
  }
}
