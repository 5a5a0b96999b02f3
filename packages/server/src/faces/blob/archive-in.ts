/**
 * A whole folder in one request: the body is a tar, plain or gzipped, and each file in it becomes a blob under the
 * prefix. One request instead of one a file is what makes a snapshot of 10,000 files take a second. The archive is
 * hostile: only files and folders by plain names inside the prefix are taken, sizes and counts are bounded before
 * anything is written, and when it is refused half way, everything this request had written is removed again.
 */
import { chmod } from 'node:fs/promises'
import { PassThrough, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { fail, isLazError } from '@lazurite/spec'
import type { Bytes } from '@lazurite/store'
import { Parser, type ReadEntry } from 'tar'

export interface ArchiveLimits {
  entries: number
  totalBytes: number
  /** Unpacked to packed size, judged once more than `ratioFromBytes` are unpacked. */
  ratio: number
  ratioFromBytes: number
}

export const archiveLimits: ArchiveLimits = {
  entries: 100_000,
  totalBytes: 256 * 1024 ** 3,
  ratio: 200,
  ratioFromBytes: 256 * 1024 ** 2,
}

export interface ArchiveTarget {
  bytes: Bytes
  account: string
  container: string
  /** Folder the files go into, without slashes at its ends; empty is the root of the container. */
  prefix: string
  limits: ArchiveLimits
}

const atOnce = 4
const smallBytes = 256 * 1024
/** Small files are written together, up to so many and so much. */
const batchFiles = 256
const batchBytes = 4 * 1024 * 1024
const removeAtOnce = 16
const trailingBytes = 1024 * 1024
const fileTypes = new Set(['File', 'OldFile', 'ContiguousFile'])
const folderTypes = new Set(['Directory', 'GNUDumpDir'])

/** Unpacks `body` into the target. Raises ArchiveRefused and what a write raises; then nothing of it is left. */
export async function unpackArchive(
  body: Readable,
  target: ArchiveTarget,
): Promise<{ files: number; sizeBytes: number }> {
  const unpacking = new Unpacking(target)
  try {
    for await (const chunk of plainTar(body, target.limits)) await unpacking.feed(chunk)
    return await unpacking.finish()
  } catch (error) {
    await unpacking.undo()
    throw isLazError(error) || !isTarError(error) ? error : refusal('its end', plainReason(error))
  }
}

/** One archive being unpacked. Lives as long as its request. */
class Unpacking {
  readonly #target: ArchiveTarget
  readonly #parser = new Parser({ strict: true })
  /** Writes under way, and what they read from. */
  readonly #writing = new Map<Promise<void>, Readable | undefined>()
  #batch: { name: string; body: Buffer; executable: boolean }[] = []
  #batchBytes = 0
  readonly #names = new Set<string>()
  #files = 0
  #entries = 0
  #sizeBytes = 0
  #trailing = 0
  #ended = false
  #failure: unknown
  #wake: () => void = () => {}

  constructor(target: ArchiveTarget) {
    this.#target = target
    this.#parser.on('entry', (entry: ReadEntry) => this.#take(entry))
    this.#parser.on('ignoredEntry', (entry: ReadEntry) =>
      this.#failed(refusal(entry.path, `it is of type ${entry.type}`)),
    )
    this.#parser.on('eof', () => {
      this.#ended = true
    })
    this.#parser.on('error', (error: unknown) => this.#failed(error))
    this.#parser.on('drain', () => this.#wake())
  }

  async feed(chunk: Buffer): Promise<void> {
    if (this.#ended) {
      this.#trailing += chunk.length
      if (this.#trailing > trailingBytes) throw refusal('its end', 'more bytes follow')
      return
    }
    const flows = this.#parser.write(chunk)
    if (!flows && this.#failure === undefined) await this.#sleep()
    while (this.#writing.size >= atOnce && this.#failure === undefined) await this.#sleep()
    this.#check()
  }

  async finish(): Promise<{ files: number; sizeBytes: number }> {
    if (!this.#ended) throw refusal('its end', 'it is cut off')
    this.#parser.end()
    this.#writeBatch()
    await Promise.all(this.#writing.keys())
    this.#check()
    return { files: this.#files, sizeBytes: this.#sizeBytes }
  }

  /** Waits for what is under way, then removes every blob this archive has made. */
  async undo(): Promise<void> {
    this.#failed(new Error('undone'))
    for (const body of this.#writing.values()) body?.destroy(new Error('undone'))
    await Promise.all(this.#writing.keys())
    const { bytes, account, container } = this.#target
    const names = [...this.#names]
    const remove = async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        await bytes.remove(account, container, name).catch(() => false)
      }
    }
    await Promise.all(Array.from({ length: removeAtOnce }, remove))
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #failed(error: unknown): void {
    this.#failure ??= error
    this.#wake()
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #take(entry: ReadEntry): void {
    try {
      if (this.#failure === undefined && this.#admit(entry)) return
    } catch (error) {
      this.#failed(error)
    }
    entry.resume()
  }

  /** True when the entry's bytes are spoken for. */
  #admit(entry: ReadEntry): boolean {
    const { limits, prefix } = this.#target
    this.#entries++
    if (this.#entries > limits.entries) throw refusal(entry.path, `it holds more than ${limits.entries} entries`)
    if (!fileTypes.has(entry.type) && !folderTypes.has(entry.type)) throw refusal(entry.path, `it is a ${entry.type}`)
    const path = insidePath(entry.path)
    if (folderTypes.has(entry.type)) return false
    if (path === '') throw refusal(entry.path, 'a file needs a name')
    if (!Number.isSafeInteger(entry.size) || entry.size < 0) throw refusal(entry.path, 'its size is impossible')
    this.#sizeBytes += entry.size
    if (this.#sizeBytes > limits.totalBytes) throw refusal(entry.path, `it holds more than ${limits.totalBytes} bytes`)
    const name = prefix === '' ? path : `${prefix}/${path}`
    if (this.#names.has(name)) throw refusal(entry.path, 'it comes twice')
    this.#names.add(name)
    this.#files++
    if (entry.size <= smallBytes) this.#keepSmall(entry, name)
    else this.#keepLarge(entry, name)
    return true
  }

  #keepSmall(entry: ReadEntry, name: string): void {
    const parts: Buffer[] = []
    entry.on('data', (part: Buffer) => parts.push(part))
    entry.once('end', () => {
      const body = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
      this.#batch.push({ name, body, executable: isExecutable(entry) })
      this.#batchBytes += entry.size
      if (this.#batch.length >= batchFiles || this.#batchBytes >= batchBytes) this.#writeBatch()
    })
  }

  #writeBatch(): void {
    const batch = this.#batch
    this.#batch = []
    this.#batchBytes = 0
    if (batch.length === 0 || this.#failure !== undefined) return
    const { bytes, account, container } = this.#target
    this.#follow(bytes.writeMany(account, container, batch))
  }

  #keepLarge(entry: ReadEntry, name: string): void {
    const through = new PassThrough()
    const { bytes, account, container } = this.#target
    const written = bytes.write(account, container, name, through)
    const marked = isExecutable(entry)
      ? written.then(() => chmod(bytes.path(account, container, name), 0o755))
      : written
    this.#follow(marked, through)
    entry.pipe(through as unknown as NodeJS.WriteStream) // any Writable serves
  }

  /** Counts a write among those under way until it ends, well or not. */
  #follow(write: Promise<unknown>, body?: Readable): void {
    const job: Promise<void> = write
      .then(
        () => undefined,
        (error: unknown) => this.#failed(error),
      )
      .finally(() => {
        this.#writing.delete(job)
        body?.destroy()
        this.#wake()
      })
    this.#writing.set(job, body)
  }
}

function isExecutable(entry: ReadEntry): boolean {
  return ((entry.mode ?? 0) & 0o100) !== 0
}

/** The path of an entry inside the archive's folder. Raises ArchiveRefused for one that leaves it. */
export function insidePath(path: string): string {
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) throw refusal(path, 'its path is absolute')
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw refusal(path, 'its path climbs with ..')
  if (/[\\\u0000-\u001f\u007f]/.test(path)) throw refusal(path, 'its path holds a backslash or a control character')
  return parts.join('/')
}

/** The tar inside: unzipped when it is gzipped, by at most the ratio allowed; never twice. */
async function* plainTar(body: Readable, limits: ArchiveLimits): AsyncGenerator<Buffer> {
  const source = body[Symbol.asyncIterator]()
  const first = await headOf(source)
  const rest = Readable.from(joined(first, source))
  if (!isGzip(first)) {
    yield* rest as AsyncIterable<Buffer> // a byte stream
    return
  }
  let packed = 0
  let unpacked = 0
  rest.on('data', (chunk: Buffer) => {
    packed += chunk.length
  })
  const gunzip = createGunzip()
  rest.once('error', (error) => gunzip.destroy(error))
  for await (const part of rest.pipe(gunzip)) {
    const chunk = part as Buffer // a byte stream
    if (unpacked === 0 && isGzip(chunk)) throw refusal('its start', 'it is compressed twice')
    unpacked += chunk.length
    if (unpacked > limits.ratioFromBytes && unpacked > packed * limits.ratio) {
      throw refusal('its content', `it unpacks to more than ${limits.ratio} times its size`)
    }
    yield chunk
  }
}

async function headOf(source: AsyncIterator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  while (head.length < 4) {
    const next = await source.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  if (head.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))) {
    throw refusal('its start', 'zstd is not read here, only plain and gzipped tar')
  }
  return head
}

async function* joined(first: Buffer, source: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function refusal(entry: string, why: string): unknown {
  try {
    return fail('ArchiveRefused', { entry: entry.slice(0, 200), why })
  } catch (error) {
    return error
  }
}

/** The unpackers throw plain errors that carry these words; what the disk or the connection throws is not their kind. */
function isTarError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    code.startsWith('TAR_') || code.startsWith('Z_') || (error instanceof Error && error.message.startsWith('TAR_'))
  )
}

function plainReason(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '').slice(0, 160) : 'it cannot be read'
}
