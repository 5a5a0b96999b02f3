// For tests: a store in a folder of its own, and a clock that stands still until told. LAZ_TEST_POSTGRES=<address> puts
// the rows of each into a schema of its own of that database, so that the same tests judge both engines.
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChanges } from './changes.ts'
import type { Clock } from './clock.ts'
import { openStore, type Store } from './index.ts'
import { dropPostgres, openPostgres } from './postgres.ts'
import type { Book } from './row.ts'
import { openSql, type Sql } from './sql.ts'

export interface Scratch {
  store: Store
  home: string
  clock: { at: number; now(): number }
  /** Closes the store and opens it again, as a new process would. */
  reopen(): Promise<Store>
  remove(): Promise<void>
}

export const testAddress = process.env.LAZ_TEST_POSTGRES || undefined

/** Where the rows of a home are in this run of the tests: spread into the options of `openStore`. */
export function database(home: string): { url?: string } {
  if (testAddress === undefined) return {}
  const url = new URL(testAddress)
  url.searchParams.set('schema', schemaOf(home))
  return { url: url.href }
}

/** The database of a path (of a home, when it is called laz.db), open. */
export function openTestSql(path: string): Promise<Sql> {
  const { url } = database(path)
  return url === undefined ? openSql(path) : openPostgres(url)
}

/** What drawers need that write rows of jobs. */
export function bookOf(sql: Sql, clock: Clock): Book {
  const now = () => clock.now()
  return { feed: openChanges(sql, now), now }
}

/** Removes what `database` named. */
export async function dropDatabase(home: string): Promise<void> {
  const { url } = database(home)
  if (url !== undefined) await dropPostgres(url)
}

function schemaOf(home: string): string {
  return `test_${createHash('sha256')
    .update(home.replace(/\/laz\.db$/, ''))
    .digest('hex')
    .slice(0, 20)}`
}

export async function openScratch(): Promise<Scratch> {
  const home = await mkdtemp(join(tmpdir(), 'laz-store-'))
  const clock = { at: 1_700_000_000_000, now: () => clock.at }
  const options = { home, clock, ...database(home) }
  const scratch: Scratch = {
    home,
    clock,
    store: await openStore(options),
    async reopen() {
      await scratch.store.close()
      scratch.store = await openStore(options)
      return scratch.store
    },
    async remove() {
      await scratch.store.close()
      await dropDatabase(home)
      await rm(home, { recursive: true, force: true })
    },
  }
  return scratch
}
