/**
 * The one HTTP application: request ids, limits, the gate, the log, and the faces, each an encapsulated plugin with its
 * own body parsers and its own way of printing errors. Adding a dialect is one import and one line in `faces`.
 */
import { randomUUID } from 'node:crypto'
import type { Engine } from '@lazurite/engine'
import { fail, isFinal, LazError } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  LogController,
} from 'fastify'
import { guardApp } from './caller.ts'
import type { Config } from './config.ts'
import { armFace } from './faces/arm/routes.ts'
import { blobFace } from './faces/blob/routes.ts'
import { computesFace } from './faces/computes/routes.ts'
import { connectionFace } from './faces/connection.ts'
import { dataFace } from './faces/data/routes.ts'
import { doctorFace } from './faces/doctor.ts'
import { eventsFace } from './faces/events.ts'
import { historyFace } from './faces/history/routes.ts'
import { identityFace } from './faces/identity.ts'
import { jobsFace } from './faces/jobs/routes.ts'
import { kindsFace } from './faces/kinds.ts'
import { machineFace } from './faces/machine.ts'
import { mlflowFace } from './faces/mlflow/routes.ts'
import { pagesFace } from './faces/pages.ts'
import { printProblem } from './faces/problem.ts'
import { registryFace } from './faces/registry/routes.ts'
import { batchFace } from './faces/score/batch.ts'
import { scoreFace } from './faces/score/routes.ts'
import { searchFace } from './faces/search.ts'
import { sessionFace } from './faces/session.ts'
import { jsonTooDeep, jsonTooMany, maxJsonDepth, maxJsonValues } from './json-depth.ts'
import { pathOf } from './request-url.ts'
import type { Signer } from './signer.ts'
import type { Tls } from './tls/listener.ts'

/** What every face is handed. */
export interface FaceDeps {
  store: Store
  engine: Engine
  log: FastifyBaseLogger
  sign: Signer
  /** `http://127.0.0.1:<port>`, no trailing slash; for what is handed to jobs. Answers use `originOf(request)`. */
  baseUrl(): string
  settings: Config
  /** The owner's token; only the login face compares with it. */
  ownerToken: string
  /** The name written into `createdBy`. */
  ownerName: string
  /** The https listener, open or not. */
  tls(): Tls
  /** Aborted when the server shuts down: streams end themselves on it. */
  closing: AbortSignal
}

export type Face = (deps: FaceDeps) => FastifyPluginAsync

const faces: Record<string, Face> = {
  identity: identityFace,
  connection: connectionFace,
  arm: armFace,
  registry: registryFace,
  blob: blobFace,
  history: historyFace,
  mlflow: mlflowFace,
  data: dataFace,
  computes: computesFace,
  jobs: jobsFace,
  batch: batchFace,
  score: scoreFace,
  events: eventsFace,
  doctor: doctorFace,
  kinds: kindsFace,
  machine: machineFace,
  search: searchFace,
  session: sessionFace,
  pages: pagesFace,
}

export interface RouteNote {
  method: string
  url: string
  open: boolean
  signed: boolean
  runScoped: boolean
  /** Asked with a method that changes things, and changes nothing. */
  reads: boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route that was mounted, for the test that no address is open by accident. */
    routeNotes: RouteNote[]
  }
}

const jsonLimitBytes = 8 * 1024 * 1024
const bodyTimeoutMs = 60_000

/** No route has a schema (kinds' tables check bodies); saying so keeps two compilers out of the start. */
const noSchema = (): never => {
  throw new Error('routes have no schemas here: bodies are checked by the tables of the kinds')
}
const noSchemas = { buildValidator: () => noSchema, buildSerializer: () => noSchema }

/** Builds the application with all faces mounted; the caller listens or injects. */
export async function buildApp(deps: FaceDeps): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    // nobody writes through a request's own log
    childLoggerFactory: (logger) => logger,
    bodyLimit: jsonLimitBytes,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    routerOptions: { caseSensitive: false, maxParamLength: 4096, ignoreTrailingSlash: true },
    rewriteUrl: (request) => plainUrl(request.url ?? '/'),
    return503OnClosing: false,
    exposeHeadRoutes: false,
    schemaController: { compilersFactory: noSchemas },
    frameworkErrors: (error, request, reply) => printProblem(deps, error, request, reply as unknown as FastifyReply), // same object, narrower type
  })
  app.decorate('routeNotes', [])
  app.addHook('onRoute', (route) => {
    const { open = false, signed = false, runScoped = false, reads = false } = route.config ?? {}
    const { url } = route
    for (const method of [route.method].flat()) app.routeNotes.push({ method, url, open, signed, runScoped, reads })
  })
  nameRequests(app, deps)
  guardApp(app, {
    token: deps.ownerToken,
    signer: deps.sign,
    ownerName: deps.ownerName,
    hosts: deps.settings.hosts,
    origins: deps.settings.origins,
    isOver: async ({ scope, job }) => {
      const row = await deps.store.resources.get({ scope, kind: 'job', name: job })
      return row === undefined || isFinal(row.state)
    },
  })
  limitSlowBodies(app)
  readJsonCarefully(app)
  app.setErrorHandler((error, request, reply) => printProblem(deps, error, request, reply))
  app.setNotFoundHandler((request) => {
    fail('RouteNotFound', { method: request.method, path: pathOf(request) })
  })
  for (const face of Object.values(faces)) await app.register(face(deps))
  return app
}

/** What clients put together from parts of ours: doubled slashes, the suffix of a storage host behind an account. */
function plainUrl(url: string): string {
  return url
    .replace(/^\/\/+(?=metadata|subscriptions|adfs|common|organizations|[0-9a-f-]{36}\/)/i, '/')
    .replace(/^(\/laz[0-9a-f]{12})\.blob\.[^/?]*/, '$1')
}

/** Every answer carries the id under which the log knows the request. */
function nameRequests(app: FastifyInstance, deps: FaceDeps): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-ms-request-id', request.id)
    reply.header('x-ms-correlation-request-id', request.headers['x-ms-correlation-request-id'] ?? request.id)
    reply.header('x-content-type-options', 'nosniff')
    const clientId = request.headers['x-ms-client-request-id']
    if (clientId !== undefined) reply.header('x-ms-client-request-id', clientId)
    done()
  })
  const tellsAll = deps.log.level === 'debug' || deps.log.level === 'trace'
  app.addHook('onResponse', (request, reply, done) => {
    done()
    const reads = request.method === 'GET' || request.method === 'HEAD' || request.routeOptions.config?.quiet === true
    if (reads && !tellsAll) return
    const note = {
      id: request.id,
      method: request.method,
      path: pathOf(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      caller: request.caller?.name,
    }
    deps.log[reads ? 'debug' : 'info'](note, 'request')
  })
}

/** A body must arrive within a minute, except where a route says that it streams or a storage client sends it. */
function limitSlowBodies(app: FastifyInstance): void {
  app.addHook('preParsing', (request, reply, payload, done) => {
    const { streams, signed } = request.routeOptions.config ?? {}
    if (!streams && !signed) {
      const timer = setTimeout(() => {
        if (!reply.raw.headersSent) reply.raw.writeHead(408, { connection: 'close' }).end()
        request.raw.destroy()
      }, bodyTimeoutMs)
      timer.unref()
      request.raw.once('close', () => clearTimeout(timer))
      payload.once('end', () => clearTimeout(timer))
    }
    done(null, payload)
  })
}

/** JSON with a depth limit; `__proto__` and `constructor.prototype` keys are refused by the framework's own parser. */
function readJsonCarefully(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain')
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser(
    /^application\/(?:[a-z.-]+\+)?json(?:;|$)/i,
    { parseAs: 'string' },
    (request, body, done) => {
      const text = body as string // parseAs says so
      if (text === '') return done(null, undefined)
      if (jsonTooDeep(text))
        return done(new LazError('TooLarge', { what: 'The depth of the JSON body', limit: `${maxJsonDepth} levels` }))
      if (jsonTooMany(text))
        return done(new LazError('TooLarge', { what: 'The JSON body', limit: `${maxJsonValues} values` }))
      parse(request, text, done)
    },
  )
}
