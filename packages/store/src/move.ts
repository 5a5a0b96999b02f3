/**
 * A home's rows moved to another database, there and back: all of them or none. Until the one moment in which the home
 * takes note of the new place nothing of the old one is touched; a move that was killed before is begun anew, one that
 * was killed after is finished by the next start.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fail } from '@lazurite/spec'
import { type Copied, copyTables, tablesOf } from './copy.ts'
import {
  claim,
  finishMove,
  migrated,
  openDatabase,
  ownerOf,
  readNote,
  removeDraft,
  shownDatabase,
  writeNote,
} from './database.ts'
import { storageError } from './files.ts'
import { lockHome } from './home.ts'
import { dropPostgres, openPostgres } from './postgres.ts'
import { readAddress } from './postgres-address.ts'
import { openSql, type Sql } from './sql.ts'

export interface Moved {
  /** For people, without passwords. */
  from: string
  to: string
  tables: Copied[]
  rows: number
  /** Where the old rows still are. */
  kept: string
}

export interface Move {
  /** Absolute folder. */
  home: string
  /** `postgres://…`, or undefined for the home itself. */
  to: string | undefined
  now: number
  /** Hears of every table that is there. */
  told?(one: Copied): void
}

/**
 * Raises HomeInUse, BadArgument (no address, a home without rows), NotSupported (they are there already; the place holds
 * others), and what opening a database raises.
 */
export async function moveStore(o: Move): Promise<Moved> {
  const home = resolve(o.home)
  if (o.to !== undefined) readAddress(o.to)
  if (!existsSync(home)) fail('BadArgument', { what: `There is no home folder ${home}.` })
  const lock = await lockHome(home)
  try {
    return await moveLocked({ ...o, home })
  } finally {
    lock.release()
  }
}

async function moveLocked({ home, to, now, told = () => {} }: Move): Promise<Moved> {
  finishMove(home)
  const noted = readNote(home)
  const file = join(home, 'laz.db')
  if (noted === undefined && !statSync(file, { throwIfNoEntry: false })?.size)
    fail('BadArgument', { what: `The home folder ${home} has no rows yet: give --store to \`laz up\`.` })
  const from = shownDatabase(home, undefined)
  const shown = to === undefined ? file : readAddress(to).shown
  if (from === shown)
    fail('NotSupported', { what: `Moving rows to ${shown}`, why: 'they are there', instead: 'Name another place.' })
  const source = await openDatabase({ home, url: undefined, now })
  let tables: Copied[]
  try {
    const target = to === undefined ? await openDraft(home, now) : await openTarget(home, to, now)
    try {
      tables = await copyTables(source, target, { path: shown, told })
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
  // from here on the rows are there
  if (to !== undefined) writeNote(home, { url: to, id: pendingId(home), ...(noted ? {} : { moved: 'away' }) })
  else if (noted) writeNote(home, { ...noted, moved: 'here' })
  finishMove(home)
  rmSync(pendingFile(home), { force: true })
  const rows = tables.reduce((sum, one) => sum + one.rows, 0)
  return { from, to: shown, tables, rows, kept: noted ? from : `${file}.moved` }
}

/** A new file beside the place of the old one. */
async function openDraft(home: string, now: number): Promise<Sql> {
  removeDraft(home)
  const path = join(home, 'laz.db.moving')
  return migrated(await openSql(path), path, now)
}

/** A schema without anything, or the one that an earlier try of this home began: that one is begun anew. */
async function openTarget(home: string, url: string, now: number): Promise<Sql> {
  const { shown } = readAddress(url)
  const id = pendingId(home)
  let sql = await openPostgres(url)
  try {
    const owner = await ownerOf(sql)
    if (owner === undefined ? (await tablesOf(sql)).length > 0 : owner !== id)
      fail('NotSupported', {
        what: `Moving rows to ${shown}`,
        why: 'something is kept there already',
        instead: 'Give a schema of its own: ?schema=name at the end of the address.',
      })
    if (owner === id) {
      await sql.close()
      await dropPostgres(url)
      sql = await openPostgres(url)
    }
    await claim(sql, id)
    return await migrated(sql, shown, now)
  } catch (error) {
    await sql.close()
    throw error
  }
}

function pendingFile(home: string): string {
  return join(home, 'move.json')
}

/** The id that the new place gets; the same in every try, so that a half-filled one is known to be ours. */
function pendingId(home: string): string {
  const path = pendingFile(home)
  try {
    const { id } = JSON.parse(readFileSync(path, 'utf8')) as { id?: unknown } // what else stands there does not matter
    if (typeof id === 'string') return id
  } catch {
    // there is none yet
  }
  const id = randomUUID()
  try {
    writeFileSync(path, `${JSON.stringify({ id })}\n`, { mode: 0o600 })
  } catch (error) {
    throw storageError(error, path)
  }
  return id
}
