/** Where a URI of a caller points inside a workspace's own storage: account, container and path; or that it does not. */
import { asString, fail, parseUri, scopeOf, type Uri } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import type { Room } from './room.ts'

export interface Place {
  account: string
  container: string
  /** Without a slash at either end. */
  path: string
}

type Where = Pick<Room, 'workspace'> & { deps: { store: Store } }

/**
 * Reads a blob URL of this server (path style, host style, or the odd text that the account-name disguise leaves
 * behind) or a datastore URI whose datastore is one of the workspace's own. undefined for anything outside.
 */
export async function placeOf(room: Where, text: string): Promise<Place | undefined> {
  const { account } = room.workspace.storage
  const url = text.replace(/^(https?:\/\/[^/?#]+\/laz[0-9a-f]{12})[?#]\.blob\.[^/]*\//i, '$1/')
  if (/^https?:\/\//i.test(url)) return placeOfUrl(url, account)
  const uri = parseUri(text)
  return uri.form === 'datastore' ? placeOfDatastore(room, uri, account) : undefined
}

function placeOfUrl(text: string, account: string): Place | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) return undefined
  const segments = url.pathname.split('/').filter((part) => part !== '')
  if (url.hostname.startsWith(`${account}.blob.`)) segments.unshift(account)
  const [first, container, ...path] = segments.map(decode)
  if (first !== account || !container) return undefined
  return { account, container, path: path.join('/') }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return fail('PathNotAllowed', { path: part })
  }
}

async function placeOfDatastore(
  room: Where,
  uri: Extract<Uri, { form: 'datastore' }>,
  account: string,
): Promise<Place | undefined> {
  const { scope } = room.workspace
  if (uri.workspace && scopeOf(uri.workspace) !== scope) return undefined
  const row = await room.deps.store.resources.get({ scope, kind: 'datastore', name: uri.datastore })
  const container = asString(row?.props.containerName) ?? asString(row?.props.fileShareName)
  if (row?.props.accountName !== account || container === undefined) return undefined
  return { account, container, path: uri.path.replace(/^\/+|\/+$/g, '') }
}
