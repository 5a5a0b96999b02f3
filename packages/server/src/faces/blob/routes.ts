/**
 * The storage face: containers and blobs of a workspace in the words of Azure Blob Storage, and the same files in those of
 * Data Lake and of Azure Files, path style. One handler serves every address; what a request means is looked up in the
 * table of operations, and bodies are never parsed, only piped.
 */
import { isLazError } from '@lazurite/spec'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { refuseUpload } from '../raw-body.ts'
import { type Address, levelOf, parseAddress, splitTarget } from './address.ts'
import { openAccess, requireAccess } from './auth.ts'
import { putCommonHeaders } from './headers.ts'
import { type Dialect, dialectOf, operationOf, refuseHeaders } from './operations.ts'
import { printDialectError } from './problems.ts'

const urls = ['/:account(^laz[0-9a-f]{12}$)', '/:account(^laz[0-9a-f]{12}$)/*']

export function blobFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, done) => done(null))
    for (const url of urls) {
      app.route({
        method: ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'],
        url,
        config: { signed: true, streams: true, storage: true },
        handler: (request, reply) => serve(deps, request, reply),
      })
    }
  }
}

async function serve(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  putCommonHeaders({ request, reply })
  let dialect: Dialect = 'blob'
  try {
    const { path, query } = splitTarget(request.raw.url ?? '/')
    const address = parseAddress(path)
    const level = levelOf(address)
    dialect = dialectOf(request, level, query)
    const signed = { method: request.method, path, query, headers: request.headers }
    const access = await openAccess(deps, { request, address, signed })
    const operation = operationOf(request, level, { query, dialect })
    requireAccess(access, operation)
    refuseHeaders(request.headers, dialect)
    await operation.run({ deps, request, reply, address, query, access, ...flat(address) })
    return reply
  } catch (error) {
    try {
      return refuseUpload(error, request)
    } catch (known) {
      if (dialect === 'blob' || !isLazError(known)) throw known
      return printDialectError(dialect, known, reply)
    }
  }
}

function flat(address: Address): { account: string; container: string; blob: string } {
  return { account: address.account, container: address.container ?? '', blob: address.blob ?? '' }
}
