/** Tells computes that jobs came to their nodes or left them: soon, and once for many that come and go together. */
import type { Key } from '@lazurite/store'
import { computeOfPool } from './slot.ts'

const gatherMs = 20

export class PoolBell {
  readonly #wake: (key: Key) => void
  readonly #rung = new Map<string, Key>()
  #timer: NodeJS.Timeout | undefined

  constructor(wake: (key: Key) => void) {
    this.#wake = wake
  }

  ring(pool: string): void {
    const key = computeOfPool(pool)
    if (!key) return
    this.#rung.set(pool, key)
    this.#timer ??= setTimeout(() => this.#tell(), gatherMs).unref()
  }

  #tell(): void {
    this.#timer = undefined
    const keys = [...this.#rung.values()]
    this.#rung.clear()
    for (const key of keys) this.#wake(key)
  }
}
