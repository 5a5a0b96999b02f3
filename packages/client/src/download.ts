// Blobs under a prefix to a local folder. Names come from the server and are treated as hostile: none may leave the folder.
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fail, parseUri } from '@lazurite/spec'
import { blobPath, listBlobs, openDatastore } from './blobs.ts'
import type { Lazurite } from './lazurite.ts'

export interface Downloaded {
  files: number
  sizeBytes: number
}

const lanes = 8

/**
 * Copies what a datastore URI names (a file, or everything below a folder) into `to`. Paths below the URI are kept; a
 * file keeps its own name. Answers 0 files when nothing is there.
 */
export async function downloadUri(client: Lazurite, uri: string, to: string): Promise<Downloaded> {
  const parsed = parseUri(uri)
  if (parsed.form !== 'datastore') {
    return fail('NotSupported', {
      what: `Downloading ${uri}`,
      why: 'it is not in a datastore of the workspace',
      instead: 'Fetch it from where it lies.',
    })
  }
  const place = await openDatastore(client, parsed.datastore)
  const path = parsed.path.replace(/\/+$/, '')
  const all = await listBlobs(client, place, path)
  const below = all
    .filter((blob) => blob.name.startsWith(`${path}/`))
    .map((blob) => ({ ...blob, at: blob.name.slice(path.length + 1) }))
  const exact = all
    .filter((blob) => blob.name === path)
    .map((blob) => ({ ...blob, at: path.split('/').at(-1) ?? path }))
  const wanted = below.length > 0 ? below : exact
  const waiting = [...wanted]
  const lane = async () => {
    for (let blob = waiting.shift(); blob; blob = waiting.shift())
      await fetchBlob(client, blobPath(place.base, blob.name, place.query), safePath(to, blob.at))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { files: wanted.length, sizeBytes: wanted.reduce((sum, blob) => sum + blob.sizeBytes, 0) }
}

function safePath(root: string, at: string): string {
  const path = resolve(root, at)
  if (!path.startsWith(resolve(root) + sep) || /[\u0000-\u001f]/.test(at) || at.includes('\\'))
    fail('PathNotAllowed', { path: JSON.stringify(at) })
  return path
}

/** Writes beside the target first, so that a broken download leaves no half file under its name. */
async function fetchBlob(client: Lazurite, path: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  const half = join(dirname(to), `.${process.pid}-${Math.random().toString(36).slice(2)}.part`)
  try {
    const answer = await client.ask({ path, signed: true, headers: { accept: '*/*' } })
    await pipeline(Readable.from(answer.chunks()), createWriteStream(half))
    await rename(half, to)
  } catch (error) {
    await rm(half, { force: true })
    throw error
  }
}
