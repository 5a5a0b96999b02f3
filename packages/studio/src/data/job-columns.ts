// Which columns the table of jobs has. They stand in the address as one word each: `status`, `metrics.loss`,
// `metrics.loss:min`, `spark.loss`, `params.lr`, `tags.team`.
import type { JobRow } from './jobs.ts'

export type Stat = 'last' | 'min' | 'max'

export type JobColumn =
  | { key: string; of: 'job'; name: JobFact }
  | { key: string; of: 'metric'; name: string; stat: Stat }
  /** The shape of a metric, and its last value. */
  | { key: string; of: 'spark'; name: string }
  | { key: string; of: 'param' | 'tag'; name: string }

/** What every job has. */
export const jobFacts = {
  status: 'Status',
  name: 'Job',
  experiment: 'Experiment',
  type: 'Type',
  compute: 'Compute',
  duration: 'Duration',
  created: 'Created',
  by: 'By',
  started: 'Started',
  ended: 'Ended',
  tags: 'Tags',
  description: 'Description',
} as const
export type JobFact = keyof typeof jobFacts

/** `spark.*` is the metric that most of the jobs have. */
export const usualColumns: readonly string[] = [
  ...['status', 'name', 'experiment', 'type', 'compute', 'spark.*'],
  ...['duration', 'created', 'by'],
]

/** Undefined for a word that is no column. */
export function readColumn(key: string): JobColumn | undefined {
  if (Object.hasOwn(jobFacts, key)) return { key, of: 'job', name: key as JobFact } // it is one of them
  const [, of, name = ''] = /^(metrics|spark|params|tags)\.(.+)$/s.exec(key) ?? []
  if (of === 'spark') return { key, of, name }
  if (of === 'params') return { key, of: 'param', name }
  if (of === 'tags') return { key, of: 'tag', name }
  if (of !== 'metrics') return undefined
  const [, bare = name, stat = 'last'] = /^(.*):(min|max|last)$/s.exec(name) ?? []
  return { key, of: 'metric', name: bare, stat: stat as Stat } // the pattern has these alone
}

/** The columns that an address names, in its order, each once; the usual ones when it names none. */
export function readColumns(text: string | null, usual: readonly string[] = usualColumns): JobColumn[] {
  const keys = text ? text.split(',').map((word) => word.replaceAll('%2C', ',')) : usual
  const columns = [...new Set(keys)].flatMap((key) => readColumn(key) ?? [])
  return columns.length > 0 ? columns : readColumns(null)
}

/** How an address names columns; '' for the usual ones. */
export function writeColumns(keys: readonly string[]): string {
  const text = keys.map((key) => key.replaceAll(',', '%2C')).join(',')
  return text === usualColumns.join(',') ? '' : text
}

export function titleOf(column: JobColumn): string {
  if (column.of === 'job') return jobFacts[column.name]
  if (column.of === 'metric' && column.stat !== 'last') return `${column.name} ${column.stat}`
  return column.name
}

/** What the list has to be asked for beside the jobs. */
export function shownFor(columns: readonly JobColumn[]): string[] {
  const words = columns.flatMap((column) => {
    if (column.of === 'metric' || column.of === 'spark') return column.name === '*' ? [] : [`metrics.${column.name}`]
    if (column.of === 'param') return [`params.${column.name}`]
    return column.of === 'tag' ? [`tags.${column.name}`] : []
  })
  return [...new Set(words)].filter((word) => !word.includes(','))
}

/** Words of the server for sorting by a column. */
export function orderOf(column: JobColumn): string | undefined {
  switch (column.of) {
    case 'metric':
      return column.stat === 'last' ? `metrics.${quoted(column.name)}` : undefined
    case 'spark':
      return column.name === '*' ? undefined : `metrics.${quoted(column.name)}`
    case 'param':
      return `params.${quoted(column.name)}`
    case 'tag':
      return `tags.${quoted(column.name)}`
    default:
      return orders[column.name]
  }
}

const orders: Partial<Record<JobFact, string>> = {
  status: 'status',
  name: 'name',
  experiment: 'experiment',
  type: 'type',
  compute: 'compute',
  created: 'created',
  started: 'start_time',
  ended: 'end_time',
  by: 'created_by',
}

function quoted(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : `\`${name.replaceAll('`', '')}\``
}

/** The value of a column, for files and comparisons: numbers as they are, moments in ISO 8601, durations in seconds. */
export function cellOf(column: JobColumn, job: JobRow): string | number {
  switch (column.of) {
    case 'metric':
      return { last: job.metrics, min: job.least, max: job.greatest }[column.stat][column.name] ?? ''
    case 'spark':
      return job.metrics[column.name] ?? ''
    case 'param':
      return job.params[column.name] ?? ''
    case 'tag':
      return job.tags[column.name] ?? ''
    default:
      return factOf(column.name, job)
  }
}

function factOf(name: JobFact, job: JobRow): string | number {
  switch (name) {
    case 'name':
      return job.displayName
    case 'created':
      return moment(job.createdAt)
    case 'started':
      return moment(job.startedAt)
    case 'ended':
      return moment(job.endedAt)
    case 'by':
      return job.createdBy
    case 'duration':
      return job.startedAt === undefined || job.endedAt === undefined ? '' : (job.endedAt - job.startedAt) / 1000
    case 'tags':
      return Object.entries(job.tags)
        .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
        .join('; ')
    default:
      return job[name]
  }
}

function moment(at: number | undefined): string {
  return at === undefined || Number.isNaN(at) ? '' : new Date(at).toISOString()
}

/** Whether the jobs differ in it. */
export function varies(column: JobColumn, jobs: readonly JobRow[]): boolean {
  const [first, ...rest] = jobs
  if (first === undefined) return false
  const value = cellOf(column, first)
  return rest.some((job) => cellOf(column, job) !== value)
}
