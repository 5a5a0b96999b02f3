/** What a compute shows beyond what its caller wrote: nodes, state, what answers on it. */
import { asArray, asObject, asString, isObject, type Json, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { Dressed } from './dress.ts'
import type { Room } from './room.ts'

/** Fields of a compute's status that Azure shows inside the type's own properties. */
const nodeFields = ['allocationState', 'allocationStateTransitionTime', 'errors', 'lastOperation']

const own: Record<string, (inner: JsonObject, row: Row, room: Room) => JsonObject> = {
  AmlCompute: (_, row, room) => clusterNodes(row, room),
  ComputeInstance: instanceFacts,
}

export function dressCompute(props: JsonObject, row: Row, room: Room): Dressed {
  const inner: JsonObject = { ...asObject(props.properties) }
  for (const field of nodeFields) {
    const value = row.status[field]
    if (value !== undefined) inner[field] = value
  }
  const type = asString(props.computeType) ?? ''
  const more = Object.hasOwn(own, type) ? own[type]?.(inner, row, room) : undefined
  const error = asObject(row.status.error)
  return {
    properties: {
      description: null,
      disableLocalAuth: true,
      resourceId: null,
      isAttachedCompute: false,
      ...props,
      computeLocation: asString(props.computeLocation) ?? room.location,
      provisioningState: provisioningOf(row),
      provisioningErrors: error.message === undefined ? null : [{ error }],
      createdOn: row.createdAt,
      modifiedOn: row.modifiedAt,
      properties: { ...inner, ...more },
    },
  }
}

/** A cluster's nodes, as they are at this moment. */
function clusterNodes(row: Row, room: Room): JsonObject {
  const nodes = room.deps.engine.nodes(row)
  const count = (state: string) => nodes.filter((node) => node.state === state).length
  return {
    currentNodeCount: nodes.length,
    targetNodeCount: nodes.length - count('leaving'),
    nodeStateCounts: {
      preparingNodeCount: 0,
      runningNodeCount: count('running'),
      idleNodeCount: count('idle'),
      unusableNodeCount: 0,
      leavingNodeCount: count('leaving'),
      preemptedNodeCount: 0,
    },
  }
}

/** An instance as its process says it is. The keys of its applications are not shown; `open` hands them out. */
function instanceFacts(inner: JsonObject, row: Row, room: Room): JsonObject {
  const state = asString(row.status.state) ?? 'Creating'
  const jobs = room.deps.engine.usage().pools[`${row.scope}|${row.name}`]?.busy ?? 0
  const error = asObject(row.status.error)
  const user = row.createdBy
  return {
    state: state === 'Running' && jobs > 0 ? 'JobRunning' : state,
    errors: error.message === undefined ? [] : [{ error }],
    applications: asArray(row.status.applications).map((one): Json => {
      const { displayName, port } = asObject(one)
      return { displayName: displayName ?? null, endpointUri: `http://127.0.0.1:${port}/` }
    }),
    connectivityEndpoints: { publicIpAddress: null, privateIpAddress: '127.0.0.1' },
    createdBy: { userName: user, userId: null, userOrgId: null },
    ...(isObject(inner.schedules) ? { schedules: shownSchedules(inner.schedules) } : {}),
  }
}

function shownSchedules(schedules: JsonObject): JsonObject {
  const list = asArray(schedules.computeStartStop).map((one, index): Json => {
    return { id: String(index + 1), provisioningStatus: 'Completed', ...asObject(one) }
  })
  return { ...schedules, computeStartStop: list }
}

const provisioningWords = new Set(['Unknown', 'Updating', 'Creating', 'Deleting', 'Succeeded', 'Failed', 'Canceled'])

function provisioningOf(row: Row): string {
  const word = asString(row.status.provisioningState) ?? row.state
  return provisioningWords.has(word) ? word : 'Succeeded'
}
