/** How much there is in experiments, counted no further than a list needs to know. */
import { holes, type Statements } from './sql.ts'

/** Counts are at most `mostCounted`; `more` says that one of them is. */
export interface ExperimentFacts {
  id: string
  /** That are not deleted. */
  runs: number
  traces: number
  more: boolean
  /** Epoch ms. */
  lastRunAt?: number
}

export const mostCounted = 10_000

/** In the order of the ids; what is not there is left out. At most some hundreds at once. */
export async function factsOfExperiments(
  s: Statements,
  scope: string,
  ids: readonly string[],
): Promise<ExperimentFacts[]> {
  if (ids.length === 0) return []
  const rows = await s.all<{ id: string; runs: number; traces: number; last: number | null }>(
    `SELECT e.experiment_id AS id,
       (SELECT count(*) FROM (SELECT 1 FROM runs r WHERE r.eid = e.eid AND r.lifecycle = 'active' LIMIT ?) a) AS runs,
       (SELECT count(*) FROM (SELECT 1 FROM traces t WHERE t.eid = e.eid LIMIT ?) b) AS traces,
       (SELECT max(r.start_time) FROM runs r WHERE r.eid = e.eid AND r.lifecycle = 'active') AS last
     FROM experiments e WHERE e.scope = ? AND e.experiment_id IN (${holes(ids.length)})`,
    [mostCounted, mostCounted, scope, ...ids],
  )
  const found = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => {
    const row = found.get(id)
    if (!row) return []
    const { runs, traces, last } = row
    const more = runs >= mostCounted || traces >= mostCounted
    return [{ id, runs, traces, more, ...(last === null ? {} : { lastRunAt: last }) }]
  })
}
