/** The jobs that calls of batch endpoints started, in the words of the data plane. */
import { batchProperties } from '@lazurite/engine'
import { asObject, asString, fail, type JsonObject, kindByName } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { type Asked, needed } from '../arm/asked.ts'
import { envelope } from '../arm/envelope.ts'
import { readListAsk } from '../arm/query.ts'
import type { Room } from '../arm/room.ts'

/** A job as it is known below its endpoint. */
export function printJob(room: Room, row: Row, endpoint: string): JsonObject {
  const kind = kindByName('job') ?? fail('InternalError', {})
  const job = envelope(kind, row, room)
  const properties = asObject(job.properties)
  const { Studio, Tracking } = asObject(properties.services)
  return {
    id: `${room.base}/batchEndpoints/${endpoint}/jobs/${row.name}`,
    name: row.name,
    type: `${room.type}/batchEndpoints/jobs`,
    properties: {
      ...properties,
      interactionEndpoints: { Studio: Studio ?? null, Tracking: Tracking ?? null },
    },
    systemData: job.systemData ?? null,
  }
}

/** GET …/jobs below an endpoint or a deployment, newest first; or one of them. Raises ResourceNotFound. */
export async function listBatchJobs(asked: Asked): Promise<JsonObject> {
  const { room, key, of } = asked
  const { name: _ } = await needed(asked)
  const [endpoint = '', inPath] = key.name.split('/')
  const deployment = inPath ?? room.query.get('deployment')
  const where = [
    { path: ['properties', batchProperties.endpoint], equals: endpoint },
    ...(deployment ? [{ path: ['properties', batchProperties.deployment], equals: deployment }] : []),
  ]
  if (of !== undefined) return oneOf(asked, endpoint, deployment)
  const { page } = readListAsk(room.query, { descending: true })
  const { rows, next } = await room.deps.store.resources.list({
    ...page,
    scope: room.workspace.scope,
    kind: 'job',
    parent: '',
    archived: 'all',
    outside: false,
    where,
  })
  const value = rows.map((row) => printJob(room, row, endpoint))
  if (next === undefined) return { value }
  const path = (room.request.raw.url ?? '').split('?')[0]
  return { value, nextLink: `${room.origin}${path}?${room.query.nextPage(next)}` }
}

async function oneOf({ room, of = '' }: Asked, endpoint: string, deployment: string | undefined): Promise<JsonObject> {
  const row = await room.deps.store.resources.get({ scope: room.workspace.scope, kind: 'job', name: of })
  const said = asObject(row?.props.properties)
  const ours = asString(said[batchProperties.endpoint]) === endpoint
  const same = deployment === undefined || asString(said[batchProperties.deployment]) === deployment
  if (!row || !ours || !same) return fail('ResourceNotFound', { kind: 'job', name: of.slice(0, 60) })
  return printJob(room, row, endpoint)
}
