// Blob containers on plain files: a blob is a file one can `ls`, written to beside its place and renamed into it. What
// an upload said about a blob is kept in a table and believed only while size and time of the file are unchanged.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fail } from '@lazurite/spec'
import { type BlobPage, type BlobStat, type Conditions, type ListOptions, readStat, type WriteOptions } from './blob.ts'
import { readBlob, removeBlob, setBlobMetadata, writeBlob, writeBlobs } from './blobs.ts'
import { type BlockIn, commitBlocks, dropBlocks, listBlocks, stageBlock } from './blocks.ts'
import {
  type ContainerStat,
  createContainer,
  deleteContainer,
  listContainers,
  setContainerMetadata,
  statContainer,
} from './containers.ts'
import { type FolderStat, makeFolder, movePath, removeFolder, setFolderMetadata, statFolder } from './folders.ts'
import { Intake } from './intake.ts'
import { listBlobs } from './listing.ts'
import { createSized, resizeFile, writeRange } from './patches.ts'
import { folderOf, hasContainer, placeOf, type Shelf } from './place.ts'
import type { Sql } from './sql.ts'
import { pendingSince, sweepBlocks, sweepPending } from './sweep.ts'

interface SmallBlob {
  name: string
  body: Buffer
  /** The file may be run: scripts in a folder that was packed where they may be. */
  executable?: boolean
}

export interface Bytes {
  /** The folder of a container. Raises PathNotAllowed. */
  folder(account: string, container: string): string
  /** The file of a blob: the one resolver. Raises PathNotAllowed. */
  path(account: string, container: string, blob: string): string
  /** False when it was there. Metadata names that begin with a colon are the caller's own notes. */
  createContainer(account: string, container: string, metadata?: Record<string, string>): Promise<boolean>
  /** One for a single upload: gone after two days unless something in the database names it. False when it was there. */
  createPending(account: string, container: string): Promise<boolean>
  /** Undefined when it is not there. */
  statContainer(account: string, container: string): Promise<ContainerStat | undefined>
  /** Replaces the metadata. Raises ContainerNotFound. */
  setContainerMetadata(account: string, container: string, metadata: Record<string, string>): Promise<ContainerStat>
  hasContainer(account: string, container: string): Promise<boolean>
  /** With everything in it. False when it was not there. */
  deleteContainer(account: string, container: string): Promise<boolean>
  containers(account: string): Promise<string[]>
  /** Undefined when there is no such blob. */
  stat(account: string, container: string, blob: string): Promise<BlobStat | undefined>
  /**
   * Raises ContainerNotFound, PathNotAllowed, PathConflict ('a' beside 'a/b'), BlobAlreadyExists (ifNoneMatch '*'),
   * PreconditionFailed, Md5Mismatch, TooLarge, InsufficientStorage. A refused or broken write leaves nothing behind.
   */
  write(account: string, container: string, blob: string, body: Readable, o?: WriteOptions): Promise<BlobStat>
  /**
   * Writes small blobs together, in one transaction: what makes a folder of thousands fast. Raises what write raises;
   * some of them may be there then.
   */
  writeMany(account: string, container: string, blobs: readonly SmallBlob[]): Promise<void>
  /** Bytes start..end, both inclusive. Raises BlobNotFound, InvalidRange. */
  read(
    account: string,
    container: string,
    blob: string,
    range?: { start?: number; end?: number },
  ): Promise<{ stat: BlobStat; body: Readable }>
  /** Replaces the metadata, and the content type when given. Raises BlobNotFound, PreconditionFailed. */
  setMetadata(
    account: string,
    container: string,
    blob: string,
    o: Conditions & { metadata: Record<string, string>; contentType?: string },
  ): Promise<BlobStat>
  /** False when it was not there. */
  remove(account: string, container: string, blob: string, o?: Conditions): Promise<boolean>
  /** In the order of UTF-8 bytes. Raises ContainerNotFound, BadArgument for a marker that is not ours. */
  list(account: string, container: string, o?: ListOptions): Promise<BlobPage>
  /** Keeps a block of a blob to come. Block ids are base64 text. */
  stageBlock(account: string, container: string, blob: string, block: BlockIn): Promise<void>
  /** Joins blocks to the blob; `after`: behind what it holds already. Raises InvalidBlockList and what write raises. */
  commitBlocks(
    account: string,
    container: string,
    blob: string,
    ids: string[],
    o?: WriteOptions & { after?: boolean },
  ): Promise<BlobStat>
  /** Blocks staged and not yet committed, in the order of their ids. */
  blockList(account: string, container: string, blob: string): Promise<{ id: string; sizeBytes: number }[]>
  /** Forgets the blocks staged for a blob. */
  dropBlocks(account: string, container: string, blob: string): Promise<void>
  /**
   * Forgets uploads in pieces a week after their last block, and containers for single uploads that nothing names two
   * days after they were made. Answers how many of each.
   */
  sweep(): Promise<{ blocks: number; containers: number }>
  folders: Folders
  patches: Patches
}

/** Folders as things of their own. All raise ContainerNotFound and PathNotAllowed. */
export interface Folders {
  /** Undefined when no folder is there. */
  stat(account: string, container: string, path: string): Promise<FolderStat | undefined>
  /** With those above it. Raises PathConflict for a file in the way, PathAlreadyExists when it must be new. */
  make(
    account: string,
    container: string,
    path: string,
    o?: { metadata?: Record<string, string>; onlyNew?: boolean },
  ): Promise<FolderStat>
  /** Replaces the metadata. Raises PathNotFound. */
  setMetadata(account: string, container: string, path: string, metadata: Record<string, string>): Promise<FolderStat>
  /** False when there is none. Raises FolderNotEmpty. */
  remove(account: string, container: string, path: string, recursive: boolean): Promise<boolean>
  /** A file or a folder with all below. Raises PathNotFound, PathConflict, PathAlreadyExists, PreconditionFailed. */
  move(from: PathAt, to: PathAt, o?: Conditions): Promise<void>
}

export interface PathAt {
  account: string
  container: string
  path: string
}

/** Files that are changed in place. All raise PreconditionFailed, and BlobNotFound but for `create`. */
export interface Patches {
  /** A file of so many zero bytes. Raises what Bytes.write raises. */
  create(account: string, container: string, path: string, o: WriteOptions & { sizeBytes: number }): Promise<BlobStat>
  /** Raises InvalidRange beyond the end. */
  write(
    account: string,
    container: string,
    path: string,
    o: Conditions & { start: number; bytes: Buffer },
  ): Promise<BlobStat>
  resize(account: string, container: string, path: string, o: Conditions & { sizeBytes: number }): Promise<BlobStat>
}

/** Opens the drawer and sweeps what broken uploads left behind. `now` answers epoch ms. */
export function openBytes(home: string, sql: Sql, now: () => number): Bytes {
  const storage = join(home, 'storage')
  const blocks = join(home, 'blocks')
  mkdirSync(storage, { recursive: true })
  const shelf: Shelf = { storage, blocks, sql, now, uploads: new Map(), intake: new Intake(join(blocks, '.incoming')) }
  sweepBlocks(shelf, now())
  const at = (account: string, container: string, name: string) => placeOf(shelf, account, container, name)
  /** Clients ask whether there is a marker of a folder, `a/b/`: an honest path, but no file can have such a name. */
  const namesFolder = (account: string, container: string, name: string) =>
    /[^/]\/$/.test(name) && at(account, container, name.slice(0, -1)) !== undefined
  return {
    folder: (account, container) => folderOf(shelf, account, container),
    path: (account, container, blob) => at(account, container, blob).path,
    createContainer: (account, container, metadata) => createContainer(shelf, account, container, metadata),
    createPending: (account, container) => createContainer(shelf, account, container, pendingSince(now())),
    statContainer: (account, container) => statContainer(shelf, account, container),
    setContainerMetadata: (account, container, metadata) => setContainerMetadata(shelf, account, container, metadata),
    hasContainer: async (account, container) => hasContainer(folderOf(shelf, account, container)),
    deleteContainer: (account, container) => deleteContainer(shelf, account, container),
    containers: (account) => listContainers(shelf, account),
    stat: async (account, container, blob) =>
      namesFolder(account, container, blob) ? undefined : (await readStat(sql, at(account, container, blob)))?.stat,
    write: async (account, container, blob, body, o = {}) => writeBlob(shelf, at(account, container, blob), body, o),
    writeMany: async (account, container, blobs) =>
      writeBlobs(
        shelf,
        blobs.map((blob) => ({ ...blob, place: at(account, container, blob.name) })),
      ),
    read: async (account, container, blob, range = {}) =>
      namesFolder(account, container, blob)
        ? fail('BlobNotFound', { name: blob })
        : readBlob(shelf, at(account, container, blob), range),
    setMetadata: async (account, container, blob, o) => setBlobMetadata(shelf, at(account, container, blob), o),
    remove: async (account, container, blob, o = {}) => removeBlob(shelf, at(account, container, blob), o),
    list: async (account, container, o = {}) =>
      listBlobs(shelf, { account, container, root: folderOf(shelf, account, container) }, o),
    stageBlock: async (account, container, blob, block) => stageBlock(shelf, at(account, container, blob), block),
    commitBlocks: async (account, container, blob, ids, o = {}) =>
      commitBlocks(shelf, at(account, container, blob), ids, o),
    blockList: async (account, container, blob) => listBlocks(shelf, at(account, container, blob)),
    dropBlocks: async (account, container, blob) => dropBlocks(shelf, at(account, container, blob)),
    sweep: async () => ({ blocks: sweepBlocks(shelf, now()), containers: await sweepPending(shelf, now()) }),
    folders: {
      stat: async (account, container, path) =>
        namesFolder(account, container, path) ? undefined : statFolder(sql, at(account, container, path)),
      make: async (account, container, path, o = {}) => makeFolder(shelf, at(account, container, path), o),
      setMetadata: async (account, container, path, metadata) =>
        setFolderMetadata(shelf, at(account, container, path), metadata),
      remove: async (account, container, path, recursive) =>
        removeFolder(shelf, at(account, container, path), recursive),
      move: async (from, to, o = {}) =>
        movePath(shelf, at(from.account, from.container, from.path), at(to.account, to.container, to.path), o),
    },
    patches: {
      create: async (account, container, path, o) => createSized(shelf, at(account, container, path), o.sizeBytes, o),
      write: async (account, container, path, o) => writeRange(shelf, at(account, container, path), o, o),
      resize: async (account, container, path, o) => resizeFile(shelf, at(account, container, path), o.sizeBytes, o),
    },
  }
}
