/**
 * Virtual environments, one for each distinct content, built once. A folder counts only when its marker, written last,
 * says that it was finished; what jobs install goes into layers of their own, so it stays as it was built.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fail } from '@lazurite/spec'
import { isAlive, statOf } from '../computes/proc.ts'
import type { Python } from '../python.ts'
import { findUv, type InstallFailure, install } from './install.ts'
import { runTool } from './tool.ts'

export interface VenvSpec {
  python: Python
  requirements: string[]
}

export interface Venv {
  prefix: string
  /** Its package folder. */
  site: string
  hash: string
  /** Built by this very call. */
  fresh: boolean
}

export interface BuildOptions {
  /** Folder of all environments. */
  envs: string
  onLine: (line: string) => void
  signal: AbortSignal
}

/** Raised when packages could not be installed; what is to be done about it is the caller's business. */
export class InstallFailed extends Error {
  readonly failure: InstallFailure

  constructor(failure: InstallFailure) {
    super(failure.why)
    this.failure = failure
  }
}

/** Content hash of an environment: the interpreter and what is installed, in order. */
function hashVenv({ python, requirements }: VenvSpec): string {
  const content = JSON.stringify(['venv 1', process.arch, python.executable, python.version, requirements])
  return createHash('sha256').update(content).digest('hex').slice(0, 32)
}

interface Flight {
  built: Promise<Venv>
  waiting: number
  stop: AbortController
  lines: string[]
  listeners: Set<(line: string) => void>
}

const flights = new Map<string, Flight>()

/**
 * The environment of that content: as it lies there, or built now. Calls for the same content share one build, each sees
 * its lines, and it is only given up when nobody waits for it any more.
 * Raises InstallFailed, EnvironmentFailed.
 */
export async function ensureVenv(spec: VenvSpec, o: BuildOptions): Promise<Venv> {
  o.signal.throwIfAborted()
  const hash = hashVenv(spec)
  const key = join(o.envs, hash)
  if (!flights.has(key) && isReady(key)) return venvAt(key, spec, false)
  for (;;) {
    const flight = flights.get(key) ?? takeOff(key, spec, { ...o, hash })
    if (!flight.stop.signal.aborted) return board(flight, o)
    // everybody left this one: it has to land before the next can start
    await flight.built.catch(() => {})
  }
}

function takeOff(key: string, spec: VenvSpec, o: BuildOptions & { hash: string }): Flight {
  const stop = new AbortController()
  const lines: string[] = []
  const listeners = new Set<(line: string) => void>()
  const onLine = (line: string) => {
    lines.push(line)
    for (const listener of listeners) listener(line)
  }
  const built = build(spec, { envs: o.envs, hash: o.hash, onLine, signal: stop.signal }).finally(() =>
    flights.delete(key),
  )
  built.catch(() => {
    // told to those on board; there may be none
  })
  const flight: Flight = { built, waiting: 0, stop, lines, listeners }
  flights.set(key, flight)
  return flight
}

async function board(flight: Flight, o: BuildOptions): Promise<Venv> {
  flight.waiting += 1
  for (const line of flight.lines) o.onLine(line)
  flight.listeners.add(o.onLine)
  let leave = () => {}
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(o.signal.reason)
    o.signal.addEventListener('abort', leave, { once: true })
  })
  try {
    return await Promise.race([flight.built, left])
  } finally {
    o.signal.removeEventListener('abort', leave)
    flight.listeners.delete(o.onLine)
    flight.waiting -= 1
    if (flight.waiting === 0) flight.stop.abort(new Error('nobody waits for this environment any more'))
  }
}

/** True when the folder was finished and its interpreter is still on the machine. */
function isReady(prefix: string): boolean {
  return existsSync(join(prefix, '.ready')) && existsSync(join(prefix, 'bin', 'python'))
}

function venvAt(prefix: string, spec: VenvSpec, fresh: boolean): Venv {
  const minor = spec.python.version.split('.').slice(0, 2).join('.')
  return { prefix, site: join(prefix, 'lib', `python${minor}`, 'site-packages'), hash: basename(prefix), fresh }
}

async function build(spec: VenvSpec, o: BuildOptions & { hash: string }): Promise<Venv> {
  await mkdir(o.envs, { recursive: true })
  const unlock = await lock(join(o.envs, `${o.hash}.lock`), o)
  try {
    const prefix = join(o.envs, o.hash)
    // another process built it while this one waited for the lock
    if (isReady(prefix)) return venvAt(prefix, spec, false)
    await rm(prefix, { recursive: true, force: true })
    const log = join(o.envs, `${o.hash}.log`)
    await writeFile(log, '')
    let written = Promise.resolve()
    const onLine = (line: string) => {
      o.onLine(line)
      written = written.then(() => appendFile(log, `${line}\n`)).catch(() => {})
    }
    try {
      const startedAt = Date.now()
      await make(spec, { prefix, onLine, signal: o.signal })
      const seconds = (Date.now() - startedAt) / 1000
      const record = { python: spec.python.version, requirements: spec.requirements, seconds }
      await writeFile(join(prefix, '.ready'), JSON.stringify(record))
    } catch (e) {
      await rm(prefix, { recursive: true, force: true })
      throw e
    } finally {
      await written
    }
    return venvAt(prefix, spec, true)
  } finally {
    await unlock()
  }
}

interface Make {
  prefix: string
  onLine: (line: string) => void
  signal: AbortSignal
}

async function make(spec: VenvSpec, o: Make): Promise<void> {
  const uv = findUv()
  const { python, requirements } = spec
  const installer = uv === undefined ? 'pip' : 'uv'
  o.onLine(`Making a virtual environment with Python ${python.version} and ${installer}.`)
  await makeEmpty(python, uv, o)
  for (const line of requirements) o.onLine(`  ${line}`)
  const failure = await install({ ...o, requirements, ...(uv === undefined ? {} : { uv }) })
  if (failure !== undefined) throw new InstallFailed(failure)
}

/** An environment with nothing but pip, which commands expect to find. */
async function makeEmpty(python: Python, uv: string | undefined, o: Make): Promise<void> {
  const { onLine, signal } = o
  if (uv !== undefined) {
    const args = ['venv', '--seed', '--quiet', '--python', python.executable, o.prefix]
    const made = await runTool({ command: uv, args, onLine, signal })
    if (made.exitCode === 0) return
    // uv fetches pip from the index; Python brings one along
    await rm(o.prefix, { recursive: true, force: true })
  }
  const made = await runTool({ command: python.executable, args: ['-m', 'venv', o.prefix], onLine, signal })
  if (made.exitCode === 0) return
  const why = /ensurepip|python3?[\d.]*-venv/.test(made.output)
    ? `Python ${python.version} has no ensurepip (on Debian and Ubuntu: install the package python3-venv)`
    : (made.output.split('\n').findLast((line) => line.trim() !== '') ?? 'python -m venv failed')
  fail('EnvironmentFailed', { name: `Python ${python.version}`, why })
}

const lockPollMs = 200

/** One builder at a time, across processes. A lock whose owner is dead is taken over. */
async function lock(folder: string, o: BuildOptions): Promise<() => Promise<void>> {
  const me = statOf(process.pid)
  for (let round = 0; ; round++) {
    o.signal.throwIfAborted()
    try {
      await mkdir(folder)
      await writeFile(join(folder, 'owner'), `${process.pid} ${me?.startTime ?? ''}\n`)
      return () => rm(folder, { recursive: true, force: true })
    } catch (e) {
      if (!(e instanceof Error && 'code' in e && e.code === 'EEXIST')) throw e
    }
    if (await isStale(folder)) await rm(folder, { recursive: true, force: true })
    else {
      if (round === 0) o.onLine(`Waiting for another process that builds ${basename(folder, '.lock')}.`)
      await pause(lockPollMs, undefined, { signal: o.signal })
    }
  }
}

async function isStale(folder: string): Promise<boolean> {
  const [pid, startTime] = (await readFile(join(folder, 'owner'), 'utf8').catch(() => '')).trim().split(' ')
  if (pid && startTime) return !isAlive({ pid: Number(pid), startTime })
  // no owner yet: it is being written, or its writer died in between
  const age = await stat(folder).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  )
  return age > 5_000
}
