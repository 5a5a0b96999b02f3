// Who works on which row right now. A claim carries a token; whatever the worker writes later is guarded by it, so a
// worker that lost its lease cannot overwrite its successor. A wake that arrives while a row is leased is kept.
import type { JsonObject } from '@lazurite/spec'
import type { Key, PutInput, Row } from './resources.ts'
import type { Tx } from './sql.ts'

export interface Claim {
  row: Row
  token: string
}

/** What a worker found out. Left-out parts stay as they are. */
export interface Outcome {
  state?: string
  /** Replaces the whole status. */
  status?: JsonObject
  /** Epoch ms of the next look; a wake that arrived meanwhile wins when it is earlier. */
  wakeAt?: number | null
  /** Rows written along, e.g. children and output assets. */
  put?: PutInput[]
  /** Rows woken along, e.g. the parent. */
  wake?: Key[]
  /** More writes in the same transaction; awaits nothing but its statements. */
  effects?: (tx: Tx) => void | Promise<void>
}

export interface Leases {
  /** Rows that are due (their wake has come and nobody holds them, or the holder's time is over), earliest first. */
  claim(o: { owner: string; limit: number; leaseMs: number; kinds?: string[] }): Promise<Claim[]>
  /** Prolongs what is still held under these tokens. */
  renew(tokens: string[], leaseMs: number): Promise<void>
  /** Writes the outcome and gives the row back, in one transaction. False, and nothing written, when somebody else took over. */
  apply(token: string, id: number, outcome: Outcome): Promise<boolean>
  /** Makes the row due at that time (default: now). Nothing when there is no such row. */
  wake(key: Key, at?: number): Promise<void>
  /** Epoch ms of the next moment a claim can find something. */
  nextDue(): Promise<number | undefined>
  /** Frees every lease and makes those rows due at once: for the start of the only process of a home. */
  breakAll(): Promise<void>
  /** Called after each commit that set a wake. Answers the way to stop. */
  onWake(fn: () => void): () => void
}
