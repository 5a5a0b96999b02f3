/**
 * The loop's half of a deployment's row: which revision serves, which one is on its way, and every replica there is. The
 * front reads it to know where calls may go, so a replica is in it before its process exists and after it is gone.
 */
import { asNumber, asObject, asString, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { type Collecting, printCollecting, readCollecting } from './collect.ts'

const replicaStates = ['Starting', 'Ready', 'Failing', 'Draining', 'Stopped'] as const
export type ReplicaState = (typeof replicaStates)[number]

/** One process of a deployment. */
export interface Replica {
  /** Plain word, unique in the deployment for ever. */
  id: string
  port: number
  state: ReplicaState
  revision: string
  /** Epoch ms of the start of this boot. */
  startedAt: number
  /** How often it was started again; part of its task's id. */
  restarts: number
  /** Crashes one after the other; after each the next start waits longer. */
  crashes: number
  /** Epoch ms before which it is not started (again). */
  notBefore: number
  /** Epoch ms at which this boot was ready first. */
  readyAt?: number
  /** Epoch ms after which a draining one is ended. */
  endAt?: number
  /** Path of it that scoring calls go to. */
  score: string
  /** Further paths below the endpoint's address are passed on to it. */
  passes: boolean
}

export interface ServingStatus {
  /** Folder of the deployment; random, 32 hexadecimal digits. */
  uuid: string
  /** Etag of the properties the loop has seen. */
  etag: string
  /** Revision that serves. */
  revision?: string
  /** Revision on its way. */
  next?: string
  replicas: Map<string, Replica>
  /** Number of the last replica made. */
  count: number
  /** Instances wanted. */
  want: number
  error?: JsonObject
  /** What is kept of its calls. */
  collecting?: Collecting
}

export function readServing(status: JsonObject): ServingStatus | undefined {
  const uuid = asString(status.uuid)
  if (uuid === undefined) return undefined
  const replicas = Object.entries(asObject(status.replicas)).map(
    ([id, one]) => [id, readReplica(id, asObject(one))] as const,
  )
  const [revision, next] = [asString(status.revision), asString(status.next)]
  const error = asObject(status.error)
  const collecting = readCollecting(status.collecting)
  return {
    uuid,
    etag: asString(status.etag) ?? '',
    ...(revision === undefined ? {} : { revision }),
    ...(next === undefined ? {} : { next }),
    replicas: new Map(replicas),
    count: asNumber(status.count) ?? 0,
    want: asNumber(status.want) ?? 1,
    ...(error.message === undefined ? {} : { error }),
    ...(collecting ? { collecting } : {}),
  }
}

function readReplica(id: string, one: JsonObject): Replica {
  const number = (name: string) => asNumber(one[name]) ?? 0
  const [readyAt, endAt] = [asNumber(one.readyAt), asNumber(one.endAt)]
  return {
    id,
    port: number('port'),
    state: replicaStates.find((state) => state === one.state) ?? 'Starting',
    revision: asString(one.revision) ?? '',
    startedAt: number('startedAt'),
    restarts: number('restarts'),
    crashes: number('crashes'),
    notBefore: number('notBefore'),
    ...(readyAt === undefined ? {} : { readyAt }),
    ...(endAt === undefined ? {} : { endAt }),
    score: asString(one.score) ?? '/score',
    passes: one.passes === true,
  }
}

export function printServing(it: ServingStatus, instanceOf: (id: string) => string): JsonObject {
  const { replicas, collecting, ...rest } = it
  const printed = [...replicas.values()].map(({ id, ...one }): [string, JsonObject] => [
    id,
    { ...one, handle: taskIdOf(it, { id, ...one }), instance: instanceOf(id) },
  ])
  return {
    ...rest,
    ...(collecting ? { collecting: printCollecting(collecting) } : {}),
    replicas: Object.fromEntries(printed),
    ready: [...replicas.values()].filter(({ state }) => state === 'Ready').length,
  }
}

export const taskIdOf = ({ uuid }: Pick<ServingStatus, 'uuid'>, { id, restarts }: Pick<Replica, 'id' | 'restarts'>) =>
  `${uuid}.${id}-${restarts}`

/** Whether a deployment's replicas run on this machine; those of Kubernetes are kept and not moved. */
export const runsHere = ({ props }: Pick<Row, 'props'>): boolean =>
  asString(props.endpointComputeType)?.toLowerCase() !== 'kubernetes'
