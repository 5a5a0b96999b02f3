// Bodies on their way in: written to a file of their own, counted and digested, and only then moved to their place. Who
// stops half-way leaves nothing behind; what a crash leaves is swept at the next start.
import { createHash, randomBytes } from 'node:crypto'
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fail } from '@lazurite/spec'
import { fileCode, storageError } from './files.ts'

export interface IntakeLimits {
  /** Base64; other bytes are refused. */
  md5?: string | undefined
  maxBytes?: number | undefined
  /** For messages: what is being received. */
  what: string
}

/** Where bytes go: a file of their own, or a part of one that is there already. */
interface Spot {
  path: string
  /** Bytes from the start of a file that exists; absent for a new one. */
  offset?: number
}

const smallBytes = 256 * 1024
const flushBytes = 1 << 20

export class Intake {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  }

  /** A path of its own for something on its way. */
  newPath(): string {
    return join(this.#folder, randomBytes(9).toString('hex'))
  }

  /**
   * Writes a body to a new file, lets `settle` use that file, and removes what is left of it.
   * Raises TooLarge, Md5Mismatch, InsufficientStorage.
   */
  async receive<T>(body: Readable, limits: IntakeLimits, settle: (path: string) => Promise<T>): Promise<T> {
    const path = this.newPath()
    try {
      await this.receiveAt(body, limits, { path })
      return await settle(path)
    } catch (error) {
      throw storageError(error, path)
    } finally {
      await rm(path, { force: true })
    }
  }

  /** Writes a body to a spot and answers how long it was. Raises what receive raises; what it wrote stays there. */
  async receiveAt(body: Readable, limits: IntakeLimits, spot: Spot): Promise<number> {
    const { digest, sizeBytes } = await pour(body, spot, limits)
    if (limits.md5 !== undefined && digest !== limits.md5) fail('Md5Mismatch', {})
    return sizeBytes
  }

  /** The same for small bodies that are here already: one file each, all of them handed over together. */
  async receiveMany<T>(
    items: readonly { body: Buffer; executable?: boolean }[],
    settle: (paths: string[]) => Promise<T>,
  ): Promise<T> {
    const paths: string[] = []
    try {
      for (const { body, executable } of items) {
        const path = this.newPath()
        paths.push(path)
        writeFileSync(path, body, { flag: 'wx', mode: executable ? 0o777 : 0o666 })
      }
      return await settle(paths)
    } catch (error) {
      throw storageError(error, paths.at(-1) ?? this.#folder)
    } finally {
      for (const path of paths) rmSync(path, { force: true })
    }
  }
}

/** Moves a file into place, also from another file system; the place is taken in one step either way. */
export function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (fileCode(error) !== 'EXDEV') throw error
    const beside = `${to}.${randomBytes(6).toString('hex')}.part`
    try {
      copyFileSync(from, beside)
      renameSync(beside, to)
    } finally {
      rmSync(beside, { force: true })
    }
  }
}

/** Answers the MD5 when one is asked for. Small bodies take one write; big ones go in large steps, one step ahead. */
async function pour(
  body: Readable,
  spot: Spot,
  limits: IntakeLimits,
): Promise<{ digest: string | undefined; sizeBytes: number }> {
  const hash = limits.md5 === undefined ? undefined : createHash('md5')
  let pending: Buffer[] = []
  let pendingBytes = 0
  let total = 0
  let file: FileHandle | undefined
  let writing: Promise<void> = Promise.resolve()
  const ahead = () => {
    const at = spot.offset === undefined ? undefined : spot.offset + total - pendingBytes
    const chunks = pending
    pending = []
    pendingBytes = 0
    return { at, chunks }
  }
  try {
    for await (const piece of body.iterator({ destroyOnReturn: false })) {
      const chunk: Buffer = typeof piece === 'string' ? Buffer.from(piece) : piece
      total += chunk.length
      if (limits.maxBytes !== undefined && total > limits.maxBytes) {
        fail('TooLarge', { what: limits.what, limit: `${limits.maxBytes} bytes` })
      }
      hash?.update(chunk)
      pending.push(chunk)
      pendingBytes += chunk.length
      if (pendingBytes < (file === undefined ? smallBytes : flushBytes)) continue
      file ??= await open(spot.path, spot.offset === undefined ? 'wx' : 'r+')
      await writing
      const { at, chunks } = ahead()
      writing = flush(file, chunks, at)
      writing.catch(() => {}) // met again at the next await
    }
    await writing
    if (file === undefined && spot.offset !== undefined) file = await open(spot.path, 'r+')
    const { at, chunks } = ahead()
    if (file !== undefined) await flush(file, chunks, at)
    else writeFileSync(spot.path, chunks.length === 1 ? (chunks[0] ?? '') : Buffer.concat(chunks), { flag: 'wx' })
  } finally {
    await writing.catch(() => {})
    await file?.close()
  }
  return { digest: hash?.digest('base64'), sizeBytes: total }
}

async function flush(file: FileHandle, chunks: Buffer[], offset?: number): Promise<void> {
  let rest = chunks
  let at = offset
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, at)
    if (at !== undefined) at += bytesWritten
    rest = dropBytes(rest, bytesWritten)
  }
}

/** What is left to write after so many bytes. */
function dropBytes(chunks: Buffer[], count: number): Buffer[] {
  let left = count
  const rest: Buffer[] = []
  for (const chunk of chunks) {
    if (left < chunk.length) rest.push(left === 0 ? chunk : chunk.subarray(left))
    left = Math.max(0, left - chunk.length)
  }
  return rest
}
