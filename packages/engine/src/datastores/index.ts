/**
 * The register of datastores: from what a datastore row says to the storage behind it. Registering one touches nothing;
 * what cannot be reached is told when somebody wants to use it.
 */
import { createHash } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import { type Row, type Store, secretName } from '@lazurite/store'
import type { Opening } from './account.ts'
import { deferred } from './deferred.ts'
import { openFolder } from './local.ts'
import type { Storage } from './storage.ts'

/** What opening a datastore needs to know about the workspace it belongs to. */
export interface Owner {
  store: Store
  /** The account of the workspace's own containers. */
  account: string
}

type Open = (o: Opening) => Promise<Storage>

/** `datastoreType` on the wire, lower case → how it is opened. A heavy client is loaded by the first that needs it. */
const openers: Record<string, Open> = {
  azureblob: async (o) => (await import('./azure-blob.ts')).openAzureBlob(o),
  azuredatalakegen1: async ({ name }) =>
    fail('NotSupported', {
      what: `Reading or writing Azure Data Lake Storage Gen1 through the datastore ${name}`,
      why: 'Azure retired it in February 2024, and no account of it answers any more',
      instead: 'Register the account it was moved to, as azure_data_lake_gen2.',
    }),
  azuredatalakegen2: async (o) => (await import('./data-lake.ts')).openDataLake(o),
  azurefile: async (o) => (await import('./azure-file.ts')).openAzureFile(o),
  onelake: async (o) => (await import('./data-lake.ts')).openOneLake(o),
  s3: async (o) => (await import('./s3.ts')).openS3(o),
}

/** The field that names the container, in the types that our own account has too. */
const ownContainer: Record<string, string> = {
  azureblob: 'containerName',
  azurefile: 'fileShareName',
  azuredatalakegen2: 'filesystem',
}

interface Kept {
  print: string
  storage: Storage
}

/** Clients hold connections and tokens: one a datastore, until its row or its secrets change. */
const kept = new WeakMap<Store, Map<string, Kept>>()
const mostKept = 200

/**
 * The storage behind a datastore row. What lies elsewhere is opened by its first use, which raises NotSupported for what
 * cannot be reached from here, BadArgument for rows that do not say enough, SecretUnreadable.
 */
export async function openDatastore(row: Row, { store, account }: Owner): Promise<Storage> {
  const { name, props } = row
  const type = (asString(props.datastoreType) ?? '').toLowerCase()
  const field = Object.hasOwn(ownContainer, type) ? ownContainer[type] : undefined
  if (field !== undefined && asString(props.accountName) === account) {
    const container =
      asString(props[field]) || fail('BadArgument', { what: `The datastore ${name} names no container.` })
    return openFolder(store.bytes.folder(account, container))
  }
  if (type === 'local') return openNamed(name, props)
  const open = Object.hasOwn(openers, type) ? openers[type] : undefined
  if (open === undefined) {
    return fail('NotSupported', {
      what: `A datastore of type ${type || '(none)'}`,
      why: 'no such type exists',
      instead: `Use one of ${['local', ...Object.keys(openers)].join(', ')}.`,
    })
  }
  const sealed = await store.secrets.open(secretName(row, ['credentials', 'secrets']))
  const print = createHash('sha256')
    .update(JSON.stringify([props, sealed ?? null]))
    .digest('hex')
  // sealed by the ARM face as the JSON of credentials.secrets
  const secrets = asObject(sealed === undefined ? {} : JSON.parse(sealed))
  return remembered(store, { key: `${row.scope}|${name}`, print }, () => open({ name, props, secrets }))
}

function remembered(
  store: Store,
  { key, print }: { key: string; print: string },
  open: () => Promise<Storage>,
): Storage {
  const known = kept.get(store) ?? new Map<string, Kept>()
  kept.set(store, known)
  const found = known.get(key)
  if (found?.print === print) return found.storage
  if (known.size >= mostKept) known.clear()
  const storage = deferred(open)
  known.set(key, { print, storage })
  return storage
}

/** A folder the administrator named. */
function openNamed(name: string, props: JsonObject): Storage {
  const folder = asString(props.path) ?? asString(props.folder) ?? ''
  if (!isAbsolute(folder)) {
    fail('BadArgument', { what: `The datastore ${name} names no absolute folder.` })
  }
  return openFolder(folder)
}
