// The connection to PostgreSQL that writes. It holds the lock that makes this server the only one of its schema, and is made
// anew, with the lock, when it is lost.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import { fail, LazError } from '@lazurite/spec'
import type { Client, ClientConfig, Pool, PoolConfig, QueryResult, types } from 'pg'
import { type Address, codeOf, isLost } from './postgres-address.ts'
import type { SqlValue } from './sql.ts'

/** What is used of the driver, which `postgres.ts` loads. */
export interface Driver {
  Client: new (config: ClientConfig) => Client
  Pool: new (config: PoolConfig) => Pool
  types: typeof types
}

const connectMs = 5_000
/** A killed server's connection lasts a moment longer than the server. */
const lockPatienceMs = 5_000
const lockEveryMs = 100
/** So long a statement waits for a lock that somebody else has; those who want its place are told to come again. */
const lockMs = 10_000
const keepAlive = '-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3'
/** After a failed attempt to connect, others fail with it for so long. */
const calmMs = 500
const againMs = 1_000
/** Of the lock: `LAZ` and a version. */
const lockClass = 0x4c415a01

export interface Query {
  text: string
  values?: SqlValue[]
  name?: string
}

/** The connection that writes. */
export class Link {
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
  #times = 0
  #failure: { at: number; error: unknown } | undefined
  #lost: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #gathering: Duplex | undefined

  constructor(driver: Driver, address: Address) {
    this.#driver = driver
    this.#address = address
  }

  /** How often it was connected. */
  get times(): number {
    return this.#times
  }

  get inTransaction(): boolean {
    return this.#client !== undefined && this.#begun
  }

  config(use: 'write' | 'read'): ClientConfig {
    const { connection, schema, options } = this.#address
    return {
      connectionString: connection,
      application_name: use === 'write' ? this.#self : `${this.#self} read`,
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      pipeline: use === 'write',
      types: { getTypeParser: (oid: number) => parserOf(this.#driver, oid) } as NonNullable<ClientConfig['types']>, // of text alone: nothing binary is asked for
      options: `-c lock_timeout=${lockMs} ${keepAlive} ${options} -c search_path=${schema}`,
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
    this.#times += 1
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
    this.post({ text: 'BEGIN' })
  }

  /** A statement of the transaction. */
  async send(query: Query, posted = false): Promise<QueryResult> {
    const client = this.#client
    if (client === undefined || !this.#begun) throw new Error('Connection terminated')
    this.#gather()
    try {
      return await client.query(query)
    } catch (error) {
      this.#failed = true
      if (posted) this.#fault ??= error
      // what went wrong before says more than that something did
      if (codeOf(error) === '25P02' && this.#fault !== undefined) throw this.#fault
      if (isLost(error)) this.#drop(client)
      throw error
    }
  }

  /** The same without waiting for its answer; what it raises is met at the commit. */
  post(query: Query): void {
    this.send(query, true).catch((error) => {
      this.#fault ??= error
    })
  }

  /** What is sent from here to the end of this turn goes out in one piece: every piece costs a call of the system. */
  #gather(): void {
    // the driver hands out its socket, its types do not say so
    const { stream } = (this.#client as unknown as { connection?: { stream?: Duplex } } | undefined)?.connection ?? {}
    if (stream === undefined || this.#gathering === stream) return
    this.#gathering = stream
    stream.cork()
    queueMicrotask(() =>
      process.nextTick(() => {
        if (this.#gathering === stream) this.#gathering = undefined
        stream.uncork()
      }),
    )
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
    if (this.#failed) throw this.#fault ?? new Error('A transaction went on after one of its statements had failed.')
    this.post({ text: 'RELEASE one' })
  }

  async rollbackToMark(): Promise<void> {
    // whose it is cannot be told, and marks that were set after it were none
    if (this.#fault !== undefined) throw this.#fault
    await this.send({ text: 'ROLLBACK TO one' })
    this.#failed = false
    this.post({ text: 'RELEASE one' })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => {})
  }
}

/** Bytes with a memory of their own, where the driver gives a window on its pool. */
function bytesOf(found: Buffer): Uint8Array {
  return found.buffer.byteLength === found.length ? new Uint8Array(found.buffer) : new Uint8Array(found)
}

/** Values as SQLite gives them: numbers are numbers, truth is 1 or 0, JSON is text. */
function parserOf(driver: Driver, oid: number): (text: string) => unknown {
  switch (oid) {
    case 16:
      return (text) => (text === 't' ? 1 : 0)
    case 17:
      return (text) => bytesOf(driver.types.getTypeParser(17)(text))
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
