// Starting the server in the background, when nobody else has.
import { spawn } from 'node:child_process'
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fail, LazError } from '@lazurite/spec'
import { isAlive, readServerFile, type ServerFile } from './daemon.ts'

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

/** For another server to say where it is; and for ours while it lives: it may bring a very large database up to date. */
const patienceMs = 30_000
const patienceWithOursMs = 900_000
/** What the server ends with when another one has the home. */
const homeInUseExit = 75
const retryMs = 250

/**
 * Starts the server in the background and waits until it says where it is. When another one takes the home meanwhile,
 * that one is the answer. Raises what the server said when it could not start.
 */
export async function startServer({ home, env, port, words: more = [] }: Starting): Promise<ServerFile> {
  const bundle = serverBundle()
  if (!existsSync(bundle)) fail('FileNotFound', { path: bundle })
  makeHome(home)
  const before = readServerFile(home)
  const logPath = join(home, 'server.log')
  const logStart = existsSync(logPath) ? statSync(logPath).size : 0
  const words = [bundle, '--home', home, ...(port === undefined ? [] : ['--port', String(port)]), ...more]
  const launch = () => launchServer(words, { home, env, logPath })
  let child = launch()
  const startedAt = Date.now()
  while (Date.now() - startedAt < (child.exit === undefined ? patienceWithOursMs : patienceMs)) {
    const file = readServerFile(home)
    if (file && (file.pid === child.pid || isNewcomer(file, before))) return file
    if (child.exit !== undefined && child.exit !== homeInUseExit) throw startError(logPath, logStart, home)
    if (child.exit === undefined) await new Promise((go) => setTimeout(go, 5))
    else {
      // one that comes up or goes down has the home, and does not say where it is: ours is tried again until it does
      await new Promise((go) => setTimeout(go, retryMs))
      if (!isNewcomer(readServerFile(home), before)) child = launch()
    }
  }
  if (child.exit !== undefined) throw startError(logPath, logStart, home)
  return fail('Timeout', {
    what: 'Starting the server',
    limit: `${Math.round((Date.now() - startedAt) / 1000)} seconds`,
  })
}

function isNewcomer(file: ServerFile | undefined, before: ServerFile | undefined): boolean {
  return file !== undefined && file.pid !== before?.pid && isAlive(file.pid)
}

interface Launched {
  pid: number | undefined
  /** What it ended with; undefined while it runs. */
  exit: number | undefined
}

function launchServer(
  words: string[],
  { home, env, logPath }: { home: string; env: NodeJS.ProcessEnv; logPath: string },
): Launched {
  const log = openSync(logPath, 'a', 0o600)
  const child = spawn(process.execPath, words, { detached: true, stdio: ['ignore', log, log], env, cwd: home })
  closeSync(log)
  const launched: Launched = { pid: child.pid, exit: undefined }
  child.on('error', () => {
    launched.exit = -1
  })
  child.on('exit', (code) => {
    launched.exit = code ?? -1
  })
  child.unref()
  return launched
}

/** Makes the home folder when it is not there. Raises HomeUnusable. */
export function makeHome(home: string): void {
  try {
    makeFolder(home)
    accessSync(home, constants.W_OK)
  } catch (error) {
    fail('HomeUnusable', { path: home, why: error instanceof Error ? error.message : 'it cannot be made' })
  }
  if (!statSync(home).isDirectory()) fail('HomeUnusable', { path: home, why: 'it is a file' })
}

/** One folder at a time: the recursive call of Node does not end below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
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
