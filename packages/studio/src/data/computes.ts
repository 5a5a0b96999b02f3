// Computes as rows, how busy this machine is, and what waits for which.
import { useQuery } from '@tanstack/react-query'
import { ask } from './api.ts'
import { armUrl, type Page, type Resource, useWorkspace } from './queries.ts'
import { scopeOf } from './session.ts'

export interface Sample {
  at: number
  /** Shares between 0 and 1. */
  cpu: number
  memory: number
}

export interface Machine {
  host: string
  cores: number
  memoryBytes: number
  disk: { totalBytes: number; freeBytes: number }
  samples: Sample[]
  jobs: { cores: number; memoryMiB: number; gpus: number; coresHeld: number; memoryHeldMiB: number }
  pools: { scope?: string; compute: string; busy: number; waiting: number }[]
}

export type ComputeKind = 'instances' | 'clusters' | 'kubernetes' | 'attached'

export const kindTitles: Record<ComputeKind, string> = {
  instances: 'Instances',
  clusters: 'Clusters',
  kubernetes: 'Kubernetes',
  attached: 'Attached',
}

export interface ComputeRow {
  name: string
  kind: ComputeKind
  /** Word of one of them. */
  type: string
  backing: string
  state: string
  size: string
  /** Nodes that jobs hold, and the most there may be; absent where there are none to count. */
  busy?: number
  most?: number
  queued: number
  resource: Resource
}

const kinds: Record<string, [ComputeKind, string, string]> = {
  AmlCompute: ['clusters', 'Cluster', 'This machine'],
  ComputeInstance: ['instances', 'Instance', 'This machine'],
  Kubernetes: ['kubernetes', 'Kubernetes', 'Kubernetes'],
}

/** What the type's own properties say. */
export function innerOf(resource: Resource): Record<string, unknown> {
  return (resource.properties.properties ?? {}) as Record<string, unknown> // an object on the wire, or absent
}

/** A compute as it is listed; `pools` are those of its workspace. */
export function computeRow(resource: Resource, pools: readonly Machine['pools'][number][]): ComputeRow {
  const { name, properties } = resource
  const type = String(properties.computeType)
  const inner = innerOf(resource)
  const [kind, word, backing] = kinds[type] ?? ['attached', type === 'VirtualMachine' ? 'Machine' : type, 'SSH']
  const pool = pools.find(({ compute }) => compute === name)
  const scale = (inner.scaleSettings ?? {}) as { maxNodeCount?: number } // as ARM has it
  return {
    name,
    kind,
    type: word,
    backing,
    state: stateOf(type, String(properties.provisioningState ?? ''), inner, pool?.busy ?? 0),
    size: typeof inner.vmSize === 'string' ? inner.vmSize : '',
    ...(kind === 'clusters' || kind === 'instances' ? { busy: pool?.busy ?? 0, most: scale.maxNodeCount ?? 1 } : {}),
    queued: pool?.waiting ?? 0,
    resource,
  }
}

/** In the words of machines: a cluster is idle or busy, not succeeded. */
function stateOf(type: string, provisioning: string, inner: Record<string, unknown>, busy: number): string {
  if (type === 'ComputeInstance') return String(inner.state ?? provisioning)
  if (provisioning !== 'Succeeded') return provisioning
  if (inner.allocationState === 'Resizing') return 'Resizing'
  if (type === 'AmlCompute') return busy > 0 ? 'busy' : 'idle'
  return 'Ready'
}

/** Asked again every few seconds while somebody looks. */
export function useMachine() {
  return useQuery({
    queryKey: ['machine'],
    queryFn: ({ signal }) => ask<Machine>('/lazurite/v1/machine', { signal }),
    refetchInterval: 5000,
  })
}

export function useComputes() {
  const { arm, id } = useWorkspace()
  const machine = useMachine()
  const list = useQuery({
    queryKey: ['compute', undefined, 'list'],
    queryFn: ({ signal }) => ask<Page>(armUrl(`${arm}/computes`), { signal }),
  })
  const pools = (machine.data?.pools ?? []).filter(({ scope }) => scope === scopeOf(id))
  const rows = (list.data?.value ?? []).map((resource) => computeRow(resource, pools))
  const own = machine.data?.pools.find(({ scope, compute }) => scope === undefined && compute === 'local')
  return { ...list, rows, machine: machine.data, here: own ?? { busy: 0, waiting: 0 } }
}
