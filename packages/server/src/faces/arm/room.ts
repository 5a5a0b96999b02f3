/** What every handler of a workspace's resources needs: the workspace, the request, and how this caller sees the server. */

import { readWorkspace, type Workspace } from '@lazurite/engine'
import { fail, type Json, type WorkspaceId, workspaceArmId } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { originOf } from '../../request-url.ts'
import { Query } from './query.ts'

export interface Room {
  deps: FaceDeps
  request: FastifyRequest
  reply: FastifyReply
  query: Query
  /** `http://host:port` as the caller spelt it. */
  origin: string
  /** What the ids of the room and of everything in it begin with: the ARM id of a workspace. */
  base: string
  /** The ARM type of the room; the types of what is in it begin with it. */
  type: string
  /** Where the room says it is; a word of the user's that has no effect on one machine. */
  location: Json
  /** Scope, names and storage of the room. */
  workspace: Workspace
}

export interface WorkspaceRoom extends Room {
  /** The workspace's own row. */
  row: Row
}

export const provider = 'Microsoft.MachineLearningServices'

/** Opens the room of an existing workspace. Raises ResourceNotFound. */
export async function openRoom(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  id: WorkspaceId,
): Promise<WorkspaceRoom> {
  const row = await findWorkspace(deps.store, id)
  if (!row) fail('ResourceNotFound', { kind: 'workspace', name: id.workspace })
  const workspace = readWorkspace(row)
  return {
    deps,
    request,
    reply,
    query: new Query(request.raw.url ?? ''),
    origin: originOf(request),
    base: workspaceArmId(workspace.id),
    type: `${provider}/workspaces`,
    location: locationOf(row),
    workspace,
    row,
  }
}

/** Where a row says it is. */
export function locationOf(row: Row): Json {
  return typeof row.props.location === 'string' ? row.props.location : 'local'
}

/** A workspace's row by its id; names of workspaces are compared in any case, as Azure does. */
export async function findWorkspace(store: Store, id: WorkspaceId): Promise<Row | undefined> {
  const scope = groupScope(id)
  const exact = await store.resources.get({ scope, kind: 'workspace', name: id.workspace })
  if (exact) return exact
  const { rows } = await store.resources.list({ scope, kind: 'workspace', archived: 'all', top: 1000 })
  return rows.find((row) => row.name.toLowerCase() === id.workspace.toLowerCase())
}

/** The scope of the workspaces of a resource group. */
export function groupScope(id: { subscription: string; resourceGroup: string }): string {
  return `${id.subscription}/${id.resourceGroup}`.toLowerCase()
}
