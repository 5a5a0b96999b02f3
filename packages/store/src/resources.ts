// Rows of every kind behind one interface. What callers wrote (`props`) and what the loop wrote (`status`, `state`) are
// columns of their own and neither ever writes the other's, so a PUT and a reconciler cannot clash.
import { fail, isoNow, type Json, type JsonObject } from '@lazurite/spec'
import type { Change, Feed } from './changes.ts'
import type { ResourceRow } from './migrations.ts'
import type { Sql, SqlValue, Tx } from './sql.ts'

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
}

export interface ListQuery {
  scope?: string
  kind: string
  name?: string
  /** true: versions; else plain rows and containers. */
  versions?: boolean
  /** '' means rows without a parent. */
  parent?: string
  archived?: 'active' | 'archived' | 'all'
  states?: string[]
  /** Values inside props, by path. */
  where?: { path: string[]; equals: Json }[]
  order?: 'created' | 'modified' | 'name'
  descending?: boolean
  top?: number
  after?: string
}

export interface Resources {
  get(key: Key): Promise<Row | undefined>
  /** The most recently created version that is not archived. */
  latest(key: Key): Promise<Row | undefined>
  /**
   * One transaction: the row, its container when it is a version, the change entry, the wake.
   * Raises PreconditionFailed for ifMatch and ifNoneMatch.
   */
  put(input: PutInput): Promise<{ row: Row; created: boolean }>
  /** All or none. */
  putMany(inputs: PutInput[]): Promise<Row[]>
  /** A page of rows and the token of the next one. Raises BadArgument for a token that is not ours. */
  list(q: ListQuery): Promise<{ rows: Row[]; next?: string }>
  /** How many rows of the kind are in which state, archived ones and containers left out. */
  counts(scope: string, kind: string): Promise<Record<string, number>>
  /** Merges into asks and wakes the row. Raises ResourceNotFound. */
  ask(key: Key, asks: JsonObject): Promise<Row>
  /** Raises ResourceNotFound. */
  setArchived(key: Key, archived: boolean, by: string): Promise<Row>
  /** Deletes the row; a container takes its versions along. False when there was none. */
  delete(key: Key): Promise<boolean>
  /** Highest whole-number version there ever was plus one; '1' when none. */
  nextVersion(scope: string, kind: string, name: string): Promise<string>
}
