/**
 * A folder of this machine: what every built-in container is, and what an administrator can name as a datastore of type
 * `local`. Every path goes through the one resolver, so that nothing is read or written outside the folder.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fail } from '@lazurite/spec'
import { safeJoin } from '@lazurite/store'
import { codeOf, explain } from '../disk.ts'
import { folderParts, isHalf } from './local-parts.ts'
import {
  byBytes,
  pageOf,
  type Storage,
  type StoragePage,
  type StorageParts,
  type StorageStat,
  trimPath,
} from './storage.ts'

export function openFolder(root: string): Storage {
  return new Folder(root)
}

let serial = 0

class Folder implements Storage {
  readonly #root: string
  readonly parts: StorageParts

  constructor(root: string) {
    this.#root = root
    this.parts = folderParts(this)
  }

  localPath(path: string): string {
    const plain = trimPath(path)
    const own = plain.split('/').find(isHalf)
    if (own !== undefined) fail('PathNotAllowed', { path: own, why: 'such names are kept for writes under way' })
    return plain === '' ? this.#root : safeJoin(this.#root, plain)
  }

  async stat(path: string): Promise<StorageStat | undefined> {
    const found = await stat(this.localPath(path)).catch(unlessMissing)
    if (found === undefined) return undefined
    const folder = found.isDirectory()
    return { path: trimPath(path), folder, sizeBytes: folder ? 0 : found.size, modifiedAt: Math.floor(found.mtimeMs) }
  }

  async *list(folder: string, after = ''): AsyncIterable<StorageStat> {
    const entries = await readdir(this.localPath(folder), { withFileTypes: true }).catch(unlessMissing)
    // a folder sorts as if its name ended in a slash, so that paths come out in order
    const names = (entries ?? []).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort(byBytes)
    const prefix = trimPath(folder) === '' ? '' : `${trimPath(folder)}/`
    for (const name of names) {
      if (isHalf(name)) continue
      const path = `${prefix}${name}`
      if (name.endsWith('/')) {
        if (!(after > path && !after.startsWith(path))) yield* this.list(path, after)
      } else if (path > after) {
        // a link that leaves the folder is not listed: nobody could read it
        const found = await this.stat(path).catch(() => undefined)
        if (found !== undefined && !found.folder) yield found
      }
    }
  }

  async browse(folder: string, page: { marker?: string; limit: number }): Promise<StoragePage> {
    const entries = await readdir(this.localPath(folder), { withFileTypes: true }).catch(unlessMissing)
    const prefix = trimPath(folder) === '' ? '' : `${trimPath(folder)}/`
    const known = (entries ?? [])
      .filter(({ name }) => !isHalf(name))
      .map((entry) => ({ path: prefix + entry.name, folder: entry.isDirectory(), sizeBytes: 0, modifiedAt: 0 }))
    const { entries: shown, next } = pageOf(known, page)
    const found = await Promise.all(shown.map(({ path }) => this.stat(path).catch(() => undefined)))
    return { entries: found.filter((stat) => stat !== undefined), ...(next === undefined ? {} : { next }) }
  }

  async read(path: string, range: { start?: number; end?: number } = {}): Promise<Readable> {
    const found = await this.stat(path)
    if (found === undefined || found.folder) fail('FileNotFound', { path: trimPath(path) })
    return createReadStream(this.localPath(path), range)
  }

  async write(path: string, body: Readable): Promise<StorageStat> {
    const file = this.localPath(path)
    await mkdir(dirname(file), { recursive: true }).catch((e) => explain(e, path))
    serial += 1
    const temporary = join(dirname(file), `.laz-${process.pid}-${serial}`)
    try {
      await pipeline(body, createWriteStream(temporary))
      await rename(temporary, file)
    } catch (e) {
      await rm(temporary, { force: true })
      explain(e, path)
    }
    return (await this.stat(path)) ?? fail('FileNotFound', { path })
  }

  async remove(path: string): Promise<boolean> {
    if (trimPath(path) === '') fail('PathNotAllowed', { path: '/' })
    const file = this.localPath(path)
    if ((await stat(file).catch(unlessMissing)) === undefined) return false
    await rm(file, { recursive: true })
    return true
  }
}

function unlessMissing(e: unknown): undefined {
  const code = codeOf(e)
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw e
  return undefined
}
