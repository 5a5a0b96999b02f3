/**
 * For whom a token of this server may be. Clients ask for tokens by the address of a service; one that is meant for
 * somebody else is neither given nor taken, so that a token sent to a stranger is worth nothing here.
 */

/** `https://ml.azure.` and what follows the second dot of the portal in the metadata document. */
export const portalHost = 'portal.azure.laz.test'
/** What storage clients ask for; their tokens open the blob face alone. */
const storageAudience = 'https://storage.azure.com'

/** Names that the official clients have built in, whatever cloud they are pointed at. */
const builtIn = new Set([
  'lazurite',
  'https://ml.azure.laz.test',
  'https://ml.azure.com',
  'https://management.azure.com',
  'https://management.core.windows.net',
  storageAudience,
])

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether tokens for this audience are given and taken here: our own addresses, and the names built into clients. */
export function isOurAudience(audience: string, hosts: readonly string[]): boolean {
  const bare = audience.replace(/\/+$/, '')
  if (builtIn.has(bare)) return true
  const found = /^https?:\/\/(\[[0-9a-f:]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(bare)
  const host = found?.[1]?.toLowerCase()
  return host !== undefined && (loopback.has(host) || hosts.includes(host))
}

/** Whether a token for this audience opens blobs and nothing else. */
export function isForStorage(audience: string): boolean {
  return audience.replace(/\/+$/, '') === storageAudience
}
