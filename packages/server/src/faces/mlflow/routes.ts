import type { FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../../app.ts'

export function mlflowFace(_deps: FaceDeps): FastifyPluginAsync {
  return async () => {}
}
