// What jobs recorded, for tables of jobs: some metrics, parameters and tags of some jobs, and which there are.
import { setKey } from '@lazurite/spec'
import { holes, type Sql } from './sql.ts'

export interface MetricExtent {
  last: number
  /** Absent while nothing finite was logged. */
  min?: number
  max?: number
}

export interface JobFacts {
  metrics: Record<string, MetricExtent>
  params: Record<string, string>
  tags: Record<string, string>
}

/** Names of what is wanted. */
export interface FactNames {
  metrics: readonly string[]
  params: readonly string[]
  tags: readonly string[]
}

const batch = 400
/** Longer values are for the page of the job. */
const mostText = 300

/** Job → what it recorded of that; a job without a run is left out. */
export async function factsOfJobs(
  sql: Sql,
  scope: string,
  jobs: readonly string[],
  names: FactNames,
): Promise<Map<string, JobFacts>> {
  const found = new Map<string, JobFacts>()
  const of = (job: string): JobFacts => {
    const known = found.get(job) ?? { metrics: {}, params: {}, tags: {} }
    found.set(job, known)
    return known
  }
  for (let at = 0; at < jobs.length; at += batch) {
    const some = jobs.slice(at, at + batch)
    for (const { job, metric, value, nan, min, max } of await metricsOf(sql, scope, some, names.metrics)) {
      const ends = min === null || max === null ? {} : { min, max }
      setKey(of(job).metrics, metric, { last: nan ? Number.NaN : value, ...ends })
    }
    for (const kind of ['params', 'tags'] as const)
      for (const { job, name, value } of await textsOf(sql, scope, { jobs: some, kind, names: names[kind] }))
        setKey(of(job)[kind], name, value)
  }
  return found
}

interface MetricRow {
  job: string
  metric: string
  value: number
  nan: number
  min: number | null
  max: number | null
}

async function metricsOf(sql: Sql, scope: string, jobs: readonly string[], names: readonly string[]) {
  if (names.length === 0 || jobs.length === 0) return []
  return sql.all<MetricRow>(
    `SELECT r.run_id AS job, n.name AS metric, s.value, s.nan, s.min, s.max FROM runs r JOIN series s ON s.rid = r.rid
     JOIN names n ON n.kid = s.kid WHERE r.scope = ? AND r.run_id IN (${holes(jobs.length)})
     AND n.name IN (${holes(names.length)})`,
    [scope, ...jobs, ...names],
  )
}

interface Texts {
  jobs: readonly string[]
  kind: 'params' | 'tags'
  names: readonly string[]
}

async function textsOf(sql: Sql, scope: string, { jobs, kind, names }: Texts) {
  if (names.length === 0 || jobs.length === 0) return []
  return sql.all<{ job: string; name: string; value: string }>(
    `SELECT r.run_id AS job, n.name, substr(f.value, 1, ${mostText}) AS value FROM runs r
     JOIN run_${kind} f ON f.rid = r.rid JOIN names n ON n.kid = f.kid
     WHERE r.scope = ? AND r.run_id IN (${holes(jobs.length)}) AND n.name IN (${holes(names.length)})`,
    [scope, ...jobs, ...names],
  )
}

export interface NameCount {
  name: string
  /** Jobs that have it. */
  jobs: number
}

/** What these jobs recorded, by name: the most frequent first. */
export async function namesOfJobs(
  sql: Sql,
  scope: string,
  jobs: readonly string[],
  most: number,
): Promise<{ metrics: NameCount[]; params: NameCount[]; tags: NameCount[] }> {
  const some = jobs.slice(0, batch)
  const of = (table: string) =>
    some.length === 0
      ? []
      : sql.all<NameCount>(
          `SELECT n.name, count(*) AS jobs FROM runs r JOIN ${table} f ON f.rid = r.rid JOIN names n ON n.kid = f.kid
           WHERE r.scope = ? AND r.run_id IN (${holes(some.length)}) GROUP BY n.kid ORDER BY 2 DESC, 1 LIMIT ?`,
          [scope, ...some, most],
        )
  return { metrics: await of('series'), params: await of('run_params'), tags: await of('run_tags') }
}
