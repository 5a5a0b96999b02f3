// What runs now and what was new.
import { Link } from 'wouter'
import { duration } from '../data/format.ts'
import { type JobRow, useJobs } from '../data/jobs.ts'
import { useSession } from '../data/session.ts'
import { isOver } from '../data/states.ts'
import { Ago, Card, Empty, Loading, Problem, Twin, useNow, useTitle } from '../parts/bits.tsx'
import { Icon } from '../parts/icons.tsx'
import { Status } from '../parts/status.tsx'
import { jobPath } from '../places.ts'

const running = 'Running,Queued,Preparing,Starting,Provisioning,Finalizing,Paused,NotResponding,CancelRequested'

export function Home() {
  const { workspace } = useSession()
  useTitle('Home')
  const now = useJobs({ words: [['status', running]] })
  const recent = useJobs({ words: [] })
  return (
    <>
      <div className="head">
        <h1>{workspace.workspace}</h1>
        <span className="quiet mono">{location.host}</span>
        <div className="end">
          <Link href="/new/data" className="button">
            <Icon name="upload" /> Upload data
          </Link>
          <Link href="/new/job" className="button primary">
            <Icon name="plus" /> New job
          </Link>
        </div>
      </div>
      <div className="columns">
        <div className="stack">
          <Card
            title={`Running now${now.rows.length > 0 ? ` · ${now.rows.length}` : ''}`}
            end={<Link href="/jobs">All jobs</Link>}
            bare
          >
            <Lines jobs={now} none="Nothing runs." />
          </Card>
          <Card title="Recent" bare>
            <Lines jobs={recent} none="No jobs yet." />
          </Card>
        </div>
        <div className="stack">
          <Card title="From the terminal">
            <div className="stack" style={{ gap: 8 }}>
              <Twin command="laz job create --file job.yml --stream" />
              <Twin command="laz connect python" />
            </div>
          </Card>
        </div>
      </div>
    </>
  )
}

function Lines({ jobs, none }: { jobs: ReturnType<typeof useJobs>; none: string }) {
  if (jobs.isPending) return <Loading what="jobs" />
  if (jobs.isError) return <Problem error={jobs.error} retry={() => void jobs.refetch()} />
  if (jobs.rows.length === 0) return <Empty title={none} />
  return (
    <ul>
      {jobs.rows.slice(0, 8).map((job) => (
        <Line key={job.name} job={job} />
      ))}
    </ul>
  )
}

function Line({ job }: { job: JobRow }) {
  const now = useNow()
  const seconds = job.startedAt === undefined ? undefined : ((job.endedAt ?? now) - job.startedAt) / 1000
  return (
    <li className="line">
      <span className="state">
        <Status state={job.status} />
      </span>
      <Link href={jobPath(job.name)} className="name">
        {job.displayName}
      </Link>
      {job.displayName !== job.name && <span className="mono quiet">{job.name}</span>}
      <span className="quiet end">{isOver(job.status) || job.startedAt !== undefined ? duration(seconds) : ''}</span>
      <span className="quiet at">
        <Ago at={job.createdAt} />
      </span>
    </li>
  )
}
