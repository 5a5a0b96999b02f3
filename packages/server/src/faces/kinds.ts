/** The tables themselves: what kinds there are, their fields, and their JSON Schema; for editors, the Studio and scripts. */
import {
  fail,
  isObject,
  type Json,
  type JsonObject,
  jsonSchema,
  type Kind,
  kindByName,
  kinds,
  openApi,
} from '@lazurite/spec'
import type { FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../app.ts'
import { originOf } from '../request-url.ts'
import { version } from '../version.ts'

export function kindsFace(_deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    app.get('/lazurite/v1/kinds', async () => ({ value: kinds.map(table) }))
    app.get('/lazurite/v1/kinds/:name', async (request) => table(named(request.params)))
    app.get('/lazurite/v1/kinds/:name/schema', async (request) => jsonSchema(named(request.params).name))
    // what the words mean is no secret, and editors and generators that read these have no token
    const open = { config: { open: true } }
    app.get('/openapi.json', open, async (request) => openApi({ version, servers: [originOf(request)] }))
    app.get('/schemas/:file', open, async (request, reply) => {
      const { file } = request.params as { file: string } // the route's own parameter
      const name = file.replace(/\.json$/, '')
      return reply.type('application/schema+json').send(jsonSchema(named({ name }).name))
    })
  }
}

function named(params: unknown): Kind {
  const { name } = params as { name: string } // the route's own parameter
  return kindByName(name) ?? fail('ResourceNotFound', { kind: 'kind', name })
}

/** A kind as plain JSON: its functions stay here. */
function table(kind: Kind): JsonObject {
  const entries = Object.entries(kind).filter(([, value]) => typeof value !== 'function')
  return Object.fromEntries(entries.map(([name, value]) => [name, plain(value)]))
}

function plain(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof RegExp) return value.source
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, inner]) => typeof inner !== 'function' && inner !== undefined)
        .map(([name, inner]) => [name, plain(inner)]),
    )
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}
