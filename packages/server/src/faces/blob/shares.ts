/**
 * The same files in the words of Azure Files: shares, folders, files that are made with a length and then written range by
 * range. A file written so is there from the moment it is made, as it is in Azure Files; who wants a file to appear whole
 * uploads a blob. Attributes and rights of the Windows kind are not kept, and refused unless they say nothing.
 */
import { fail } from '@lazurite/spec'
import type { BlobStat, ContainerStat } from '@lazurite/store'
import { originOf } from '../../request-url.ts'
import { allows } from './auth.ts'
import { writeOptions } from './blobs.ts'
import { type BlobCall, headerOf, readSmallBody } from './call.ts'
import { pageSize } from './containers.ts'
import { checkBuffer } from './digest.ts'
import {
  folderNote,
  propertyHeaders,
  putVersionHeaders,
  putWriteHeaders,
  readMetadata,
  userMetadata,
} from './headers.ts'
import { parseRange } from './range.ts'
import { element, nameElement, textElement, xmlDocument } from './xml.ts'

const rangeLimitBytes = 4 * 1024 * 1024
const sizeLimitBytes = 4 * 1024 ** 4
const pageLimit = 5000

/** What every answer about a file or a folder says of attributes that are not kept. */
function putSmbHeaders(call: BlobCall, lastModified: number, isFolder: boolean): void {
  const at = new Date(lastModified).toISOString()
  call.reply
    .header('x-ms-file-attributes', isFolder ? 'Directory' : 'None')
    .header('x-ms-file-creation-time', at)
    .header('x-ms-file-last-write-time', at)
    .header('x-ms-file-change-time', at)
    .header('x-ms-request-server-encrypted', 'false')
}

/** Create Directory. */
export async function createFolder(call: BlobCall): Promise<void> {
  const metadata = { ...readMetadata(call), [folderNote]: 'true' }
  const made = await call.deps.store.bytes.folders.make(call.account, call.container, call.blob, {
    metadata,
    onlyNew: true,
  })
  putVersionHeaders(call, made)
  putSmbHeaders(call, made.lastModified, true)
  call.reply.code(201).send()
}

async function existingFolder(call: BlobCall): Promise<ContainerStat> {
  const { account, container, blob } = call
  const { bytes } = call.deps.store
  const root = blob === '' ? await bytes.statContainer(account, container) : undefined
  const stat = root ?? (blob === '' ? undefined : await bytes.folders.stat(account, container, blob))
  if (stat) return stat
  if (!(await bytes.hasContainer(account, container))) fail('ContainerNotFound', { name: container })
  return fail('PathNotFound', { path: blob })
}

/** Get Directory Properties and Metadata. */
export async function getFolder(call: BlobCall): Promise<void> {
  const stat = await existingFolder(call)
  putVersionHeaders(call, stat)
  putSmbHeaders(call, stat.lastModified, true)
  for (const [name, value] of userMetadata(stat)) call.reply.header(`x-ms-meta-${name}`, value)
  call.reply.header('x-ms-server-encrypted', 'false').send()
}

/** Set Directory Metadata. */
export async function setFolderMetadata(call: BlobCall): Promise<void> {
  const metadata = { ...readMetadata(call), [folderNote]: 'true' }
  const stat = await call.deps.store.bytes.folders.setMetadata(call.account, call.container, call.blob, metadata)
  putVersionHeaders(call, stat)
  putSmbHeaders(call, stat.lastModified, true)
  call.reply.send()
}

/** Set Directory Properties: there are none to set but those that say nothing. */
export async function setFolderProperties(call: BlobCall): Promise<void> {
  const stat = await existingFolder(call)
  putVersionHeaders(call, stat)
  putSmbHeaders(call, stat.lastModified, true)
  call.reply.send()
}

/** Delete Directory: an empty one. */
export async function deleteFolder(call: BlobCall): Promise<void> {
  if (!(await call.deps.store.bytes.folders.remove(call.account, call.container, call.blob, false))) {
    fail('PathNotFound', { path: call.blob })
  }
  call.reply.code(202).send()
}

/** List Directories and Files. */
export async function listFolder(call: BlobCall): Promise<void> {
  await existingFolder(call)
  const { query, account, container, blob } = call
  const base = blob === '' ? '' : `${blob}/`
  const named = query.get('prefix') ?? ''
  const marker = query.get('marker') || undefined
  const max = pageSize(query)
  const page = await call.deps.store.bytes.list(account, container, {
    folders: true,
    delimiter: '/',
    prefix: base + named,
    max: max ?? pageLimit,
    ...(marker === undefined ? {} : { marker }),
  })
  const folders = page.prefixes.map((name) =>
    element('Directory', [nameElement(name.slice(base.length, -1)), element('Properties', [])]),
  )
  const files = page.blobs.map((stat) =>
    element('File', [
      nameElement(stat.name.slice(base.length)),
      element('Properties', [
        textElement('Content-Length', stat.sizeBytes),
        textElement('Last-Modified', new Date(stat.lastModified).toUTCString()),
        textElement('Etag', `"${stat.etag}"`),
      ]),
    ]),
  )
  const root = element(
    'EnumerationResults',
    [
      textElement('Prefix', named === '' ? undefined : named),
      textElement('Marker', marker),
      textElement('MaxResults', max),
      element('Entries', [...folders, ...files]),
      textElement('NextMarker', page.next ?? ''),
    ],
    { ServiceEndpoint: `${originOf(call.request)}/${account}/`, ShareName: container, DirectoryPath: blob },
  )
  call.reply.type('application/xml').send(xmlDocument(root))
}

function sizeHeader(call: BlobCall): number | undefined {
  const text = headerOf(call, 'x-ms-content-length')
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text) || Number(text) > sizeLimitBytes) {
    fail('InvalidHeaderValue', { header: 'x-ms-content-length', what: 'a file has 0 to 4 TiB' })
  }
  return Number(text)
}

/** Create File: so many zero bytes, and the first of them when the request brings them. */
export async function createFile(call: BlobCall): Promise<void> {
  if (headerOf(call, 'x-ms-type')?.toLowerCase() !== 'file') {
    fail('NotSupported', { what: 'A link', why: 'a share keeps plain files', instead: 'Upload a file.' })
  }
  const sizeBytes = sizeHeader(call) ?? fail('MissingHeader', { header: 'x-ms-content-length' })
  const { account, container, blob } = call
  const options = await writeOptions(call, false)
  const { contentType, kept } = propertyHeaders(call, 'x-ms-')
  const metadata = { ...readMetadata(call), ...kept }
  const made = { ...options, metadata, contentType, sizeBytes }
  const stat = await call.deps.store.bytes.patches.create(account, container, blob, made)
  const first = await readSmallBody(call, rangeLimitBytes)
  if (first.length > 0) await call.deps.store.bytes.patches.write(account, container, blob, { start: 0, bytes: first })
  putWriteHeaders(call, stat)
  putSmbHeaders(call, stat.lastModified, false)
  call.reply.code(201).send()
}

/** Put Range: at most 4 MiB, written or cleared. */
export async function putRange(call: BlobCall): Promise<void> {
  const stat = await needFile(call)
  const header = headerOf(call, 'x-ms-range') ?? headerOf(call, 'range') ?? fail('MissingHeader', { header: 'Range' })
  const range = parseRange(header, Number.MAX_SAFE_INTEGER)
  if (range === undefined) return fail('MissingHeader', { header: 'Range' })
  const length = range.end - range.start + 1
  const body = await readSmallBody(call, rangeLimitBytes)
  const clears = headerOf(call, 'x-ms-write')?.toLowerCase() === 'clear'
  if (!clears && body.length !== length) {
    fail('InvalidHeaderValue', { header: 'Range', what: `it is ${length} bytes long and the body ${body.length}` })
  }
  if (range.end >= stat.sizeBytes) fail('InvalidRange', { size: stat.sizeBytes })
  if (!clears) checkBuffer(call, body)
  const { account, container, blob } = call
  let written = stat
  for (let done = 0; done < length; done += rangeLimitBytes) {
    const bytes = clears ? Buffer.alloc(Math.min(rangeLimitBytes, length - done)) : body
    written = await call.deps.store.bytes.patches.write(account, container, blob, { start: range.start + done, bytes })
  }
  putVersionHeaders(call, written)
  const md5 = headerOf(call, 'content-md5')
  if (md5 !== undefined) call.reply.header('content-md5', md5)
  putSmbHeaders(call, written.lastModified, false)
  call.reply.code(201).send()
}

async function needFile(call: BlobCall): Promise<BlobStat> {
  const stat = await call.deps.store.bytes.stat(call.account, call.container, call.blob)
  return stat ?? fail('PathNotFound', { path: call.blob })
}

/** List Ranges: a plain file does not tell which of its zeros were written. */
export async function listRanges(call: BlobCall): Promise<void> {
  const stat = await needFile(call)
  putVersionHeaders(call, stat)
  const whole = element('Range', [textElement('Start', 0), textElement('End', stat.sizeBytes - 1)])
  call.reply
    .header('x-ms-content-length', stat.sizeBytes)
    .type('application/xml')
    .send(xmlDocument(element('Ranges', stat.sizeBytes === 0 ? [] : [whole])))
}

/** Set File Properties: the length, and the headers a read answers. */
export async function setFileProperties(call: BlobCall): Promise<void> {
  const { bytes } = call.deps.store
  const { account, container, blob } = call
  const sizeBytes = sizeHeader(call)
  const before =
    sizeBytes === undefined ? await needFile(call) : await bytes.patches.resize(account, container, blob, { sizeBytes })
  const { contentType, kept } = propertyHeaders(call, 'x-ms-')
  const metadata = { ...Object.fromEntries(userMetadata(before)), ...kept }
  const stat = await bytes.setMetadata(account, container, blob, { metadata, contentType })
  putVersionHeaders(call, stat)
  putSmbHeaders(call, stat.lastModified, false)
  call.reply.send()
}

/** Get Share Properties. */
export async function getShare(call: BlobCall): Promise<void> {
  const stat = await existingFolder({ ...call, blob: '' })
  putVersionHeaders(call, stat)
  for (const [name, value] of userMetadata(stat)) call.reply.header(`x-ms-meta-${name}`, value)
  call.reply
    .header('x-ms-share-quota', '5120')
    .header('x-ms-lease-status', 'unlocked')
    .header('x-ms-lease-state', 'available')
    .header('x-ms-enabled-protocols', 'SMB')
    .send()
}

/** Rename File, Rename Directory. */
export async function renameFile(call: BlobCall): Promise<void> {
  const text = headerOf(call, 'x-ms-file-rename-source') ?? fail('MissingHeader', { header: 'x-ms-file-rename-source' })
  const start = `/${call.account}/${call.container}/`
  const path = text.replace(/^https?:\/\/[^/]+/, '').split('?')[0] ?? ''
  if (!path.startsWith(start) || !allows(call.access, 'w')) {
    fail('PermissionMismatch', { what: 'move what lies in another share' })
  }
  const from = decodeURIComponent(path.slice(start.length))
  const onlyNew = headerOf(call, 'x-ms-file-rename-replace-if-exists')?.toLowerCase() !== 'true'
  const place = { account: call.account, container: call.container }
  await call.deps.store.bytes.folders.move(
    { ...place, path: from },
    { ...place, path: call.blob },
    {
      ...(onlyNew ? { ifNoneMatch: '*' } : {}),
    },
  )
  call.reply.code(200).send()
}
