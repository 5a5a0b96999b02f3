// Files of a datastore onto this machine: several at once, large ones in ranges. What arrived of a large file lies beside
// its place with a map of the ranges, so that the same command goes on after it was killed. Names come from the storage
// and are hostile: none leaves the folder.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { appendFile, mkdir, open, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { fail, inLanes, LazError } from '@lazurite/spec'
import { patiently } from './lanes.ts'
import type { RemoteFile, RemoteStore } from './store.ts'
import type { Done, Transfer } from './upload.ts'

const rangeBytes = 8 << 20
const wholeBytes = 16 << 20
const fileLanes = 8
const rangeLanes = 4
const tries = 3

/** Fetches a file, or everything below a folder, into the folder `to`. Raises FileNotFound. */
export async function download(path: string, to: string, t: Transfer): Promise<Done> {
  const done: Done = { files: 0, sizeBytes: 0, kept: 0 }
  let got = 0
  let total = 0
  const moved = (bytes: number) => {
    got += bytes
    t.progress(got, total)
  }
  await inLanes(t.store.files(path, t), fileLanes, async (file) => {
    t.signal.throwIfAborted()
    total += file.sizeBytes
    const at = file.path === path ? basename(path) : path === '' ? file.path : file.path.slice(path.length + 1)
    const target = safePath(to, at)
    if (await isThere(target, file)) {
      done.kept += 1
      moved(file.sizeBytes)
    } else await fetchFile(file, target, t, moved)
    done.files += 1
    done.sizeBytes += file.sizeBytes
  })
  return done
}

function safePath(root: string, at: string): string {
  const path = resolve(root, at)
  if (!path.startsWith(resolve(root) + sep) || /[\u0000-\u001f]/.test(at) || at.includes('\\')) {
    fail('PathNotAllowed', { path: JSON.stringify(at) })
  }
  return path
}

/** A whole file carries the time of its source: with the size it tells that nothing changed since. */
async function isThere(target: string, file: RemoteFile): Promise<boolean> {
  const found = await stat(target).catch(() => undefined)
  const at = Date.parse(file.modifiedAt)
  return found?.isFile() === true && found.size === file.sizeBytes && Math.round(found.mtimeMs) === at
}

async function fetchFile(file: RemoteFile, target: string, t: Transfer, moved: (bytes: number) => void): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  const mark = createHash('sha256').update(basename(target)).digest('hex').slice(0, 16)
  const half = join(dirname(target), `.laz-${mark}.part`)
  for (let attempt = 1; ; attempt++) {
    const md5 =
      file.sizeBytes <= wholeBytes ? await fetchWhole(file, half, t, moved) : await fetchRanges(file, half, t, moved)
    const sizeBytes = (await stat(half)).size
    if (sizeBytes === file.sizeBytes && (md5 === undefined || (await digestOf(half)) === md5)) break
    await forget(half)
    if (attempt >= tries) fail('Md5Mismatch', {})
    moved(-file.sizeBytes)
  }
  const at = new Date(file.modifiedAt)
  if (!Number.isNaN(at.getTime())) await utimes(half, at, at)
  await rename(half, target)
  await rm(`${half}.map`, { force: true })
}

async function forget(half: string): Promise<void> {
  await Promise.all([rm(half, { force: true }), rm(`${half}.map`, { force: true })])
}

/** In one request; the digest the storage has of it, where it has one. */
function fetchWhole(file: RemoteFile, half: string, t: Transfer, moved: (bytes: number) => void) {
  const { store, signal } = t
  return patiently(t, async () => {
    const answer = await store.client.ask({
      path: store.address('content', { path: file.path }),
      headers: { accept: '*/*' },
      signal,
    })
    const parts: Uint8Array[] = []
    for await (const part of answer.chunks()) parts.push(part)
    const body = Buffer.concat(parts)
    if (body.length !== file.sizeBytes) throw new LazError('ServerUnreachable', { url: store.client.connection.url })
    await writeFile(half, body)
    moved(body.length)
    return answer.headers['x-lazurite-md5']
  })
}

interface Source {
  etag: string
  md5: string | undefined
}

async function sourceOf(file: RemoteFile, t: Transfer): Promise<Source> {
  const { store } = t
  const path = store.address('content', { path: file.path })
  const answer = await patiently(t, () => store.client.ask({ method: 'HEAD', path }))
  await answer.text()
  return { etag: answer.headers.etag ?? '', md5: answer.headers['x-lazurite-md5'] }
}

async function fetchRanges(file: RemoteFile, half: string, t: Transfer, moved: (bytes: number) => void) {
  const { etag, md5 } = await sourceOf(file, t)
  const map = `${half}.map`
  const print = JSON.stringify([file.path, file.sizeBytes, etag])
  const lines = existsSync(map) && existsSync(half) ? readFileSync(map, 'utf8').split('\n') : []
  const known = lines[0] === print
  if (!known) {
    await writeFile(half, '')
    await writeFile(map, print)
  }
  const done = new Set(known ? lines.slice(1).filter((line) => line !== '') : [])
  const sizeOf = (index: number) => Math.min(rangeBytes, file.sizeBytes - index * rangeBytes)
  const all = Array.from({ length: Math.ceil(file.sizeBytes / rangeBytes) }, (_, index) => index)
  for (const index of all.filter((each) => done.has(String(each)))) moved(sizeOf(index))
  const handle = await open(half, 'r+')
  try {
    await inLanes(
      all.filter((index) => !done.has(String(index))),
      rangeLanes,
      async (index) => {
        t.signal.throwIfAborted()
        const start = index * rangeBytes
        await patiently(t, () => fetchRange({ file, etag, start, end: start + sizeOf(index) }, handle, t.store))
        await appendFile(map, `\n${index}`)
        moved(sizeOf(index))
      },
    )
  } finally {
    await handle.close()
  }
  return md5
}

async function fetchRange(
  range: { file: RemoteFile; etag: string; start: number; end: number },
  handle: Awaited<ReturnType<typeof open>>,
  store: RemoteStore,
): Promise<void> {
  const { file, etag, start, end } = range
  const headers = { accept: '*/*', range: `bytes=${start}-${end - 1}`, 'if-match': etag }
  const answer = await store.client.ask({ path: store.address('content', { path: file.path }), headers })
  let at = start
  for await (const part of answer.chunks()) {
    for (let from = 0; from < part.length; ) {
      const { bytesWritten } = await handle.write(part, from, part.length - from, at)
      from += bytesWritten
      at += bytesWritten
    }
  }
  if (at !== end) throw new LazError('ServerUnreachable', { url: store.client.connection.url })
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}
