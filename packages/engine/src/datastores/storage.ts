/**
 * What a place that holds data can do. Small on purpose: a new kind of datastore is one file that implements this. Paths
 * are relative, `/` between segments, no slash at either end; `''` is the root.
 */
import type { Readable } from 'node:stream'

export interface StorageStat {
  path: string
  folder: boolean
  /** 0 for folders. */
  sizeBytes: number
  /** Epoch ms. */
  modifiedAt: number
}

export interface Storage {
  /** Undefined when nothing is there. */
  stat(path: string): Promise<StorageStat | undefined>
  /** Every file below a folder, in the order of its path; `after` skips those up to and including that path. */
  list(folder: string, after?: string): AsyncIterable<StorageStat>
  /** Bytes start..end, both inclusive. */
  read(path: string, range?: { start?: number; end?: number }): Promise<Readable>
  /** Whole or not at all. Folders on the way are made. */
  write(path: string, body: Readable): Promise<StorageStat>
  /** A file or a folder with everything in it; false when nothing was there. */
  remove(path: string): Promise<boolean>
  /** Absolute path on this machine, when the bytes are here as plain files. */
  localPath?(path: string): string
}

/** Without slashes at the ends; the rest is the resolver's business. */
export function trimPath(path: string): string {
  return path.replace(/^\/+|\/+$/g, '')
}
