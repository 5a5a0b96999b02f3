// One row: how it is stored and the writes that every drawer makes inside its own transaction. A row is due when its wake
// has come; while it is leased, `due_at` is the end of the lease and `wake_at` keeps what arrived meanwhile.
import { fail, isoNow, type JsonObject } from '@lazurite/spec'
import type { Feed } from './changes.ts'
import { noteUses, type Use } from './lineage.ts'
import type { ResourceRow } from './migrations.ts'
import { type Twin, takeLabels, tellRun, twinsOf } from './run-labels.ts'
import type { Statements, Tx } from './sql.ts'

/** Names one row. Without a version: a plain resource, or the container of a versioned kind. */
export interface Key {
  scope: string
  kind: string
  name: string
  version?: string
}

export interface Row {
  id: number
  scope: string
  kind: string
  name: string
  /** '' for plain resources and containers. */
  version: string
  /** The name of the row it belongs to, e.g. the pipeline of a step. */
  parent?: string
  /** The caller's half. */
  props: JsonObject
  /** The loop's half. */
  status: JsonObject
  /** What callers ask of the loop, e.g. `{cancel: 1700000000000}`. */
  asks: JsonObject
  state: string
  archived: boolean
  /** The job of a run that a program somewhere else made: no loop moves it. */
  outside?: true
  /** Changes with the caller's half (props, archived). */
  etag: string
  /** Number of the last change of any kind. */
  seq: number
  createdAt: string
  createdBy: string
  modifiedAt: string
  modifiedBy: string
}

export interface PutInput {
  key: Key
  props: JsonObject
  by: string
  /** State, status and parent are given at birth; on an existing row they are the loop's and left alone. */
  state?: string
  status?: JsonObject
  parent?: string
  archived?: boolean
  /** Epoch ms: when the loop shall look at it. */
  wakeAt?: number
  ifMatch?: string
  ifNoneMatch?: '*'
  /** Leaves an existing row as it is. */
  keepExisting?: boolean
  /** Uses that are history from the moment the row is written. */
  uses?: readonly Use[]
}

/** What the writes below need besides the transaction. */
export interface Book {
  feed: Feed
  now(): number
}

const byKey = 'scope = ? AND kind = ? AND name = ? AND version = ?'
const earlier = 'CASE WHEN wake_at IS NULL OR wake_at > ? THEN ? ELSE wake_at END'
const texts = {
  find: `SELECT * FROM resources WHERE ${byKey}`,
  insert: `INSERT INTO resources (scope, kind, name, version, is_version, version_number, parent, props, status, asks, state,
    archived, etag, seq, created_at, created_by, modified_at, modified_by, wake_at, due_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
  update: `UPDATE resources SET props = ?, archived = ?, etag = ?, seq = ?, modified_at = ?, modified_by = ? WHERE id = ?`,
  number: `UPDATE resources SET version_number = ? WHERE id = ? AND (version_number IS NULL OR version_number < ?)`,
  wake: `UPDATE resources SET wake_at = ${earlier}, due_at = CASE WHEN lease_token IS NULL THEN ${earlier} ELSE due_at END
    WHERE id = ? AND outside = 0`,
}

/** The row as stored, or undefined. */
export function findRow(on: Pick<Statements, 'get'>, key: Key): Promise<ResourceRow | undefined> {
  return on.get<ResourceRow>(texts.find, [key.scope, key.kind, key.name, key.version ?? ''])
}

/** As findRow, but raises ResourceNotFound (VersionNotFound). */
export async function needRow(on: Pick<Statements, 'get'>, key: Key): Promise<ResourceRow> {
  const found = await findRow(on, key)
  if (found !== undefined) return found
  const { kind, name, version } = key
  if (version === undefined || version === '') return fail('ResourceNotFound', { kind, name })
  return fail('VersionNotFound', { kind, name, version })
}

/** Writes one row with all that belongs to it: container, change entry, wake, uses. */
export async function putRow(tx: Tx, book: Book, input: PutInput): Promise<{ row: Row; created: boolean }> {
  const written = await writeRow(tx, book, input)
  // never before the row: what was noted earlier is about another thing of that name
  await noteUses(tx, book.now(), input.uses ?? [])
  return written
}

async function writeRow(tx: Tx, book: Book, input: PutInput): Promise<{ row: Row; created: boolean }> {
  const found = await findRow(tx, input.key)
  if (found === undefined) {
    if (input.ifMatch !== undefined) fail('PreconditionFailed', {}, { target: input.key.name })
    if (isVersion(input.key)) await noteVersion(tx, book, input)
    return { row: await insertRow(tx, book, input), created: true }
  }
  if (input.ifNoneMatch === '*') fail('PreconditionFailed', {}, { target: input.key.name })
  if (input.ifMatch !== undefined && input.ifMatch !== '*' && input.ifMatch !== found.etag) {
    fail('PreconditionFailed', {}, { target: input.key.name })
  }
  if (input.keepExisting === true) return { row: await readRow(tx, found), created: false }
  const row = await updateRow(tx, book, { found, props: input.props, archived: input.archived, by: input.by })
  if (input.wakeAt !== undefined) await wakeRow(tx, book, row.id, input.wakeAt)
  return { row, created: false }
}

/** Rewrites the caller's half of a row. */
export async function updateRow(
  tx: Tx,
  book: Book,
  change: { found: ResourceRow; props?: JsonObject; archived?: boolean | undefined; by: string },
): Promise<Row> {
  const { found, by } = change
  const own = change.props && found.outside === 1 ? await takeLabels(tx, found, change.props) : change.props
  const props = own === undefined ? found.props : JSON.stringify(own)
  const archived = change.archived === undefined ? found.archived : Number(change.archived)
  const what = archived === found.archived ? 'updated' : 'archived'
  const seq = await book.feed.note(tx, { ...whereOf(found), what, ...stateOf(found.state) })
  const etag = seq.toString(16)
  const at = isoNow(book.now())
  await tx.run(texts.update, [props, archived, etag, seq, at, by, found.id])
  if (found.kind === 'job') await tellRun(tx, found, { back: archived < found.archived, props: own })
  return readRow(tx, { ...found, props, archived, etag, seq, modified_at: at, modified_by: by })
}

/** Makes a row due at that time, or earlier when it already was. */
export async function wakeRow(tx: Tx, book: Book, id: number, at: number): Promise<void> {
  if ((await tx.run(texts.wake, [at, at, at, at, id])) > 0) book.feed.ring(tx)
}

/** Rows as others see them, in the same order: what lies with runs is read there. */
export async function readRows(s: Pick<Statements, 'all'>, stored: readonly ResourceRow[]): Promise<Row[]> {
  const outside = stored.filter((row) => row.outside === 1)
  const twins = outside.length === 0 ? undefined : await twinsOf(s, outside)
  return stored.map((row) => withTwin(rowOf(row), twins?.get(row.id)))
}

export async function readRow(s: Pick<Statements, 'all'>, stored: ResourceRow): Promise<Row> {
  return (await readRows(s, [stored]))[0] ?? rowOf(stored)
}

function withTwin(row: Row, twin: Twin | undefined): Row {
  if (!twin) return row
  return { ...row, props: { ...row.props, ...twin.props }, status: { ...row.status, ...twin.status } }
}

/** A row as it lies there: enough for what the loop moves. */
export function rowOf(stored: ResourceRow): Row {
  return {
    id: stored.id,
    scope: stored.scope,
    kind: stored.kind,
    name: stored.name,
    version: stored.version,
    ...(stored.parent === '' ? {} : { parent: stored.parent }),
    // written by JSON.stringify of an object, so that is what comes back
    props: JSON.parse(stored.props) as JsonObject,
    status: JSON.parse(stored.status) as JsonObject,
    asks: JSON.parse(stored.asks) as JsonObject,
    state: stored.state,
    archived: stored.archived !== 0,
    ...(stored.outside === 1 ? { outside: true as const } : {}),
    etag: stored.etag,
    seq: stored.seq,
    createdAt: stored.created_at,
    createdBy: stored.created_by,
    modifiedAt: stored.modified_at,
    modifiedBy: stored.modified_by,
  }
}

/** The place of a row as a change names it. */
export function whereOf(row: { scope: string; kind: string; name: string; version?: string }) {
  return { scope: row.scope, kind: row.kind, name: row.name, version: row.version ?? '' }
}

export function stateOf(state: string | undefined): { state?: string } {
  return state === undefined || state === '' ? {} : { state }
}

async function insertRow(tx: Tx, book: Book, input: PutInput): Promise<Row> {
  const { key, state = '', parent = '', by, wakeAt } = input
  const seq = await book.feed.note(tx, { ...whereOf(key), what: 'created', ...stateOf(state) })
  const at = isoNow(book.now())
  const stored = {
    ...whereOf(key),
    is_version: Number(isVersion(key)),
    version_number: numberOf(key.version) ?? null,
    parent,
    props: JSON.stringify(input.props),
    status: JSON.stringify(input.status ?? {}),
    asks: '{}',
    state,
    archived: Number(input.archived ?? false),
    etag: seq.toString(16),
    seq,
    created_at: at,
    created_by: by,
    modified_at: at,
    modified_by: by,
    wake_at: wakeAt ?? null,
    due_at: wakeAt ?? null,
  }
  const { asks, ...values } = stored
  const made = await tx.get<{ id: number }>(texts.insert, Object.values(values))
  if (wakeAt !== undefined) book.feed.ring(tx)
  return rowOf({
    ...stored,
    asks,
    id: made?.id ?? 0,
    lease_owner: null,
    lease_token: null,
    lease_until: null,
    outside: 0,
  })
}

/** A first version makes its container; the container remembers the highest number there ever was. */
async function noteVersion(tx: Tx, book: Book, input: PutInput): Promise<void> {
  const { scope, kind, name, version } = input.key
  const container = { scope, kind, name }
  const id =
    (await findRow(tx, container))?.id ?? (await insertRow(tx, book, { key: container, props: {}, by: input.by })).id
  const number = numberOf(version)
  if (number !== undefined) await tx.run(texts.number, [number, id, number])
}

function isVersion(key: Key): boolean {
  return key.version !== undefined && key.version !== ''
}

/** The number a version stands for; undefined for '1.0', 'v2', '' and what does not fit a double. */
function numberOf(version: string | undefined): number | undefined {
  return version !== undefined && /^[0-9]{1,15}$/.test(version) ? Number(version) : undefined
}
