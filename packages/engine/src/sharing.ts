/**
 * Bytes of assets on their way between workspaces and registries. A registry keeps what it holds in storage of its own,
 * and so does a workspace that takes something out of one: neither ever depends on the other. What was copied is hashed
 * again and compared, so a copy is either the same or none.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { asString, canonCollection, datastoreUri, fail, kindByCollection, parseUri } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { ownBlob } from './datastores/own-blob.ts'
import { isWeb, locate, type Place } from './datastores/resolve.ts'
import { explain } from './disk.ts'
import { findAsset } from './lookup.ts'
import type { Workspace } from './reconcile/workspace.ts'
import { registryOfAccount } from './registries.ts'
import { copyHashed, type FolderHash, hashFolder } from './snapshot.ts'

/** Bytes that lie in the storage of their home. */
export interface Kept extends FolderHash {
  uri: string
}

interface Bytes {
  store: Store
  signal?: AbortSignal
}

/** The address by which the bytes of a registry are known: no port and no host of the day is in it. */
export function registryUri({ storage }: Workspace, container: string, path: string): string {
  return `https://${storage.account}.blob.laz.test/${encodeURI(container)}/${encodeURI(path)}`
}

/** The hash of what lies behind an address; undefined for a file on the web, which nobody here has. */
export async function hashBehind(ctx: Bytes, scope: string, uri: string): Promise<string | undefined> {
  const located = await locate(ctx.store, scope, uri)
  if (isWeb(located)) return undefined
  return (await hashFolder(sourceOf(located, uri), ctx.signal)).hash
}

/**
 * Sees to it that bytes lie in the storage of a registry: those that were uploaded there stay, others are copied.
 * Undefined for a file on the web, which stays where it is. Raises FileNotFound where nothing is, SnapshotIntegrity when
 * a copy is not what was copied, and what `locate` raises.
 */
export async function keepInRegistry(
  ctx: Bytes,
  home: Workspace,
  from: { scope: string; uri: string },
): Promise<Kept | undefined> {
  const mine = ownBlob(from.uri, home)
  const slash = from.uri.endsWith('/') ? '/' : ''
  if (mine !== undefined) {
    const path = mine.path.replace(/\/+$/, '')
    const folder = ctx.store.bytes.path(home.storage.account, mine.container, path)
    if (!existsSync(folder)) fail('FileNotFound', { path: from.uri })
    return { ...(await hashFolder(folder, ctx.signal)), uri: registryUri(home, mine.container, path + slash) }
  }
  const located = await locate(ctx.store, from.scope, from.uri)
  if (isWeb(located)) return undefined
  const source = sourceOf(located, from.uri)
  const container = `${home.guid.slice(0, 8)}-${randomUUID()}`
  await ctx.store.bytes.createPending(home.storage.account, container)
  const name = basename(located.path) || 'content'
  const target = ctx.store.bytes.path(home.storage.account, container, name)
  try {
    return { ...(await copyChecked(ctx, source, target)), uri: registryUri(home, container, name + slash) }
  } catch (error) {
    await ctx.store.bytes.deleteContainer(home.storage.account, container)
    throw error
  }
}

/** Where a workspace keeps what it takes out of a registry; undefined for an address that leads to no registry. */
export async function promotion(
  store: Store,
  workspace: Workspace,
  uri: string,
): Promise<{ from: { scope: string; uri: string }; path: string; target: string } | undefined> {
  const source = await registrySource(store, workspace, uri)
  if (!source) return undefined
  const path = `azureml/registries/${source.path.replace(/\/+$/, '')}`
  const slash = source.path.endsWith('/') ? '/' : ''
  return {
    from: { scope: source.scope, uri: source.uri },
    path,
    target: datastoreUri(workspace.id, 'workspaceblobstore', path + slash),
  }
}

/** A registry asset, or an address in the storage of a registry. */
async function registrySource(store: Store, workspace: Workspace, text: string) {
  const uri = parseUri(text)
  if (uri.form === 'registry') {
    const collection = canonCollection(uri.collection)
    const found = await findAsset(store, workspace.scope, text, collection)
    if ('missing' in found) {
      return fail('ResourceNotFound', { kind: kindByCollection(collection)?.name ?? collection, name: found.missing })
    }
    const { row } = found
    const bytes = bytesOf(row)
    const name = basename(new URL(bytes).pathname) + (bytes.endsWith('/') ? '/' : '')
    const path = [uri.registry.toLowerCase(), collection, row.name, row.version, decodeURIComponent(name)].join('/')
    return { scope: row.scope, uri: bytes, path }
  }
  const [account] = /\blaz[0-9a-f]{12}\b/.exec(text) ?? []
  if (uri.form !== 'external' || account === undefined || account === workspace.storage.account) return undefined
  const registry = await registryOfAccount(store, account)
  const blob = registry && ownBlob(text, registry)
  if (!registry || !blob) return undefined
  const path = [registry.registry?.toLowerCase(), 'storage', blob.container, blob.path].join('/')
  return { scope: registry.scope, uri: text, path: text.endsWith('/') && !path.endsWith('/') ? `${path}/` : path }
}

function bytesOf(row: Row): string {
  const { dataUri, modelUri, codeUri } = row.props
  return (
    asString(dataUri ?? modelUri ?? codeUri) ??
    fail('BadArgument', { what: `The ${row.kind} ${row.name} names no place.` })
  )
}

/**
 * Copies bytes of a registry into the workspace, once: the place follows from what is copied, so that doing it again
 * finds it done. Undefined for an address that leads to no registry.
 */
export async function keepInWorkspace(ctx: Bytes, workspace: Workspace, uri: string): Promise<string | undefined> {
  const plan = await promotion(ctx.store, workspace, uri)
  if (!plan) return undefined
  const { account, blobstore } = workspace.storage
  const target = ctx.store.bytes.path(account, blobstore, plan.path)
  if (existsSync(target)) return plan.target
  const located = await locate(ctx.store, plan.from.scope, plan.from.uri)
  if (isWeb(located)) return plan.from.uri
  const making = ctx.store.bytes.path(account, blobstore, `azureml/registries/.${randomUUID()}/${basename(target)}`)
  try {
    await copyChecked(ctx, sourceOf(located, uri), making)
    mkdirSync(dirname(target), { recursive: true })
    renameSync(making, target)
  } catch (error) {
    // somebody else was faster with the same bytes
    if (!existsSync(target)) throw error
  } finally {
    await rm(dirname(making), { recursive: true, force: true })
  }
  return plan.target
}

function sourceOf(place: Place, uri: string): string {
  if (place.localPath === undefined) {
    return fail('NotSupported', {
      what: `Taking the bytes of ${uri} along`,
      why: 'they are not on this machine',
      instead: 'Copy the data into workspaceblobstore first.',
    })
  }
  if (!existsSync(place.localPath)) return fail('FileNotFound', { path: uri })
  return place.localPath
}

/** Copies a file or folder to a path and reads both again: a copy that differs is an error, not a copy. */
async function copyChecked({ signal }: Bytes, source: string, target: string): Promise<FolderHash> {
  const before = await hashFolder(source, signal)
  try {
    const single = before.files === 1 && statSync(source).isFile()
    const folder = single ? dirname(target) : target
    mkdirSync(folder, { recursive: true })
    await copyHashed(source, folder, signal)
    const made = single ? join(folder, basename(source)) : target
    if (made !== target) renameSync(made, target)
  } catch (error) {
    explain(error, target)
  }
  const after = await hashFolder(target, signal)
  if (after.hash !== before.hash) fail('SnapshotIntegrity', { name: basename(target) })
  return after
}
