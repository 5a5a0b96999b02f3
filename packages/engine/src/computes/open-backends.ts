/**
 * The backends that are open in this process. One is opened when a compute first needs it, or at the start when a job may
 * still be running there; the end of a task of any of them is told to whoever opened them.
 */
import type { Backend } from './backend.ts'
import { type BackendOptions, openBackend } from './index.ts'

export class OpenBackends {
  readonly #o: BackendOptions & { ended(taskId: string): void }
  readonly #open = new Map<string, Backend>()
  readonly #opening = new Map<string, Promise<Backend>>()
  readonly #unwatch: (() => void)[] = []
  #closed = false

  constructor(o: BackendOptions & { ended(taskId: string): void }) {
    this.#o = o
  }

  get(name: string): Backend | undefined {
    return this.#open.get(name)
  }

  all(): Backend[] {
    return [...this.#open.values()]
  }

  /** Opens it, or joins whoever does. Raises NotSupported, and what keeps it from opening; may be tried again. */
  open(name: string): Promise<Backend> {
    const known = this.#open.get(name)
    if (known) return Promise.resolve(known)
    const opening =
      this.#opening.get(name) ??
      openBackend(name, this.#o)
        .then((backend) => this.put(name, backend))
        .finally(() => this.#opening.delete(name))
    this.#opening.set(name, opening)
    return opening
  }

  /** Takes one that was opened elsewhere. */
  put(name: string, backend: Backend): Backend {
    this.#open.set(name, backend)
    if (!this.#closed) this.#unwatch.push(backend.watch((taskId) => this.#o.ended(taskId)))
    return backend
  }

  /** Watches no more; what runs goes on. */
  close(): void {
    this.#closed = true
    for (const unwatch of this.#unwatch.splice(0)) unwatch()
  }
}
