/**
 * The one background loop. A wake (right after the commit that caused it) or the sweep (a safety net) makes it claim due
 * rows; each is handed to the reconciler of its kind outside any transaction, and what that decides is applied in one
 * transaction guarded by the claim's token. Who lost the claim meanwhile writes nothing. A crash between effect and
 * apply means the row is looked at again, so reconcilers are idempotent.
 */
import { randomUUID } from 'node:crypto'
import { isLazError, type LazError } from '@lazurite/spec'
import type { Key, Row, Outcome as StoreOutcome } from '@lazurite/store'
import type { EngineContext } from './context.ts'
import { Errands } from './errands.ts'

/** What a reconciler decided about a row. */
export interface Outcome extends StoreOutcome {
  /** Look again at once: the intent is to be on disk before the next step acts on it. */
  again?: boolean
  /** Called after the commit, not awaited by anybody; for tidying that a later sweep would do as well. */
  after?: () => Promise<void>
}

export interface Reconciler {
  /** One look at one row. May be repeated at any time. */
  step(row: Row, tools: LoopTools): Promise<Outcome>
  /** What becomes of a row whose step threw: an error of ours at once, any other after all retries. */
  failed(row: Row, error: LazError | Error, tools: LoopTools): Promise<Outcome>
}

export interface LoopTools {
  ctx: EngineContext
  errands: Errands
}

interface LoopOptions {
  ctx: EngineContext
  /** By kind. */
  reconcilers: Record<string, Reconciler>
}

/** Errors of ours that pass by themselves: no row fails of them at once. */
const passing = new Set(['ServerBusy', 'Stopping', 'InsufficientStorage'])
const retries = 5
const firstRetryMs = 100
const applyRetryMs = 500
const patienceMs = 25
const stopMs = 10_000

export class Loop {
  readonly #ctx: EngineContext
  readonly #reconcilers: Record<string, Reconciler>
  readonly #tools: LoopTools
  readonly #owner = randomUUID()
  /** Tokens of the rows in hand. */
  readonly #held = new Set<string>()
  readonly #working = new Set<Promise<void>>()
  /** Unexpected failures in a row, by row id. */
  readonly #failures = new Map<number, number>()
  #stopping = false
  #pumping = false
  #wanted = false
  #timers: NodeJS.Timeout[] = []
  #unsubscribe: () => void = () => {}

  constructor({ ctx, reconcilers }: LoopOptions) {
    this.#ctx = ctx
    this.#reconcilers = reconcilers
    this.#tools = { ctx, errands: new Errands({ patienceMs, wake: (key) => this.wake(key) }) }
  }

  start(): void {
    const { leases } = this.#ctx.store
    const { sweepMs, leaseMs } = this.#ctx.settings
    this.#unsubscribe = leases.onWake(() => this.#poke())
    this.#timers = [
      setInterval(() => this.#poke(), sweepMs),
      setInterval(() => this.#renew(), Math.max(1, Math.floor(leaseMs / 3))),
    ]
    this.#poke()
  }

  /** Makes a row due now; for what happens outside the store (a process ended). */
  wake(key: Key): void {
    if (this.#stopping) return
    this.#ctx.store.leases.wake(key).catch((error: unknown) => {
      if (!this.#stopping) this.#ctx.log.warn({ err: error, ...key }, 'could not wake a row; the sweep will find it')
    })
  }

  /** Claims nothing more, lets what is in hand finish, and gives the rest back. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#unsubscribe()
    for (const timer of this.#timers) clearInterval(timer)
    let timer: NodeJS.Timeout | undefined
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, stopMs)
    })
    await Promise.race([Promise.all([this.#tools.errands.close(), ...this.#working]), enough])
    clearTimeout(timer)
  }

  #poke(): void {
    this.#wanted = true
    if (this.#pumping || this.#stopping) return
    this.#pumping = true
    void this.#pump().finally(() => {
      this.#pumping = false
      if (this.#wanted && this.#working.size < this.#ctx.settings.concurrency) this.#poke()
    })
  }

  /** Claims as long as there is room and something due. */
  async #pump(): Promise<void> {
    const { leases } = this.#ctx.store
    const { concurrency, leaseMs } = this.#ctx.settings
    while (this.#wanted && !this.#stopping) {
      const limit = concurrency - this.#working.size
      if (limit <= 0) return
      this.#wanted = false
      try {
        const kinds = Object.keys(this.#reconcilers)
        const claims = await leases.claim({ owner: this.#owner, limit, leaseMs, kinds })
        for (const { row, token } of claims) this.#take(row, token)
        if (claims.length === limit) this.#wanted = true
      } catch (error) {
        this.#ctx.log.error({ err: error }, 'could not claim work; trying again at the next sweep')
      }
    }
  }

  #take(row: Row, token: string): void {
    this.#held.add(token)
    const work = this.#handle(row, token)
      .catch((error: unknown) => {
        this.#ctx.log.error({ err: error, kind: row.kind, name: row.name }, 'could not write down what became of a row')
      })
      .finally(() => {
        const wasFull = this.#working.size >= this.#ctx.settings.concurrency
        this.#held.delete(token)
        this.#working.delete(work)
        if (wasFull) this.#poke()
      })
    this.#working.add(work)
  }

  async #handle(row: Row, token: string): Promise<void> {
    const { again, after, ...outcome } = await this.#decide(row)
    // what is to be looked at again at once goes before everything else that is due
    const wakeAt = again ? 0 : (outcome.wakeAt ?? null)
    if (!(await this.#apply(row, token, { ...outcome, wakeAt }))) return
    if (again) this.#poke()
    await after?.().catch((error: unknown) => {
      this.#ctx.log.warn({ err: error, kind: row.kind, name: row.name }, 'could not tidy up after a row')
    })
  }

  /** True when the outcome is on disk. What cannot be written down is decided again in a moment. */
  async #apply(row: Row, token: string, outcome: StoreOutcome): Promise<boolean> {
    const { leases } = this.#ctx.store
    const facts = { kind: row.kind, name: row.name }
    try {
      if (await leases.apply(token, row.id, outcome)) return true
      this.#ctx.log.warn(facts, 'somebody else took over a row; nothing was written')
    } catch (error) {
      this.#ctx.log.error({ ...facts, err: error }, 'could not write down what became of a row; trying again')
      await leases.apply(token, row.id, { wakeAt: this.#ctx.clock.now() + applyRetryMs })
    }
    return false
  }

  async #decide(row: Row): Promise<Outcome> {
    const reconciler = this.#reconcilers[row.kind]
    if (!reconciler) return {}
    try {
      const outcome = await reconciler.step(row, this.#tools)
      this.#failures.delete(row.id)
      return outcome
    } catch (error) {
      return this.#afterError(row, reconciler, error)
    }
  }

  async #afterError(row: Row, reconciler: Reconciler, error: unknown): Promise<Outcome> {
    if (this.#stopping) return { wakeAt: this.#ctx.clock.now() }
    const facts = { err: error, kind: row.kind, name: row.name, state: row.state }
    const known = isLazError(error) && !passing.has(error.code)
    const failures = (this.#failures.get(row.id) ?? 0) + 1
    this.#failures.set(row.id, failures)
    if (!known && failures <= retries) {
      this.#ctx.log.error({ ...facts, failures }, 'unexpected error in the loop; trying again')
      return { wakeAt: this.#ctx.clock.now() + firstRetryMs * 4 ** (failures - 1) }
    }
    this.#failures.delete(row.id)
    this.#ctx.log[known ? 'info' : 'error'](facts, known ? 'a row failed' : 'unexpected error in the loop; giving up')
    const cause = error instanceof Error ? error : new Error(String(error))
    return reconciler.failed(row, cause, this.#tools)
  }

  #renew(): void {
    if (this.#held.size === 0) return
    this.#ctx.store.leases.renew([...this.#held], this.#ctx.settings.leaseMs).catch((error: unknown) => {
      this.#ctx.log.warn({ err: error }, 'could not prolong leases')
    })
  }
}
