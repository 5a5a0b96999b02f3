// One job.
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ask } from '../data/api.ts'
import { duration } from '../data/format.ts'
import { rowOf } from '../data/jobs.ts'
import { type Resource, useJob, useWorkspace } from '../data/queries.ts'
import { isOver } from '../data/states.ts'
import { Ago, Card, Copy, Loading, Problem, Twin, useNow, useTitle } from '../parts/bits.tsx'
import { Status } from '../parts/status.tsx'

const tabs = ['overview', 'logs'] as const

export function JobPage({ name }: { name: string }) {
  const job = useJob(name)
  useTitle(job.data ? `${String(job.data.properties.status)} · ${rowOf(job.data).displayName}` : name)
  if (job.isPending) return <Loading what="the job" />
  if (job.isError) return <Problem error={job.error} retry={() => void job.refetch()} />
  return (
    <>
      <Head job={job.data} />
      <nav className="tabs" aria-label="Parts of the job">
        {tabs.map((tab) => (
          <Link key={tab} href={`/jobs/${name}`} aria-current={tab === 'overview' ? 'page' : undefined}>
            {tab}
          </Link>
        ))}
      </nav>
      <div className="columns">
        <div className="stack">
          <Phases name={name} />
        </div>
        <div className="stack">
          <Facts job={job.data} />
          <Twin command={`laz job stream --name ${name}`} />
        </div>
      </div>
    </>
  )
}

function Head({ job }: { job: Resource }) {
  const row = rowOf(job)
  const now = useNow()
  const seconds = row.startedAt === undefined ? undefined : ((row.endedAt ?? now) - row.startedAt) / 1000
  return (
    <div className="head">
      <h1>{row.displayName}</h1>
      <Status state={row.status} />
      <span className="quiet">{row.endedAt !== undefined || !isOver(row.status) ? duration(seconds) : ''}</span>
      <p className="under">
        <span className="mono">{row.name}</span>
        <Copy text={row.name} label="Copy the name" />
        <span>{row.experiment}</span>
        {row.compute && <span>· {row.compute}</span>}
        <span>
          · {row.createdBy}, <Ago at={row.createdAt} />
        </span>
      </p>
    </div>
  )
}

interface Timeline {
  totalSeconds: number
  phases: { name: string; stage: string; from: number; to?: number; seconds: number }[]
}

function Phases({ name }: { name: string }) {
  const { own } = useWorkspace()
  const timeline = useQuery({
    queryKey: ['job', name, 'timeline'],
    queryFn: ({ signal }) => ask<Timeline>(`${own}/jobs/${encodeURIComponent(name)}/timeline`, { signal }),
  })
  if (!timeline.data) return null
  return (
    <Card title="Where the time went">
      <ul className="chips">
        {timeline.data.phases.map((phase) => (
          <li key={phase.from} className="chip">
            {phase.name} {duration(phase.seconds)}
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Facts({ job }: { job: Resource }) {
  const { command, environmentId } = job.properties as Record<string, string | undefined> // of jobs that have them
  const facts: [string, string | undefined][] = [
    ['Command', command],
    ['Environment', environmentId?.split('/').slice(-3).join('/')],
  ]
  return (
    <Card title="Properties">
      <dl className="facts">
        {facts
          .filter(([, value]) => value)
          .map(([title, value]) => (
            <div key={title} style={{ display: 'contents' }}>
              <dt>{title}</dt>
              <dd className="mono">{value}</dd>
            </div>
          ))}
      </dl>
    </Card>
  )
}
