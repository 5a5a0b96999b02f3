/**
 * Bytes between a datastore elsewhere and this machine: streamed, in parallel, tried again, and gone on with after a
 * restart from what is on disk. Memory is bounded by the parts in flight, never by the files.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs'
import { appendFile, mkdir, open, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fail, inLanes, isLazError } from '@lazurite/spec'
import { safeJoin } from '@lazurite/store'
import { explain } from '../disk.ts'
import { listTree, type TreeOptions } from '../tree.ts'
import { type PartPlan, partCount, prefixOf, type Storage, type StorageStat } from './storage.ts'

export interface TransferOptions {
  signal: AbortSignal
  /** Called with every piece that arrived. */
  progress?: (doneBytes: number, files: number) => void
  /** Links of an uploaded tree may lead anywhere below this folder. */
  boundary?: string
}

export interface Transferred {
  files: number
  sizeBytes: number
}

const partBytes = 8 << 20
/** Files up to this size go in one request. */
const wholeBytes = 16 << 20
const fileLanes = 8
const partLanes = 4
const tries = 4

/** The size of parts for a file: few enough for every service, small enough to be held a few at a time. */
export function partBytesFor(sizeBytes: number): number {
  const mostParts = 9_000
  return Math.max(partBytes, Math.ceil(sizeBytes / mostParts / (1 << 20)) * (1 << 20))
}

/**
 * Fetches a file into `dest` (a file path). What arrived of a large one is kept beside it until it is whole, and is used
 * again as long as the source has not changed. Raises FileNotFound, Unreachable, Md5Mismatch, InsufficientStorage.
 */
export async function fetchFile(storage: Storage, file: StorageStat, dest: string, o: TransferOptions): Promise<void> {
  const half = join(
    dirname(dest),
    `.laz-fetch-${createHash('sha256').update(basename(dest)).digest('hex').slice(0, 16)}`,
  )
  try {
    await mkdir(dirname(dest), { recursive: true })
    if (file.sizeBytes <= wholeBytes) {
      await again(o.signal, async () => {
        await pipeline(await storage.read(file.path), createWriteStream(half), { signal: o.signal })
      })
      o.progress?.(file.sizeBytes, 1)
    } else {
      await fetchParts(storage, file, half, o)
    }
    await checkWhole(half, file)
    const at = new Date(file.modifiedAt)
    await utimes(half, at, at)
    await rename(half, dest)
    await rm(`${half}.map`, { force: true })
  } catch (e) {
    explain(e, dest)
  }
}

async function checkWhole(half: string, file: StorageStat): Promise<void> {
  const { size } = await stat(half)
  const wrong = size !== file.sizeBytes || (file.md5 !== undefined && (await digestOf(half)) !== file.md5)
  if (!wrong) return
  await Promise.all([rm(half, { force: true }), rm(`${half}.map`, { force: true })])
  fail('Md5Mismatch', {})
}

async function fetchParts(storage: Storage, file: StorageStat, half: string, o: TransferOptions): Promise<void> {
  const map = `${half}.map`
  const print = `${JSON.stringify([file.path, file.sizeBytes, file.modifiedAt, file.etag ?? ''])}\n`
  const lines = existsSync(map) && existsSync(half) ? readFileSync(map, 'utf8').split('\n') : []
  const known = `${lines[0]}\n` === print
  if (!known) {
    await writeFile(half, '')
    await writeFile(map, print)
  }
  const done = new Set(known ? lines.slice(1).filter((line) => line !== '') : [])
  if (done.size > 0) o.progress?.(Math.min(file.sizeBytes, done.size * partBytes), 0)
  const waiting = Array.from({ length: partCount({ sizeBytes: file.sizeBytes, partBytes }) }, (_, i) => i)
  const handle = await open(half, 'r+')
  try {
    await inLanes(
      waiting.filter((i) => !done.has(String(i))),
      partLanes,
      async (index) => {
        const start = index * partBytes
        const end = Math.min(start + partBytes, file.sizeBytes) - 1
        await again(o.signal, async () => {
          let at = start
          for await (const chunk of await storage.read(file.path, { start, end })) {
            o.signal.throwIfAborted()
            for (let from = 0; from < chunk.length; ) {
              const { bytesWritten } = await handle.write(chunk, from, chunk.length - from, at)
              from += bytesWritten
              at += bytesWritten
            }
          }
          if (at !== end + 1) fail('Unreachable', { url: file.path, why: 'it ended early' })
        })
        await appendFile(map, `${index}\n`)
        o.progress?.(end + 1 - start, 0)
      },
    )
    o.progress?.(0, 1)
  } finally {
    await handle.close()
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

/** Fetches everything below a folder into `dest`. Files that are there already, as the source has them, are kept. */
export async function fetchTree(
  storage: Storage,
  folder: string,
  dest: string,
  o: TransferOptions,
): Promise<Transferred> {
  const total: Transferred = { files: 0, sizeBytes: 0 }
  const prefix = prefixOf(folder)
  await mkdir(dest, { recursive: true })
  await inLanes(storage.list(folder), fileLanes, async (file) => {
    o.signal.throwIfAborted()
    const target = safeJoin(dest, file.path.slice(prefix.length))
    const there = await stat(target).catch(() => undefined)
    if (there?.size !== file.sizeBytes || Math.floor(there.mtimeMs) !== file.modifiedAt || file.modifiedAt === 0) {
      await fetchFile(storage, file, target, o)
    } else o.progress?.(file.sizeBytes, 1)
    total.files += 1
    total.sizeBytes += file.sizeBytes
  })
  return total
}

/**
 * Sends one file. A large one goes in parts; which ones arrived is asked of the storage, which upload they belong to is
 * in `state` (a file).
 */
export async function sendFile(
  storage: Storage,
  from: { full: string; path: string; state: string },
  o: TransferOptions,
): Promise<void> {
  const { size, mtimeMs } = await stat(from.full)
  if (size <= wholeBytes) {
    await again(o.signal, () => storage.write(from.path, createReadStream(from.full)))
    return o.progress?.(size, 1)
  }
  const plan: PartPlan = { sizeBytes: size, partBytes: partBytesFor(size) }
  const print = JSON.stringify([from.path, size, mtimeMs])
  const { upload, inOrder } = await beginUpload(storage, { ...from, print, plan })
  const have = new Set(await storage.parts.have(from.path, upload))
  const waiting = Array.from({ length: partCount(plan) }, (_, index) => index).filter((index) => !have.has(index))
  o.progress?.(Math.min(size, have.size * plan.partBytes), 0)
  const handle = await open(from.full, 'r')
  try {
    await inLanes(waiting, inOrder ? 1 : partLanes, async (index) => {
      o.signal.throwIfAborted()
      const body = Buffer.allocUnsafe(Math.min(plan.partBytes, size - index * plan.partBytes))
      const { bytesRead } = await handle.read(body, 0, body.length, index * plan.partBytes)
      if (bytesRead !== body.length) fail('BadArgument', { what: `${from.path} changed while it was sent.` })
      await again(o.signal, () => storage.parts.put(from.path, upload, { index, body }))
      o.progress?.(body.length, 0)
    })
  } finally {
    await handle.close()
  }
  await again(o.signal, () => storage.parts.commit(from.path, upload, plan))
  await rm(from.state, { force: true })
  o.progress?.(0, 1)
}

interface Begun {
  print: string
  upload: string
  inOrder: boolean
}

/** The upload that a former try began, when both sides still know it; else a new one. */
async function beginUpload(
  storage: Storage,
  { path, state, print, plan }: { path: string; state: string; print: string; plan: PartPlan },
): Promise<Begun> {
  const kept = readBegun(state)
  if (kept?.print === print) {
    const known = await storage.parts.have(path, kept.upload).catch((e) => {
      if (isLazError(e) && e.code === 'FileNotFound') return undefined
      throw e
    })
    if (known !== undefined) return kept
  }
  const begun = { print, ...(await storage.parts.start(path, plan)) }
  await mkdir(dirname(state), { recursive: true })
  await writeFile(state, JSON.stringify(begun))
  return begun
}

function readBegun(state: string): Begun | undefined {
  try {
    return JSON.parse(readFileSync(state, 'utf8')) as Begun // written above and by nobody else
  } catch {
    return undefined
  }
}

/**
 * Sends a file or everything below a folder to `path`. `state` is a folder that remembers what was sent, so that a second
 * call goes on where the first broke off; it is removed at the end.
 */
export async function sendTree(
  storage: Storage,
  from: { full: string; path: string; state: string },
  o: TransferOptions,
): Promise<Transferred> {
  const tree: TreeOptions = { signal: o.signal, ...(o.boundary === undefined ? {} : { boundary: o.boundary }) }
  const single = (await stat(from.full)).isFile()
  const files = await listTree(from.full, tree)
  await mkdir(from.state, { recursive: true })
  const journal = join(from.state, 'sent')
  const sent = new Set(existsSync(journal) ? readFileSync(journal, 'utf8').split('\n') : [])
  await inLanes(files, fileLanes, async (file) => {
    o.signal.throwIfAborted()
    const path = single ? from.path : `${prefixOf(from.path)}${file.path}`
    const line = JSON.stringify([path, file.sizeBytes, (await stat(file.full)).mtimeMs])
    if (sent.has(line)) return o.progress?.(file.sizeBytes, 1)
    const state = join(from.state, createHash('sha256').update(path).digest('hex').slice(0, 24))
    await sendFile(storage, { full: file.full, path, state }, o)
    await appendFile(journal, `${line}\n`)
  })
  await rm(from.state, { recursive: true, force: true })
  return { files: files.length, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) }
}

/** Once more, after a pause, when the other side could not be reached; the clients have tried a few times by then. */
async function again<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act()
    } catch (e) {
      signal.throwIfAborted()
      const passing = isLazError(e) && e.code === 'Unreachable' && !/credentials|container/.test(e.message)
      if (!passing || attempt >= tries) throw e
      await sleep(500 * 2 ** attempt, undefined, { signal })
    }
  }
}
