import type { FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../app.ts'

export function identityFace(_deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    app.get('/health', { config: { open: true } }, async () => ({ status: 'ok' }))
  }
}
