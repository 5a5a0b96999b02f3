// Uploads in pieces: every block is a file until the list of their ids joins them to the blob.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fail } from '@lazurite/spec'
import { type BlobStat, readStat, type WriteOptions } from './blob.ts'
import { writeBlob } from './blobs.ts'
import { fileCode } from './files.ts'
import { needContainer, type Place, type Shelf } from './place.ts'

const idBytes = 64
const weekMs = 7 * 24 * 3600 * 1000

/** Keeps a block. Raises ContainerNotFound, BadArgument for an id that is none, and what a broken body raises. */
export async function stageBlock(
  shelf: Shelf,
  place: Place,
  block: { id: string; body: Readable; md5?: string; maxBytes?: number },
): Promise<void> {
  needContainer(place)
  const folder = folderOfBlocks(shelf, place)
  const file = join(folder, fileOf(block.id))
  const { md5, maxBytes } = block
  await shelf.intake.receive(block.body, { md5, maxBytes, what: 'The block' }, async (path) => {
    mkdirSync(folder, { recursive: true })
    renameSync(path, file)
  })
}

/**
 * Joins blocks to the blob and forgets the rest. A list that was committed already is answered with what it made, so
 * that a client whose answer was lost may send it again. Raises InvalidBlockList and what writing raises.
 */
export async function commitBlocks(shelf: Shelf, place: Place, ids: string[], o: WriteOptions): Promise<BlobStat> {
  needContainer(place)
  const folder = folderOfBlocks(shelf, place)
  const files = ids.map((id) => ({ id, path: join(folder, fileOf(id)) }))
  const blocks = createHash('sha256').update(ids.join(' ')).digest('hex')
  const missing = files.find(({ path }) => !existsSync(path))
  if (missing !== undefined) {
    const current = await readStat(shelf.sql, place)
    if (current?.blocks === blocks) return current.stat
    fail('InvalidBlockList', { block: missing.id })
  }
  const paths = files.map(({ path }) => path)
  const stat = await writeBlob(shelf, place, Readable.from(contentsOf(paths)), { ...o, blocks })
  await rm(folder, { recursive: true, force: true })
  return stat
}

/** What is staged and not committed, in the order of the ids. */
export function listBlocks(shelf: Shelf, place: Place): { id: string; sizeBytes: number }[] {
  const folder = folderOfBlocks(shelf, place)
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => ({
        id: Buffer.from(name, 'hex').toString('base64'),
        sizeBytes: statSync(join(folder, name)).size,
      }))
  } catch (error) {
    if (fileCode(error) === 'ENOENT') return []
    throw error
  }
}

/** Forgets blocks nobody committed for a week. */
export function sweepBlocks(blocks: string, now: number): void {
  for (const path of grandchildren(blocks)) {
    if (now - statSync(path).mtimeMs > weekMs) rmSync(path, { recursive: true, force: true })
  }
}

function grandchildren(root: string): string[] {
  const below = (folder: string) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [join(folder, e.name)] : []))
  return below(root).flatMap(below).flatMap(below)
}

async function* contentsOf(paths: string[]): AsyncGenerator<Buffer> {
  for (const path of paths) yield* createReadStream(path, { highWaterMark: 1 << 20 })
}

/** Names of blobs may be longer than names of files. */
function folderOfBlocks(shelf: Shelf, place: Place): string {
  const name = createHash('sha256').update(place.name).digest('hex').slice(0, 40)
  return join(shelf.blocks, place.account, place.container, name)
}

function fileOf(id: string): string {
  const bytes = Buffer.from(id, 'base64')
  if (bytes.length === 0 || bytes.length > idBytes || bytes.toString('base64') !== id) {
    fail('BadArgument', { what: `A block id is the base64 of 1 to ${idBytes} bytes.` })
  }
  return bytes.toString('hex')
}
