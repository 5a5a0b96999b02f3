/**
 * The addresses of online endpoints: `/score/<workspace guid>/<endpoint>`, the same with `/score` and `/swagger.json`, and
 * whatever a container of one's own answers below. Callers show the endpoint's key, not a token of this server.
 */
import type { FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { callerOf } from '../../caller.ts'
import { scorePath } from '../arm/dress-serving.ts'
import { openRoom } from '../arm/room.ts'
import { answerCall, openCall } from './call.ts'
import { flushCollected } from './collect.ts'
import { metricsOf } from './metrics.ts'
import { type Deployment, tableOf } from './table.ts'

const metricsPath =
  '/lazurite/v1/subscriptions/:subscription/resourceGroups/:group' +
  '/providers/Microsoft.MachineLearningServices/workspaces/:workspace/onlineEndpoints/:endpoint/metrics'
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

export function scoreFace(deps: FaceDeps): FastifyPluginAsync {
  const table = tableOf(deps.store)
  const { ownerToken: token, ownerName, sign: signer, settings } = deps
  const gate = { token, ownerName, signer, hosts: settings.hosts }
  return async (app) => {
    table.log = app.log
    app.addHook('onClose', flushCollected)
    await app.register(async (raw) => {
      // bodies are the model's: nothing here reads them
      raw.removeAllContentTypeParsers()
      raw.addContentTypeParser('*', (_request, _body, done) => done(null))
      for (const url of [`${scorePath}/:guid/:endpoint`, `${scorePath}/:guid/:endpoint/*`]) {
        raw.route({
          method: [...methods],
          url,
          config: { open: true, streams: true, keyed: true, quiet: true },
          handler: async (request, reply) => {
            const { guid = '', endpoint: name = '' } = request.params as Record<string, string> // what the router found
            const endpoint = await table.find(guid, name)
            if (!endpoint) {
              reply.code(404).header('connection', 'close')
              return { error: { code: 'NotFound', message: 'There is no such endpoint.' } }
            }
            const below = (request.raw.url ?? '').replace(/^(?:\/+[^/?]*){3}/, '')
            const now = () => deps.store.clock.now()
            // the next poll sees it
            const wake = ({ key }: Deployment) => void deps.store.leases.wake(key).catch(() => undefined)
            const isOwner = () => callerOf(request.headers.authorization, gate, false)?.kind === 'owner'
            return answerCall(openCall({ endpoint, request, reply, below, now, wake, isOwner, chance: Math.random }))
          },
        })
      }
    })
    app.get(metricsPath, async (request, reply) => {
      const params = request.params as Record<string, string> // what the router found
      const { subscription = '', group: resourceGroup = '', workspace = '', endpoint: name = '' } = params
      const room = await openRoom(deps, request, reply, { subscription, resourceGroup, workspace })
      const endpoint = await table.find(room.workspace.guid, name)
      if (!endpoint)
        return reply.code(404).send({ error: { code: 'ResourceNotFound', message: `There is no ${name}.` } })
      const deployments = metricsOf(endpoint.deployments, deps.store.clock.now())
      const collected = [...endpoint.deployments.values()].flatMap(({ name, keeper }) =>
        keeper ? [[name, { ...keeper.tale }]] : [],
      )
      return { endpoint: endpoint.name, deployments, collected: Object.fromEntries(collected) }
    })
  }
}
