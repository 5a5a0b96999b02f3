/**
 * A job of several processes: how many there are, and what each is told about itself and the others. All nodes are slots
 * of this machine, so every address is the loopback one, and ports are free ones, because two jobs may run at once.
 */
import { createServer } from 'node:net'
import { asNumber, asObject, asString, type JsonObject } from '@lazurite/spec'

export interface Crew {
  /** As the wire names it; '' for none. */
  framework: '' | 'PyTorch' | 'TensorFlow' | 'Mpi' | 'Ray'
  nodes: number
  perNode: number
  /** TensorFlow alone. */
  workers: number
  servers: number
  /** What the job says about its Ray cluster. */
  ray?: RayOptions
}

export interface RayOptions {
  /** A cluster that is there already: none is started. */
  address?: string
  port?: number
  includeDashboard?: boolean
  dashboardPort?: number
  headArguments?: string
  workerArguments?: string
}

export interface Member {
  /** `p0`, `p1`, … */
  name: string
  /** The node it runs on, from 0. */
  node: number
  /** File name under `user_logs`. */
  log: string
  env: Record<string, string>
}

const host = '127.0.0.1'

/** Reads `distribution` and the node count of a command job or component; a string says what is not supported. */
export function crewOf(distribution: JsonObject, nodes: number): Crew | { unsupported: string } {
  const framework =
    asString(distribution.distributionType) ??
    asString(distribution.distribution_type) ??
    asString(distribution.type) ??
    ''
  const count = (camel: string, snake: string) => asNumber(distribution[camel]) ?? asNumber(distribution[snake])
  const perNode = Math.max(1, count('processCountPerInstance', 'process_count_per_instance') ?? 1)
  switch (framework.toLowerCase()) {
    case '':
      return { framework: '', nodes, perNode: 1, workers: 0, servers: 0 }
    case 'pytorch':
      return { framework: 'PyTorch', nodes, perNode, workers: 0, servers: 0 }
    case 'tensorflow': {
      const workers = Math.max(1, count('workerCount', 'worker_count') ?? nodes)
      const servers = Math.max(0, count('parameterServerCount', 'parameter_server_count') ?? 0)
      return { framework: 'TensorFlow', nodes, perNode: 1, workers, servers }
    }
    case 'mpi':
      return { framework: 'Mpi', nodes, perNode, workers: 0, servers: 0 }
    case 'ray':
      return { framework: 'Ray', nodes, perNode: 1, workers: 0, servers: 0, ray: rayOptions(distribution) }
    default:
      return { unsupported: framework }
  }
}

function rayOptions(distribution: JsonObject): RayOptions {
  const said = (camel: string, snake: string) => distribution[camel] ?? distribution[snake]
  const options = {
    address: asString(distribution.address) || undefined,
    port: asNumber(distribution.port),
    includeDashboard: said('includeDashboard', 'include_dashboard') === true ? true : undefined,
    dashboardPort: asNumber(said('dashboardPort', 'dashboard_port')),
    headArguments: asString(said('headNodeAdditionalArgs', 'head_node_additional_args')) || undefined,
    workerArguments: asString(said('workerNodeAdditionalArgs', 'worker_node_additional_args')) || undefined,
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** How many processes run the command. */
export function crewSize(crew: Crew): number {
  if (crew.framework === 'Ray') return 1
  return crew.framework === 'TensorFlow' ? crew.workers + crew.servers : crew.nodes * crew.perNode
}

/** How many ports the crew talks over. */
export function portsNeeded(crew: Crew): number {
  if (crew.framework === 'TensorFlow') return crew.workers + crew.servers
  if (crew.framework === 'Ray') return crew.ray?.address ? 0 : 2
  return crewSize(crew) > 1 || crew.framework === 'PyTorch' ? 1 : 0
}

/** Ports that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, host, () => {
            const address = server.address()
            resolve(typeof address === 'object' && address ? address.port : 0)
          })
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Every process that is started for the crew, by rank; of those that a launcher starts, the launcher alone. */
export function membersOf(crew: Crew, ports: number[]): Member[] {
  if (crew.framework === 'Mpi') {
    return [{ name: 'p0', node: 0, log: 'mpi_log.txt', env: nodeVariables(crew, { node: 0, name: 'main' }, ports) }]
  }
  return Array.from({ length: crewSize(crew) }, (_, rank) => {
    const node = Math.min(crew.nodes - 1, Math.floor(rank / crew.perNode))
    const name = crewSize(crew) === 1 ? 'main' : `rank_${rank}`
    return {
      name: `p${rank}`,
      node,
      log: logOf(crew, rank),
      env: { ...nodeVariables(crew, { node, name }, ports), ...frameworkVariables(crew, rank, ports) },
    }
  })
}

/** The log of a process, as a file name. */
export function logOf(crew: Crew, rank: number): string {
  const size = crewSize(crew)
  if (size === 1) return 'std_log.txt'
  const server = crew.framework === 'TensorFlow' && rank >= crew.workers
  const padded = String(server ? rank - crew.workers : rank).padStart(String(size - 1).length, '0')
  return `std_log_process_${padded}${server ? '_ps' : ''}.txt`
}

/**
 * The log that stands for a command job, as an artifact path: of its only process, or of the first of several.
 * @param props the job's properties, as on the wire
 */
export function mainLogOf(props: JsonObject): string {
  const nodes = asNumber(asObject(props.resources).instanceCount) ?? 1
  const crew = crewOf(asObject(props.distribution), nodes)
  return `user_logs/${'unsupported' in crew ? 'std_log.txt' : logOf(crew, 0)}`
}

/** What every process knows about its node and the others. */
function nodeVariables(
  crew: Crew,
  { node, name }: { node: number; name: string },
  ports: number[],
): Record<string, string> {
  return {
    AZUREML_CR_NODE_RANK: String(node),
    AZUREML_PROCESS_NAME: name,
    AZUREML_CR_DISTRIBUTED_CONFIG: JSON.stringify({
      framework: crew.framework || 'None',
      node_count: crew.nodes,
      process_count_per_node: crew.perNode,
    }),
    AZ_BATCHAI_TASK_INDEX: String(node),
    AZ_BATCHAI_JOB_MASTER_NODE_IP: host,
    AZ_BATCHAI_MPI_MASTER_NODE: host,
    AZ_BATCH_MASTER_NODE: `${host}:${ports[0] ?? 6000}`,
    AZ_BATCH_NODE_ID: `node-${node}`,
    ...(crew.nodes > 1 ? { AZ_BATCH_HOST_LIST: Array.from({ length: crew.nodes }, () => host).join(',') } : {}),
  }
}

function frameworkVariables(crew: Crew, rank: number, ports: number[]): Record<string, string> {
  if (crew.framework === 'TensorFlow') return { TF_CONFIG: JSON.stringify(tfConfig(crew, rank, ports)) }
  if (crew.framework === 'PyTorch') {
    return {
      MASTER_ADDR: host,
      MASTER_PORT: String(ports[0] ?? 6105),
      WORLD_SIZE: String(crewSize(crew)),
      NODE_RANK: String(Math.floor(rank / crew.perNode)),
      RANK: String(rank),
      LOCAL_RANK: String(rank % crew.perNode),
    }
  }
  return {}
}

function tfConfig(crew: Crew, rank: number, ports: number[]) {
  const address = (index: number) => `${host}:${ports[index] ?? 2222}`
  const worker = Array.from({ length: crew.workers }, (_, i) => address(i))
  const ps = Array.from({ length: crew.servers }, (_, i) => address(crew.workers + i))
  const server = rank >= crew.workers
  return {
    cluster: { worker, ...(ps.length > 0 ? { ps } : {}) },
    task: { type: server ? 'ps' : 'worker', index: server ? rank - crew.workers : rank },
    environment: 'cloud',
  }
}
