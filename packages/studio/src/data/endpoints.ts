// Endpoints, what is behind them, and numbers about their calls.
import { useQuery } from '@tanstack/react-query'
import { ask } from './api.ts'
import { armUrl, type Page, type Resource, useWorkspace } from './queries.ts'
import { standing } from './states.ts'

export type Sort = 'online' | 'batch'

const collections: Record<Sort, string> = { online: 'onlineEndpoints', batch: 'batchEndpoints' }

export interface Deployment {
  name: string
  state: string
  /** Name and version, as far as its address tells. */
  model: string
  environment: string
  script: string
  instances: number
  /** Replicas that answer now; undefined when the server does not say. */
  ready: number | undefined
  replicas: { id: string; state: string; restarts: number }[]
  /** Percent of the calls. */
  share: number
  mirror: number
  error: string
  resource: Resource
}

export interface Endpoint {
  name: string
  sort: Sort
  state: string
  /** `key`, `aml_token`, `aad_token`. */
  auth: string
  description: string
  traffic: Record<string, number>
  mirror: Record<string, number>
  /** Of batch endpoints. */
  standard: string
  scoringUri: string
  createdAt: string
  resource: Resource
}

const auths: Record<string, string> = { key: 'key', amltoken: 'aml_token', aadtoken: 'aad_token' }
const text = (value: unknown) => (typeof value === 'string' ? value : '')

export function endpointOf(resource: Resource, sort: Sort): Endpoint {
  const { properties, systemData } = resource
  return {
    name: resource.name,
    sort,
    state: standing(text(properties.provisioningState) || 'Succeeded'),
    auth: auths[text(properties.authMode).toLowerCase()] ?? '',
    description: text(properties.description),
    traffic: (properties.traffic ?? {}) as Record<string, number>, // percents by name, on the wire
    mirror: (properties.mirrorTraffic ?? {}) as Record<string, number>,
    standard: text((properties.defaults as { deploymentName?: string } | undefined)?.deploymentName),
    scoringUri: text(properties.scoringUri),
    createdAt: systemData?.createdAt ?? '',
    resource,
  }
}

interface Served {
  ready?: number
  replicas?: Deployment['replicas']
  error?: { message?: string }
}

export function deploymentOf(
  resource: Resource,
  { traffic, mirror }: Pick<Endpoint, 'traffic' | 'mirror'>,
): Deployment {
  const { properties } = resource
  const served = (resource.lazurite ?? {}) as Served // what our own server says beside
  const code = (properties.codeConfiguration ?? {}) as { scoringScript?: string }
  const sku = (resource as { sku?: { capacity?: number } }).sku
  return {
    name: resource.name,
    state: standing(text(properties.provisioningState)),
    model: shortId(modelId(properties.model)),
    environment: shortId(text(properties.environmentId)),
    script: code.scoringScript ?? '',
    instances: sku?.capacity ?? 1,
    ready: served.ready,
    replicas: served.replicas ?? [],
    share: traffic[resource.name] ?? 0,
    mirror: mirror[resource.name] ?? 0,
    error: served.error?.message ?? '',
    resource,
  }
}

function modelId(model: unknown): string {
  if (typeof model === 'string') return model
  return (
    text((model as { assetId?: string } | undefined)?.assetId) || text((model as { path?: string } | undefined)?.path)
  )
}

/** `taxi:12` of an id of a version. */
export function shortId(id: string): string {
  if (/CliV2AnonymousEnvironment/.test(id)) return 'of its own'
  const found = /\/(?:models|environments|codes)\/([^/]+)\/(?:versions|labels)\/([^/]+)$/i.exec(id)
  return found ? `${found[1]}:${found[2]}` : id.replace(/^azureml:/, '')
}

/** Where the page of a model named `name:version` is. */
export function assetPath(place: string, short: string): string | undefined {
  const cut = short.lastIndexOf(':')
  if (cut <= 0 || short.includes('/')) return undefined
  return `/${place}/${encodeURIComponent(short.slice(0, cut))}/${encodeURIComponent(short.slice(cut + 1))}`
}

export function useEndpoints(sort: Sort) {
  const { arm } = useWorkspace()
  const list = useQuery({
    queryKey: [`${sort}-endpoint`, undefined, 'list'],
    queryFn: ({ signal }) => ask<Page>(armUrl(`${arm}/${collections[sort]}`), { signal }),
  })
  return { ...list, rows: (list.data?.value ?? []).map((resource) => endpointOf(resource, sort)) }
}

export function endpointPath(arm: string, sort: Sort, name: string): string {
  return `${arm}/${collections[sort]}/${encodeURIComponent(name)}`
}

export function useEndpoint(sort: Sort, name: string) {
  const { arm } = useWorkspace()
  return useQuery({
    queryKey: [`${sort}-endpoint`, name],
    queryFn: async ({ signal }) =>
      endpointOf(await ask<Resource>(armUrl(endpointPath(arm, sort, name)), { signal }), sort),
  })
}

export function useDeployments(endpoint: Endpoint) {
  const { arm } = useWorkspace()
  const { sort, name } = endpoint
  const list = useQuery({
    // changes name a deployment with its endpoint: all lists of deployments are looked at again
    queryKey: [`${sort}-deployment`, undefined, name],
    queryFn: ({ signal }) => ask<Page>(armUrl(`${endpointPath(arm, sort, name)}/deployments`), { signal }),
  })
  const rows = (list.data?.value ?? []).map((resource) => deploymentOf(resource, endpoint))
  return { ...list, rows: rows.sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1)) }
}

export interface CallNumbers {
  calls: number
  failed: number
  callsPerSecond: number
  statuses: Record<string, number>
  latency: {
    meanMs: number
    p50Ms: number
    p90Ms: number
    p99Ms: number
    buckets: { upToMs: number | null; calls: number }[]
  }
}

export interface ReplicaNumbers {
  id: string
  state: string
  /** Epoch milliseconds. */
  startedAt: number
  restarts: number
  /** Absent where its processes are not on this machine. */
  cpuSeconds?: number
  memoryBytes?: number
  processes?: number
}

export interface EndpointNumbers {
  endpoint: string
  /** By deployment; `''`: calls that reached none. */
  deployments: Record<string, CallNumbers>
  /** By deployment. */
  replicas?: Record<string, ReplicaNumbers[]>
}

/** Numbers since the start of the server, looked at again while somebody looks. */
export function useNumbers(name: string, everyMs = 3000) {
  const { own } = useWorkspace()
  return useQuery({
    queryKey: ['online-endpoint', name, 'metrics'],
    queryFn: ({ signal }) => ask<EndpointNumbers>(`${endpointPath(own, 'online', name)}/metrics`, { signal }),
    refetchInterval: everyMs,
    retry: false,
  })
}

/** Shares of what the server may be told: whole percents of which the sum is 100, or none at all. */
export function trafficProblem(shares: Record<string, number>): string | undefined {
  const values = Object.values(shares)
  if (values.some((share) => !Number.isInteger(share) || share < 0 || share > 100))
    return 'A share is a whole number from 0 to 100.'
  const sum = values.reduce((total, share) => total + share, 0)
  return sum === 0 || sum === 100 ? undefined : `The shares add up to ${sum}; 100 is needed, or 0.`
}
