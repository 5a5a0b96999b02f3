// The resolver of every path that comes from outside: one place that decides whether it stays under its root.
import { lstatSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, sep } from 'node:path'
import { fail } from '@lazurite/spec'

const longest = 4096

/**
 * Joins a user's path to a root. Refuses with PathNotAllowed: climbs (`..`, also percent-encoded once or twice),
 * absolute paths, drive letters, backslashes, NUL and control characters, empty or `.` segments, names too long for a
 * file system, and anything that a symbolic link leads out of the root.
 * @param root an absolute folder, trusted
 * @param userPath relative, `/` between segments, already decoded once
 */
export function safeJoin(root: string, userPath: string): string {
  const refusal = objectionTo(userPath)
  if (refusal !== undefined) fail('PathNotAllowed', { path: printable(userPath), why: refusal })
  const full = join(root, userPath)
  if (!staysUnder(root, full))
    fail('PathNotAllowed', { path: printable(userPath), why: 'a link on the way leaves the root' })
  return full
}

/** Why the text cannot be a path under a root; undefined when it can. Looks at the text alone. */
export function objectionTo(userPath: string): string | undefined {
  if (userPath === '') return 'it is empty'
  if (userPath.length > longest) return 'it is too long'
  if (/[\u0000-\u001f\u007f]/.test(userPath)) return 'it holds control characters'
  if (userPath.includes('\\')) return 'it holds a backslash'
  if (isAbsolute(userPath) || /^[a-zA-Z]:/.test(userPath)) return 'it is absolute'
  for (const segment of userPath.split('/')) {
    if (segment === '' || segment === '.') return 'it has an empty segment'
    if (segment === '..' || climbsWhenDecoded(segment)) return 'it climbs'
    if (Buffer.byteLength(segment) > 255) return 'a segment is too long'
  }
  if (/\p{Surrogate}/u.test(userPath)) return 'it is not valid Unicode'
  return undefined
}

/** A segment that would become a climb or a separator if somebody decoded it again: `%2e%2e`, `%252e%252e`, `..%2f`, `..%5c`. */
function climbsWhenDecoded(segment: string): boolean {
  if (!segment.includes('%')) return false
  const plain = segment.replace(/%(?:25)*2e/gi, '.').replace(/%(?:25)*(?:2f|5c|00)/gi, '/')
  return plain.split('/').some((part) => part === '..') || /%(?:25)*(?:2f|5c|00)/i.test(segment)
}

/** True when a real path is the root or below it, the root's own links followed. */
export function isUnder(root: string, realPath: string): boolean {
  const realRoot = realpathOrSelf(root)
  return realPath === realRoot || realPath.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)
}

/** True when the nearest existing ancestor of the path, links followed, is still under the root. */
function staysUnder(root: string, full: string): boolean {
  for (let here = full; here !== root && here !== dirname(here); here = dirname(here)) {
    const real = resolveHere(here)
    if (real === false) return false
    if (real !== undefined) return isUnder(root, real)
  }
  return true
}

/**
 * The real path of what is there; undefined when nothing is; false for a link that leads nowhere. What came to be between
 * the two looks is no such link, and is looked at again.
 */
function resolveHere(path: string): string | undefined | false {
  try {
    return realpathSync.native(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOTDIR') return undefined
    if (code !== 'ENOENT') return false
    const there = lstatSync(path, { throwIfNoEntry: false })
    if (there === undefined) return undefined
    return there.isSymbolicLink() ? false : resolveHere(path)
  }
}

function realpathOrSelf(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    return path
  }
}

/** The path as it may stand in an error: short, without control characters. */
export function printable(userPath: string): string {
  const text = JSON.stringify(userPath).slice(1, -1)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
