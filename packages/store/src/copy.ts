/**
 * All rows of one database in another of any engine: table by table in the order of the keys, in pages of bounded size,
 * and every value read back and compared.
 */
import { createHash, type Hash } from 'node:crypto'
import { fail } from '@lazurite/spec'
import type { Sql, SqlValue } from './sql.ts'

export interface Table {
  name: string
  columns: string[]
  /** Of the primary key, in its order. */
  key: string[]
}

export interface Copied {
  table: string
  rows: number
}

/** What belongs to a database and not to what is kept in it. */
const ownTables = new Set(['migrations', 'home'])

/** The tables of a database that hold what was kept, by name. */
export async function tablesOf(sql: Sql): Promise<Table[]> {
  const rows = await sql.all<{ name: string; column: string; place: number }>(
    sql.engine === 'sqlite' ? sqliteTables : postgresTables,
  )
  const tables = new Map<string, Table & { places: Map<string, number> }>()
  for (const { name, column, place } of rows) {
    if (ownTables.has(name)) continue
    const columns: string[] = []
    const table = tables.get(name) ?? { name, columns, key: [], places: new Map<string, number>() }
    tables.set(name, table)
    table.columns.push(column)
    if (place > 0) table.places.set(column, place)
  }
  return [...tables.values()]
    .map(({ name, columns, places }) => ({
      name,
      columns: columns.sort(),
      key: [...places].sort(([, a], [, b]) => a - b).map(([column]) => column),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const sqliteTables = `SELECT t.name AS name, c.name AS "column", c.pk AS place
  FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND substr(t.name, 1, 7) <> 'sqlite_'`

const postgresTables = `SELECT t.relname::text AS name, c.attname::text AS "column",
    coalesce(array_position(k.indkey::int2[], c.attnum), -1) + 1 AS place
  FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
  LEFT JOIN pg_index k ON k.indrelid = t.oid AND k.indisprimary
  WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r'`

/**
 * Copies into a database of the same schema whose tables are empty. `told` hears of each table when it is there and found
 * to be the same. Raises DatabaseCorrupt when it is not, or when the schemas differ.
 */
export async function copyTables(from: Sql, to: Sql, o: { path: string; told(one: Copied): void }): Promise<Copied[]> {
  const tables = await tablesOf(from)
  const differs = (why: string) => fail('DatabaseCorrupt', { path: o.path, why })
  if (JSON.stringify(tables) !== JSON.stringify(await tablesOf(to)))
    differs('its tables differ from those of this version')
  const copied: Copied[] = []
  for (const table of tables) {
    if (table.key.length === 0) differs(`its table ${table.name} has no key`)
    const wrote = await copyTable(from, to, table)
    const found = await digestOf(to, table)
    if (wrote.rows !== found.rows)
      differs(`its table ${table.name} has ${found.rows} rows where ${wrote.rows} were written`)
    if (wrote.digest !== found.digest) differs(`values of its table ${table.name} are not those that were written`)
    const one = { table: table.name, rows: wrote.rows }
    copied.push(one)
    o.told(one)
  }
  if (to.engine === 'postgres') await settle(to, tables)
  return copied
}

interface Digest {
  rows: number
  digest: string
}

async function copyTable(from: Sql, to: Sql, table: Table): Promise<Digest> {
  const text = `INSERT INTO ${quoted(table.name)} (${table.columns.map(quoted).join(', ')})
    VALUES (${table.columns.map(() => '?').join(', ')})`
  const hash = createHash('sha256')
  let rows = 0
  for await (const page of pagesOf(from, table)) {
    rows += page.length
    for (const row of page) addTo(hash, row)
    await to.transaction((tx) => tx.runMany(text, page))
  }
  return { rows, digest: hash.digest('hex') }
}

async function digestOf(sql: Sql, table: Table): Promise<Digest> {
  const hash = createHash('sha256')
  let rows = 0
  for await (const page of pagesOf(sql, table)) {
    rows += page.length
    for (const row of page) addTo(hash, row)
  }
  return { rows, digest: hash.digest('hex') }
}

const firstPage = 16
const mostRows = 4096
const pageBytes = 4 * 1024 * 1024

/** Rows in the order of the key; how many come at once follows from how large they were. */
async function* pagesOf(sql: Sql, { name, columns, key }: Table): AsyncGenerator<SqlValue[][]> {
  const places = key.map((column) => columns.indexOf(column))
  const keys = key.map(quoted).join(', ')
  const past = `WHERE (${keys}) > (${key.map(() => '?').join(', ')})`
  const text = (where: string) =>
    `SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(name)} ${where} ORDER BY ${keys} LIMIT ?`
  let size = firstPage
  for (let last: SqlValue[] | undefined; ; ) {
    const rows = last ? await sql.all(text(past), [...last, size]) : await sql.all(text(''), [size])
    const page = rows.map((row) => {
      const named = row as Record<string, SqlValue> // its columns are those asked for
      return columns.map((column) => named[column] ?? null)
    })
    if (page.length > 0) yield page
    if (page.length < size) return
    last = places.map((place) => page.at(-1)?.[place] ?? null)
    const bytes = page.reduce((sum, row) => sum + row.reduce<number>((all, value) => all + sizeOf(value), 0), 0)
    size = Math.max(1, Math.min(mostRows, Math.floor((pageBytes * page.length) / bytes)))
  }
}

function sizeOf(value: SqlValue): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
}

/** A row as both engines tell it. */
function addTo(hash: Hash, row: readonly SqlValue[]): void {
  const said = row.map((value) => {
    if (value instanceof Uint8Array)
      return [Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')]
    if (typeof value !== 'number') return value
    return Number.isFinite(value) ? value + 0 : { number: String(value) }
  })
  hash.update(`${JSON.stringify(said)}\n`)
}

/** Numbers that PostgreSQL gives out go on behind the highest, and its planner knows what came. */
async function settle(to: Sql, tables: readonly Table[]): Promise<void> {
  for (const { name } of tables) {
    const serial = await to.get<{ column: string }>(
      `SELECT attname::text AS "column" FROM pg_attribute WHERE attrelid = to_regclass(?) AND attidentity <> ''`,
      [quoted(name)],
    )
    if (serial)
      await to.all(
        `SELECT setval(pg_get_serial_sequence(?, ?), (SELECT coalesce(max(${quoted(serial.column)}), 0) + 1 FROM ${quoted(name)}), false)`,
        [quoted(name), serial.column],
      )
    await to.run(`ANALYZE ${quoted(name)}`)
  }
}

function quoted(name: string): string {
  return `"${name}"`
}
