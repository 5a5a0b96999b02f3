/**
 * What a program has to know to be pointed at this server, for the owner alone: the addresses, the files that make a
 * client trust them, the secret of the identity endpoint. `laz connect` prints it in the words of each client.
 */
import { asNumber, asObject, fail, type JsonObject } from '@lazurite/spec'
import type { FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../app.ts'
import type { TlsPlace } from '../tls/listener.ts'

export function connectionFace(deps: FaceDeps): FastifyPluginAsync {
  const describe = (place: TlsPlace | undefined): JsonObject => ({
    url: deps.baseUrl(),
    identityPath: '/msi/token',
    identitySecret: deps.sign.identitySecret,
    ...(place ? { tls: { ...place } } : {}),
  })
  return async (app) => {
    app.get('/lazurite/v1/connection', async () => describe(deps.tls().place()))
    app.post('/lazurite/v1/tls', async (request) => {
      const { port } = asObject(request.body)
      const number = asNumber(port)
      if (port !== undefined && (number === undefined || !Number.isInteger(number) || number < 0 || number > 65_535))
        fail('BadArgument', { what: 'port must be a whole number up to 65535.' })
      return describe(await deps.tls().open(number))
    })
  }
}
