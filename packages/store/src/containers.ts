// Containers: a folder each.
import { mkdirSync, readdirSync, renameSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileCode, storageError } from './files.ts'
import { folderOf, hasContainer, type Shelf } from './place.ts'

/** False when it was there. */
export async function createContainer(shelf: Shelf, account: string, container: string): Promise<boolean> {
  const folder = folderOf(shelf, account, container)
  try {
    mkdirSync(dirname(folder), { recursive: true })
    mkdirSync(folder)
    return true
  } catch (error) {
    if (fileCode(error) === 'EEXIST') return false
    throw storageError(error, folder)
  }
}

/** Gone in one step for everybody who looks; the bytes follow. False when it was not there. */
export async function deleteContainer(shelf: Shelf, account: string, container: string): Promise<boolean> {
  const folder = folderOf(shelf, account, container)
  if (!hasContainer(folder)) return false
  const trash = shelf.intake.newPath()
  await shelf.sql.transaction(async (tx) => {
    await tx.run('DELETE FROM blobs WHERE account = ? AND container = ?', [account, container])
    renameSync(folder, trash)
  })
  await rm(trash, { recursive: true, force: true })
  await rm(join(shelf.blocks, account, container), { recursive: true, force: true })
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
