// Containers: a folder each. What is said of one (metadata, that it waits for its upload to be registered) is kept in the
// table of blobs under the empty name, which no blob can have; a container nobody said anything of has no such row.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fail } from '@lazurite/spec'
import { forgetUpload } from './blocks.ts'
import { fileCode, storageError } from './files.ts'
import { folderOf, hasContainer, type Shelf } from './place.ts'
import type { Statements, Tx } from './sql.ts'

export interface ContainerStat {
  name: string
  /** Without quotes. */
  etag: string
  /** Epoch ms. */
  lastModified: number
  /** Names that begin with a colon are no metadata but what a face keeps about the container. */
  metadata: Record<string, string>
}

const readText = 'SELECT etag, mtime, metadata FROM blobs WHERE account = ? AND container = ? AND name = ?'
const writeText = `INSERT INTO blobs (account, container, name, size, mtime, etag, content_type, md5, metadata, blocks)
  VALUES (?, ?, ?, 0, ?, ?, '', NULL, ?, NULL)
  ON CONFLICT (account, container, name) DO UPDATE SET mtime = excluded.mtime, etag = excluded.etag,
  metadata = excluded.metadata`

/** What was said of a thing that is no blob: a container (the empty name) or a folder (a name that ends with a slash). */
export async function readNote(
  on: Pick<Statements, 'get'>,
  at: { account: string; container: string; name: string },
): Promise<Omit<ContainerStat, 'name'> | undefined> {
  const row = await on.get<{ etag: string; mtime: number; metadata: string }>(readText, [
    at.account,
    at.container,
    at.name,
  ])
  if (row === undefined) return undefined
  const metadata = JSON.parse(row.metadata) as Record<string, string> // written by writeNote
  return { etag: row.etag, lastModified: row.mtime, metadata }
}

export async function writeNote(
  tx: Tx,
  at: { account: string; container: string; name: string; now: number },
  metadata: Record<string, string>,
): Promise<Omit<ContainerStat, 'name'>> {
  const etag = `0x${randomBytes(7).toString('hex').toUpperCase()}`
  await tx.run(writeText, [at.account, at.container, at.name, at.now, etag, JSON.stringify(metadata)])
  return { etag, lastModified: at.now, metadata }
}

/** False when it was there. */
export async function createContainer(
  shelf: Shelf,
  account: string,
  container: string,
  metadata?: Record<string, string>,
): Promise<boolean> {
  const folder = folderOf(shelf, account, container)
  try {
    mkdirSync(dirname(folder), { recursive: true })
    mkdirSync(folder)
  } catch (error) {
    if (fileCode(error) === 'EEXIST') return false
    throw storageError(error, folder)
  }
  if (metadata !== undefined && Object.keys(metadata).length > 0) {
    const at = { account, container, name: '', now: shelf.now() }
    await shelf.sql.transaction((tx) => writeNote(tx, at, metadata))
  }
  return true
}

/** Undefined when it is not there. */
export async function statContainer(
  shelf: Shelf,
  account: string,
  container: string,
): Promise<ContainerStat | undefined> {
  const folder = folderOf(shelf, account, container)
  const file = statSync(folder, { throwIfNoEntry: false })
  if (!file?.isDirectory()) return undefined
  const note = await readNote(shelf.sql, { account, container, name: '' })
  if (note !== undefined) return { name: container, ...note }
  const lastModified = Math.floor(file.birthtimeMs || file.ctimeMs)
  return { name: container, etag: `0x${lastModified.toString(16).toUpperCase()}`, lastModified, metadata: {} }
}

/** Replaces what is said of it. Raises ContainerNotFound. */
export async function setContainerMetadata(
  shelf: Shelf,
  account: string,
  container: string,
  metadata: Record<string, string>,
): Promise<ContainerStat> {
  if (!hasContainer(folderOf(shelf, account, container))) fail('ContainerNotFound', { name: container })
  const at = { account, container, name: '', now: shelf.now() }
  return { name: container, ...(await shelf.sql.transaction((tx) => writeNote(tx, at, metadata))) }
}

/**
 * Gone in one step for everybody who looks; the bytes follow. False when it was not there, or when `still`, asked in the
 * same step, says no.
 */
export async function deleteContainer(
  shelf: Shelf,
  account: string,
  container: string,
  still: (tx: Tx) => Promise<boolean> = async () => true,
): Promise<boolean> {
  const folder = folderOf(shelf, account, container)
  if (!hasContainer(folder)) return false
  const trash = shelf.intake.newPath()
  const gone = await shelf.sql.transaction(async (tx) => {
    if (!(await still(tx))) return false
    await tx.run('DELETE FROM blobs WHERE account = ? AND container = ?', [account, container])
    renameSync(folder, trash)
    return true
  })
  if (!gone) return false
  const uploads = join(shelf.blocks, account, container)
  for (const upload of shelf.uploads.keys()) if (upload.startsWith(`${uploads}/`)) forgetUpload(shelf, upload)
  await rm(trash, { recursive: true, force: true })
  await rm(uploads, { recursive: true, force: true })
  return true
}

/** Names in order; none for an account nobody wrote to. */
export async function listContainers(shelf: Shelf, account: string): Promise<string[]> {
  const parent = dirname(folderOf(shelf, account, 'any'))
  try {
    return readdirSync(parent)
      .filter((name) => hasContainer(join(parent, name)))
      .sort()
  } catch (error) {
    if (fileCode(error) === 'ENOENT') return []
    throw error
  }
}
