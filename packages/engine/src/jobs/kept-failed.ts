/**
 * Working folders of jobs that failed, as their command left them: `<home>/debug/failed/<job>`. The newest few are kept, so
 * that somebody can look into them.
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const most = 20

/** Where the working folder of a failed job lies, if it is still kept. */
export function failedFolder(home: string, job: string): string {
  return join(home, 'debug', 'failed', encodeURIComponent(job))
}

/** Where a job is opened to be looked into. */
export function debugFolder(home: string, job: string): string {
  return join(home, 'debug', 'open', encodeURIComponent(job))
}

/** Keeps a working folder; older ones make room. May be repeated. What cannot be kept is not missed by the job. */
export async function keepFailed(home: string, job: string, wd: string): Promise<void> {
  const place = failedFolder(home, job)
  const all = join(home, 'debug', 'failed')
  try {
    await mkdir(all, { recursive: true, mode: 0o700 })
    // whoever comes second finds nothing to keep
    await rename(wd, place)
    const kept = await readdir(all)
    if (kept.length <= most) return
    const aged = await Promise.all(kept.map(async (name) => ({ name, at: (await stat(join(all, name))).ctimeMs })))
    aged.sort((a, b) => a.at - b.at)
    for (const { name } of aged.slice(0, kept.length - most))
      await rm(join(all, name), { recursive: true, force: true })
  } catch {
    // the folder goes the way of all others
  }
}

/** Removes what is kept of a job to look into. */
export async function forgetDebug(home: string, job: string): Promise<void> {
  for (const folder of [failedFolder(home, job), debugFolder(home, job)])
    await rm(folder, { recursive: true, force: true })
}
