/**
 * A workspace is a row, four containers and the four datastores that point at them. What identifies it for ever (its
 * guid, the spelling of its names) sits in `status`, where no caller's PUT can reach: every byte it owns hangs on it.
 */
import { randomUUID } from 'node:crypto'
import { asString, fail, type JsonObject, scopeOf, storageOf, type WorkspaceId, workspaceArmId } from '@lazurite/spec'
import type { PutInput, Row, Store } from '@lazurite/store'
import { isRegistryScope, registryOf } from '../registries.ts'

export interface Workspace {
  /** As the names were spelt at creation. */
  id: WorkspaceId
  /** `sub/group/workspace`, lower case: the scope of everything in it. */
  scope: string
  /** Its ARM id. */
  armId: string
  /** Its own GUID. */
  guid: string
  /** Account and containers derived from the GUID. */
  storage: ReturnType<typeof storageOf>
  /** Its name, when it is no workspace but a registry. */
  registry?: string
}

/** The workspace (or the registry) behind a scope. Raises ResourceNotFound. */
export async function workspaceOf(store: Store, scope: string): Promise<Workspace> {
  const cut = scope.lastIndexOf('/')
  if (isRegistryScope(scope)) return registryOf(store, scope.slice(cut + 1))
  const name = scope.slice(cut + 1)
  const row = await findWorkspace(store, scope.slice(0, cut), name)
  return row ? readWorkspace(row) : fail('ResourceNotFound', { kind: 'workspace', name })
}

/** The workspace of that guid. */
export async function workspaceOfGuid(store: Store, guid: string): Promise<Workspace | undefined> {
  const { rows } = await store.resources.list({ kind: 'workspace', archived: 'all' })
  return rows.map(readWorkspace).find((workspace) => workspace.guid.toLowerCase() === guid.toLowerCase())
}

/** The workspace whose storage account that is. */
export async function workspaceOfAccount(store: Store, account: string): Promise<Workspace | undefined> {
  const { rows } = await store.resources.list({ kind: 'workspace', archived: 'all' })
  return rows.map(readWorkspace).find((workspace) => workspace.storage.account === account)
}

/** Names keep their case, scopes are lower-cased: a workspace is the same one in any spelling. */
async function findWorkspace(store: Store, scope: string, name: string): Promise<Row | undefined> {
  const exact = await store.resources.get({ scope, kind: 'workspace', name })
  if (exact) return exact
  const { rows } = await store.resources.list({ scope, kind: 'workspace', archived: 'all', top: 1000 })
  return rows.find((row) => row.name.toLowerCase() === name.toLowerCase())
}

/** What a workspace row says about its workspace. */
export function readWorkspace(row: Row): Workspace {
  const [subscription = '', resourceGroup = ''] = row.scope.split('/')
  const id: WorkspaceId = {
    subscription: asString(row.status.subscription) ?? subscription,
    resourceGroup: asString(row.status.resourceGroup) ?? resourceGroup,
    workspace: row.name,
  }
  const guid = asString(row.status.workspaceId) ?? ''
  return { id, scope: scopeOf(id), armId: workspaceArmId(id), guid, storage: storageOf(guid) }
}

/**
 * Makes the workspace if it is not there, with its containers and default datastores; repairs what is missing of them.
 * `props` are the caller's wire properties, used only when it is new.
 */
export async function makeWorkspace(store: Store, w: WorkspaceId, by: string, props: JsonObject = {}): Promise<Row> {
  const scope = `${w.subscription}/${w.resourceGroup}`.toLowerCase()
  const key = { scope, kind: 'workspace', name: w.workspace }
  let row = await findWorkspace(store, scope, w.workspace)
  if (!row) {
    const status = { workspaceId: randomUUID(), subscription: w.subscription, resourceGroup: w.resourceGroup }
    row = (await store.resources.put({ key, props, status, by, keepExisting: true })).row
  }
  const workspace = readWorkspace(row)
  const { account, blobstore, artifacts, workingdir, fileshare } = workspace.storage
  for (const container of [blobstore, artifacts, workingdir, fileshare]) {
    await store.bytes.createContainer(account, container)
  }
  const have = await store.resources.list({ scope: workspace.scope, kind: 'datastore', archived: 'all' })
  const names = new Set(have.rows.map((r) => r.name))
  const missing = defaultDatastores(workspace).filter(([name]) => !names.has(name))
  const puts = missing.map(
    ([name, properties]): PutInput => ({
      key: { scope: workspace.scope, kind: 'datastore', name },
      props: properties,
      by,
      keepExisting: true,
    }),
  )
  if (puts.length > 0) await store.resources.putMany(puts)
  return row
}

/** Names and wire properties of the datastores every workspace is born with. */
function defaultDatastores(workspace: Workspace): [string, JsonObject][] {
  const { account, blobstore, artifacts, workingdir, fileshare } = workspace.storage
  const common = (extra: JsonObject): JsonObject => ({
    accountName: account,
    credentials: { credentialsType: 'Sas' },
    description: '',
    isDefault: false,
    properties: {},
    serviceDataAccessAuthIdentity: 'None',
    tags: {},
    ...extra,
  })
  const blob = (containerName: string, extra: JsonObject = {}) =>
    common({ datastoreType: 'AzureBlob', containerName, ...extra })
  const file = (fileShareName: string) => common({ datastoreType: 'AzureFile', fileShareName })
  return [
    ['workspaceblobstore', blob(blobstore, { isDefault: true })],
    ['workspaceartifactstore', blob(artifacts)],
    ['workspacefilestore', file(fileshare)],
    ['workspaceworkingdirectory', file(workingdir)],
  ]
}
