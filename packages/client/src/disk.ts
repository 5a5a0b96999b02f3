// The files of this machine. A download is written beside its place, under a name that tells of what: a later try goes on
// where it stopped, and no half file ever has the name of a whole one.
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { mkdir, open, rename, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { Files, Saving } from './platform.ts'

/** Node's file system as the client uses it. */
export const disk: Files = {
  cwd: () => process.cwd(),
  resolve,
  dirname,
  basename,
  relative,
  isAbsolute,
  look(path) {
    const info = statSync(path, { throwIfNoEntry: false })
    return info && { is: info.isDirectory() ? 'folder' : 'file', sizeBytes: info.size }
  },
  readText: (path) => readFileSync(path, 'utf8'),
  async scan(path, includes) {
    const { scanFolder, scanIncludes } = await import('./scan.ts')
    return path === undefined ? scanIncludes(includes ?? []) : scanFolder(path, includes)
  },
  hash: async (folder) => (await import('./hash-disk.ts')).hashOnDisk(folder),
  save,
}

async function save(path: string, mark: string): Promise<Saving> {
  await mkdir(dirname(path), { recursive: true })
  const half = join(dirname(path), `.${basename(path).slice(0, 200)}.${mark}.part`)
  const offset = await stat(half).then(
    (info) => info.size,
    () => 0,
  )
  let file = await open(half, 'a', 0o644)
  return {
    offset,
    before: () => createReadStream(half, { start: 0, end: Math.max(0, offset - 1), highWaterMark: 2 ** 20 }),
    write: async (part) => {
      let at = 0
      while (at < part.length) at += (await file.write(part, at)).bytesWritten
    },
    async restart() {
      await file.close()
      file = await open(half, 'w', 0o644)
    },
    async finish() {
      await file.close()
      await rename(half, path)
    },
    pause: () => file.close(),
  }
}
