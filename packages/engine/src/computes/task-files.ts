/**
 * The files through which a backend and the lifecycle wrapper talk: written here, read here, shaped by `wrapper.ts`.
 * They are small and on the disk the database is on: synchronous calls cost a tenth of what promises cost here.
 */
import {
  closeSync,
  existsSync,
  constants as fileFlags,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { asNumber, asObject, asString, fail, type Json } from '@lazurite/spec'
import type { Task } from '../task.ts'
import type { Observation } from './backend.ts'
import type { TaskGroups } from './cgroup.ts'
import type { ProcessMark } from './proc.ts'
import { quoteShell, wrapperText } from './wrapper.ts'

/** The backend's own folder in an attempt folder. */
export const folderOf = (o: { dir: string }): string => join(o.dir, 'task')

/** What the wrapper is told beside the task itself. */
export interface Plan {
  task: Task
  bash: string
  setsid: string
  /** The small clean environment; the task's own comes on top. */
  baseEnv: Record<string, string>
  groups: TaskGroups
  /** Program that tells what GPUs do, where there is one. */
  gpuTool?: string
  /** File made when the task has ended, in a folder somebody watches. */
  notice: string
}

/** Kernel limit for one string handed to a program. */
const maxStringBytes = 131_071
/** Longer commands go through a file. */
const maxInlineBytes = 100_000

/** Writes everything the wrapper reads. The folder is private: it holds the job's token. */
export function writePlan(plan: Plan): void {
  const { task } = plan
  const folder = folderOf(task)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const shared = { ...plan.baseEnv, ...task.env, LAZ_TASK_ID: task.id }
  const logs = new Set([task.logFile, ...task.processes.map((p) => p.logFile)])
  for (const log of logs) if (!existsSync(dirname(log))) mkdirSync(dirname(log), { recursive: true })
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 })
  const inline = Buffer.byteLength(task.command) <= maxInlineBytes
  write('wrapper.sh', wrapperText)
  write('env', exportLines(shared))
  for (const { name, env, cwd } of task.processes) {
    // the wrapper reads it in the process's own shell, just before the command
    const go = cwd === undefined ? '' : `cd ${quoteShell(cwd)} || exit 126\nunset OLDPWD\n`
    if (go !== '' || Object.keys(env).length > 0) write(`env.${name}`, exportLines(env) + go)
  }
  if (!inline) write('command', task.command)
  // reserves the bytes of the exit record, so that a disk that fills up cannot lose it
  write('exit.tmp', `${' '.repeat(511)}\n`)
  write('plan', planText(plan, oddOnes(shared), inline))
}

function planText(plan: Plan, odd: Record<string, string>, inline: boolean): string {
  const { task } = plan
  const processes = task.processes.length > 0 ? task.processes : [{ name: 'main', logFile: task.logFile }]
  const words = ['"$laz_setsid"']
  const oddWords = Object.entries(odd).map(([name, value]) => quoteShell(`${name}=${value}`))
  if (oddWords.length > 0) words.push('env', '--', ...oddWords)
  words.push('"$laz_bash"', inline ? '-c "$laz_command" bash' : '"$laz_dir/command"')
  const values: Record<string, string> = {
    laz_id: task.id,
    laz_dir: folderOf(task),
    laz_cwd: task.cwd,
    laz_command: inline ? task.command : '',
    laz_exec: words.join(' '),
    laz_bash: plan.bash,
    laz_setsid: plan.setsid,
    laz_timeout: task.timeoutSeconds === undefined ? '' : String(Math.max(0.05, task.timeoutSeconds)),
    laz_grace: seconds(task.graceMs),
    laz_cg: plan.groups.tree ?? '',
    laz_mem: plan.groups.memory ?? '',
    laz_groups: [plan.groups.tree, plan.groups.memory].flatMap((path) => (path ? [quoteShell(path)] : [])).join(' '),
    laz_limits: Object.entries(plan.groups.limits)
      .map(([file, text]) => `echo ${text} > ${quoteShell(file)}`)
      .join('; '),
    laz_notice: plan.notice,
    laz_many: processes.length > 1 ? 'yes' : '',
    laz_every: task.sample === undefined ? '' : seconds(task.sample.everySeconds * 1000),
    laz_smi: task.sample?.gpus.length ? (plan.gpuTool ?? '') : '',
    laz_gpus: task.sample?.gpus.join(',') ?? '',
    laz_processes: processes.map((p) => `${quoteShell(p.name)} ${quoteShell(p.logFile)}`).join(' '),
  }
  return `${Object.entries(values)
    .map(([name, value]) => `${name}=${quoteShell(value)}`)
    .join('\n')}\n`
}

/** Refuses what no shell and no kernel can carry, by name. */
export function checkTask(task: Task): void {
  if (!/^[\w.-]{1,200}$/.test(task.id)) fail('BadArgument', { what: `The task id '${task.id}' is not a plain word.` })
  const names = task.processes.map((p) => p.name)
  if (names.some((name) => !/^[\w-]{1,64}$/.test(name)) || new Set(names).size !== names.length) {
    fail('BadArgument', { what: `The process names ${names.join(', ')} are not distinct plain words.` })
  }
  if (task.command.includes('\0')) fail('BadArgument', { what: 'The command holds a NUL character.' })
  const odd = task.processes.flatMap((p) => Object.keys(p.env).filter(isOdd))
  if (odd.length > 0) {
    fail('BadArgument', { what: `The environment variable ${odd[0]} cannot be set for one process only.` })
  }
  for (const env of [task.env, ...task.processes.map((p) => p.env)]) {
    for (const [name, value] of Object.entries(env)) {
      if (name === '' || /[=\0]/.test(name) || value.includes('\0')) {
        fail('BadArgument', { what: `The environment variable ${JSON.stringify(name)} cannot be set.` })
      }
      if (Buffer.byteLength(name) + Buffer.byteLength(value) + 1 > maxStringBytes) {
        fail('TooLarge', { what: `The environment variable ${name}`, limit: '128 KiB, the kernel’s limit' })
      }
    }
  }
}

/** Names that no shell variable can have, or that bash keeps for itself; they go through `env`. */
function oddOnes(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => isOdd(name)))
}

function isOdd(name: string): boolean {
  return !/^[A-Za-z_]\w*$/.test(name) || /^(laz_.*|UID|EUID|PPID|SHELLOPTS|BASHOPTS|BASH_VERSINFO)$/.test(name)
}

function exportLines(env: Record<string, string>): string {
  return Object.entries(env)
    .filter(([name]) => !isOdd(name))
    .map(([name, value]) => `export ${name}=${quoteShell(value)}\n`)
    .join('')
}

/** Asks the wrapper to end the task within `graceMs`; a later, shorter grace replaces a longer one. */
export function writeCancel(folder: string, graceMs: number): void {
  const earlier = Number(readQuietly(join(folder, 'cancel')))
  if (earlier > 0 && earlier * 1000 <= graceMs) return
  const next = join(folder, `cancel.${process.pid}`)
  writeFileSync(next, `${seconds(graceMs)}\n`)
  renameSync(next, join(folder, 'cancel'))
}

export interface WrapperMark extends ProcessMark {
  bootId: string
}

/** Who the wrapper is, once it is up. */
export function readWrapper(folder: string): WrapperMark | undefined {
  const [pid, startTime, bootId] = readQuietly(join(folder, 'wrapper'))?.trim().split(' ') ?? []
  return pid && startTime && bootId ? { pid: Number(pid), startTime, bootId } : undefined
}

/** Session leaders of the user's processes, as far as they were started. */
export function readLeaders(folder: string): ProcessMark[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => name.startsWith('pid.'))
  return names.flatMap((name) => {
    const [pid, startTime] = readQuietly(join(folder, name))?.trim().split(' ') ?? []
    return pid ? [{ pid: Number(pid), startTime: startTime ?? '' }] : []
  })
}

/** The exit record as an observation; undefined while there is none. */
export function readExit(folder: string): Observation | undefined {
  const text = readQuietly(join(folder, 'exit'))
  if (text === undefined) return undefined
  const record = asObject(parse(text))
  const exitCode = asNumber(record.exitCode)
  if (exitCode === undefined) return { phase: 'lost', cause: 'lost', message: 'its exit record is damaged' }
  const oom = (asNumber(record.oomKills) ?? 0) > 0 && exitCode !== 0
  const told = asString(record.cause)
  const cause = told === 'cancelled' || told === 'timeout' ? told : oom ? 'oom' : 'user'
  const signal = signalOf(exitCode)
  const [startedAt, endedAt] = [asNumber(record.startedAt), asNumber(record.endedAt)]
  const failedFirst = asString(record.process)
  return {
    phase: 'done',
    exitCode,
    cause,
    ...(signal === undefined ? {} : { signal }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(failedFirst && cause === 'user' ? { message: `process ${failedFirst} failed first` } : {}),
  }
}

/** Epoch ms at which the command was started. */
export function readStarted(folder: string): number | undefined {
  const text = readQuietly(join(folder, 'started'))
  return text === undefined || text.trim() === '' ? undefined : Number(text)
}

/** How long ago a file was written, in ms; undefined when it is not there. */
export function ageOf(file: string): number | undefined {
  try {
    return Date.now() - statSync(file).mtimeMs
  } catch {
    return undefined
  }
}

/** A shell reports a death by signal as 128 + its number. */
function signalOf(exitCode: number): string | undefined {
  if (exitCode <= 128) return undefined
  return Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0]
}

function seconds(ms: number): string {
  return String(Math.max(0, ms) / 1000)
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Undefined when nothing can be read; a pipe in the file's place must not make the server wait. */
function readQuietly(path: string): string | undefined {
  let fd: number | undefined
  try {
    fd = openSync(path, fileFlags.O_RDONLY | fileFlags.O_NONBLOCK)
    return readFileSync(fd, 'utf8')
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
