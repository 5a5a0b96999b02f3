/**
 * What a job asks of its compute, in numbers: how many nodes, how much of this machine each of them is. A compute that is
 * larger than the machine is cut down to it and says so.
 */
import {
  asNumber,
  asObject,
  asString,
  type Issue,
  isLazError,
  type JsonObject,
  type LazError,
  parseArmId,
} from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { backendOf } from './computes/index.ts'
import { type Size, sizeOf } from './sizes.ts'

/** What the official client asks for when a cluster's maximum is not given. */
const defaultMaxNodes = 4

export interface Slot {
  /** The compute's name: `local`, `serverless` or that of a row. */
  compute: string
  /** The backend that runs its jobs. */
  backend: string
  /** Size name as asked for; '' when none was. */
  sizeName: string
  /** Queue the job stands in. */
  pool: string
  poolNodes: number
  /** Jobs that a node takes at once. */
  perNode: number
  nodes: number
  /** What the job takes of this machine on each of its nodes. */
  node: Size
  /** What was cut, in words. */
  notes: string[]
}

/** A cluster that belongs to no workspace: a pool of Azure's own, which jobs name by its whole id. */
const virtualCluster = /virtualclusters\/([^/]+)$/i

/** The name a compute reference means; `serverless` when there is none, or when it is a virtual cluster. */
export function computeName(props: JsonObject): string | undefined {
  const properties = asObject(asObject(props.resources).properties)
  if (asObject(properties.IsLocal).IsLocal === true) return 'local'
  const text = asString(props.computeId)
  if (!text || virtualCluster.test(text)) return 'serverless'
  const armed = parseArmId(text)
  const name = armed?.collection === 'computes' ? armed.name : text.split('/').at(-1)
  return name?.replace(/^azureml:/i, '') || undefined
}

/** What the job takes, or why its compute cannot give it. `props` are wire properties of a job that runs a process. */
export async function slotOf(o: {
  store: Store
  scope: string
  props: JsonObject
  machine: Size
}): Promise<Slot | { issue: Issue }> {
  const { scope, props, machine } = o
  const resources = asObject(props.resources)
  const nodes = Math.max(1, Math.floor(asNumber(resources.instanceCount) ?? 1))
  const compute = computeName(props)
  const refuse = (message: string, hint?: string) => ({
    issue: { path: ['computeId'], message, ...(hint ? { hint } : {}) } satisfies Issue,
  })
  if (compute === undefined) return refuse(`${asString(props.computeId)} names no compute of this workspace`)
  const base = { compute, backend: ownBackend, pool: poolOf(scope, compute), nodes, perNode: 1 }
  if (ownPools.has(compute)) {
    const sizeName = asString(resources.instanceType) ?? ''
    const share: Size = { cores: 1, memoryMiB: Math.floor(machine.memoryMiB / machine.cores), gpus: 0 }
    const cut = fit({ asked: sizeName ? sizeOf(sizeName) : share, sizeName, share, nodes, machine })
    const virtual = virtualCluster.exec(asString(props.computeId) ?? '')?.[1]
    if (virtual)
      cut.notes.push(`The virtual cluster ${virtual} is a pool of Azure's; here the job takes serverless nodes.`)
    return { ...base, sizeName, poolNodes: Number.MAX_SAFE_INTEGER, ...cut }
  }
  const row = await o.store.resources.get({ scope, kind: 'compute', name: compute })
  if (!row) {
    return refuse(
      `There is no compute named ${compute}.`,
      `Create it with: laz compute create -n ${compute} --type amlcompute, or use local or serverless.`,
    )
  }
  const type = asString(row.props.computeType) ?? ''
  const properties = asObject(row.props.properties)
  const sizeName = asString(properties.vmSize) ?? ''
  const backend = backendFor(type)
  if (isLazError(backend)) return refuse(backend.message, backend.hint)
  const { most, open, perNode: asked } = capacityOf(row)
  if (nodes > most) return refuse(`The job wants ${nodes} nodes; the compute ${compute} has at most ${most}.`)
  const share: Size = { cores: 1, memoryMiB: Math.floor(machine.memoryMiB / machine.cores), gpus: 0 }
  const cut = fit({ asked: sizeOf(sizeName), sizeName, share, nodes, machine })
  const perNode = asked ?? Math.max(1, Math.floor(cut.node.cores))
  return { ...base, backend, sizeName, poolNodes: open ? most : 0, perNode, ...split(cut, perNode) }
}

/** Queue of a compute, and the name of its pool of nodes. */
export const poolOf = (scope: string, compute: string): string => `${scope}|${compute}`

/** The row a pool belongs to; undefined for the machine's own pools, which have none. */
export function computeOfPool(pool: string): { scope: string; kind: string; name: string } | undefined {
  const cut = pool.lastIndexOf('|')
  const name = pool.slice(cut + 1)
  return ownPools.has(name) ? undefined : { scope: pool.slice(0, cut), kind: 'compute', name }
}

/** Pools that are this machine itself, and the backend they run on. */
const ownPools = new Set(['local', 'serverless'])
const ownBackend = 'local'

export interface Capacity {
  /** Nodes at most. */
  most: number
  /** Nodes that stay when nothing runs. */
  least: number
  /** Takes jobs now. */
  open: boolean
  /** Jobs a node takes at once; undefined: as many as it has cores. */
  perNode: number | undefined
}

/** How many nodes a compute may have, and how many jobs they take. */
export function capacityOf(row: Row): Capacity {
  const properties = asObject(row.props.properties)
  if (asString(row.props.computeType)?.toLowerCase() === 'computeinstance') {
    return { most: 1, least: 0, open: row.status.state === 'Running', perNode: undefined }
  }
  const scale = asObject(properties.scaleSettings)
  const most = Math.max(0, asNumber(scale.maxNodeCount) ?? defaultMaxNodes)
  const least = Math.min(most, Math.max(0, asNumber(scale.minNodeCount) ?? 0))
  const perNode = asNumber(asObject(properties.propertyBag).jobsPerNode) ?? 1
  return { most, least, open: true, perNode: Math.max(1, Math.floor(perNode)) }
}

/** The part of a node that one of its jobs gets. */
function split({ node, notes }: { node: Size; notes: string[] }, perNode: number): { node: Size; notes: string[] } {
  if (perNode === 1) return { node, notes }
  const { cores, memoryMiB, gpus } = node
  const part = { cores: cores / perNode, memoryMiB: Math.floor(memoryMiB / perNode), gpus: Math.floor(gpus / perNode) }
  return { node: part, notes: [...notes, `The node takes ${perNode} jobs at once; each has that part of it.`] }
}

/** The backend that runs jobs on that type of compute, or why none does. */
function backendFor(computeType: string): string | LazError {
  try {
    return backendOf(computeType)
  } catch (error) {
    if (isLazError(error)) return error
    throw error
  }
}

interface Fit {
  asked: Size | undefined
  sizeName: string
  /** Taken for a size of no known name. */
  share: Size
  nodes: number
  machine: Size
}

/** Cuts a node so that all nodes of the job together fit the machine. */
function fit({ asked, sizeName, share, nodes, machine }: Fit): { node: Size; notes: string[] } {
  const size = asked ?? share
  const most: Size = {
    cores: Math.max(1, Math.floor(machine.cores / nodes)),
    memoryMiB: Math.max(1, Math.floor(machine.memoryMiB / nodes)),
    gpus: Math.floor(machine.gpus / nodes),
  }
  // more nodes than cores: they share, and together count as the whole machine
  const cores = nodes > machine.cores ? machine.cores / nodes : Math.min(size.cores, most.cores)
  const node = { cores, memoryMiB: Math.min(size.memoryMiB, most.memoryMiB), gpus: Math.min(size.gpus, most.gpus) }
  const notes: string[] = []
  if (!asked) notes.push(`The size ${sizeName || '(none)'} is not known here; a node is taken as one core.`)
  const cuts = [
    node.cores < size.cores ? `${size.cores} cores are ${Number(node.cores.toFixed(2))} here` : '',
    node.memoryMiB < size.memoryMiB ? `${size.memoryMiB} MiB are ${node.memoryMiB} here` : '',
    node.gpus < size.gpus ? `${size.gpus} GPUs are ${node.gpus} here` : '',
  ].filter(Boolean)
  if (cuts.length > 0) {
    notes.push(
      `${nodes > 1 ? `${nodes} nodes` : 'A node'} of size ${sizeName || 'default'} on this machine: ${cuts.join(', ')}.`,
    )
  }
  return { node, notes }
}
