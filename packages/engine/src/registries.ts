/**
 * Registries: homes of assets that every workspace of the server may use. A registry is a row of its resource group and a
 * storage account of its own; what is in it lies under a scope of its own. What it shares with a workspace (a scope, a
 * guid, a storage) is told in a workspace's terms, so that whatever reads and writes assets serves both.
 */
import { asString, fail, kinds, storageOf } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import type { Workspace } from './reconcile/workspace.ts'
import { isSystemScope, systemHome, systemRegistry } from './system-registry.ts'

const kind = 'registry'

/** The scope of everything in a registry. */
export function registryScope(name: string): string {
  return `registries/${name.toLowerCase()}`
}

/** Whether a scope is that of a registry. */
export function isRegistryScope(scope: string): boolean {
  return /^registries\/[^/]+$/.test(scope)
}

/** The row of a registry by its name, in any case: names are unique on a server. The system registry has no row. */
export async function findRegistry(store: Store, name: string): Promise<Row | undefined> {
  const { rows } = await store.resources.list({ kind, archived: 'all' })
  return rows.find((row) => row.name.toLowerCase() === name.toLowerCase())
}

/** The registry whose storage account that is. */
export async function registryOfAccount(store: Store, account: string): Promise<Workspace | undefined> {
  const { rows } = await store.resources.list({ kind, archived: 'all' })
  return rows.map(readRegistry).find(({ storage }) => storage.account === account)
}

/** What a registry's row says about it. */
export function readRegistry(row: Row): Workspace {
  const [subscription = '', resourceGroup = ''] = row.scope.split('/')
  const id = {
    subscription: asString(row.status.subscription) ?? subscription,
    resourceGroup: asString(row.status.resourceGroup) ?? resourceGroup,
    workspace: row.name,
  }
  const guid = asString(row.status.registryId) ?? ''
  const group = `/subscriptions/${id.subscription}/resourceGroups/${id.resourceGroup}`
  return {
    id,
    scope: registryScope(row.name),
    armId: `${group}/providers/Microsoft.MachineLearningServices/registries/${row.name}`,
    guid,
    storage: storageOf(guid),
    registry: row.name,
  }
}

/** The registry of that name, the system registry included. Raises ResourceNotFound. */
export async function registryOf(store: Store, name: string): Promise<Workspace> {
  if (isSystemScope(registryScope(name))) return systemHome
  const row = await findRegistry(store, name)
  return row ? readRegistry(row) : fail('ResourceNotFound', { kind, name })
}

/** Raises NotSupported when that is the system registry. */
export function refuseSystem(name: string, act: string): void {
  if (!isSystemScope(registryScope(name))) return
  fail('NotSupported', {
    what: `${act} the registry ${systemRegistry}`,
    why: 'it is part of the server and holds what every workspace can rely on',
    instead: 'Make a registry of your own.',
  })
}

/** What a registry holds: how many names of each kind. */
export async function contentsOf(store: Store, scope: string): Promise<Record<string, number>> {
  const held: Record<string, number> = {}
  for (const each of kinds) {
    const { rows } = await store.resources.list({ scope, kind: each.name, archived: 'all' })
    if (rows.length > 0) held[each.name] = rows.length
  }
  return held
}

/**
 * Removes a registry. One with assets is refused by name unless `force`; then they go along, with their bytes.
 * Raises ResourceInUse, NotSupported for the system registry.
 */
export async function removeRegistry(store: Store, row: Row, o: { force?: boolean } = {}): Promise<void> {
  refuseSystem(row.name, 'Deleting')
  const { scope, storage } = readRegistry(row)
  const held = Object.entries(await contentsOf(store, scope))
  if (held.length > 0 && !o.force) {
    const by = held.map(([name, count]) => `${count} ${name}${count === 1 ? '' : 's'}`).join(', ')
    fail('ResourceInUse', { kind, name: row.name, by: `it holds ${by}`, instead: 'Delete them first.' })
  }
  for (const [name] of held) {
    const { rows } = await store.resources.list({ scope, kind: name, archived: 'all' })
    for (const each of rows) await store.resources.delete({ scope, kind: name, name: each.name })
  }
  for (const container of await store.bytes.containers(storage.account)) {
    await store.bytes.deleteContainer(storage.account, container)
  }
  await store.lineage.forget(scope)
  await store.resources.delete({ scope: row.scope, kind, name: row.name })
}
