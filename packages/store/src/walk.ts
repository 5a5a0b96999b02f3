// Listing a folder tree as a flat list of names in the order of their UTF-8 bytes, a page at a time: only the folders on
// the way of a page are read. Links to files inside the root count as files; links to folders are not followed.
import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '@lazurite/spec'
import { fileCode } from './files.ts'
import { isUnder, objectionTo, printable } from './paths.ts'

export interface WalkQuery {
  prefix: string
  /** Stop at '/' and answer prefixes instead of what is below. */
  shallow: boolean
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

interface Entry {
  /** Name from the root on; a folder's ends with '/'. */
  name: string
  path: string
  folder: boolean
}

/** One page. Raises PathNotAllowed for a prefix that climbs. */
export function walkPage(root: string, q: WalkQuery): WalkPage {
  const page: WalkPage = { files: [], prefixes: [] }
  let last: string | undefined
  for (const entry of walk(root, q)) {
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

function* walk(root: string, q: WalkQuery): Generator<Entry> {
  const base = q.prefix.slice(0, q.prefix.lastIndexOf('/') + 1)
  const folder = base === '' ? root : startFolder(root, base)
  if (folder === undefined) return
  const stack = [
    entriesOf(root, folder, base)
      .filter((e) => e.name.startsWith(q.prefix))
      .reverse(),
  ]
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const entry = level.pop()
    if (entry === undefined) {
      stack.pop()
      continue
    }
    const order = q.after === undefined ? 1 : compareUtf8(entry.name, q.after)
    if (!entry.folder) {
      if (order > 0) yield entry
    } else if (q.shallow) {
      if (order > 0 && holdsFile(root, entry)) yield entry
    } else if (order >= 0 || q.after?.startsWith(entry.name)) {
      stack.push(entriesOf(root, entry.path, entry.name).reverse())
    }
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

function entriesOf(root: string, folder: string, base: string): Entry[] {
  const entries: Entry[] = []
  for (const found of readFolder(folder)) {
    if (objectionTo(found.name) !== undefined) continue
    const path = join(folder, found.name)
    if (found.isDirectory()) entries.push({ name: `${base}${found.name}/`, path, folder: true })
    else if (found.isFile() || (found.isSymbolicLink() && leadsToFile(root, path))) {
      entries.push({ name: base + found.name, path, folder: false })
    }
  }
  return entries.sort((a, b) => compareUtf8(a.name, b.name))
}

function readFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    const code = fileCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return []
    throw error
  }
}

function leadsToFile(root: string, path: string): boolean {
  try {
    return statSync(path).isFile() && isUnder(root, realpathSync.native(path))
  } catch {
    return false
  }
}

function holdsFile(root: string, folder: Entry): boolean {
  const stack = [folder]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    for (const entry of entriesOf(root, next.path, next.name)) {
      if (!entry.folder) return true
      stack.push(entry)
    }
  }
  return false
}
