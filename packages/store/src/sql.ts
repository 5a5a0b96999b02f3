// The one door to SQL, and SQLite behind it: the built-in of newer Nodes, a bundled binary of the same interface on older
// ones. Bodies of transactions are asynchronous although SQLite is not, since PostgreSQL (postgres.ts) can stand behind
// the same door; one queue serialises them, and reads from outside wait for a transaction in flight.
import { closeSync, openSync, statSync } from 'node:fs'
import { type ErrorCode, fail, isLazError, type Json, LazError } from '@lazurite/spec'
import { type Expression, type Kysely, type SqlBool, sql as template } from 'kysely'
import type { Ballast } from './ballast.ts'
import { checkValues, doorOver, type Engine, kyselyOver } from './door.ts'
import { storageError } from './files.ts'
import type { Tables, Words } from './migrations.ts'
import { type Connection, Turns } from './turns.ts'

export type SqlValue = null | number | string | Uint8Array

/**
 * What both the door and a transaction can do. Texts use `?` holes and are prepared once. Strings that hold NUL are
 * refused with BadArgument: engines cut them short or refuse them in their own words.
 */
export interface Statements {
  /** The first row, or undefined. */
  get<R extends object>(text: string, values?: readonly SqlValue[]): Promise<R | undefined>
  /** All rows. */
  all<R extends object>(text: string, values?: readonly SqlValue[]): Promise<R[]>
  /** Runs a write; answers how many rows it touched. */
  run(text: string, values?: readonly SqlValue[]): Promise<number>
  /** Runs one write for each list of values; answers how many rows they touched together. */
  runMany(text: string, rows: readonly (readonly SqlValue[])[]): Promise<number>
  /** The same, by query builder: for texts put together at run time. */
  readonly query: Kysely<Tables>
}

/** A transaction. Its body awaits nothing but its own statements: everybody else waits for it. */
export interface Tx extends Statements {
  /**
   * Runs a write that nobody needs the count of, and that fails only when the database does: an engine elsewhere is not
   * waited for, and what it raises is met at the commit, by all who share it.
   */
  later(text: string, values?: readonly SqlValue[]): void
  /** Names that were looked up before, by number: once kept they stay. Written to after a commit alone. */
  readonly names: Map<string, number>
  /** Called once, in order, after the commit; never when it is rolled back. */
  afterCommit(fn: () => void): void
}

export interface Sql extends Statements {
  readonly engine: Engine
  /** How this engine spells types. */
  readonly words: Words
  /** Runs the body in one transaction: all of it is on disk when the promise resolves, or none of it when it rejects. */
  transaction<T>(body: (tx: Tx) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The part of the `node:sqlite` interface in use here. */
interface Statement {
  get(...values: SqlValue[]): unknown
  all(...values: SqlValue[]): unknown[]
  run(...values: SqlValue[]): { changes: number | bigint }
  columns(): unknown[]
}
interface Database {
  readonly isTransaction: boolean
  prepare(text: string): Statement
  exec(text: string): void
  close(): void
}

const sqliteWords: Words = {
  integer: 'INTEGER',
  serial: 'INTEGER PRIMARY KEY',
  real: 'REAL',
  bytes: 'BLOB',
  clustered: ' WITHOUT ROWID',
  wide: true,
}

const keptStatements = 400
const idleMs = 2000
/** Between two steps of giving pages back, and how many pages a step has. */
const breathMs = 20
const stepPages = 1000
/** Free pages that stay, of 4 KiB each. */
const sparePages = 1024
const spareShare = 0.05
const applicationId = 0x4c415a55
/** A larger file is trusted but for its header and length: reading all of it would hold up every start. */
const fullCheckBytes = 256 * 1024 * 1024

/**
 * Opens the database file and checks that it is sound; creates it when it is not there.
 * Raises DatabaseCorrupt (the file is left as it was), InsufficientStorage, HomeUnusable.
 */
export async function openSql(path: string, ballast?: Ballast): Promise<Sql> {
  const db = await openDatabase(path)
  try {
    db.exec('PRAGMA busy_timeout = 5000')
    checkSound(db, path, statSync(path).size)
    tune(db)
    return doorOf(db, path, ballast)
  } catch (error) {
    db.close()
    throw translate(error, path)
  }
}

/**
 * Takes the exclusive lock that SQLite puts on a file and keeps it until `release` or the end of the process, however
 * it ends. Answers undefined when another process has it. The file must never be opened by any other means: closing
 * any descriptor of it would drop the lock.
 */
export async function holdLock(path: string): Promise<{ release(): void } | undefined> {
  const db = await openDatabase(path)
  try {
    db.exec('PRAGMA busy_timeout = 0')
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (codeOf(error) === 5) return undefined
    throw translate(error, path)
  }
  return { release: () => db.close() }
}

/** The holes of a list of n values: `?, ?, ?`. */
export function holes(n: number): string {
  return new Array(n).fill('?').join(', ')
}

/**
 * The condition that a column of JSON text holds a value at a path; null also means that nothing is there.
 * Raises BadArgument for keys that the engine would read as a path of its own.
 */
export function equalsAt(column: 'props' | 'status', path: readonly string[], equals: Json): Expression<SqlBool> {
  let place = template`${template.ref(column)}`
  for (const key of path) {
    if (/^[$[]|"/.test(key)) fail('BadArgument', { what: `Rows cannot be filtered by the key ${JSON.stringify(key)}.` })
    place = template`${place} -> ${key}`
  }
  if (equals === null) return template<SqlBool>`(${place} IS NULL OR ${place} = 'null')`
  return template<SqlBool>`${place} = ${JSON.stringify(equals)}`
}

/** A column that the engine shall not look up in an index: for when another index is known to be the better one. */
export function unindexed<T>(column: string): Expression<T> {
  return template<T>`+${template.ref(column)}`
}

/** The condition that a loop moves the row, in the very words of the index of such rows. */
export const moved: Expression<SqlBool> = template<SqlBool>`outside = 0`

/** The condition that a row comes after (column, id) in that order. */
export function pastKey(
  column: string,
  direction: 'asc' | 'desc',
  last: { key: string | number; id: number },
): Expression<SqlBool> {
  const than = template.raw(direction === 'asc' ? '>' : '<')
  return template<SqlBool>`(${template.ref(column)}, id) ${than} (${last.key}, ${last.id})`
}

async function openDatabase(path: string): Promise<Database> {
  try {
    closeSync(openSync(path, 'a', 0o600)) // made here so that nobody else may read it
  } catch (error) {
    throw storageError(error, path)
  }
  const { DatabaseSync } = (await sqliteModule()) as { DatabaseSync: new (path: string) => Database }
  try {
    return new DatabaseSync(path)
  } catch (error) {
    throw translate(error, path)
  }
}

/** The built-in module where Node has it without a flag (22.13 and newer), else the bundled binary. */
async function sqliteModule(): Promise<unknown> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 13)) return import('@photostructure/sqlite')
  const { emitWarning } = process
  process.emitWarning = () => {} // it would say on every start that the built-in is young
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Reads enough to know that the file is ours and sound, before anything is written to it. */
function checkSound(db: Database, path: string, sizeBytes: number): void {
  const number = (text: string) => numberOf(db, text)
  const found = number('PRAGMA application_id')
  if (found !== applicationId && (found !== 0 || number('SELECT count(*) FROM sqlite_schema') > 0)) {
    fail('DatabaseCorrupt', { path, why: 'it is the database of another program' })
  }
  if (sizeBytes > fullCheckBytes) return
  const { quick_check: verdict } = db.prepare('PRAGMA quick_check(1)').get() as { quick_check: string } // its one column
  if (verdict !== 'ok') fail('DatabaseCorrupt', { path, why: verdict.replace(/^\*{3}.*\*{3}\s*/, '') })
}

function tune(db: Database): void {
  db.exec(`
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -65536;
    PRAGMA mmap_size = 268435456;
    PRAGMA temp_store = MEMORY;
    PRAGMA foreign_keys = ON;
    PRAGMA case_sensitive_like = ON;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA application_id = ${applicationId};
  `)
}

function doorOf(db: Database, path: string, ballast?: Ballast): Sql {
  const inWords = (error: unknown) => {
    const said = translate(error, path)
    if (isLazError(said) && said.code === 'InsufficientStorage') ballast?.drop()
    return said
  }
  const direct = statementsOf(db, inWords)
  let open = true
  const turns = new Turns({
    ...connectionOf(db, { ...direct, query: kyselyOver(direct, 'sqlite') }, () => open),
    translate: inWords,
  })
  const tidy = tidyWhenIdle(db, turns, ballast)
  return doorOver({
    engine: 'sqlite',
    words: sqliteWords,
    turns,
    direct,
    stir: tidy.later,
    async close() {
      tidy.stop()
      await turns.whenFree(() => {
        open = false
        db.close()
      })
    },
  })
}

function connectionOf(
  db: Database,
  statements: Connection['statements'],
  isOpen: () => boolean,
): Omit<Connection, 'translate'> {
  const ready = (text: string) => {
    const statement = db.prepare(text)
    return () => {
      statement.run()
    }
  }
  const undoMark = ready('ROLLBACK TO one')
  const releaseMark = ready('RELEASE one')
  return {
    begin: ready('BEGIN IMMEDIATE'),
    commit: ready('COMMIT'),
    rollback: ready('ROLLBACK'),
    inTransaction: () => isOpen() && db.isTransaction,
    mark: ready('SAVEPOINT one'),
    releaseMark,
    rollbackToMark() {
      undoMark()
      releaseMark()
    },
    statements,
  }
}

/** Moves what was committed from the log into the database between the bursts, so that commits seldom have to. */
function tidyWhenIdle(db: Database, turns: Turns, ballast?: Ballast): { later(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  const tidy = () => {
    timer = undefined
    if (turns.busy) return later()
    try {
      db.exec('PRAGMA wal_checkpoint(PASSIVE)')
      ballast?.load()
      if (giveBack(db)) timer = setTimeout(tidy, breathMs).unref()
    } catch {
      // a full disk: the log keeps what was committed
    }
  }
  const later = () => {
    timer ??= setTimeout(tidy, idleMs).unref()
  }
  return { later, stop: () => clearTimeout(timer) }
}

/**
 * Gives pages that nothing is on back to the disk, some at a time; answers whether it shall be called again. A part stays
 * for what is written next. Databases of before this was so keep theirs.
 */
function giveBack(db: Database): boolean {
  const free = numberOf(db, 'PRAGMA freelist_count')
  const spare = Math.max(sparePages, Math.floor(numberOf(db, 'PRAGMA page_count') * spareShare))
  if (free <= spare) return false
  db.exec(`PRAGMA incremental_vacuum(${Math.min(stepPages, free - spare)})`)
  return numberOf(db, 'PRAGMA freelist_count') < free
}

function numberOf(db: Database, text: string): number {
  return Number(Object.values(db.prepare(text).get() as object)[0]) // one number in one column
}

/** Statements on the connection itself, prepared once; each is over before the call returns. */
function statementsOf(db: Database, inWords: (error: unknown) => unknown): Omit<Connection['statements'], 'query'> {
  const kept = new Map<string, Statement>()
  const prepared = (text: string): Statement => {
    let statement = kept.get(text)
    if (statement !== undefined) return statement
    statement = db.prepare(text)
    kept.set(text, statement)
    if (kept.size > keptStatements) {
      for (const oldest of kept.keys()) {
        kept.delete(oldest)
        break
      }
    }
    return statement
  }
  const guarded = <T>(act: () => T): T => {
    try {
      return act()
    } catch (error) {
      throw inWords(error)
    }
  }
  return {
    // what a row looks like is the claim of whoever wrote the text
    get: async <R extends object>(text: string, values: readonly SqlValue[] = []) =>
      guarded(() => (prepared(text).get(...checkValues(values)) as R | null | undefined) ?? undefined),
    all: async <R extends object>(text: string, values: readonly SqlValue[] = []) =>
      guarded(() => prepared(text).all(...checkValues(values)) as R[]),
    run: async (text, values = []) => guarded(() => Number(prepared(text).run(...checkValues(values)).changes)),
    later: (text, values = []) => void guarded(() => prepared(text).run(...checkValues(values))),
    runMany: async (text, rows) =>
      guarded(() => {
        const statement = prepared(text)
        let touched = 0
        for (const values of rows) touched += Number(statement.run(...checkValues(values)).changes)
        return touched
      }),
  }
}

/** The result code of SQLite in an error of the driver; 0 for any other error. */
function codeOf(error: unknown): number {
  const code = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
  return noSpaceForShm.has(code) ? 13 : code & 0xff
}

/** The index of the log is a file too, and a full disk has words of its own for it. */
const noSpaceForShm = new Set([4874, 5386])

/** Errors of the driver in the words of the house. https://www.sqlite.org/rescode.html */
function translate(error: unknown, path: string): unknown {
  if (isLazError(error)) return error
  const cause = { cause: error }
  const why = error instanceof Error ? error.message : String(error)
  const as = (code: ErrorCode, facts: Record<string, string>) => new LazError(code, facts, cause)
  if (error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE') return as('Stopping', {})
  switch (codeOf(error)) {
    case 5:
    case 6:
      return as('ServerBusy', { what: 'another program that holds the database' })
    case 11:
    case 26:
      return as('DatabaseCorrupt', { path, why })
    case 13:
      return as('InsufficientStorage', { path })
    case 8:
    case 14:
      return as('HomeUnusable', { path, why })
    default:
      return error
  }
}
