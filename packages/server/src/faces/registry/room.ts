/** The room of a registry: what the handlers of the ARM face need to serve what is in it as they serve a workspace. */
import { isSystemScope, registryOf, withSystemRegistry } from '@lazurite/engine'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { originOf } from '../../request-url.ts'
import { Query } from '../arm/query.ts'
import { provider, type Room } from '../arm/room.ts'

/** Opens the room of a registry by its name alone. Raises ResourceNotFound. */
export async function openRegistryRoom(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
): Promise<Room> {
  const workspace = await registryOf(deps.store, name)
  const system = isSystemScope(workspace.scope)
  return {
    deps: system ? { ...deps, store: withSystemRegistry(deps.store) } : deps,
    request,
    reply,
    query: new Query(request.raw.url ?? ''),
    origin: originOf(request),
    base: `azureml://registries/${workspace.registry}`,
    type: `${provider}/registries`,
    location: 'local',
    workspace,
  }
}
