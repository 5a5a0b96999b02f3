/**
 * Workspaces themselves: they live in a resource group, are created by PUT or by the template deployment that the
 * official clients send instead, and own everything under them.
 */
import {
  asObject,
  checkName,
  fail,
  isFinal,
  isObject,
  type Json,
  type JsonObject,
  kindByName,
  kinds,
  type WorkspaceId,
} from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { originOf } from '../../request-url.ts'
import { listFeaturesOf } from './catalog.ts'
import { envelope, withoutNulls } from './envelope.ts'
import { Query, readListAsk } from './query.ts'
import { findWorkspace, groupScope, openRoom, type Room, type WorkspaceRoom } from './room.ts'
import { forgetSecrets } from './secrets.ts'
import { checkIfMatch } from './write.ts'

/** The kind's table. */
export function workspaceKind() {
  return kindByName('workspace') ?? fail('InternalError', {})
}

/** Every workspace of a resource group, or of a whole subscription. */
export async function listWorkspaces(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  where: { subscription: string; resourceGroup?: string },
): Promise<JsonObject> {
  const query = new Query(request.raw.url ?? '')
  const ask = readListAsk(query, { descending: false })
  const scope =
    where.resourceGroup === undefined ? undefined : groupScope({ ...where, resourceGroup: where.resourceGroup })
  const prefix = `${where.subscription}/`.toLowerCase()
  const { rows, next } = await deps.store.resources.list({
    kind: 'workspace',
    ...(scope === undefined ? {} : { scope }),
    ...ask.page,
  })
  const value: JsonObject[] = []
  for (const row of rows) {
    if (!row.scope.startsWith(prefix) || !ask.keep(row)) continue
    value.push(envelope(workspaceKind(), row, await openRoom(deps, request, reply, idOfRow(row))))
  }
  if (next === undefined) return { value }
  const path = (request.raw.url ?? '').split('?')[0]
  return { value, nextLink: `${originOf(request)}${path}?${query.nextPage(next)}` }
}

function idOfRow(row: Row): WorkspaceId {
  const [subscription = '', resourceGroup = ''] = row.scope.split('/')
  return { subscription, resourceGroup, workspace: row.name }
}

/** Creates or replaces a workspace; the answer is 200 either way, which is all the official client takes. */
export async function putWorkspace(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  id: WorkspaceId,
  body: unknown,
): Promise<JsonObject> {
  if (!isObject(body))
    fail('ValidationFailed', { kind: 'workspace' }, { details: [{ path: [], message: 'the body must be a mapping' }] })
  const issue = checkName('workspace', id.workspace)
  if (issue) fail('ValidationFailed', { kind: 'workspace' }, { target: 'name', details: [issue] })
  checkGroup(id)
  await makeOrUpdate(deps, request, id, bodyProps(body))
  const room = await openRoom(deps, request, reply, id)
  return envelope(workspaceKind(), room.row, room)
}

function checkGroup(id: WorkspaceId): void {
  for (const [what, text] of [
    ['subscription', id.subscription],
    ['resource group', id.resourceGroup],
  ] as const) {
    if (!/^[\p{L}\p{N}_().-]{1,90}$/u.test(text) || text.endsWith('.')) {
      fail('InvalidName', {
        name: text.slice(0, 60),
        kind: what,
        why: 'letters, digits, _ ( ) . and - only, at most 90 characters',
      })
    }
  }
}

function bodyProps(body: JsonObject): JsonObject {
  const { properties, location, tags, identity, kind, sku } = body
  const beside = { location, tags, identity, kind, sku }
  const given = Object.fromEntries(Object.entries(beside).filter(([, value]) => value !== undefined && value !== null))
  return asObject(withoutNulls({ ...asObject(properties), ...given } as JsonObject)) // JSON in, JSON out
}

/** What the service itself says about a workspace; clients that PUT what they got do not change it. */
const readOnly = new Set([
  'workspaceId',
  'provisioningState',
  'discoveryUrl',
  'mlFlowTrackingUri',
  'storageAccount',
  'notebookInfo',
])

async function makeOrUpdate(
  deps: FaceDeps,
  request: FastifyRequest,
  id: WorkspaceId,
  given: JsonObject,
): Promise<void> {
  const by = request.caller.name
  const props = Object.fromEntries(Object.entries(given).filter(([name]) => !readOnly.has(name)))
  const before = await findWorkspace(deps.store, id)
  const row = before ?? (await deps.engine.ensureWorkspace(id, by))
  const next: JsonObject = { location: 'local', ...(before?.props ?? {}), ...props }
  await deps.store.resources.put({ key: { scope: row.scope, kind: row.kind, name: row.name }, props: next, by })
}

export async function patchWorkspace(room: WorkspaceRoom, body: unknown): Promise<JsonObject> {
  if (!isObject(body))
    fail('ValidationFailed', { kind: 'workspace' }, { details: [{ path: [], message: 'the body must be a mapping' }] })
  checkIfMatch(room, room.row)
  await makeOrUpdate(room.deps, room.request, room.workspace.id, bodyProps(body))
  const now = await openRoom(room.deps, room.request, room.reply, room.workspace.id)
  return envelope(workspaceKind(), now.row, now)
}

/** Deletes a workspace with everything in it: rows, secrets, containers. Work that is still going stops it. */
export async function deleteWorkspace(room: WorkspaceRoom): Promise<void> {
  const { store } = room.deps
  const { scope, storage } = room.workspace
  checkIfMatch(room, room.row)
  for (const kind of kinds.filter((each) => each.actions?.cancel !== undefined)) {
    const states = Object.keys(kind.states ?? {}).filter((state) => !isFinal(state))
    const open = { scope, kind: kind.name, states, archived: 'all', outside: false, top: 1 } as const
    if ((await store.resources.list(open)).rows.length > 0)
      fail('ResourceExists', { kind: kind.name, name: 'that is still running' }, { target: 'workspace' })
  }
  for (const kind of kinds.filter((each) => each.scope === 'workspace')) {
    for (;;) {
      const { rows } = await store.resources.list({ scope, kind: kind.name, archived: 'all', top: 500 })
      if (rows.length === 0) break
      for (const row of rows) {
        await forgetSecrets(store, kind, row)
        await store.resources.delete({ scope, kind: kind.name, name: row.name })
      }
    }
  }
  for (const container of await store.bytes.containers(storage.account)) {
    await store.bytes.deleteContainer(storage.account, container)
  }
  await store.lineage.forget(scope)
  await store.erasing.forget(scope)
  await store.resources.delete({ scope: room.row.scope, kind: room.row.kind, name: room.row.name })
}

/** What a workspace answers under its own name: lists that are empty on one machine, and its POST actions. */
export async function workspaceAction(room: Room, method: string, action: string): Promise<JsonObject> {
  const word = action.toLowerCase()
  if (method === 'GET' && word === 'features') return listFeaturesOf(room.base)
  if (method === 'GET' && emptyLists.has(word)) return { value: [] }
  if (method !== 'POST') return fail('RouteNotFound', { method, path: action })
  switch (word) {
    case 'listkeys':
      return {
        userStorageKey: null,
        userStorageResourceId: null,
        appInsightsInstrumentationKey: null,
        containerRegistryCredentials: null,
        notebookAccessKeys: null,
      }
    case 'liststorageaccountkeys':
      return { userStorageKey: null }
    case 'resynckeys':
      return {}
    case 'diagnose':
      return { value: await diagnosis(room) }
    default:
      return fail('NotSupported', {
        what: `The action ${action.slice(0, 60)} of a workspace`,
        why: /notebook/.test(word) ? 'no notebook server runs here' : 'this version does not have it',
        instead: 'A workspace here has: listKeys, listStorageAccountKeys, resyncKeys, diagnose.',
      })
  }
}

/** What a cloud's network would have: this machine has none of it. */
const emptyLists = new Set(['privatelinkresources', 'outboundnetworkdependenciesendpoints'])

/** Looks whether the default datastores can be written: the one thing a workspace here can be ill of. */
async function diagnosis(room: Room): Promise<JsonObject> {
  const { account, blobstore, artifacts } = room.workspace.storage
  const problems: Json[] = []
  for (const container of [blobstore, artifacts]) {
    if (await room.deps.store.bytes.hasContainer(account, container)) continue
    problems.push({ code: 'ContainerMissing', level: 'Error', message: `The container ${container} is gone.` })
  }
  const none: Json[] = []
  return {
    userDefinedRouteResults: none,
    networkSecurityRuleResults: none,
    resourceLockResults: none,
    dnsResolutionResults: none,
    storageAccountResults: problems,
    keyVaultResults: none,
    containerRegistryResults: none,
    applicationInsightsResults: none,
    otherResults: none,
  }
}
