// Files that are changed in place, as a file share does it: made with a length, then written range by range. What was said
// of the file stays said, since the row moves along with the file's time in one transaction.
import { closeSync, constants, fstatSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs'
import { Readable } from 'node:stream'
import { fail } from '@lazurite/spec'
import { type BlobStat, type Conditions, readStat, type WriteOptions, writeStat } from './blob.ts'
import { checkConditions, writeBlob } from './blobs.ts'
import { storageError, withParent } from './files.ts'
import { needContainer, type Place, type Shelf } from './place.ts'

/** A file of that many zero bytes, which take no room until they are written. Raises what writeBlob raises. */
export async function createSized(shelf: Shelf, place: Place, sizeBytes: number, o: WriteOptions): Promise<BlobStat> {
  const stat = await writeBlob(shelf, place, Readable.from([]), o)
  return sizeBytes === 0 ? stat : resizeFile(shelf, place, sizeBytes, {})
}

/** Writes bytes over those at an offset. Raises BlobNotFound, InvalidRange beyond the end of the file. */
export function writeRange(
  shelf: Shelf,
  place: Place,
  range: { start: number; bytes: Buffer },
  o: Conditions,
): Promise<BlobStat> {
  return patch(shelf, place, o, (fd, sizeBytes) => {
    const { start, bytes } = range
    if (start + bytes.length > sizeBytes) fail('InvalidRange', { size: sizeBytes })
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, start + done)
  })
}

/** Makes the file so long: what is more is cut off, what is missing is zero. Raises BlobNotFound. */
export function resizeFile(shelf: Shelf, place: Place, sizeBytes: number, o: Conditions): Promise<BlobStat> {
  return patch(shelf, place, o, (fd) => ftruncateSync(fd, sizeBytes))
}

function patch(
  shelf: Shelf,
  place: Place,
  o: Conditions,
  act: (fd: number, sizeBytes: number) => void,
): Promise<BlobStat> {
  needContainer(place)
  return shelf.sql.transaction(async (tx) => {
    const found = await readStat(tx, place)
    if (found === undefined) return fail('BlobNotFound', { name: place.name })
    checkConditions(o, found.stat, place.name)
    try {
      withParent(place.root, place.path, (path) => {
        const fd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW)
        try {
          act(fd, fstatSync(fd).size)
        } finally {
          closeSync(fd)
        }
      })
    } catch (error) {
      throw storageError(error, place.path)
    }
    const { contentType, metadata } = found.stat
    return writeStat(tx, place, statSync(place.path), { contentType, metadata })
  })
}
