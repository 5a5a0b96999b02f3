// What a verb is handed: the caller's words, the workspace they mean, and a client that starts the server when needed.
import { fstatSync, readFileSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { isatty } from 'node:tty'
import type { Lazurite } from '@lazurite/client'
import type { Json, Kind, WorkspaceId } from '@lazurite/spec'
import { type Args, isSet, textOf } from './args.ts'
import type { Format, Shown } from './output.ts'
import { type Screen, screenOf } from './paint.ts'
import type { Filled } from './surface.ts'

/** What a verb leaves behind: a value to print, columns for people, an exit code that is not 0. */
export interface Result {
  value?: Json | undefined
  shown?: readonly Shown[] | undefined
  /** Printed as it is instead of a value, unless a format or query was asked for. */
  text?: string | undefined
  code?: number
}

export interface Defaults {
  group?: string
  workspace?: string
  subscription?: string
  location?: string
}

export interface Session {
  readonly kind: Kind | undefined
  readonly verb: string
  /** The flags of the command, which tell what place of a document each fills. */
  readonly flags: readonly Filled[]
  readonly home: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly workspace: WorkspaceId
  readonly defaults: Defaults
  /** What the terminal can show: where results go, and where words beside them go. */
  readonly out: Screen
  readonly err: Screen
  readonly format: Format | undefined
  readonly quiet: boolean
  now(): number
  /** Words beside the result: to stderr, silent with --only-show-errors. */
  say(text: string): void
  /** Text or bytes to stdout as they come; waits while the pipe is full. */
  write(part: string | Uint8Array): Promise<void>
  /** The last thing a command writes, without the stream around it. */
  print(text: string): Promise<void>
  client(workspace?: WorkspaceId): Promise<Lazurite>
}

/** The home folder: --home, LAZ_HOME, else ~/.lazurite. */
export function homeOf(env: NodeJS.ProcessEnv, given?: string): string {
  return resolve(given ?? (env.LAZ_HOME || join(homedir(), '.lazurite')))
}

const fallback = { group: 'lazurite', workspace: 'main', subscription: '00000000-0000-0000-0000-000000000001' }

/** Defaults kept by `laz configure --defaults`. A file that is no JSON object counts as empty. */
export function readDefaults(home: string): Defaults {
  try {
    const kept: unknown = JSON.parse(readFileSync(join(home, 'defaults.json'), 'utf8'))
    if (typeof kept !== 'object' || kept === null) return {}
    const words = Object.entries(kept).filter(([, word]) => typeof word === 'string' && word !== '')
    return Object.fromEntries(words)
  } catch {
    return {}
  }
}

/** The workspace that flags, environment and defaults name, in that order. */
export function workspaceOf(args: Args, env: NodeJS.ProcessEnv, defaults: Defaults): WorkspaceId {
  const pick = (...words: (string | undefined)[]) => words.find((word) => word !== undefined && word !== '')
  return {
    subscription:
      pick(textOf(args, 'subscription'), env.AZURE_DEFAULTS_SUBSCRIPTION, defaults.subscription) ??
      fallback.subscription,
    resourceGroup: pick(textOf(args, 'resource-group'), env.AZURE_DEFAULTS_GROUP, defaults.group) ?? fallback.group,
    workspace:
      pick(
        textOf(args, 'workspace-name'),
        // a feature store is a workspace
        textOf(args, 'feature-store-name'),
        env.AZURE_DEFAULTS_WORKSPACE,
        defaults.workspace,
      ) ?? fallback.workspace,
  }
}

export interface Opening {
  args: Args
  kind: Kind | undefined
  verb: string
  flags: readonly Filled[]
  env: NodeJS.ProcessEnv
}

export function openSession({ args, kind, verb, flags, env }: Opening): Session {
  const given = textOf(args, 'home')
  const home = homeOf(env, given)
  const defaults = readDefaults(home)
  // defaults name a workspace of the server that LAZ_URL names
  const isLocal = isSet(args, 'local') && Boolean(env.LAZ_URL)
  const workspace = isLocal ? workspaceOf(args, {}, {}) : workspaceOf(args, env, defaults)
  const format = textOf(args, 'output')
  const quiet = isSet(args, 'only-show-errors')
  return {
    kind,
    verb,
    flags,
    home,
    cwd: process.cwd(),
    env,
    workspace,
    defaults,
    // opening a standard stream takes milliseconds: it waits until somebody asks, by then the request is on its way
    get out() {
      return isTerminal(1) ? screenOf(process.stdout, env) : screenOf({}, env)
    },
    get err() {
      return screenOf(process.stderr, env)
    },
    // --output was checked against the table of formats when it was read
    format: format as Format | undefined,
    quiet,
    now: Date.now,
    say: (text) => {
      if (!quiet) process.stderr.write(`${text}\n`)
    },
    write: writeOut,
    print: printOut,
    client: async (other) => {
      const { connect } = await import('./daemon.ts')
      const start = async () => (await import('./launch.ts')).startServer({ home, env })
      const isHome = given !== undefined || isLocal
      return connect({ home, env, workspace: other ?? workspace, start, given: isHome })
    },
  }
}

/** While the work runs, Ctrl-C aborts the signal instead of ending the process; a second Ctrl-C ends it with 130. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController()
  const stop = () => {
    if (stopping.signal.aborted) process.exit(130)
    stopping.abort()
  }
  process.on('SIGINT', stop)
  try {
    return await work(stopping.signal)
  } finally {
    process.off('SIGINT', stop)
  }
}

/** A pipe or a file is none; only what might be one is worth loading the module that knows. */
function isTerminal(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice() && isatty(fd)
  } catch {
    return false
  }
}

/** Straight to the descriptor: what reads slowly, or has gone away, is left to the stream that knows how. */
async function printOut(text: string): Promise<void> {
  const bytes = Buffer.from(text)
  let written = 0
  try {
    while (!isTerminal(1) && written < bytes.length) written += writeSync(1, bytes, written)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return
  }
  if (written < bytes.length) await writeOut(bytes.subarray(written))
}

let guarded = false

/** A reader that goes away early (`| head`) ends us quietly. */
function guardOut(): void {
  if (guarded) return
  guarded = true
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

async function writeOut(part: string | Uint8Array): Promise<void> {
  guardOut()
  await new Promise<void>((done) => process.stdout.write(part, () => done()))
}
