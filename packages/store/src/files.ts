// What the drawers made of plain files share: words for what a file system refuses, and opening a path in a way that a
// link swapped in at the last moment cannot turn elsewhere.
import { closeSync, constants, openSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fail, LazError } from '@lazurite/spec'
import { isUnder } from './paths.ts'

/** The code of a file system error, e.g. ENOENT; undefined for any other error. */
export function fileCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** A full disk or quota in the words of the house; any other error as it is. */
export function storageError(error: unknown, path: string): unknown {
  const code = fileCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new LazError('InsufficientStorage', { path }, { cause: error })
  if (code === 'EROFS')
    return new LazError('HomeUnusable', { path, why: 'the file system is read-only' }, { cause: error })
  if (code === 'EACCES' || code === 'EPERM')
    return new LazError('HomeUnusable', { path, why: 'it may not be written' }, { cause: error })
  return error
}

/**
 * Opens a file for reading and answers the descriptor, once it is certain that what was opened lies under the root.
 * Never waits for a pipe. Undefined when there is nothing.
 */
export function openUnder(root: string, path: string): number | undefined {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const code = fileCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENXIO') return undefined
    if (code === 'ELOOP') fail('PathNotAllowed', { path: basename(path) })
    throw storageError(error, path)
  }
  if (isUnder(root, whereIs(fd, path))) return fd
  closeSync(fd)
  return fail('PathNotAllowed', { path: basename(path) })
}

/**
 * Acts on a name inside a folder that is held open meanwhile, so that the folder checked and the folder used are one.
 * The act is handed a path that is good until it returns.
 */
export function withParent<T>(root: string, path: string, act: (path: string) => T): T {
  const folder = dirname(path)
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    if (!isUnder(root, whereIs(fd, folder))) return fail('PathNotAllowed', { path: basename(path) })
    return act(process.platform === 'linux' ? `/proc/self/fd/${fd}/${basename(path)}` : path)
  } finally {
    closeSync(fd)
  }
}

/** The real path of an open descriptor; where the system does not tell, that of the path it was opened by. */
function whereIs(fd: number, path: string): string {
  return process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${fd}`) : realpathSync.native(path)
}
