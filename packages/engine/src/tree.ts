/**
 * Folders of files: listed, copied, measured. Small files are handled in slices of synchronous calls with pauses between
 * them, which is several times faster than one promise a call and still leaves the event loop to others.
 */
import { constants, lstatSync, mkdirSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { fail } from '@lazurite/spec'
import { codeOf, explain } from './disk.ts'

export interface TreeFile {
  /** Relative to the tree's root, `/` between segments. */
  path: string
  /** Absolute, links followed. */
  full: string
  sizeBytes: number
  /** Permission bits of the source. */
  mode: number
}

export interface TreeOptions {
  /** Links may lead anywhere below this folder, and nowhere else; the tree's own root when absent. */
  boundary?: string
  signal?: AbortSignal
}

const sliceMs = 8
const maxDepth = 200

/** Returns a function to call between small pieces of work: it pauses when the slice of time is used up. */
export function slices(signal?: AbortSignal): () => Promise<void> | undefined {
  let since = performance.now()
  return () => {
    if (performance.now() - since < sliceMs) return undefined
    signal?.throwIfAborted()
    return breathe().then(() => {
      since = performance.now()
    })
  }
}

/**
 * Every file of a tree, links inside it followed, unsorted. A tree that is one file lists that file by its name.
 * Raises PathNotAllowed for links that leave the boundary and for what is neither file nor folder.
 */
export async function listTree(root: string, o: TreeOptions = {}): Promise<TreeFile[]> {
  const real = realpathSync(root)
  const top = statSync(real)
  if (top.isFile()) return [fileOf(root.slice(root.lastIndexOf(sep) + 1), real, top)]
  const boundary = o.boundary === undefined ? real : realpathSync(o.boundary)
  const found: TreeFile[] = []
  const pause = slices(o.signal)
  const walk = async (folder: string, prefix: string, trail: string[]): Promise<void> => {
    if (trail.length > maxDepth) fail('PathNotAllowed', { path: prefix })
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = `${prefix}${entry.name}`
      const link = entry.isSymbolicLink()
      const full = link ? followLink(join(folder, entry.name), path, boundary) : join(folder, entry.name)
      const stat = lstatSync(full, { throwIfNoEntry: false })
      // a file may go away while we look; what is left is the tree
      if (stat === undefined) continue
      if (stat.isFile()) found.push(fileOf(path, full, stat))
      else if (!stat.isDirectory()) refuse(path)
      // a link to a folder we are in would never end
      else if (!link || !trail.some((above) => above === full)) await walk(full, `${path}/`, [...trail, full])
      await pause()
    }
  }
  await walk(real, '', [real])
  return found
}

function fileOf(path: string, full: string, stat: Stats): TreeFile {
  return { path, full, sizeBytes: stat.size, mode: stat.mode & 0o777 }
}

function followLink(link: string, path: string, boundary: string): string {
  let real: string
  try {
    real = realpathSync(link)
  } catch {
    return refuse(path)
  }
  return real === boundary || real.startsWith(boundary + sep) ? real : refuse(path)
}

function refuse(path: string): never {
  fail('PathNotAllowed', { path }, { target: path })
}

/**
 * Copies a tree (or one file) into a folder, over what is there: files of the same name are replaced, others stay. Bytes
 * are shared where the file system can. Raises as `listTree`, PathConflict (a file where a folder is, or the reverse),
 * InsufficientStorage.
 */
export async function copyTree(
  from: string,
  to: string,
  o: TreeOptions = {},
): Promise<{ files: number; sizeBytes: number }> {
  const files = await listTree(from, o)
  const folders = new Set<string>()
  let sizeBytes = 0
  try {
    mkdirSync(to, { recursive: true })
    const queue = files[Symbol.iterator]()
    const work = async () => {
      for (const file of queue) {
        o.signal?.throwIfAborted()
        const target = join(to, file.path)
        const folder = dirname(target)
        if (!folders.has(folder)) {
          mkdirSync(folder, { recursive: true })
          folders.add(folder)
        }
        await copyOne(file, target)
        sizeBytes += file.sizeBytes
      }
    }
    await Promise.all([work(), work(), work(), work()])
  } catch (e) {
    explain(e, to)
  }
  return { files: files.length, sizeBytes }
}

async function copyOne(file: TreeFile, target: string): Promise<void> {
  const there = lstatSync(target, { throwIfNoEntry: false })
  if (there?.isDirectory()) fail('PathConflict', { path: target })
  // a link would be written through
  if (there !== undefined && !there.isFile()) await rm(target, { force: true })
  await copyFile(file.full, target, constants.COPYFILE_FICLONE)
}

/** Copies one file, its folder made on the way. */
export async function copyInto(from: string, target: string): Promise<void> {
  try {
    await mkdir(dirname(target), { recursive: true })
    await copyOne({ path: '', full: from, sizeBytes: 0, mode: 0 }, target)
  } catch (e) {
    explain(e, target)
  }
}

/** How many files a tree has and how many bytes; zeros when it is not there. What leads out of it is not counted. */
export async function measureTree(root: string, signal?: AbortSignal): Promise<{ files: number; sizeBytes: number }> {
  const pause = slices(signal)
  const total = { files: 0, sizeBytes: 0 }
  const walk = async (folder: string): Promise<void> => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const full = join(folder, entry.name)
      if (entry.isDirectory()) await walk(full)
      else if (entry.isFile()) {
        total.files += 1
        total.sizeBytes += lstatSync(full, { throwIfNoEntry: false })?.size ?? 0
      }
      await pause()
    }
  }
  try {
    const stat = statSync(root)
    if (stat.isFile()) return { files: 1, sizeBytes: stat.size }
    await walk(realpathSync(root))
  } catch (e) {
    if (codeOf(e) !== 'ENOENT') throw e
  }
  return total
}
