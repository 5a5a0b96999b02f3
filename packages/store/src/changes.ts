// The feed of what changed: append-only, numbered, kept for a while. People in this process hear of a change right after
// its commit; people elsewhere ask for what came after the last number they saw.
import type { Sql, Tx } from './sql.ts'
import { callSafely } from './turns.ts'

export interface Change {
  /** Grows with every change, never reused. */
  seq: number
  /** Epoch ms. */
  at: number
  scope: string
  kind: string
  name: string
  version: string
  what: 'created' | 'updated' | 'state' | 'deleted' | 'archived'
  /** The state after the change, where the row has one. */
  state?: string
}

export interface Changes {
  /** What came after `seq`, oldest first; at most `limit` (1000). */
  since(seq: number, o?: { limit?: number; scope?: string }): Promise<Change[]>
  /** The newest number; 0 when nothing ever changed. */
  last(): Promise<number>
  /** The oldest number still kept: who last saw less than this minus one has missed something and reads anew. */
  oldest(): Promise<number>
  /** Called after every commit, in order. Answers the way to stop. A throwing subscriber harms nobody else. */
  subscribe(fn: (change: Change) => void): () => void
}

/** The feed, and the way the other drawers write to it inside their own transactions. */
export interface Feed extends Changes {
  note(tx: Tx, change: Omit<Change, 'seq' | 'at'>): Promise<number>
  /** Says that a row became due or will: once after the commit, however often it was said. */
  ring(tx: Tx): void
  onRing(fn: () => void): () => void
}

const keptChanges = 200_000
const trimEvery = 4096

/** Opens the feed. */
export function openChanges(sql: Sql, now: () => number): Feed {
  const subscribers = new Set<(change: Change) => void>()
  const listeners = new Set<() => void>()
  const rung = new WeakSet<Tx>()
  return {
    async note(tx, change) {
      const at = now()
      const row = await tx.get<{ seq: number }>(insertText, [
        at,
        change.scope,
        change.kind,
        change.name,
        change.version,
        change.what,
        change.state ?? null,
      ])
      const seq = row?.seq ?? 0
      if (seq % trimEvery === 0) await tx.run('DELETE FROM changes WHERE seq <= ?', [seq - keptChanges])
      if (subscribers.size > 0) tx.afterCommit(() => tell(subscribers, { seq, at, ...change }))
      return seq
    },
    async since(seq, o = {}) {
      const scoped = o.scope === undefined ? '' : ' AND scope = ?'
      const rows = await sql.all<Stored>(
        `SELECT seq, at, scope, kind, name, version, what, state FROM changes WHERE seq > ?${scoped} ORDER BY seq LIMIT ?`,
        [seq, ...(o.scope === undefined ? [] : [o.scope]), o.limit ?? 1000],
      )
      return rows.map(changeOf)
    },
    last: async () => (await sql.get<{ seq: number }>('SELECT max(seq) AS seq FROM changes'))?.seq ?? 0,
    oldest: async () => (await sql.get<{ seq: number }>('SELECT min(seq) AS seq FROM changes'))?.seq ?? 0,
    subscribe(fn) {
      subscribers.add(fn)
      return () => subscribers.delete(fn)
    },
    ring(tx) {
      if (rung.has(tx)) return
      rung.add(tx)
      tx.afterCommit(() => tell(listeners, undefined))
    },
    onRing(fn) {
      listeners.add(fn)
      return () => listeners.delete(fn)
    },
  }
}

function tell<T>(listeners: Set<(what: T) => void>, what: T): void {
  for (const fn of listeners) callSafely(() => fn(what))
}

const insertText = `INSERT INTO changes (at, scope, kind, name, version, what, state) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING seq`

interface Stored extends Omit<Change, 'state'> {
  state: string | null
}

function changeOf({ state, ...rest }: Stored): Change {
  return state === null ? { ...rest } : { ...rest, state }
}
