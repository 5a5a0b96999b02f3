/**
 * Blob properties as headers, both ways. The store keeps a content type and a map of metadata; the other properties of a
 * blob live in that map under names that begin with a colon, which no metadata header can spell.
 */
import { fail } from '@lazurite/spec'
import type { BlobStat } from '@lazurite/store'
import { type BlobCall, headerOf } from './call.ts'

const defaultContentType = 'application/octet-stream'
const fallbackVersion = '2021-12-02'

/** Property → the header it is served under. */
const properties = {
  ':cache-control': 'cache-control',
  ':content-disposition': 'content-disposition',
  ':content-encoding': 'content-encoding',
  ':content-language': 'content-language',
  ':content-md5': 'content-md5',
  ':access-tier': 'x-ms-access-tier',
} as const
type Property = keyof typeof properties

const metadataName = /^[A-Za-z_][A-Za-z0-9_-]*$/
const metadataPrefix = 'x-ms-meta-'

/** The metadata a request carries, names in the case they were sent in. Raises InvalidHeaderValue. */
export function readMetadata(call: BlobCall): Record<string, string> {
  const found = new Map<string, string>()
  const raw = call.request.raw.rawHeaders
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const header = raw[i] ?? ''
    if (!header.toLowerCase().startsWith(metadataPrefix)) continue
    const name = header.slice(metadataPrefix.length)
    if (!metadataName.test(name)) {
      fail('InvalidHeaderValue', { header, what: 'a metadata name is letters, digits and underscores' })
    }
    found.set(name, raw[i + 1] ?? '')
  }
  return Object.fromEntries(found)
}

/** Properties a write sets: `x-ms-blob-*`, and for a whole upload the plain headers of the request too. */
export function readProperties(
  call: BlobCall,
  plainToo: boolean,
): { contentType: string; kept: Record<string, string> } {
  const found = propertyHeaders(call, 'x-ms-blob-', plainToo)
  const tier = headerOf(call, 'x-ms-access-tier')
  if (tier !== undefined) found.kept[':access-tier'] = tier
  return found
}

/** The same from headers that begin as said. */
export function propertyHeaders(
  call: BlobCall,
  prefix: string,
  plainToo = false,
): { contentType: string; kept: Record<string, string> } {
  const read = (name: string) => headerOf(call, prefix + name) ?? (plainToo ? headerOf(call, name) : undefined)
  const kept: Record<string, string> = {}
  for (const name of ['cache-control', 'content-encoding', 'content-language'] as const) {
    const value = read(name)
    if (value !== undefined) kept[`:${name}`] = value
  }
  const disposition = headerOf(call, `${prefix}content-disposition`)
  if (disposition !== undefined) kept[':content-disposition'] = disposition
  return { contentType: read('content-type') ?? defaultContentType, kept }
}

/** A folder that a client made as one carries this note: blob clients see it too, as the marker they know. */
export const folderNote = ':folder'

const copyHeaders: Record<string, string> = {
  ':copy-id': 'x-ms-copy-id',
  ':copy-source': 'x-ms-copy-source',
  ':copy-status': 'x-ms-copy-status',
  ':copy-progress': 'x-ms-copy-progress',
  ':copy-completed': 'x-ms-copy-completion-time',
}

/** What stays known of a copy. */
export function copyNotes(o: { id: string; source: string; sizeBytes: number; at: number }): Record<string, string> {
  return {
    ':copy-id': o.id,
    ':copy-source': o.source,
    ':copy-status': 'success',
    ':copy-progress': `${o.sizeBytes}/${o.sizeBytes}`,
    ':copy-completed': new Date(o.at).toUTCString(),
  }
}

export function putCopyHeaders(call: BlobCall, stat: BlobStat, only = Object.values(copyHeaders)): void {
  for (const [note, header] of Object.entries(copyHeaders)) {
    const value = only.includes(header) ? stat.metadata[note] : undefined
    if (value !== undefined) call.reply.header(header, value)
  }
}

/** The metadata of a user without the properties kept among it. */
export function userMetadata(stat: Pick<BlobStat, 'metadata'>): [string, string][] {
  return Object.entries(stat.metadata).filter(([name]) => metadataName.test(name))
}

export function keptProperties(stat: BlobStat): Record<string, string> {
  return Object.fromEntries(Object.entries(stat.metadata).filter(([name]) => Object.hasOwn(properties, name)))
}

export function propertyOf(stat: BlobStat, name: Property): string | undefined {
  return Object.hasOwn(stat.metadata, name) ? stat.metadata[name] : undefined
}

export function md5Of(stat: BlobStat): string | undefined {
  return propertyOf(stat, ':content-md5') ?? stat.md5
}

/** What every answer of the face carries. */
export function putCommonHeaders(call: Pick<BlobCall, 'request' | 'reply'>): void {
  const asked = headerOf(call, 'x-ms-version')
  call.reply.header('x-ms-version', asked && /^\d{4}-\d\d-\d\d$/.test(asked) ? asked : fallbackVersion)
}

/** ETag and Last-Modified, which every answer about a blob has. */
export function putVersionHeaders(call: BlobCall, version: { etag: string; lastModified: number }): void {
  call.reply.header('etag', `"${version.etag}"`)
  call.reply.header('last-modified', new Date(version.lastModified).toUTCString())
}

/** The answer to a write: its version and the digests that were checked. */
export function putWriteHeaders(call: BlobCall, stat: BlobStat): void {
  putVersionHeaders(call, stat)
  if (stat.md5 !== undefined) call.reply.header('content-md5', stat.md5)
  call.reply.header('x-ms-request-server-encrypted', 'false')
}

/**
 * The properties of a blob for GET and HEAD. `whole` is false for a range, where Content-MD5 would speak of the range.
 * Whatever a blob holds, a browser that opens it gets neither scripts nor this server's origin.
 */
export function putBlobHeaders(call: BlobCall, stat: BlobStat, whole: boolean): void {
  const { reply } = call
  putVersionHeaders(call, stat)
  reply.header('content-type', stat.contentType || defaultContentType)
  for (const [property, header] of Object.entries(properties)) {
    const value = property === ':content-md5' ? undefined : propertyOf(stat, property as Property) // keys of the table
    if (value !== undefined) reply.header(header, value)
  }
  const md5 = md5Of(stat)
  if (md5 !== undefined) reply.header(whole ? 'content-md5' : 'x-ms-blob-content-md5', md5)
  for (const [name, value] of userMetadata(stat)) reply.header(metadataPrefix + name, value)
  reply.header('accept-ranges', 'bytes')
  putCopyHeaders(call, stat)
  reply.header('x-ms-blob-type', 'BlockBlob').header('x-ms-type', 'File').header('x-ms-resource-type', 'file')
  reply.header('x-ms-creation-time', new Date(stat.lastModified).toUTCString())
  reply.header('x-ms-lease-status', 'unlocked')
  reply.header('x-ms-lease-state', 'available')
  reply.header('x-ms-server-encrypted', 'false')
  reply.header('content-security-policy', "default-src 'none'; sandbox")
  for (const [name, value] of Object.entries(call.access.overrides)) reply.header(name, value)
}
