/**
 * Long work on behalf of a row: building an environment, copying a snapshot. A step that starts one waits a moment for
 * it; when that is not enough the step ends, the row is given back, and the errand wakes the row when it is done. So no
 * worker of the loop is ever occupied by minutes of copying, and a cancel request is seen at once. Nothing here survives
 * the process: errands can be repeated, and are, after a restart.
 */
import type { Key } from '@lazurite/store'

interface Errand {
  rowId: number
  stop: AbortController
  outcome?: { value: unknown } | { error: unknown }
  done: Promise<void>
}

/** How long work that nobody wants any more may take to notice. */
const dropMs = 2_000

export class Errands {
  readonly #patienceMs: number
  readonly #wake: (key: Key) => void
  readonly #running = new Map<string, Errand>()

  constructor(o: { patienceMs: number; wake: (key: Key) => void }) {
    this.#patienceMs = o.patienceMs
    this.#wake = o.wake
  }

  /**
   * Starts `work`, or joins it when it is under way, or takes its result when it is over; throws what it threw.
   * `undefined`: not done yet, the row will be woken. The name tells errands of one row from each other.
   */
  async run<T>(
    row: { id: number; key: Key },
    name: string,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ value: T } | undefined> {
    const id = `${row.id} ${name}`
    let errand = this.#running.get(id)
    if (!errand) {
      errand = this.#start(row, work)
      this.#running.set(id, errand)
      await atMost(this.#patienceMs, errand.done)
      if (!errand.outcome) void errand.done.then(() => this.#wake(row.key))
    }
    if (!errand.outcome) return undefined
    this.#running.delete(id)
    if ('error' in errand.outcome) throw errand.outcome.error
    return errand.outcome as { value: T } // the name belongs to one kind of work
  }

  /** Nobody wants the results of this row's errands any more: tells them to stop, and gives them a moment to do so. */
  async drop(rowId: number): Promise<void> {
    const mine = [...this.#running].filter(([, errand]) => errand.rowId === rowId)
    for (const [id, errand] of mine) {
      errand.stop.abort()
      this.#running.delete(id)
    }
    if (mine.length > 0) await atMost(dropMs, Promise.all(mine.map(([, errand]) => errand.done)))
  }

  /** Tells all to stop and waits for them. */
  async close(): Promise<void> {
    const all = [...this.#running.values()]
    this.#running.clear()
    for (const errand of all) errand.stop.abort()
    await Promise.all(all.map((errand) => errand.done))
  }

  #start(row: { id: number }, work: (signal: AbortSignal) => Promise<unknown>): Errand {
    const stop = new AbortController()
    const errand: Errand = { rowId: row.id, stop, done: Promise.resolve() }
    errand.done = work(stop.signal).then(
      (value) => {
        errand.outcome = { value }
      },
      (error: unknown) => {
        errand.outcome = { error }
      },
    )
    return errand
  }
}

/** Waits for the promise, but no longer than that. */
async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([promise, enough])
  clearTimeout(timer)
}
