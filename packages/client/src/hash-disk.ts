// The content hash of a folder on this machine. What is as it was the last time is recognised by size, times of change and
// inode, and not read. What has to be read is read ahead by a few threads while this one hashes: the hash is one chain
// over all bytes, so only reading can go side by side. Node alone loads this file.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { fail } from '@lazurite/spec'
import { type Folder, type FolderFile, type Hashed, hashFolder, hashHead, keepBytes } from './folder.ts'

/** A file whose times are this close to now may change again within the same tick of the clock. */
const tickMs = 20
/** Folders as small as this are read before a thread has started. */
const plainFiles = 1500
const plainBytes = 24 * 2 ** 20
const pieceBytes = 4 * 2 ** 20
const pieceFiles = 512
const mostThreads = 4
const mostNamed = 10_000
/** Folders that are remembered. */
const mostMemories = 200
const version = 1

/** One core hashes, the others read; a machine of two cores gains nothing by it. */
function usualThreads(): number {
  return Math.min(mostThreads, availableParallelism() - 1)
}

/**
 * Hashes a folder that was scanned. Raises BadArgument when a file changes while it is read.
 * @param threads how many may read ahead; fewer than two means none
 */
export async function hashOnDisk(folder: Folder, threads = usualThreads()): Promise<Hashed> {
  const lines = folder.files.map((file) => `${file.path}\n${file.sizeBytes} ${file.stamp?.text ?? ''}`)
  const place = folder.origin === undefined ? undefined : placeOf(folder.origin)
  const before = place === undefined ? undefined : readMemory(place)
  if (before && before.lines.length === lines.length && before.lines.every((line, i) => line === lines[i])) {
    return { hash: before.hash, read: false, changed: [] }
  }
  const startedAt = Date.now()
  const small = folder.files.length <= plainFiles && folder.sizeBytes <= plainBytes
  const hash = small || threads < 2 ? await hashPlain(folder) : await hashAhead(folder, threads)
  const settled = folder.files.every((file) => file.stamp !== undefined && file.stamp.changedMs < startedAt - tickMs)
  if (place !== undefined && settled) keepMemory(place, { version, hash, lines })
  return { hash, read: true, ...(before ? { changed: changedSince(before.lines, lines) } : {}) }
}

interface Memory {
  version: number
  hash: string
  /** One a file, in the order of the hash: path, a line break, size and stamp. */
  lines: string[]
}

function changedSince(before: readonly string[], now: readonly string[]): string[] {
  const pathOf = (line: string) => line.slice(0, line.indexOf('\n'))
  const [old, fresh] = [new Set(before), new Set(now)]
  const paths = [...now.filter((line) => !old.has(line)), ...before.filter((line) => !fresh.has(line))].map(pathOf)
  return [...new Set(paths)].slice(0, mostNamed)
}

/** Where a folder's memory lies: in the home of Lazurite on this machine. */
function placeOf(origin: string): string {
  const home = process.env.LAZ_HOME || join(homedir(), '.lazurite')
  return join(home, 'cache', 'snapshots', `${createHash('sha256').update(origin).digest('hex').slice(0, 32)}.json`)
}

/** A memory that cannot be read is none: everything can be found out again. */
function readMemory(place: string): Memory | undefined {
  try {
    const kept = JSON.parse(readFileSync(place, 'utf8')) as Partial<Memory> // checked below
    const { hash, lines } = kept
    const good = kept.version === version && typeof hash === 'string' && Array.isArray(lines)
    return good ? { version, hash, lines } : undefined
  } catch {
    return undefined
  }
}

function keepMemory(place: string, memory: Memory): void {
  try {
    const folder = dirname(place)
    // a machine without a home of Lazurite gets none by this
    if (!existsSync(dirname(dirname(folder)))) return
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!existsSync(place)) forgetOldest(folder)
    const half = `${place}.${process.pid}`
    writeFileSync(half, JSON.stringify(memory), { mode: 0o600 })
    renameSync(half, place)
  } catch {
    // a home that cannot be written costs time, nothing else
  }
}

function forgetOldest(folder: string): void {
  const kept = readdirSync(folder)
  if (kept.length < mostMemories) return
  const aged = kept.map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs })).sort((a, b) => a.at - b.at)
  for (const { name } of aged.slice(0, kept.length - mostMemories + 1)) rmSync(join(folder, name), { force: true })
}

function digestOf() {
  const hash = createHash('sha256')
  return { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') }
}

function hashPlain(folder: Folder): Promise<string> {
  return hashFolder(folder, digestOf())
}

/** A run of files, or of parts of them, that one thread reads at once: [file, from, bytes]. */
type Piece = [file: FolderFile, from: number, sizeBytes: number][]

function piecesOf(files: readonly FolderFile[]): Piece[] {
  const pieces: Piece[] = []
  let piece: Piece = []
  let sizeBytes = 0
  const close = () => {
    if (piece.length > 0) pieces.push(piece)
    piece = []
    sizeBytes = 0
  }
  for (const file of files) {
    for (let from = 0; from === 0 || from < file.sizeBytes; from += pieceBytes) {
      const part = Math.min(pieceBytes, file.sizeBytes - from)
      if (sizeBytes + part > pieceBytes || piece.length >= pieceFiles) close()
      piece.push([file, from, part])
      sizeBytes += part
    }
  }
  close()
  return pieces
}

async function hashAhead(folder: Folder, threads: number): Promise<string> {
  const digest = digestOf()
  digest.update(hashHead(folder.files))
  const pieces = piecesOf(folder.files)
  const readers = Array.from({ length: Math.min(threads, pieces.length) }, () => new Reader())
  const window = readers.length * 2
  const coming: Promise<Uint8Array>[] = []
  const ask = (index: number) => {
    const piece = pieces[index]
    if (piece) coming[index] = (readers[index % readers.length] ?? fail('InternalError', {})).read(piece)
    // who waits for an earlier piece hears of it then
    coming[index]?.catch(() => {})
  }
  let keptBytes = 0
  try {
    for (let i = 0; i < window; i++) ask(i)
    for (const [i, piece] of pieces.entries()) {
      const bytes = (await coming[i]) ?? fail('InternalError', {})
      delete coming[i]
      ask(i + window)
      digest.update(bytes)
      keptBytes += bytes.length
      if (keptBytes <= keepBytes) keepFiles(piece, bytes)
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.close()))
  }
  return digest.hex()
}

/** The upload that may follow needs them again. */
function keepFiles(piece: Piece, bytes: Uint8Array): void {
  let at = 0
  for (const [file, , sizeBytes] of piece) {
    if (sizeBytes === file.sizeBytes) file.bytes = bytes.subarray(at, at + sizeBytes)
    at += sizeBytes
  }
}

/** One thread that reads. A file that is not as long as it was is told by its place in the piece. */
const source = `
const { parentPort } = require('node:worker_threads')
const { openSync, readSync, closeSync, fstatSync } = require('node:fs')
parentPort.on('message', ({ sizeBytes, parts }) => {
  const bytes = new Uint8Array(sizeBytes)
  let at = 0
  for (const [i, [path, from, length, whole]] of parts.entries()) {
    try {
      const file = openSync(path)
      try {
        let done = 0
        while (done < length) {
          const read = readSync(file, bytes, at + done, length - done, from + done)
          if (read === 0) break
          done += read
        }
        if (done < length || fstatSync(file).size !== whole) return parentPort.postMessage({ changed: i })
      } finally {
        closeSync(file)
      }
    } catch (error) {
      return parentPort.postMessage({ changed: i, why: String(error.code ?? error) })
    }
    at += length
  }
  parentPort.postMessage({ bytes }, [bytes.buffer])
})
`

interface Answer {
  bytes?: Uint8Array
  changed?: number
}

/** Lives as long as one folder is hashed; answers in the order in which it was asked. */
class Reader {
  readonly #worker = new Worker(source, { eval: true })
  readonly #asked: { piece: Piece; done: (bytes: Uint8Array) => void; failed: (error: unknown) => void }[] = []

  constructor() {
    this.#worker.on('message', (answer: Answer) => this.#hear(answer))
    this.#worker.on('error', (error) => {
      for (const { failed } of this.#asked.splice(0)) failed(error)
    })
  }

  read(piece: Piece): Promise<Uint8Array> {
    return new Promise((done, failed) => {
      this.#asked.push({ piece, done, failed })
      const parts = piece.map(([file, from, sizeBytes]) => [file.from, from, sizeBytes, file.sizeBytes])
      this.#worker.postMessage({ sizeBytes: piece.reduce((sum, [, , size]) => sum + size, 0), parts })
    })
  }

  #hear({ bytes, changed }: Answer): void {
    const asked = this.#asked.shift()
    if (!asked) return
    if (bytes) {
      asked.done(bytes)
      return
    }
    const file = asked.piece[changed ?? 0]?.[0].from ?? 'A file'
    try {
      fail('BadArgument', { what: `${file} changed while it was read; submit again.` })
    } catch (error) {
      asked.failed(error)
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
