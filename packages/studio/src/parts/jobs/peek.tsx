// One job beside the list: what it is, what it logged, how it ended.
import { useEffect } from 'react'
import { Link } from 'wouter'
import { count, number } from '../../data/format.ts'
import { rowOf } from '../../data/jobs.ts'
import { useJob } from '../../data/queries.ts'
import { useLogEnd, useRunFacts } from '../../data/run.ts'
import { jobPath } from '../../places.ts'
import { Ago, Copy, Loading, Problem } from '../bits.tsx'
import { isSystem, keyMetrics } from '../chart/groups.ts'
import { Icon } from '../icons.tsx'
import { plainText } from '../logs/ansi.ts'
import { Status } from '../status.tsx'
import { Tags } from '../tags.tsx'
import { Duration } from './cells.tsx'

const lastLines = 12
const mostFacts = 12

export function Peek({ name, close }: { name: string; close(): void }) {
  const job = useJob(name)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) close()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [close])
  const row = job.data && rowOf(job.data)
  return (
    <aside className="peek" aria-label={`The job ${row?.displayName ?? name}`}>
      <header>
        <div>
          <h2>{row?.displayName ?? name}</h2>
          <span className="mono quiet">{name}</span> <Copy text={name} label="Copy the name" />
        </div>
        <Link href={jobPath(name)} className="button small">
          Open
        </Link>
        <button type="button" className="button bare small square" aria-label="Close" onClick={close}>
          <Icon name="cross" />
        </button>
      </header>
      {job.isPending && <Loading what="the job" />}
      {job.isError && <Problem error={job.error} retry={() => void job.refetch()} />}
      {job.data && <Sides key={name} name={name} job={job.data} />}
    </aside>
  )
}

function Sides({ name, job }: { name: string; job: NonNullable<ReturnType<typeof useJob>['data']> }) {
  const row = rowOf(job)
  const facts = useRunFacts(name, row.status)
  const all = (facts.data?.metrics ?? []).filter(({ key }) => !isSystem(key))
  const first = keyMetrics(all)
  const metrics = [...all].sort((a, b) => place(first, a.key) - place(first, b.key))
  const params = Object.entries({ ...row.params, ...facts.data?.params })
  return (
    <>
      <dl className="facts">
        <Fact title="Status">
          <Status state={row.status} />
        </Fact>
        <Fact title="Experiment">{row.experiment}</Fact>
        <Fact title="Compute">{row.compute || 'serverless'}</Fact>
        <Fact title="Duration">
          <Duration job={row} />
        </Fact>
        <Fact title="Created">
          <span>
            <Ago at={row.createdAt} /> by {row.createdBy}
          </span>
        </Fact>
        {row.description !== '' && <Fact title="Description">{row.description.slice(0, 500)}</Fact>}
      </dl>
      {Object.keys(row.tags).length > 0 && (
        <p className="chips">
          <Tags tags={row.tags} />
        </p>
      )}
      <Pairs title="Metrics" pairs={metrics.map(({ key, last }) => [key, number(last)])} />
      <Pairs title="Parameters" pairs={params} />
      <LogEnd name={name} status={row.status} />
    </>
  )
}

function place(first: readonly string[], key: string): number {
  const at = first.indexOf(key)
  return at < 0 ? first.length : at
}

function Fact({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div style={{ display: 'contents' }}>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Pairs({ title, pairs }: { title: string; pairs: readonly (readonly [string, string])[] }) {
  if (pairs.length === 0) return null
  return (
    <section>
      <h3>{title}</h3>
      <dl className="facts">
        {pairs.slice(0, mostFacts).map(([key, value]) => (
          <Fact key={key} title={key}>
            {value}
          </Fact>
        ))}
      </dl>
      {pairs.length > mostFacts && <p className="quiet">and {count(pairs.length - mostFacts)} more</p>}
    </section>
  )
}

function LogEnd({ name, status }: { name: string; status: string }) {
  const log = useLogEnd(name, { count: lastLines, status })
  if (!log.data || log.data.value.length === 0) return null
  return (
    <section>
      <h3>Last lines</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard */}
      <pre className="peek-log" tabIndex={0}>
        {log.data.value.map(plainText).join('\n')}
      </pre>
    </section>
  )
}
