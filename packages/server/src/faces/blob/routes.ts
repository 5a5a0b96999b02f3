import type { FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../../app.ts'

export function blobFace(_deps: FaceDeps): FastifyPluginAsync {
  return async () => {}
}
