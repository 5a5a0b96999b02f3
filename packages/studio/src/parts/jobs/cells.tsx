// Columns of the table of jobs as it draws them.
import { duration, number, when } from '../../data/format.ts'
import { cellOf, type JobColumn, type JobFact, orderOf, titleOf } from '../../data/job-columns.ts'
import type { JobRow } from '../../data/jobs.ts'
import { hrefOf } from '../../data/session.ts'
import { isOver } from '../../data/states.ts'
import { jobPath } from '../../places.ts'
import { Ago, useNow } from '../bits.tsx'
import type { Column } from '../grid.tsx'
import { Status } from '../status.tsx'
import { Tags } from '../tags.tsx'
import { SparkCell } from './spark.tsx'

/** `jobs` are all rows there are, `usual` is the metric that `spark.*` stands for. */
export function drawnColumns(
  columns: readonly JobColumn[],
  jobs: readonly JobRow[],
  usual: string | undefined,
): Column<JobRow>[] {
  const places = new Map(jobs.map(({ name }, i) => [name, i]))
  return columns.flatMap((column): Column<JobRow>[] => {
    const sort = orderOf(column)
    const base = { id: column.key, title: titleOf(column), ...(sort === undefined ? {} : { sort }) }
    if (column.of === 'job') return [{ ...base, ...facts[column.name] }]
    if (column.of === 'spark') {
      const metric = column.name === '*' ? usual : column.name
      if (metric === undefined) return []
      const cell = (job: JobRow) => (
        <SparkCell job={job} metric={metric} jobs={jobs} index={places.get(job.name) ?? 0} />
      )
      const title = metric.length > 22 ? `…${metric.slice(-20)}` : metric
      return [{ ...base, title, width: '164px', numeric: true, sort: `metrics.${metric}`, cell }]
    }
    if (column.of === 'metric')
      return [{ ...base, width: '116px', numeric: true, cell: (job) => number(cellOf(column, job)) }]
    const cell = (job: JobRow) => {
      const text = String(cellOf(column, job))
      return <span title={text}>{text}</span>
    }
    return [{ ...base, width: 'minmax(96px, 1fr)', cell }]
  })
}

const facts: Record<JobFact, Pick<Column<JobRow>, 'width' | 'cell' | 'numeric'>> = {
  status: { width: '136px', cell: ({ status }) => <Status state={status} /> },
  name: { width: 'minmax(220px, 2fr)', cell: (job) => <JobName job={job} /> },
  experiment: { width: 'minmax(120px, 1fr)', cell: ({ experiment }) => experiment },
  type: { width: '96px', cell: ({ type, outside }) => (outside ? 'Run' : type) },
  compute: {
    width: '120px',
    cell: ({ compute, outside }) => compute || <span className="dim">{outside ? 'elsewhere' : 'serverless'}</span>,
  },
  duration: { width: '100px', numeric: true, cell: (job) => <Duration job={job} /> },
  created: { width: '120px', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  by: { width: '110px', cell: ({ createdBy }) => createdBy },
  started: { width: '170px', cell: ({ startedAt }) => when(startedAt) },
  ended: { width: '170px', cell: ({ endedAt }) => when(endedAt) },
  tags: { width: 'minmax(140px, 1fr)', cell: ({ tags }) => <Tags tags={plainTags(tags)} /> },
  description: {
    width: 'minmax(160px, 2fr)',
    cell: ({ description }) => (
      <span className="quiet" title={description}>
        {description.slice(0, 200)}
      </span>
    ),
  },
}

/** Those that people set; what MLflow writes about itself is left out. */
function plainTags(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('mlflow.')))
}

function JobName({ job }: { job: JobRow }) {
  return (
    <>
      <a className="name" href={hrefOf(jobPath(job.name))} tabIndex={-1} onClick={(event) => event.preventDefault()}>
        {job.displayName}
      </a>{' '}
      {job.displayName !== job.name && <span className="mono dim">{job.name}</span>}
    </>
  )
}

export function Duration({ job }: { job: JobRow }) {
  const now = useNow()
  if (job.startedAt === undefined) return null
  const end = job.endedAt ?? (isOver(job.status) ? undefined : now)
  return end === undefined ? null : duration((end - job.startedAt) / 1000)
}
