/** What endpoints, deployments and schedules show beyond what was written: addresses, states, fields clients cannot miss. */
import { type Collecting, readServing } from '@lazurite/engine'
import { asObject, type Json, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { isUnseen } from './lro.ts'
import type { Room } from './room.ts'

interface Served {
  properties: JsonObject
}

/** Where the calls of online endpoints go. */
export const scorePath = '/score'
/** Where the calls of batch endpoints go; apart from the others, whose containers have addresses of their own below. */
export const batchPath = '/batch'

function addressOf(row: Row, room: Room, below = scorePath): string {
  return `${room.origin}${below}/${room.workspace.guid}/${encodeURIComponent(row.name)}`
}

export function dressOnlineEndpoint(props: JsonObject, row: Row, room: Room): Served {
  const address = addressOf(row, room)
  const addresses = { scoringUri: `${address}/score`, swaggerUri: `${address}/swagger.json` }
  return { properties: { ...loose(props), ...addresses, compute: props.compute ?? null } }
}

/** How far its replicas are, which only our own clients read. */
export function dressOnlineDeployment(props: JsonObject, row: Row): Served & { lazurite?: JsonObject } {
  const provisioningState = isUnseen(row) ? 'Updating' : row.state || 'Succeeded'
  const it = readServing(row.status)
  const properties = { ...loose(withCollections(props, it?.collecting)), provisioningState }
  if (!it) return { properties }
  const replicas = [...it.replicas.values()].map(({ id, state, restarts }): Json => ({ id, state, restarts }))
  const ready = [...it.replicas.values()].filter(({ state }) => state === 'Ready').length
  const revision = it.revision ?? null
  return { properties, lazurite: { revision, ready, replicas, ...(it.error ? { error: it.error } : {}) } }
}

/** Every collection shows the data asset it goes to, which clients read the kept data by. */
function withCollections(props: JsonObject, collecting: Collecting | undefined): JsonObject {
  if (!collecting) return props
  const collector = asObject(props.dataCollector)
  const each = Object.entries(asObject(collector.collections)).map(([name, one]): [string, Json] => {
    const dataId = collecting.sinks.get(name)?.dataId
    return [name, dataId === undefined ? one : { ...asObject(one), dataId }]
  })
  return { ...props, dataCollector: { ...collector, collections: Object.fromEntries(each) } }
}

export function dressBatchEndpoint(props: JsonObject, row: Row, room: Room): Served {
  const scoringUri = `${addressOf(row, room, batchPath)}/jobs`
  // clients write into the defaults of what they got, which must be there
  const defaults = { deploymentName: null, ...asObject(props.defaults) }
  return { properties: { ...loose(props), defaults, scoringUri, swaggerUri: null } }
}

/** A mapping of texts and a description are never missing. */
export function loose(props: JsonObject): JsonObject {
  return { description: null, ...props, properties: asObject(props.properties) }
}
