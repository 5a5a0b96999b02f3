// Blobs under a prefix to a local folder. Names come from the server and are treated as hostile: none may leave the folder.
// Each file is fetched in ranges, goes on where a broken try stopped, and is compared with the checksum the store keeps.
import { fail, inLanes, LazError } from '@lazurite/spec'
import { joinBytes } from './bytes.ts'
import type { Reply } from './http.ts'
import type { Lazurite } from './lazurite.ts'
import { type BlobPlace, inContainer, placeOfUri } from './place.ts'
import { type Files, needFiles, type Saving } from './platform.ts'
import type { Progress } from './send-folder.ts'

/** What a download brought. */
export interface Downloaded {
  files: number
  sizeBytes: number
}

export interface DownloadOptions {
  /** Told after every part. */
  progress?: Progress | undefined
  signal?: AbortSignal | undefined
}

const lanes = 8
const smallBytes = 4 * 2 ** 20
const rangeBytes = 32 * 2 ** 20
const triesPerRange = 5

interface Wanted {
  name: string
  /** Where it goes, below the folder. */
  at: string
  sizeBytes: number
}

/**
 * Copies what a datastore URI or a place names (a file, or everything below a folder) into `to`. Paths below it are
 * kept; a file keeps its own name. Answers 0 files when nothing is there.
 */
export async function downloadUri(
  client: Lazurite,
  from: string | BlobPlace,
  to: string,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  const files = needFiles(client.platform, 'Downloading into a folder')
  const place = typeof from === 'string' ? await placeOfUri(client, from) : inContainer(client, from)
  const { path, signed } = place
  const all = await place.list()
  const inside = path === '' ? '' : `${path}/`
  const below = all
    .filter((blob) => blob.name.startsWith(inside))
    .map((blob) => ({ ...blob, at: blob.name.slice(inside.length) }))
  const exact = all
    .filter((blob) => blob.name === path)
    .map((blob) => ({ ...blob, at: path.split('/').at(-1) ?? path }))
  const wanted: Wanted[] = below.length > 0 ? below : exact
  const totalBytes = wanted.reduce((sum, blob) => sum + blob.sizeBytes, 0)
  let gotBytes = 0
  const got = (sizeBytes: number) => {
    gotBytes += sizeBytes
    options.progress?.(gotBytes, totalBytes)
  }
  await inLanes(wanted, lanes, async (blob) => {
    const target = safePath(files, to, blob.at)
    const fetch = blob.sizeBytes <= smallBytes ? fetchSmall : fetchLarge
    await fetch(client, { path: place.at(blob.name), signed, to: target, got, signal: options.signal })
  })
  return { files: wanted.length, sizeBytes: totalBytes }
}

function safePath(files: Files, root: string, at: string): string {
  const path = files.resolve(root, at)
  const above = files.relative(files.resolve(root), path)
  const leaves = above === '' || above.split(/[\\/]/)[0] === '..' || files.isAbsolute(above)
  if (leaves || /[\u0000-\u001f]/.test(at) || at.includes('\\')) fail('PathNotAllowed', { path: JSON.stringify(at) })
  return path
}

interface Fetching {
  path: string
  signed: boolean
  to: string
  got(sizeBytes: number): void
  signal: AbortSignal | undefined
}

/** In one request, held in memory: most files of a folder are small. */
async function fetchSmall(client: Lazurite, { path, signed, to, got, signal }: Fetching): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await client.ask({ path, signed, headers: { accept: '*/*' }, signal })
      const parts: Uint8Array[] = []
      for await (const part of answer.chunks()) parts.push(part)
      const bytes = joinBytes(parts)
      const told = answer.headers['content-length']
      if (told !== undefined && Number(told) !== bytes.length) throw new Error(`${to} came to ${bytes.length} bytes`)
      const expected = md5Of(answer)
      const digest = expected === undefined ? undefined : client.platform.digest('md5')
      digest?.update(bytes)
      const saving = await needFiles(client.platform, 'Downloading into a folder').save(to, crypto.randomUUID())
      await saving.write(bytes)
      got(bytes.length)
      return await finish(saving, { to, expected, found: digest?.hex() })
    } catch (error) {
      if (signal?.aborted || attempt >= triesPerRange || !mayPass(error)) throw error
      await new Promise((go) => setTimeout(go, 50 * 2 ** attempt))
    }
  }
}

/** Writes beside the target first, so that a broken download leaves no half file under its name. */
async function fetchLarge(client: Lazurite, fetching: Fetching): Promise<void> {
  const { path, signed, to, signal } = fetching
  const head = await client.ask({ method: 'HEAD', path, signed, signal })
  await head.text()
  const etag = head.headers.etag ?? ''
  const sizeBytes = Number(head.headers['content-length'] ?? 0)
  const md5 = md5Of(head)
  const saving = await needFiles(client.platform, 'Downloading into a folder').save(to, markOf(etag, sizeBytes))
  const digest = md5 === undefined ? undefined : client.platform.digest('md5')
  try {
    let at = saving.offset
    if (at > sizeBytes) {
      await saving.restart()
      at = 0
    } else if (at > 0) {
      if (digest) for await (const part of saving.before()) digest.update(part)
      fetching.got(at)
    }
    for (let broken = 0; at < sizeBytes; ) {
      const before = at
      try {
        for await (const part of rangeOf(client, { path, signed, etag, from: at, sizeBytes, signal })) {
          await saving.write(part)
          digest?.update(part)
          at += part.length
          fetching.got(part.length)
        }
      } catch (error) {
        broken = at > before ? 1 : broken + 1
        if (signal?.aborted || broken > triesPerRange || !mayPass(error)) throw error
        await new Promise((go) => setTimeout(go, 50 * 2 ** broken))
      }
    }
  } catch (error) {
    await saving.pause()
    throw error
  }
  await finish(saving, { to, expected: md5, found: digest?.hex() })
}

/** A name for what is being fetched, so that the rest of another content is never taken for the beginning of this one. */
function markOf(etag: string, sizeBytes: number): string {
  return `${etag.replace(/[^0-9A-Za-z]/g, '').slice(-24)}-${sizeBytes.toString(36)}`
}

async function* rangeOf(
  client: Lazurite,
  o: { path: string; signed: boolean; etag: string; from: number; sizeBytes: number; signal: AbortSignal | undefined },
): AsyncIterable<Uint8Array> {
  const to = Math.min(o.from + rangeBytes, o.sizeBytes) - 1
  const headers = { accept: '*/*', range: `bytes=${o.from}-${to}`, ...(o.etag === '' ? {} : { 'if-match': o.etag }) }
  const answer: Reply = await client.ask({ path: o.path, signed: o.signed, headers, signal: o.signal })
  if (answer.status !== 206 && o.from > 0)
    fail('BadArgument', { what: `The store answered a range of ${o.path.split('?')[0]} with the whole.` })
  yield* answer.chunks()
}

/** The connection's fault; what the server refuses it refuses again. */
function mayPass(error: unknown): boolean {
  return !(error instanceof LazError) || error.code === 'ServerUnreachable' || error.http >= 500
}

async function finish(
  saving: Saving,
  o: { to: string; expected: string | undefined; found: string | undefined },
): Promise<void> {
  if (o.found !== undefined && o.expected !== undefined && o.found !== o.expected) {
    await saving.restart()
    await saving.pause()
    fail('BadArgument', { what: `${o.to} does not have the checksum that the store keeps for it; download it again.` })
  }
  await saving.finish()
}

/** The checksum that the store keeps of the whole file, as hex. */
function md5Of({ headers }: Reply): string | undefined {
  const md5 = headers['content-md5']
  return md5 === undefined ? headers['x-lazurite-md5'] : hexOfBase64(md5)
}

function hexOfBase64(text: string): string {
  return Array.from(atob(text), (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}

/** The bytes a datastore URI names, as they come. Raises ResourceNotFound when it names no file. */
export async function* readUri(
  client: Lazurite,
  uri: string,
  options: { from?: number; to?: number; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Uint8Array> {
  const { path, signed, at } = await placeOfUri(client, uri)
  const { from = 0, to } = options
  const ranged = from > 0 || to !== undefined
  const range = ranged ? { range: `bytes=${from}-${to === undefined ? '' : to - 1}` } : {}
  const answer = await client.ask({
    path: at(path),
    signed,
    headers: { accept: '*/*', ...range },
    signal: options.signal,
  })
  yield* answer.chunks()
}
