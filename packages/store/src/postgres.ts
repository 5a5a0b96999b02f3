// PostgreSQL behind the door. One connection writes, in turns, and holds the lock that makes this server the only one of
// its schema; a few more read. Statements that need no answer to go on (BEGIN, SAVEPOINT, all but the last of many) are
// sent without waiting for one.
import { fail, LazError } from '@lazurite/spec'
import type { Pool, QueryResult } from 'pg'
import { checkValues, doorOver, kyselyOver } from './door.ts'
import { type Address, isClash, isLost, readAddress, translate, whyOf } from './postgres-address.ts'
import { Link, type Query } from './postgres-link.ts'
import { functions, operators, postgresWords, toPostgres, widened, withRows } from './postgres-words.ts'
import type { Sql, SqlValue, Statements } from './sql.ts'
import { type Connection, Turns } from './turns.ts'

const readers = 4
const shareMs = 20
const oldest = 130_000
/**
 * Opens a database and makes this process its one server; makes the schema when it is not there.
 * Raises BadArgument (no such address), NotSupported, DatabaseUnreachable, DatabaseInUse.
 */
export async function openPostgres(url: string): Promise<Sql> {
  const address = readAddress(url)
  const { default: driver } = await import('pg')
  const link = new Link(driver, address)
  try {
    await link.open()
    await prepareSchema(link, address)
  } catch (error) {
    await link.close()
    if (error instanceof LazError && error.code !== 'ServerBusy') throw error
    const cause = error instanceof LazError ? error.cause : error
    fail('DatabaseUnreachable', { path: address.shown, why: whyOf(cause) }, { cause })
  }
  return doorOf(link, new driver.Pool({ ...link.config('read'), max: readers }), address)
}

/** Takes away all that was ever kept at an address: for tests. */
export async function dropPostgres(url: string): Promise<void> {
  const { schema, connection } = readAddress(url)
  const { default: driver } = await import('pg')
  const client = new driver.Client({ connectionString: connection })
  await client.connect()
  try {
    await client.query(`SET client_min_messages = error; DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
  } finally {
    await client.end()
  }
}

async function prepareSchema(link: Link, { schema, shown }: Address): Promise<void> {
  const one = async (text: string, values: SqlValue[] = []) => (await link.ask(text, values)).rows[0]
  const about = await one(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
      to_regnamespace($1) IS NOT NULL AS there`,
    [schema],
  )
  if (about.version < oldest) fail('DatabaseUnreachable', { path: shown, why: 'it is older than PostgreSQL 13' })
  if (about.encoding !== 'UTF8')
    fail('DatabaseUnreachable', { path: shown, why: `its encoding is ${about.encoding} and should be UTF8` })
  if (!about.there) await link.ask(`CREATE SCHEMA "${schema}"`)
  for (const text of functions) await link.ask(text)
  for (const [name, of] of Object.entries(operators)) {
    const found = await one(
      'SELECT 1 FROM pg_operator WHERE oprname = $1 AND oprnamespace = to_regnamespace($2)::oid',
      [name, schema],
    )
    if (!found) await link.ask(`CREATE OPERATOR ${name} (LEFTARG = text, RIGHTARG = text, FUNCTION = ${of})`)
  }
}

function doorOf(link: Link, pool: Pool, { shown }: Address): Sql {
  const names = new Names()
  let open = true
  const inWords = (error: unknown) => (open ? translate(error, shown) : new LazError('Stopping', {}, { cause: error }))
  pool.on('error', () => {}) // an idle reader that was cut off: the pool makes another
  const read = async (query: Query): Promise<QueryResult> => {
    if (!open) fail('Stopping', {})
    link.check()
    try {
      return await pool.query(query)
    } catch (error) {
      if (!isLost(error) || !open) throw error
      return await pool.query(query) // the whole pool may be of before a restart, but each is tried only once
    }
  }
  const within = {
    ...statementsOver((query) => link.send(query), { names, inWords }),
    later: (source: string, values: readonly SqlValue[] = []) => {
      const { text, name } = names.of(source)
      link.post({ text, values: [...checkValues(values)], ...(name === undefined ? {} : { name }) })
    },
  }
  const connection = connectionOf(link, { ...within, query: kyselyOver(within, 'postgres') }, () => open)
  let times = link.times
  const turns: Turns = new Turns({
    ...connection,
    async begin() {
      await connection.begin()
      if (times !== link.times) turns.forgetNames()
      times = link.times
    },
    translate: inWords,
    isClash,
    shareMs,
  })
  link.onLost(() => open && void turns.transaction(async () => {}).catch(() => {}))
  const direct = {
    ...statementsOver(read, { names, inWords }),
    run: (text: string, values: readonly SqlValue[] = []) => turns.transaction((tx) => tx.run(text, values)),
  }
  return doorOver({
    engine: 'postgres',
    words: postgresWords,
    turns,
    direct,
    async close() {
      await turns.whenFree(async () => {
        open = false
        await Promise.allSettled([pool.end(), link.close()])
      })
    },
  })
}

function connectionOf(
  link: Link,
  statements: Connection['statements'],
  isOpen: () => boolean,
): Omit<Connection, 'translate'> {
  return {
    begin: () => (isOpen() ? link.begin() : fail('Stopping', {})),
    commit: () => link.commit(),
    rollback: () => link.rollback(),
    inTransaction: () => isOpen() && link.inTransaction,
    mark: () => link.post({ text: 'SAVEPOINT one' }),
    releaseMark: () => link.release(),
    rollbackToMark: () => link.rollbackToMark(),
    statements,
  }
}

/** Names for texts that come again, so that the server parses them once a connection. */
class Names {
  readonly #texts = new Map<string, { text: string; uses: number; name?: string }>()
  #named = 0

  of(source: string): { text: string; name?: string } {
    let known = this.#texts.get(source)
    if (known === undefined) {
      if (this.#texts.size >= mostTexts) for (const [key, one] of this.#texts) if (!one.name) this.#texts.delete(key)
      known = { text: toPostgres(source), uses: 0 }
      this.#texts.set(source, known)
    }
    known.uses += 1
    if (known.uses === 3 && this.#named < mostNamed) {
      this.#named += 1
      known.name = `laz_${this.#named}`
    }
    return known
  }
}

const mostTexts = 2000
const mostNamed = 500
/** Rows that go out in one statement, and statements that go out before the first answer is waited for. */
const rowSteps = [256, 64, 16, 4, 1] as const
const inFlight = 64
const mostHoles = 30_000

function statementsOver(
  send: (query: Query) => Promise<QueryResult>,
  { names, inWords }: { names: Names; inWords: (error: unknown) => unknown },
): Omit<Statements, 'query'> {
  const ask = async (source: string, values: readonly SqlValue[]): Promise<QueryResult> => {
    const { text, name } = names.of(source)
    try {
      return await send({ text, values: [...checkValues(values)], ...(name === undefined ? {} : { name }) })
    } catch (error) {
      throw inWords(error)
    }
  }
  const count = async (source: string, values: readonly SqlValue[]) => (await ask(source, values)).rowCount ?? 0
  return {
    // what a row looks like is the claim of whoever wrote the text
    get: async <R extends object>(text: string, values: readonly SqlValue[] = []) =>
      (await ask(text, values)).rows[0] as R | undefined,
    all: async <R extends object>(text: string, values: readonly SqlValue[] = []) =>
      (await ask(text, values)).rows as R[],
    run: (text, values = []) => count(text, values),
    async runMany(text, rows) {
      let touched = 0
      let under: Promise<number>[] = []
      const settle = async () => {
        const answers = await Promise.allSettled(under) // all of them, so that none fails unheard
        under = []
        for (const answer of answers) {
          if (answer.status === 'rejected') throw answer.reason
          touched += answer.value
        }
      }
      for (const [source, values] of manyOf(text, rows)) {
        under.push(count(source, values))
        if (under.length === inFlight) await settle()
      }
      await settle()
      return touched
    },
  }
}

/** One text for many rows as few statements, of few different lengths. */
function* manyOf(text: string, rows: readonly (readonly SqlValue[])[]): Generator<[string, readonly SqlValue[]]> {
  const parts = widened(text)
  if (parts === undefined) {
    for (const row of rows) yield [text, row]
    return
  }
  for (let at = 0; at < rows.length; ) {
    const step = rowSteps.find((size) => size <= rows.length - at && size * parts.columns <= mostHoles) ?? 1
    yield [withRows(parts, step), rows.slice(at, at + step).flat()]
    at += step
  }
}
