/**
 * What the kernel tells about processes. A pid alone proves nothing: numbers are used again. A pid with its start time and
 * the boot id of the machine names one process for ever.
 */
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessMark {
  pid: number
  /** Ticks since boot, field 22 of /proc/<pid>/stat. */
  startTime: string
}

interface ProcessStat extends ProcessMark {
  state: string
  group: number
  session: number
}

/** The kernel's line about one process; undefined when there is none. */
export function statOf(pid: number): ProcessStat | undefined {
  const text = readQuietly(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // the command name, in parentheses, may hold blanks and parentheses
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    pid,
    state: fields[0] ?? '',
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTime: fields[19] ?? '',
  }
}

/** True when exactly this process runs (a zombie does not). */
export function isAlive(mark: ProcessMark): boolean {
  const stat = statOf(mark.pid)
  return stat !== undefined && stat.startTime === mark.startTime && stat.state !== 'Z' && stat.state !== 'X'
}

export function readBootId(): string {
  return (readQuietly('/proc/sys/kernel/random/boot_id') ?? '').trim()
}

export interface Leftovers {
  /** Leaders of the sessions the task had. */
  sessions: ProcessMark[]
  /** Values of LAZ_TASK_ID whose holders are meant. */
  taskIds: Set<string>
}

/**
 * Every process that belongs to a task: in one of its sessions, or with its id in the environment it was started with.
 * A session number stays taken as long as any member lives, so a live process of that number with another start time
 * means that the session is somebody else's.
 */
function findLeftovers(what: Leftovers): number[] {
  const sessions = new Set<number>()
  for (const leader of what.sessions) {
    const now = statOf(leader.pid)
    if (now === undefined || leader.startTime === '' || now.startTime === leader.startTime) sessions.add(leader.pid)
  }
  const found: number[] = []
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) continue
    const stat = sessions.size > 0 ? statOf(pid) : undefined
    const inSession = stat !== undefined && sessions.has(stat.session) && stat.state !== 'Z'
    if (inSession || (what.taskIds.size > 0 && carriesTask(pid, what.taskIds))) found.push(pid)
  }
  return found
}

/** Kills what `findLeftovers` finds, again and again until a look finds nothing: a process may fork while we look. */
export function killLeftovers(what: Leftovers): number {
  let killed = 0
  for (let round = 0; round < 10; round++) {
    const found = findLeftovers(what).filter(kill)
    if (found.length === 0) break
    killed += found.length
  }
  return killed
}

function carriesTask(pid: number, taskIds: Set<string>): boolean {
  const environ = readQuietly(`/proc/${pid}/environ`, 'latin1')
  if (environ === undefined) return false
  const start = environ.startsWith(marker) ? 0 : environ.indexOf(`\0${marker}`) + 1
  if (start === 0 && !environ.startsWith(marker)) return false
  const end = environ.indexOf('\0', start)
  return taskIds.has(environ.slice(start + marker.length, end < 0 ? undefined : end))
}

const marker = 'LAZ_TASK_ID='

function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}

function readQuietly(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string | undefined {
  try {
    return readFileSync(path, encoding)
  } catch {
    return undefined
  }
}
