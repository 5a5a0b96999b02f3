/** What endpoints, deployments and schedules show beyond what was written: addresses, states, fields clients cannot miss. */
import { asObject, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { Room } from './room.ts'

interface Served {
  properties: JsonObject
}

/** Where the calls of an endpoint go. While nothing serves, what answers there is a refusal. */
export const scorePath = '/score'
/** Where the calls of batch endpoints go; apart from the others, whose containers have addresses of their own below. */
export const batchPath = '/batch'

function addressOf(row: Row, room: Room, below = scorePath): string {
  return `${room.origin}${below}/${room.workspace.guid}/${encodeURIComponent(row.name)}`
}

export function dressOnlineEndpoint(props: JsonObject, row: Row, room: Room): Served {
  const scoringUri = addressOf(row, room)
  return { properties: { ...loose(props), scoringUri, swaggerUri: null, compute: props.compute ?? null } }
}

export function dressBatchEndpoint(props: JsonObject, row: Row, room: Room): Served {
  return { properties: { ...loose(props), scoringUri: `${addressOf(row, room, batchPath)}/jobs`, swaggerUri: null } }
}

/** A mapping of texts and a description are never missing. */
export function loose(props: JsonObject): JsonObject {
  return { description: null, ...props, properties: asObject(props.properties) }
}
