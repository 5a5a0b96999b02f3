/** One request to run history: the workspace it speaks of, and which runs its caller may see. */
import { type JobStatus, readJobStatus, type Workspace, workspaceOf } from '@lazurite/engine'
import { fail, type JsonObject, scopeOf } from '@lazurite/spec'
import type { Row, Run, RunHead } from '@lazurite/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { originOf } from '../../request-url.ts'

export interface Room {
  deps: FaceDeps
  request: FastifyRequest
  reply: FastifyReply
  workspace: Workspace
  /** `sub/group/workspace`, lower case. */
  scope: string
  /** `http://host:port` as the caller spelt it. */
  origin: string
}

/** A run as it is known here: the row of its job, what MLflow knows of it, or both. */
export interface RunRecord {
  id: string
  row?: Row
  status: Partial<JobStatus>
  run?: Run
}

/** One line of a table of routes: `forms` says which spellings of the path exist (see `routes.ts`). */
export interface HistoryRoute {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  forms: string
  path: string
  /** Tokens of jobs are let in; the handler then judges which run they reach. */
  runs?: boolean
  /** The body is not JSON: the handler reads the request itself. */
  raw?: boolean
  /** Answers the body; undefined when it has answered already. */
  handle(room: Room): Promise<JsonObject | string | undefined>
}

const noName = { subscription: '', resourceGroup: '', workspace: '' }

/** Raises ResourceNotFound for an unknown workspace. */
export async function openRoom(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply): Promise<Room> {
  const scope = scopeOf({ ...noName, ...paramsOf(request) })
  const { caller } = request
  if (caller.kind === 'run' && caller.run?.scope !== scope) fail('Forbidden', { what: 'another workspace' })
  const workspace = await workspaceOf(deps.store, scope)
  return { deps, request, reply, workspace, scope, origin: originOf(request) }
}

function paramsOf(request: FastifyRequest): Record<string, string> {
  return request.params as Record<string, string> // what the router found, all strings
}

/** A part of the path, decoded once. */
export function param(room: Room, name: string): string {
  return paramsOf(room.request)[name] ?? ''
}

/** A parameter of the query; of one given twice, the first. */
export function queryOf(room: Room, name: string): string | undefined {
  const query = room.request.query as Record<string, string | string[] | undefined> // the framework's own parser
  const value = query[name]
  const text = Array.isArray(value) ? value[0] : value
  return text === '' ? undefined : text
}

/** Whether the caller may see and change a run: the owner any, a job its own and those it made. */
export function reaches(room: Room, runId: string, head: Pick<RunHead, 'madeBy'> | undefined): boolean {
  const { caller } = room.request
  if (caller.kind === 'owner') return true
  if (caller.kind !== 'run') return false
  return caller.run?.job === runId || (head?.madeBy !== undefined && head.madeBy === caller.run?.job)
}

/** The run of the path. Raises ResourceNotFound, and Forbidden for a job's token that is not this run's. */
export function runOfPath(room: Room): Promise<RunRecord> {
  return needRun(room, param(room, 'runId'))
}

/** Raises ResourceNotFound, Forbidden. */
export async function needRun(room: Room, id: string): Promise<RunRecord> {
  const found = await findRun(room, id)
  if (!reaches(room, id, found?.run)) fail('Forbidden', { what: `run ${id}` })
  return found ?? fail('ResourceNotFound', { kind: 'run', name: id })
}

export async function findRun(room: Room, id: string): Promise<RunRecord | undefined> {
  const { resources, runs } = room.deps.store
  const row = await resources.get({ scope: room.scope, kind: 'job', name: id })
  const run = await runs.get(room.scope, id)
  return row || run ? recordOf(id, row, run) : undefined
}

/** Whether the loop alone says what becomes of it. */
export function isMoved({ row }: RunRecord): boolean {
  return row !== undefined && row.outside !== true
}

export function recordOf(id: string, row: Row | undefined, run: Run | undefined): RunRecord {
  return { id, status: row ? readJobStatus(row.status) : {}, ...(row ? { row } : {}), ...(run ? { run } : {}) }
}
