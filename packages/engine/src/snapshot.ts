/**
 * The copy of a code folder that a job runs in. Whoever can write to the storage could otherwise change what runs: the
 * bytes that were copied are hashed, those very bytes, and nothing runs unless the hash is the one recorded when the code
 * was registered.
 */
import { createHash, type Hash } from 'node:crypto'
import { chmodSync, closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { copyFile, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { asObject, asString, fail } from '@lazurite/spec'
import type { EngineContext } from './context.ts'
import { locatePlace } from './datastores/resolve.ts'
import { fetchTree } from './datastores/transfer.ts'
import { explain } from './disk.ts'
import { findAsset } from './lookup.ts'
import { listTree, slices, type TreeFile } from './tree.ts'

export interface FolderHash {
  /** sha256, hex. */
  hash: string
  files: number
  sizeBytes: number
}

/** Files up to this size are read whole: one read serves the copy and the hash. */
const wholeBytes = 1 << 20
const chunkBytes = 1 << 20

/**
 * The content hash clients send with code (rule 202208): the number of files; then `#path#` and size of each, in the
 * order of lower-cased paths; then all their bytes in that order. A single file counts as a folder that holds it.
 * Raises PathNotAllowed for links that leave the folder.
 */
export async function hashFolder(folder: string, signal?: AbortSignal): Promise<FolderHash> {
  const files = inOrder(await listTree(folder, signal ? { signal } : {}))
  const hash = hashHead(files)
  const pause = slices(signal)
  for (const file of files) {
    if (file.sizeBytes <= wholeBytes) hash.update(readWhole(file.full))
    else await hashLarge(hash, file.full)
    await pause()
  }
  return result(hash, files)
}

/**
 * Copies a registered code into a job's working directory and checks what was copied.
 * Raises SnapshotIntegrity, ResourceNotFound, PathNotAllowed, InsufficientStorage.
 * @param codeId ARM id, `azureml:name:version` or asset URI of a code
 * @param wd existing folder; files of the snapshot land directly in it
 */
export async function placeSnapshot(
  codeId: string,
  scope: string,
  wd: string,
  ctx: Pick<EngineContext, 'store' | 'signal'>,
): Promise<{ hash: string; files: number }> {
  const found = await findAsset(ctx.store, scope, codeId, 'codes')
  if (!('row' in found)) fail('ResourceNotFound', { kind: 'code', name: codeId })
  const { props, status, name, version } = found.row
  const label = `${name}:${version}`
  const recorded = asString(status.hash) ?? asString(asObject(props.properties).hash_sha256)
  const from = await locatePlace(ctx.store, found.row.scope, asString(props.codeUri) ?? '')
  const fetched = from.localPath === undefined ? `${wd}.fetched` : undefined
  if (fetched !== undefined) await fetchTree(from.storage, from.path, fetched, { signal: ctx.signal })
  const folder = from.localPath ?? fetched ?? ''
  if (!existsSync(folder)) fail('SnapshotIntegrity', { name: label })
  const placed = await copyHashed(folder, wd, ctx.signal).catch((e) => explain(e, wd))
  if (fetched !== undefined) await rm(fetched, { recursive: true, force: true })
  if (placed.hash !== recorded) fail('SnapshotIntegrity', { name: label })
  return { hash: placed.hash, files: placed.files }
}

/** Copies a folder and hashes the bytes as they are written. */
export async function copyHashed(from: string, to: string, signal?: AbortSignal): Promise<FolderHash> {
  const files = inOrder(await listTree(from, signal ? { signal } : {}))
  const hash = hashHead(files)
  const pause = slices(signal)
  const made = new Set<string>([to])
  for (const file of files) {
    const target = join(to, file.path)
    const folder = dirname(target)
    if (!made.has(folder)) {
      mkdirSync(folder, { recursive: true })
      made.add(folder)
    }
    if (file.sizeBytes <= wholeBytes) {
      const bytes = readWhole(file.full)
      writeFileSync(target, bytes, { mode: modeOf(file, bytes) })
      hash.update(bytes)
    } else {
      await copyFile(file.full, target, constants.COPYFILE_FICLONE)
      chmodSync(target, modeOf(file))
      await hashLarge(hash, target)
    }
    await pause()
  }
  return result(hash, files)
}

function result(hash: Hash, files: TreeFile[]): FolderHash {
  return { hash: hash.digest('hex'), files: files.length, sizeBytes: files.reduce((sum, f) => sum + f.sizeBytes, 0) }
}

function hashHead(files: TreeFile[]): Hash {
  const hash = createHash('sha256').update(String(files.length))
  for (const file of files) hash.update(`#${file.path}#`).update(String(file.sizeBytes))
  return hash
}

/** By lower-cased path, code point by code point, as Python sorts; equal ones by the path as it is. */
function inOrder(files: TreeFile[]): TreeFile[] {
  const keyed = files.map((file) => ({ file, key: Buffer.from(file.path.toLowerCase()) }))
  keyed.sort(
    (a, b) => Buffer.compare(a.key, b.key) || Buffer.compare(Buffer.from(a.file.path), Buffer.from(b.file.path)),
  )
  return keyed.map(({ file }) => file)
}

/** Uploads carry no permission bits; a script that names its interpreter may be started directly. */
function modeOf(file: TreeFile, bytes?: Buffer): number {
  const script = bytes !== undefined && bytes.length > 2 && bytes[0] === 0x23 && bytes[1] === 0x21
  return file.mode | 0o600 | (script ? 0o111 : 0)
}

function readWhole(path: string): Buffer {
  // the listing followed links already: a link here was put in place since
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

async function hashLarge(hash: Hash, path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes)
      if (bytesRead === 0) break
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
