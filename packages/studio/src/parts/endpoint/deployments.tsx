// What is behind an endpoint: a tile a deployment, with its model, its replicas and how it did.
import { useQueryClient } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ask } from '../../data/api.ts'
import { assetPath, type Deployment, type Endpoint, endpointPath, useNumbers } from '../../data/endpoints.ts'
import { count, number } from '../../data/format.ts'
import { armUrl, useWorkspace } from '../../data/queries.ts'
import { useSession } from '../../data/session.ts'
import { part } from '../../places.ts'
import { Acts } from '../act.tsx'
import { Card, Empty } from '../bits.tsx'
import { Status } from '../status.tsx'

interface Shown {
  endpoint: Endpoint
  deployments: readonly Deployment[]
}

export function Deployments({ endpoint, deployments }: Shown) {
  const numbers = useNumbers(endpoint.name)
  return (
    <Card title={`Deployments${deployments.length > 0 ? ` · ${deployments.length}` : ''}`}>
      {deployments.length === 0 ? (
        <Empty
          title="Nothing is deployed yet"
          command={`laz online-deployment create -f blue.yml -e ${endpoint.name} --all-traffic`}
        />
      ) : (
        <ul className="nodes" style={{ gridTemplateColumns: 'repeat(auto-fill, minmax(min(280px, 100%), 1fr))' }}>
          {deployments.map((deployment) => (
            <Tile
              key={deployment.name}
              endpoint={endpoint}
              deployment={deployment}
              numbers={numbers.data?.deployments[deployment.name]}
            />
          ))}
        </ul>
      )}
    </Card>
  )
}

interface TileProps {
  endpoint: Endpoint
  deployment: Deployment
  numbers: { calls: number; failed: number; latency: { p50Ms: number; p99Ms: number } } | undefined
}

function Tile({ endpoint, deployment, numbers }: TileProps) {
  const { readOnly } = useSession()
  const { name, state, model, environment, script, instances, ready, share, error } = deployment
  const place = assetPath('models', model)
  const facts: [string, string | number][] = [
    ['Environment', environment],
    ['Script', script],
    ['Instances', ready === undefined ? instances : `${ready} of ${instances} ready`],
    ['Share', `${share}%`],
    ['Latency', numbers && numbers.calls > 0 ? `p50 ${numbers.latency.p50Ms} ms, p99 ${numbers.latency.p99Ms} ms` : ''],
    [
      'Errors',
      numbers && numbers.calls > 0
        ? `${number((100 * numbers.failed) / numbers.calls)}% of ${count(numbers.calls)}`
        : '',
    ],
  ]
  return (
    <li className="tile">
      <header>
        <b>{name}</b>
        <Status state={state} />
      </header>
      {error && (
        <div className="notice fail" role="alert">
          <p style={{ whiteSpace: 'pre-wrap' }}>{error}</p>
          <p>
            <Link href={`?tab=logs&deployment=${part(name)}`}>Open its logs</Link>
          </p>
        </div>
      )}
      <dl className="facts">
        <dt>Model</dt>
        <dd>{place ? <Link href={place}>{model}</Link> : model || 'in its code'}</dd>
        {facts
          .filter(([, value]) => value !== '')
          .map(([title, value]) => (
            <div key={title} style={{ display: 'contents' }}>
              <dt>{title}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {!readOnly && <ItsActs endpoint={endpoint} deployment={deployment} />}
    </li>
  )
}

function ItsActs({ endpoint, deployment }: Omit<TileProps, 'numbers'>) {
  const { arm } = useWorkspace()
  const queries = useQueryClient()
  const { name, share } = deployment
  const remove = async () => {
    const path = `${endpointPath(arm, 'online', endpoint.name)}/deployments/${part(name)}`
    await ask(armUrl(path), { method: 'DELETE' })
    await queries.invalidateQueries({ queryKey: ['online-deployment'] })
  }
  return (
    <div className="actions" style={{ marginTop: 10 }}>
      <Link href={`?tab=logs&deployment=${part(name)}`} className="button small">
        Logs
      </Link>
      <Acts
        acts={[
          {
            title: 'Remove',
            danger: true,
            disabled: share > 0,
            ask: `${name} ends; its replicas finish the calls under way.`,
            run: remove,
          },
        ]}
      />
    </div>
  )
}
