/**
 * The server process: `node server.mjs --home DIR [--port N] [--host 127.0.0.1] [--tls] [--tls-port N]
 * [--ephemeral] [--parent-pid N] [--log LEVEL] [--move]`. Says where it is in `<home>/server.json` once it answers, and takes that file away when it goes.
 */
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fail, isLazError } from '@lazurite/spec'
import { defaultHome } from './config.ts'
import { makeLog, withoutSignatures } from './log.ts'
import { moveRows } from './move.ts'
import { type Server, startServer } from './server.ts'
import { version } from './version.ts'

const startedAt = new Date().toISOString()
const parentCheckMs = 500
/** What the process ends with when another server has the home: whoever started it may wait for that one. */
const homeInUseExit = 75
/** An ephemeral server takes its jobs along: they get a moment to end, then are killed. */
const ephemeralGraceMs = 1_000
const ephemeralPatienceMs = 5_000

interface Wish {
  home: string
  port: number | undefined
  host: string | undefined
  tls: true | undefined
  tlsPort: number | undefined
  ephemeral: boolean
  parentPid: number | undefined
  level: string | undefined
  /** Instead of serving: the rows go where LAZ_STORE says. */
  move: boolean
}

const usage =
  'Usage: server --home DIR [--port N] [--host 127.0.0.1] [--tls] [--tls-port N] [--ephemeral] [--parent-pid N] ' +
  '[--log LEVEL] [--move]'

function readWish(words: string[], env: NodeJS.ProcessEnv): Wish {
  const { values } = parseArgs({
    args: words,
    options: {
      home: { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
      tls: { type: 'boolean', default: false },
      'tls-port': { type: 'string' },
      ephemeral: { type: 'boolean', default: false },
      'parent-pid': { type: 'string' },
      log: { type: 'string' },
      move: { type: 'boolean', default: false },
    },
  })
  const ephemeral = values.ephemeral === true
  // made only when it is used: an empty folder left behind is something left behind
  const fallback = () => (ephemeral ? mkdtempSync(join(tmpdir(), 'lazurite-')) : defaultHome(env))
  return {
    home: resolve(values.home ?? fallback()),
    port: wholeNumber('--port', values.port, 65_535) ?? (ephemeral ? 0 : undefined),
    host: values.host,
    tls: values.tls || values['tls-port'] !== undefined || undefined,
    tlsPort: wholeNumber('--tls-port', values['tls-port'], 65_535),
    ephemeral,
    parentPid: wholeNumber('--parent-pid', values['parent-pid'], 4_194_304),
    level: values.log ?? env.LAZ_LOG_LEVEL,
    move: values.move === true,
  }
}

function wholeNumber(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (!/^\d+$/.test(text) || number > most)
    throw new Error(`${name} must be a whole number up to ${most}, not ${text}.`)
  return number
}

/** Written beside its place and renamed, so that a reader finds all of it or nothing. */
function announce(home: string, server: Server): void {
  const { url, token, port, sign } = server
  const { identitySecret } = sign
  const tls = server.tls.place()
  const note = { pid: process.pid, port, url, token, identitySecret, startedAt, version, ...(tls ? { tls } : {}) }
  const file = join(home, 'server.json')
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(note)}\n`, { mode: 0o600 })
  renameSync(draft, file)
}

/** What went wrong, for a person: what and how to mend it, no stack. */
function explain(error: unknown): string {
  if (isLazError(error)) return [error.message, error.hint].filter(Boolean).join('\n')
  return withoutSignatures(error instanceof Error ? error.message : String(error))
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' // errors of kill carry a code
  }
}

/** Ends the server once, however many signals come; a second one while it ends does not wait any longer. */
function endOnSignals(wish: Wish, server: Server): void {
  let ending = false
  const end = async (why: string): Promise<void> => {
    if (ending) {
      if (why === 'SIGINT') process.exit(130)
      return
    }
    ending = true
    server.app.log.info({ why }, 'stopping')
    rmSync(join(wish.home, 'server.json'), { force: true })
    if (wish.ephemeral) await server.endWork(ephemeralPatienceMs).catch(() => undefined)
    const failed = await server.close().then(
      () => false,
      (error) => {
        server.app.log.error({ err: error }, 'stopping failed')
        return true
      },
    )
    if (wish.ephemeral) rmSync(wish.home, { recursive: true, force: true })
    process.exit(failed ? 1 : 0)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end(signal))
  const { parentPid } = wish
  if (parentPid === undefined) return
  setInterval(() => {
    if (isGone(parentPid)) void end('parent gone')
  }, parentCheckMs).unref()
}

async function main(): Promise<void> {
  let wish: Wish
  try {
    wish = readWish(process.argv.slice(2), process.env)
  } catch (error) {
    process.stderr.write(`${explain(error)}\n${usage}\n`)
    process.exitCode = 2
    return
  }
  const { home, port, host, tls, tlsPort } = wish
  try {
    if (wish.move) return await moveRows(home, process.env)
    const log = makeLog(wish.level ?? 'info')
    // a mistake of ours in one corner is no reason to take everybody's work down
    process.on('unhandledRejection', (error) => log.error({ err: error }, 'a failure that nobody waited for'))
    if (wish.ephemeral && existsSync(join(home, 'laz.db'))) {
      fail('BadArgument', { what: `An ephemeral server removes its home, and ${home} holds the work of another.` })
    }
    const grace = wish.ephemeral ? { LAZ_GRACE_MS: String(ephemeralGraceMs) } : {}
    const env: NodeJS.ProcessEnv = { ...grace, ...process.env }
    if (wish.ephemeral && env.LAZ_STORE) {
      fail('BadArgument', {
        what: 'An ephemeral server leaves nothing behind, and a database elsewhere (LAZ_STORE) would be.',
      })
    }
    delete process.env.LAZ_STORE // it holds a password, and programs that are started from here get our environment
    const changed = () => announce(home, server)
    const server: Server = await startServer({ home, host, port, tls, tlsPort, log, changed, env })
    // who reads where it is may end it at once
    endOnSignals(wish, server)
    announce(home, server)
    log.info({ url: server.url, https: server.tls.place()?.url, home, version }, 'listening')
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`)
    process.exit(isLazError(error) && error.code === 'HomeInUse' ? homeInUseExit : 1)
  }
}

await main()
