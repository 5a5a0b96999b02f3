// A job that runs: its first metric as it falls or rises, how far it is.
import { Link } from 'wouter'
import { duration, number } from '../../data/format.ts'
import type { JobRow } from '../../data/jobs.ts'
import { progressOf } from '../../data/progress.ts'
import { useMetricLines, useRunFacts } from '../../data/run.ts'
import { jobPath } from '../../places.ts'
import { Ago, useNow } from '../bits.tsx'
import { isSystem, keyMetrics } from '../chart/groups.ts'
import { Status } from '../status.tsx'

const againMs = 4000

export function RunningJob({ job }: { job: JobRow }) {
  const now = useNow()
  const facts = useRunFacts(job.name, job.status)
  const seconds = job.startedAt === undefined ? undefined : (now - job.startedAt) / 1000
  const metrics = (facts.data?.metrics ?? []).filter(({ key }) => !isSystem(key))
  const key = keyMetrics(metrics)[0]
  const last = metrics.find((metric) => metric.key === key)?.last
  const progress = facts.data && progressOf(facts.data, seconds)
  return (
    <li className="running-job">
      <span className="state">
        <Status state={job.status} />
      </span>
      <span className="who">
        <Link href={jobPath(job.name)} className="name">
          {job.displayName}
        </Link>
        {job.displayName !== job.name && <span className="mono quiet">{job.name}</span>}
      </span>
      <span className="trend">
        {key && <Trend job={job.name} metric={key} />}
        {key && (
          <span>
            {key.split('/').at(-1)} <b>{number(last)}</b>
          </span>
        )}
      </span>
      <span className="far">
        {progress ? (
          <>
            <span className="track" aria-hidden="true">
              <i style={{ width: `${Math.round(progress.share * 100)}%` }} />
            </span>
            <span className="quiet">
              {progress.words}
              {progress.secondsLeft !== undefined && `, about ${duration(progress.secondsLeft)} left`}
            </span>
          </>
        ) : (
          <span className="quiet">
            {seconds === undefined ? (
              <>
                asked for <Ago at={job.createdAt} />
              </>
            ) : (
              `for ${duration(seconds)}`
            )}
          </span>
        )}
      </span>
    </li>
  )
}

const width = 84
const height = 22

/** The shape of a metric so far; its numbers stand beside it. */
function Trend({ job, metric }: { job: string; metric: string }) {
  const lines = useMetricLines(
    { jobs: [job], keys: [metric], x: 'step', buckets: width / 2, scale: 'linear' },
    { again: againMs },
  )
  const values = (lines.data?.series[0]?.mean ?? []).filter((value): value is number => value !== null)
  if (values.length < 2) return <span style={{ width }} />
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const path = values
    .map((value, index) => {
      const down = high === low ? height / 2 : height - 2 - ((value - low) / (high - low)) * (height - 4)
      return `${index === 0 ? 'M' : 'L'}${((index / (values.length - 1)) * width).toFixed(1)} ${down.toFixed(1)}`
    })
    .join('')
  return (
    <svg width={width} height={height} aria-hidden="true">
      <path d={path} fill="none" stroke="var(--accent)" strokeWidth="1.5" />
    </svg>
  )
}
