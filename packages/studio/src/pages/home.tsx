// What runs now, what was new, what went wrong, and what there is to run on.
import { Link } from 'wouter'
import { duration } from '../data/format.ts'
import { type JobRow, useJobs } from '../data/jobs.ts'
import type { Resource } from '../data/queries.ts'
import { useSession } from '../data/session.ts'
import { isOver } from '../data/states.ts'
import { Ago, Card, Loading, Problem, Twin, useNow, useTitle } from '../parts/bits.tsx'
import { Machines, Serving } from '../parts/home/beside.tsx'
import { RunningJob } from '../parts/home/running.tsx'
import { Icon } from '../parts/icons.tsx'
import { plainText } from '../parts/logs/ansi.ts'
import { Status } from '../parts/status.tsx'
import { jobPath } from '../places.ts'
import '../style/compute.css'
import '../style/home.css'

const running = 'Running,Queued,Preparing,Starting,Provisioning,Finalizing,Paused,NotResponding,CancelRequested'
const mostRunning = 6
const mostRecent = 7
const mostFailed = 4

export function Home() {
  const { workspace, readOnly } = useSession()
  useTitle('Home')
  const now = useJobs({ words: [['status', running]] })
  const recent = useJobs({ words: [] })
  const failed = useJobs({
    words: [
      ['status', 'Failed'],
      ['since', '24h'],
    ],
  })
  return (
    <>
      <div className="head">
        <h1>{workspace.workspace}</h1>
        <span className="quiet mono">{location.host}</span>
        {!readOnly && (
          <div className="end">
            <Link href="/new/data" className="button">
              <Icon name="upload" /> Upload data
            </Link>
            <Link href="/new/job" className="button primary">
              <Icon name="plus" /> New job
            </Link>
          </div>
        )}
      </div>
      <div className="columns">
        <div className="stack">
          {recent.isError ? (
            <Problem error={recent.error} retry={() => void recent.refetch()} />
          ) : recent.isPending ? (
            <Loading what="jobs" />
          ) : recent.rows.length === 0 ? (
            <FirstSteps />
          ) : (
            <>
              <RunningNow jobs={now.rows} pending={now.isPending} />
              <Card title="Recent" end={<Link href="/jobs">All jobs</Link>} bare>
                <ul>
                  {recent.rows.slice(0, mostRecent).map((job) => (
                    <Line key={job.name} job={job} />
                  ))}
                </ul>
              </Card>
              <Failures jobs={failed.rows} resources={failed.data?.pages.flatMap(({ value }) => value) ?? []} />
            </>
          )}
        </div>
        <div className="stack">
          <Machines />
          <Serving />
          <Card title="From the terminal">
            <div className="stack" style={{ gap: 8 }}>
              <Twin command="laz job create --file job.yml --stream" />
              <Twin command={'eval "$(laz connect mlflow)"'} />
            </div>
          </Card>
        </div>
      </div>
    </>
  )
}

function RunningNow({ jobs, pending }: { jobs: readonly JobRow[]; pending: boolean }) {
  return (
    <Card
      title={`Running now${jobs.length > 0 ? ` · ${jobs.length}` : ''}`}
      end={jobs.length > mostRunning ? <Link href={`/jobs?status=${running}`}>All of them</Link> : undefined}
      bare
    >
      {pending ? (
        <Loading what="jobs" />
      ) : jobs.length === 0 ? (
        <p className="line quiet">Nothing runs.</p>
      ) : (
        <ul>
          {jobs.slice(0, mostRunning).map((job) => (
            <RunningJob key={job.name} job={job} />
          ))}
        </ul>
      )}
    </Card>
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
      <span className="quiet end">{job.experiment}</span>
      <span className="quiet at">{isOver(job.status) || job.startedAt !== undefined ? duration(seconds) : ''}</span>
      <span className="quiet at">
        <Ago at={job.createdAt} />
      </span>
    </li>
  )
}

/** Why, in a line: the likely cause, else the last thing that was said. */
function causeOf(job: Resource | undefined): string {
  const error = job?.lazurite?.error as { message?: string; cause?: { what?: string } } | undefined // written by the server
  return plainText(error?.cause?.what ?? error?.message?.split('\n')[0] ?? '')
}

function Failures({ jobs, resources }: { jobs: readonly JobRow[]; resources: readonly Resource[] }) {
  if (jobs.length === 0) return null
  return (
    <Card title={`Failed in the last day · ${jobs.length}`} end={<Link href="/jobs?status=Failed">All</Link>} bare>
      <ul>
        {jobs.slice(0, mostFailed).map((job) => (
          <li key={job.name} className="line">
            <span className="state">
              <Status state={job.status} />
            </span>
            <Link href={jobPath(job.name)} className="name">
              {job.displayName}
            </Link>
            <span className="cause">{causeOf(resources.find(({ name }) => name === job.name))}</span>
            <span className="quiet at end">
              <Ago at={job.endedAt ?? job.createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

const hello = `printf 'type: command\\ncommand: echo hello\\nenvironment: {image: python:3.11}\\n' > job.yml`

/** What to do in an empty workspace; it goes away with the first job. */
function FirstSteps() {
  return (
    <Card title="Three steps to the first result">
      <ol className="steps">
        <li className="done">
          <p>Lazurite runs, and you are logged in.</p>
        </li>
        <li>
          <div className="stack" style={{ gap: 8 }}>
            <p>Run a first job from a terminal; it shows up here at once:</p>
            <Twin command={hello} />
            <Twin command="laz job create --file job.yml --stream" />
          </div>
        </li>
        <li>
          <div className="stack" style={{ gap: 8 }}>
            <p>
              Or without a terminal: <Link href="/new/data">upload a table</Link>, then{' '}
              <Link href="/new/job">fill in a job</Link>. What programs log with MLflow comes here too:
            </p>
            <Twin command={'eval "$(laz connect mlflow)"'} />
          </div>
        </li>
      </ol>
    </Card>
  )
}
