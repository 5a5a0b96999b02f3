/** Operations on one blob: upload in one piece, read, metadata, properties, delete. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { fail } from '@lazurite/spec'
import type { BlobStat, ContainerStat, WriteOptions } from '@lazurite/store'
import { allows } from './auth.ts'
import { type BlobCall, headerOf } from './call.ts'
import { checkWrite, notModified, parseConditions } from './conditions.ts'
import { Crc64 } from './crc64.ts'
import { checkedBody, claimedMd5 } from './digest.ts'
import {
  folderNote,
  keptProperties,
  putBlobHeaders,
  putVersionHeaders,
  putWriteHeaders,
  readMetadata,
  readProperties,
  userMetadata,
} from './headers.ts'
import { type ByteRange, contentRange, parseRange } from './range.ts'

const checkedRangeBytes = 4 * 1024 * 1024
const readTries = 3

/** Put Blob. */
export async function putBlob(call: BlobCall): Promise<void> {
  const type = headerOf(call, 'x-ms-blob-type')
  if (type === undefined) fail('MissingHeader', { header: 'x-ms-blob-type' })
  if (type !== 'BlockBlob') {
    fail('NotSupported', {
      what: `A blob of type ${type}`,
      why: 'a blob is kept as one plain file',
      instead: 'Upload it as a BlockBlob.',
    })
  }
  const md5 = claimedMd5(call)
  const options = { ...(await writeOptions(call, true)), ...(md5 === undefined ? {} : { md5 }) }
  const { account, container, blob } = call
  const stat = await call.deps.store.bytes.write(account, container, blob, checkedBody(call), options)
  putWriteHeaders(call, stat)
  call.reply.code(201).send()
}

/** Conditions, metadata and properties of a write. A signature that may only create never replaces. */
export async function writeOptions(call: BlobCall, plainToo: boolean): Promise<WriteOptions> {
  const conditions = parseConditions(call.request.headers)
  const { contentType, kept } = readProperties(call, plainToo)
  if (
    conditions.ifMatch !== undefined ||
    conditions.ifModifiedSince !== undefined ||
    conditions.ifUnmodifiedSince !== undefined
  ) {
    checkWrite(conditions, versionOf(await statOf(call)), call.blob)
  }
  const createOnly = !allows(call.access, 'w')
  const ifNoneMatch = createOnly ? '*' : unquote(conditions.ifNoneMatch)
  const ifMatch = unquote(conditions.ifMatch)
  return {
    contentType,
    metadata: { ...readMetadata(call), ...kept },
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  }
}

function unquote(header: string | undefined): string | undefined {
  return header?.trim().replace(/^(?:W\/)?"(.*)"$/, '$1')
}

function statOf(call: BlobCall): Promise<BlobStat | undefined> {
  return call.deps.store.bytes.stat(call.account, call.container, call.blob)
}

function versionOf(stat: BlobStat | undefined): { etag: string; modifiedAt: number } | undefined {
  return stat && { etag: stat.etag, modifiedAt: stat.lastModified }
}

/** The blob, or the error that tells a missing container from a missing blob. */
async function existing(call: BlobCall): Promise<BlobStat> {
  const stat = await statOf(call)
  if (stat) return stat
  if (!(await call.deps.store.bytes.hasContainer(call.account, call.container))) {
    fail('ContainerNotFound', { name: call.container })
  }
  return fail('BlobNotFound', { name: call.blob })
}

/** Get Blob: the whole or one range, with back-pressure all the way to the disk. */
export async function getBlob(call: BlobCall): Promise<void> {
  const found = await openBlob(call)
  if (found === 'unchanged') return
  const { stat, range, body } = found
  putBlobHeaders(call, stat, range === undefined)
  const sizeBytes = range === undefined ? stat.sizeBytes : range.end - range.start + 1
  call.reply.header('content-length', sizeBytes)
  if (range !== undefined) call.reply.code(206).header('content-range', contentRange(range, stat.sizeBytes))
  call.reply.send(range === undefined ? body : await withRangeDigest(call, body, sizeBytes))
}

interface OpenBlob {
  stat: BlobStat
  range: ByteRange | undefined
  body: Readable
}

/** A log may grow and a file may be replaced between asking for its size and opening it; then it is asked again. */
async function openBlob(call: BlobCall): Promise<OpenBlob | 'unchanged'> {
  const { bytes } = call.deps.store
  for (let left = readTries; ; left--) {
    const stat = await existing(call)
    if (answeredUnchanged(call, stat)) return 'unchanged'
    const range = rangeOf(call, stat)
    if (stat.sizeBytes === 0) return { stat, range: undefined, body: Readable.from([]) }
    const span = range ?? { start: 0, end: stat.sizeBytes - 1 }
    const opened = await bytes.read(call.account, call.container, call.blob, span)
    if (opened.stat.etag === stat.etag || left <= 1) return { stat, range, body: opened.body }
    opened.body.destroy()
  }
}

function rangeOf(call: BlobCall, stat: BlobStat): ByteRange | undefined {
  const header = headerOf(call, 'x-ms-range') ?? headerOf(call, 'range')
  if (header !== undefined) call.reply.header('content-range', `bytes */${stat.sizeBytes}`)
  const range = parseRange(header, stat.sizeBytes)
  call.reply.removeHeader('content-range')
  return range
}

function answeredUnchanged(call: BlobCall, stat: BlobStat): boolean {
  const conditions = parseConditions(call.request.headers)
  if (!notModified(conditions, { etag: stat.etag, modifiedAt: stat.lastModified })) return false
  putVersionHeaders(call, stat)
  call.reply.code(304).header('x-ms-error-code', 'ConditionNotMet').send()
  return true
}

/** A client may ask for the digest of a range of at most 4 MiB; it has to be known before the first byte leaves. */
async function withRangeDigest(call: BlobCall, body: Readable, sizeBytes: number): Promise<Readable | Buffer> {
  const md5 = headerOf(call, 'x-ms-range-get-content-md5') === 'true'
  const crc = headerOf(call, 'x-ms-range-get-content-crc64') === 'true'
  if (!md5 && !crc) return body
  if (sizeBytes > checkedRangeBytes) {
    body.destroy()
    fail('InvalidHeaderValue', { header: 'x-ms-range', what: 'a range with a digest is at most 4 MiB' })
  }
  const parts: Buffer[] = []
  for await (const part of body) parts.push(part as Buffer) // a byte stream
  const all = Buffer.concat(parts)
  if (md5) call.reply.header('content-md5', createHash('md5').update(all).digest('base64'))
  if (crc) call.reply.header('x-ms-content-crc64', new Crc64().update(all).digest().toString('base64'))
  return all
}

/** Get Blob Properties; of a folder that was made as one, those of its marker. */
export async function headBlob(call: BlobCall): Promise<void> {
  const folder = await markedFolder(call)
  if (folder) return headFolder(call, folder)
  const stat = await existing(call)
  if (answeredUnchanged(call, stat)) return
  putBlobHeaders(call, stat, true)
  call.reply.header('content-length', stat.sizeBytes).send()
}

/** A folder made as such, or given metadata, by a client that knows folders. */
async function markedFolder(call: BlobCall): Promise<ContainerStat | undefined> {
  const folder = await call.deps.store.bytes.folders.stat(call.account, call.container, call.blob)
  return folder && Object.hasOwn(folder.metadata, folderNote) ? folder : undefined
}

function headFolder(call: BlobCall, folder: ContainerStat): void {
  putVersionHeaders(call, folder)
  for (const [name, value] of userMetadata(folder)) call.reply.header(`x-ms-meta-${name}`, value)
  call.reply
    .header('x-ms-meta-hdi_isfolder', 'true')
    .header('x-ms-blob-type', 'BlockBlob')
    .header('x-ms-resource-type', 'directory')
    .header('x-ms-lease-status', 'unlocked')
    .header('x-ms-lease-state', 'available')
    .header('content-length', 0)
    .send()
}

/** Get Blob Metadata: the headers without the content. */
export async function getMetadata(call: BlobCall): Promise<void> {
  const stat = await existing(call)
  if (answeredUnchanged(call, stat)) return
  putBlobHeaders(call, stat, true)
  call.reply.removeHeader('content-type').removeHeader('content-md5').header('content-length', 0).send()
}

/** Set Blob Metadata: replaces what the user set, keeps the rest. A folder has metadata too. */
export async function setMetadata(call: BlobCall): Promise<void> {
  const { bytes } = call.deps.store
  const { account, container, blob } = call
  const given = readMetadata(call)
  if ((await bytes.folders.stat(account, container, blob)) !== undefined) {
    const { hdi_isfolder: _, ...metadata } = given
    const stat = await bytes.folders.setMetadata(account, container, blob, { ...metadata, [folderNote]: 'true' })
    putVersionHeaders(call, stat)
    return void call.reply.code(200).send()
  }
  const before = await existing(call)
  const notes = Object.entries(before.metadata).filter(([name]) => name.startsWith(':'))
  await replaceMetadata(call, before, { metadata: { ...given, ...Object.fromEntries(notes) } })
}

/** Set Blob Properties: replaces every property, keeps the metadata. */
export async function setProperties(call: BlobCall): Promise<void> {
  const before = await existing(call)
  const { contentType, kept } = readProperties(call, false)
  const metadata = { ...before.metadata }
  const tier = metadata[':access-tier']
  for (const name of Object.keys(keptProperties(before))) delete metadata[name]
  Object.assign(metadata, kept, tier === undefined ? {} : { ':access-tier': tier })
  const md5 = claimedMd5(call)
  if (md5 !== undefined && md5 !== before.md5) metadata[':content-md5'] = md5
  await replaceMetadata(call, before, { metadata, contentType })
}

async function replaceMetadata(
  call: BlobCall,
  before: BlobStat,
  next: { metadata: Record<string, string>; contentType?: string },
): Promise<void> {
  checkWrite(parseConditions(call.request.headers), versionOf(before), call.blob)
  const { bytes } = call.deps.store
  const stat = await bytes.setMetadata(call.account, call.container, call.blob, { ...next, ifMatch: before.etag })
  putVersionHeaders(call, stat)
  call.reply.header('x-ms-request-server-encrypted', 'false').code(200).send()
}

/** Delete Blob. There are no snapshots, so a wish to delete them along is fulfilled. */
export async function deleteBlob(call: BlobCall): Promise<void> {
  if (headerOf(call, 'x-ms-delete-snapshots') === 'only') {
    fail('NotSupported', {
      what: 'Deleting snapshots alone',
      why: 'there are none',
      instead: 'Delete the blob itself.',
    })
  }
  const before = await existing(call)
  const conditions = parseConditions(call.request.headers)
  checkWrite(conditions, versionOf(before), call.blob)
  const guard = conditions.ifMatch === undefined ? {} : { ifMatch: before.etag }
  const removed = await call.deps.store.bytes.remove(call.account, call.container, call.blob, guard)
  if (!removed) fail('BlobNotFound', { name: call.blob })
  call.reply.header('x-ms-delete-type-permanent', 'true').code(202).send()
}
