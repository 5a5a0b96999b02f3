// Where a blob's file is: the one way from the three names of a blob to a path.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '@lazurite/spec'
import type { Intake } from './intake.ts'
import { printable, safeJoin } from './paths.ts'
import type { Slots } from './slots.ts'
import type { Sql } from './sql.ts'

/** What everything that touches blobs is handed. */
export interface Shelf {
  /** Folder of the accounts. */
  storage: string
  /** Folder of blocks staged. */
  blocks: string
  sql: Sql
  intake: Intake
  /** Uploads in pieces under way, by the folder of their blocks. */
  uploads: Map<string, Slots>
  /** Epoch ms. */
  now(): number
}

/** Where a blob is: its three names, the folder of its container, its file. */
export interface Place {
  account: string
  container: string
  name: string
  root: string
  path: string
}

const nameOfAccount = /^[a-z0-9]{3,24}$/
const nameOfContainer = /^[a-z0-9$][a-z0-9-]{0,62}$/

/** The folder of a container. Raises PathNotAllowed for names that cannot be one. */
export function folderOf(shelf: Shelf, account: string, container: string): string {
  if (!nameOfAccount.test(account)) fail('PathNotAllowed', { path: printable(account) })
  if (!nameOfContainer.test(container)) fail('PathNotAllowed', { path: printable(container) })
  return join(shelf.storage, account, container)
}

/** Raises PathNotAllowed. */
export function placeOf(shelf: Shelf, account: string, container: string, name: string): Place {
  const root = folderOf(shelf, account, container)
  return { account, container, name, root, path: safeJoin(root, name) }
}

export function hasContainer(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
}

/** Raises ContainerNotFound. */
export function needContainer(place: { root: string; container: string }): void {
  if (!hasContainer(place.root)) fail('ContainerNotFound', { name: place.container })
}
