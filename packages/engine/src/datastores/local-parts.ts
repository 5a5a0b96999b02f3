/**
 * Uploads in parts into a folder: one file beside the target that every part is written into at its place, and a second
 * one that marks the parts that are whole. Both outlive any process; what nobody came back for is cleared away in time.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fail } from '@lazurite/spec'
import { codeOf, explain } from '../disk.ts'
import { needParts, type Storage, type StorageParts } from './storage.ts'

const mark = '.laz-part-'
const keptMs = 7 * 86_400_000

/** A name that belongs to a write under way. */
export function isHalf(name: string): boolean {
  return name.startsWith('.laz-')
}

export function folderParts(folder: Required<Pick<Storage, 'localPath'>> & Pick<Storage, 'stat'>): StorageParts {
  const half = (path: string, upload: string) => {
    const [, bytes] =
      /^([0-9a-z]{1,8})-[0-9a-f]{24}$/.exec(upload) ??
      fail('FileNotFound', { path: `the upload ${upload.slice(0, 80)}` })
    const file = join(dirname(folder.localPath(path)), `${mark}${upload}`)
    return { file, map: `${file}.map`, partBytes: Number.parseInt(bytes ?? '', 36) }
  }
  const have = async (path: string, upload: string): Promise<number[]> => {
    const map = await readFile(half(path, upload).map).catch((e) => {
      if (codeOf(e) === 'ENOENT') fail('FileNotFound', { path: `the upload of ${path}` })
      throw e
    })
    return [...map.keys()].filter((index) => map[index] === 1)
  }
  return {
    have,
    async start(path, { partBytes }) {
      const upload = `${partBytes.toString(36)}-${randomBytes(12).toString('hex')}`
      const { file, map } = half(path, upload)
      try {
        await mkdir(dirname(file), { recursive: true })
        if ((await folder.stat(path))?.folder) fail('PathConflict', { path })
        await sweep(dirname(file))
        for (const made of [file, map]) await (await open(made, 'wx')).close()
      } catch (e) {
        explain(e, path)
      }
      return { upload, inOrder: false }
    },
    async put(path, upload, { index, body }) {
      const { file, map, partBytes } = half(path, upload)
      await writeAt(file, index * partBytes, body, path)
      await writeAt(map, index, Buffer.of(1), path)
    },
    async commit(path, upload, plan) {
      needParts(await have(path, upload), plan)
      const { file, map } = half(path, upload)
      if ((await stat(file)).size !== plan.sizeBytes) fail('InvalidBlockList', { block: 'a part of another size' })
      if (plan.md5 !== undefined && (await digestOf(file)) !== plan.md5) fail('Md5Mismatch', {})
      await rename(file, folder.localPath(path)).catch((e) => explain(e, path))
      await rm(map, { force: true })
      return (await folder.stat(path)) ?? fail('FileNotFound', { path })
    },
    async drop(path, upload) {
      const { file, map } = half(path, upload)
      await Promise.all([rm(file, { force: true }), rm(map, { force: true })])
    },
  }
}

async function writeAt(file: string, position: number, body: Buffer, path: string): Promise<void> {
  // r+: an upload that is over must not come to be again
  const handle = await open(file, 'r+').catch((e) => {
    if (codeOf(e) === 'ENOENT') fail('FileNotFound', { path: `the upload of ${path}` })
    throw e
  })
  try {
    for (let done = 0; done < body.length; ) {
      done += (await handle.write(body, done, body.length - done, position + done)).bytesWritten
    }
  } catch (e) {
    explain(e, path)
  } finally {
    await handle.close()
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

async function sweep(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((each) => basename(each).startsWith(mark))) {
    const file = join(folder, name)
    const age = Date.now() - ((await stat(file).catch(() => undefined))?.mtimeMs ?? Date.now())
    if (age > keptMs) await rm(file, { force: true })
  }
}
