/** What our own addresses below an asset have in common: the room of its workspace or registry, and the asset's key. */
import { fail, type Kind, kindByCollection } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { openRoom, type Room } from '../arm/room.ts'
import { openRegistryRoom } from './room.ts'

/** Addresses of workspaces and of registries, up to the name of something in them. */
export const homes = ['workspaces/:workspace', 'registries/:registry'].map(
  (home) => `/lazurite/v1/subscriptions/:subscription/resourceGroups/:group/providers/:provider/${home}`,
)

interface Params {
  subscription: string
  group: string
  workspace?: string
  registry?: string
  collection?: string
  name: string
  version?: string
  label?: string
}

export interface Below {
  room: Room
  params: Params
}

/** Opens the home that the parameters of a route name. Raises ResourceNotFound. */
export async function openHome(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply): Promise<Below> {
  const params = request.params as Params // the routes are made of `homes`
  const { subscription, group: resourceGroup, workspace, registry } = params
  const room =
    workspace === undefined
      ? await openRegistryRoom(deps, request, reply, registry ?? '')
      : await openRoom(deps, request, reply, { subscription, resourceGroup, workspace })
  return { room, params }
}

/** The kind of asset that a path names. Raises RouteNotFound for what has no versions. */
export function versionedKind({ room, params }: Below): Kind {
  const kind = kindByCollection(params.collection ?? '')
  if (kind?.shape === 'versioned') return kind
  return fail('RouteNotFound', { method: room.request.method, path: `${params.collection}/${params.name}` })
}

/** Raises ResourceNotFound. */
export async function containerOf({ room, params }: Below, kind: Kind): Promise<Row> {
  const key = { scope: room.workspace.scope, kind: kind.name, name: params.name }
  const row = await room.deps.store.resources.get(key)
  return row ?? fail('ResourceNotFound', { kind: kind.name, name: params.name })
}
