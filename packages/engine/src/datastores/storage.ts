/**
 * What a place that holds data can do. Small on purpose: a new kind of datastore is one file that implements this. Paths
 * are relative, `/` between segments, no slash at either end; `''` is the root.
 */
import type { Readable } from 'node:stream'
import { fail } from '@lazurite/spec'
import { objectionTo, printable } from '@lazurite/store'

export interface StorageStat {
  path: string
  folder: boolean
  /** 0 for folders. */
  sizeBytes: number
  /** Epoch ms. */
  modifiedAt: number
  /** Changes with the content; where the storage has such a thing. */
  etag?: string
  /** Hex digest of the content, where the storage keeps one. */
  md5?: string
}

export interface StoragePage {
  /** Folders and files of one level, in the order of their names as the storage has it. */
  entries: StorageStat[]
  /** Opaque; absent on the last page. */
  next?: string
}

export interface PartPlan {
  sizeBytes: number
  /** Every part has this size, the last what is left. */
  partBytes: number
}

export interface Part {
  /** From 0. */
  index: number
  body: Buffer
}

/** A file sent in parts, from several sides, over any number of restarts. */
export interface StorageParts {
  /**
   * Begins one: an id that names the upload from now on and belongs to the path and the plan, and whether parts must
   * come one after the other.
   */
  start(path: string, plan: PartPlan): Promise<{ upload: string; inOrder: boolean }>
  /** Numbers of the parts that are there. Raises FileNotFound for an upload that is over or was never begun. */
  have(path: string, upload: string): Promise<number[]>
  put(path: string, upload: string, part: Part): Promise<void>
  /** Makes the file of its parts; whole or not at all. Raises InvalidBlockList when one is missing. */
  commit(path: string, upload: string, plan: PartPlan & { md5?: string }): Promise<StorageStat>
  drop(path: string, upload: string): Promise<void>
}

export interface Storage {
  /** Undefined when nothing is there. */
  stat(path: string): Promise<StorageStat | undefined>
  /** Every file below a folder, in the order of its path; `after` skips those up to and including that path. */
  list(folder: string, after?: string): AsyncIterable<StorageStat>
  /** The same a page at a time, where the storage keeps the place by itself and need not begin anew for each page. */
  below?(folder: string, page: { marker?: string; limit: number }): Promise<StoragePage>
  /** One level of a folder, a page at a time. */
  browse(folder: string, page: { marker?: string; limit: number }): Promise<StoragePage>
  /** Bytes start..end, both inclusive. */
  read(path: string, range?: { start?: number; end?: number }): Promise<Readable>
  /** Whole or not at all. Folders on the way are made. */
  write(path: string, body: Readable): Promise<StorageStat>
  /** A file or a folder with everything in it; false when nothing was there. */
  remove(path: string): Promise<boolean>
  readonly parts: StorageParts
  /** Absolute path on this machine, when the bytes are here as plain files. */
  localPath?(path: string): string
}

/** Every file below a folder, a page at a time; markers belong to the storage. */
export async function pageBelow(
  storage: Storage,
  folder: string,
  page: { marker?: string; limit: number },
): Promise<StoragePage> {
  if (storage.below) return storage.below(folder, page)
  const entries: StorageStat[] = []
  for await (const file of storage.list(folder, page.marker)) {
    entries.push(file)
    if (entries.length === page.limit) return { entries, next: file.path }
  }
  return { entries }
}

/** Without slashes at the ends; the rest is the resolver's business. */
export function trimPath(path: string): string {
  return path.replace(/^\/+|\/+$/g, '')
}

/** A user's path for storage elsewhere, by the rules of paths here. Raises PathNotAllowed. */
export function checkPath(path: string): string {
  const plain = trimPath(path)
  const objection = plain === '' ? undefined : objectionTo(plain)
  if (objection !== undefined) fail('PathNotAllowed', { path: printable(path), why: objection })
  return plain
}

/** The prefix that everything below a folder has. */
export function prefixOf(folder: string): string {
  return folder === '' ? '' : `${folder}/`
}

/** Paths as every storage orders them. */
export function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function partCount({ sizeBytes, partBytes }: PartPlan): number {
  return Math.max(1, Math.ceil(sizeBytes / partBytes))
}

/** Raises InvalidBlockList naming the first part that is missing. */
export function needParts(have: Iterable<number>, plan: PartPlan): void {
  const there = new Set(have)
  for (let index = 0; index < partCount(plan); index++) {
    if (!there.has(index)) fail('InvalidBlockList', { block: `part ${index}` })
  }
}

/**
 * Every file below a folder, of a storage that is asked level by level: folders sort as if their names ended in a slash,
 * so that paths come out in order.
 */
export async function* walk(
  children: (folder: string) => Promise<StorageStat[]>,
  folder: string,
  after = '',
): AsyncIterable<StorageStat> {
  const level = (await children(folder)).map((entry) => ({ entry, key: entry.folder ? `${entry.path}/` : entry.path }))
  for (const { entry, key } of level.sort((a, b) => byBytes(a.key, b.key))) {
    if (!entry.folder) {
      if (key > after) yield entry
    } else if (!(after > key && !after.startsWith(key))) yield* walk(children, entry.path, after)
  }
}

/** A page of a level that is known whole; the marker is the last name of the page before. */
export function pageOf(level: StorageStat[], { marker = '', limit }: { marker?: string; limit: number }): StoragePage {
  const rest = level.sort((a, b) => byBytes(a.path, b.path)).filter((entry) => entry.path > marker)
  const entries = rest.slice(0, limit)
  const last = entries.at(-1)
  return { entries, ...(rest.length > limit && last !== undefined ? { next: last.path } : {}) }
}
