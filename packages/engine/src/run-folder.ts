/**
 * Where a run lives on disk. `<home>/runs/<uuid>` holds what the process sees, in as few folders as possible: making and
 * removing them is what a small job spends its time on. What remains of a run (logs, default outputs) lies in the
 * artifacts container, which is a folder like any other. The process writes its log straight into that folder, so that a
 * dead server loses no line of it.
 */
import { constants } from 'node:fs'
import { copyFile, link, lstat, mkdir, readdir, realpath, rename, rm, unlink } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { fail } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import type { Workspace } from './reconcile/workspace.ts'

export interface RunFolder {
  root: string
  /** Working directory of the command: the code snapshot. */
  wd: string
  /** Inputs appear as `INPUT_<name>` in it, outputs under their own name. */
  data: string
  /** The backend's own folder for this attempt. */
  attempt: string
  /** Written when everything is staged: from then on the process may have been started. */
  staged: string
  /** The run's artifacts, `ExperimentRun/dcid.<job>`. */
  artifacts: string
}

/** Path of a run's artifacts inside the artifacts container. */
export function artifactsPath(job: string): string {
  return `ExperimentRun/dcid.${job}`
}

/** Where the artifacts of a run are on disk. Raises PathNotAllowed. */
export function artifactsFolder(store: Store, workspace: Workspace, job: string): string {
  const { account, artifacts } = workspace.storage
  return store.bytes.path(account, artifacts, artifactsPath(job))
}

export function runFolder(
  store: Store,
  workspace: Workspace,
  run: { job: string; uuid: string; attempt: number },
): RunFolder {
  const root = join(store.home, 'runs', run.uuid)
  return {
    root,
    wd: join(root, 'wd'),
    data: join(root, 'data'),
    attempt: join(root, `attempt-${run.attempt}`),
    staged: join(root, `staged-${run.attempt}.json`),
    artifacts: artifactsFolder(store, workspace, run.job),
  }
}

/** The same run as one of its nodes has it: each but the first has a working directory of its own. */
export function nodeFolder(folder: RunFolder, node: number): RunFolder {
  return node === 0 ? folder : { ...folder, wd: join(folder.root, `wd-${node}`) }
}

/** Marks an input that is on its way from elsewhere: what arrived of it is gone on with, by whoever stages the run next. */
export const comingMark = '.laz-coming'

/** The process may have been started: what it changes in its inputs is not what was on its way. */
export async function forgetComing(folder: RunFolder): Promise<void> {
  const marks = (await readdir(folder.data).catch((): string[] => [])).filter((name) => name.endsWith(comingMark))
  for (const name of marks) await rm(join(folder.data, name), { force: true })
}

async function clearRunFolder({ root, data }: RunFolder): Promise<void> {
  const there = await readdir(data).catch((): string[] => [])
  const coming = there.filter((name) => there.includes(name + comingMark) || name.endsWith(comingMark))
  for (const name of await readdir(root)) {
    if (name !== basename(data) || coming.length === 0) await rm(join(root, name), { recursive: true, force: true })
  }
  for (const name of coming.length === 0 ? [] : there) {
    if (!coming.includes(name)) await rm(join(data, name), { recursive: true, force: true })
  }
}

/** Makes the folders of a run, empty; what an interrupted attempt to do so left behind goes first. */
export async function makeRunFolder(folder: RunFolder): Promise<void> {
  const made = await mkdir(folder.root, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => error.code ?? '')
  if (made === 'EEXIST') await clearRunFolder(folder)
  await Promise.all([
    mkdir(folder.wd, { recursive: true }),
    mkdir(folder.attempt, { recursive: true }),
    mkdir(join(folder.artifacts, 'user_logs'), { recursive: true }),
  ])
}

/** The folders every command finds in its working directory, and whose content is kept. */
const keptFolders = ['outputs', 'logs'] as const

/** Makes `outputs` and `logs` unless the snapshot brought something of that name. */
export async function makeKeptFolders(folder: RunFolder): Promise<void> {
  const make = (name: string) =>
    mkdir(join(folder.wd, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  await Promise.all(keptFolders.map(make))
}

/** `keepOutputs` of every node; of files of one name, that of the first node is kept. */
export async function keepOutputsOf(folder: RunFolder, nodes: number, signal: AbortSignal): Promise<string[]> {
  const notes: string[] = []
  for (let node = nodes - 1; node >= 0; node--) notes.push(...(await keepOutputs(nodeFolder(folder, node), signal)))
  return notes
}

/**
 * Brings `outputs` and `logs` of the working directory into the run's artifacts: hard links where the disk is the same,
 * copies elsewhere. May be repeated while the process runs; answers notes about what had to be left out.
 */
export async function keepOutputs(folder: RunFolder, signal: AbortSignal): Promise<string[]> {
  const notes: string[] = []
  const artifacts = await lstat(folder.artifacts).catch(() => undefined)
  if (artifacts?.isSymbolicLink()) return ['Nothing was kept: a link is where the artifacts of the run would go.']
  const inside = `${await realpath(folder.wd).catch(() => folder.wd)}${sep}`
  for (const name of keptFolders) {
    const from = join(folder.wd, name)
    const stat = await lstat(from).catch(() => undefined)
    if (stat?.isDirectory()) await keepTree({ from, to: join(folder.artifacts, name), inside, notes, signal })
  }
  return notes
}

/** Gives a run the artifacts of another: hard links, so they take no room and outlive the other. May be repeated. */
export async function shareArtifacts(from: string, to: string, signal: AbortSignal): Promise<void> {
  const stat = await lstat(from).catch(() => undefined)
  if (stat?.isDirectory()) await keepTree({ from, to, inside: `${await realpath(from)}${sep}`, notes: [], signal })
}

interface Keep {
  from: string
  to: string
  /** Real path of the working directory: links that lead out of it are not followed. */
  inside: string
  notes: string[]
  signal: AbortSignal
}

async function keepTree(keep: Keep): Promise<void> {
  const entries = await attempt(keep, () => readdir(keep.from, { withFileTypes: true }))
  if (!entries || entries.length === 0) return
  const ready = await attempt(keep, () => makePlain(keep.to))
  if (!ready) return ready === false ? leaveOut(keep, 'a link is where it would go') : undefined
  for (const entry of entries) {
    keep.signal.throwIfAborted()
    const inner: Keep = { ...keep, from: join(keep.from, entry.name), to: join(keep.to, entry.name) }
    if (entry.isDirectory()) await keepTree(inner)
    else if (entry.isFile()) await attempt(inner, () => keepFile(inner.from, inner.to))
    else if (entry.isSymbolicLink()) await attempt(inner, () => keepLinked(inner))
    else leaveOut(inner, 'it is neither a file nor a folder')
  }
}

/** Makes a folder. False when a link, which a command may have put there, would lead what is written into it elsewhere. */
async function makePlain(path: string): Promise<boolean> {
  await mkdir(path, { recursive: true })
  return (await realpath(path)) === join(await realpath(dirname(path)), basename(path))
}

/**
 * What cannot be kept for reasons of its own is left out with a note; what went away while we looked was not meant to be
 * kept. Raises InsufficientStorage when there is no room.
 */
async function attempt<T>(keep: Keep, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '' // fs errors carry a code
    if (/^(ENOSPC|EDQUOT|EROFS)$/.test(code)) fail('InsufficientStorage', { path: keep.to }, { cause: error })
    if (code === '') throw error
    if (code !== 'ENOENT') leaveOut(keep, `the system says ${code}`)
    return undefined
  }
}

function leaveOut(keep: Keep, why: string): void {
  keep.notes.push(`${keep.from.slice(keep.inside.length)} was not kept: ${why}.`)
}

/** A link is kept as the file it leads to, when that lies in the working directory. */
async function keepLinked(keep: Keep): Promise<void> {
  const target = await realpath(keep.from).catch(() => undefined)
  const stat = target?.startsWith(keep.inside) ? await lstat(target) : undefined
  if (target && stat?.isFile()) await keepFile(target, keep.to)
  else leaveOut(keep, 'it is a link out of the working directory or to a folder')
}

async function keepFile(from: string, to: string): Promise<void> {
  const [here, there] = await Promise.all([lstat(from), lstat(to).catch(() => undefined)])
  if (there && there.ino === here.ino && there.dev === here.dev) return
  const temporary = join(dirname(to), `.laz-${process.pid}-${here.ino}`)
  await unlink(temporary).catch(() => {})
  await link(from, temporary).catch(() => copyFile(from, temporary, constants.COPYFILE_FICLONE))
  await rename(temporary, to).catch(async (error: unknown) => {
    await unlink(temporary)
    throw error
  })
}
