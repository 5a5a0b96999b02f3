/** Which files of two codes differ. Sizes are compared first; only files of one size are read. */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { asString } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { locatePlace } from '../datastores/resolve.ts'
import { listTree, slices } from '../tree.ts'
import type { AssetRef } from './reuse-parts.ts'

export interface FileChange {
  path: string
  what: 'changed' | 'added' | 'removed'
}

/** A file of a code, wherever it lies. */
export interface CodeFile {
  path: string
  sizeBytes: number
  /** sha256 of its bytes, hex. */
  sha256(): Promise<string>
}

export interface Diff {
  files: FileChange[]
  /** How many there are besides those listed. */
  more: number
}

const mostListed = 50
const wholeBytes = 1 << 20

/** `now` against `before`, by path. */
export async function diffFiles(before: readonly CodeFile[], now: readonly CodeFile[]): Promise<Diff> {
  const old = new Map(before.map((file) => [file.path, file]))
  const files: FileChange[] = []
  const pause = slices()
  for (const file of now) {
    const was = old.get(file.path)
    old.delete(file.path)
    if (!was) files.push({ path: file.path, what: 'added' })
    else if (was.sizeBytes !== file.sizeBytes || (await was.sha256()) !== (await file.sha256())) {
      files.push({ path: file.path, what: 'changed' })
    }
    await pause()
  }
  for (const path of old.keys()) files.push({ path, what: 'removed' })
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { files: files.slice(0, mostListed), more: Math.max(0, files.length - mostListed) }
}

/** The files of a registered code; undefined when they are not on this machine, or no longer there. */
export async function filesOfCode(store: Store, ref: AssetRef): Promise<CodeFile[] | undefined> {
  const { scope, name, version } = ref
  const row = await store.resources.get({ scope, kind: 'code', name, version })
  const uri = asString(row?.props.codeUri)
  if (row === undefined || uri === undefined) return undefined
  const place = await locatePlace(store, scope, uri).catch(() => undefined)
  if (place?.localPath === undefined) return undefined
  const files = await listTree(place.localPath).catch(() => undefined)
  return files?.map(({ path, full, sizeBytes }) => ({ path, sizeBytes, sha256: () => hashFile(full, sizeBytes) }))
}

async function hashFile(path: string, sizeBytes: number): Promise<string> {
  const hash = createHash('sha256')
  if (sizeBytes <= wholeBytes) return hash.update(readFileSync(path)).digest('hex')
  for await (const part of createReadStream(path, { highWaterMark: wholeBytes })) hash.update(part)
  return hash.digest('hex')
}
