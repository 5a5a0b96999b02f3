/** One request of ours about jobs: the workspace it speaks of, the job it names, what its body says. */
import { fail, isObject, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { openRoom, type WorkspaceRoom } from '../arm/room.ts'

export interface JobCall {
  /** As for the handlers of the ARM face: store, engine, query, workspace. */
  room: WorkspaceRoom
  scope: string
  /** The job of the path; '' where the path names none. */
  name: string
  /** The body of the request; empty when there was none. */
  body: JsonObject
}

export interface JobVerb {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Below the workspace, e.g. `/jobs/:name/rerun`. */
  path: string
  /** The answer is a stream: no time limit, and the origin is checked on GET too. */
  streams?: boolean
  /** A POST that changes nothing. */
  reads?: boolean
  /** Answers the body; undefined when it has answered already. */
  handle(call: JobCall): Promise<JsonObject | undefined>
}

/** Raises ResourceNotFound for an unknown workspace, BadArgument for a body that is no mapping. */
export async function openCall(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply): Promise<JobCall> {
  const params = request.params as Record<string, string> // what the router found, all strings
  const { subscription = '', group: resourceGroup = '', workspace = '', name = '' } = params
  const room = await openRoom(deps, request, reply, { subscription, resourceGroup, workspace })
  return { room, scope: room.workspace.scope, name, body: mapping(request.body) }
}

function mapping(body: unknown): JsonObject {
  if (body === undefined || body === null) return {}
  return isObject(body) ? body : fail('BadArgument', { what: 'The body must be a mapping.' })
}

/** The row of the job that the path names. Raises ResourceNotFound. */
export async function jobOf({ room, scope, name }: JobCall): Promise<Row> {
  const row = await room.deps.store.resources.get({ scope, kind: 'job', name })
  return row ?? fail('ResourceNotFound', { kind: 'job', name })
}

/** As `jobOf`, of a job that this server runs or ran. Raises NotSupported for the run of a program elsewhere. */
export async function ownJobOf(call: JobCall, what: string): Promise<Row> {
  const row = await jobOf(call)
  if (row.outside) {
    fail('NotSupported', {
      what: `${what} ${row.name}`,
      why: 'it is the run of a program that this server did not start, and knows only what that logged',
      instead: 'Start that program again, or submit it as a job: laz job create -f JOB.yml',
    })
  }
  return row
}
