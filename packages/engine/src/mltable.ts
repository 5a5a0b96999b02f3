/**
 * What an MLTable names: files, folders and patterns, relative to its folder or as URIs. Evaluating the table itself is
 * the business of the package that reads it; a list of paths can be handed over without.
 */
import { posix } from 'node:path'
import { asArray, asObject, asString, type JsonObject } from '@lazurite/spec'
import type { StorageStat } from './datastores/storage.ts'

export interface TablePath {
  how: 'file' | 'folder' | 'pattern'
  /** Relative to the table's folder, or a URI. */
  what: string
}

/** What a table names, in its order. */
export function pathsOf(table: JsonObject): TablePath[] {
  return asArray(table.paths).flatMap((entry): TablePath[] => {
    const o = asObject(entry)
    for (const how of ['file', 'folder', 'pattern'] as const) {
      const what = asString(o[how])
      if (what !== undefined) return [{ how, what }]
    }
    return []
  })
}

/** A path of a table as a path in the datastore that holds the table. */
function inTable(folder: string, relative: string): string {
  return posix.join(folder, relative)
}

/**
 * Turns a pattern into a test of paths: `*` and `?` within a segment, `**` over any number of them, `[a-z]` and `[!a-z]`.
 * Also says which folder all matches lie in, so that no more is listed than must be.
 */
function readPattern(pattern: string): { folder: string; matches: (path: string) => boolean } {
  const segments = pattern.split('/')
  const firstWild = segments.findIndex((s) => /[*?[]/.test(s))
  const fixed = firstWild < 0 ? segments.slice(0, -1) : segments.slice(0, firstWild)
  const parts = segments.map((segment, i) => {
    const last = i === segments.length - 1
    if (segment === '**') return last ? '.*' : '(?:[^/]+/)*'
    return segmentPattern(segment) + (last ? '' : '/')
  })
  const whole = new RegExp(`^${parts.join('')}$`, 's')
  return { folder: fixed.join('/'), matches: (path) => whole.test(path) }
}

function segmentPattern(segment: string): string {
  return segment.replace(/\*+|\?|\[(!?)([^\]/]+)\]|[\\^$.|+(){}[\]]/g, (found, not?: string, set?: string) => {
    if (found.startsWith('*')) return '[^/]*'
    if (found === '?') return '[^/]'
    if (set !== undefined) return `[${not === '!' ? '^/' : ''}${set.replace(/[\\^]/g, '\\$&')}]`
    return `\\${found}`
  })
}

/** Files selected by one path of a table, from a listing. */
export async function select(
  path: TablePath,
  folder: string,
  list: (folder: string) => AsyncIterable<StorageStat>,
): Promise<string[]> {
  const full = inTable(folder, path.what)
  if (path.how === 'file') return [full]
  const { folder: below, matches } = path.how === 'pattern' ? readPattern(full) : { folder: full, matches: () => true }
  const found: string[] = []
  for await (const file of list(below)) if (matches(file.path)) found.push(file.path)
  return found
}

/** The path inside a datastore of a URI that may hold a pattern; `base` is the path of what stands before the pattern. */
export function tailOf(uri: string, base: string): string {
  const wild = /[*?[].*$/s.exec(uri)?.[0] ?? ''
  return `${base}${wild === '' || base === '' || uri.at(-wild.length - 1) !== '/' ? '' : '/'}${wild}`
}
