/**
 * The same resources under the other addresses that the official client knows them by: its data plane in front of a
 * workspace's path, and the older service of assets, whose versions are flat.
 */
import { asObject, fail, isObject, type JsonObject, type Kind } from '@lazurite/spec'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { pathOf } from '../../request-url.ts'
import { envelope } from './envelope.ts'
import { readTarget, segmentsOf, type Target } from './path.ts'
import { getRow, listItems, listVersions } from './read.ts'
import { openRoom, type Room } from './room.ts'
import { putResource } from './write.ts'

type Answer = JsonObject | FastifyReply
type Tail = (request: FastifyRequest, reply: FastifyReply, path: string) => Promise<Answer>

const dataPlane = '/mferp/managementfrontend'
const assetPlane = '/genericasset'
const anyWorkspace = '/subscriptions/:subscription/resourceGroups/:group/providers/:provider/workspaces/*'

/** `answer` is what answers the same path on the control plane. */
export function mountBeside(app: FastifyInstance, deps: FaceDeps, answer: Tail): void {
  app.route({
    method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'POST'],
    url: `${dataPlane}${anyWorkspace}`,
    handler: (request, reply) => answer(request, reply, pathOf(request).slice(dataPlane.length)),
  })
  app.route({
    method: ['GET', 'HEAD', 'PUT', 'POST'],
    url: `${assetPlane}${anyWorkspace}`,
    handler: (request, reply) => answerAsset(deps, request, reply),
  })
}

const nextVersionWord = /:getNextVersion$/i

async function answerAsset(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply): Promise<Answer> {
  const path = pathOf(request).slice(assetPlane.length)
  const target = readTarget(segmentsOf(path.replace(nextVersionWord, '')))
  if (target && 'kind' in target && target.kind.shape === 'versioned') {
    const room = await openRoom(deps, request, reply, target.id)
    const asksNext = nextVersionWord.test(path)
    if (request.method === 'POST' && asksNext && target.at === 'item')
      return nextVersion(room, target.kind, target.name)
    if (request.method === 'PUT' && target.at === 'version') return putFlat(room, target)
    if ((request.method === 'GET' || request.method === 'HEAD') && !asksNext) return getFlat(room, target)
  }
  return fail('RouteNotFound', { method: request.method, path: pathOf(request).slice(0, 300) })
}

async function getFlat(room: Room, target: Extract<Target, { kind: unknown }>): Promise<JsonObject> {
  const { kind } = target
  const { scope } = room.workspace
  switch (target.at) {
    case 'list': {
      const page = await listItems(room, kind, undefined)
      const names = (page.value as JsonObject[]).map((item) => String(item.name)) // what a list answers
      const rows = await Promise.all(
        names.map((name) => room.deps.store.resources.latest({ scope, kind: kind.name, name })),
      )
      return { ...page, value: rows.flatMap((row) => (row ? [flat(envelope(kind, row, room), room)] : [])) }
    }
    case 'versions': {
      const page = await listVersions(room, kind, target.name)
      return { ...page, value: (page.value as JsonObject[]).map((item) => flat(item, room)) } // what a list answers
    }
    case 'item':
    case 'version': {
      const version = target.at === 'version' ? target.version : 'latest'
      const row = await getRow(room, kind, { scope, kind: kind.name, name: target.name, version })
      return flat(envelope(kind, row, room), room)
    }
    default:
      return fail('RouteNotFound', { method: room.request.method, path: pathOf(room.request).slice(0, 300) })
  }
}

async function putFlat(room: Room, target: Extract<Target, { at: 'version' }>): Promise<JsonObject> {
  const { kind, name, version } = target
  const body = room.request.body
  if (!isObject(body))
    fail('ValidationFailed', { kind: kind.name }, { details: [{ path: [], message: 'the body must be a mapping' }] })
  const { id: _, systemData: __, ...properties } = body
  const key = { scope: room.workspace.scope, kind: kind.name, name, version }
  const { row, created } = await putResource(room, kind, key, { properties })
  room.reply.code(created ? 201 : 200)
  return flat(envelope(kind, row, room), room)
}

/** A version without the envelope: its properties beside its id, which this service spells by place and workspace. */
function flat(item: JsonObject, room: Room): JsonObject {
  const { isAnonymous: _, isArchived: __, provisioningState: ___, ...rest } = asObject(item.properties)
  const place = `azureml://locations/${String(room.location)}/workspaces/${room.workspace.guid}`
  return { id: String(item.id).replace(room.base, place), ...rest, systemData: item.systemData ?? null }
}

async function nextVersion(room: Room, kind: Kind, name: string): Promise<JsonObject> {
  const { resources } = room.deps.store
  const at = { scope: room.workspace.scope, kind: kind.name, name }
  const latest = await resources.latest(at)
  const next = await resources.nextVersion(at.scope, at.kind, name)
  return { nextVersion: Number(next), latestVersion: latest?.version ?? '' }
}
