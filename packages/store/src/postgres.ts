// PostgreSQL behind the door. One connection writes, in turns, and holds the lock that makes this server the only one of
// its schema; a few more read. Statements that need no answer to go on (BEGIN, SAVEPOINT, all but the last of many) are
// sent without waiting for one.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { fail, LazError } from '@lazurite/spec'
import type { Client, ClientConfig, Pool, QueryResult } from 'pg'
import { checkValues, doorOver, kyselyOver } from './door.ts'
import { type Address, isClash, isLost, readAddress, translate, whyOf } from './postgres-address.ts'
import { functions, operators, postgresWords, toPostgres, widened, withRows } from './postgres-words.ts'
import type { Sql, SqlValue, Statements } from './sql.ts'
import { type Connection, Turns } from './turns.ts'

type Driver = Pick<typeof import('pg'), 'Client' | 'Pool' | 'types'>

const readers = 4
const connectMs = 5_000
/** A killed server's connection lasts a moment longer than the server. */
const lockPatienceMs = 5_000
const lockEveryMs = 100
/** After a failed attempt to connect, others fail with it for so long. */
const calmMs = 500
const againMs = 1_000
const shareMs = 20
const oldest = 130_000
/** Of the lock: `LAZ` and a version. */
const lockClass = 0x4c415a01

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
  const within = statementsOver((query) => link.send(query), { names, inWords })
  const turns: Turns = new Turns({
    ...connectionOf(link, { ...within, query: kyselyOver(within, 'postgres') }, () => open),
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

function connectionOf(link: Link, statements: Statements, isOpen: () => boolean): Omit<Connection, 'translate'> {
  return {
    begin: () => (isOpen() ? link.begin() : fail('Stopping', {})),
    commit: () => link.commit(),
    rollback: () => link.rollback(),
    inTransaction: () => isOpen() && link.inTransaction,
    mark: () => link.post('SAVEPOINT one'),
    releaseMark: () => link.release(),
    rollbackToMark: () => link.rollbackToMark(),
    statements,
  }
}

interface Query {
  text: string
  values?: SqlValue[]
  name?: string
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

/** The connection that writes. */
class Link {
  readonly #driver: Driver
  readonly #address: Address
  /** How the server lists this process, so that it finds what is left of its own connections. */
  readonly #self = `lazurite ${hostname().slice(0, 30)} ${process.pid} ${randomBytes(3).toString('hex')}`
  #client: Client | undefined
  #begun = false
  /** A statement of this transaction failed: all further ones will, up to the mark. */
  #failed = false
  #fault: unknown
  #opened = false
  #failure: { at: number; error: unknown } | undefined
  #lost: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(driver: Driver, address: Address) {
    this.#driver = driver
    this.#address = address
  }

  get inTransaction(): boolean {
    return this.#client !== undefined && this.#begun
  }

  config(use: 'write' | 'read'): ClientConfig {
    const { connection, schema } = this.#address
    return {
      connectionString: connection,
      application_name: use === 'write' ? this.#self : `${this.#self} read`,
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      pipeline: use === 'write',
      types: { getTypeParser: (oid: number) => parserOf(this.#driver, oid) } as NonNullable<ClientConfig['types']>, // of text alone: nothing binary is asked for
      options: `-c search_path=${schema} -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3`,
    }
  }

  onLost(fn: () => void): void {
    this.#lost = fn
  }

  /** Raises what the last attempt to get the lock back raised: another server may own the rows now. */
  check(): void {
    if (this.#opened && this.#client === undefined && this.#failure?.error instanceof LazError)
      throw this.#failure.error
  }

  async open(): Promise<void> {
    const client = new this.#driver.Client(this.config('write'))
    client.on('error', () => this.#drop(client))
    client.on('end', () => this.#drop(client))
    try {
      await client.connect()
      await this.#lock(client)
    } catch (error) {
      client.end().catch(() => {})
      throw error
    }
    this.#client = client
    this.#opened = true
  }

  async #lock(client: Client): Promise<void> {
    const { lockKey, shown } = this.#address
    const left = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()`
    if (this.#opened) await client.query(left, [this.#self])
    for (const until = Date.now() + lockPatienceMs; ; ) {
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1, $2) AS mine', [lockClass, lockKey])
      if (rows[0].mine) return
      if (Date.now() >= until) break
      await new Promise((resolve) => setTimeout(resolve, lockEveryMs))
    }
    const { rows } = await client.query(
      `SELECT a.application_name AS who FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE l.locktype = 'advisory' AND l.classid::bigint = $1 AND l.objid::bigint = $2 AND l.granted`,
      [lockClass, lockKey],
    )
    fail('DatabaseInUse', { path: shown, who: rows[0]?.who ?? 'unknown' })
  }

  #drop(client: Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#begun = false
    this.#knock()
  }

  /** Goes on asking for the connection, so that the lock is ours again before anybody wants to write. */
  #knock(): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#lost?.()
    }, againMs).unref()
  }

  async #need(): Promise<Client> {
    if (this.#client !== undefined) return this.#client
    if (this.#failure !== undefined && Date.now() - this.#failure.at < calmMs) throw this.#failure.error
    try {
      await this.open()
      this.#failure = undefined
    } catch (error) {
      this.#failure = { at: Date.now(), error }
      this.#knock()
      throw error
    }
    return this.#client ?? fail('Stopping', {})
  }

  /** A statement outside of transactions, while nobody else uses the connection. */
  async ask(text: string, values: SqlValue[] = []): Promise<QueryResult> {
    return (await this.#need()).query(text, values)
  }

  async begin(): Promise<void> {
    await this.#need()
    this.#begun = true
    this.#failed = false
    this.#fault = undefined
    this.post('BEGIN')
  }

  /** A statement of the transaction. */
  async send(query: Query): Promise<QueryResult> {
    const client = this.#client
    if (client === undefined || !this.#begun) throw new Error('Connection terminated')
    try {
      return await client.query(query)
    } catch (error) {
      this.#failed = true
      if (isLost(error)) this.#drop(client)
      throw error
    }
  }

  /** The same without waiting for its answer; what it raises is met at the commit. */
  post(text: string): void {
    this.send({ text }).catch((error) => {
      this.#fault ??= error
    })
  }

  async commit(): Promise<void> {
    const { command } = await this.send({ text: 'COMMIT' })
    this.#begun = false
    if (this.#fault !== undefined) throw this.#fault
    // a transaction in which something failed is taken back whatever one says
    if (command !== 'COMMIT') throw new Error('The database took a transaction back that went on after an error.')
  }

  async rollback(): Promise<void> {
    try {
      await this.send({ text: 'ROLLBACK' })
    } finally {
      this.#begun = false
    }
  }

  release(): void {
    if (this.#failed) throw new Error('A transaction went on after one of its statements had failed.')
    this.post('RELEASE one')
  }

  async rollbackToMark(): Promise<void> {
    await this.send({ text: 'ROLLBACK TO one' })
    this.#failed = false
    this.post('RELEASE one')
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => {})
  }
}

/** Values as SQLite gives them: numbers are numbers, truth is 1 or 0, JSON is text. */
function parserOf(driver: Driver, oid: number): (text: string) => unknown {
  switch (oid) {
    case 16:
      return (text) => (text === 't' ? 1 : 0)
    case 17:
      return driver.types.getTypeParser(17)
    case 20:
    case 21:
    case 23:
    case 700:
    case 701:
    case 1700:
      return Number
    default:
      return (text) => text
  }
}
