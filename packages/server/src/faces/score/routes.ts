/**
 * The addresses of online endpoints: `/score/<workspace guid>/<endpoint>`, the same with `/score` and `/swagger.json`, and
 * whatever a container of one's own answers below. Callers show the endpoint's key, not a token of this server.
 */
import type { FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { callerOf } from '../../caller.ts'
import { scorePath } from '../arm/dress-serving.ts'
import { answerCall, openCall } from './call.ts'
import { flushCollected } from './collect.ts'
import { extras } from './extras.ts'
import { type Deployment, tableOf } from './table.ts'

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
    extras(app, deps, table)
  }
}
