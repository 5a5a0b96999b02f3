// Where a version of a model serves.
import { useQueries } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ask } from '../data/api.ts'
import { type Deployment, deploymentOf, endpointPath, useEndpoints } from '../data/endpoints.ts'
import { itemPath, newPath } from '../data/kind-places.ts'
import { armUrl, type Page, useWorkspace } from '../data/queries.ts'
import { useSession } from '../data/session.ts'
import { standing } from '../data/states.ts'
import { Card, Empty, Loading, Problem } from '../parts/bits.tsx'
import { Status } from '../parts/status.tsx'
import type { Item } from './item.tsx'

const sorts = ['online', 'batch'] as const
const mostEndpoints = 100

interface Served {
  sort: (typeof sorts)[number]
  endpoint: string
  deployment: Deployment
}

/** All deployments, endpoint by endpoint: the server has no list of them. */
function useServing(model: string) {
  const { arm } = useWorkspace()
  const lists = [useEndpoints('online'), useEndpoints('batch')]
  const endpoints = lists.flatMap(({ rows }) => rows).slice(0, mostEndpoints)
  const found = useQueries({
    queries: endpoints.map((endpoint) => ({
      queryKey: [`${endpoint.sort}-deployment`, undefined, endpoint.name],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        ask<Page>(armUrl(`${endpointPath(arm, endpoint.sort, endpoint.name)}/deployments`), { signal }),
    })),
  })
  const rows = endpoints.flatMap((endpoint, index): Served[] =>
    (found[index]?.data?.value ?? [])
      .map((one) => deploymentOf(one, endpoint))
      .filter((one) => one.model === model)
      .map((deployment) => ({ sort: endpoint.sort, endpoint: endpoint.name, deployment })),
  )
  const isPending = lists.some((list) => list.isPending) || found.some((one) => one.isPending)
  return { rows, isPending, error: lists.find((list) => list.isError)?.error }
}

export function ModelDeployments({ item }: { item: Item }) {
  const { row } = item
  const { readOnly } = useSession()
  const named = `${row.name}:${row.version}`
  const { rows, isPending, error } = useServing(named)
  if (error) return <Problem error={error} />
  if (isPending) return <Loading what="the deployments" />
  if (rows.length === 0) {
    return (
      <Empty title="It serves nowhere" command="laz online-deployment create --file blue.yml --all-traffic">
        {!readOnly && (
          <p>
            <Link href={newPath('deployment', { model: named })}>Deploy it</Link>
          </p>
        )}
      </Empty>
    )
  }
  return (
    <Card title="Deployments" bare>
      <ul>
        {rows.map(({ sort, endpoint, deployment }) => (
          <li key={`${sort}/${endpoint}/${deployment.name}`} className="line">
            <span className="state">
              <Status state={standing(deployment.state)} />
            </span>
            <Link href={itemPath(`${sort}-endpoint`, { name: endpoint })} className="name">
              {endpoint}
            </Link>
            <span className="quiet">{deployment.name}</span>
            <span className="quiet end">{sort === 'online' ? `${deployment.share} % of the calls` : 'batch'}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
