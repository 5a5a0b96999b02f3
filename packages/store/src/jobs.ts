// Jobs as people look for them, over the rows and what their runs recorded.
import { type JobSearch, latestOfJobs, searchJobs } from './job-search.ts'
import type { Row } from './row.ts'
import type { Sql } from './sql.ts'

export interface Jobs {
  /** One page. Raises BadArgument for a token of another search and for keys that cannot be looked for. */
  search(o: JobSearch): Promise<{ rows: Row[]; next?: string }>
  /** Latest values of metrics: job → metric → value. What a job did not log is left out; NaN is NaN. */
  latest(
    scope: string,
    jobs: readonly string[],
    metrics: readonly string[],
  ): Promise<Map<string, Record<string, number>>>
}

/** Opens the drawer. */
export function openJobs(sql: Sql): Jobs {
  return {
    search: (o) => searchJobs(sql, o),
    latest: (scope, jobs, metrics) => latestOfJobs(sql, scope, jobs, metrics),
  }
}
