/** The bytes of one file: read with ranges, written as a stream, removed. */
import { createHash } from 'node:crypto'
import { pipeline, Transform } from 'node:stream'
import type { StorageStat } from '@lazurite/engine'
import { fail, type JsonObject } from '@lazurite/spec'
import { parseRange } from '../blob/range.ts'
import { claimedMd5, type DataCall, filePlaceOf, headerOf, printStat } from './call.ts'

export async function headContent(call: DataCall): Promise<undefined> {
  const place = await filePlaceOf(call)
  const stat = fileOf(await place.storage.stat(place.path), place.path)
  describe(call, stat)
  call.reply.header('content-length', stat.sizeBytes).send()
}

/** A `Range` is honoured; `If-Match` guards against a file that changed between two ranges. */
export async function getContent(call: DataCall): Promise<undefined> {
  const place = await filePlaceOf(call)
  const stat = fileOf(await place.storage.stat(place.path), place.path)
  const expected = headerOf(call, 'if-match')
  if (expected !== undefined && expected.replaceAll('"', '') !== tagOf(stat)) fail('PreconditionFailed', {})
  describe(call, stat)
  const range = stat.sizeBytes === 0 ? undefined : parseRange(headerOf(call, 'range'), stat.sizeBytes)
  const sizeBytes = range === undefined ? stat.sizeBytes : range.end - range.start + 1
  const body = await place.storage.read(place.path, range ?? {})
  call.reply.header('content-length', sizeBytes)
  if (range !== undefined) {
    call.reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${stat.sizeBytes}`)
  }
  call.reply.send(body)
}

function fileOf(stat: StorageStat | undefined, path: string): StorageStat {
  if (stat === undefined) return fail('FileNotFound', { path })
  if (stat.folder) fail('BadArgument', { what: `${path} is a folder: browse it, or name a file in it.` })
  return stat
}

/** Bytes of strangers, served beside the owner's session: saved, never shown as a page. */
function describe(call: DataCall, stat: StorageStat): void {
  call.reply
    .header('accept-ranges', 'bytes')
    .header('content-type', 'application/octet-stream')
    .header('content-disposition', 'attachment')
    .header('etag', `"${tagOf(stat)}"`)
    .header('last-modified', new Date(stat.modifiedAt).toUTCString())
  if (stat.md5 !== undefined) call.reply.header('x-lazurite-md5', stat.md5)
}

const mostPageBytes = 20 << 20

/**
 * A file as a page of its own, for who wants to see what it runs: in a sandbox it has no origin, so it has no login, and it
 * reaches nothing: neither this server nor any other.
 */
export async function showPage(call: DataCall): Promise<undefined> {
  const place = await filePlaceOf(call)
  const stat = fileOf(await place.storage.stat(place.path), place.path)
  if (stat.sizeBytes > mostPageBytes) fail('TooLarge', { what: 'The page', limit: `${mostPageBytes} bytes` })
  const body = await place.storage.read(place.path, {})
  call.reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-length', stat.sizeBytes)
    .header('content-security-policy', pagePolicy)
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .send(body)
}

const pagePolicy = [
  'sandbox allow-scripts',
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' data: blob:",
  "style-src 'unsafe-inline' data:",
  'img-src data: blob:',
  'font-src data:',
  'media-src data: blob:',
  "frame-ancestors 'self'",
].join('; ')

/** Plain files have no tag of their own: size and time stand in. */
function tagOf(stat: StorageStat): string {
  return stat.etag ?? `${stat.sizeBytes.toString(16)}-${stat.modifiedAt.toString(16)}`
}

/** The whole file in one request. With `Content-MD5` nothing is kept unless the bytes have it. */
export async function putContent(call: DataCall): Promise<JsonObject> {
  const place = await filePlaceOf(call)
  const body = checked(call, claimedMd5(call))
  const stat = await place.storage.write(place.path, body)
  call.reply.code(201)
  return printStat(stat)
}

/** The bytes of the request, ended by an error when they are not what was announced. */
function checked(call: DataCall, md5: string | undefined): Transform {
  const hash = createHash('md5')
  const { raw } = call.request
  const through = new Transform({
    transform(chunk, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
    flush(done) {
      try {
        if (!raw.complete) fail('BadArgument', { what: 'The upload was cut off; nothing of it was kept.' })
        if (md5 !== undefined && hash.digest('hex') !== md5) fail('Md5Mismatch', {})
        done()
      } catch (e) {
        done(e instanceof Error ? e : new Error(String(e)))
      }
    },
  })
  pipeline(raw, through, () => {})
  return through
}

export async function removeContent(call: DataCall): Promise<undefined> {
  const place = await filePlaceOf(call)
  const removed = await place.storage.remove(place.path)
  call.reply.code(removed ? 200 : 204).send()
}
