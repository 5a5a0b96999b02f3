// Finding the server by its one small file, and starting one when there is none. Nothing is probed: the file says where
// the server is, and only a refused connection makes us look whether that process still lives.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Connection, Lazurite } from '@lazurite/client'
import { fail, LazError, type WorkspaceId } from '@lazurite/spec'

/** What `<home>/server.json` holds. */
export interface ServerFile {
  pid: number
  port: number
  url: string
  token: string
  startedAt?: string
  version?: string
}

/** The server's own note of where it is; undefined when there is none or it is half written. */
export function readServerFile(home: string): ServerFile | undefined {
  try {
    const file: unknown = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))
    if (typeof file !== 'object' || file === null) return undefined
    const { pid, url, token } = file as Partial<ServerFile> // fields are checked on the next line
    if (typeof pid !== 'number' || typeof url !== 'string' || typeof token !== 'string') return undefined
    return file as ServerFile // checked above
  } catch {
    return undefined
  }
}

/** Whether a process of that id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

export interface Connecting {
  home: string
  env: NodeJS.ProcessEnv
  workspace: WorkspaceId
  /** The home was named on the command line, so LAZ_URL does not count. */
  given: boolean
}

/** A client of the server that LAZ_URL names, else of the one in the home folder, started when there is none. */
export async function connect({ home, env, workspace, given }: Connecting): Promise<Lazurite> {
  const url = env.LAZ_URL
  if (url && !given) return new Lazurite({ url, token: env.LAZ_TOKEN, workspace })
  const found = readServerFile(home)
  const revive = async (): Promise<Connection> => startServer({ home, env })
  if (found) return new Lazurite({ url: found.url, token: found.token, workspace, revive })
  const started = await startServer({ home, env })
  return new Lazurite({ url: started.url, token: started.token, workspace })
}

export interface Starting {
  home: string
  env: NodeJS.ProcessEnv
  port?: number | undefined
  /** Further words for the server: --ephemeral, --parent-pid. */
  words?: readonly string[]
}

/** The bundled server beside the bundled command line. */
export function serverBundle(): string {
  return join(import.meta.dirname, '../dist/server.mjs')
}

const patienceMs = 30_000

/**
 * Starts the server in the background and waits until it says where it is. When another one takes the home meanwhile,
 * that one is the answer. Raises what the server said when it could not start.
 */
export async function startServer({ home, env, port, words: more = [] }: Starting): Promise<ServerFile> {
  const bundle = serverBundle()
  if (!existsSync(bundle)) fail('FileNotFound', { path: bundle })
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
  } catch (error) {
    fail('HomeUnusable', { path: home, why: error instanceof Error ? error.message : 'it cannot be made' })
  }
  const before = readServerFile(home)
  const logPath = join(home, 'server.log')
  const logStart = existsSync(logPath) ? statSync(logPath).size : 0
  const log = openSync(logPath, 'a', 0o600)
  const words = [bundle, '--home', home, ...(port === undefined ? [] : ['--port', String(port)]), ...more]
  const child = spawn(process.execPath, words, { detached: true, stdio: ['ignore', log, log], env, cwd: home })
  closeSync(log)
  let exit: number | undefined
  child.on('error', () => {
    exit = -1
  })
  child.on('exit', (code) => {
    exit = code ?? -1
  })
  child.unref()
  const startedAt = Date.now()
  while (Date.now() - startedAt < patienceMs) {
    const file = readServerFile(home)
    if (file && (file.pid === child.pid || (file.pid !== before?.pid && isAlive(file.pid)))) return file
    if (exit !== undefined && !(await somebodyElse(home))) throw startError(logPath, logStart, home)
    await new Promise((go) => setTimeout(go, 5))
  }
  return fail('Timeout', { what: 'Starting the server', limit: `${patienceMs / 1000} seconds` })
}

/** Our server gave up: did another one win the race for this home? */
async function somebodyElse(home: string): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    const file = readServerFile(home)
    if (file && isAlive(file.pid)) return true
    if (tries > 10 && !existsSync(join(home, 'lock.db'))) return false
    if (tries > 20) return false
    await new Promise((go) => setTimeout(go, 10))
  }
  return false
}

/** The last thing the server said since it was started, without the frames of a stack. */
function startError(logPath: string, from: number, home: string): LazError {
  let said = ''
  try {
    said = readFileSync(logPath).subarray(from).toString('utf8')
  } catch {
    // the sentence below says enough
  }
  const error = new LazError('HomeUnusable', { path: home, why: 'the server ended at once' })
  const lines = said
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
    .slice(-4)
  return Object.assign(error, {
    message: lines.length > 0 ? `The server could not start: ${lines.map(plainLine).join('\n  ')}` : error.message,
    hint: `Its log is ${logPath}.`,
  })
}

/** A log line is JSON with `msg`, or plain text. */
function plainLine(line: string): string {
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown } // any JSON may stand there; only msg is read
    return typeof msg === 'string' ? msg : line
  } catch {
    return line
  }
}

/** Asks the server of a home to stop and waits until its process is gone. False when none runs. */
export async function stopServer(home: string): Promise<boolean> {
  const file = readServerFile(home)
  if (!file || !isAlive(file.pid) || !isServer(file.pid)) return false
  process.kill(file.pid, 'SIGTERM')
  const startedAt = Date.now()
  while (isAlive(file.pid)) {
    if (Date.now() - startedAt > 15_000) process.kill(file.pid, 'SIGKILL')
    await new Promise((go) => setTimeout(go, 10))
  }
  return true
}

/** A process id may have been given to another program since; where the system tells, we look. */
function isServer(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('server.mjs')
  } catch {
    return true
  }
}
