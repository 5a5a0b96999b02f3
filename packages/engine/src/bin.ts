/**
 * Folders nobody needs any more. They leave their place at once, by one rename, and are taken apart in the background by
 * a program of the system, many at once: removing them competes neither with starting jobs nor with answering anybody.
 * What a dead process left in the bin goes when the next one starts.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Shortest time between two programs: starting one costs more than what it removes from a small run. */
const pauseMs = 500
/** Folders for one program; its arguments have a limit. */
const most = 500

export class Bin {
  readonly #folder: string
  readonly #full: string[] = []
  #emptying: Promise<void> | undefined
  #closed = false
  #endPause: () => void = () => {}

  /** `folder` is the bin's own; it must be on the same disk as what is thrown into it. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** Returns when `path` is out of the way. Nothing there is no mistake. */
  async throwAway(path: string): Promise<void> {
    const name = randomUUID()
    try {
      await rename(path, join(this.#folder, name))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException // fs errors carry a code
      if (code !== 'ENOENT') throw error
      // either nothing to throw away, or no bin yet
      if (!(await mkdir(this.#folder, { recursive: true }))) return
      return this.throwAway(path)
    }
    this.#remove(name)
  }

  /** Takes apart what an earlier process left. */
  async empty(): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) this.#remove(name)
  }

  /** Stops after what is being removed. */
  async close(): Promise<void> {
    this.#closed = true
    this.#endPause()
    await this.#emptying
  }

  #remove(name: string): void {
    this.#full.push(name)
    this.#emptying ??= this.#work().finally(() => {
      this.#emptying = undefined
    })
  }

  async #work(): Promise<void> {
    while (this.#full.length > 0 && !this.#closed) {
      await remove(this.#full.splice(0, most).map((name) => join(this.#folder, name)))
      await this.#pause()
    }
  }

  #pause(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pauseMs).unref()
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** What cannot be removed stays; the next start tries again. */
function remove(paths: string[]): Promise<void> {
  return new Promise((resolve) => {
    execFile('rm', ['-rf', '--', ...paths], async (error) => {
      if (error && 'code' in error && error.code === 'ENOENT')
        for (const path of paths) await rm(path, { recursive: true, force: true, maxRetries: 2 }).catch(() => {})
      resolve()
    })
  })
}
