/** One request of ours about a compute: the compute it names, and what it brings. */
import { fail, isObject, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { openRoom, type WorkspaceRoom } from '../arm/room.ts'

export interface ComputeCall {
  room: WorkspaceRoom
  row: Row
  /** Folder of the server's state. */
  home: string
  params: Record<string, string>
}

export interface ComputeRoute {
  method: 'GET' | 'POST' | 'DELETE'
  /** Below the compute. */
  path: string
  /** The body is bytes. */
  raw?: boolean
  /** The answer is as long as it is. */
  streams?: boolean
  /** Answers the body; undefined when it has answered already. */
  handle(call: ComputeCall): Promise<JsonObject | undefined>
}

/** Raises ResourceNotFound for an unknown workspace or compute. */
export async function openCall(deps: FaceDeps, request: FastifyRequest, reply: FastifyReply): Promise<ComputeCall> {
  const params = request.params as Record<string, string> // what the router found, all strings
  const { subscription = '', group: resourceGroup = '', workspace = '', compute: name = '' } = params
  const room = await openRoom(deps, request, reply, { subscription, resourceGroup, workspace })
  const row = await deps.store.resources.get({ scope: room.workspace.scope, kind: 'compute', name })
  return { room, row: row ?? fail('ResourceNotFound', { kind: 'compute', name }), home: deps.store.home, params }
}

/** The body as a mapping; empty when there was none. Raises BadArgument. */
export function bodyOf({ room }: ComputeCall): JsonObject {
  const { body } = room.request
  if (body === undefined || body === null) return {}
  return isObject(body) ? body : fail('BadArgument', { what: 'The body must be a mapping.' })
}
