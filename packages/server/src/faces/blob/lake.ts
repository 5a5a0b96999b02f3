/**
 * The same files in the words of Data Lake Storage (the dfs dialect), as far as plain files go: file systems, folders with
 * metadata, files by create, append and flush, lists, moves, deletes with all below. What is read or said of one file goes
 * through the blob dialect, as the official clients do it. Rights of single files are refused by name.
 */
import { fail } from '@lazurite/spec'
import type { BlobStat } from '@lazurite/store'
import { originOf } from '../../request-url.ts'
import { splitTarget } from './address.ts'
import { allows, openSignature } from './auth.ts'
import { writeOptions } from './blobs.ts'
import { type BlobCall, headerOf } from './call.ts'
import { parseConditions } from './conditions.ts'
import { pageSize } from './containers.ts'
import { checkedBody, claimedMd5 } from './digest.ts'
import { folderNote, keptProperties, putVersionHeaders, putWriteHeaders } from './headers.ts'
import { sourceAddress } from './source.ts'

const pageLimit = 5000
const appendLimitBytes = 4000 * 1024 * 1024

/** Path - List: everything below a folder, or what is right in it. */
export async function listPaths(call: BlobCall): Promise<void> {
  const { query, account, container } = call
  const { bytes } = call.deps.store
  const directory = (query.get('directory') ?? '').replace(/^\/+|\/+$/g, '')
  if (directory !== '' && (await bytes.folders.stat(account, container, directory)) === undefined) {
    fail('PathNotFound', { path: directory })
  }
  const marker = query.get('continuation') || undefined
  const page = await bytes.list(account, container, {
    folders: true,
    max: pageSize(query, 'maxResults') ?? pageLimit,
    ...(directory === '' ? {} : { prefix: `${directory}/` }),
    ...(query.get('recursive') === 'true' ? {} : { delimiter: '/' }),
    ...(marker === undefined ? {} : { marker }),
  })
  const folders = await Promise.all(
    page.prefixes.map(async (prefix) => {
      const name = prefix.slice(0, -1)
      const stat = await bytes.folders.stat(account, container, name)
      return stat === undefined ? [] : [{ ...stat, name, isDirectory: 'true', contentLength: '0' }]
    }),
  )
  const paths = [...folders.flat(), ...page.blobs.map((blob) => ({ ...blob, contentLength: String(blob.sizeBytes) }))]
  const shown = paths
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, contentLength, etag, lastModified, ...rest }) => ({
      name,
      contentLength,
      etag,
      lastModified: new Date(lastModified).toUTCString(),
      ...('isDirectory' in rest ? { isDirectory: rest.isDirectory } : {}),
    }))
  if (page.next !== undefined) call.reply.header('x-ms-continuation', page.next)
  call.reply.type('application/json').send(JSON.stringify({ paths: shown }))
}

/** Path - Create: a folder, an empty file, or (with `x-ms-rename-source`) a move. */
export async function createPath(call: BlobCall): Promise<void> {
  const { bytes } = call.deps.store
  const { account, container, blob } = call
  if (call.query.get('resource') === 'directory') {
    const onlyNew = headerOf(call, 'if-none-match')?.trim() === '*' || !allows(call.access, 'w')
    const metadata = { ...propertiesHeader(call), [folderNote]: 'true' }
    const made = await bytes.folders.make(account, container, blob, { metadata, onlyNew })
    putVersionHeaders(call, made)
    return void call.reply.code(201).send()
  }
  const options = await writeOptions(call, false)
  const metadata = { ...propertiesHeader(call), ...options.metadata }
  const contentType = headerOf(call, 'x-ms-content-type') ?? options.contentType ?? 'application/octet-stream'
  await noteParents(call)
  await bytes.dropBlocks(account, container, blob)
  const stat = await bytes.patches.create(account, container, blob, { ...options, metadata, contentType, sizeBytes: 0 })
  putWriteHeaders(call, stat)
  call.reply.code(201).send()
}

/** In this dialect the folder of a file is there for everybody to see. */
async function noteParents(call: BlobCall): Promise<void> {
  const { folders } = call.deps.store.bytes
  const parent = call.blob.split('/').slice(0, -1).join('/')
  if (parent === '' || (await folders.stat(call.account, call.container, parent))) return
  await folders.make(call.account, call.container, parent, { metadata: { [folderNote]: 'true' } })
}

/** `name=base64,name=base64`. */
function propertiesHeader(call: BlobCall): Record<string, string> {
  const text = headerOf(call, 'x-ms-properties')
  if (text === undefined) return {}
  const pairs = text.split(',').map((pair): [string, string] => {
    const cut = pair.indexOf('=')
    const name = pair.slice(0, cut).trim()
    if (cut < 1 || !/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) {
      fail('InvalidHeaderValue', { header: 'x-ms-properties', what: 'it is not name=base64 pairs' })
    }
    return [name, Buffer.from(pair.slice(cut + 1), 'base64').toString('utf8')]
  })
  return Object.fromEntries(pairs)
}

/** Path - Rename, of a file or a folder with all below, within the account. */
export async function renamePath(call: BlobCall): Promise<void> {
  const text = headerOf(call, 'x-ms-rename-source') ?? ''
  const { path, query } = splitTarget(text)
  const origin = originOf(call.request)
  const inAccount = path.startsWith(`/${call.account}/`) ? path : `/${call.account}${path}`
  const source = sourceAddress(call, `${origin}${inAccount}`)
  const access = query.has('sig') ? await openSignature(call.deps, call.request, source, query) : call.access
  const covers = access.reach !== 'blob' && (access.whole || source.container === call.container || query.has('sig'))
  if (!covers || !allows(access, 'wd')) fail('PermissionMismatch', { what: 'move the source' })
  const { ifMatch, ifNoneMatch } = parseConditions(call.request.headers)
  await call.deps.store.bytes.folders.move(
    { account: source.account, container: source.container, path: source.blob },
    { account: call.account, container: call.container, path: call.blob },
    {
      ...(ifMatch === undefined ? {} : { ifMatch: ifMatch.replaceAll('"', '') }),
      ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: ifNoneMatch.replaceAll('"', '') }),
    },
  )
  call.reply.code(201).send()
}

function positionOf(call: BlobCall): number {
  const text = call.query.get('position') ?? ''
  if (!/^\d{1,15}$/.test(text))
    fail('InvalidQueryParameter', { parameter: 'position', what: 'it is a number of bytes' })
  return Number(text)
}

const idOf = (position: number) => Buffer.from(String(position).padStart(16, '0')).toString('base64')
const offsetOf = (id: string) => Number(Buffer.from(id, 'base64').toString('latin1'))

/** Path - Update, append: kept apart until a flush. */
export async function appendPath(call: BlobCall): Promise<void> {
  const position = positionOf(call)
  const { bytes } = call.deps.store
  const { account, container, blob } = call
  await needFile(call)
  const md5 = claimedMd5(call)
  const declared = headerOf(call, 'content-length')
  await bytes.stageBlock(account, container, blob, {
    id: idOf(position),
    body: checkedBody(call),
    maxBytes: appendLimitBytes,
    ...(md5 === undefined ? {} : { md5 }),
    ...(declared === undefined ? {} : { sizeBytes: Number(declared) }),
  })
  if (md5 !== undefined) call.reply.header('content-md5', md5)
  if (call.query.get('flush') === 'true') await flushTo(call, position + Number(declared ?? 0))
  call.reply.header('x-ms-request-server-encrypted', 'false').code(202).send()
}

async function needFile(call: BlobCall): Promise<BlobStat> {
  const stat = await call.deps.store.bytes.stat(call.account, call.container, call.blob)
  return stat ?? fail('PathNotFound', { path: call.blob })
}

/** Path - Update, flush: what was appended becomes the content, up to the position. */
export async function flushPath(call: BlobCall): Promise<void> {
  const stat = await flushTo(call, positionOf(call))
  putWriteHeaders(call, stat)
  call.reply.code(200).send()
}

async function flushTo(call: BlobCall, end: number): Promise<BlobStat> {
  const { bytes } = call.deps.store
  const { account, container, blob } = call
  const stat = await needFile(call)
  const parts = (await bytes.blockList(account, container, blob))
    .map(({ id, sizeBytes }) => ({ id, sizeBytes, at: offsetOf(id) }))
    .filter(({ at }) => at < end)
    .sort((a, b) => a.at - b.at)
  if (parts.length === 0 && end === stat.sizeBytes) return stat
  const after = stat.sizeBytes > 0 && parts[0]?.at === stat.sizeBytes
  let reached = after ? stat.sizeBytes : 0
  for (const part of parts) {
    if (part.at !== reached) break
    reached += part.sizeBytes
  }
  if (reached !== end || parts.length === 0) {
    fail('InvalidQueryParameter', { parameter: 'position', what: `the bytes appended reach to ${reached}` })
  }
  const options = await writeOptions(call, false)
  const ids = parts.map(({ id }) => id)
  const md5 = headerOf(call, 'x-ms-content-md5')
  return bytes.commitBlocks(account, container, blob, ids, {
    ...options,
    after,
    contentType: headerOf(call, 'x-ms-content-type') ?? stat.contentType,
    metadata: { ...stat.metadata, ...keptProperties({ ...stat, metadata: options.metadata ?? {} }) },
    ...(md5 === undefined || after ? {} : { md5 }),
  })
}

/** Path - Delete. */
export async function deletePath(call: BlobCall): Promise<void> {
  const { bytes } = call.deps.store
  const { account, container, blob } = call
  const recursive = call.query.get('recursive') === 'true'
  const { ifMatch } = parseConditions(call.request.headers)
  const guard = ifMatch === undefined ? {} : { ifMatch: ifMatch.replaceAll('"', '') }
  const gone =
    (await bytes.remove(account, container, blob, guard)) ||
    (await bytes.folders.remove(account, container, blob, recursive))
  if (!gone) fail('PathNotFound', { path: blob })
  call.reply.code(200).send()
}

/** Path - Get Properties, system ones alone. */
export async function statusOfPath(call: BlobCall): Promise<void> {
  const { bytes } = call.deps.store
  const { account, container, blob } = call
  const file = await bytes.stat(account, container, blob)
  const found = file ?? (await bytes.folders.stat(account, container, blob)) ?? fail('PathNotFound', { path: blob })
  putVersionHeaders(call, found)
  call.reply
    .header('x-ms-resource-type', file === undefined ? 'directory' : 'file')
    .header('content-length', file?.sizeBytes ?? 0)
    .send()
}
