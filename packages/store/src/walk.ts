// Listing a folder tree as a flat list of names in the order of their UTF-8 bytes, a page at a time: only the folders on
// the way of a page are read, and never more names are held than a page has. Links to files inside the root count as files; links to folders are not followed.
import { type Dir, type Dirent, opendirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '@lazurite/spec'
import { fileCode } from './files.ts'
import { isUnder, objectionTo, printable } from './paths.ts'

export interface WalkQuery {
  prefix: string
  /** Stop at '/' and answer prefixes instead of what is below. */
  shallow: boolean
  /** Answer folders too, whether or not a file is below: what a hierarchy lists. */
  folders?: boolean
  /** The last name of the page before. */
  after: string | undefined
  max: number
}

export interface WalkPage {
  files: { name: string; path: string }[]
  prefixes: string[]
  /** The last name of this page when there is more. */
  last?: string
}

/** So many entries of a folder are read before others get their turn. */
const breathe = 4096

interface Entry {
  /** Name from the root on; a folder's ends with '/'. */
  name: string
  path: string
  folder: boolean
}

/** One page. Raises PathNotAllowed for a prefix that climbs. */
export async function walkPage(root: string, q: WalkQuery): Promise<WalkPage> {
  const page: WalkPage = { files: [], prefixes: [] }
  let last: string | undefined
  for await (const entry of walk(root, q)) {
    if (page.files.length + page.prefixes.length === q.max) return last === undefined ? page : { ...page, last }
    if (entry.folder) page.prefixes.push(entry.name)
    else page.files.push({ name: entry.name, path: entry.path })
    last = entry.name
  }
  return page
}

/** Order of UTF-8 bytes: as UTF-16 units compare, but for surrogates, which stand for the highest code points. */
export function compareUtf8(a: string, b: string): number {
  const end = Math.min(a.length, b.length)
  for (let i = 0; i < end; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

async function* walk(root: string, q: WalkQuery): AsyncGenerator<Entry> {
  const base = q.prefix.slice(0, q.prefix.lastIndexOf('/') + 1)
  const folder = base === '' ? root : startFolder(root, base)
  if (folder === undefined) return
  const stack = [await Level.open({ root, q }, folder, base)]
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const entry = await level.next()
    if (entry === undefined) {
      stack.pop()
      continue
    }
    const isNew = q.after === undefined || compareUtf8(entry.name, q.after) > 0
    if (!entry.folder) yield entry
    else if (q.shallow) {
      if (isNew && (q.folders || holdsFile(root, entry.path))) yield entry
    } else {
      if (isNew && q.folders) yield entry
      stack.push(await Level.open({ root, q }, entry.path, entry.name))
    }
  }
}

/** What of one folder still has to be listed, the next few thousand names at a time: however many there are, few are held. */
class Level {
  readonly #walk: { root: string; q: WalkQuery }
  readonly #folder: string
  readonly #base: string
  #entries: Entry[] = []
  #bound: string | undefined
  #more = true

  static async open(walk: { root: string; q: WalkQuery }, folder: string, base: string): Promise<Level> {
    const level = new Level(walk, folder, base)
    await level.#read()
    return level
  }

  private constructor(walk: { root: string; q: WalkQuery }, folder: string, base: string) {
    this.#walk = walk
    this.#folder = folder
    this.#base = base
  }

  async next(): Promise<Entry | undefined> {
    const entry = this.#entries.pop()
    if (entry !== undefined || !this.#more) return entry
    await this.#read()
    return this.#entries.pop()
  }

  /** Takes the smallest names above the bound. */
  async #read(): Promise<void> {
    const { root, q } = this.#walk
    const keep = Math.min(q.max, 5000) + 1
    let found: Entry[] = []
    let ceiling: string | undefined
    const cut = () => {
      found.sort((a, b) => compareUtf8(a.name, b.name))
      if (found.length <= keep) return
      found = found.slice(0, keep)
      ceiling = found.at(-1)?.name
    }
    for await (const entry of entriesOf(root, this.#folder, this.#base)) {
      if (!this.#wanted(entry) || (ceiling !== undefined && compareUtf8(entry.name, ceiling) > 0)) continue
      found.push(entry)
      if (found.length >= 2 * keep) cut()
    }
    cut()
    this.#more = ceiling !== undefined
    this.#bound = ceiling
    this.#entries = found.reverse()
  }

  #wanted(entry: Entry): boolean {
    const { prefix, after, shallow } = this.#walk.q
    if (!entry.name.startsWith(prefix)) return false
    if (this.#bound !== undefined && compareUtf8(entry.name, this.#bound) <= 0) return false
    if (after === undefined || compareUtf8(entry.name, after) > 0) return true
    return entry.folder && !shallow && after.startsWith(entry.name)
  }
}

function startFolder(root: string, base: string): string | undefined {
  const inner = base.slice(0, -1)
  if (objectionTo(inner) !== undefined) fail('PathNotAllowed', { path: printable(base) })
  const folder = join(root, inner)
  try {
    return isUnder(root, realpathSync.native(folder)) ? folder : fail('PathNotAllowed', { path: base })
  } catch (error) {
    if (fileCode(error) === 'ENOENT' || fileCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}

async function* entriesOf(root: string, folder: string, base: string): AsyncGenerator<Entry> {
  let read = 0
  for (const found of openedFolder(folder)) {
    if (++read % breathe === 0) await new Promise((resolve) => setImmediate(resolve))
    if (objectionTo(found.name) !== undefined) continue
    const path = join(folder, found.name)
    if (found.isDirectory()) yield { name: `${base}${found.name}/`, path, folder: true }
    else if (isFileHere(root, path, found)) yield { name: base + found.name, path, folder: false }
  }
}

/** The entries of a folder as they come; none when it is gone or closed to us. */
function* openedFolder(folder: string): Generator<Dirent> {
  let dir: Dir
  try {
    dir = opendirSync(folder, { bufferSize: 1024 })
  } catch (error) {
    const code = fileCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return
    throw error
  }
  try {
    for (let found = dir.readSync(); found !== null; found = dir.readSync()) yield found
  } finally {
    dir.closeSync()
  }
}

function isFileHere(root: string, path: string, found: Dirent): boolean {
  return found.isFile() || (found.isSymbolicLink() && leadsToFile(root, path))
}

function leadsToFile(root: string, path: string): boolean {
  try {
    return statSync(path).isFile() && isUnder(root, realpathSync.native(path))
  } catch {
    return false
  }
}

function holdsFile(root: string, folder: string): boolean {
  const below: string[] = []
  for (const found of openedFolder(folder)) {
    if (objectionTo(found.name) !== undefined) continue
    const path = join(folder, found.name)
    if (found.isDirectory()) below.push(path)
    else if (isFileHere(root, path, found)) return true
  }
  return below.some((inner) => holdsFile(root, inner))
}
