// Jobs side by side: charts over one axis, what they were given, how parameters and metrics go together.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type FormEvent, useMemo, useState } from 'react'
import { Link } from 'wouter'
import { ask } from '../data/api.ts'
import { type Axis, axisOf, type Compared, metricNames, paramsOf } from '../data/compare.ts'
import { rowOf, useJobs } from '../data/jobs.ts'
import { type Resource, useWorkspace } from '../data/queries.ts'
import { type RunFacts, whileRunning } from '../data/run.ts'
import { shellWord } from '../data/shell.ts'
import { isOver } from '../data/states.ts'
import { useWords, type Words } from '../data/words.ts'
import { Copy, Empty, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { ChartBar, useChartWords } from '../parts/chart/chart-bar.tsx'
import { groupsOf, isSystem, keyMetrics } from '../parts/chart/groups.ts'
import { MetricCard } from '../parts/chart/metric-card.tsx'
import { type Stroke, strokesOf } from '../parts/chart/palette.ts'
import { Against } from '../parts/compare/against.tsx'
import { Exports } from '../parts/compare/exports.tsx'
import { Differences, Scores } from '../parts/compare/table.tsx'
import { Icon } from '../parts/icons.tsx'
import { later } from '../parts/later.tsx'
import { jobPath } from '../places.ts'
import '../style/grid.css'
import '../style/compute.css'
import '../style/endpoint.css'
import '../style/compare.css'

const most = 100
const tabs = ['metrics', 'parameters', 'relations', 'code', 'environment', 'outputs', 'logs', 'graph'] as const

const GraphDiff = later(
  () => import('../parts/graph/graph-diff.tsx'),
  (part) => part.GraphDiff,
  'the graphs',
)
const CodeDiff = later(
  () => import('../parts/compare/code-diff.tsx'),
  (part) => part.CodeDiff,
  'the code',
)
const Environments = later(
  () => import('../parts/compare/environments.tsx'),
  (part) => part.Environments,
  'the environments',
)
const Outputs = later(
  () => import('../parts/compare/outputs.tsx'),
  (part) => part.Outputs,
  'the outputs',
)
const LogDiff = later(
  () => import('../parts/compare/log-diff.tsx'),
  (part) => part.LogDiff,
  'the logs',
)

export function Compare() {
  const words = useWords()
  const names = useMemo(() => [...new Set(words.get('jobs').split(',').filter(Boolean))].slice(0, most), [words])
  useTitle(`Compare ${names.length} jobs`)
  return (
    <>
      <div className="head">
        <h1>{names.length === 0 ? 'Compare jobs' : `Compare ${names.length} jobs`}</h1>
        <div className="end">
          <span className="quiet">The address holds the view.</span>
          <Copy text={location.href} label="Copy the link to this view" />
        </div>
      </div>
      {names.length === 0 ? (
        <>
          <Add names={names} words={words} />
          <Empty title="Nothing is compared yet" command="laz job diff JOB OTHER">
            <p>
              Select some in the <Link href="/jobs">list of jobs</Link>, or add them by name above.
            </p>
          </Empty>
        </>
      ) : (
        <Loaded names={names} words={words} />
      )}
    </>
  )
}

interface Together {
  value: { job: Resource; facts: RunFacts }[]
  missing: string[]
}

/** All in one request, and again while one goes on. */
function useCompared(names: readonly string[]) {
  const { own } = useWorkspace()
  return useQuery({
    queryKey: ['jobs together', own, names],
    queryFn: ({ signal }) => ask<Together>(`${own}/jobs/together`, { method: 'POST', body: { jobs: names }, signal }),
    refetchInterval: ({ state }) =>
      state.data?.value.every(({ job }) => isOver(String(job.properties.status))) === false && whileRunning('Running'),
    placeholderData: keepPreviousData,
  })
}

function Loaded({ names, words }: { names: readonly string[]; words: Words }) {
  const together = useCompared(names)
  const value = together.data?.value ?? []
  const jobs = value.map(({ job: resource, facts: known }): Compared => {
    const { name, displayName, status, startedAt, endedAt } = rowOf(resource)
    const seconds = startedAt !== undefined && endedAt !== undefined ? (endedAt - startedAt) / 1000 : undefined
    const metrics = Object.fromEntries(known.metrics.map(({ key, last }) => [key, last]))
    return { name, label: displayName, status, seconds, resource, params: paramsOf(resource, known), metrics }
  })
  const strokes = useMemo(() => strokesOf(names), [names])
  const base = words.get('base') || (names[0] ?? '')
  // two pipelines have graphs to lay on each other
  const pipelines = jobs
    .filter(({ resource }) => String(resource.properties.jobType).toLowerCase() === 'pipeline')
    .sort((x, y) => Number(y.name === base) - Number(x.name === base))
  const [first, second] = pipelines
  const shown = tabs.filter((one) => one !== 'graph' || second !== undefined)
  const tab = shown.find((one) => one === words.get('tab')) ?? 'metrics'
  return (
    <>
      <Chips jobs={jobs} names={names} strokes={strokes} base={base} words={words} />
      {together.isError && <Problem error={together.error} retry={() => void together.refetch()} />}
      {together.data?.missing.map((name) => (
        <div key={name} className="notice warn">
          There is no job named <b>{name}</b>.{' '}
          <button type="button" className="button small" onClick={() => words.put({ jobs: without(names, name) })}>
            Remove it
          </button>
        </div>
      ))}
      <nav className="tabs" aria-label="Ways to compare">
        {shown.map((one) => (
          <a
            key={one}
            href={`?tab=${one}`}
            aria-current={one === tab ? 'page' : undefined}
            onClick={(event) => {
              event.preventDefault()
              words.put({ tab: one === 'metrics' ? '' : one })
            }}
          >
            {one.charAt(0).toUpperCase() + one.slice(1)}
          </a>
        ))}
      </nav>
      {together.isPending ? (
        <Loading what="jobs" />
      ) : tab === 'metrics' ? (
        <Charts jobs={jobs} facts={value.map(({ facts }) => facts)} strokes={strokes} base={base} />
      ) : tab === 'graph' && first && second ? (
        <GraphDiff a={first} b={second} />
      ) : (
        <Side tab={tab} jobs={jobs} strokes={strokes} base={base} words={words} />
      )}
      <div className="compare-end">
        <Exports jobs={jobs} />
        <Twin
          command={
            names.length === 2
              ? `laz job diff ${names.map(shellWord).join(' ')}`
              : `laz job list ${names.map((name) => `--name ${shellWord(name)}`).join(' ')}`
          }
        />
      </div>
    </>
  )
}

interface SideProps {
  tab: (typeof tabs)[number]
  jobs: readonly Compared[]
  strokes: ReadonlyMap<string, Stroke>
  base: string
  words: Words
}

function Side({ tab, jobs, strokes, base, words }: SideProps) {
  const shared = { jobs, strokes, base }
  if (tab === 'parameters') return <Differences {...shared} />
  if (tab === 'relations') return <Relations jobs={jobs} words={words} />
  if (tab === 'code') return <CodeDiff jobs={jobs} base={base} words={words} />
  if (tab === 'environment') return <Environments {...shared} />
  if (tab === 'outputs') return <Outputs {...shared} />
  return <LogDiff jobs={jobs} base={base} words={words} />
}

const without = (names: readonly string[], name: string) => names.filter((one) => one !== name).join(',')

interface ChipsProps {
  jobs: readonly Compared[]
  names: readonly string[]
  strokes: ReadonlyMap<string, Stroke>
  base: string
  words: Words
}

function Chips({ jobs, names, strokes, base, words }: ChipsProps) {
  return (
    <ul className="run-chips" aria-label="Jobs">
      {jobs.map(({ name, label }) => (
        <li key={name} className="run-chip">
          <i style={{ background: `var(--${strokes.get(name)?.token})` }} />
          <Link href={jobPath(name)}>{label}</Link>
          {label !== name && <span className="mono quiet">{name}</span>}
          <button
            type="button"
            aria-pressed={name === base}
            aria-label={`Baseline: ${label}`}
            title="Baseline"
            onClick={() => words.put({ base: name })}
          >
            <Icon name="star" />
          </button>
          <button
            type="button"
            aria-label={`Remove ${label}`}
            title="Remove"
            onClick={() => words.put({ jobs: without(names, name) })}
          >
            <Icon name="cross" />
          </button>
        </li>
      ))}
      <li>
        <Add names={names} words={words} />
      </li>
    </ul>
  )
}

function Add({ names, words }: { names: readonly string[]; words: Words }) {
  const [text, setText] = useState('')
  const [begun, setBegun] = useState(false)
  const add = (event: FormEvent) => {
    event.preventDefault()
    const name = text.trim()
    if (name === '') return
    words.put({ jobs: [...names, name].join(',') })
    setText('')
  }
  if (names.length >= most) return <span className="quiet">{most} jobs at most</span>
  return (
    <form onSubmit={add}>
      <input
        className="field"
        style={{ borderRadius: 999, width: 170 }}
        list="compare-jobs"
        aria-label="Add a job by its name"
        placeholder="+ add a job"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onFocus={() => setBegun(true)}
      />
      <datalist id="compare-jobs">{begun && <Recent names={names} />}</datalist>
    </form>
  )
}

/** What may be added; asked for when somebody is about to. */
function Recent({ names }: { names: readonly string[] }) {
  return useJobs({ words: [], top: 100 })
    .rows.filter(({ name }) => !names.includes(name))
    .map(({ name, displayName }) => (
      <option key={name} value={name}>
        {displayName}
      </option>
    ))
}

interface ChartsProps {
  jobs: readonly Compared[]
  facts: readonly RunFacts[]
  strokes: ReadonlyMap<string, Stroke>
  base: string
}

function Charts({ jobs, facts, strokes, base }: ChartsProps) {
  const chart = useChartWords()
  const { view, by, words } = chart
  const keysText = [
    ...new Set(facts.flatMap(({ metrics }) => keyMetrics(metrics.filter(({ key }) => !isSystem(key))))),
  ].join('\n')
  const keys = useMemo(() => keysText.split('\n').filter(Boolean), [keysText])
  const namesText = jobs.map(({ name, label }) => `${name}\n${label}`).join('\r')
  const groups = useMemo(() => {
    const shown = namesText.split('\r').map((pair) => {
      const [name = '', label = ''] = pair.split('\n')
      return { name, label }
    })
    return groupsOf({ jobs: shown, keys, by })
  }, [namesText, keys, by])
  const again = jobs.every(({ status }) => isOver(status)) ? false : whileRunning('Running')
  return (
    <div className="stack">
      <div className="filters" style={{ marginBottom: 0 }}>
        <ChartBar {...chart} keys={keys} />
      </div>
      {keys.length === 0 ? (
        <Empty title="No metric with more than one value">
          <p>What jobs log step by step is drawn here.</p>
        </Empty>
      ) : (
        <div className="charts">
          {groups.map(({ title, lines }) => (
            <MetricCard
              key={title}
              title={title}
              lines={lines}
              view={view}
              again={again}
              sync="compare"
              words={words}
              zoom={(from, to) => words.put({ from: String(+from.toPrecision(8)), to: String(+to.toPrecision(8)) })}
            />
          ))}
        </div>
      )}
      <Scores jobs={jobs} strokes={strokes} base={base} />
    </div>
  )
}

/** Parameters and metrics as axes. */
function Relations({ jobs, words }: { jobs: readonly Compared[]; words: Words }) {
  const params = [...new Set(jobs.flatMap(({ params: of }) => Object.keys(of)))]
  const ofParams = params.map(
    (name): Axis =>
      axisOf(
        `p:${name}`,
        name,
        jobs.map(({ params: of }) => of[name]),
      ),
  )
  const ofMetrics = metricNames(jobs).map(
    (name): Axis =>
      axisOf(
        `m:${name}`,
        name,
        jobs.map(({ metrics }) => metrics[name]),
      ),
  )
  if (ofMetrics.length === 0)
    return (
      <Empty title="No metrics yet">
        <p>Parameters are drawn against what the jobs log.</p>
      </Empty>
    )
  return (
    <Against
      params={ofParams}
      metrics={ofMetrics}
      names={jobs.map(({ name, label }) => ({ name, label }))}
      words={words}
    />
  )
}
