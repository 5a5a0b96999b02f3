// Bytes to the server: code snapshots by their content hash, data and models into a datastore. What is there already is
// not sent again. Small files cross as one tar stream; a store that does not take one gets them file by file.
import { randomUUID } from 'node:crypto'
import { asObject, asString, datastoreUri, fail, LazError } from '@lazurite/spec'
import { tarOf } from './archive.ts'
import { blobPath, openDatastore } from './blobs.ts'
import {
  type Folder,
  type FolderFile,
  hashFolder,
  type Include,
  readFileParts,
  scanFolder,
  scanIncludes,
} from './folder.ts'
import type { Lazurite } from './lazurite.ts'

export type Progress = (sentBytes: number, totalBytes: number) => void

export interface CodeUpload {
  /** ARM id of the code version. */
  id: string
  hash: string
  files: number
  sizeBytes: number
  /** The server had it. */
  known: boolean
}

export interface CodeOptions {
  /** Brought into the snapshot beside the folder's own files. */
  includes?: readonly Include[]
  /** The name and version to register under; default a fresh guid and 1. */
  name?: string | undefined
  version?: string | undefined
  description?: string | undefined
  tags?: Record<string, string> | undefined
  progress?: Progress | undefined
}

/** Registers a folder (or, without a path, its includes alone) as code and answers its ARM id; the same content is sent once. */
export async function uploadCode(
  client: Lazurite,
  path: string | undefined,
  options: CodeOptions = {},
): Promise<CodeUpload> {
  const folder =
    path === undefined ? await scanIncludes(options.includes ?? []) : await scanFolder(path, options.includes)
  const hash = await hashFolder(folder)
  const facts = { hash, files: folder.files.length, sizeBytes: folder.sizeBytes }
  const codes = client.of('code')
  const name = options.name ?? randomUUID()
  const version = options.version ?? '1'
  if (options.name === undefined) {
    const found = codes.list({ name, filter: { hash, hashVersion: '202208' }, max: 1, archived: 'all' })
    for await (const code of found) return { ...facts, id: code.id, known: true }
  }
  const which = { name, version }
  const pending = asObject(
    await codes.act(which, 'startPendingUpload', { pendingUploadType: 'TemporaryBlobReference' }),
  )
  const place = asObject(pending.blobReferenceForConsumption)
  const sas =
    asString(asObject(place.credential).sasUri) ??
    fail('BadArgument', { what: 'The server gave no place to upload to.' })
  await send(client, { ...splitSas(sas), prefix: 'code/', folder }, options.progress)
  const beside = {
    ...(options.description === undefined ? {} : { description: options.description }),
    ...(options.tags ? { tags: options.tags } : {}),
  }
  const made = await codes.put(which, {
    ...beside,
    properties: { hash_sha256: hash, hash_version: '202208' },
    isAnonymous: options.name === undefined,
    isArchived: false,
    codeUri: `${asString(place.blobUri) ?? splitSas(sas).base}/code`,
  })
  return { ...facts, id: made.id, known: false }
}

export interface DataUpload {
  /** Short datastore URI; a folder's ends with a slash. */
  uri: string
  /** The long form, with the workspace. */
  longUri: string
  /** http address of the blob or folder, as a build context is named. */
  url: string
  hash: string
  single: boolean
  known: boolean
}

/** Puts a file or folder under `LocalUpload/<hash>/<name>` of a datastore. */
export async function uploadData(
  client: Lazurite,
  path: string,
  options: { datastore?: string | undefined; progress?: Progress | undefined } = {},
): Promise<DataUpload> {
  const folder = await scanFolder(path)
  const hash = await hashFolder(folder)
  const datastore = options.datastore ?? 'workspaceblobstore'
  const { base, query } = await openDatastore(client, datastore)
  const prefix = `LocalUpload/${hash}/${folder.single ? '' : `${folder.name}/`}`
  const first = folder.files[0] ?? fail('BadArgument', { what: `${path} has no files.` })
  const known = await isThere(client, blobPath(base, prefix + first.path, query))
  if (!known) {
    await send(client, { base, query, prefix, folder }, options.progress)
    const done = { 'x-ms-meta-upload_status': 'completed', 'x-ms-meta-name': hash, 'x-ms-meta-version': '1' }
    const mark = `${blobPath(base, prefix + first.path, query)}&comp=metadata`
    await (await client.ask({ method: 'PUT', path: mark, headers: done, signed: true })).text()
  }
  const tail = folder.single ? `LocalUpload/${hash}/${first.path}` : prefix
  return {
    uri: datastoreUri(undefined, datastore, tail),
    longUri: datastoreUri(client.workspace, datastore, tail),
    url: `${base}/${tail}`,
    hash,
    single: folder.single,
    known,
  }
}

async function isThere(client: Lazurite, path: string): Promise<boolean> {
  const answer = await client.ask({ method: 'HEAD', path, signed: true, accept: [404] })
  await answer.text()
  return answer.status === 200 && answer.headers['x-ms-meta-upload_status'] === 'completed'
}

function splitSas(sasUri: string): { base: string; query: string } {
  const cut = sasUri.indexOf('?')
  return cut < 0 ? { base: sasUri, query: '' } : { base: sasUri.slice(0, cut), query: sasUri.slice(cut + 1) }
}

interface Sending {
  base: string
  query: string
  prefix: string
  folder: Folder
}

async function send(client: Lazurite, sending: Sending, progress: Progress | undefined): Promise<void> {
  let sentBytes = 0
  const sent = (sizeBytes: number) => {
    sentBytes += sizeBytes
    progress?.(sentBytes, sending.folder.sizeBytes)
  }
  if (sending.folder.files.length > 1 && (await sendArchive(client, sending, sent))) return
  sentBytes = 0
  await sendFiles(client, sending, sent)
}

/** One request for the whole folder; false when the store does not know the operation. */
async function sendArchive(
  client: Lazurite,
  { base, query, prefix, folder }: Sending,
  sent: (sizeBytes: number) => void,
): Promise<boolean> {
  try {
    const path = `${blobPath(base, prefix.replace(/\/$/, ''), query)}&comp=archive`
    const headers = { 'content-type': 'application/x-tar' }
    await (await client.ask({ method: 'PUT', path, headers, body: tarOf(folder.files, sent), signed: true })).text()
    return true
  } catch (error) {
    if (error instanceof LazError && (error.code === 'NotSupported' || error.http === 405 || error.http === 501))
      return false
    throw error
  }
}

const blockBytes = 8 * 2 ** 20
const lanes = 8

async function sendFiles(
  client: Lazurite,
  { base, query, prefix, folder }: Sending,
  sent: (sizeBytes: number) => void,
): Promise<void> {
  const waiting = [...folder.files]
  const lane = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift())
      await sendFile(client, blobPath(base, prefix + file.path, query), file, sent)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** Small files in one PUT; large ones in blocks, so that no part is sent twice for a broken connection. */
async function sendFile(
  client: Lazurite,
  path: string,
  file: FolderFile,
  sent: (sizeBytes: number) => void,
): Promise<void> {
  const put = async (where: string, body: Uint8Array, headers: Record<string, string> = {}) => {
    await (
      await client.ask({
        method: 'PUT',
        path: where,
        headers: { 'content-type': 'application/octet-stream', ...headers },
        body,
        signed: true,
      })
    ).text()
    sent(body.length)
  }
  if (file.sizeBytes <= blockBytes) {
    const parts: Uint8Array[] = []
    for await (const part of readFileParts(file)) parts.push(part)
    await put(path, Buffer.concat(parts), { 'x-ms-blob-type': 'BlockBlob' })
    return
  }
  const ids: string[] = []
  const putBlock = async (body: Uint8Array) => {
    const id = Buffer.from(String(ids.length).padStart(8, '0')).toString('base64')
    ids.push(id)
    await put(`${path}&comp=block&blockid=${encodeURIComponent(id)}`, body)
  }
  let held: Uint8Array[] = []
  let heldBytes = 0
  for await (const part of readFileParts(file)) {
    held.push(part)
    heldBytes += part.length
    if (heldBytes < blockBytes) continue
    await putBlock(Buffer.concat(held))
    held = []
    heldBytes = 0
  }
  if (heldBytes > 0) await putBlock(Buffer.concat(held))
  const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`
  await (
    await client.ask({
      method: 'PUT',
      path: `${path}&comp=blocklist`,
      headers: { 'content-type': 'application/xml' },
      body: Buffer.from(list),
      signed: true,
    })
  ).text()
}
