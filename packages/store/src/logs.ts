// Log files: appended to, read by byte offset, followed as they grow. The user's process may write the same file itself,
// so the file, not this process, says how long it is. A file that is not there yet is an empty one.
import { constants, type FSWatcher, mkdirSync, watch } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileCode, storageError } from './files.ts'

export interface Logs {
  /** Creates the file and its folders when missing. Keeps the order of the calls. Raises InsufficientStorage. */
  append(path: string, text: string): Promise<void>
  /** At most `max` bytes (1 MiB) from an offset; `size` is the size of the file now. */
  read(path: string, o: { from: number; max?: number }): Promise<{ bytes: Buffer; size: number }>
  /** Chunks from an offset on, waiting for more until the signal ends it. The file may appear later. */
  follow(path: string, o: { from: number; signal: AbortSignal }): AsyncIterable<{ offset: number; bytes: Buffer }>
}

const chunkBytes = 1 << 20
const pollMs = 250

/** Opens the drawer. */
export function openLogs(): Logs {
  const lines = new Map<string, Promise<void>>()
  return {
    append(path, text) {
      const before = lines.get(path) ?? Promise.resolve()
      const mine = before.catch(() => {}).then(() => append(path, text))
      lines.set(path, mine)
      const forget = () => {
        if (lines.get(path) === mine) lines.delete(path)
      }
      mine.then(forget, forget)
      return mine
    },
    read,
    follow,
  }
}

async function append(path: string, text: string): Promise<void> {
  try {
    const file = await openToAppend(path)
    try {
      await file.appendFile(text)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw storageError(error, path)
  }
}

async function openToAppend(path: string) {
  try {
    return await open(path, 'a')
  } catch (error) {
    if (fileCode(error) !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true })
    return open(path, 'a')
  }
}

async function read(path: string, o: { from: number; max?: number }): Promise<{ bytes: Buffer; size: number }> {
  const nothing = { bytes: Buffer.alloc(0), size: 0 }
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (fileCode(error) === 'ENOENT' || fileCode(error) === 'ENOTDIR') return nothing
    throw error
  }
  try {
    const stat = await file.stat()
    if (!stat.isFile()) return nothing
    const want = Math.max(0, Math.min(o.max ?? chunkBytes, stat.size - o.from))
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(want), 0, want, o.from)
    return { bytes: buffer.subarray(0, bytesRead), size: stat.size }
  } finally {
    await file.close()
  }
}

async function* follow(path: string, o: { from: number; signal: AbortSignal }) {
  let offset = o.from
  const ear = new Ear(path)
  try {
    while (!o.signal.aborted) {
      ear.listen()
      const { bytes } = await read(path, { from: offset })
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
