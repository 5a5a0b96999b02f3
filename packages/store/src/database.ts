/**
 * Which database a home has: SQLite in `<home>/laz.db`, or PostgreSQL at an address that stands in `<home>/database.json`
 * (mode 600) from the first start on. A home and its database know each other: keys and files are in the one, rows in
 * the other, and neither is any good with a stranger.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '@lazurite/spec'
import { holdBallast } from './ballast.ts'
import { storageError } from './files.ts'
import { migrate } from './migrations.ts'
import { openPostgres } from './postgres.ts'
import { readAddress } from './postgres-address.ts'
import { openSql, type Sql } from './sql.ts'

interface Note {
  url: string
  /** Stands in the database too. Absent while a first start has not come to its end. */
  id?: string
}

/**
 * Opens the database of a home and brings it to the newest schema. `url` wins over the one noted.
 * Raises DatabaseCorrupt, DatabaseTooNew, DatabaseUnreachable, DatabaseInUse, InsufficientStorage, HomeUnusable,
 * BadArgument, NotSupported.
 */
export async function openDatabase(o: { home: string; url: string | undefined; now: number }): Promise<Sql> {
  const noted = readNote(o.home)
  const url = o.url ?? noted?.url
  const file = join(o.home, 'laz.db')
  if (url === undefined) {
    refuseEmptied(o.home, file)
    return migrated(await openSql(file, holdBallast(o.home)), file, o.now)
  }
  const { shown } = readAddress(url)
  if (statSync(file, { throwIfNoEntry: false })?.size)
    fail('NotSupported', {
      what: `Another database for the home folder ${o.home}`,
      why: 'its rows are in laz.db',
      instead: 'Set LAZ_HOME to a new folder for a server on PostgreSQL, or leave the address out.',
    })
  const sql = await migrated(await openPostgres(url), shown, o.now)
  try {
    const id = await introduce(sql, noted?.id, { home: o.home, shown })
    if (id !== noted?.id || url !== noted.url) writeNote(o.home, { url, id })
    return sql
  } catch (error) {
    await sql.close()
    throw error
  }
}

/** Where a home's rows are, for people; never with the password. Raises BadArgument for an address that is none. */
export function shownDatabase(home: string, url: string | undefined): string {
  const at = url ?? readNote(home)?.url
  return at === undefined ? join(home, 'laz.db') : readAddress(at).shown
}

async function migrated(sql: Sql, path: string, now: number): Promise<Sql> {
  try {
    await migrate(sql, path, now)
    return sql
  } catch (error) {
    await sql.close()
    throw storageError(error, path)
  }
}

/** A database that was there is never begun anew: where there is a key there were rows. */
function refuseEmptied(home: string, path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === 0 && existsSync(join(home, 'key'))) fail('DatabaseCorrupt', { path, why: 'it is empty' })
}

/** Answers the id that both sides know each other by. */
async function introduce(sql: Sql, mine: string | undefined, o: { home: string; shown: string }): Promise<string> {
  await sql.run('CREATE TABLE IF NOT EXISTS home (id TEXT NOT NULL)')
  const theirs = (await sql.get<{ id: string }>('SELECT id FROM home'))?.id
  if (theirs === undefined) {
    if (mine !== undefined) fail('DatabaseCorrupt', { path: o.shown, why: 'it is empty' })
    const id = randomUUID()
    await sql.run('INSERT INTO home (id) VALUES (?)', [id])
    return id
  }
  if (mine === theirs) return theirs
  return fail('DatabaseUnreachable', {
    path: o.shown,
    why: `it holds the rows of another home folder than ${o.home}: start with that one, or give another schema (?schema=name)`,
  })
}

function noteFile(home: string): string {
  return join(home, 'database.json')
}

function readNote(home: string): Note | undefined {
  const path = noteFile(home)
  if (!existsSync(path)) return undefined
  try {
    const note: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof note === 'object' && note !== null && 'url' in note && typeof note.url === 'string') {
      const id = 'id' in note && typeof note.id === 'string' ? { id: note.id } : {}
      return { url: note.url, ...id }
    }
  } catch {
    // told below, without what is in the file
  }
  return fail('HomeUnusable', { path, why: 'it should hold the address of the database and does not' })
}

function writeNote(home: string, note: Note): void {
  const draft = `${noteFile(home)}.${process.pid}`
  try {
    writeFileSync(draft, `${JSON.stringify(note)}\n`, { mode: 0o600 })
    renameSync(draft, noteFile(home))
  } catch (error) {
    throw storageError(error, draft)
  }
}
