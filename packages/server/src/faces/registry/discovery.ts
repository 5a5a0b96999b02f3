/** Where a client that knows a registry by its name alone finds it. */
import { registryOf } from '@lazurite/engine'
import type { JsonObject } from '@lazurite/spec'
import type { FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { originOf } from '../../request-url.ts'

/** Raises ResourceNotFound. */
export async function discover(deps: FaceDeps, request: FastifyRequest): Promise<JsonObject> {
  const { name } = request.params as { name: string } // the route's own parameter
  const { id, registry } = await registryOf(deps.store, name)
  const uri = `${originOf(request)}/`
  return {
    registryName: registry ?? name,
    registryFqdns: { local: { uri } },
    primaryRegion: 'local',
    primaryRegionResourceProviderUri: uri,
    subscriptionId: id.subscription,
    resourceGroup: id.resourceGroup,
  }
}
