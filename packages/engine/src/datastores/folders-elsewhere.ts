/**
 * Accounts with real folders and files that are there while they are still written (Azure Files, data lakes): what is
 * written grows under a name of its own beside its place, and is moved there when it is whole.
 */
import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { fail } from '@lazurite/spec'
import { retell } from './bodies.ts'
import { isHalf } from './local-parts.ts'
import { type Asked, explainRefusal, isMissing, retellError } from './refusal.ts'
import {
  checkPath,
  needParts,
  type Part,
  type PartPlan,
  type Storage,
  type StoragePage,
  type StorageParts,
  type StorageStat,
  walk,
} from './storage.ts'

const levelLimit = 5000

/** What such an account can do, in its own words and with its own errors. Paths are checked; `''` is the root. */
export interface Tree {
  entry(path: string): Promise<StorageStat | undefined>
  /** A folder that is there only because something is in it, where such a thing can be. */
  implied?(path: string): Promise<StorageStat | undefined>
  /** What speaks against a name, where more does than elsewhere. */
  objectionTo?(path: string): string | undefined
  level(folder: string, page: { marker?: string; limit: number }): Promise<StoragePage>
  /** Nothing happens when there is one; its parent is there. */
  makeFolder(path: string): Promise<void>
  download(path: string, start: number, count?: number): Promise<Readable>
  /** A new file of so many bytes, in a folder that is there. */
  create(path: string, sizeBytes: number): Promise<void>
  /** Writes an empty file. */
  fill(path: string, body: Readable): Promise<void>
  /** Over a file that may be there. */
  move(from: string, to: string): Promise<void>
  removeFile(path: string): Promise<void>
  /** With everything in it. */
  removeFolder(path: string): Promise<void>
  readonly halves: Halves
}

/** Files that are sent in parts, by the name they have until they are whole. */
export interface Halves {
  readonly inOrder: boolean
  begin(half: string, plan: PartPlan): Promise<void>
  /** Raises the account's own error for what is not there. */
  have(half: string, partBytes: number): Promise<number[]>
  put(half: string, partBytes: number, part: Part): Promise<void>
  finish(half: string, plan: PartPlan & { md5?: string }): Promise<void>
  drop(half: string): Promise<void>
}

const nameOf = (path: string) => path.split('/').at(-1) ?? ''
const folderOf = (path: string) => path.split('/').slice(0, -1).join('/')
const beside = (path: string, name: string) => [folderOf(path), name].filter((part) => part !== '').join('/')

/** Of the error that a missing thing is; undefined instead. */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((e) => {
    if (isMissing(e)) return undefined
    throw e
  })
}

export class FoldersElsewhere implements Storage {
  readonly #tree: Tree
  readonly #asked: Omit<Asked, 'path'>
  readonly parts: StorageParts

  constructor(tree: Tree, asked: Omit<Asked, 'path'>) {
    this.#tree = tree
    this.#asked = asked
    this.parts = this.#partsOf()
  }

  async #at<T>(path: string, act: (plain: string) => Promise<T>): Promise<T> {
    const plain = checkPath(path)
    return act(plain).catch((e) => explainRefusal(e, { ...this.#asked, path: plain }))
  }

  stat(path: string): Promise<StorageStat | undefined> {
    return this.#at(path, (plain) => this.#find(plain))
  }

  async #find(path: string): Promise<StorageStat | undefined> {
    return (await this.#tree.entry(path)) ?? this.#tree.implied?.(path)
  }

  async *list(folder: string, after = ''): AsyncIterable<StorageStat> {
    yield* walk((level) => this.#at(level, (plain) => this.#whole(plain)), checkPath(folder), after)
  }

  async #whole(folder: string): Promise<StorageStat[]> {
    const found: StorageStat[] = []
    let marker: string | undefined
    do {
      const page = await this.#page(folder, { limit: levelLimit, ...(marker === undefined ? {} : { marker }) })
      found.push(...page.entries)
      marker = page.next
    } while (marker !== undefined)
    return found
  }

  async #page(folder: string, page: { marker?: string; limit: number }): Promise<StoragePage> {
    const found = await unlessMissing(this.#tree.level(folder, page))
    if (found === undefined) return { entries: [] }
    return { ...found, entries: found.entries.filter(({ path }) => !isHalf(nameOf(path))) }
  }

  browse(folder: string, page: { marker?: string; limit: number }): Promise<StoragePage> {
    return this.#at(folder, (plain) => this.#page(plain, { ...page, limit: Math.min(page.limit, levelLimit) }))
  }

  read(path: string, { start = 0, end }: { start?: number; end?: number } = {}): Promise<Readable> {
    return this.#at(path, async (plain) => {
      if (plain === '') fail('FileNotFound', { path: '/' })
      const body = await this.#tree.download(plain, start, end === undefined ? undefined : end - start + 1)
      return retell(body, (e) => retellError(e, { ...this.#asked, path: plain }))
    })
  }

  write(path: string, body: Readable): Promise<StorageStat> {
    return this.#at(path, async (plain) => {
      const half = beside(plain, `.laz-${randomBytes(12).toString('hex')}`)
      await this.#inFolder(plain, () => this.#tree.create(half, 0))
      try {
        await this.#tree.fill(half, body)
        return await this.#arrive(half, plain)
      } catch (e) {
        await this.#tree.removeFile(half).catch(() => {})
        throw e
      }
    })
  }

  /** Makes something in the folder of a path, and the folders on the way when they are not there. */
  async #inFolder(path: string, make: () => Promise<void>): Promise<void> {
    if (path === '') fail('PathNotAllowed', { path: '/' })
    const why = this.#tree.objectionTo?.(path)
    if (why !== undefined) fail('PathNotAllowed', { path, why })
    if ((await this.#tree.entry(path))?.folder) fail('PathConflict', { path })
    if ((await unlessMissing(make().then(() => true))) === true) return
    const above = folderOf(path).split('/')
    for (let depth = 1; depth <= above.length; depth++) {
      const folder = above.slice(0, depth).join('/')
      const there = folder === '' ? undefined : await this.#tree.entry(folder)
      if (there && !there.folder) fail('PathConflict', { path: folder })
      if (folder !== '' && there === undefined) await this.#tree.makeFolder(folder)
    }
    await make()
  }

  async #arrive(half: string, path: string): Promise<StorageStat> {
    await this.#tree.move(half, path)
    return (await this.#tree.entry(path)) ?? fail('FileNotFound', { path })
  }

  remove(path: string): Promise<boolean> {
    return this.#at(path, async (plain) => {
      if (plain === '') fail('PathNotAllowed', { path: '/' })
      const found = await this.#find(plain)
      if (found === undefined) return false
      const gone = found.folder ? this.#tree.removeFolder(plain) : this.#tree.removeFile(plain)
      return (await unlessMissing(gone.then(() => true))) ?? false
    })
  }

  #partsOf(): StorageParts {
    const { halves } = this.#tree
    const half = (path: string, upload: string) => {
      const [, bytes] =
        /^([0-9a-z]{1,8})-[0-9a-f]{24}$/.exec(upload) ??
        fail('FileNotFound', { path: `the upload ${upload.slice(0, 80)}` })
      return { name: beside(path, `.laz-part-${upload}`), partBytes: Number.parseInt(bytes ?? '', 36) }
    }
    const have = async (path: string, upload: string): Promise<number[]> => {
      const { name, partBytes } = half(path, upload)
      return (
        (await unlessMissing(halves.have(name, partBytes))) ?? fail('FileNotFound', { path: `the upload of ${path}` })
      )
    }
    return {
      start: (path, plan) =>
        this.#at(path, async (plain) => {
          const upload = `${plan.partBytes.toString(36)}-${randomBytes(12).toString('hex')}`
          await this.#inFolder(plain, () => halves.begin(half(plain, upload).name, plan))
          return { upload, inOrder: halves.inOrder }
        }),
      have: (path, upload) => this.#at(path, (plain) => have(plain, upload)),
      put: (path, upload, part) =>
        this.#at(path, async (plain) => {
          const { name, partBytes } = half(plain, upload)
          const there = await unlessMissing(halves.put(name, partBytes, part).then(() => true))
          if (!there) fail('FileNotFound', { path: `the upload of ${plain}` })
        }),
      commit: (path, upload, plan) =>
        this.#at(path, async (plain) => {
          const there = await have(plain, upload)
          if (plan.sizeBytes > 0) needParts(there, plan)
          const { name } = half(plain, upload)
          await halves.finish(name, plan)
          return this.#arrive(name, plain)
        }),
      drop: (path, upload) => this.#at(path, (plain) => halves.drop(half(plain, upload).name)),
    }
  }
}
