// Whose turn it is on the one connection. Transactions that wait in a row share a commit: writing the pages costs more than
// changing them. Each still succeeds or fails alone, and is answered only when its commit is done.
import { LazError } from '@lazurite/spec'
import type { Tx } from './sql.ts'

type Answer = void | Promise<void>

/** What turns need of the connection. An engine in this process answers at once, one elsewhere with a promise. */
export interface Connection {
  begin(): Answer
  commit(): Answer
  rollback(): Answer
  /** False when the engine itself gave the transaction up, as it does when the disk is full. */
  inTransaction(): boolean
  mark(): Answer
  releaseMark(): Answer
  rollbackToMark(): Answer
  /** Two transactions stood in each other's way: this one is tried again. */
  isClash?(error: unknown): boolean
  /** So long transactions may share a commit. */
  shareMs?: number
  statements: Omit<Tx, 'afterCommit' | 'names'>
  translate(error: unknown): unknown
}

interface Job {
  body: (tx: Tx) => Promise<unknown>
  answer: (result: unknown) => void
  refuse: (error: unknown) => void
  /** Its place among all that ever waited. */
  place: number
  /** How often it was tried in vain. */
  clashes?: number
}

/** What wants no transaction, only its turn: `answer` runs it. */
type Read = Omit<Job, 'body' | 'clashes'>

interface Done {
  job: Job
  result: unknown
  after: (() => void)[]
}

const shareLimit = 64
const shareMs = 5
const mostClashes = 4
const turnMs = 10
const stuckMs = 30_000

export class Turns {
  readonly #connection: Connection
  readonly #queue: Job[] = []
  /** Beside the queue: each follows on the transactions that came before it, and keeps no others from sharing a commit. */
  readonly #reads: Read[] = []
  #places = 0
  readonly #names = new Map<string, number>()
  #busy = false
  #since = 0
  #breath: { at: number; over: Promise<void> } | undefined
  #watch: NodeJS.Timeout | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** True while a transaction is under way, whose changes nobody may see yet. */
  get busy(): boolean {
    return this.#busy
  }

  transaction<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, refuse) => {
      const answer = (result: unknown) => resolve(result as T) // the result of this very body
      this.#queue.push({ body, answer, refuse, place: this.#places++ })
      this.#stir()
    })
  }

  /** The database may be another one than before. */
  forgetNames(): void {
    this.#names.clear()
  }

  /** Acts as soon as no transaction is under way. */
  whenFree<T>(act: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, refuse) => {
      const answer = () => {
        try {
          resolve(act())
        } catch (error) {
          refuse(error)
        }
      }
      this.#reads.push({ answer, refuse, place: this.#places++ })
      this.#stir()
    })
  }

  #stir(): void {
    if (this.#busy) this.#watchTurn()
    else void this.#drain()
  }

  async #drain(): Promise<void> {
    this.#busy = true
    while (this.#queue.length + this.#reads.length > 0) {
      this.#since = performance.now()
      if (this.#breath === undefined) this.#breathe()
      else if (this.#since - this.#breath.at > turnMs) await this.#breath.over
      const [read, job] = [this.#reads[0], this.#queue[0]]
      if (read !== undefined && read.place < (job?.place ?? Number.POSITIVE_INFINITY))
        this.#reads.shift()?.answer(undefined)
      else await this.#share()
    }
    this.#busy = false
  }

  /**
   * Work that follows on work without ever waiting for anything else would keep timers and sockets out for ever: notes
   * when this turn of the process began, and when it is over.
   */
  #breathe(): void {
    const over = new Promise<void>((resolve) => {
      setImmediate(() => {
        this.#breath = undefined
        resolve()
      })
    })
    this.#breath = { at: this.#since, over }
  }

  /** Runs the transactions at the head of the queue under one commit. */
  async #share(): Promise<void> {
    const { begin, commit, translate, shareMs: longest = shareMs } = this.#connection
    const done: Done[] = []
    try {
      await begin()
      while (this.#queue.length > 0 && done.length < shareLimit) {
        if (done.length > 0 && performance.now() - this.#since > longest) break
        const job = this.#queue.shift()
        if (job !== undefined && !(await this.#runOne(job, done))) return
      }
      await commit()
    } catch (cause) {
      const error = translate(cause)
      await this.#giveUp()
      if (done.length === 0) this.#queue.shift()?.refuse(error)
      for (const { job } of done) job.refuse(error)
      return
    }
    for (const { job, result, after } of done) {
      for (const fn of after) callSafely(fn)
      job.answer(result)
    }
  }

  /** False when the whole transaction is over because of it, and everybody in it has been told. */
  async #runOne(job: Job, done: Done[]): Promise<boolean> {
    const { statements, mark, releaseMark, rollbackToMark, inTransaction, translate, isClash } = this.#connection
    const shared = done.length > 0
    const after: (() => void)[] = []
    let over = false
    const afterCommit = (fn: () => void) => {
      if (over) throw new Error('afterCommit was called after the end of its transaction')
      after.push(fn)
    }
    try {
      if (shared) await mark()
      const result = await job.body({ ...statements, afterCommit, names: this.#names })
      if (shared) await releaseMark()
      done.push({ job, result, after })
      return true
    } catch (cause) {
      const error = translate(cause)
      job.clashes = (job.clashes ?? 0) + 1
      if (isClash?.(error) && job.clashes < mostClashes) this.#queue.unshift(job)
      else job.refuse(error)
      if (shared && inTransaction()) {
        await rollbackToMark()
        return true
      }
      await this.#giveUp()
      for (const other of done) other.job.refuse(error)
      return false
    } finally {
      over = true
    }
  }

  /** Takes the whole transaction back, where the engine has not done so itself. */
  async #giveUp(): Promise<void> {
    const { inTransaction, rollback } = this.#connection
    try {
      if (inTransaction()) await rollback()
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error))
    }
  }

  /** Looks again later whether it is still the same turn. */
  #watchTurn(): void {
    const since = this.#since
    this.#watch ??= setTimeout(() => this.#refuseIfStuck(since), stuckMs).unref()
  }

  /** A body that waits for the door it stands in would otherwise wait for ever, and everybody after it. */
  #refuseIfStuck(since: number): void {
    this.#watch = undefined
    if (!this.#busy) return
    // much to do, and it is being done
    if (since !== this.#since) this.#watchTurn()
    else
      for (const { refuse } of [...this.#queue.splice(0), ...this.#reads.splice(0)])
        refuse(new LazError('ServerBusy', { what: 'another transaction' }))
  }
}

/** What is done is done: a listener that throws cannot undo a commit, nor stop the queue. */
export function callSafely(fn: () => void): void {
  try {
    fn()
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error))
  }
}
