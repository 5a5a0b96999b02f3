/**
 * From any URI a user may write to the place of its bytes. Every form ends at a datastore of a workspace this server has;
 * what lies elsewhere is told apart here and refused by name where nothing can reach it.
 */
import {
  asObject,
  asString,
  canonCollection,
  datastoreUri,
  fail,
  parseUri,
  printUri,
  scopeOf,
  type Uri,
} from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { findAsset, refuseMissing } from '../lookup.ts'
import { type Workspace, workspaceOf, workspaceOfAccount } from '../reconcile/workspace.ts'
import { registryOfAccount } from '../registries.ts'
import { artifactsPath } from '../run-folder.ts'
import { openDatastore } from './index.ts'
import { openFolder } from './local.ts'
import { ownBlob } from './own-blob.ts'
import { findRegistered } from './registered.ts'
import { type Storage, trimPath } from './storage.ts'
import { shown } from './web.ts'

/** Bytes in a datastore. */
export interface Place {
  storage: Storage
  /** Path inside the storage, no slash at either end. */
  path: string
  /** Absolute path on this machine, for storage that has its bytes here. */
  localPath?: string
  /** Canonical long form. */
  uri: string
}

/** A file somewhere on the web: it can be fetched, not listed or written. */
export interface WebFile {
  url: string
  uri: string
}

export type Located = Place | WebFile

export const isWeb = (located: Located): located is WebFile => 'url' in located

/** An asset may point at an asset, but not for ever. */
const maxSteps = 8

/**
 * Where a URI points. Raises ResourceNotFound (workspace, datastore, job, asset), BadArgument for text that is no URI,
 * PathNotAllowed for paths that leave their datastore, NotSupported for places nothing here can reach.
 */
export async function locate(store: Store, scope: string, text: string): Promise<Located> {
  return follow(store, scope, parseUri(text), maxSteps)
}

/** The same for places bytes can be written to and listed in: a datastore. */
export async function locatePlace(store: Store, scope: string, text: string): Promise<Place> {
  const located = await locate(store, scope, text)
  if (!isWeb(located)) return located
  return fail('NotSupported', {
    what: `Using ${shown(located.url)} as a folder or a target`,
    why: 'a web address names one file to read',
    instead: 'Use an azureml:// path.',
  })
}

async function follow(store: Store, scope: string, uri: Uri, steps: number): Promise<Located> {
  if (steps === 0) fail('BadArgument', { what: `${printUri(uri)} points at itself.` })
  switch (uri.form) {
    case 'datastore':
      return inDatastore(store, uri.workspace ? scopeOf(uri.workspace) : scope, uri.datastore, uri.path)
    case 'jobOutput':
      return outputOf(store, scope, uri, steps)
    case 'run':
      return artifactOf(store, scope, uri.run, uri.path)
    case 'artifact':
      return artifactOf(store, scope, uri.container.replace(/^dcid\./, ''), uri.path)
    case 'asset':
      return assetOf(store, scope, uri, steps)
    case 'external':
      return external(store, scope, uri)
    case 'registry':
      return assetOf(store, scope, uri, steps)
    case 'local':
      return fail('NotSupported', {
        what: `Reading ${uri.path.slice(0, 200)}`,
        why: 'a plain path means nothing to the server, which may run on another machine',
        instead: 'Let the client upload it, or register a datastore of type local for its folder.',
      })
    case 'invalid':
      return fail('BadArgument', { what: `${uri.text.slice(0, 200)} is no URI that can be read: ${uri.why}.` })
  }
  return uri satisfies never
}

/** A path in a datastore of the workspace. Raises ResourceNotFound, PathNotAllowed for paths that leave it. */
export async function inDatastore(store: Store, scope: string, name: string, path: string): Promise<Place> {
  const workspace = await workspaceOf(store, scope)
  const row = await store.resources.get({ scope, kind: 'datastore', name })
  if (!row) fail('ResourceNotFound', { kind: 'datastore', name })
  const storage = await openDatastore(row, { store, account: workspace.storage.account })
  return place(storage, path, datastoreUri(workspace.id, name, path.replace(/^\/+/, '')))
}

function place(storage: Storage, path: string, uri: string): Place {
  const plain = trimPath(path)
  const localPath = storage.localPath?.(plain)
  return { storage, path: plain, uri, ...(localPath === undefined ? {} : { localPath }) }
}

/** `artifacts` and `default` are the run's own artifacts; other outputs are where the job was told to put them. */
async function outputOf(
  store: Store,
  scope: string,
  uri: Extract<Uri, { form: 'jobOutput' }>,
  steps: number,
): Promise<Located> {
  const job = await store.resources.get({ scope, kind: 'job', name: uri.job })
  if (!job) fail('ResourceNotFound', { kind: 'job', name: uri.job })
  const written = asString(asObject(asObject(job.status.outputs)[uri.output]).uri)
  if (written === undefined && (uri.output === 'artifacts' || uri.output === 'default')) {
    return artifactOf(store, scope, uri.job, uri.path)
  }
  const asked = asString(asObject(asObject(job.props.outputs)[uri.output]).uri)
  const base = written ?? (asked?.includes('${{') ? undefined : asked)
  if (base === undefined) {
    fail('ResourceNotFound', { kind: `output of the job ${uri.job}`, name: uri.output })
  }
  const below = uri.path === '' ? base : `${base.replace(/\/+$/, '')}/${uri.path}`
  return follow(store, scope, parseUri(below), steps - 1)
}

async function artifactOf(store: Store, scope: string, run: string, path: string): Promise<Place> {
  const below = trimPath(path)
  const full = below === '' ? artifactsPath(run) : `${artifactsPath(run)}/${below}`
  return inDatastore(store, scope, 'workspaceartifactstore', full)
}

/** Where the bytes of an asset are: in its workspace, or in the storage of its registry. */
async function assetOf(
  store: Store,
  scope: string,
  uri: Extract<Uri, { form: 'asset' | 'registry' }>,
  steps: number,
): Promise<Located> {
  const collection = canonCollection(uri.collection)
  const fields: Record<string, string> = { data: 'dataUri', models: 'modelUri', codes: 'codeUri' }
  const field = Object.hasOwn(fields, collection) ? fields[collection] : undefined
  if (field === undefined) {
    fail('BadArgument', { what: `${printUri(uri)} is one of the ${collection}, which hold no data.` })
  }
  const found = await findAsset(store, scope, printUri(uri), collection)
  if (!('row' in found)) {
    const which = uri.version === undefined ? (uri.label ? `@${uri.label}` : '') : `:${uri.version}`
    return refuseMissing(found, collection, `${uri.name}${which}`)
  }
  const target = asString(found.row.props[field])
  if (target === undefined || target === '') fail('BadArgument', { what: `${printUri(uri)} names no place.` })
  return follow(store, found.row.scope, parseUri(target), steps - 1)
}

/** Whose storage an address may be of: that of a registry of this server, else the workspace's own. */
async function accountHome(store: Store, scope: string, url: string): Promise<Workspace> {
  const home = await workspaceOf(store, scope)
  const [account] = /\blaz[0-9a-f]{12}\b/.exec(url) ?? []
  if (account === undefined || account === home.storage.account) return home
  const registry = await registryOfAccount(store, account)
  if (registry) return registry
  // what is shared with a registry may name a workspace's own storage by its address
  return (home.registry === undefined ? undefined : await workspaceOfAccount(store, account)) ?? home
}

async function external(store: Store, scope: string, uri: Extract<Uri, { form: 'external' }>): Promise<Located> {
  const { scheme, url } = uri
  const workspace = await accountHome(store, scope, url)
  const mine = ownBlob(url, workspace)
  if (mine !== undefined) {
    const storage = openFolder(store.bytes.folder(workspace.storage.account, mine.container))
    return place(storage, mine.path, url)
  }
  const registered = await findRegistered(store, scope, url)
  if (registered !== undefined) return inDatastore(store, scope, registered.datastore, registered.path)
  if (scheme === 'http' || scheme === 'https') return { url, uri: url }
  return fail('NotSupported', { what: `Reading ${shown(url)}`, why: whyNot(scheme), instead: wayOut(scheme, url) })
}

function whyNot(scheme: string): string {
  if (/^(wasbs?|abfss?|s3a?|gs|hdfs|dbfs)$/.test(scheme)) return 'no datastore of the workspace is registered for it'
  return scheme === 'adl' ? 'Azure retired Data Lake Storage Gen1' : `nothing here understands ${scheme}:`
}

function wayOut(scheme: string, url: string): string {
  const [, container, account, path] = /^(?:wasbs?|abfss?):\/\/([^@/]+)@([^./]+)\.[^/]*\/(.*)$/.exec(url) ?? []
  if (/^(wasb|abfs)/.test(scheme) && container && account && path && !path.endsWith('/')) {
    return `If the file is public, use https://${account}.blob.core.windows.net/${container}/${path}.`
  }
  return 'Register a datastore for the storage it lies in, or download the data and let the client upload it.'
}
