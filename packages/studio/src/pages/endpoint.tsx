// One online endpoint: its deployments and their shares, a try, how it is called, how it did, what was written.
import { useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import { ask } from '../data/api.ts'
import { type Endpoint, endpointPath, useDeployments, useEndpoint } from '../data/endpoints.ts'
import { armUrl, useWorkspace } from '../data/queries.ts'
import { useSession } from '../data/session.ts'
import { Acts } from '../parts/act.tsx'
import { Ago, Copy, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { Deployments } from '../parts/endpoint/deployments.tsx'
import { Traffic } from '../parts/endpoint/traffic.tsx'
import { Try } from '../parts/endpoint/try.tsx'
import { Icon } from '../parts/icons.tsx'
import { Status } from '../parts/status.tsx'
import { part } from '../places.ts'
import '../style/grid.css'
import '../style/compute.css'
import '../style/endpoint.css'

const Consume = lazy(() => import('../parts/endpoint/consume.tsx').then((one) => ({ default: one.Consume })))
const Monitoring = lazy(() => import('../parts/endpoint/monitoring.tsx').then((one) => ({ default: one.Monitoring })))
const Logs = lazy(() => import('../parts/endpoint/logs.tsx').then((one) => ({ default: one.Logs })))

const tabs = ['details', 'test', 'consume', 'monitoring', 'logs']

export function OnlineEndpoint({ name }: { name: string }) {
  const endpoint = useEndpoint('online', name)
  useTitle(name)
  if (endpoint.isPending) return <Loading what="the endpoint" />
  if (endpoint.isError) return <Problem page error={endpoint.error} retry={() => void endpoint.refetch()} />
  return <Shown endpoint={endpoint.data} />
}

function Shown({ endpoint }: { endpoint: Endpoint }) {
  const [search] = useSearchParams()
  const { readOnly } = useSession()
  const tab = search.get('tab') ?? 'details'
  return (
    <>
      <Head endpoint={endpoint} />
      <nav className="tabs" aria-label="Parts of the endpoint">
        {tabs
          .filter((each) => each !== 'test' || !readOnly)
          .map((each) => (
            <Link
              key={each}
              href={each === 'details' ? `/endpoints/${part(endpoint.name)}` : `?tab=${each}`}
              aria-current={each === tab ? 'page' : undefined}
            >
              {each.charAt(0).toUpperCase() + each.slice(1)}
            </Link>
          ))}
      </nav>
      <Suspense fallback={<Loading what={`the tab ${tab}`} />}>
        <Tab endpoint={endpoint} tab={tab} />
      </Suspense>
    </>
  )
}

function Tab({ endpoint, tab }: { endpoint: Endpoint; tab: string }) {
  const { readOnly } = useSession()
  const deployments = useDeployments(endpoint)
  if (deployments.isPending) return <Loading what="deployments" />
  if (deployments.isError) return <Problem error={deployments.error} retry={() => void deployments.refetch()} />
  const props = { endpoint, deployments: deployments.rows }
  if (tab === 'test' && !readOnly) return <Try {...props} wide />
  if (tab === 'consume') return <Consume endpoint={endpoint} />
  if (tab === 'monitoring') return <Monitoring endpoint={endpoint} />
  if (tab === 'logs') return <Logs {...props} />
  return (
    <div className="columns">
      <div className="stack">
        <Traffic {...props} />
        <Deployments {...props} />
      </div>
      <div className="stack">
        {!readOnly && <Try {...props} />}
        <Address endpoint={endpoint} />
        <Twin command={`laz online-endpoint show -n ${endpoint.name}`} />
      </div>
    </div>
  )
}

function Head({ endpoint }: { endpoint: Endpoint }) {
  const { arm } = useWorkspace()
  const { readOnly } = useSession()
  const queries = useQueryClient()
  const [, go] = useLocation()
  const { name, state, auth, description, resource } = endpoint
  const remove = async () => {
    await ask(armUrl(endpointPath(arm, 'online', name)), { method: 'DELETE' })
    await queries.invalidateQueries({ queryKey: ['online-endpoint'] })
    go('/endpoints')
  }
  return (
    <div className="head">
      <h1>{name}</h1>
      <Status state={state} />
      <span className="quiet">online endpoint, login by {auth.replace('_', ' ')}</span>
      {!readOnly && (
        <div className="end">
          <Link href={`/new/online-deployment?endpoint_name=${part(name)}`} className="button primary">
            <Icon name="plus" /> Add deployment
          </Link>
          <Acts
            acts={[
              {
                title: 'Delete',
                danger: true,
                ask: `${name} and every deployment behind it end at once.`,
                run: remove,
              },
            ]}
          />
        </div>
      )}
      <p className="under">
        <span className="mono">{name}</span>
        <Copy text={name} label="Copy the name" />
        {description && <span>{description}</span>}
        <span>
          made by {resource.systemData?.createdBy ?? '?'}, <Ago at={endpoint.createdAt} />
        </span>
      </p>
    </div>
  )
}

function Address({ endpoint }: { endpoint: Endpoint }) {
  return (
    <section className="card">
      <header>
        <h2>Address</h2>
        <div className="end">
          <Copy text={endpoint.scoringUri} label="Copy the address" />
        </div>
      </header>
      <div className="body mono" style={{ overflowWrap: 'anywhere' }}>
        {endpoint.scoringUri}
      </div>
    </section>
  )
}
