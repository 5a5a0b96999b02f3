// Who runs on a compute and who waits for it, in the order they will get it.
import { Link } from 'wouter'
import { useJobs } from '../../data/jobs.ts'
import { jobPath } from '../../places.ts'
import { Ago, Card, Loading, Problem } from '../bits.tsx'
import { Status } from '../status.tsx'

const atWork = 'Running,Starting,Preparing,Finalizing,NotResponding,CancelRequested'
const shortest = 6

export function ComputeJobs({ name, short = false }: { name: string; short?: boolean }) {
  const here: [string, string][] = [
    ['compute', name],
    ['depth', 'all'],
  ]
  const running = useJobs({ words: [...here, ['status', atWork]] })
  const waiting = useJobs({ words: [...here, ['status', 'Queued']], order: 'created asc' })
  const past = useJobs({ words: [...here, ['status', 'Completed,Failed,Canceled']] })
  return (
    <div className="stack">
      <List title="Running" jobs={running} none="Nothing runs here." short={short} />
      <List title="Queue" jobs={waiting} none="Nobody waits." short={short} numbered />
      {!short && <List title="Ended" jobs={past} none="Nothing ran here yet." short={false} />}
    </div>
  )
}

interface Listing {
  title: string
  jobs: ReturnType<typeof useJobs>
  none: string
  short: boolean
  numbered?: boolean
}

function List({ title, jobs, none, short, numbered = false }: Listing) {
  const { rows } = jobs
  const shown = short ? rows.slice(0, shortest) : rows
  return (
    <Card title={rows.length > 0 ? `${title} · ${rows.length}${jobs.hasNextPage ? '+' : ''}` : title} bare>
      {jobs.isPending ? (
        <Loading what="jobs" />
      ) : jobs.isError ? (
        <Problem error={jobs.error} retry={() => void jobs.refetch()} />
      ) : rows.length === 0 ? (
        <p className="line quiet">{none}</p>
      ) : (
        <ol>
          {shown.map((job, index) => (
            <li key={job.name} className="line">
              {numbered && <span className="quiet numeric place">{index + 1}</span>}
              <span className="state">
                <Status state={job.status} />
              </span>
              <Link href={jobPath(job.name)} className="name">
                {job.displayName}
              </Link>
              {job.displayName !== job.name && <span className="mono quiet">{job.name}</span>}
              <span className="quiet end">{job.experiment}</span>
              <span className="quiet at">
                <Ago at={job.createdAt} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  )
}
