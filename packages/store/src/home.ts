// The home folder belongs to one process at a time. The lock is SQLite's exclusive lock on a file of its own: the
// operating system frees it however the process ends. The process id stands in a second file, since reading the first
// would drop the lock.
import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '@lazurite/spec'
import { holdLock } from './sql.ts'

/** Makes the folder when missing and takes it. Raises HomeInUse{path,pid} at once, HomeUnusable. */
export async function lockHome(home: string): Promise<{ release(): void }> {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    fail('HomeUnusable', { path: home, why: cause instanceof Error ? cause.message : String(cause) }, { cause })
  }
  const lock = await holdLock(join(home, 'lock.db'))
  const pidFile = join(home, 'lock.pid')
  if (lock === undefined) return fail('HomeInUse', { path: home, pid: readPid(pidFile) })
  try {
    writeFileSync(pidFile, `${process.pid}\n`)
  } catch {
    // a full disk must not keep the server from starting; the number is only for the message above
  }
  return {
    release() {
      rmSync(pidFile, { force: true })
      lock.release()
    },
  }
}

function readPid(path: string): number | string {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10)
    return Number.isInteger(pid) ? pid : 'unknown'
  } catch {
    return 'unknown'
  }
}
