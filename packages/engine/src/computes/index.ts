/**
 * The register of places where jobs run: one lazy line a backend, and for every kind of compute the backend that runs it,
 * or the reason why none does yet.
 */
import { fail } from '@lazurite/spec'
import type { Backend } from './backend.ts'

export interface BackendOptions {
  home: string
  /** The Python that `host` means; the machine's own when absent. */
  python?: string
}

/** Backend name → how it is opened. A backend that is not used costs nothing. */
const backends: Record<string, (o: BackendOptions) => Promise<Backend>> = {
  local: async (o) => (await import('./local.ts')).openLocal(o),
}

/** Opens a backend by name; NotSupported when there is none of that name. */
export async function openBackend(name: string, o: BackendOptions): Promise<Backend> {
  const open = Object.hasOwn(backends, name) ? backends[name] : undefined
  return open === undefined ? refuse(name) : open(o)
}

/** `computeType` on the wire → backend. Clusters and instances are pools of slots on this machine. */
const runsOn: Record<string, string> = {
  amlcompute: 'local',
  computeinstance: 'local',
  serverless: 'local',
  local: 'local',
}

/**
 * Which backend runs jobs of a compute, by the `computeType` of its ARM properties (any case).
 * NotSupported, with the way out, for those that nothing here can run.
 */
export function backendOf(computeType: string): string {
  const key = computeType.toLowerCase()
  return Object.hasOwn(runsOn, key) ? (runsOn[key] ?? refuse(computeType)) : refuse(computeType)
}

const reasons: Record<string, string> = {
  docker: 'containers are not driven yet',
  ssh: 'attached machines are not driven yet',
  virtualmachine: 'attached machines are not driven yet',
  slurm: 'Slurm is not driven yet',
  kubernetes: 'Kubernetes is not driven yet',
  synapsespark: 'Spark pools are a service of Azure',
  databricks: 'Databricks is a service of its own',
  hdinsight: 'HDInsight is a service of Azure',
  datafactory: 'Data Factory is a service of Azure',
  datalakeanalytics: 'Data Lake Analytics is a service of Azure',
}

function refuse(name: string): never {
  const key = name.toLowerCase()
  fail('NotSupported', {
    what: `Running jobs on a compute of type ${name}`,
    why: Object.hasOwn(reasons, key) ? (reasons[key] ?? '') : 'no backend of that name exists',
    instead: 'Use the compute local, serverless or a cluster: their nodes are slots of this machine.',
  })
}
