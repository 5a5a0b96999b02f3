/**
 * Storage without real folders lets `a` and `a/b` both be files; no folder of any machine can hold that. Each folder on
 * the way to a file is looked at once, and remembered.
 */
import { fail } from '@lazurite/spec'

const mostKnown = 10_000

export class Ancestors {
  readonly #isFile: (path: string) => Promise<boolean>
  readonly #known = new Map<string, Promise<boolean>>()

  constructor(isFile: (path: string) => Promise<boolean>) {
    this.#isFile = isFile
  }

  /** Raises PathConflict when a folder on the way is a file. */
  async check(path: string): Promise<void> {
    const segments = path.split('/')
    for (let depth = 1; depth < segments.length; depth++) {
      const above = segments.slice(0, depth).join('/')
      if (await this.#ask(above)) fail('PathConflict', { path: above })
    }
  }

  forget(): void {
    this.#known.clear()
  }

  #ask(folder: string): Promise<boolean> {
    const known = this.#known.get(folder)
    if (known !== undefined) return known
    if (this.#known.size >= mostKnown) this.#known.clear()
    const asked = this.#isFile(folder)
    this.#known.set(folder, asked)
    // a file may go away, and a question may fail: only a folder is remembered
    asked.then(
      (file) => file && this.#known.delete(folder),
      () => this.#known.delete(folder),
    )
    return asked
  }
}
