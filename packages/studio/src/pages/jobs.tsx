// All jobs: found, sorted, chosen, compared.
import { useMemo, useState } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import { duration, number } from '../data/format.ts'
import { type JobRow, readSearch, useJobs } from '../data/jobs.ts'
import { hrefOf, useSession } from '../data/session.ts'
import { isOver } from '../data/states.ts'
import { Ago, Empty, Loading, Problem, Twin, useNow, useTitle } from '../parts/bits.tsx'
import { type Column, Grid, type Sorting } from '../parts/grid.tsx'
import { Icon } from '../parts/icons.tsx'
import { Status } from '../parts/status.tsx'
import { jobPath, part } from '../places.ts'

const states = ['Running', 'Queued', 'Completed', 'Failed', 'Canceled']

export function Jobs({ type }: { type?: string }) {
  const [search, setSearch] = useSearchParams()
  const [, go] = useLocation()
  const { readOnly } = useSession()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const text = search.get('q') ?? ''
  const status = search.get('status') ?? ''
  const order = search.get('order') ?? ''
  const show = useMemo(() => (search.get('show') ?? '').split(',').filter(Boolean), [search])
  const words: [string, string][] = [
    ...readSearch(text),
    ...(status ? ([['status', status]] as [string, string][]) : []),
    ...(type ? ([['type', type]] as [string, string][]) : []),
  ]
  const jobs = useJobs({ words, order, show })
  const title = type === 'pipeline' ? 'Pipelines' : 'Jobs'
  useTitle(title)
  const put = (name: string, value: string) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old)
        if (value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  const columns = useMemo(() => columnsOf(show), [show])
  return (
    <>
      <div className="head">
        <h1>{title}</h1>
        {!readOnly && (
          <div className="end">
            <Link href={type === 'pipeline' ? '/new/pipeline' : '/new/job'} className="button primary">
              <Icon name="plus" /> {type === 'pipeline' ? 'New pipeline' : 'New job'}
            </Link>
          </div>
        )}
      </div>
      <div className="filters">
        <input
          className="field search"
          type="search"
          aria-label="Search jobs"
          placeholder="status:failed loss<0.2 tag:team=cv"
          value={text}
          onChange={(event) => put('q', event.target.value)}
        />
        <label className="pick">
          Status
          <select value={status} onChange={(event) => put('status', event.target.value)} className="bare">
            <option value="">any</option>
            {states.map((state) => (
              <option key={state}>{state}</option>
            ))}
          </select>
        </label>
        <label className="pick">
          Metrics
          <input
            className="bare"
            size={12}
            placeholder="loss,accuracy"
            defaultValue={show.join(',')}
            onBlur={(event) => put('show', event.target.value.replaceAll(' ', ''))}
            onKeyDown={(event) => event.key === 'Enter' && put('show', event.currentTarget.value.replaceAll(' ', ''))}
          />
        </label>
      </div>
      {selected.size > 0 && <Selection names={[...selected]} clear={() => setSelected(new Set())} />}
      {jobs.isPending ? (
        <Loading what="jobs" />
      ) : jobs.isError && jobs.rows.length === 0 ? (
        <Problem error={jobs.error} retry={() => void jobs.refetch()} />
      ) : jobs.rows.length === 0 ? (
        <Empty
          title={words.length > 0 ? 'No job is like that' : 'No jobs yet'}
          command="laz job create --file job.yml --stream"
        >
          <p>{words.length > 0 ? 'Take a word of the search away.' : 'Run the first one here or from a terminal:'}</p>
        </Empty>
      ) : (
        <Grid
          label={title}
          rows={jobs.rows}
          columns={columns}
          keyOf={(job) => job.name}
          nameOf={(job) => `${job.displayName}, ${job.status}`}
          open={(job) => go(jobPath(job.name))}
          selected={selected}
          select={setSelected}
          sorting={readOrder(order)}
          sortBy={({ by, descending }: Sorting) => put('order', `${by} ${descending ? 'desc' : 'asc'}`)}
          more={jobs.hasNextPage && !jobs.isFetchingNextPage ? () => void jobs.fetchNextPage() : undefined}
        />
      )}
      <div style={{ marginTop: 16 }}>
        <Twin command={twin(words, order, show)} />
      </div>
    </>
  )
}

function Selection({ names, clear }: { names: string[]; clear(): void }) {
  return (
    <section className="card selection" aria-label="Selection">
      <b role="status">{names.length} selected</b>
      <Link href={`/compare?jobs=${names.map(part).join(',')}`} className="button primary small">
        Compare
      </Link>
      <button type="button" className="button bare small end" onClick={clear}>
        Clear
      </button>
    </section>
  )
}

function columnsOf(show: readonly string[]): Column<JobRow>[] {
  return [
    { id: 'status', title: 'Status', width: '136px', cell: ({ status }) => <Status state={status} /> },
    { id: 'name', title: 'Job', width: 'minmax(220px, 2fr)', sort: 'name', cell: (job) => <JobName job={job} /> },
    { id: 'experiment', title: 'Experiment', width: 'minmax(120px, 1fr)', cell: ({ experiment }) => experiment },
    { id: 'type', title: 'Type', width: '96px', cell: ({ type }) => type },
    {
      id: 'compute',
      title: 'Compute',
      width: '120px',
      cell: ({ compute }) => compute || <span className="dim">serverless</span>,
    },
    ...show.map(
      (metric): Column<JobRow> => ({
        id: `metric:${metric}`,
        title: metric,
        width: '110px',
        numeric: true,
        sort: `metrics.${metric}`,
        cell: ({ metrics }) => number(metrics[metric]),
      }),
    ),
    { id: 'duration', title: 'Duration', width: '100px', numeric: true, cell: (job) => <Duration job={job} /> },
    {
      id: 'created',
      title: 'Created',
      width: '120px',
      sort: 'created',
      cell: ({ createdAt }) => <Ago at={createdAt} />,
    },
    { id: 'by', title: 'By', width: '110px', cell: ({ createdBy }) => createdBy },
  ]
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

function Duration({ job }: { job: JobRow }) {
  const now = useNow()
  if (job.startedAt === undefined) return null
  const end = job.endedAt ?? (isOver(job.status) ? undefined : now)
  return end === undefined ? null : duration((end - job.startedAt) / 1000)
}

function readOrder(order: string): Sorting | undefined {
  const found = /^(.*?)(?: (asc|desc))?$/.exec(order)
  return found?.[1] ? { by: found[1], descending: found[2] !== 'asc' } : undefined
}

function twin(words: readonly [string, string][], order: string, show: readonly string[]): string {
  const quoted = (text: string) => (/^[\w.:/=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
  return [
    'laz job list',
    ...words.map(([name, value]) => `--${name} ${quoted(value)}`),
    ...(order ? [`--order ${quoted(order)}`] : []),
    ...show.map((metric) => `--show ${quoted(metric)}`),
  ].join(' ')
}
