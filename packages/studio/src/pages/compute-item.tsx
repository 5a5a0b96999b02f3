// One compute: its nodes or applications, who runs on it and who waits, its settings.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useLocation, useSearchParams } from 'wouter'
import { ApiError, ask } from '../data/api.ts'
import { type ComputeRow, computeRow, innerOf, useMachine } from '../data/computes.ts'
import { armUrl, type Resource, useWorkspace } from '../data/queries.ts'
import { scopeOf, useSession } from '../data/session.ts'
import { type Act, Acts } from '../parts/act.tsx'
import { Ago, Card, Copy, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { Nodes, Scale } from '../parts/compute/cluster.tsx'
import { Applications, Logs, Rest } from '../parts/compute/instance.tsx'
import { ComputeJobs } from '../parts/compute/jobs.tsx'
import { Status } from '../parts/status.tsx'
import { part } from '../places.ts'
import { wordOfState } from './compute.tsx'
import '../style/grid.css'
import '../style/compute.css'

export function ComputeItem({ name }: { name: string }) {
  const { arm, id } = useWorkspace()
  const machine = useMachine()
  const compute = useQuery({
    queryKey: ['compute', name],
    queryFn: ({ signal }) => ask<Resource>(armUrl(`${arm}/computes/${part(name)}`), { signal }),
  })
  useTitle(name)
  if (compute.isPending) return <Loading what="the compute" />
  if (compute.isError) return <Problem page error={compute.error} retry={() => void compute.refetch()} />
  const pools = (machine.data?.pools ?? []).filter(({ scope }) => scope === scopeOf(id))
  return <Shown row={computeRow(compute.data, pools)} />
}

function Shown({ row }: { row: ComputeRow }) {
  const [search] = useSearchParams()
  const tabs = row.kind === 'instances' ? ['details', 'jobs', 'logs'] : ['details', 'jobs']
  const tab = search.get('tab') ?? 'details'
  return (
    <>
      <Head row={row} />
      <nav className="tabs" aria-label="Parts of the compute">
        {tabs.map((each) => (
          <Link
            key={each}
            href={each === 'details' ? `/compute/${part(row.name)}` : `?tab=${each}`}
            aria-current={each === tab ? 'page' : undefined}
          >
            {each.charAt(0).toUpperCase() + each.slice(1)}
            {each === 'jobs' && row.queued > 0 ? ` · ${row.queued} queued` : ''}
          </Link>
        ))}
      </nav>
      {tab === 'jobs' ? (
        <ComputeJobs name={row.name} />
      ) : tab === 'logs' ? (
        <Logs name={row.name} />
      ) : (
        <div className="columns">
          <div className="stack">
            {row.kind === 'clusters' && <Nodes row={row} />}
            {row.kind === 'instances' && <Applications row={row} />}
            <ComputeJobs name={row.name} short />
          </div>
          <div className="stack">
            <Facts row={row} />
            {row.kind === 'clusters' && <Scale row={row} />}
            {row.kind === 'instances' && <Rest row={row} />}
            <Twin command={`laz compute show --name ${row.name}`} />
          </div>
        </div>
      )}
    </>
  )
}

function Head({ row }: { row: ComputeRow }) {
  const { readOnly } = useSession()
  const { systemData } = row.resource
  return (
    <div className="head">
      <h1>{row.name}</h1>
      <Status state={row.state} word={wordOfState(row.state)} />
      <span className="quiet">
        {row.type}
        {row.size && `, ${row.size}`}
      </span>
      {!readOnly && (
        <div className="end">
          <ItsActs row={row} />
        </div>
      )}
      <p className="under">
        <span className="mono">{row.name}</span>
        <Copy text={row.name} label="Copy the name" />
        <span>
          made by {systemData?.createdBy ?? '?'}, <Ago at={systemData?.createdAt} />
        </span>
      </p>
    </div>
  )
}

function ItsActs({ row }: { row: ComputeRow }) {
  return <Acts acts={useActs(row)} />
}

function useActs(row: ComputeRow): Act[] {
  const { arm } = useWorkspace()
  const [, go] = useLocation()
  const queries = useQueryClient()
  const path = `${arm}/computes/${part(row.name)}`
  const post = (verb: string) => async () => {
    await ask(armUrl(`${path}/${verb}`), { method: 'POST' })
    await queries.invalidateQueries({ queryKey: ['compute'] })
  }
  const remove: Act = {
    title: row.kind === 'attached' || row.kind === 'kubernetes' ? 'Detach' : 'Delete',
    danger: true,
    ask: `${row.name} goes away. Jobs that run on it are canceled; what they wrote stays.`,
    run: async () => {
      const words = { underlyingResourceAction: row.resource.properties.isAttachedCompute ? 'Detach' : 'Delete' }
      await ask(armUrl(path, words), { method: 'DELETE' })
      go('/compute')
    },
  }
  if (row.kind !== 'instances') return [remove]
  const up = row.state === 'Running' || row.state === 'JobRunning'
  return [
    { title: 'Start', run: post('start'), disabled: up || row.state === 'Starting' },
    { title: 'Stop', run: post('stop'), disabled: !up },
    { title: 'Restart', run: post('restart'), disabled: !up },
    remove,
  ]
}

function Facts({ row }: { row: ComputeRow }) {
  const inner = innerOf(row.resource)
  const { properties, tags = {} } = row.resource
  const errors = (properties.provisioningErrors ?? []) as { error?: { message?: string } }[] | null // as ARM has them
  const facts: [string, unknown][] = [
    ['Description', properties.description],
    ['Backed by', row.backing],
    ['Size', row.size],
    ['Idle shutdown', inner.idleTimeBeforeShutdown],
    ['Priority', inner.vmPriority],
    ['Namespace', inner.namespace],
    ['Address', inner.address],
    ['Resource', properties.resourceId],
  ]
  return (
    <Card title="Properties">
      {errors?.map(({ error }) => (
        <div key={error?.message} style={{ marginBottom: 12 }}>
          <Problem error={new ApiError(0, '', error?.message ?? 'It failed.')} />
        </div>
      ))}
      <dl className="facts">
        {facts
          .filter(([, value]) => typeof value === 'string' && value !== '')
          .map(([title, value]) => (
            <div key={title} style={{ display: 'contents' }}>
              <dt>{title}</dt>
              <dd>{String(value)}</dd>
            </div>
          ))}
        {Object.entries(tags).map(([key, value]) => (
          <div key={key} style={{ display: 'contents' }}>
            <dt>{key}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
