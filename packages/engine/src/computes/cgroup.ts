/**
 * Kernel groups for tasks: nothing leaves a group by forking or by starting a session, and a group can hold a memory
 * limit. Whether this process may make groups depends on how it was started, so it is tried, once.
 *
 * Any change of a group may wait tens of milliseconds for the kernel, so that none is made on the event loop: the wrapper
 * makes the groups beside the running command, and what is done here is done by promises.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface CgroupRoots {
  /** Folder of the unified hierarchy (version 2) in which groups can be made. */
  unified?: string
  /** True when groups of `unified` can hold a memory limit. */
  unifiedMemory: boolean
  /** Folder of the version 1 memory hierarchy in which groups can be made. */
  memory?: string
}

export interface TaskGroups {
  /** For the whole tree of processes; has `cgroup.kill` on kernels that know it. */
  tree?: string
  /** For the memory limit where that is a hierarchy of its own. */
  memory?: string
  /** File → text to write into it before anything joins. */
  limits: Record<string, string>
}

let known: CgroupRoots | undefined

/** Where groups can be made on this machine by this process. Tried once per process. */
export function findCgroups(): CgroupRoots {
  known ??= probe()
  return known
}

function probe(): CgroupRoots {
  const roots: CgroupRoots = { unifiedMemory: false }
  const own = ownPaths()
  for (const mount of mounts()) {
    if (mount.version === 2) {
      const folder = usable(join(mount.at, own.get('') ?? '')) ?? usable(mount.at)
      if (folder === undefined) continue
      roots.unified = folder
      roots.unifiedMemory = (readQuietly(join(folder, 'cgroup.subtree_control')) ?? '').split(/\s+/).includes('memory')
    } else if (mount.controllers.includes('memory')) {
      const folder = usable(join(mount.at, own.get('memory') ?? '')) ?? usable(mount.at)
      if (folder !== undefined) roots.memory = folder
    }
  }
  return roots
}

/** The groups a task is to have. */
export function groupsOf(roots: CgroupRoots, name: string, memoryMiB?: number): TaskGroups {
  const groups: TaskGroups = { limits: {} }
  if (roots.unified !== undefined) groups.tree = join(roots.unified, name)
  if (memoryMiB === undefined) return groups
  const bytes = String(Math.floor(memoryMiB * 1024 * 1024))
  if (groups.tree !== undefined && roots.unifiedMemory) {
    groups.limits[join(groups.tree, 'memory.max')] = bytes
    groups.limits[join(groups.tree, 'memory.swap.max')] = '0'
  } else if (roots.memory !== undefined) {
    groups.memory = join(roots.memory, name)
    groups.limits[join(groups.memory, 'memory.limit_in_bytes')] = bytes
    groups.limits[join(groups.memory, 'memory.memsw.limit_in_bytes')] = bytes
  }
  return groups
}

/** Folders a task may have a group in, whatever it was started with. */
export function allGroups(roots: CgroupRoots, name: string): string[] {
  return [roots.unified, roots.memory].flatMap((root) => (root === undefined ? [] : [join(root, name)]))
}

/** Ends everything in a group and removes it; false while its last members are still dying. */
export async function removeGroup(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return true
  await killGroup(folder)
  return rmdir(folder).then(
    () => true,
    () => !existsSync(folder),
  )
}

/** Removes empty groups of tasks that nobody will ask about again: those of servers that were killed. */
export function removeStaleGroups(roots: CgroupRoots, olderThanMs: number): void {
  for (const root of [roots.unified, roots.memory]) {
    if (root === undefined) continue
    for (const name of readdirSync(root)) {
      if (!/^laz-.*\.\d+$/.test(name)) continue
      const folder = join(root, name)
      try {
        // a group with members cannot be removed, whoever it belongs to
        if (Date.now() - statSync(folder).mtimeMs > olderThanMs) rmdirSync(folder)
      } catch {
        // in use, or gone
      }
    }
  }
}

/** Ends everything in a group. */
export async function killGroup(folder: string): Promise<void> {
  if (!existsSync(folder)) return
  const killed = await writeFile(join(folder, 'cgroup.kill'), '1', { flag: 'r+' }).then(
    () => true,
    () => false,
  )
  if (killed) return
  for (const line of (readQuietly(join(folder, 'cgroup.procs')) ?? '').split('\n')) {
    try {
      if (line !== '') process.kill(Number(line), 'SIGKILL')
    } catch {
      // ended meanwhile
    }
  }
}

function usable(folder: string): string | undefined {
  const trial = join(folder, `laz-probe-${process.pid}`)
  if (!make(trial)) return undefined
  // a group that cannot be joined is of no use; 0 bytes written proves the permission without moving anything
  const joinable = existsSync(join(trial, 'cgroup.procs')) && write(join(trial, 'cgroup.procs'), '')
  try {
    rmdirSync(trial)
  } catch {
    return undefined
  }
  return joinable ? folder : undefined
}

function make(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (e) {
    return e instanceof Error && 'code' in e && e.code === 'EEXIST'
  }
}

function write(file: string, text: string): boolean {
  try {
    // r+: a file of the kernel exists already, and nothing must be made where it does not
    writeFileSync(file, text, { flag: 'r+' })
    return true
  } catch {
    return false
  }
}

/** Controller → path of this process in its hierarchy; '' is the unified one. */
function ownPaths(): Map<string, string> {
  const paths = new Map<string, string>()
  for (const line of (readQuietly('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) continue
    for (const controller of controllers.split(',')) paths.set(controller, path)
  }
  return paths
}

function mounts(): { at: string; version: 1 | 2; controllers: string[] }[] {
  return (readQuietly('/proc/self/mountinfo') ?? '').split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const at = before.split(' ')[4]?.replace(/\\040/g, ' ')
    const [type, , options = ''] = after.split(' ')
    if (at === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return []
    return [{ at, version: type === 'cgroup2' ? (2 as const) : (1 as const), controllers: options.split(',') }]
  })
}

function readQuietly(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
