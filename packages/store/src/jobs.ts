// Jobs as people look for them, over the rows and what their runs recorded.
import { type FactNames, factsOfJobs, type JobFacts, type NameCount, namesOfJobs } from './job-facts.ts'
import { countJobs, type JobSearch, searchJobs } from './job-search.ts'
import type { Row } from './row.ts'
import type { Sql } from './sql.ts'

export interface Jobs {
  /** One page. Raises BadArgument for a token of another search and for keys that cannot be looked for. */
  search(o: JobSearch): Promise<{ rows: Row[]; next?: string }>
  /** What jobs recorded of the metrics, parameters and tags that are named; jobs without any are left out. */
  facts(scope: string, jobs: readonly string[], names: FactNames): Promise<Map<string, JobFacts>>
  /** Which metrics, parameters and tags the first 400 of these jobs have, the most frequent first. */
  names(
    scope: string,
    jobs: readonly string[],
    most: number,
  ): Promise<{ metrics: NameCount[]; params: NameCount[]; tags: NameCount[] }>
  /** How many there are, by state. */
  count(o: Omit<JobSearch, 'sorts' | 'top' | 'after'>): Promise<Record<string, number>>
}

/** Opens the drawer. */
export function openJobs(sql: Sql): Jobs {
  return {
    search: (o) => searchJobs(sql, o),
    facts: (scope, jobs, names) => factsOfJobs(sql, scope, jobs, names),
    names: (scope, jobs, most) => namesOfJobs(sql, scope, jobs, most),
    count: (o) => countJobs(sql, o),
  }
}
