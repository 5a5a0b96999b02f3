// Blob containers on plain files: a blob is a file one can `ls`, written to beside its place and renamed into it. What
// an upload said about a blob is kept in a table and believed only while size and time of the file are unchanged.
import type { Readable } from 'node:stream'

export interface BlobStat {
  name: string
  sizeBytes: number
  /** Without quotes; the same as long as the content is. */
  etag: string
  /** Epoch ms. */
  lastModified: number
  contentType: string
  /** Base64, where the upload gave or made it. */
  md5?: string
  metadata: Record<string, string>
}

/** `*` or an etag without quotes. */
export interface Conditions {
  ifMatch?: string
  ifNoneMatch?: string
}

export interface WriteOptions extends Conditions {
  contentType?: string
  metadata?: Record<string, string>
  /** Base64; the write is refused when the bytes have another one. */
  md5?: string
  maxBytes?: number
}

export interface BlobPage {
  blobs: BlobStat[]
  prefixes: string[]
  next?: string
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
  /** Bytes start..end, both inclusive. Raises BlobNotFound, InvalidRange. */
  read(account: string, container: string, blob: string, range?: { start?: number; end?: number }): Promise<{ stat: BlobStat; body: Readable }>
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
  stageBlock(account: string, container: string, blob: string, block: { id: string; body: Readable; md5?: string; maxBytes?: number }): Promise<void>
  /** Joins blocks to the blob. Raises InvalidBlockList and what write raises. */
  commitBlocks(account: string, container: string, blob: string, ids: string[], o?: WriteOptions): Promise<BlobStat>
  /** Blocks staged and not yet committed, in the order of their ids. */
  blockList(account: string, container: string, blob: string): Promise<{ id: string; sizeBytes: number }[]>
}
