// What is known of one blob: the file says how long and how old it is; a row says what its upload said, as long as the
// file is still the one uploaded. Files that jobs write have no row and are described by the file alone.
import { createHash, randomBytes } from 'node:crypto'
import { type Stats, statSync } from 'node:fs'
import { extname } from 'node:path'
import { fileCode } from './files.ts'
import type { Place } from './place.ts'
import { holes, type Statements, type Tx } from './sql.ts'

export interface BlobStat {
  name: string
  sizeBytes: number
  /** Without quotes; the same as long as the content is. */
  etag: string
  /** Epoch ms. */
  lastModified: number
  contentType: string
  /** Base64, where the upload gave or made it. */
  md5?: string
  metadata: Record<string, string>
}

/** `*` or an etag without quotes. */
export interface Conditions {
  ifMatch?: string
  ifNoneMatch?: string
}

export interface WriteOptions extends Conditions {
  contentType?: string
  metadata?: Record<string, string>
  /** Base64; the write is refused when the bytes have another one. */
  md5?: string
  maxBytes?: number
}

export interface BlobPage {
  blobs: BlobStat[]
  prefixes: string[]
  next?: string
  /** Names of blobs that have blocks waiting and no content yet, when asked for. */
  uploads?: string[]
}

export interface ListOptions {
  prefix?: string
  delimiter?: string
  marker?: string
  max?: number
  /** Name blobs to come too. */
  uncommitted?: boolean
  /** Answer every folder among the prefixes, also empty ones, also without a delimiter. */
  folders?: boolean
}

/** What an upload says. */
export interface Described {
  contentType?: string | undefined
  md5?: string | undefined
  metadata?: Record<string, string> | undefined
  /** Digest of the list of blocks it was made of: tells a repeated commit from a wrong one. */
  blocks?: string | undefined
}

interface Stored {
  name: string
  size: number
  mtime: number
  etag: string
  content_type: string
  md5: string | null
  metadata: string
  blocks: string | null
}

const columns = 'name, size, mtime, etag, content_type, md5, metadata, blocks'
const oneText = `SELECT ${columns} FROM blobs WHERE account = ? AND container = ? AND name = ?`
const batch = 100
const breathe = 1000
const batchText = `SELECT ${columns} FROM blobs WHERE account = ? AND container = ? AND name IN (${holes(batch)})`
const writeText = `INSERT INTO blobs (account, container, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (account, container, name) DO UPDATE SET size = excluded.size, mtime = excluded.mtime, etag = excluded.etag,
  content_type = excluded.content_type, md5 = excluded.md5, metadata = excluded.metadata, blocks = excluded.blocks`

/** What the file says and what the row adds. Undefined when there is no file. */
export async function readStat(
  on: Pick<Statements, 'get'>,
  place: Place,
): Promise<{ stat: BlobStat; file: Stats; blocks?: string } | undefined> {
  const file = fileStat(place.path)
  if (file === undefined) return undefined
  const row = await on.get<Stored>(oneText, [place.account, place.container, place.name])
  const blocks = row !== undefined && fits(row, file) ? row.blocks : null
  return { stat: statFrom(place.name, file, row), file, ...(blocks === null ? {} : { blocks }) }
}

/** The same for a file that is open already. */
export async function statOf(on: Pick<Statements, 'get'>, place: Place, file: Stats): Promise<BlobStat> {
  return statFrom(place.name, file, await on.get<Stored>(oneText, [place.account, place.container, place.name]))
}

/** The stats of many blobs of a container; those whose file is gone are left out. */
export async function readStats(
  on: Pick<Statements, 'all'>,
  place: { account: string; container: string },
  blobs: readonly { name: string; path: string }[],
): Promise<BlobStat[]> {
  const stats: BlobStat[] = []
  for (let start = 0; start < blobs.length; start += batch) {
    if (start > 0 && start % breathe === 0) await new Promise((resolve) => setImmediate(resolve))
    const part = blobs.slice(start, start + batch)
    const names = Array.from({ length: batch }, (_, i) => part[Math.min(i, part.length - 1)]?.name ?? '')
    const rows = await on.all<Stored>(batchText, [place.account, place.container, ...names])
    const byName = new Map(rows.map((row) => [row.name, row]))
    for (const { name, path } of part) {
      const file = fileStat(path)
      if (file !== undefined) stats.push(statFrom(name, file, byName.get(name)))
    }
  }
  return stats
}

/** Records what an upload said of a file of that size and time, under a new etag. */
export async function writeStat(tx: Tx, place: Place, file: Stats, said: Described): Promise<BlobStat> {
  const row: Stored = {
    name: place.name,
    size: file.size,
    mtime: file.mtimeMs,
    etag: `0x${randomBytes(7).toString('hex').toUpperCase()}`,
    content_type: said.contentType ?? typeOf(place.name),
    md5: said.md5 ?? null,
    metadata: JSON.stringify(said.metadata ?? {}),
    blocks: said.blocks ?? null,
  }
  await tx.run(writeText, [place.account, place.container, ...Object.values(row)])
  return statFrom(place.name, file, row)
}

function statFrom(name: string, file: Stats, row: Stored | undefined): BlobStat {
  const known = row !== undefined && fits(row, file) ? row : undefined
  return {
    name,
    sizeBytes: file.size,
    etag: known?.etag ?? etagOf(file),
    lastModified: Math.floor(file.mtimeMs),
    contentType: known?.content_type ?? typeOf(name),
    ...(known?.md5 ? { md5: known.md5 } : {}),
    metadata: known === undefined ? {} : (JSON.parse(known.metadata) as Record<string, string>), // written by writeStat
  }
}

function fits(row: Stored, file: Stats): boolean {
  return row.size === file.size && row.mtime === file.mtimeMs
}

function fileStat(path: string): Stats | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false })
    return stat?.isFile() ? stat : undefined
  } catch (error) {
    if (fileCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}

/** The same as long as the file is untouched. */
function etagOf(file: Stats): string {
  const sum = createHash('sha256').update(`${file.ino} ${file.size} ${file.mtimeMs}`).digest('hex')
  return `0x${sum.slice(0, 14).toUpperCase()}`
}

const types: Record<string, string> = {
  '.css': 'text/css',
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.log': 'text/plain',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.py': 'text/x-python',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.xml': 'application/xml',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
}

function typeOf(name: string): string {
  return types[extname(name).toLowerCase()] ?? 'application/octet-stream'
}
