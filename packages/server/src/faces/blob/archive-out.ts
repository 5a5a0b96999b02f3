/** A whole folder in one answer: a tar made while it is sent, one file after the other, with flat memory. */
import { Readable } from 'node:stream'
import type { BlobStat, Bytes } from '@lazurite/store'
import { Header, Pax } from 'tar'

const block = 512
const pageBlobs = 1000

export interface ArchiveSource {
  bytes: Bytes
  account: string
  container: string
  /** Folder to pack, without slashes at its ends; names in the tar start after it. */
  prefix: string
}

/** A tar of every blob under the prefix. The stream breaks off with an error when a file vanishes while it is sent. */
export function packArchive(source: ArchiveSource): Readable {
  return Readable.from(parts(source), { objectMode: false })
}

async function* parts(source: ArchiveSource): AsyncGenerator<Buffer> {
  const { bytes, account, container } = source
  const prefix = source.prefix === '' ? '' : `${source.prefix}/`
  let marker: string | undefined
  do {
    const page = await bytes.list(account, container, {
      prefix,
      max: pageBlobs,
      ...(marker === undefined ? {} : { marker }),
    })
    for (const stat of page.blobs) {
      yield head(stat, stat.name.slice(prefix.length))
      yield* content(source, stat)
    }
    marker = page.next
  } while (marker !== undefined)
  yield Buffer.alloc(2 * block)
}

async function* content(source: ArchiveSource, stat: BlobStat): AsyncGenerator<Buffer> {
  if (stat.sizeBytes === 0) return
  const span = { start: 0, end: stat.sizeBytes - 1 }
  const { body } = await source.bytes.read(source.account, source.container, stat.name, span)
  let sent = 0
  for await (const part of body) {
    sent += (part as Buffer).length // a byte stream
    yield part as Buffer
  }
  if (sent !== stat.sizeBytes) throw new Error(`${stat.name} became shorter while it was sent`)
  const rest = sent % block
  if (rest > 0) yield Buffer.alloc(block - rest)
}

function head(stat: BlobStat, path: string): Buffer {
  const facts = { path, mode: 0o644, size: stat.sizeBytes, type: 'File' as const, mtime: new Date(stat.lastModified) }
  const header = new Header(facts)
  const room = Buffer.alloc(block)
  if (!header.encode(room)) return room
  return Buffer.concat([new Pax({ path, size: stat.sizeBytes }).encode(), room])
}
