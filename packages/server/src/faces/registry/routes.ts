/**
 * Registries for the clients that work in them. What is in a registry is read and written by the handlers of the ARM
 * face, in a room of the registry; here are the addresses, the status codes that clients of registries insist on, and
 * what only registries have: discovery, references to their storage, sharing.
 */
import { isSystemScope, refuseSystem } from '@lazurite/engine'
import { asObject, fail, type JsonObject, type Kind } from '@lazurite/spec'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { pathOf } from '../../request-url.ts'
import { readInside, segmentsOf } from '../arm/path.ts'
import type { Room } from '../arm/room.ts'
import { answerInside } from '../arm/routes.ts'
import { printProblem } from '../problem.ts'
import { giveReadPlace, giveUploadPlace } from './data-refs.ts'
import { discover } from './discovery.ts'
import { type Below, homes, openHome } from './home.ts'
import { Imports } from './imports.ts'
import { listLabels, removeLabel, setLabel } from './labels.ts'
import { lineageOfAsset, lineageOfJob } from './lineage.ts'
import { openRegistryRoom } from './room.ts'
import { bringAlong } from './share.ts'

type Answer = JsonObject | FastifyReply

const dataPlane = '/mferp/managementfrontend'
const anyRegistry = '/subscriptions/:subscription/resourceGroups/:group/providers/:provider/registries/:registry/*'

export function registryFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app: FastifyInstance) => {
    const imports = new Imports()
    app.setErrorHandler((error, request, reply) => printProblem(deps, error, request, reply))
    app.get('/registrymanagement/v1.0/registries/:name/discovery', (request) => discover(deps, request))
    mountOwn(app, deps)
    for (const prefix of [dataPlane, '']) {
      app.route({
        method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'POST'],
        url: `${prefix}${anyRegistry}`,
        handler: (request, reply) => answer(deps, request, reply, { prefix, imports }),
      })
    }
  }
}

/** Labels and lineage, of workspaces as of registries: ARM has no words for them. */
function mountOwn(app: FastifyInstance, deps: FaceDeps): void {
  const own = (run: (below: Below) => Promise<Answer>) => async (request: FastifyRequest, reply: FastifyReply) =>
    run(await openHome(deps, request, reply))
  for (const home of homes) {
    const name = `${home}/:collection/:name`
    app.get(`${name}/labels`, own(listLabels))
    app.put(`${name}/labels/:label`, own(setLabel))
    app.delete(`${name}/labels/:label`, own(removeLabel))
    app.get(`${name}/versions/:version/lineage`, own(lineageOfAsset))
    app.get(`${home}/jobs/:name/lineage`, own(lineageOfJob))
  }
}

interface Plane {
  prefix: string
  imports: Imports
}

async function answer(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { prefix, imports }: Plane,
): Promise<Answer> {
  const { registry } = request.params as { registry: string } // the route's own parameter
  const room = await openRegistryRoom(deps, request, reply, registry)
  const rest = segmentsOf(pathOf(request).slice(prefix.length)).slice(8)
  const reads = request.method === 'GET' || request.method === 'HEAD'
  if (!reads && isSystemScope(room.workspace.scope)) refuseSystem(registry, 'Changing')
  const special = await answerSpecial(room, rest, imports)
  // to wait for an answer that was sent by hand gives nothing
  if (special !== undefined || reply.sent) return special ?? reply
  const target = readInside(room.workspace.id, rest, livesHere)
  if (!target || !('kind' in target)) return nothingHere(request)
  if (request.method === 'PUT') request.body = await bringAlong(room, request.body)
  const body = await answerInside(room, target)
  // on the data plane a version is accepted and then read, whether or not it was there
  if (request.method === 'PUT' && prefix === dataPlane) reply.code(target.at === 'version' ? 202 : 201)
  return body
}

function livesHere({ registry, scope }: Kind): boolean {
  return registry === true || scope === 'registry'
}

/** What stands in a registry beside its collections. */
async function answerSpecial(room: Room, rest: string[], imports: Imports): Promise<Answer | undefined> {
  const { method, body } = room.request
  const [word = '', name, versions, version, ...more] = rest
  const asked = `${method} ${word.toLowerCase()}`
  const given = asObject(body as JsonObject | undefined) // parsed JSON; what is no mapping is an empty one
  if (asked === 'POST import' && name === undefined) return imports.start(room, given)
  if (asked === 'GET importoperations' && name !== undefined && versions === undefined) return imports.poll(room, name)
  const isVersion = versions?.toLowerCase() === 'versions' && name !== undefined && more.length === 0
  if (!isVersion || version === undefined) return undefined
  if (asked === 'PUT tempdatarefs') return giveUploadPlace(room, given)
  if (asked === 'POST datarefs') return giveReadPlace(room, { name, version }, given)
  return undefined
}

function nothingHere(request: FastifyRequest): never {
  fail('RouteNotFound', { method: request.method, path: pathOf(request).slice(0, 300) })
}
