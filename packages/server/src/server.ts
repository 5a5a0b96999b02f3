/**
 * From a home folder to a listening server and back: store, door, engine, application, in that order up and in the
 * opposite order down, so that nothing accepts a request that nobody could keep.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { type Engine, servingFolder, startEngine } from '@lazurite/engine'
import { fail, isFinal, kinds } from '@lazurite/spec'
import { openStore, type Row, type Store } from '@lazurite/store'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'
import { defaultWorkspace } from './default-workspace.ts'
import { type Door, openDoor } from './door.ts'
import { makeSigner, type Signer } from './signer.ts'
import { forgetTls, hadTls, makeTls, type Tls, type TlsOptions } from './tls/listener.ts'

export interface ServerOptions {
  /** Absolute path; made when missing. */
  home: string
  /** 0 takes a free port; absent: the setting, else the port this home had last time, else a free one. */
  port?: number | undefined
  /** Only loopback: other addresses need TLS and users. */
  host?: string | undefined
  /** Opens the https listener too; absent: the setting, else as the last time. */
  tls?: boolean | undefined
  tlsPort?: number | undefined
  log: FastifyBaseLogger
  /** Told when the https listener opens after the start. */
  changed?: (() => void) | undefined
  /** Where LAZ_* settings are read from; default the process's environment. */
  env?: NodeJS.ProcessEnv
}

export interface Server {
  url: string
  token: string
  port: number
  app: FastifyInstance
  store: Store
  engine: Engine
  sign: Signer
  tls: Tls
  /** Cancels what still runs and waits for its processes to be gone, at most `patienceMs`. */
  endWork(patienceMs: number): Promise<void>
  /** Ends streams, waits for answers under way, stops the engine, closes the store. Safe to call twice. */
  close(): Promise<void>
}

const closeGraceMs = 5_000

/**
 * Starts a server on a home folder. Raises HomeInUse, HomeUnusable, DatabaseCorrupt, PortInUse, NotSupported for a host
 * that is not loopback, CertificateUnusable, or BadArgument for a wrong setting; what was opened before the failure is closed again.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { home, log } = options
  checkHost(options.host)
  openHome(home)
  const { database, ...settings } = readConfig(home, options.env ?? process.env)
  const store = await openStore({ home, ...(database === undefined ? {} : { url: database }) })
  const undo: (() => Promise<unknown>)[] = [() => store.close()]
  try {
    const token = ownerToken(home)
    const door = await choosePort(home, options.port ?? settings.port, log)
    let tls: Tls | undefined
    undo.unshift(() => Promise.all([door.close(closeGraceMs), tls?.close(closeGraceMs)]))
    const url = `http://127.0.0.1:${door.port}`
    const sign = makeSigner(store.secrets.key(), () => store.clock.now())
    const engine = await startEngine({
      store,
      settings: settings.engine,
      log,
      baseUrl: () => url,
      tokenFor: (scope, job, expiresAt) =>
        sign.token({
          audience: 'lazurite',
          expiresAt: expiresAt * 1000,
          bearer: { run: `${scope}|${job}` },
          name: job,
        }),
    })
    undo.splice(1, 0, () => engine.stop())
    const ownerName = nameOfOwner()
    await engine.ensureWorkspace(defaultWorkspace, ownerName)
    const closing = new AbortController()
    const app = await buildApp({
      store,
      engine,
      log,
      sign,
      baseUrl: () => url,
      settings,
      ownerToken: token,
      ownerName,
      closing: closing.signal,
      tls: () => tls ?? fail('Stopping', {}),
    })
    await app.ready()
    undo.splice(1, 0, () => app.close())
    const now = () => store.clock.now()
    tls = await startTls(options, { settings, now, handler: app.routing })
    door.serve(app.routing)
    undo.unshift(async () => closing.abort())
    const endWork = (patienceMs: number) => cancelAll(store, patienceMs)
    const close = onceOnly(() => runAll(undo))
    return { url, token, port: door.port, app, store, engine, sign, tls, endWork, close }
  } catch (error) {
    await runAll(undo).catch(() => undefined)
    throw error
  }
}

/**
 * The https listener: opened at the start when it is asked for, or when this home had one. One that was asked for and
 * cannot be opened stops the start; one that is merely remembered does not take the http one along.
 */
async function startTls(o: ServerOptions, more: Pick<TlsOptions, 'settings' | 'now' | 'handler'>): Promise<Tls> {
  const { home, log, changed } = o
  let started = false
  const opened = () => started && changed?.()
  const tls = makeTls({ home, log, env: o.env ?? process.env, opened, ...more })
  const asked = o.tls ?? more.settings.tls
  if (asked === false) forgetTls(home)
  else if (asked) await tls.open(o.tlsPort)
  else if (hadTls(home)) await tls.open().catch((error) => log.error({ err: error }, 'https is off'))
  started = true
  return tls
}

/** Asks everything that can be cancelled to end, and waits until the last of it has. */
async function cancelAll(store: Store, patienceMs: number): Promise<void> {
  const end = Date.now() + patienceMs
  const up = async () => (await store.resources.list({ kind: 'compute', archived: 'all' })).rows.filter(isUp)
  for (const row of await up()) await store.resources.ask(row, { stop: store.clock.now() })
  // a home that goes away has no use for its deployments; their processes go with them
  const deployments = (await store.resources.list({ kind: 'online-deployment', archived: 'all' })).rows
  for (const row of deployments) await store.resources.delete(row)
  const served = () => existsSync(servingFolder(store.home)) && readdirSync(servingFolder(store.home)).length > 0
  for (;;) {
    const going: Row[] = []
    for (const kind of kinds.filter((each) => each.actions?.cancel !== undefined)) {
      const states = Object.keys(kind.states ?? {}).filter((state) => !isFinal(state))
      going.push(
        ...(await store.resources.list({ kind: kind.name, states, archived: 'all', outside: false, top: 1000 })).rows,
      )
    }
    for (const row of going) {
      if (row.asks.cancel === undefined) await store.resources.ask(row, { cancel: store.clock.now() })
    }
    if ((going.length === 0 && !served() && (await up()).length === 0) || Date.now() > end) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Whether a compute has a process of its own. */
function isUp({ status }: Row): boolean {
  return status.up === true
}

/** Runs every step even when one fails; the first failure is the one that is told. */
async function runAll(steps: (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps) await step().catch((error) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

function checkHost(host: string | undefined): void {
  if (host === undefined || host === '127.0.0.1' || host === 'localhost') return
  fail('NotSupported', {
    what: `Listening on ${host}`,
    why: 'without TLS and users, everyone who reaches the address could run programs on this machine',
    instead: 'Leave the host out; reach this machine through ssh -L.',
  })
}

function openHome(home: string): void {
  if (!isAbsolute(home)) fail('BadArgument', { what: `The home folder must be an absolute path, not ${home}.` })
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    chmodSync(home, 0o700)
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'it cannot be made' // fs errors carry a code
    fail('HomeUnusable', { path: home, why }, { cause: error })
  }
}

/**
 * Jobs that outlive a restart know the old address, so a home comes back on its last port when nobody says otherwise.
 * A port that was asked for is taken or refused; a remembered one that is taken by now is let go.
 */
async function choosePort(home: string, wanted: number | undefined, log: FastifyBaseLogger): Promise<Door> {
  const file = join(home, 'port')
  const last = wanted === undefined ? rememberedPort(file) : undefined
  let door: Door
  try {
    door = await openDoor({ host: '127.0.0.1', port: wanted ?? last ?? 0 })
  } catch (error) {
    if (last === undefined) throw error
    log.warn({ port: last }, 'the port of the last time is taken; jobs that run since then cannot reach this server')
    door = await openDoor({ host: '127.0.0.1', port: 0 })
  }
  writeFileSync(file, `${door.port}\n`, { mode: 0o600 })
  return door
}

function rememberedPort(file: string): number | undefined {
  const port = Number(readIfThere(file)?.trim())
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
}

/** The owner's token: made at the first start, readable by the owner of the home alone. */
function ownerToken(home: string): string {
  const file = join(home, 'token')
  const known = readIfThere(file)?.trim()
  if (known !== undefined && /^[A-Za-z0-9_-]{32,}$/.test(known)) {
    chmodSync(file, 0o600)
    return known
  }
  const token = randomBytes(32).toString('base64url')
  writeFileSync(file, `${token}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
  return token
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined // fs errors carry a code
    throw error
  }
}

function nameOfOwner(): string {
  try {
    return userInfo().username
  } catch {
    return 'owner' // a user id without a name, as in many containers
  }
}

function onceOnly(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}
