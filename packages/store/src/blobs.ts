// What can be done to a blob. A write is received beside its place; then one transaction checks the conditions once more,
// records what the upload said and moves the file in, so that nobody sees one without the other.
import {
  closeSync,
  createReadStream,
  fstatSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { fail } from '@lazurite/spec'
import { type BlobStat, type Conditions, readStat, statOf, type WriteOptions, writeStat } from './blob.ts'
import { fileCode, openUnder, withParent } from './files.ts'
import { moveFile } from './intake.ts'
import { needContainer, type Place, type Shelf } from './place.ts'

const readBytes = 256 * 1024

/** See Bytes.write. The body is left undestroyed when it is refused, so that an answer can still be sent. */
export async function writeBlob(
  shelf: Shelf,
  place: Place,
  body: Readable,
  o: WriteOptions & { blocks?: string },
): Promise<BlobStat> {
  needContainer(place)
  checkConditions(o, (await readStat(shelf.sql, place))?.stat, place.name)
  const { md5, maxBytes } = o
  return shelf.intake.receive(body, { md5, maxBytes, what: `The blob ${place.name}` }, (path) =>
    placeFile(shelf, place, path, o),
  )
}

/** A file that lies elsewhere becomes the blob in one step. Raises what writeBlob raises; then the file is where it was. */
export function placeFile(
  shelf: Shelf,
  place: Place,
  path: string,
  o: WriteOptions & { blocks?: string },
): Promise<BlobStat> {
  return shelf.sql.transaction(async (tx) => {
    checkConditions(o, (await readStat(tx, place))?.stat, place.name)
    const stat = await writeStat(tx, place, statSync(path), o)
    putInPlace(place, path)
    return stat
  })
}

/** See Bytes.writeMany. */
export async function writeBlobs(
  shelf: Shelf,
  items: readonly { place: Place; body: Buffer; executable?: boolean }[],
): Promise<void> {
  if (items[0] === undefined) return
  needContainer(items[0].place)
  await shelf.intake.receiveMany(items, (paths) =>
    shelf.sql.transaction(async (tx) => {
      for (const [at, { place }] of items.entries()) {
        const path = paths[at] ?? ''
        await writeStat(tx, place, statSync(path), {})
        putInPlace(place, path)
      }
    }),
  )
}

/** See Bytes.read. A file that grows meanwhile is read up to the size it had. */
export async function readBlob(
  shelf: Shelf,
  place: Place,
  range: { start?: number; end?: number },
): Promise<{ stat: BlobStat; body: Readable }> {
  const fd = openUnder(place.root, place.path)
  if (fd === undefined) {
    needContainer(place)
    return fail('BlobNotFound', { name: place.name })
  }
  try {
    const file = fstatSync(fd)
    if (!file.isFile()) fail('BlobNotFound', { name: place.name })
    const stat = await statOf(shelf.sql, place, file)
    const { start = 0 } = range
    const end = Math.min(range.end ?? file.size - 1, file.size - 1)
    if (range.start !== undefined && (start >= file.size || end < start)) fail('InvalidRange', { size: file.size })
    if (end < start) {
      closeSync(fd)
      return { stat, body: Readable.from([]) }
    }
    return { stat, body: createReadStream('', { fd, start, end, highWaterMark: readBytes }) }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** See Bytes.setMetadata. */
export function setBlobMetadata(
  shelf: Shelf,
  place: Place,
  o: Conditions & { metadata: Record<string, string>; contentType?: string },
): Promise<BlobStat> {
  return shelf.sql.transaction(async (tx) => {
    const found = await readStat(tx, place)
    if (found === undefined) {
      needContainer(place)
      return fail('BlobNotFound', { name: place.name })
    }
    const { stat, blocks, file } = found
    checkConditions(o, stat, place.name)
    const contentType = o.contentType ?? stat.contentType
    return writeStat(tx, place, file, { contentType, md5: stat.md5, metadata: o.metadata, blocks })
  })
}

/** See Bytes.remove. */
export function removeBlob(shelf: Shelf, place: Place, o: Conditions): Promise<boolean> {
  return shelf.sql.transaction(async (tx) => {
    const found = await readStat(tx, place)
    if (found === undefined) {
      needContainer(place)
      return false
    }
    checkConditions(o, found.stat, place.name)
    await tx.run('DELETE FROM blobs WHERE account = ? AND container = ? AND name = ?', [
      place.account,
      place.container,
      place.name,
    ])
    withParent(place.root, place.path, unlinkSync)
    return true
  })
}

export function checkConditions(o: Conditions, current: BlobStat | undefined, name: string): void {
  if (o.ifNoneMatch === '*' && current !== undefined) fail('BlobAlreadyExists', { name })
  if (o.ifNoneMatch !== undefined && o.ifNoneMatch === current?.etag) fail('PreconditionFailed', {}, { target: name })
  if (o.ifMatch === undefined) return
  const met = current !== undefined && (o.ifMatch === '*' || o.ifMatch === current.etag)
  if (!met) fail('PreconditionFailed', {}, { target: name })
}

/** Raises PathConflict when a file stands where a folder is needed, or a folder that is not empty where the file goes. */
export function putInPlace(place: Place, from: string): void {
  const move = () => withParent(place.root, place.path, (path) => moveFile(from, path))
  try {
    try {
      move()
    } catch (error) {
      if (fileCode(error) === 'ENOENT') mkdirSync(dirname(place.path), { recursive: true })
      else if (!isFolderInTheWay(error) || !removeEmptyTree(place.path)) throw error
      move()
    }
  } catch (error) {
    if (isFolderInTheWay(error) || fileCode(error) === 'ENOTDIR') fail('PathConflict', { path: place.name })
    throw error
  }
}

function isFolderInTheWay(error: unknown): boolean {
  return ['EISDIR', 'ENOTEMPTY', 'EEXIST'].includes(fileCode(error) ?? '')
}

/** Folders without a file in them are no blobs. False when there is a file, and nothing was removed above it. */
export function removeEmptyTree(folder: string): boolean {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !removeEmptyTree(join(folder, entry.name))) return false
  }
  rmdirSync(folder)
  return true
}
