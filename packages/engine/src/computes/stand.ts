/** The ground scenarios of backends are played on: a home of their own, tasks in it, and patience with limits. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Task } from '../task.ts'
import type { Backend, Handle, Observation } from './backend.ts'

interface Stand {
  home: string
  backend: Backend
  /** A second backend object over the same state, as after a restart. */
  reopen(): Promise<Backend>
  /** A task in a fresh folder. */
  task(command: string, more?: Partial<Task>): Promise<Task>
  /** Starts it and waits for its end. */
  run(command: string, more?: Partial<Task>): Promise<{ task: Task; handle: Handle; seen: Observation; log: string }>
}

export interface Scenario {
  name: string
  /** What a backend must be capable of for it; all must do the rest. */
  needs?: 'stopsEscaped' | 'multiProcess'
  run(stand: Stand): Promise<void>
}

let counter = 0

/** Runs one scenario in a folder of its own and removes what it made. */
export async function playScenario(scenario: Scenario, open: (home: string) => Promise<Backend>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'laz-backend-'))
  const backend = await open(home)
  const stand: Stand = {
    home,
    backend,
    reopen: () => open(home),
    async task(command, more = {}) {
      counter += 1
      const id = `${process.pid}${Date.now().toString(36)}x${counter}.1`
      const dir = join(home, 'runs', id)
      const cwd = join(dir, 'wd')
      await mkdir(cwd, { recursive: true })
      const base = { id, dir, cwd, command, env: {}, logFile: join(dir, 'log.txt'), processes: [], graceMs: 1000 }
      return { ...base, ...more }
    },
    async run(command, more) {
      const task = await stand.task(command, more)
      const handle = await backend.start(task)
      const seen = await untilEnd(backend, handle)
      return { task, handle, seen, log: await readFile(task.logFile, 'utf8').catch(() => '') }
    },
  }
  try {
    await scenario.run(stand)
  } finally {
    for (const handle of await backend.list()) {
      await backend.stop(handle, 0)
      await backend.clean(handle)
    }
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Waits for a condition; the scenarios never wait longer than they must. */
export async function until<T>(look: () => Promise<T | undefined>, what: string, limitMs = 15_000): Promise<T> {
  const end = Date.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    assert.ok(Date.now() < end, `waited too long for ${what}`)
    await pause(5)
  }
}

export async function untilEnd(backend: Backend, handle: Handle): Promise<Observation> {
  const over = async () => {
    const seen = (await backend.observe([handle])).get(handle.taskId)
    return seen !== undefined && (seen.phase === 'done' || seen.phase === 'lost') ? seen : undefined
  }
  return until(over, `the end of ${handle.taskId}`)
}

export async function untilLog(task: Task, text: string): Promise<string> {
  const look = async () => {
    const log = await readFile(task.logFile, 'utf8').catch(() => '')
    return log.includes(text) ? log : undefined
  }
  return until(look, `'${text}' in the log`)
}

export const gone = (pid: number) => {
  try {
    // what is dead but not yet collected by its parent is gone too
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}

export const untilGone = (pid: number) => until(async () => (gone(pid) ? true : undefined), `process ${pid} to vanish`)

export const numberIn = (log: string, name: string): number => Number(new RegExp(`${name}=(\\d+)`).exec(log)?.[1])
