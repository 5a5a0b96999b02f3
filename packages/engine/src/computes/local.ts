/**
 * Processes on this machine. The server is no parent that matters: the wrapper lives in a session of its own, the user's
 * output goes straight to its file, and a server that comes back reads from disk what happened meanwhile.
 *
 * An index under `<home>/tasks` names every task this backend knows; a file in `<home>/tasks/ended` wakes the loop the
 * moment one ends.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { asObject, asString, fail } from '@lazurite/spec'
import { explain } from '../disk.ts'
import { makeOverlay, pythonVariable } from '../overlay.ts'
import { cleanPath, hostPython, pathWith } from '../python.ts'
import type { Task } from '../task.ts'
import type { Backend, Handle, Observation } from './backend.ts'
import {
  allGroups,
  type CgroupRoots,
  findCgroups,
  groupsOf,
  killGroup,
  removeGroup,
  removeStaleGroups,
} from './cgroup.ts'
import { watchEnds } from './ends.ts'
import { makeJobTools } from './job-tools.ts'
import { Nursery } from './nursery.ts'
import { isAlive, killLeftovers, readBootId, statOf } from './proc.ts'
import {
  ageOf,
  checkTask,
  folderOf,
  readExit,
  readLeaders,
  readStarted,
  readWrapper,
  writeCancel,
  writePlan,
} from './task-files.ts'

export interface LocalOptions {
  home: string
  /** The Python that jobs find as `python` when nothing else puts one on PATH; the machine's own when absent. */
  python?: string
}

/** How long a wrapper may take from its plan to its first sign of life. */
const bringUpMs = 15_000
/** Shortest time between two walks over all processes of the machine. */
const walkMs = 250
/** A group may be empty for a moment between its making and its first member. */
const staleGroupMs = 60_000
/** Longest folder name for temporary files: a Unix socket below it must stay under 108 bytes. */
const maxTmpLength = 72

/** Opens the process backend of one home folder. */
export async function openLocal(o: LocalOptions): Promise<Backend> {
  if (process.platform !== 'linux') {
    fail('NotSupported', {
      what: `Running jobs as processes on ${process.platform}`,
      why: 'the process backend tells processes apart through /proc',
      instead: 'Run the server on Linux, in WSL or in a container.',
    })
  }
  const bash = findProgram('bash')
  const setsid = findProgram('setsid')
  const ended = join(o.home, 'tasks', 'ended')
  await mkdir(ended, { recursive: true })
  const python = await hostPython(o.python)
  removeStaleGroups(findCgroups(), staleGroupMs)
  // a notice whose task was cleaned in the same moment
  for (const id of await readdir(ended)) {
    if (!existsSync(join(o.home, 'tasks', `${id}.json`))) await rm(join(ended, id), { force: true })
  }
  const [tools, gpuTool] = [makeJobTools(o.home), programAt('nvidia-smi')]
  const path = [tools, pathWith(python, o.home)].join(delimiter)
  return new Local({
    home: o.home,
    bash,
    setsid,
    tools,
    ...(gpuTool === undefined ? {} : { gpuTool }),
    baseEnv: baseEnv(path),
  })
}

interface LocalParts {
  home: string
  bash: string
  setsid: string
  /** Folder of the programs that every job finds on its PATH. */
  tools: string
  gpuTool?: string
  baseEnv: Record<string, string>
}

class Local implements Backend {
  readonly #o: LocalParts
  readonly #nursery: Nursery
  readonly #roots: CgroupRoots = findCgroups()
  readonly #bootId = readBootId()
  readonly #starting = new Map<string, Promise<Handle>>()
  /** Ended tasks whose escaped processes were looked for by this object. */
  readonly #swept = new Set<string>()
  /** Of those, the ones that are still to be looked for. */
  readonly #escaped = new Set<string>()
  #sweeping: NodeJS.Timeout | undefined
  /** Groups to be removed as soon as the kernel lets go of their last members. */
  readonly #dying = new Set<string>()

  constructor(o: LocalParts) {
    this.#o = o
    const { bash, setsid, baseEnv } = o
    this.#nursery = new Nursery({ bash, setsid, env: { PATH: baseEnv.PATH ?? '', LANG: 'C' } })
  }

  capabilities() {
    const memoryLimit = this.#roots.memory !== undefined || this.#roots.unifiedMemory
    return { name: 'local', memoryLimit, stopsEscaped: true, multiProcess: true }
  }

  start(task: Task): Promise<Handle> {
    const running = this.#starting.get(task.id)
    if (running !== undefined) return running
    const started = this.#start(task).finally(() => this.#starting.delete(task.id))
    this.#starting.set(task.id, started)
    return started
  }

  async #start(task: Task): Promise<Handle> {
    checkTask(task)
    const folder = folderOf(task)
    const handle: Handle = { taskId: task.id, backend: 'local', dir: task.dir }
    // a wrapper took the lock: this attempt was started, now or before a restart
    if (existsSync(join(folder, 'lock'))) return { ...handle, ...readWrapper(folder) }
    try {
      this.#prepare(task, handle)
    } catch (e) {
      explain(e, task.dir)
    }
    const pid = await this.#nursery.start(folder)
    const stat = statOf(pid)
    return { ...handle, pid, ...(stat === undefined ? {} : { startTime: stat.startTime, bootId: this.#bootId }) }
  }

  /** Writes down that the task is to be started, and all that its wrapper needs. */
  #prepare(task: Task, handle: Handle): void {
    writeFileSync(this.#indexOf(task.id), JSON.stringify(handle), { mode: 0o600 })
    const tmp = tmpOf(handle)
    mkdirSync(tmp, { recursive: true, mode: 0o700 })
    const { bash, setsid } = this.#o
    const baseEnv: Record<string, string> = { ...this.#o.baseEnv, TMPDIR: tmp }
    const env = layered(task, { path: baseEnv.PATH ?? '', tools: this.#o.tools })
    const gpuTool = this.#o.gpuTool === undefined ? {} : { gpuTool: this.#o.gpuTool }
    const groups = groupsOf(this.#roots, groupName(task.id), task.memoryMiB)
    writePlan({ task: { ...task, env }, bash, setsid, baseEnv, groups, ...gpuTool, notice: this.#noticeOf(task.id) })
  }

  async observe(handles: Handle[]): Promise<Map<string, Observation>> {
    const seen = new Map<string, Observation>()
    for (const handle of handles) {
      const observation = await this.#look(handle)
      if (observation === undefined) continue
      seen.set(handle.taskId, observation)
      if (observation.phase === 'done' && !this.#swept.has(handle.taskId)) await this.#sweepEnded(handle.taskId)
    }
    return seen
  }

  /**
   * Ends what escaped from a task that is over. The walk over all processes is made at once for one task, and together
   * for those that end within a moment.
   */
  async #sweepEnded(taskId: string): Promise<void> {
    this.#swept.add(taskId)
    this.#escaped.add(taskId)
    if (this.#sweeping !== undefined) return
    this.#sweeping = setTimeout(() => {
      this.#sweeping = undefined
      if (this.#escaped.size > 0) void this.#walk()
    }, walkMs)
    this.#sweeping.unref()
    await this.#walk()
  }

  async #walk(): Promise<void> {
    const taskIds = new Set(this.#escaped)
    this.#escaped.clear()
    killLeftovers({ sessions: [], taskIds })
    await Promise.all([...taskIds].map((id) => this.#killGroups(id)))
  }

  async #look(handle: Handle): Promise<Observation | undefined> {
    const folder = folderOf(handle)
    const ended = readExit(folder)
    if (ended !== undefined) return ended
    const wrapper = readWrapper(folder)
    const mark = wrapper ?? markOf(handle)
    if (mark === undefined) {
      const age = ageOf(join(folder, 'plan')) ?? ageOf(this.#indexOf(handle.taskId))
      if (age === undefined) return undefined
      return age < bringUpMs ? { phase: 'starting' } : this.#lose(handle, 'the wrapper never came up')
    }
    if (mark.bootId !== this.#bootId) return this.#lose(handle, 'the machine was restarted')
    if (isAlive(mark)) {
      const startedAt = readStarted(folder)
      return startedAt === undefined ? { phase: 'starting' } : { phase: 'running', startedAt }
    }
    // it may have written its record between the two looks
    return readExit(folder) ?? this.#lose(handle, `its wrapper, process ${mark.pid}, was killed`)
  }

  async #lose(handle: Handle, message: string): Promise<Observation> {
    await this.#sweep(handle)
    const startedAt = readStarted(folderOf(handle))
    return { phase: 'lost', cause: 'lost', message, ...(startedAt === undefined ? {} : { startedAt }) }
  }

  /** Ends everything a task without a wrapper left behind. */
  async #sweep(handle: Handle): Promise<void> {
    const folder = folderOf(handle)
    const wrapper = readWrapper(folder) ?? markOf(handle)
    if (wrapper !== undefined && wrapper.bootId !== this.#bootId) return
    await this.#killGroups(handle.taskId)
    const leaders = readLeaders(folder)
    const sessions = wrapper === undefined ? leaders : [wrapper, ...leaders]
    killLeftovers({ sessions, taskIds: new Set([handle.taskId]) })
  }

  async stop(handle: Handle, graceMs: number): Promise<void> {
    const folder = folderOf(handle)
    if (!existsSync(folder) || readExit(folder) !== undefined) return
    // first the marker, then the signal: a wrapper that is not up yet reads the marker when it is
    writeCancel(folder, graceMs)
    const wrapper = readWrapper(folder)
    if (wrapper === undefined) return
    if (wrapper.bootId === this.#bootId && isAlive(wrapper)) {
      try {
        process.kill(wrapper.pid, 'SIGTERM')
      } catch {
        // it ended this moment
      }
    } else if (readExit(folder) === undefined) await this.#sweep(handle)
  }

  async clean(handle: Handle): Promise<void> {
    const folder = folderOf(handle)
    if (!this.#swept.has(handle.taskId)) await this.#sweep(handle)
    for (const group of allGroups(this.#roots, groupName(handle.taskId))) this.#dying.add(group)
    for (const group of this.#dying) if (await removeGroup(group)) this.#dying.delete(group)
    this.#swept.delete(handle.taskId)
    const names = (await readdir(folder).catch(() => [])).filter((name) => /^env(\.|$)/.test(name))
    // the environment holds the job's token
    await Promise.all(names.map((name) => rm(join(folder, name), { force: true })))
    await rm(tmpOf(handle), { recursive: true, force: true })
    await rm(this.#noticeOf(handle.taskId), { force: true })
    await rm(this.#indexOf(handle.taskId), { force: true })
  }

  async list(): Promise<Handle[]> {
    const folder = join(this.#o.home, 'tasks')
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
    const handles = await Promise.all(names.map((name) => readHandle(join(folder, name))))
    return handles.filter((handle) => handle !== undefined)
  }

  watch(onEnd: (taskId: string) => void): () => void {
    return watchEnds(join(this.#o.home, 'tasks', 'ended'), onEnd)
  }

  async #killGroups(taskId: string): Promise<void> {
    await Promise.all(allGroups(this.#roots, groupName(taskId)).map(killGroup))
  }

  #indexOf(taskId: string): string {
    return join(this.#o.home, 'tasks', `${taskId}.json`)
  }

  #noticeOf(taskId: string): string {
    return join(this.#o.home, 'tasks', 'ended', taskId)
  }
}

/** The task's variables, with a layer of its own over the Python its environment names. */
function layered(task: Task, { path, tools }: { path: string; tools: string }): Record<string, string> {
  const { [pythonVariable]: python, ...env } = task.env
  if (env.PATH !== undefined) env.PATH = [tools, env.PATH].join(delimiter)
  if (python === undefined) return env
  const folder = join(task.dir, 'python')
  const bin = makeOverlay(folder, python)
  return { ...env, VIRTUAL_ENV: folder, PATH: [bin, env.PATH ?? path].join(delimiter) }
}

const groupName = (taskId: string) => `laz-${taskId}`

function markOf(handle: Handle) {
  const { pid, startTime, bootId } = handle
  return pid === undefined || startTime === undefined || bootId === undefined ? undefined : { pid, startTime, bootId }
}

/** The temporary folder of a task: in its own folder, or under the machine's where that would be too long for a socket. */
function tmpOf(handle: Handle): string {
  const own = join(handle.dir, 'tmp')
  if (Buffer.byteLength(own) <= maxTmpLength) return own
  return join(
    tmpdir(),
    `laz-${createHash('sha256').update(`${handle.dir}\n${handle.taskId}`).digest('hex').slice(0, 16)}`,
  )
}

/** What passes from the server's environment into jobs: where things are, never what is secret. */
const passed = [
  'HOME USER LOGNAME SHELL TZ LD_LIBRARY_PATH CUDA_HOME CUDA_PATH',
  'HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy',
  'SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE PIP_CERT',
  'PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_TRUSTED_HOST PIP_NO_INDEX PIP_CONFIG_FILE PIP_CACHE_DIR',
  'PIP_DISABLE_PIP_VERSION_CHECK PIP_DEFAULT_TIMEOUT UV_DEFAULT_INDEX UV_INDEX UV_CACHE_DIR',
].flatMap((line) => line.split(' '))

/** An address with a user's name or password in it is a secret, whatever the variable is called. */
const withPassword = /:\/\/[^/\s]*@/

function baseEnv(path: string): Record<string, string> {
  const env: Record<string, string> = {
    PATH: path,
    HOME: homedir(),
    LANG: process.env.LC_ALL || process.env.LANG || 'C.UTF-8',
  }
  for (const name of passed) {
    const value = process.env[name]
    if (value !== undefined && env[name] === undefined && !withPassword.test(value)) env[name] = value
  }
  return env
}

function programAt(name: string): string | undefined {
  return [...cleanPath(), '/usr/bin', '/bin'].map((folder) => join(folder, name)).find((path) => existsSync(path))
}

function findProgram(name: string): string {
  return (
    programAt(name) ??
    fail('NotSupported', {
      what: 'Running jobs as processes',
      why: `there is no ${name} on PATH (${cleanPath().join(delimiter)})`,
      instead: `Install ${name}.`,
    })
  )
}

async function readHandle(file: string): Promise<Handle | undefined> {
  try {
    const about = asObject(JSON.parse(await readFile(file, 'utf8')))
    const [taskId, dir] = [asString(about.taskId), asString(about.dir)]
    return taskId === undefined || dir === undefined ? undefined : { taskId, backend: 'local', dir }
  } catch {
    // half-written when the machine stopped: the start was never acknowledged
    return undefined
  }
}
