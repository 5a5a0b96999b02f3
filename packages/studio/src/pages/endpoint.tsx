// One online endpoint: its deployments and their shares, a try, how it is called, how it did, what was written.
import { lazy, Suspense } from 'react'
import { Link, useSearchParams } from 'wouter'
import { type Endpoint, useDeployments, useEndpoint } from '../data/endpoints.ts'
import { useSession } from '../data/session.ts'
import { Copy, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { Deployments } from '../parts/endpoint/deployments.tsx'
import { Traffic } from '../parts/endpoint/traffic.tsx'
import { Try } from '../parts/endpoint/try.tsx'
import { EndpointHead } from '../parts/endpoint-head.tsx'
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
      <EndpointHead
        type="online"
        endpoint={endpoint}
        about={`online endpoint, login by ${endpoint.auth.replace('_', ' ')}`}
        end={`${endpoint.name} and every deployment behind it end at once.`}
      />
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
