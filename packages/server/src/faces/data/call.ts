/** One request about data: the workspace it speaks of, the place it means, and how to read its words. */
import { inDatastore, type Place, type StorageStat, type Workspace, workspaceOf } from '@lazurite/engine'
import { fail, type JsonObject, scopeOf } from '@lazurite/spec'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'

export interface DataCall {
  deps: FaceDeps
  request: FastifyRequest
  reply: FastifyReply
  workspace: Workspace
  scope: string
}

export interface DataRoute {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  path: string
  /** The body is bytes, read by the handler. */
  raw?: boolean
  /** The answer is as long as it is. */
  streams?: boolean
  /** Answers the body; undefined when it has answered already. */
  handle(call: DataCall): Promise<JsonObject | undefined>
}

const noName = { subscription: '', resourceGroup: '', workspace: '' }

/** Raises ResourceNotFound for an unknown workspace. */
export async function openCall(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply): Promise<DataCall> {
  const scope = scopeOf({ ...noName, ...paramsOf(request) })
  return { deps, request, reply, scope, workspace: await workspaceOf(deps.store, scope) }
}

function paramsOf(request: FastifyRequest): Record<string, string> {
  return request.params as Record<string, string> // what the router found, all strings
}

export function param(call: DataCall, name: string): string {
  return paramsOf(call.request)[name] ?? ''
}

/** A parameter of the query; of one given twice, the first. */
export function queryOf(call: DataCall, name: string): string | undefined {
  const query = call.request.query as Record<string, string | string[] | undefined> // the framework's own parser
  const value = query[name]
  const text = Array.isArray(value) ? value[0] : value
  return text === '' ? undefined : text
}

/** A whole number of the query within bounds. Raises InvalidQueryParameter. */
export function numberOf(call: DataCall, name: string, bounds: { usual: number; most: number }): number {
  const text = queryOf(call, name)
  if (text === undefined) return bounds.usual
  const value = Number(text)
  if (!/^\d{1,15}$/.test(text) || value < 1 || value > bounds.most) {
    fail('InvalidQueryParameter', { parameter: name, what: `a whole number from 1 to ${bounds.most} is needed` })
  }
  return value
}

/** The place in the datastore of the path; `path` of the query, the root when absent. */
export function placeOf(call: DataCall): Promise<Place> {
  return inDatastore(call.deps.store, call.scope, param(call, 'datastore'), queryOf(call, 'path') ?? '')
}

/** The same for what must be a file. Raises BadArgument for the root. */
export async function filePlaceOf(call: DataCall): Promise<Place> {
  const place = await placeOf(call)
  if (place.path === '') fail('BadArgument', { what: 'The query needs a path: ?path=folder/file.' })
  return place
}

export function headerOf(call: DataCall, name: string): string | undefined {
  const value = call.request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** The MD5 a client sent along, as hex. Raises InvalidHeaderValue. */
export function claimedMd5(call: DataCall): string | undefined {
  const text = headerOf(call, 'content-md5')
  if (text === undefined) return undefined
  const digest = Buffer.from(text, 'base64')
  if (digest.length !== 16) fail('InvalidHeaderValue', { header: 'Content-MD5', what: 'it is no base64 of an MD5' })
  return digest.toString('hex')
}

/** A file or folder as it is told. */
export function printStat(stat: StorageStat): JsonObject {
  return {
    name: stat.path.slice(stat.path.lastIndexOf('/') + 1),
    path: stat.path,
    folder: stat.folder,
    ...(stat.folder ? {} : { sizeBytes: stat.sizeBytes }),
    ...(stat.modifiedAt === 0 ? {} : { modifiedAt: new Date(stat.modifiedAt).toISOString() }),
    ...(stat.etag === undefined ? {} : { etag: stat.etag }),
    ...(stat.md5 === undefined ? {} : { md5: stat.md5 }),
  }
}
