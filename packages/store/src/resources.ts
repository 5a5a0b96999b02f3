// Rows of every kind behind one interface. What callers wrote (`props`) and what the loop wrote (`status`, `state`) are
// columns of their own and neither ever writes the other's, so a PUT and a reconciler cannot clash.
import { fail, isoNow, type Json, type JsonObject } from '@lazurite/spec'
import type { Feed } from './changes.ts'
import { type Finding, find } from './find.ts'
import type { ResourceRow } from './migrations.ts'
import {
  type Book,
  findRow,
  type Key,
  needRow,
  type PutInput,
  putRow,
  type Row,
  readRow,
  readRows,
  rowOf,
  stateOf,
  updateRow,
  wakeRow,
  whereOf,
} from './row.ts'
import { equalsAt, holes, moved, pastKey, type Sql, type SqlValue, type Tx, unindexed } from './sql.ts'

export interface ListQuery {
  scope?: string
  kind: string
  name?: string
  /** true: versions; else plain rows and containers. */
  versions?: boolean
  /** '' means rows without a parent. */
  parent?: string
  /** 'active' when left out. */
  archived?: 'active' | 'archived' | 'all'
  states?: string[]
  /** false leaves out jobs that are runs of programs elsewhere: what no loop moves. */
  outside?: false
  /** Values inside props, by path; null also means absent. */
  where?: { path: string[]; equals: Json }[]
  /** 'created' when left out. */
  order?: 'created' | 'modified' | 'name'
  descending?: boolean
  /** Rows in a page; all of them when left out. */
  top?: number
  /** The `next` of the page before. */
  after?: string
}

export interface Mentions {
  /** In every scope when left out. */
  scope?: string
  kinds: readonly string[]
  /** Any state when left out. */
  states?: readonly string[]
  text: string
  top: number
}

export interface Resources {
  get(key: Key): Promise<Row | undefined>
  /** The most recently created version that is not archived; none of a container that is. */
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
  /**
   * Children of a row that are in one of these states and changed after a number: what a job with many children looks at
   * instead of all of them. Costs what is found, whatever the number of children.
   */
  children(parent: Key, q: { states: readonly string[]; after?: number }): Promise<Child[]>
  /** How many children a row has that a loop moves. */
  childCount(parent: Key): Promise<number>
  /** How many rows of the kind are in which state, archived ones left out. */
  counts(scope: string, kind: string): Promise<Record<string, number>>
  /** How many there are of each kind, by name: neither versions, nor archived ones, nor what stands below another. */
  tally(scope: string): Promise<Record<string, number>>
  /**
   * Rows whose caller's half holds a text somewhere, oldest first: candidates for a closer look, found without reading
   * all of them.
   */
  mentions(q: Mentions): Promise<Row[]>
  /** Things of a workspace by a part of what they are called, best first; one row a name. */
  find(q: Finding): Promise<Row[]>
  /** Merges into asks and wakes the row. Raises ResourceNotFound. */
  ask(key: Key, asks: JsonObject): Promise<Row>
  /** Raises ResourceNotFound. */
  setArchived(key: Key, archived: boolean, by: string): Promise<Row>
  /** Renames a container with its versions, and what is known of their uses. False when the name is taken. Raises ResourceNotFound. */
  rename(key: Key, name: string, by: string): Promise<boolean>
  /** Deletes the row; a container takes its versions along. False when there was none. */
  delete(key: Key): Promise<boolean>
  /** Highest whole-number version there ever was plus one; '1' when none. */
  nextVersion(scope: string, kind: string, name: string): Promise<string>
  /** `latest` and `nextVersion` of many names at once, by name; names that are not there are left out. */
  heads(scope: string, kind: string, names: readonly string[]): Promise<Map<string, Head>>
}

/** What there is to know about a child without reading it. */
export interface Child {
  name: string
  state: string
  /** Number of its last change. */
  seq: number
}

/** What stands at the top of a container. */
export interface Head {
  latest?: Row
  nextVersion: string
}

/** Opens the drawer. */
export function openResources(sql: Sql, book: Book): Resources {
  return {
    async get(key) {
      const found = await findRow(sql, key)
      return found === undefined ? undefined : readRow(sql, found)
    },
    async latest({ scope, kind, name }) {
      const found = await sql.get<ResourceRow>(latestText, [scope, kind, name])
      return found === undefined ? undefined : rowOf(found)
    },
    put: (input) => sql.transaction((tx) => putRow(tx, book, input)),
    putMany: (inputs) =>
      sql.transaction(async (tx) => {
        const rows: Row[] = []
        for (const input of inputs) rows.push((await putRow(tx, book, input)).row)
        return rows
      }),
    list: (q) => list(sql, q),
    async children({ scope, kind, name }, { states, after = 0 }) {
      if (name === '' || states.length === 0) return []
      const text = `SELECT name, state, seq FROM resources WHERE scope = ? AND kind = ? AND parent = ? AND parent <> ''
        AND state IN (${holes(states.length)}) AND seq > ? AND outside = 0 ORDER BY seq`
      return sql.all<Child>(text, [scope, kind, name, ...states, after])
    },
    async childCount({ scope, kind, name }) {
      return (await sql.get<{ n: number }>(childCountText, [scope, kind, name]))?.n ?? 0
    },
    async counts(scope, kind) {
      const rows = await sql.all<{ state: string; n: number }>(countsText, [kind, scope])
      return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
    },
    async tally(scope) {
      // jobs are many: their own index has all that is asked
      const rows = await sql.all<{ kind: string; n: number }>(
        `SELECT kind, count(*) AS n FROM resources
         WHERE scope = ? AND kind <> 'job' AND is_version = 0 AND parent = '' AND archived = 0 GROUP BY kind
         UNION ALL SELECT 'job', count(*) FROM resources
         WHERE kind = 'job' AND is_version = 0 AND scope = ? AND parent = '' AND archived = 0`,
        [scope, scope],
      )
      return Object.fromEntries(rows.map(({ kind, n }) => [kind, n]))
    },
    async mentions(q) {
      const { text, values } = mentionsText(q)
      return (await sql.all<ResourceRow>(text, values)).map(rowOf)
    },
    find: (q) => find(sql, q),
    ask: (key, asks) => sql.transaction((tx) => ask(tx, book, key, asks)),
    setArchived: (key, archived, by) =>
      sql.transaction(async (tx) => updateRow(tx, book, { found: await needRow(tx, key), archived, by })),
    rename: (key, name, by) => sql.transaction((tx) => renameRow(tx, book, { key, name, by })),
    delete: (key) => sql.transaction((tx) => removeRow(tx, book.feed, key)),
    async nextVersion(scope, kind, name) {
      const container = await findRow(sql, { scope, kind, name })
      return String((container?.version_number ?? 0) + 1)
    },
    heads: (scope, kind, names) => heads(sql, { scope, kind }, names),
  }
}

async function heads(
  sql: Sql,
  { scope, kind }: Omit<Key, 'name'>,
  names: readonly string[],
): Promise<Map<string, Head>> {
  const found = new Map<string, Head>()
  if (names.length === 0) return found
  const these = `scope = ? AND kind = ? AND name IN (${holes(names.length)})`
  const values = [scope, kind, ...names]
  const tops = await sql.all<ResourceRow>(`SELECT * FROM resources WHERE ${these} AND version = ''`, values)
  // one look at the index a name, however many versions it has
  const newest = await sql.all<ResourceRow>(
    `SELECT * FROM resources WHERE id IN (
      SELECT (SELECT max(v.id) FROM resources v WHERE v.scope = c.scope AND v.kind = c.kind AND v.name = c.name
        AND v.is_version = 1 AND v.archived = 0)
      FROM resources c WHERE ${these} AND c.version = '' AND c.archived = 0)`,
    values,
  )
  const latest = new Map(newest.map((row) => [row.name, row]))
  for (const top of tops) {
    const version = latest.get(top.name)
    const nextVersion = String((top.version_number ?? 0) + 1)
    found.set(top.name, version === undefined ? { nextVersion } : { latest: rowOf(version), nextVersion })
  }
  return found
}

const latestText = `SELECT * FROM resources WHERE scope = ? AND kind = ? AND name = ? AND is_version = 1 AND archived = 0
  AND NOT EXISTS (SELECT 1 FROM resources c WHERE c.scope = resources.scope AND c.kind = resources.kind
    AND c.name = resources.name AND c.version = '' AND c.archived = 1)
  ORDER BY id DESC LIMIT 1`
const childCountText = `SELECT count(*) AS n FROM resources WHERE scope = ? AND kind = ? AND parent = ? AND parent <> '' AND outside = 0`
const countsText = `SELECT state, count(*) AS n FROM resources WHERE kind = ? AND scope = ? AND archived = 0 GROUP BY state`

function mentionsText(q: Mentions): { text: string; values: SqlValue[] } {
  const scoped = q.scope === undefined ? '' : ' AND scope = ?'
  const stated = q.states === undefined ? '' : ` AND state IN (${holes(q.states.length)})`
  const text = `SELECT * FROM resources WHERE kind IN (${holes(q.kinds.length)})${scoped}${stated}
    AND outside = 0 AND instr(props, ?) > 0 ORDER BY id LIMIT ?`
  const scope = q.scope === undefined ? [] : [q.scope]
  // texts lie in the column as JSON spells them
  const spelt = JSON.stringify(q.text).slice(1, -1)
  return { text, values: [...q.kinds, ...scope, ...(q.states ?? []), spelt, q.top] }
}

async function ask(tx: Tx, book: Book, key: Key, asks: JsonObject): Promise<Row> {
  const found = await needRow(tx, key)
  const merged = JSON.stringify({ ...(JSON.parse(found.asks) as JsonObject), ...asks }) // stored by this very line
  const seq = await book.feed.note(tx, { ...whereOf(found), what: 'updated', ...stateOf(found.state) })
  await tx.run('UPDATE resources SET asks = ?, seq = ? WHERE id = ?', [merged, seq, found.id])
  await wakeRow(tx, book, found.id, book.now())
  return rowOf({ ...found, asks: merged, seq })
}

/** Deletes a row, and says so; a container takes its versions along. False when there was none. */
export async function removeRow(tx: Tx, feed: Feed, key: Key): Promise<boolean> {
  const { scope, kind, name, version = '' } = key
  if ((await findRow(tx, key)) === undefined) return false
  const one = version === '' ? '' : ' AND version = ?'
  const gone = await tx.all<{ version: string }>(
    `DELETE FROM resources WHERE scope = ? AND kind = ? AND name = ?${one} RETURNING version`,
    [scope, kind, name, ...(version === '' ? [] : [version])],
  )
  for (const row of gone) await feed.note(tx, { scope, kind, name, version: row.version, what: 'deleted' })
  return true
}

/** Gives a container and its versions another name; what was noted of their uses goes along. */
async function renameRow(tx: Tx, book: Book, { key, name, by }: { key: Key; name: string; by: string }) {
  const { scope, kind } = key
  await needRow(tx, key)
  if (await findRow(tx, { scope, kind, name })) return false
  const rows = await tx.all<ResourceRow>(
    'SELECT * FROM resources WHERE scope = ? AND kind = ? AND name = ? ORDER BY id',
    [scope, kind, key.name],
  )
  for (const row of rows) {
    await book.feed.note(tx, { ...whereOf(row), what: 'deleted' })
    const seq = await book.feed.note(tx, { ...whereOf({ ...row, name }), what: 'updated', ...stateOf(row.state) })
    const changed = row.version === '' ? isoNow(book.now()) : row.modified_at
    await tx.run('UPDATE resources SET name = ?, seq = ?, etag = ?, modified_at = ?, modified_by = ? WHERE id = ?', [
      ...[name, seq, seq.toString(16), changed, by, row.id],
    ])
  }
  await tx.run('UPDATE lineage SET name = ? WHERE scope = ? AND kind = ? AND name = ?', [name, scope, kind, key.name])
  return true
}

const orders = { created: 'id', modified: 'modified_at', name: 'name' } as const

async function list(sql: Sql, q: ListQuery): Promise<{ rows: Row[]; next?: string }> {
  const column = orders[q.order ?? 'created']
  const direction = q.descending === true ? 'desc' : 'asc'
  const few = await areFew(sql, q)
  const byAge = !few && (q.parent ?? '') === ''
  let query = sql.query
    .selectFrom('resources')
    .selectAll()
    .where('kind', '=', q.kind)
    .where(byAge ? 'is_version' : unindexed<number>('is_version'), '=', q.versions === true ? 1 : 0)
    .orderBy(few ? unindexed(column) : column, direction)
  if (column !== 'id') query = query.orderBy('id', direction)
  if (q.scope !== undefined) query = query.where('scope', '=', q.scope)
  if (q.name !== undefined) query = query.where('name', '=', q.name)
  if (q.parent !== undefined) query = query.where('parent', '=', q.parent)
  if (q.archived !== 'all') query = query.where('archived', '=', q.archived === 'archived' ? 1 : 0)
  if (q.states !== undefined) query = query.where('state', 'in', q.states)
  if (q.outside === false) query = query.where(moved)
  for (const { path, equals } of q.where ?? []) query = query.where(equalsAt('props', path, equals))
  if (q.after !== undefined) query = query.where(pastKey(column, direction, parseToken(q.after, column)))
  if (q.top !== undefined) query = query.limit(q.top + 1)
  const found = await query.execute()
  const page = q.top === undefined ? found : found.slice(0, q.top)
  const last = page.at(-1)
  const rows = await readRows(sql, page)
  return last === undefined || page.length === found.length ? { rows } : { rows, next: printToken(last, column) }
}

const fewRows = 1000

/** Rows in a few rare states among very many are found by their state and then sorted; else the order leads the way. */
async function areFew(sql: Sql, q: ListQuery): Promise<boolean> {
  if (q.states === undefined || q.states.length === 0) return false
  const scoped = `${q.scope === undefined ? '' : ' AND scope = ?'}${q.outside === false ? ' AND outside = 0' : ''}`
  const text = `SELECT count(*) AS n FROM (SELECT 1 FROM resources WHERE kind = ? AND state IN (${holes(q.states.length)})${scoped} LIMIT ?) found`
  const found = await sql.get<{ n: number }>(text, [
    q.kind,
    ...q.states,
    ...(q.scope === undefined ? [] : [q.scope]),
    fewRows,
  ])
  return (found?.n ?? 0) < fewRows
}

type Column = (typeof orders)[keyof typeof orders]

function printToken(last: ResourceRow, column: Column): string {
  return Buffer.from(JSON.stringify([column, last[column], last.id])).toString('base64url')
}

function parseToken(token: string, column: Column): { key: string | number; id: number } {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (Array.isArray(parts)) {
      const [of, key, id]: unknown[] = parts
      const keyFits = typeof key === (column === 'id' ? 'number' : 'string')
      if (of === column && keyFits && typeof id === 'number') return { key: key as string | number, id } // checked the line above
    }
  } catch {
    // not JSON: refused below like any other foreign token
  }
  return fail('BadArgument', { what: 'The page token is not one this list handed out for this order.' })
}
