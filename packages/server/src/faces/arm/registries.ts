/**
 * Registries as resources: they live in a resource group like workspaces, but their names are unique on the server, since
 * clients know them by name alone. What is in them is a face of its own.
 */
import { randomUUID } from 'node:crypto'
import {
  findRegistry,
  isSystemScope,
  readRegistry,
  refuseSystem,
  registryScope,
  removeRegistry,
  systemRow,
  withSystemRegistry,
} from '@lazurite/engine'
import { asString, fail, type JsonObject, type Kind, kindByName, storageOf } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { originOf } from '../../request-url.ts'
import { envelope } from './envelope.ts'
import { Query, readListAsk } from './query.ts'
import { groupScope, locationOf, provider, type Room } from './room.ts'
import { checkIfMatch } from './write.ts'

interface Group {
  subscription: string
  resourceGroup: string
}

/** The kind's table. */
export function registryKind(): Kind {
  return kindByName('registry') ?? fail('InternalError', {})
}

/** The room of a registry that is there, or of one that is about to be made. */
export function registryRoom(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  of: Row | (Group & { name: string }),
): Room {
  const row = 'status' in of ? of : undefined
  const [subscription = '', resourceGroup = ''] = row
    ? [asString(row.status.subscription), asString(row.status.resourceGroup)]
    : [(of as Group).subscription, (of as Group).resourceGroup] // no row, so a group and a name
  const guid = randomUUID()
  const base = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/${provider}/registries/${of.name}`
  return {
    deps,
    request,
    reply,
    query: new Query(request.raw.url ?? ''),
    origin: originOf(request),
    base,
    type: `${provider}/registries`,
    location: row ? locationOf(row) : 'local',
    workspace: row
      ? readRegistry(row)
      : {
          id: { subscription, resourceGroup, workspace: of.name },
          scope: registryScope(of.name),
          armId: base,
          guid,
          storage: storageOf(guid),
          registry: of.name,
        },
  }
}

/** Every registry of a resource group, or of a whole subscription. */
export async function listRegistries(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  where: { subscription: string; resourceGroup?: string },
): Promise<JsonObject> {
  const query = new Query(request.raw.url ?? '')
  const ask = readListAsk(query, { descending: false })
  const { resourceGroup, subscription } = where
  const scope = resourceGroup === undefined ? {} : { scope: groupScope({ subscription, resourceGroup }) }
  const { rows, next } = await deps.store.resources.list({ kind: 'registry', ...scope, ...ask.page })
  const prefix = `${subscription}/`.toLowerCase()
  const kept = rows.filter((row) => row.scope.startsWith(prefix) && ask.keep(row))
  const value = kept.map((row) => envelope(registryKind(), row, registryRoom(deps, request, reply, row)))
  if (next === undefined) return { value }
  const path = (request.raw.url ?? '').split('?')[0]
  return { value, nextLink: `${originOf(request)}${path}?${query.nextPage(next)}` }
}

/**
 * The room of the registry that a path names, and its row's key. The system registry is found in every group.
 * Raises ResourceExists for a name taken elsewhere, NotSupported for changes of the system registry.
 */
export async function openRegistry(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  where: Group & { name: string },
): Promise<{ room: Room; key: { scope: string; kind: string; name: string }; row?: Row }> {
  const reads = request.method === 'GET' || request.method === 'HEAD'
  if (isSystemScope(registryScope(where.name))) {
    if (!reads) refuseSystem(where.name, 'Changing')
    const store = withSystemRegistry(deps.store)
    return { room: registryRoom({ ...deps, store }, request, reply, systemRow), key: systemRow, row: systemRow }
  }
  const scope = groupScope(where)
  const row = await findRegistry(deps.store, where.name)
  const here = row?.scope === scope ? row : undefined
  if (request.method === 'PUT' && row && !here) {
    fail('ResourceExists', { kind: 'registry', name: row.name }, { target: 'name' })
  }
  return {
    room: registryRoom(deps, request, reply, here ?? where),
    key: { scope, kind: 'registry', name: here?.name ?? where.name },
    ...(here ? { row: here } : {}),
  }
}

/** Raises ResourceInUse for one that holds something, unless `forceToPurge` says that all of it shall go. */
export async function deleteRegistry(room: Room, row: Row | undefined): Promise<FastifyReply> {
  checkIfMatch(room, row)
  if (!row) return room.reply.code(204).send()
  await removeRegistry(room.deps.store, row, { force: room.query.flag('forceToPurge') === true })
  return room.reply.code(200).send()
}
