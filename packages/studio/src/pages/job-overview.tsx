// What one wants to know first of a job: why it failed, where its time went, how it learns, what it says, what it is.
import { useMemo, useState } from 'react'
import { Link } from 'wouter'
import { count, duration, number } from '../data/format.ts'
import { type JobRow, rowOf, useJobs } from '../data/jobs.ts'
import type { Resource } from '../data/queries.ts'
import { type MetricFact, type Phase, useLogEnd, useRunFacts, useTimeline, whileRunning } from '../data/run.ts'
import { familyOf, isOver } from '../data/states.ts'
import { Card, Twin, useNow } from '../parts/bits.tsx'
import { groupsOf, keyMetrics } from '../parts/chart/groups.ts'
import { type ChartView, MetricCard } from '../parts/chart/metric-card.tsx'
import { Icon } from '../parts/icons.tsx'
import { LogLines } from '../parts/logs/line.tsx'
import { Status } from '../parts/status.tsx'
import { jobPath, part } from '../places.ts'
import { Description, Failure, Properties, TagCard } from './job-facts.tsx'
import { type JobTabProps, tabPath } from './job-tab.ts'

export function Side({ job }: JobTabProps) {
  const { name, status, outside } = rowOf(job)
  const facts = useRunFacts(name, status)
  const metrics = facts.data?.metrics ?? []
  return (
    <div className="columns">
      <div className="stack">
        {status === 'Failed' && <Failure job={job} />}
        <Phases name={name} />
        <Steps name={name} />
        <KeyCharts name={name} status={status} metrics={metrics} />
        {status !== 'Failed' && !outside && <LogEnd name={name} status={status} />}
      </div>
      <div className="stack">
        <Best metrics={metrics} job={job} />
        <Properties job={job} />
        <Params params={facts.data?.params ?? {}} />
        <TagCard job={job} />
        <Description job={job} />
        <Twin command={`laz job ${isOver(status) || outside ? 'show' : 'stream'} --name ${name}`} />
      </div>
    </div>
  )
}

const families: Record<Phase['stage'], string> = {
  queued: 'queue',
  preparing: 'prep',
  running: 'run',
  finalizing: 'ok',
}
const words: Record<Phase['stage'], string> = {
  queued: 'Queued',
  preparing: 'Preparing',
  running: 'Running',
  finalizing: 'Finalizing',
}

/** Seconds of each stage, as long as they are, yet never too small to read. */
function Phases({ name }: { name: string }) {
  const timeline = useTimeline(name)
  const now = useNow()
  if (!timeline.data) return null
  const { phases, waiting } = timeline.data
  const seconds = new Map<Phase['stage'], number>()
  for (const { stage, seconds: known, from, to } of phases)
    seconds.set(stage, (seconds.get(stage) ?? 0) + (to === undefined ? (now - from) / 1000 : known))
  const stages = [...seconds].filter(([, length]) => length > 0)
  const whole = stages.reduce((sum, [, length]) => sum + length, 0)
  return (
    <section className="card" aria-label="Where the time went">
      <ol className="phases">
        {stages.map(([stage, length]) => (
          <li key={stage} className={`family-${families[stage]}`} style={{ flexGrow: Math.max(0.08, length / whole) }}>
            <div className="stretch" />
            <p>
              <b>{words[stage]}</b> <span>{duration(length)}</span>
            </p>
          </li>
        ))}
      </ol>
      {waiting && <p style={{ padding: '0 16px 14px' }}>Waiting: {waiting}</p>}
    </section>
  )
}

const mostSteps = 12

/** The steps of a pipeline along its time; the first of many. */
function Steps({ name }: { name: string }) {
  const timeline = useTimeline(name)
  const now = useNow()
  const steps = timeline.data?.steps ?? []
  if (!timeline.data || steps.length === 0) return null
  const from = timeline.data.from
  const end = timeline.data.endedAt ?? now
  const share = (at: number) => `${Math.max(0, Math.min(100, ((at - from) / Math.max(1, end - from)) * 100))}%`
  const failed = steps.filter(({ status }) => status === 'Failed')
  const shown = [...failed, ...steps.filter(({ status }) => status !== 'Failed')].slice(0, mostSteps)
  return (
    <Card
      title={`Steps · ${count(steps.length)}`}
      end={<Link href={tabPath(name, steps.length > mostSteps ? 'children' : 'graph')}>All</Link>}
      bare
    >
      <ul>
        {shown.map((step) => (
          <li key={step.name} className="line">
            <span className="state">
              <Status state={step.status} />
            </span>
            <Link href={jobPath(step.name)} className="name step-name">
              {step.displayName}
            </Link>
            <span className="step-time" aria-hidden="true">
              <i
                className={`family-${familyOf(step.status)}`}
                style={{
                  left: share(step.startedAt ?? step.from),
                  right: `calc(100% - ${share(step.endedAt ?? end)})`,
                }}
              />
            </span>
            <span className="quiet at">{step.reusedFrom ? 'reused' : duration(step.totalSeconds)}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

const keyCharts = 4
const view: ChartView = { x: 'step', logX: false, logY: false, smoothing: 'none', amount: 0 }

function KeyCharts({ name, status, metrics }: { name: string; status: string; metrics: readonly MetricFact[] }) {
  const names = keyMetrics(metrics).join('\n')
  const groups = useMemo(
    () => groupsOf({ jobs: [{ name, label: name }], keys: names === '' ? [] : names.split('\n'), by: 'name' }),
    [name, names],
  )
  if (groups.length === 0) return null
  return (
    <div className="charts">
      {groups.slice(0, keyCharts).map(({ title, lines }) => (
        <MetricCard
          key={title}
          title={title}
          lines={lines}
          view={view}
          height={190}
          again={whileRunning(status)}
          sync={name}
        />
      ))}
    </div>
  )
}

function LogEnd({ name, status }: { name: string; status: string }) {
  const log = useLogEnd(name, { count: 14, status })
  if (!log.data || log.data.total === 0) return null
  const { path, from, total, value } = log.data
  return (
    <Card
      title={
        <>
          {path} {!isOver(status) && <span className="status family-run">Following</span>}
        </>
      }
      end={
        <>
          <span className="quiet">{count(total)} lines</span>{' '}
          <Link href={tabPath(name, 'logs')} className="button bare small">
            Open logs
          </Link>
        </>
      }
    >
      <LogLines lines={value} first={from} label={`Last lines of ${path}`} />
    </Card>
  )
}

/** The metric the job was after, else one that says how good it is. */
function Best({ metrics, job }: { metrics: readonly MetricFact[]; job: Resource }) {
  const objective = job.properties.objective as { primaryMetric?: string; goal?: string } | undefined // of a sweep
  const found =
    metrics.find(({ key }) => key === objective?.primaryMetric) ??
    metrics.find(({ key }) => /^(?:val|valid|validation|test|eval).*(?:acc|auc|f1|r2)/i.test(key)) ??
    metrics.find(({ key }) => /acc|auc|f1|r2/i.test(key)) ??
    metrics.find(({ key }) => /loss|rmse|mae|error/i.test(key))
  if (!found) return null
  const down = objective?.goal ? /^min/i.test(objective.goal) : /loss|rmse|mae|error/i.test(found.key)
  const [value, step] = down ? [found.min, found.minStep] : [found.max, found.maxStep]
  return (
    <section className="card" aria-label={`Best ${found.key}`}>
      <div className="body">
        <p className="quiet">{found.key}, best</p>
        <p className="figure">
          {number(value ?? found.last)}{' '}
          <span className="gold">
            <Icon name="star" />
          </span>
        </p>
        {step !== undefined && found.count > 1 && (
          <p className="quiet">
            at step {count(step)}; last {number(found.last)}
          </p>
        )}
        <Against job={rowOf(job)} metric={found.key} down={down} last={Number(found.last)} />
      </div>
    </section>
  )
}

/** How far its last value is from the best last value of its experiment. */
function Against({ job, metric, down, last }: { job: JobRow; metric: string; down: boolean; last: number }) {
  const others = useJobs({
    words: [['experiment', job.experiment]],
    order: `metrics.\`${metric}\` ${down ? 'asc' : 'desc'}`,
    show: [metric],
    top: 2,
  })
  const best = others.rows.find(({ name, metrics }) => name !== job.name && metrics[metric] !== undefined)
  const value = Number(best?.metrics[metric])
  if (!best || !Number.isFinite(value) || !Number.isFinite(last)) return null
  const difference = last - value
  const better = down ? difference < 0 : difference > 0
  return (
    <p className={better ? 'better' : 'quiet'}>
      {difference > 0 ? '+' : ''}
      {number(difference)} {better ? 'better than' : 'against'}{' '}
      <Link href={`/compare?jobs=${part(job.name)},${part(best.name)}`}>the best other of {job.experiment}</Link>
    </p>
  )
}

const manyParams = 12

function Params({ params }: { params: Record<string, string> }) {
  const [text, setText] = useState('')
  const all = Object.entries(params)
  if (all.length === 0) return null
  const shown = all.filter(([key, value]) => `${key} ${value}`.toLowerCase().includes(text.toLowerCase()))
  return (
    <Card title="Parameters" end={<span className="quiet">{all.length}</span>}>
      <div className="stack" style={{ gap: 8 }}>
        {all.length > manyParams && (
          <input
            className="field"
            type="search"
            aria-label="Search parameters"
            placeholder="Search"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
        <dl className="facts">
          {shown.slice(0, 200).map(([key, value]) => (
            <div key={key} style={{ display: 'contents' }}>
              <dt>{key}</dt>
              <dd className="mono">{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Card>
  )
}
