// Blob containers on plain files: a blob is a file one can `ls`, written to beside its place and renamed into it. What
// an upload said about a blob is kept in a table and believed only while size and time of the file are unchanged.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type BlobPage, type BlobStat, type Conditions, readStat, type WriteOptions } from './blob.ts'
import { listBlobs, readBlob, removeBlob, setBlobMetadata, writeBlob, writeBlobs } from './blobs.ts'
import { commitBlocks, listBlocks, stageBlock, sweepBlocks } from './blocks.ts'
import { createContainer, deleteContainer, listContainers } from './containers.ts'
import { Intake } from './intake.ts'
import { folderOf, hasContainer, placeOf, type Shelf } from './place.ts'
import type { Sql } from './sql.ts'

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
  /** False when it was there. */
  createContainer(account: string, container: string): Promise<boolean>
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
  list(
    account: string,
    container: string,
    o?: { prefix?: string; delimiter?: string; marker?: string; max?: number },
  ): Promise<BlobPage>
  /** Keeps a block of a blob to come. Block ids are base64 text. */
  stageBlock(
    account: string,
    container: string,
    blob: string,
    block: { id: string; body: Readable; md5?: string; maxBytes?: number },
  ): Promise<void>
  /** Joins blocks to the blob. Raises InvalidBlockList and what write raises. */
  commitBlocks(account: string, container: string, blob: string, ids: string[], o?: WriteOptions): Promise<BlobStat>
  /** Blocks staged and not yet committed, in the order of their ids. */
  blockList(account: string, container: string, blob: string): Promise<{ id: string; sizeBytes: number }[]>
}

/** Opens the drawer and sweeps what broken uploads left behind. */
export function openBytes(home: string, sql: Sql, now: number): Bytes {
  const storage = join(home, 'storage')
  const blocks = join(home, 'blocks')
  mkdirSync(storage, { recursive: true })
  const shelf: Shelf = { storage, blocks, sql, intake: new Intake(join(blocks, '.incoming')) }
  sweepBlocks(blocks, now)
  return {
    folder: (account, container) => folderOf(shelf, account, container),
    path: (account, container, blob) => placeOf(shelf, account, container, blob).path,
    createContainer: (account, container) => createContainer(shelf, account, container),
    hasContainer: async (account, container) => hasContainer(folderOf(shelf, account, container)),
    deleteContainer: (account, container) => deleteContainer(shelf, account, container),
    containers: (account) => listContainers(shelf, account),
    stat: async (account, container, blob) => (await readStat(sql, placeOf(shelf, account, container, blob)))?.stat,
    write: async (account, container, blob, body, o = {}) =>
      writeBlob(shelf, placeOf(shelf, account, container, blob), body, o),
    writeMany: async (account, container, blobs) =>
      writeBlobs(
        shelf,
        blobs.map((blob) => ({ ...blob, place: placeOf(shelf, account, container, blob.name) })),
      ),
    read: async (account, container, blob, range = {}) =>
      readBlob(shelf, placeOf(shelf, account, container, blob), range),
    setMetadata: async (account, container, blob, o) =>
      setBlobMetadata(shelf, placeOf(shelf, account, container, blob), o),
    remove: async (account, container, blob, o = {}) => removeBlob(shelf, placeOf(shelf, account, container, blob), o),
    list: async (account, container, o = {}) =>
      listBlobs(shelf, { account, container, root: folderOf(shelf, account, container) }, o),
    stageBlock: async (account, container, blob, block) =>
      stageBlock(shelf, placeOf(shelf, account, container, blob), block),
    commitBlocks: async (account, container, blob, ids, o = {}) =>
      commitBlocks(shelf, placeOf(shelf, account, container, blob), ids, o),
    blockList: async (account, container, blob) => listBlocks(shelf, placeOf(shelf, account, container, blob)),
  }
}
