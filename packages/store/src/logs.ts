// Log files: appended to, read by byte offset, followed as they grow. The user's process may write the same file itself,
// so the file, not this process, says how long it is. A file that is not there yet is an empty one. The process may also
// put a link, a pipe or a folder in its place: what leads out of the root is refused, what is no file is empty.
import { close, constants, type FSWatcher, fstatSync, mkdirSync, read as readFd, realpathSync, watch } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { promisify } from 'node:util'
import { fail } from '@lazurite/spec'
import { fileCode, openUnder, storageError } from './files.ts'
import { isUnder } from './paths.ts'

export interface Logs {
  /**
   * Creates the file and its folders when missing. Keeps the order of the calls. Raises InsufficientStorage, and
   * PathNotAllowed for a link or anything else that is no file.
   */
  append(path: string, text: string): Promise<void>
  /** At most `max` bytes (1 MiB) from an offset; `size` is the size of the file now. Raises PathNotAllowed. */
  read(path: string, o: { from: number; max?: number }): Promise<{ bytes: Buffer; size: number }>
  /** Chunks from an offset on, waiting for more until the signal ends it. The file may appear later. */
  follow(path: string, o: { from: number; signal: AbortSignal }): AsyncIterable<{ offset: number; bytes: Buffer }>
}

const chunkBytes = 1 << 20
const pollMs = 250

/** Opens the drawer. No file outside the root is read or written. */
export function openLogs(root: string): Logs {
  const lines = new Map<string, Promise<void>>()
  return {
    append(path, text) {
      const before = lines.get(path) ?? Promise.resolve()
      const mine = before.catch(() => {}).then(() => append(root, path, text))
      lines.set(path, mine)
      const forget = () => {
        if (lines.get(path) === mine) lines.delete(path)
      }
      mine.then(forget, forget)
      return mine
    },
    read: (path, o) => read(root, path, o),
    follow: (path, o) => follow(root, path, o),
  }
}

async function append(root: string, path: string, text: string): Promise<void> {
  try {
    const file = await openToAppend(path)
    try {
      const parent = realpathSync.native(dirname(path))
      if (!(await file.stat()).isFile() || !isUnder(root, parent)) fail('PathNotAllowed', { path: basename(path) })
      await file.appendFile(text)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw storageError(error, path)
  }
}

const toAppend =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK

async function openToAppend(path: string) {
  try {
    return await open(path, toAppend)
  } catch (error) {
    const code = fileCode(error)
    // a link, or a pipe that nobody reads
    if (code === 'ELOOP' || code === 'ENXIO') fail('PathNotAllowed', { path: basename(path) })
    if (code !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true })
    return open(path, toAppend)
  }
}

const readAt = promisify(readFd)
const shut = promisify(close)

async function read(root: string, path: string, o: { from: number; max?: number }) {
  const nothing = { bytes: Buffer.alloc(0), size: 0 }
  const fd = openUnder(root, path)
  if (fd === undefined) return nothing
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) return nothing
    const want = Math.max(0, Math.min(o.max ?? chunkBytes, stat.size - o.from))
    const { bytesRead, buffer } = await readAt(fd, Buffer.allocUnsafe(want), 0, want, o.from)
    return { bytes: buffer.subarray(0, bytesRead), size: stat.size }
  } finally {
    await shut(fd)
  }
}

async function* follow(root: string, path: string, o: { from: number; signal: AbortSignal }) {
  let offset = o.from
  const ear = new Ear(path)
  try {
    while (!o.signal.aborted) {
      ear.listen()
      const { bytes } = await read(root, path, { from: offset })
      if (bytes.length > 0) {
        yield { offset, bytes }
        offset += bytes.length
      } else {
        await ear.heard(o.signal)
      }
    }
  } finally {
    ear.close()
  }
}

/** Hears that a file changed: from the system where it tells, by looking again now and then where it does not. */
class Ear {
  readonly #path: string
  #watcher: FSWatcher | undefined
  #changed = false
  #wake: (() => void) | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** From here on nothing is missed. */
  listen(): void {
    this.#changed = false
    if (this.#watcher !== undefined) return
    try {
      this.#watcher = watch(this.#path, { persistent: false }, (event) => {
        if (event === 'rename') this.close()
        this.#changed = true
        this.#wake?.()
      })
      this.#watcher.on('error', () => this.close())
    } catch {
      // not there yet, or the system has no watches left: the timer below sees to it
    }
  }

  async heard(signal: AbortSignal): Promise<void> {
    if (this.#changed) return
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(end, pollMs)
      signal.addEventListener('abort', end)
      this.#wake = end
    })
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}
