// One job: what it is, and a tab for each side of it.
import { type ComponentType, useEffect } from 'react'
import { Link, useSearchParams } from 'wouter'
import { duration } from '../data/format.ts'
import { rowOf, useHasNested } from '../data/jobs.ts'
import { type Resource, useJob } from '../data/queries.ts'
import { useSession } from '../data/session.ts'
import { isOver, wordOf } from '../data/states.ts'
import { useHasTraces } from '../data/traces.ts'
import { Ago, Copy, Loading, useNow, useTitle } from '../parts/bits.tsx'
import { isTyping, lettersAreOn } from '../parts/keys.ts'
import { type Later, later } from '../parts/later.tsx'
import { Status } from '../parts/status.tsx'
import { experimentPath, jobPath } from '../places.ts'
import { type JobTabProps, tabPath } from './job-tab.ts'
import { JobTitle } from './job-title.tsx'
import '../style/grid.css'
import '../style/kinds.css'
import '../style/job.css'

interface Tab {
  id: string
  title: string
  panel: Later<JobTabProps>
  /** Whether this job has such a side; all have when absent. */
  has?(job: Resource): boolean
}

/** A side is loaded when somebody goes there. */
function side(load: () => Promise<{ Side: ComponentType<JobTabProps> }>): Later<JobTabProps> {
  return later(load, ({ Side }) => Side, 'this side')
}

const JobActions = later(
  () => import('./job-actions.tsx'),
  (file) => file.JobActions,
)
const JobMissing = later(
  () => import('./job-missing.tsx'),
  (file) => file.JobMissing,
)
const type = (job: Resource) => String(job.properties.jobType).toLowerCase()
/** Somebody else runs it: there is no log here, and no step. */
const isOutside = (job: Resource) => job.lazurite?.outside === true
const makesJobs = (job: Resource) => ['pipeline', 'sweep', 'automl', 'spark'].includes(type(job))

const tabs: readonly Tab[] = [
  { id: 'overview', title: 'Overview', panel: side(() => import('./job-overview.tsx')) },
  { id: 'graph', title: 'Graph', panel: side(() => import('./job-graph.tsx')), has: (job) => type(job) === 'pipeline' },
  { id: 'metrics', title: 'Metrics', panel: side(() => import('./job-metrics.tsx')) },
  { id: 'logs', title: 'Logs', panel: side(() => import('./job-logs.tsx')), has: (job) => !isOutside(job) },
  { id: 'outputs', title: 'Outputs', panel: side(() => import('./job-outputs.tsx')) },
  { id: 'images', title: 'Images', panel: side(() => import('./job-images.tsx')) },
  { id: 'children', title: 'Child jobs', panel: side(() => import('./job-children.tsx')), has: makesJobs },
  {
    id: 'code',
    title: 'Code',
    panel: side(() => import('./job-code.tsx')),
    has: (job) => typeof job.properties.codeId === 'string',
  },
  { id: 'lineage', title: 'Lineage', panel: side(() => import('./job-lineage.tsx')) },
  { id: 'system', title: 'System', panel: side(() => import('./job-system.tsx')) },
]
/** Of jobs that have some; last, so that nothing moves when it turns out that there are. */
const nested: Tab = { id: 'nested', title: 'Nested runs', panel: side(() => import('./job-nested.tsx')) }
const traces: Tab = { id: 'traces', title: 'Traces', panel: side(() => import('./job-traces.tsx')) }

export function JobPage({ name }: { name: string }) {
  const [search] = useSearchParams()
  const tab = search.get('tab') ?? 'overview'
  const job = useJob(name)
  // its side is fetched beside the job
  useEffect(() => [...tabs, nested, traces].find(({ id }) => id === tab)?.panel.ahead(), [tab])
  useTitle(job.data ? `${wordOf(rowOf(job.data).status)} · ${rowOf(job.data).displayName}` : name)
  if (job.isPending) return <Loading what="the job" />
  if (job.isError && !job.data) return <JobMissing name={name} error={job.error} retry={() => void job.refetch()} />
  return <Sides job={job.data} />
}

function Sides({ job }: { job: Resource }) {
  const [search] = useSearchParams()
  const asked = search.get('tab')
  const hasTraces = useHasTraces(job.name) || asked === traces.id
  const hasNested = useHasNested(job.name, !makesJobs(job)) || asked === nested.id
  const more = [...(hasNested ? [nested] : []), ...(hasTraces ? [traces] : [])]
  const shown = [...tabs.filter(({ has }) => has?.(job) ?? true), ...more]
  const here = shown.find(({ id }) => id === asked) ?? shown[0]
  const Panel = here?.panel
  useTabKeys(shown)
  return (
    <>
      <Head job={job} />
      <nav className="tabs" aria-label="Sides of the job">
        {shown.map(({ id, title }) => (
          <Link key={id} href={tabPath(job.name, id)} aria-current={id === here?.id ? 'page' : undefined}>
            {id === 'children' && ['sweep', 'automl'].includes(type(job)) ? 'Trials' : title}
          </Link>
        ))}
      </nav>
      {Panel && <Panel job={job} />}
    </>
  )
}

/** The digits go to the tabs, unless somebody types. */
function useTabKeys(shown: readonly Tab[]): void {
  const [, setSearch] = useSearchParams()
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target } = event
      const typing =
        isTyping(target) || !lettersAreOn() || (target instanceof Element && target.closest('[role=dialog]'))
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return
      const tab = shown[Number(event.key) - 1]
      if (tab) setSearch(tab.id === 'overview' ? {} : { tab: tab.id })
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [shown, setSearch])
}

function Head({ job }: { job: Resource }) {
  const row = rowOf(job)
  const { readOnly } = useSession()
  const now = useNow()
  const seconds = row.startedAt === undefined ? undefined : ((row.endedAt ?? now) - row.startedAt) / 1000
  const parent = (job.lazurite as { parent?: string | null } | undefined)?.parent
  const archived = job.properties.isArchived === true
  return (
    <div className="head">
      <JobTitle name={row.name} title={row.displayName} readOnly={readOnly} />
      <Status state={row.status} />
      {archived && <span className="chip">Archived</span>}
      {row.outside && (
        <span className="chip" title="A program somewhere else made it and runs it">
          Run
        </span>
      )}
      <span className="quiet">{row.endedAt !== undefined || !isOver(row.status) ? duration(seconds) : ''}</span>
      <div className="end">
        <JobActions job={job} readOnly={readOnly} />
      </div>
      <p className="under">
        <span className="mono">{row.name}</span>
        <Copy text={row.name} label="Copy the name" />
        {parent && (
          <span>
            {row.outside ? 'below' : 'step of'} <Link href={jobPath(parent)}>{parent}</Link> ·
          </span>
        )}
        <Link href={experimentPath(row.experiment)}>{row.experiment}</Link>
        {row.compute && <span>· {row.compute}</span>}
        <span>
          · {row.createdBy}, <Ago at={row.createdAt} />
        </span>
      </p>
    </div>
  )
}
