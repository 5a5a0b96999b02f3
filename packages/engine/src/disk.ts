/** What a file system says when it refuses, in words people can act on. */
import { fail } from '@lazurite/spec'

/** Rethrows: a full disk as InsufficientStorage, a file in the place of a folder as PathConflict, the rest as it is. */
export function explain(e: unknown, path: string): never {
  const code = codeOf(e)
  if (code === 'ENOSPC' || code === 'EDQUOT') fail('InsufficientStorage', { path }, { cause: e })
  if (code === 'EISDIR' || code === 'ENOTDIR' || code === 'EEXIST') fail('PathConflict', { path }, { cause: e })
  throw e
}

export function codeOf(e: unknown): string | undefined {
  return e instanceof Error && 'code' in e && typeof e.code === 'string' ? e.code : undefined
}
