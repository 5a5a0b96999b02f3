/** Bodies that a face reads by itself, without a parser. */
import { fail } from '@lazurite/spec'
import type { FastifyRequest } from 'fastify'

/**
 * Lets a refused upload run out, so that its client gets to read why, then throws on. An upload that broke off is no
 * fault of ours and is told so, to nobody.
 */
export function refuseUpload(error: unknown, request: FastifyRequest): never {
  const { raw } = request
  if (!raw.complete && raw.destroyed) fail('BadArgument', { what: 'The upload was cut off; nothing of it was kept.' })
  raw.unpipe()
  // A reader that gave up may still listen, and a stream that is listened to does not run out by itself.
  raw.removeAllListeners('readable')
  setImmediate(() => raw.resume())
  throw error
}
