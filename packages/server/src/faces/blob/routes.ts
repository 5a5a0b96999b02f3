/**
 * The blob face: containers and blobs of a workspace in the words of Azure Blob Storage, path style. One handler serves
 * every address; what a request means is looked up in the table of operations, and bodies are never parsed, only piped.
 */
import { fail } from '@lazurite/spec'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { type Address, levelOf, parseAddress, splitTarget } from './address.ts'
import { openAccess, requireAccess } from './auth.ts'
import { putCommonHeaders } from './headers.ts'
import { operationOf, refuseHeaders } from './operations.ts'

const urls = ['/:account(^laz[0-9a-f]{12}$)', '/:account(^laz[0-9a-f]{12}$)/*']

export function blobFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, done) => done(null))
    for (const url of urls) {
      app.route({
        method: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
        url,
        config: { signed: true, streams: true },
        handler: (request, reply) => serve(deps, request, reply),
      })
    }
  }
}

async function serve(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  putCommonHeaders({ request, reply })
  try {
    const { path, query } = splitTarget(request.raw.url ?? '/')
    const address = parseAddress(path)
    const signed = { method: request.method, path, query, headers: request.headers }
    const access = openAccess(deps, request, address, signed)
    const operation = operationOf(request.method, levelOf(address), query)
    requireAccess(access, operation.needs, operation.act)
    refuseHeaders(Object.keys(request.headers))
    await operation.run({ deps, request, reply, address, query, access, ...flat(address) })
    return reply
  } catch (error) {
    return refuse(error, request)
  }
}

function flat(address: Address): { account: string; container: string; blob: string } {
  return { account: address.account, container: address.container ?? '', blob: address.blob ?? '' }
}

/** Lets a refused upload run out, so that the client gets to read why; one that broke off is nobody's fault of ours. */
function refuse(error: unknown, request: FastifyRequest): never {
  const { raw } = request
  if (!raw.complete && raw.destroyed) fail('BadArgument', { what: 'The upload was cut off; nothing of it was kept.' })
  raw.unpipe()
  // A reader that gave up may still listen, and a stream that is listened to does not run out by itself.
  raw.removeAllListeners('readable')
  setImmediate(() => raw.resume())
  throw error
}
