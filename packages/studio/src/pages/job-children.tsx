// Jobs that a job made: steps, trials, models that were tried.
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { ApiError, ask } from '../data/api.ts'
import { axisOf } from '../data/compare.ts'
import { duration, number } from '../data/format.ts'
import { type JobRow, rowOf, useJobs } from '../data/jobs.ts'
import { type Resource, useWorkspace } from '../data/queries.ts'
import { whileRunning } from '../data/run.ts'
import { isOver } from '../data/states.ts'
import { useWords } from '../data/words.ts'
import { Empty, Loading, Problem, Twin, useNow } from '../parts/bits.tsx'
import { groupsOf } from '../parts/chart/groups.ts'
import { MetricCard } from '../parts/chart/metric-card.tsx'
import { type Column, Grid } from '../parts/grid.tsx'
import { Icon } from '../parts/icons.tsx'
import { Status } from '../parts/status.tsx'
import { jobPath, part } from '../places.ts'
import type { JobTabProps } from './job-tab.ts'
import '../style/compute.css'
import '../style/endpoint.css'
import '../style/compare.css'

const Against = lazy(() => import('../parts/compare/against.tsx').then((part) => ({ default: part.Against })))

export function Side({ job }: JobTabProps) {
  const type = String(job.properties.jobType).toLowerCase()
  return type === 'sweep' || type === 'automl' ? <Trials job={job} /> : <Children job={job} />
}

const childColumns: Column<JobRow>[] = [
  { id: 'status', title: 'Status', width: '136px', cell: ({ status }) => <Status state={status} /> },
  { id: 'name', title: 'Job', width: 'minmax(220px, 2fr)', cell: ({ displayName }) => <b>{displayName}</b> },
  {
    id: 'id',
    title: 'Name',
    width: 'minmax(160px, 1fr)',
    cell: ({ name }) => <span className="mono dim">{name}</span>,
  },
  { id: 'type', title: 'Type', width: '110px', cell: ({ type, outside }) => (outside ? 'Run' : type) },
  { id: 'time', title: 'Duration', width: '110px', numeric: true, cell: (row) => <Took row={row} /> },
]

function Took({ row: { startedAt, endedAt } }: { row: { startedAt?: number; endedAt?: number } }) {
  const now = useNow()
  return startedAt === undefined ? null : duration(((endedAt ?? now) - startedAt) / 1000)
}

export function Children({ job }: { job: Resource }) {
  const { name } = rowOf(job)
  const [, go] = useLocation()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const jobs = useJobs({ words: [['parent', name]], order: 'created asc' })
  if (jobs.isPending) return <Loading what="child jobs" />
  if (jobs.isError && jobs.rows.length === 0) return <Problem error={jobs.error} retry={() => void jobs.refetch()} />
  if (jobs.rows.length === 0) return <Empty title="It made no jobs yet" />
  return (
    <div className="stack">
      <Chosen names={selected} />
      <Grid
        label="Child jobs"
        rows={jobs.rows}
        columns={childColumns}
        keyOf={(row) => row.name}
        nameOf={(row) => `${row.displayName}, ${row.status}`}
        open={(row) => go(jobPath(row.name))}
        selected={selected}
        select={setSelected}
        more={jobs.hasNextPage && !jobs.isFetchingNextPage ? () => void jobs.fetchNextPage() : undefined}
      />
      <Twin command={`laz job list --parent ${name}`} />
    </div>
  )
}

function Chosen({ names }: { names: ReadonlySet<string> }) {
  if (names.size === 0) return null
  return (
    <section className="card selection" aria-label="Selection">
      <b role="status">{names.size} selected</b>
      <Link href={`/compare?jobs=${[...names].map(part).join(',')}`} className="button primary small">
        Compare
      </Link>
    </section>
  )
}

interface Trial {
  trial: number
  name: string
  status: string
  best: boolean
  reported: number
  values: Record<string, number | string | boolean>
  score: number | string | null
  stopped: string | null
  startedAt: number | null
  endedAt: number | null
}

interface TrialTable {
  metric: string
  goal: string
  sampling: string
  total: number
  stopping: string | null
  value: Trial[]
}

const mostDrawn = 30
const chartView = { x: 'step', logX: false, logY: false, smoothing: 'none', amount: 0 } as const

function Trials({ job }: { job: Resource }) {
  const { name, status } = rowOf(job)
  const { own } = useWorkspace()
  const [, go] = useLocation()
  const words = useWords()
  const { get, put } = words
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const table = useQuery({
    queryKey: ['job', undefined, 'trials', name],
    queryFn: ({ signal }) => ask<TrialTable>(`${own}/jobs/${encodeURIComponent(name)}/trials`, { signal }),
    refetchInterval: whileRunning(status),
  })
  const all = table.data?.value
  const [by = 'trial', descending] = get('sort').split(' ')
  const rows = useMemo(() => sorted(all ?? [], by, descending === 'desc'), [all, by, descending])
  const columns = useMemo(() => columnsOf(table.data), [table.data])
  const chart = useMemo(() => chartOf(table.data), [table.data])
  const against = useMemo(() => againstOf(table.data), [table.data])
  if (table.isPending) return <Loading what="trials" />
  // a search that has not begun has no trials; what it made so far is told all the same
  if (table.error instanceof ApiError && table.error.status === 400) return <Children job={job} />
  if (table.isError && !table.data) return <Problem error={table.error} retry={() => void table.refetch()} />
  return (
    <div className="stack">
      <About table={table.data} />
      {chart && <MetricCard {...chart} view={chartView} height={260} again={whileRunning(status)} wide sync={name} />}
      <Chosen names={selected} />
      <Grid
        label="Trials"
        rows={rows}
        columns={columns}
        keyOf={(row) => row.name}
        nameOf={(row) => `Trial ${row.trial}, ${row.status}${row.best ? ', the best' : ''}`}
        open={(row) => go(jobPath(row.name))}
        selected={selected}
        select={setSelected}
        sorting={{ by, descending: descending === 'desc' }}
        sortBy={(next) => put({ sort: `${next.by} ${next.descending ? 'desc' : 'asc'}` })}
      />
      <div className="inline">
        <Link
          className="button"
          href={`/compare?jobs=${rows
            .slice(0, 200)
            .map((row) => part(row.name))
            .join(',')}`}
        >
          Compare all trials
        </Link>
      </div>
      {rows.length > 1 && (
        <Suspense fallback={<Loading what="parameters" />}>
          <Against {...against} words={words} />
        </Suspense>
      )}
      <Twin command={`laz job trials --name ${name}`} />
    </div>
  )
}

function About({ table: { goal, metric, sampling, total, stopping, value } }: { table: TrialTable }) {
  return (
    <p className="quiet">
      {goal} <b>{metric}</b> · {sampling} · {value.length} of {total} trials{stopping && ` · ${stopping}`}
    </p>
  )
}

function chartOf(table: TrialTable | undefined) {
  if (!table || table.value.length === 0) return undefined
  const jobs = table.value.slice(0, mostDrawn).map(({ name, trial, best }) => ({
    name,
    label: best ? `trial ${trial}, the best` : `trial ${trial}`,
  }))
  return groupsOf({ jobs, keys: [table.metric], by: 'metric' })[0]
}

/** What was tried, and what came of it, as axes. */
function againstOf(table: TrialTable | undefined) {
  const trials = table?.value ?? []
  const params = [...new Set(trials.flatMap(({ values }) => Object.keys(values)))].map((name) =>
    axisOf(
      `p:${name}`,
      name,
      trials.map(({ values }) => known(values[name])),
    ),
  )
  const scores = trials.map(({ score }) => score ?? undefined)
  const names = trials.map(({ name, trial }) => ({ name, label: `trial ${trial}` }))
  return { params, metrics: [axisOf('m:score', table?.metric ?? 'score', scores)], names }
}

function known(value: number | string | boolean | undefined): number | string | undefined {
  return typeof value === 'boolean' ? String(value) : value
}

function fieldOf(trial: Trial, by: string): number | string {
  if (by.startsWith('values.')) return plain(trial.values[by.slice('values.'.length)])
  if (by === 'score') return plain(trial.score)
  if (by === 'time') return (trial.endedAt ?? Date.now()) - (trial.startedAt ?? Date.now())
  return by === 'reported' ? trial.reported : by === 'status' ? trial.status : trial.trial
}

function plain(value: number | string | boolean | null | undefined): number | string {
  return typeof value === 'number' ? value : value === null || value === undefined ? '' : String(value)
}

function sorted(trials: readonly Trial[], by: string, descending: boolean): Trial[] {
  const sign = descending ? -1 : 1
  return [...trials].sort((a, b) => {
    const [x, y] = [fieldOf(a, by), fieldOf(b, by)]
    if (x === y) return a.trial - b.trial
    // what has no value comes last, whichever way
    if (x === '' || y === '') return x === '' ? 1 : -1
    return (x < y ? -1 : 1) * sign
  })
}

const stoppedColumn: Column<Trial> = {
  id: 'stopped',
  title: 'Stopped early',
  width: 'minmax(120px, 2fr)',
  cell: ({ stopped }) => stopped && <span title={stopped}>{stopped}</span>,
}

function columnsOf(table: TrialTable | undefined): Column<Trial>[] {
  const names = [...new Set((table?.value ?? []).flatMap(({ values }) => Object.keys(values)))]
  return [
    { id: 'trial', title: '#', width: '64px', numeric: true, sort: 'trial', cell: ({ trial }) => trial },
    { id: 'status', title: 'Status', width: '136px', sort: 'status', cell: ({ status }) => <Status state={status} /> },
    {
      id: 'score',
      title: table?.metric ?? 'Score',
      width: '130px',
      numeric: true,
      sort: 'score',
      cell: ({ score, best }) => (
        <>
          {best && (
            <span className="gold">
              <Icon name="star" /> <span className="hidden">best</span>
            </span>
          )}{' '}
          {number(score)}
        </>
      ),
    },
    ...names.map(
      (name): Column<Trial> => ({
        id: `values.${name}`,
        title: name,
        width: 'minmax(110px, 1fr)',
        numeric: true,
        sort: `values.${name}`,
        cell: ({ values }) => {
          const value = values[name]
          return typeof value === 'number' ? number(value) : String(value ?? '')
        },
      }),
    ),
    {
      id: 'reported',
      title: 'Points',
      width: '84px',
      numeric: true,
      sort: 'reported',
      cell: ({ reported }) => reported,
    },
    {
      id: 'time',
      title: 'Duration',
      width: '100px',
      numeric: true,
      sort: 'time',
      cell: ({ startedAt, endedAt, status }) =>
        startedAt === null || (endedAt === null && isOver(status)) ? null : (
          <Took row={{ startedAt, ...(endedAt === null ? {} : { endedAt }) }} />
        ),
    },
    stoppedColumn,
  ]
}
