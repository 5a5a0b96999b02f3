// Who works on which row right now. A claim carries a token; whatever the worker writes later is guarded by it, so a
// worker that lost its lease cannot overwrite its successor. A wake that arrives while a row is leased is kept.
import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@lazurite/spec'
import { noteUses, type Use } from './lineage.ts'
import type { ResourceRow } from './migrations.ts'
import {
  type Book,
  findRow,
  type Key,
  type PutInput,
  putRow,
  type Row,
  rowOf,
  stateOf,
  wakeRow,
  whereOf,
} from './row.ts'
import { holes, type Sql, type Tx } from './sql.ts'

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
  /** What was read and written along the way. */
  uses?: readonly Use[]
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

/** Opens the drawer. */
export function openLeases(sql: Sql, book: Book): Leases {
  const { feed, now } = book
  return {
    claim: (o) => claim(sql, now(), o),
    async renew(tokens, leaseMs) {
      const until = now() + leaseMs
      const held = tokens.map((token) => [until, until, Number(token.slice(token.indexOf('.') + 1)), token])
      await sql.runMany('UPDATE resources SET lease_until = ?, due_at = ? WHERE id = ? AND lease_token = ?', held)
    },
    apply: (token, id, outcome) => sql.transaction((tx) => apply(tx, book, { token, id, outcome })),
    wake: (key, at) => sql.transaction((tx) => wake(tx, book, key, at ?? now())),
    async nextDue() {
      return (await sql.get<{ at: number | null }>(nextText))?.at ?? undefined
    },
    breakAll: () =>
      sql.transaction(async (tx) => {
        if ((await tx.run(breakText, [now(), now()])) > 0) feed.ring(tx)
      }),
    onWake: (fn) => feed.onRing(fn),
  }
}

const nextText = 'SELECT min(due_at) AS at FROM resources WHERE due_at IS NOT NULL'
const breakText = `UPDATE resources SET wake_at = ?, due_at = ?, lease_owner = NULL, lease_token = NULL, lease_until = NULL
  WHERE due_at IS NOT NULL AND lease_token IS NOT NULL`
const claimText = `UPDATE resources SET lease_owner = ?, lease_token = ?, lease_until = ?, due_at = ?, wake_at = NULL WHERE id = ?`
const applyText = `UPDATE resources SET state = ?, status = ?, seq = ?, wake_at = ?, due_at = ?,
  lease_owner = NULL, lease_token = NULL, lease_until = NULL WHERE id = ?`

/** The id at the end of a token finds the row again without an index of tokens. */
async function claim(sql: Sql, now: number, o: Parameters<Leases['claim']>[0]): Promise<Claim[]> {
  const kinds = o.kinds ?? []
  // the plus keeps the engine from going through all rows of the kinds: few rows are due, however many there are
  const ofKinds = kinds.length === 0 ? '' : ` AND +kind IN (${holes(kinds.length)})`
  const anyText = `SELECT id FROM resources WHERE due_at <= ?${ofKinds} LIMIT 1`
  if ((await sql.get(anyText, [now, ...kinds])) === undefined) return []
  const dueText = `SELECT * FROM resources WHERE due_at <= ?${ofKinds} ORDER BY due_at, id LIMIT ?`
  return sql.transaction(async (tx) => {
    const due = await tx.all<ResourceRow>(dueText, [now, ...kinds, o.limit])
    const nonce = due.length === 0 ? '' : randomBytes(12).toString('base64url')
    const until = now + o.leaseMs
    const claims = due.map((stored) => ({ row: rowOf(stored), token: `${nonce}.${stored.id}` }))
    await tx.runMany(
      claimText,
      claims.map(({ row, token }) => [o.owner, token, until, until, row.id]),
    )
    return claims
  })
}

async function apply(tx: Tx, book: Book, o: { token: string; id: number; outcome: Outcome }): Promise<boolean> {
  const { token, id, outcome } = o
  const found = await tx.get<ResourceRow>('SELECT * FROM resources WHERE id = ? AND lease_token = ?', [id, token])
  if (found === undefined) return false
  const state = outcome.state ?? found.state
  const status = outcome.status === undefined ? found.status : JSON.stringify(outcome.status)
  let seq = found.seq
  if (state !== found.state || status !== found.status) {
    const what = state === found.state ? 'updated' : 'state'
    seq = await book.feed.note(tx, { ...whereOf(found), what, ...stateOf(state) })
  }
  const own = outcome.wakeAt ?? undefined
  const wakeAt = own === undefined ? found.wake_at : Math.min(own, found.wake_at ?? own)
  await tx.run(applyText, [state, status, seq, wakeAt, wakeAt, id])
  if (wakeAt !== null) book.feed.ring(tx)
  for (const input of outcome.put ?? []) await putRow(tx, book, input)
  await noteUses(tx, book.now(), outcome.uses ?? [])
  for (const key of outcome.wake ?? []) await wake(tx, book, key, book.now())
  await outcome.effects?.(tx)
  return true
}

async function wake(tx: Tx, book: Book, key: Key, at: number): Promise<void> {
  const found = await findRow(tx, key)
  if (found !== undefined) await wakeRow(tx, book, found.id, at)
}
