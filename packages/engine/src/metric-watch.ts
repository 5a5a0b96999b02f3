/**
 * Who wants to be looked at when a run logs a metric. The store tells of points right after their commit; the job that
 * waits for them is woken at once, and again at most every few milliseconds while more arrive. This is memory alone: a job
 * says on each of its looks what it waits for, before it reads what there is, so a restart misses nothing.
 */
import type { Key } from '@lazurite/store'

interface Wish {
  metric: string
  wake: Key
}

/** A run that logs in a tight loop wakes its job this often at most. */
const leastMs = 100

export class MetricWatch {
  readonly #wake: (key: Key) => void
  /** By scope and run. */
  readonly #wishes = new Map<string, Wish>()
  /** Jobs that were woken a moment ago: whether more came since. */
  readonly #resting = new Map<string, { timer: NodeJS.Timeout; more: boolean }>()

  constructor(wake: (key: Key) => void) {
    this.#wake = wake
  }

  /** From now on points of `metric` of this run wake a job; one wish a run. */
  want(scope: string, runId: string, wish: Wish): void {
    this.#wishes.set(`${scope}|${runId}`, wish)
  }

  drop(scope: string, runId: string): void {
    this.#wishes.delete(`${scope}|${runId}`)
  }

  heard(scope: string, runId: string, keys: ReadonlySet<string>): void {
    const wish = this.#wishes.get(`${scope}|${runId}`)
    if (!wish || !keys.has(wish.metric)) return
    const name = `${wish.wake.scope}|${wish.wake.name}`
    const resting = this.#resting.get(name)
    if (resting) resting.more = true
    else this.#ring(name, wish.wake)
  }

  close(): void {
    this.#wishes.clear()
    for (const { timer } of this.#resting.values()) clearTimeout(timer)
    this.#resting.clear()
  }

  #ring(name: string, key: Key): void {
    this.#wake(key)
    const timer = setTimeout(() => {
      const more = this.#resting.get(name)?.more === true
      this.#resting.delete(name)
      if (more) this.#ring(name, key)
    }, leastMs)
    timer.unref()
    this.#resting.set(name, { timer, more: false })
  }
}
