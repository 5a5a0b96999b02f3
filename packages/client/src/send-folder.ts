// A folder's bytes into a container: one tar stream where the store takes it, else file by file. Large files go in blocks,
// several at once, and a second try asks first which blocks are there.
import { inLanes, LazError } from '@lazurite/spec'
import { tarOf } from './archive.ts'
import { blobPath } from './blobs.ts'
import { base64, joinBytes, utf8 } from './bytes.ts'
import { checkSize, type Folder, type FolderFile, readFileParts } from './folder.ts'
import type { Lazurite } from './lazurite.ts'

/** Told after every part; parts that were there already count as sent. */
export type Progress = (sentBytes: number, totalBytes: number) => void

export interface Sending {
  /** Address of the container, and the signature it is asked with. */
  base: string
  query: string
  /** What the paths of the files stand below. */
  prefix: string
  folder: Folder
}

type Sent = (sizeBytes: number) => void

/** Sends every file; what is there is overwritten. */
export async function sendFolder(client: Lazurite, sending: Sending, progress: Progress | undefined): Promise<void> {
  const { files, sizeBytes } = sending.folder
  let sentBytes = 0
  const sent: Sent = (more) => {
    sentBytes += more
    progress?.(sentBytes, sizeBytes)
  }
  const large = files.some((file) => file.sizeBytes > resumeBytes)
  const asOne = files.length > 1 && !large && sizeBytes <= client.platform.maxStreamBytes
  if (asOne && (await sendArchive(client, sending, sent))) return
  sentBytes = 0
  await sendFiles(client, sending, sent)
}

/** One request for the whole folder; false when the store does not know the operation. */
async function sendArchive(client: Lazurite, { base, query, prefix, folder }: Sending, sent: Sent): Promise<boolean> {
  try {
    const path = `${blobPath(base, prefix.replace(/\/$/, ''), query)}&comp=archive`
    const headers = { 'content-type': 'application/x-tar' }
    await (await client.ask({ method: 'PUT', path, headers, body: tarOf(folder.files, sent), signed: true })).text()
    return true
  } catch (error) {
    if (error instanceof LazError && (error.code === 'NotSupported' || error.http === 405 || error.http === 501))
      return false
    throw error
  }
}

const blockBytes = 8 * 2 ** 20
/** A folder with a file as large as this goes file by file: it is worth to go on where a broken try stopped. */
const resumeBytes = 256 * 2 ** 20
const lanes = 8

async function sendFiles(client: Lazurite, { base, query, prefix, folder }: Sending, sent: Sent): Promise<void> {
  const at = (file: FolderFile) => blobPath(base, prefix + file.path, query)
  await inLanes(
    folder.files.filter((file) => file.sizeBytes <= blockBytes),
    lanes,
    (file) => sendSmall(client, at(file), file, sent),
  )
  for (const file of folder.files) if (file.sizeBytes > blockBytes) await sendLarge(client, at(file), file, sent)
}

async function put(client: Lazurite, path: string, body: Uint8Array, headers: Record<string, string>): Promise<void> {
  const answer = await client.ask({
    method: 'PUT',
    path,
    headers: { 'content-type': 'application/octet-stream', ...headers },
    body,
    signed: true,
  })
  await answer.text()
}

async function sendSmall(client: Lazurite, path: string, file: FolderFile, sent: Sent): Promise<void> {
  const parts: Uint8Array[] = []
  for await (const part of readFileParts(file)) parts.push(part)
  const body = parts.length === 1 && parts[0] ? parts[0] : joinBytes(parts)
  checkSize(file, body.length)
  await put(client, path, body, { 'x-ms-blob-type': 'BlockBlob' })
  sent(body.length)
}

/** In blocks of one size under ids that count them; those that an earlier try brought are not sent again. */
async function sendLarge(client: Lazurite, path: string, file: FolderFile, sent: Sent): Promise<void> {
  const there = await blocksOf(client, path)
  const blocks = Array.from({ length: Math.ceil(file.sizeBytes / blockBytes) }, (_, index) => ({
    id: base64(String(index).padStart(8, '0')),
    offset: index * blockBytes,
    sizeBytes: Math.min(blockBytes, file.sizeBytes - index * blockBytes),
  }))
  await inLanes(blocks, lanes, async ({ id, offset, sizeBytes }) => {
    if (there.get(id) !== sizeBytes) {
      const body = await file.slice(offset, sizeBytes)
      if (body.length !== sizeBytes) checkSize(file, offset + body.length)
      await put(client, `${path}&comp=block&blockid=${encodeURIComponent(id)}`, body, {})
    }
    sent(sizeBytes)
  })
  const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${blocks.map(({ id }) => `<Latest>${id}</Latest>`).join('')}</BlockList>`
  await put(client, `${path}&comp=blocklist`, utf8(list), { 'content-type': 'application/xml' })
}

/** Blocks of this blob that wait to be named in a list: id → size. The path holds the content's hash, so they are the same bytes. */
async function blocksOf(client: Lazurite, path: string): Promise<Map<string, number>> {
  const answer = await client.ask({
    path: `${path}&comp=blocklist&blocklisttype=uncommitted`,
    signed: true,
    headers: { accept: 'application/xml' },
    accept: [403, 404],
  })
  const text = await answer.text()
  const found = text.matchAll(/<Block>\s*<Name>([^<]+)<\/Name>\s*<Size>(\d+)<\/Size>\s*<\/Block>/g)
  return new Map([...found].map(([, id = '', size]) => [id, Number(size)]))
}
