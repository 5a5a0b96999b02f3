// Uploads in pieces. A block lies in a slot of the one file that becomes the blob, or in a file of its own, until the list
// of their ids joins them. The folder of an upload also says whose it is, so that what waits can be listed.
import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fail } from '@lazurite/spec'
import { type BlobStat, readStat, type WriteOptions } from './blob.ts'
import { placeFile, writeBlob } from './blobs.ts'
import { fileCode, storageError } from './files.ts'
import { needContainer, type Place, type Shelf } from './place.ts'
import { namesIn, Slots } from './slots.ts'

const idBytes = 64
const nameFile = 'name'
const sidecars = new Set([nameFile, 'slots'])

export interface BlockIn {
  id: string
  body: Readable
  md5?: string
  maxBytes?: number
  /** How long the body says it is; without it the block is kept apart. */
  sizeBytes?: number
}

/** Keeps a block. Raises ContainerNotFound, BadArgument for an id that is none, and what a broken body raises. */
export async function stageBlock(shelf: Shelf, place: Place, block: BlockIn): Promise<void> {
  needContainer(place)
  const folder = folderOfBlocks(shelf, place)
  const hexId = hexOf(block.id)
  const slots = slotsOf(shelf, folder)
  const { md5, maxBytes, sizeBytes } = block
  const limits = { md5, maxBytes, what: 'The block' }
  const fits = sizeBytes !== undefined && sizeBytes <= (maxBytes ?? sizeBytes) && !isFile(join(folder, hexId))
  const slot = fits ? slots.take(hexId, block.id, sizeBytes) : undefined
  if (slot === undefined) {
    await shelf.intake.receive(block.body, limits, async (path) => {
      openFolder(folder, place)
      renameSync(path, join(folder, hexId))
      slots.forget(hexId)
    })
    return
  }
  try {
    openFolder(folder, place)
    const received = await shelf.intake.receiveAt(block.body, limits, { path: slots.file, offset: slot.offset })
    if (received !== sizeBytes) fail('BadArgument', { what: 'The block is not as long as it said.' })
  } catch (error) {
    slots.release(slot)
    if (fileCode(error) === 'ENOENT')
      fail('BadArgument', { what: 'The upload was ended while this block was on its way.' })
    throw storageError(error, slots.file)
  }
  slots.fill(hexId, slot, sizeBytes ?? 0)
}

/**
 * Joins blocks to the blob and forgets the rest. A list that was committed already is answered with what it made, so
 * that a client whose answer was lost may send it again. With `after`, what the blob holds already comes first.
 * Raises InvalidBlockList and what writing raises.
 */
export async function commitBlocks(
  shelf: Shelf,
  place: Place,
  ids: string[],
  o: WriteOptions & { after?: boolean },
): Promise<BlobStat> {
  needContainer(place)
  const folder = folderOfBlocks(shelf, place)
  const slots = slotsOf(shelf, folder)
  const blocks = createHash('sha256').update(ids.join(' ')).digest('hex')
  const hexIds = ids.map(hexOf)
  const missing = hexIds.findIndex((hexId) => slots.get(hexId) === undefined && !isFile(join(folder, hexId)))
  if (missing >= 0) {
    const current = await readStat(shelf.sql, place)
    if (current?.blocks === blocks) return current.stat
    fail('InvalidBlockList', { block: ids[missing] ?? '' })
  }
  const length = o.after ? undefined : slots.inOrder(hexIds)
  const stat =
    length !== undefined && statSync(slots.file).size === length
      ? await takeWhole(shelf, place, slots, { ...o, blocks })
      : await writeBlob(shelf, place, Readable.from(contentsOf(hexIds, { folder, slots, place, after: o.after })), {
          ...o,
          blocks,
        })
  forgetUpload(shelf, folder)
  await rm(folder, { recursive: true, force: true })
  return stat
}

/** The blocks lie as the list names them: their file becomes the blob. */
async function takeWhole(
  shelf: Shelf,
  place: Place,
  slots: Slots,
  o: WriteOptions & { blocks: string },
): Promise<BlobStat> {
  slots.close()
  try {
    if (o.md5 !== undefined && (await md5Of(slots.file)) !== o.md5) fail('Md5Mismatch', {})
    return await placeFile(shelf, place, slots.file, o)
  } catch (error) {
    slots.reopen()
    throw error
  }
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5')
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(part as Buffer) // a byte stream
  return hash.digest('base64')
}

/** What is staged and not committed, in the order of the ids. */
export function listBlocks(shelf: Shelf, place: Place): { id: string; sizeBytes: number }[] {
  const folder = folderOfBlocks(shelf, place)
  const sizes = new Map(slotsOf(shelf, folder).ids())
  for (const name of namesIn(folder)) {
    if (!sidecars.has(name) && !name.includes('.')) sizes.set(name, statSync(join(folder, name)).size)
  }
  return [...sizes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sizeBytes]) => ({ id: Buffer.from(name, 'hex').toString('base64'), sizeBytes }))
}

/** Names of blobs of a container that have blocks waiting, in no order. */
export function listUploads(shelf: Shelf, account: string, container: string): string[] {
  const root = join(shelf.blocks, account, container)
  return namesIn(root).flatMap((name) => nameOf(join(root, name)) ?? [])
}

/** Forgets what waits for the blob. */
export async function dropBlocks(shelf: Shelf, place: Place): Promise<void> {
  const folder = folderOfBlocks(shelf, place)
  forgetUpload(shelf, folder)
  await rm(folder, { recursive: true, force: true })
}

function slotsOf(shelf: Shelf, folder: string): Slots {
  const slots = shelf.uploads.get(folder) ?? new Slots(folder)
  shelf.uploads.set(folder, slots)
  return slots
}

/** Whoever still writes to its slots finishes into nothing. */
export function forgetUpload(shelf: Shelf, folder: string): void {
  shelf.uploads.get(folder)?.close()
  shelf.uploads.delete(folder)
}

function openFolder(folder: string, place: Place): void {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, nameFile)
  if (!isFile(file)) writeFileSync(file, place.name)
}

/** The name of the blob that an upload's folder is for; undefined when it does not say. */
function nameOf(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, nameFile), 'utf8')
  } catch (error) {
    if (fileCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

async function* contentsOf(
  hexIds: readonly string[],
  { folder, slots, place, after }: { folder: string; slots: Slots; place: Place; after: boolean | undefined },
): AsyncGenerator<Buffer> {
  const highWaterMark = 1 << 20
  if (after && isFile(place.path)) yield* createReadStream(place.path, { highWaterMark })
  for (const hexId of hexIds) {
    const laid = slots.get(hexId)
    if (laid === undefined) yield* createReadStream(join(folder, hexId), { highWaterMark })
    else {
      const { offset, sizeBytes } = laid
      yield* createReadStream(slots.file, { start: offset, end: offset + sizeBytes - 1, highWaterMark })
    }
  }
}

/** Names of blobs may be longer than names of files. */
function folderOfBlocks(shelf: Shelf, place: Place): string {
  const name = createHash('sha256').update(place.name).digest('hex').slice(0, 40)
  return join(shelf.blocks, place.account, place.container, name)
}

function hexOf(id: string): string {
  const bytes = Buffer.from(id, 'base64')
  if (bytes.length === 0 || bytes.length > idBytes || bytes.toString('base64') !== id) {
    fail('BadArgument', { what: `A block id is the base64 of 1 to ${idBytes} bytes.` })
  }
  return bytes.toString('hex')
}
