/**
 * Which database a home has: SQLite in `<home>/laz.db`, or PostgreSQL at an address that stands in `<home>/database.json`
 * (mode 600) from the first start on. A home and its database know each other: keys and files are in the one, rows in
 * the other, and neither is any good with a stranger.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
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
  /** The rows have moved, and the files still have to: laz.db out of the way, or its draft into its place. */
  moved?: 'away' | 'here'
}

const parts = ['', '-wal', '-shm']

/**
 * Opens the database of a home and brings it to the newest schema. `url` wins over the one noted.
 * Raises DatabaseCorrupt, DatabaseTooNew, DatabaseUnreachable, DatabaseInUse, InsufficientStorage, HomeUnusable,
 * BadArgument, NotSupported.
 */
export async function openDatabase(o: { home: string; url: string | undefined; now: number }): Promise<Sql> {
  finishMove(o.home)
  removeDraft(o.home)
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
      instead: 'Move them with `laz store move`, or leave the address out.',
    })
  const sql = await openPostgres(url)
  try {
    await refuseStranger(sql, noted?.id, { home: o.home, shown })
    await migrated(sql, shown, o.now)
    const id = await claim(sql, noted?.id ?? randomUUID())
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

/** Does what a move that had already succeeded left undone. */
export function finishMove(home: string): void {
  const note = readNote(home)
  if (note?.moved === undefined) return
  const at = (name: string) => join(home, name)
  const rename = (from: string, to: string) => {
    for (const part of parts) {
      rmSync(at(`${to}${part}`), { force: true })
      if (existsSync(at(`${from}${part}`))) renameSync(at(`${from}${part}`), at(`${to}${part}`))
    }
  }
  try {
    if (note.moved === 'away') {
      if (existsSync(at('laz.db'))) rename('laz.db', 'laz.db.moved')
      const { moved, ...rest } = note
      writeNote(home, rest)
    } else {
      if (existsSync(at('laz.db.moving'))) rename('laz.db.moving', 'laz.db')
      rmSync(noteFile(home), { force: true })
    }
  } catch (error) {
    throw storageError(error, home)
  }
}

/** What a move that did not succeed left in the home. */
export function removeDraft(home: string): void {
  for (const part of parts) rmSync(join(home, `laz.db.moving${part}`), { force: true })
}

/** Brings a database that was just opened to the newest schema, or closes it. */
export async function migrated(sql: Sql, path: string, now: number): Promise<Sql> {
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

/** Writes the id of a home into a database that has none yet; answers the one that is there then. */
export async function claim(sql: Sql, id: string): Promise<string> {
  await sql.run('CREATE TABLE IF NOT EXISTS home (id TEXT NOT NULL)')
  await sql.run('INSERT INTO home (id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM home)', [id])
  return (await sql.get<{ id: string }>('SELECT id FROM home'))?.id ?? id
}

/** The id that a database and its home know each other by. */
export async function ownerOf(sql: Sql): Promise<string | undefined> {
  const found = await sql.get<{ there: number }>("SELECT to_regclass('home') IS NOT NULL AS there")
  return found?.there ? (await sql.get<{ id: string }>('SELECT id FROM home'))?.id : undefined
}

/** Nothing is changed in a database of another home. */
async function refuseStranger(sql: Sql, mine: string | undefined, o: { home: string; shown: string }): Promise<void> {
  const theirs = await ownerOf(sql)
  if (theirs === undefined && mine !== undefined) fail('DatabaseCorrupt', { path: o.shown, why: 'it is empty' })
  if (theirs !== mine)
    fail('DatabaseUnreachable', {
      path: o.shown,
      why: `it holds the rows of another home folder than ${o.home}: start with that one, or give another schema (?schema=name)`,
    })
}

function noteFile(home: string): string {
  return join(home, 'database.json')
}

/** What the home knows of its database. Raises HomeUnusable. */
export function readNote(home: string): Note | undefined {
  const path = noteFile(home)
  if (!existsSync(path)) return undefined
  try {
    const note: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof note === 'object' && note !== null && 'url' in note && typeof note.url === 'string') {
      const id = 'id' in note && typeof note.id === 'string' ? { id: note.id } : {}
      const moved = 'moved' in note && (note.moved === 'away' || note.moved === 'here') ? { moved: note.moved } : {}
      return { url: note.url, ...id, ...moved } as Note // `moved` is one of the two words
    }
  } catch {
    // told below, without what is in the file
  }
  return fail('HomeUnusable', { path, why: 'it should hold the address of the database and does not' })
}

/** All of it is on disk before it takes its place. */
export function writeNote(home: string, note: Note): void {
  const draft = `${noteFile(home)}.${process.pid}`
  try {
    writeFileSync(draft, `${JSON.stringify(note)}\n`, { mode: 0o600, flush: true })
    renameSync(draft, noteFile(home))
  } catch (error) {
    throw storageError(error, draft)
  }
}
