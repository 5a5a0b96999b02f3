/**
 * The artifact proxy: bytes go straight from the request to the blob's file and back, with ranges and entity tags.
 * Whatever users uploaded is handed out as an attachment that no browser will run.
 */
import { randomBytes } from 'node:crypto'
import { posix } from 'node:path'
import { Readable } from 'node:stream'
import { fail, isLazError, type JsonObject } from '@lazurite/spec'
import type { BlobStat } from '@lazurite/store'
import { originOf } from '../../request-url.ts'
import { refuse } from './args.ts'
import { type Call, compact, type Handler } from './call.ts'
import { artifactsOfRun, type Found, findPlace, type Place, under } from './place.ts'
import { readableRun } from './rights.ts'

const textual =
  /\.(txt|log|err|cfg|conf|cnf|cf|ini|properties|prop|hocon|toml|yaml|yml|xml|json|js|py|py3|csv|tsv|md|rst|html|sh)$/i
const uploadMs = 6 * 3_600_000

/** `artifacts/list`: paths relative to the run. */
export const listArtifacts: Handler = async (call) => {
  const run = await readableRun(call, call.args.runId())
  const home = await artifactsOfRun(call, run.runId)
  const asked = call.args.text('path') ?? ''
  if (/^\/+[^/]/.test(asked)) fail('PathNotAllowed', { path: JSON.stringify(asked.slice(0, 200)) })
  const place = { ...home, path: under(home.path, asked) }
  // what lies in a store of the clients' own only they can list
  if (!run.artifactUri.startsWith('mlflow-artifacts:')) return { root_uri: run.artifactUri }
  const files = await listPlace(call, place, { relativeTo: home.path })
  return compact({ root_uri: run.artifactUri, files })
}

/** `GET artifacts?path=`: one level, base names; a file or a place without files has none. */
export const listProxied: Handler = async (call) => {
  const address = call.args.text('path') ?? ''
  try {
    const found = await findPlace(call, address, 'read')
    return compact({ files: await listPlace(call, found, { relativeTo: found.path }) })
  } catch (error) {
    if (isLazError(error) && error.code === 'ArtifactNotFound') return undefined
    throw error
  }
}

/** What lies directly in a folder, folders first seen first; folders carry no size. */
export async function listPlace(call: Call, place: Place, o: { relativeTo: string }): Promise<JsonObject[]> {
  const files: JsonObject[] = []
  const shown = (name: string) => name.slice(o.relativeTo.length + 1)
  let marker: string | undefined
  do {
    const page = await call.store.bytes.list(place.account, place.container, {
      prefix: `${place.path}/`,
      delimiter: '/',
      max: 5000,
      ...(marker === undefined ? {} : { marker }),
    })
    for (const prefix of page.prefixes) files.push({ path: shown(prefix.replace(/\/$/, '')), is_dir: true })
    for (const blob of page.blobs) files.push({ path: shown(blob.name), is_dir: false, file_size: blob.sizeBytes })
    marker = page.next
  } while (marker !== undefined)
  return files.sort((a, b) => (String(a.path) < String(b.path) ? -1 : 1))
}

/** Whether there is a file at the place or below it. */
export async function hasFiles(call: Call, place: Place): Promise<boolean> {
  const { account, container, path } = place
  if (await call.store.bytes.stat(account, container, path)) return true
  const page = await call.store.bytes.list(account, container, { prefix: `${path}/`, max: 1 })
  return page.blobs.length > 0
}

/** `PUT artifacts/<address>`: the body, whatever its type, replaces the file. */
export async function putArtifact(call: Call, address: string, body: Readable | undefined): Promise<void> {
  const found = await findPlace(call, address, 'write')
  if (found.path === found.root) fail('PathNotAllowed', { path: `${address} (it names no file)` })
  const type = call.request.headers['content-type']
  await call.store.bytes.write(
    found.account,
    found.container,
    found.path,
    body ?? Readable.from([]),
    type ? { contentType: type } : {},
  )
}

/** `GET artifacts/<address>`: the file, or the part of it that a Range asks for. Raises ArtifactNotFound. */
export async function getArtifact(call: Call, address: string): Promise<void> {
  await sendFile(call, await fileOf(call, await findPlace(call, address, 'read')), address)
}

/** Answers with the bytes of a place; `address` is how it was asked for. Raises ArtifactNotFound. */
export async function sendFile(call: Call, place: Place, address: string, left = 20): Promise<void> {
  const { request, reply } = call
  const { account, container, path } = place
  const stat = await call.store.bytes.stat(account, container, path)
  if (!stat) fail('ArtifactNotFound', { path: address })
  const name = posix.basename(path)
  reply.headers({
    'content-type': typeOf(name, stat),
    'content-disposition': attachmentOf(name),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'accept-ranges': 'bytes',
    etag: `"${stat.etag}"`,
    'last-modified': new Date(stat.lastModified).toUTCString(),
  })
  if (request.headers['if-none-match'] === `"${stat.etag}"`) {
    await reply.code(304).send()
    return
  }
  const range = rangeOf(request.headers.range, stat.sizeBytes)
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${stat.sizeBytes}`)
  const found = await call.store.bytes.read(account, container, path, range ?? {})
  if (found.stat.etag !== stat.etag) {
    // replaced between the two looks: what was said of it holds no more, its length least of all
    found.body.destroy()
    reply.code(200).removeHeader('content-range')
    return left > 0 ? sendFile(call, place, address, left - 1) : fail('ArtifactNotFound', { path: address })
  }
  const length = range ? range.end - range.start + 1 : stat.sizeBytes
  // a file its owner cuts while it is read ends early: who waits for the rest is told by the end of the connection
  found.body.once('end', () => {
    if ('bytesRead' in found.body && Number(found.body.bytesRead) < length) reply.raw.destroy()
  })
  await reply.header('content-length', length).send(found.body)
}

/** Plain names stand as they are, which clients compare; others are told twice, for readers old and new. */
function attachmentOf(name: string): string {
  if (/^[\w.+%-]+$/.test(name)) return `attachment; filename=${name}`
  const plain = name.replace(/[^\w. -]/g, '_')
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`
}

/** A model that is a single file is found by its own address too. */
async function fileOf(call: Call, found: Found): Promise<Place> {
  const folder = posix.dirname(found.path)
  if (folder !== found.root || (await call.store.bytes.stat(found.account, found.container, found.path))) return found
  return posix.basename(found.root) === posix.basename(found.path) ? { ...found, path: found.root } : found
}

function typeOf(name: string, stat: BlobStat): string {
  return textual.test(name) || /^(MLmodel|MLproject)$/i.test(name) ? 'text/plain' : stat.contentType
}

/** A single range of bytes; anything else is answered with the whole file. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!found || (found[1] === '' && found[2] === '')) return undefined
  const start = found[1] === '' ? Math.max(0, size - Number(found[2])) : Number(found[1])
  const end = found[1] === '' || found[2] === '' ? size - 1 : Math.min(Number(found[2]), size - 1)
  if (start > end) fail('InvalidRange', { size })
  return { start, end }
}

/** `DELETE artifacts/<address>`: the file, or all files below; fine when there are none. */
export async function deleteArtifacts(call: Call, address: string): Promise<void> {
  const { account, container, path, root, ofJob } = await findPlace(call, address, 'write')
  if (ofJob && path === root) fail('PathNotAllowed', { path: `${address} (it holds the logs of the job itself)` })
  const { bytes } = call.store
  await bytes.remove(account, container, path)
  for (;;) {
    const page = await bytes.list(account, container, { prefix: `${path}/`, max: 1000 })
    for (const blob of page.blobs) await bytes.remove(account, container, blob.name)
    if (page.next === undefined) return
  }
}

/** Uploads in parts go straight to the blob's blocks, by signed addresses good for this one file. */
export async function createUpload(call: Call, address: string): Promise<JsonObject> {
  const place = await uploadPlace(call, address)
  const parts = call.args.whole('num_parts') ?? 1
  if (parts < 1 || parts > 10_000)
    refuse(`Invalid value ${parts} for parameter 'num_parts' supplied. It must be between 1 and 10000.`)
  const uploadId = randomBytes(16).toString('hex')
  const url = signedUrl(call, place, 'w')
  const credentials = Array.from({ length: parts }, (_, i) => ({
    url: `${url}&comp=block&blockid=${encodeURIComponent(blockOf(uploadId, i + 1))}`,
    part_number: i + 1,
    headers: {},
  }))
  return { upload_id: uploadId, credentials }
}

export async function completeUpload(call: Call, address: string): Promise<undefined> {
  const { account, container, path } = await uploadPlace(call, address)
  const uploadId = call.args.needText('upload_id')
  if (!/^[0-9a-f]{32}$/.test(uploadId)) call.args.wrong('upload_id', uploadId)
  const numbers = call.args.items('parts').map((part) => part.whole('part_number') ?? part.missing('part_number'))
  const ids = numbers.sort((a, b) => a - b).map((n) => blockOf(uploadId, n))
  await call.store.bytes.commitBlocks(account, container, path, ids)
  return undefined
}

/** Blocks that nobody commits are swept away by the store. */
export async function abortUpload(call: Call, address: string): Promise<undefined> {
  await uploadPlace(call, address)
  return undefined
}

async function uploadPlace(call: Call, address: string): Promise<Place> {
  const name = posix.basename(call.args.needText('path').replaceAll('\\', '/'))
  const found = await findPlace(call, `${address.replace(/\/+$/, '')}/${name}`, 'write')
  return found
}

function blockOf(uploadId: string, part: number): string {
  return Buffer.from(`${uploadId}${String(part).padStart(6, '0')}`).toString('base64')
}

/** `GET presigned/<address>`: an address from which the bytes come in parallel ranges. */
export async function presignDownload(call: Call, address: string): Promise<JsonObject> {
  const place = await fileOf(call, await findPlace(call, address, 'read'))
  const stat = await call.store.bytes.stat(place.account, place.container, place.path)
  if (!stat) fail('ArtifactNotFound', { path: address })
  return { url: signedUrl(call, place, 'r'), headers: {}, file_size: stat.sizeBytes }
}

export function signedUrl(call: Call, place: Place, permissions: 'r' | 'w'): string {
  const { account, container, path: blob } = place
  const expiresAt = call.store.clock.now() + uploadMs
  const sas = call.deps.sign.sas({ account, container, blob, permissions, expiresAt })
  return `${originOf(call.request)}/${account}/${container}/${blob.split('/').map(encodeURIComponent).join('/')}?${sas}`
}
