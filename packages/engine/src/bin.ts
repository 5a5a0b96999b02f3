/**
 * Folders nobody needs any more. They leave their place at once, by one rename, and are taken apart one after the other in
 * the background, so that removing them never competes with starting jobs. What a dead process left in the bin goes when
 * the next one starts.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

export class Bin {
  readonly #folder: string
  #emptying: Promise<void> = Promise.resolve()
  #closed = false

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

  /** Stops after the folder that is being removed. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#emptying
  }

  #remove(name: string): void {
    this.#emptying = this.#emptying.then(async () => {
      if (this.#closed) return
      await rm(join(this.#folder, name), { recursive: true, force: true, maxRetries: 2 }).catch(() => {})
    })
  }
}
