// The worker of one log, as a store that components watch.
import type { Fold } from './folds.ts'
import type { Search } from './line-store.ts'
import type { FromLog, ToLog } from './worker.ts'

export interface LogState {
  lines: number
  /** Number of the first line that is held. */
  first: number
  sizeBytes: number
  reading: boolean
  over: boolean
  failed?: string
}

export interface LogSource {
  /** Bytes from `&from=` on. */
  url: string
  /** How long it is and whether it is over: `{sizeBytes, total, over}`. */
  linesUrl: string
  /** The file itself; how long it is, is asked of it. */
  contentUrl: string
  live: boolean
}

export class LogReader {
  state: LogState = { lines: 0, first: 0, sizeBytes: 0, reading: true, over: false }
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'lazurite-log' })
  readonly #waiting = new Map<number, (message: FromLog) => void>()
  readonly #watchers = new Set<() => void>()
  #next = 1

  constructor(source: LogSource) {
    this.#worker.onmessage = ({ data }: MessageEvent<FromLog>) => this.#hear(data)
    this.#tell({ type: 'open', ...source })
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  async lines(numbers: Uint32Array): Promise<string[]> {
    const answer = await this.#ask((id) => ({ type: 'lines', id, numbers }))
    return answer.type === 'lines' ? answer.lines : []
  }

  async search(search: Search): Promise<Uint32Array> {
    const answer = await this.#ask((id) => ({ type: 'search', id, search }))
    return answer.type === 'hits' ? answer.hits : new Uint32Array()
  }

  async errors(): Promise<Uint32Array> {
    const answer = await this.#ask((id) => ({ type: 'errors', id }))
    return answer.type === 'hits' ? answer.hits : new Uint32Array()
  }

  /** Tracebacks that can fold. */
  async folds(): Promise<Fold[]> {
    const answer = await this.#ask((id) => ({ type: 'folds', id }))
    const pairs = answer.type === 'hits' ? answer.hits : new Uint32Array()
    return Array.from({ length: pairs.length / 2 }, (_, i) => ({ from: pairs[2 * i] ?? 0, to: pairs[2 * i + 1] ?? 0 }))
  }

  close(): void {
    this.#worker.terminate()
  }

  #tell(message: ToLog): void {
    this.#worker.postMessage(message)
  }

  #ask(make: (id: number) => ToLog): Promise<FromLog> {
    const id = this.#next++
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#tell(make(id))
    })
  }

  #hear(message: FromLog): void {
    if (message.type === 'lines' || message.type === 'hits') {
      this.#waiting.get(message.id)?.(message)
      this.#waiting.delete(message.id)
      return
    }
    if (message.type === 'failed') this.state = { ...this.state, reading: false, failed: message.message }
    else this.state = message
    for (const watcher of this.#watchers) watcher()
  }
}
