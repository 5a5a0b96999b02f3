/**
 * The ARM face: one address, read by the kinds' tables, handed to read, write or action. Clients spell paths in any
 * case; what they get back is canonical.
 */
import { fail, type Json, type JsonObject, type Kind, kindByName } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { pathOf } from '../../request-url.ts'
import { printProblem } from '../problem.ts'
import { runAction, runView } from './actions.ts'
import { mountBeside } from './beside.ts'
import { listOperations } from './catalog.ts'
import { codesOf } from './codes.ts'
import { getDeployment, putDeployment } from './deployments.ts'
import { envelope } from './envelope.ts'
import { mountExtras } from './extras.ts'
import { answerLocation } from './locations.ts'
import { accept, atRest, letOldClientsAskAgain, offerOperation } from './lro.ts'
import { readTarget, segmentsOf, type Target } from './path.ts'
import { getLabel, getRow, listItems, listVersions, show } from './read.ts'
import { deleteRegistry, listRegistries, openRegistry, registryKind } from './registries.ts'
import { deleteResource } from './remove.ts'
import { openRoom, provider, type Room } from './room.ts'
import {
  deleteWorkspace,
  listWorkspaces,
  patchWorkspace,
  putWorkspace,
  workspaceAction,
  workspaceKind,
} from './workspaces.ts'
import { bareTag, patchResource, putResource } from './write.ts'

type Answer = JsonObject | FastifyReply

export function armFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app: FastifyInstance) => {
    app.setErrorHandler((error, request, reply) => printProblem(deps, error, request, reply))
    app.route({
      method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'POST'],
      url: '/subscriptions/*',
      handler: (request, reply) => answer(deps, request, reply, pathOf(request)),
    })
    mountExtras(app, deps)
    mountBeside(app, deps, (request, reply, path) => answer(deps, request, reply, path))
    app.get(`/providers/${provider}/operations`, async () => listOperations())
  }
}

async function answer(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply, path: string): Promise<Answer> {
  const target = readTarget(segmentsOf(path))
  if (!target) return nothingHere(request)
  switch (target.at) {
    case 'workspaces':
      return allow(request, ['GET']) && listWorkspaces(deps, request, reply, target)
    case 'location':
      return answerLocation(deps, request, reply, target)
    case 'deployment':
      if (request.method === 'PUT' && !target.operations) return putDeployment(deps, request, reply, target)
      return allow(request, ['GET', 'PUT']) && getDeployment(deps, target, target.operations)
    case 'deployments':
      return allow(request, ['GET']) && { value: [] }
    case 'registries':
      return allow(request, ['GET']) && listRegistries(deps, request, reply, target)
    case 'registry':
      return answerRegistry(deps, request, reply, target)
    case 'workspace':
      return answerWorkspace(deps, request, reply, target)
    default:
      return answerInside(await openRoom(deps, request, reply, target.id), target)
  }
}

function nothingHere(request: FastifyRequest): never {
  fail('RouteNotFound', { method: request.method, path: pathOf(request).slice(0, 300) })
}

/** True when the method is one of these; raises MethodNotAllowed else. */
function allow(request: FastifyRequest, methods: string[]): true {
  if (methods.includes(request.method) || (request.method === 'HEAD' && methods.includes('GET'))) return true
  return fail('MethodNotAllowed', { method: request.method, path: pathOf(request).slice(0, 300) })
}

async function answerWorkspace(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  target: Extract<Target, { at: 'workspace' }>,
): Promise<Answer> {
  const { id, action } = target
  if (action === undefined && request.method === 'PUT') return putWorkspace(deps, request, reply, id, request.body)
  const room = await openRoom(deps, request, reply, id).catch((error) => {
    if (request.method === 'DELETE' && action === undefined) return undefined
    throw error
  })
  if (!room) return reply.code(204).send()
  if (action !== undefined) return workspaceAction(room, request.method, action)
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return withTag(room, room.row, envelope(workspaceKind(), room.row, room))
    case 'PATCH':
      return patchWorkspace(room, request.body)
    case 'DELETE':
      await deleteWorkspace(room)
      return reply.code(200).send()
    default:
      return allow(request, []) && {}
  }
}

async function answerRegistry(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  target: Extract<Target, { at: 'registry' }>,
): Promise<Answer> {
  const { room, key, row } = await openRegistry(deps, request, reply, target)
  if (request.method === 'DELETE') return deleteRegistry(room, row)
  return answerRow(room, registryKind(), key)
}

type Inside = Extract<Target, { id: unknown }>

/** Answers what a path says about something in a workspace or a registry. */
export async function answerInside(room: Room, target: Inside): Promise<Answer> {
  const { request } = room
  switch (target.at) {
    case 'list':
      return allow(request, ['GET']) && listItems(room, target.kind, target.parent)
    case 'versions':
      return allow(request, ['GET']) && listVersions(room, target.kind, target.name)
    case 'label': {
      allow(request, ['GET'])
      const row = await getLabel(room, target.kind, target.name, target.label)
      return withTag(room, row, envelope(target.kind, row, room))
    }
    case 'item':
    case 'version': {
      const key: Key = {
        scope: room.workspace.scope,
        kind: target.kind.name,
        name: target.name,
        version: target.at === 'version' ? target.version : '',
      }
      return answerRow(room, target.kind, key, target)
    }
    case 'workspace':
      return nothingHere(request)
    default:
      return target satisfies never
  }
}

async function answerRow(
  room: Room,
  kind: Kind,
  key: Key,
  { action, of }: { action?: string; of?: string } = {},
): Promise<Answer> {
  const { request, reply } = room
  if (action !== undefined) {
    allow(request, ['GET', 'POST'])
    const asked = { room, kind, key, body: mapping(request.body), ...(of === undefined ? {} : { of }) }
    return request.method === 'POST' && of === undefined ? runAction(action, asked) : runView(action, asked)
  }
  switch (request.method) {
    case 'GET':
    case 'HEAD': {
      const row = await getRow(room, kind, key)
      return withTag(room, row, await show(room, kind, row))
    }
    case 'PUT': {
      const { row: put, created, warnings } = await putResource(room, kind, key, request.body)
      const row = kind.lro ? await atRest(room.deps.store, put) : put
      reply.code(created ? (codesOf(kind).made ?? 201) : 200)
      if (kind.lro) {
        offerOperation(room, row)
        letOldClientsAskAgain(room, key)
      }
      return withTag(room, row, withWarnings(await show(room, kind, row), warnings as unknown as Json[])) // issues are JSON
    }
    case 'PATCH': {
      const { row: patched } = await patchResource(room, kind, key, request.body)
      const row = kind.lro ? await atRest(room.deps.store, patched) : patched
      if (kind.lro) offerOperation(room, row)
      return withTag(room, row, await show(room, kind, row))
    }
    case 'DELETE':
      return removeRow(room, kind, key)
    default:
      return allow(request, []) && {}
  }
}

async function removeRow(room: Room, kind: Kind, key: Key): Promise<Answer> {
  const there = await deleteResource(room, kind, key)
  if (!there) return room.reply.code(204).send()
  const later = (kind.lro && kind.moves) || codesOf(kind).gone === 202
  return later ? accept(room, key) : room.reply.code(200).send()
}

function withWarnings(body: JsonObject, warnings: Json[]): JsonObject {
  if (warnings.length === 0) return body
  return { ...body, lazurite: { ...(body.lazurite as JsonObject | undefined), warnings } } // set by envelope as a mapping
}

/** Sets the ETag; answers 304 to a GET that already has this one. */
function withTag(room: Room, row: Row, body: JsonObject): Answer {
  room.reply.header('etag', `"${row.etag}"`)
  const known = room.request.headers['if-none-match']
  const reads = room.request.method === 'GET' || room.request.method === 'HEAD'
  // what moves by itself changes without its tag, which follows the caller's half alone
  const moves = kindByName(row.kind)?.moves === true
  if (reads && !moves && known !== undefined && bareTag(known) === row.etag) return room.reply.code(304).send()
  return body
}

function mapping(body: unknown): JsonObject {
  if (body === undefined || body === null) return {}
  if (typeof body !== 'object' || Array.isArray(body)) fail('BadArgument', { what: 'The body must be a mapping.' })
  return body as JsonObject // parsed JSON that is not a list
}
