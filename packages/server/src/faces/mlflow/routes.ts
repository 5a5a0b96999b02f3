/**
 * MLflow's REST dialect, under the tracking address of each workspace and, for the default workspace, at the root. The
 * stock clients of 1.x to 3.x need nothing but the address and a token. Addresses are told apart by a table of our own:
 * each prefix mounts one wildcard, whatever lies below it.
 */

import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { fail, isLazError, type JsonObject, scopeOf } from '@lazurite/spec'
import { joinAsBytes, joinAsGzip } from '@lazurite/store'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { pathOf } from '../../request-url.ts'
import { toProblem } from '../problem.ts'
import { Args, argsOfQuery, refuse } from './args.ts'
import {
  abortUpload,
  completeUpload,
  createUpload,
  deleteArtifacts,
  getArtifact,
  listProxied,
  presignDownload,
  putArtifact,
} from './artifacts.ts'
import { type Call, JsonText, PackedJson } from './call.ts'
import { sendLoggedModelFile, sendRunFile, sendVersionFile, takeRunFile } from './downloads.ts'
import { decode, findEndpoint } from './endpoints.ts'
import { refuseGraphql } from './left-out.ts'
import { parseBody } from './loose-json.ts'
import { exportTraces } from './otlp.ts'
import { inPluginWords } from './plugin.ts'
import { problemOf } from './problems.ts'
import { assertWorkspace } from './rights.ts'
import { sendMadeTraceFile, sendTraceFile } from './trace-file.ts'
import { startSender } from './webhook-sender.ts'

/** Whose dialect this is. From 3.4 on clients send the spans of traces to `/v1/traces`. */
const mlflowVersion = '3.17.2'

const bodyLimitBytes = 16 * 1024 * 1024
const gzipFromBytes = 4096
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const workspaces =
  '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.MachineLearningServices/workspaces/:workspace'
const squeeze = promisify(gzip)

const defaultScope = scopeOf({
  subscription: '00000000-0000-0000-0000-000000000001',
  resourceGroup: 'lazurite',
  workspace: 'main',
})

/** The face: mounts itself at `/api`, `/ajax-api` and `/mlflow/v1.0|v2.0/<workspace>`. */
export function mlflowFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers()
    // bodies are read by whoever knows what they are: JSON with its own rules, files as they come
    app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    app.setErrorHandler((error, request, reply) => printError(deps, error, { request, reply }))
    const sender = startSender(deps)
    app.addHook('onClose', () => sender.stop())
    for (const base of ['', `/mlflow/v1.0${workspaces}`, `/mlflow/v2.0${workspaces}`]) mount(app, deps, base)
  }
}

function mount(app: FastifyInstance, deps: FaceDeps, base: string): void {
  const open = { config: { open: true } }
  if (base !== '') app.get(`${base}/health`, open, async (_request, reply) => reply.type('text/plain').send('OK'))
  app.get(`${base}/version`, open, async (_request, reply) => reply.type('text/plain').send(mlflowVersion))
  for (const [path, act] of [
    ['get-artifact', sendRunFile],
    ['model-versions/get-artifact', sendVersionFile],
    // some join addresses with a slash too many
    ...(base === '' ? ([['/model-versions/get-artifact', sendVersionFile]] as const) : []),
  ] as const) {
    app.get(`${base}/${path}`, { config: { runScoped: true, streams: true } }, async (request, reply) => {
      await act({ ...callOf(deps, request, reply), args: queryOf(request) })
      return reply
    })
  }
  app.route({
    method: ['GET', 'POST'],
    url: `${base}/graphql`,
    config: { runScoped: true },
    handler: async () => refuseGraphql(),
  })
  app.post(`${base}/v1/traces`, { config: { runScoped: true } }, async (request, reply) => {
    await exportTraces(callOf(deps, request, reply))
    return reply
  })
  for (const api of ['api', 'ajax-api']) {
    app.route({
      method: methods,
      url: `${base}/${api}/2.0/mlflow-artifacts/*`,
      config: { runScoped: true, streams: true },
      handler: (request, reply) => answerFiles(deps, request, reply),
    })
    app.route({
      method: methods,
      url: `${base}/${api}/*`,
      config: { runScoped: true },
      handler: (request, reply) => answer(deps, request, reply),
    })
  }
}

function callOf(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply): Call {
  const names = request.params as Record<string, string | undefined> // the holes of the address it was mounted at
  const { subscription, group: resourceGroup, workspace } = names
  const scope =
    subscription && resourceGroup && workspace ? scopeOf({ subscription, resourceGroup, workspace }) : defaultScope
  const call = { deps, store: deps.store, request, reply, caller: request.caller, scope, args: new Args({}), parts: [] }
  assertWorkspace(call)
  return call
}

/** `/api/2.0/mlflow/…` and `/api/3.0/mlflow/…`. */
async function answer(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  // the slash is missing in one address that clients know
  const path = /\/(?:ajax-)?api\/[23]\.0\/?(?:preview\/)?mlflow\/(.+?)\/*$/i.exec(pathOf(request))?.[1]
  if (path === 'upload-artifact' && request.method === 'POST') {
    await takeRunFile({ ...callOf(deps, request, reply), args: queryOf(request) }, request.body as Readable | undefined) // what the parser above hands on
    return send(request, reply, {})
  }
  if (path === 'get-trace-artifact' && request.method === 'GET') {
    await sendTraceFile({ ...callOf(deps, request, reply), args: queryOf(request) })
    return reply
  }
  const filesOf = /^logged-models\/([^/]+)\/artifacts\/files$/.exec(path ?? '')?.[1]
  if (filesOf !== undefined && request.method === 'GET') {
    await sendLoggedModelFile({ ...callOf(deps, request, reply), parts: [decode(filesOf)], args: queryOf(request) })
    return reply
  }
  const found = path === undefined ? undefined : findEndpoint(request.method, path)
  if (!found) notThere(request)
  const call = { ...callOf(deps, request, reply), parts: found.parts, args: await readArgs(request) }
  const body = (await found.handler(call)) ?? {}
  const ready = body instanceof JsonText || body instanceof PackedJson
  return send(request, reply, ready ? body : inPluginWords(request, body))
}

/** `/api/2.0/mlflow-artifacts/…`. */
async function answerFiles(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const path = decode(/\/mlflow-artifacts\/(.*)$/i.exec(pathOf(request))?.[1] ?? '')
  const [area, address] = splitArea(path)
  const { method } = request
  const call = callOf(deps, request, reply)
  const json = async () => ({ ...call, args: await readArgs(request) })
  if (area === 'artifacts' && method === 'GET' && address === '')
    return send(request, reply, (await listProxied(await json())) ?? {})
  if (area === 'artifacts' && method === 'GET') {
    if (!(await sendMadeTraceFile(call, address))) await getArtifact(call, address)
    return reply
  }
  if (area === 'artifacts' && method === 'PUT') {
    await putArtifact(call, address, request.body as Readable | undefined) // what the parser above hands on
    return send(request, reply, {})
  }
  if (area === 'artifacts' && method === 'DELETE') {
    await deleteArtifacts(call, address)
    return send(request, reply, {})
  }
  if (area === 'presigned' && method === 'GET') return send(request, reply, await presignDownload(call, address))
  if (method === 'POST') {
    const upload = { 'mpu/create': createUpload, 'mpu/complete': completeUpload, 'mpu/abort': abortUpload }[area]
    if (upload) return send(request, reply, (await upload(await json(), address)) ?? {})
  }
  return notThere(request)
}

function splitArea(path: string): [string, string] {
  const found = /^(artifacts|presigned|mpu\/(?:create|complete|abort))(?:\/(.*))?$/s.exec(path)
  return [found?.[1] ?? '', found?.[2]?.replace(/^\/+|\/+$/g, '') ?? '']
}

function notThere(request: FastifyRequest): never {
  fail('RouteNotFound', { method: request.method, path: pathOf(request).slice(0, 300) })
}

function queryOf(request: FastifyRequest): Args {
  const url = request.raw.url ?? ''
  const cut = url.indexOf('?')
  return argsOfQuery(new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1)))
}

async function readArgs(request: FastifyRequest): Promise<Args> {
  if (request.method === 'GET') return queryOf(request)
  if (request.method === 'POST' || request.method === 'PUT') checkType(request.headers['content-type'])
  const body = request.body as Readable | undefined // what the parser above hands on
  if (!body) return queryOf(request)
  const text = await readText(body)
  return new Args(parseBody(text), { body: text })
}

function checkType(header: string | undefined): void {
  if (header === undefined) refuse('Bad Request. Content-Type header is missing.')
  if (header.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    refuse("Bad Request. Content-Type must be one of ['application/json'].")
  }
}

async function readText(body: Readable): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    const bytes = Buffer.from(part)
    size += bytes.length
    if (size > bodyLimitBytes) fail('TooLarge', { what: 'The body', limit: `${bodyLimitBytes / 1024 / 1024} MiB` })
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Exactly 200 and a JSON object: the clients take nothing else. */
async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  body: JsonObject | JsonText | PackedJson,
): Promise<FastifyReply> {
  if (body instanceof PackedJson) return sendPacked(request, reply, body)
  const text = body instanceof JsonText ? body.text : JSON.stringify(body)
  reply.code(200).type('application/json; charset=utf-8')
  if (text.length < gzipFromBytes || !takesGzip(request)) return reply.send(text)
  const packed = await squeeze(text, { level: 1 })
  return reply.headers({ 'content-encoding': 'gzip', vary: 'accept-encoding' }).send(packed)
}

function takesGzip({ headers }: FastifyRequest): boolean {
  return /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''))
}

function sendPacked(request: FastifyRequest, reply: FastifyReply, { parts }: PackedJson): FastifyReply {
  reply.code(200).type('application/json; charset=utf-8').header('vary', 'accept-encoding')
  if (!takesGzip(request)) return reply.send(joinAsBytes(parts))
  return reply.header('content-encoding', 'gzip').send(joinAsGzip(parts))
}

function printError(deps: FaceDeps, error: unknown, o: { request: FastifyRequest; reply: FastifyReply }): void {
  const { request, reply } = o
  const { problem } = toProblem(error)
  if (!isLazError(error) && problem.http >= 500) {
    deps.log.error({ err: error, id: request.id, path: pathOf(request) }, 'unexpected error')
  }
  const { status, body } = problemOf(problem)
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="lazurite"')
  if (!request.raw.complete) reply.header('connection', 'close')
  reply.code(status).removeHeader('content-length')
  if (typeof body === 'string') reply.type('text/plain; charset=utf-8').send(body)
  else reply.type('application/json; charset=utf-8').send(JSON.stringify(body))
}
