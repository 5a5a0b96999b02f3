// Folders as things of their own, for the dialects that know them (a hierarchical namespace, a file share): they can be
// empty, carry metadata, be removed with all below and be moved. A blob client sees only the files in them.
import { mkdirSync, readdirSync, renameSync, rmdirSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fail } from '@lazurite/spec'
import { type Conditions, readStat } from './blob.ts'
import { checkConditions, putInPlace, removeEmptyTree } from './blobs.ts'
import { type ContainerStat, readNote, writeNote } from './containers.ts'
import { fileCode, storageError, withParent } from './files.ts'
import { needContainer, type Place, type Shelf } from './place.ts'
import type { Statements, Tx } from './sql.ts'

export type FolderStat = ContainerStat

const noteOf = (place: Place) => ({ account: place.account, container: place.container, name: `${place.name}/` })

/** Undefined when no folder is there. */
export async function statFolder(on: Pick<Statements, 'get'>, place: Place): Promise<FolderStat | undefined> {
  const found = folderAt(place.path)
  if (found === undefined) return undefined
  const note = await readNote(on, noteOf(place))
  if (note !== undefined) return { name: place.name, ...note }
  const lastModified = Math.floor(found.mtimeMs)
  return { name: place.name, etag: `0x${found.ino.toString(16).toUpperCase()}`, lastModified, metadata: {} }
}

/**
 * Makes a folder and those above it; one that is there is kept, with new metadata. Raises ContainerNotFound, PathConflict
 * where a file is in the way, and PathAlreadyExists with `onlyNew`.
 */
export function makeFolder(
  shelf: Shelf,
  place: Place,
  o: { metadata?: Record<string, string>; onlyNew?: boolean },
): Promise<FolderStat> {
  needContainer(place)
  return shelf.sql.transaction(async (tx) => {
    if (o.onlyNew && folderAt(place.path) !== undefined) fail('PathAlreadyExists', { path: place.name })
    try {
      mkdirSync(place.path, { recursive: true })
    } catch (error) {
      if (fileCode(error) === 'EEXIST' || fileCode(error) === 'ENOTDIR') fail('PathConflict', { path: place.name })
      throw storageError(error, place.path)
    }
    return noteFolder(tx, place, { metadata: o.metadata ?? {}, now: shelf.now() })
  })
}

/** Replaces what is said of a folder. Raises PathNotFound. */
export function setFolderMetadata(shelf: Shelf, place: Place, metadata: Record<string, string>): Promise<FolderStat> {
  needContainer(place)
  return shelf.sql.transaction(async (tx) => {
    if (folderAt(place.path) === undefined) fail('PathNotFound', { path: place.name })
    return noteFolder(tx, place, { metadata, now: shelf.now() })
  })
}

async function noteFolder(
  tx: Tx,
  place: Place,
  o: { metadata: Record<string, string>; now: number },
): Promise<FolderStat> {
  return { name: place.name, ...(await writeNote(tx, { ...noteOf(place), now: o.now }, o.metadata)) }
}

/** Removes a folder, with all below when told to. False when there is none. Raises FolderNotEmpty. */
export async function removeFolder(shelf: Shelf, place: Place, recursive: boolean): Promise<boolean> {
  needContainer(place)
  const trash = shelf.intake.newPath()
  const found = await shelf.sql.transaction(async (tx) => {
    if (folderAt(place.path) === undefined) return false
    if (!recursive && readdirSync(place.path).length > 0) fail('FolderNotEmpty', { path: place.name })
    await tx.run(`DELETE FROM blobs WHERE ${belowText}`, belowValues(place))
    withParent(place.root, place.path, (path) => (recursive ? renameSync(path, trash) : rmdirSync(path)))
    return true
  })
  await rm(trash, { recursive: true, force: true })
  return found
}

/**
 * Moves a file or a folder with all below. A file in its way is replaced, a folder only when it is empty. Raises
 * PathNotFound, PathConflict, PathAlreadyExists for a condition `*`, PreconditionFailed.
 */
export function movePath(shelf: Shelf, from: Place, to: Place, o: Conditions): Promise<void> {
  needContainer(from)
  needContainer(to)
  if (`${to.path}/`.startsWith(`${from.path}/`)) fail('PathConflict', { path: to.name })
  return shelf.sql.transaction(async (tx) => {
    const there = (await readStat(tx, to))?.stat
    if (o.ifNoneMatch === '*' && (there !== undefined || folderAt(to.path) !== undefined)) {
      fail('PathAlreadyExists', { path: to.name })
    }
    checkConditions(o, there, to.name)
    const isFile = (await readStat(tx, from)) !== undefined
    if (!isFile && folderAt(from.path) === undefined) fail('PathNotFound', { path: from.name })
    const target = [to.account, to.container]
    if (isFile) {
      await tx.run(`DELETE FROM blobs WHERE ${oneText}`, [...target, to.name])
      await tx.run(`UPDATE blobs SET account = ?, container = ?, name = ? WHERE ${oneText}`, [
        ...[...target, to.name],
        ...[from.account, from.container, from.name],
      ])
      return putInPlace(to, from.path)
    }
    if (there !== undefined) fail('PathConflict', { path: to.name })
    const inTheWay = folderAt(to.path)
    if (inTheWay !== undefined && !removeEmptyTree(to.path)) fail('PathConflict', { path: to.name })
    await tx.run(`DELETE FROM blobs WHERE ${belowText}`, belowValues(to))
    await tx.run(`UPDATE blobs SET account = ?, container = ?, name = ? || substr(name, ?) WHERE ${belowText}`, [
      ...[...target, to.name, from.name.length + 1],
      ...belowValues(from),
    ])
    mkdirSync(dirname(to.path), { recursive: true })
    withParent(to.root, to.path, (path) => renameSync(from.path, path))
  })
}

const oneText = 'account = ? AND container = ? AND name = ?'
/** A folder's own row and those below: between `name/` and `name0`, the sign after the slash. */
const belowText = 'account = ? AND container = ? AND name >= ? AND name < ?'

function belowValues(place: Place): string[] {
  return [place.account, place.container, `${place.name}/`, `${place.name}0`]
}

function folderAt(path: string): { mtimeMs: number; ino: number } | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    return found?.isDirectory() ? found : undefined
  } catch (error) {
    if (fileCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}
