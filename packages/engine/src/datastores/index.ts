/**
 * The register of datastores: from what a datastore row says to the storage behind it. Remote accounts are refused by name
 * when somebody wants to use them; registering them is no harm.
 */
import { isAbsolute } from 'node:path'
import { asString, fail, type JsonObject } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { openFolder } from './local.ts'
import type { Storage } from './storage.ts'

/** What opening a datastore needs to know about the workspace it belongs to. */
export interface Owner {
  store: Store
  /** The account of the workspace's own containers. */
  account: string
}

type Open = (name: string, props: JsonObject, owner: Owner) => Storage

/** `datastoreType` on the wire, lower case → how it is opened. */
const openers: Record<string, Open> = {
  azureblob: (name, props, owner) => openContainer(name, props, { ...owner, container: asString(props.containerName) }),
  azurefile: (name, props, owner) => openContainer(name, props, { ...owner, container: asString(props.fileShareName) }),
  azuredatalakegen2: (name, props, owner) =>
    openContainer(name, props, { ...owner, container: asString(props.filesystem) }),
  azuredatalakegen1: (name) =>
    refuse(name, 'Azure Data Lake Storage Gen1', 'Azure retired it, and no account of it answers any more'),
  onelake: (name) => refuse(name, 'OneLake', 'remote storage is not opened yet'),
  s3: (name) => refuse(name, 'S3', 'remote storage is not opened yet'),
  local: (name, props) => openNamed(name, props),
}

/** Opens the storage behind a datastore row. Raises NotSupported for what cannot be reached from here. */
export function openDatastore(name: string, props: JsonObject, owner: Owner): Storage {
  const type = asString(props.datastoreType) ?? ''
  const open = Object.hasOwn(openers, type.toLowerCase()) ? openers[type.toLowerCase()] : undefined
  return open === undefined
    ? refuse(name, `a datastore of type ${type}`, 'no such type exists')
    : open(name, props, owner)
}

function openContainer(name: string, props: JsonObject, o: Owner & { container: string | undefined }): Storage {
  const account = asString(props.accountName) ?? ''
  if (account !== o.account || o.container === undefined) {
    refuse(name, `the storage account ${account || '(none)'}`, 'remote storage accounts are not opened yet')
  }
  return openFolder(o.store.bytes.folder(account, o.container))
}

/** A folder the administrator named. */
function openNamed(name: string, props: JsonObject): Storage {
  const folder = asString(props.path) ?? asString(props.folder) ?? ''
  if (!isAbsolute(folder)) {
    fail('BadArgument', { what: `The datastore ${name} names no absolute folder.` })
  }
  return openFolder(folder)
}

function refuse(name: string, what: string, why: string): never {
  fail('NotSupported', {
    what: `Reading or writing ${what} through the datastore ${name}`,
    why,
    instead: 'Use workspaceblobstore, or a datastore of type local that names a folder of this machine.',
  })
}
