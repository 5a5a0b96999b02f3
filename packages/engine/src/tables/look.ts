/** A look at data: its first rows or lines, what kind of picture it is, or what its columns are like. */
import { posix } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { fail, isLazError, type JsonObject } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import type { Place } from '../datastores/resolve.ts'
import { prefixOf, type StorageStat } from '../datastores/storage.ts'
import { readDelimited, usualDelimited } from './delimited.ts'
import { fileIn, type Opened, openTable } from './evaluate.ts'
import { readImage } from './image.ts'
import { readJsonLines, usualJsonLines } from './json-lines.ts'
import { readParquet } from './parquet.ts'
import { Profiler } from './profile.ts'
import { Budget, printRow, readLines, type TableFile } from './table.ts'

export interface LookContext {
  store: Store
  scope: string
}

type Open = (files: AsyncIterable<TableFile>, budget: Budget, text: string) => Opened

const delimiters = [',', '\t', ';', '|']

/** The delimiter that the first line holds most of. */
function delimiterOf(line: string): string {
  return delimiters.reduce((best, next) => (line.split(next).length > line.split(best).length ? next : best))
}

const openDelimited: Open = (files, budget, text) => ({
  format: 'delimited',
  rows: readDelimited(files, { ...usualDelimited, delimiter: delimiterOf(text.split('\n')[0] ?? '') }, budget),
})
const openJsonLines: Open = (files, budget) => ({
  format: 'json lines',
  rows: readJsonLines(files, usualJsonLines, budget),
})
const openParquet: Open = (files, budget) => ({
  format: 'parquet',
  rows: readParquet(files, { pathColumn: false }, budget),
})

const formats: Record<string, Open> = {
  '.csv': openDelimited,
  '.tsv': openDelimited,
  '.psv': openDelimited,
  '.jsonl': openJsonLines,
  '.ndjson': openJsonLines,
  '.parquet': openParquet,
}

const previewBytes = 8 << 20
const headBytes = 64 << 10
const usualProfileBytes = 256 << 20
const mostListed = 200

/** What to say of a place: a table as rows, an image as its size, text as lines, a folder as what is in it. */
export async function preview(place: Place, ctx: LookContext, { rows: limit }: { rows: number }): Promise<JsonObject> {
  const stat = (await place.storage.stat(place.path)) ?? fail('FileNotFound', { path: place.path || '/' })
  const budget = new Budget(previewBytes)
  if (stat.folder) {
    const table = await tableIn(place, ctx, budget)
    return table === undefined ? previewFolder(place, limit) : rowsOf(table, budget, limit)
  }
  const head = await headOf(place, stat)
  const image = readImage(head)
  if (image !== undefined) return { format: image.type, kind: 'image', ...image, sizeBytes: stat.sizeBytes }
  const open = openerOf(stat.path, head)
  if (open !== undefined) return rowsOf(open(one(place, stat.path), budget, head.toString('utf8')), budget, limit)
  if (!isText(head))
    return { format: 'binary', kind: 'binary', sizeBytes: stat.sizeBytes, head: head.subarray(0, 64).toString('hex') }
  return previewText(await fileIn(place, stat.path), budget, limit)
}

/**
 * What the columns of a table are like. Reads at most `maxBytes`, and says when that was not all.
 * Raises NotSupported for what is no table.
 */
export async function profile(place: Place, ctx: LookContext, o: { maxBytes?: number } = {}): Promise<JsonObject> {
  const stat = (await place.storage.stat(place.path)) ?? fail('FileNotFound', { path: place.path || '/' })
  const budget = new Budget(o.maxBytes ?? usualProfileBytes)
  const head = stat.folder ? undefined : await headOf(place, stat)
  const open = head === undefined ? undefined : openerOf(stat.path, head)
  const table = stat.folder
    ? ((await tableIn(place, ctx, budget)) ?? (await folderTable(place, budget)))
    : open?.(one(place, stat.path), budget, head?.toString('utf8') ?? '')
  if (table === undefined) {
    return fail('NotSupported', {
      what: `A profile of ${stat.path || place.uri}`,
      why: 'it is no csv, parquet or json lines, and no MLTable',
      instead: 'Look at it with a preview.',
    })
  }
  const profiler = new Profiler()
  for await (const row of table.rows) profiler.add(row)
  return { format: table.format, ...profiler.print(), ...readOf(budget) }
}

function readOf(budget: Budget): JsonObject {
  if (!budget.exceeded) return { readBytes: budget.readBytes, sampled: false }
  const note = `Only the first ${budget.readBytes} bytes were read; what is told is true of those.`
  return { readBytes: budget.readBytes, sampled: true, sampleNote: note }
}

async function* one(place: Place, path: string): AsyncGenerator<TableFile> {
  yield await fileIn(place, path)
}

async function headOf(place: Place, stat: StorageStat): Promise<Buffer> {
  if (stat.sizeBytes === 0) return Buffer.alloc(0)
  const parts: Buffer[] = []
  const range = { start: 0, end: Math.min(stat.sizeBytes, headBytes) - 1 }
  for await (const chunk of await place.storage.read(stat.path, range)) parts.push(chunk)
  return Buffer.concat(parts)
}

/** By the ending of the name, and where that says nothing, by what the first bytes are. */
function openerOf(path: string, head: Buffer): Open | undefined {
  const ending = posix.extname(path).toLowerCase()
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return openParquet
  if (Object.hasOwn(formats, ending) && ending !== '.parquet') return formats[ending]
  if (ending === '.json') {
    const [first = ''] = head.toString('utf8').split('\n')
    return /^\s*\{.*\}\s*$/.test(first) ? openJsonLines : undefined
  }
  return undefined
}

async function tableIn(place: Place, ctx: LookContext, budget: Budget): Promise<Opened | undefined> {
  let text: string
  try {
    text = await textOf(await place.storage.read(`${prefixOf(place.path)}MLTable`, { start: 0, end: (1 << 20) - 1 }))
  } catch (e) {
    if (isLazError(e) && e.code === 'FileNotFound') return undefined
    throw e
  }
  return openTable(text, place, { ...ctx, budget })
}

/** A folder whose files are all of one kind of table is one table. */
async function folderTable(place: Place, budget: Budget): Promise<Opened | undefined> {
  for await (const stat of place.storage.list(place.path)) {
    if (/(^|\/)[._][^/]*$/.test(stat.path)) continue
    const head = await headOf(place, stat)
    const open = openerOf(stat.path, head)
    const ending = posix.extname(stat.path).toLowerCase()
    return open?.(alike(place, ending), budget, head.toString('utf8'))
  }
  return undefined
}

async function* alike(place: Place, ending: string): AsyncGenerator<TableFile> {
  for await (const stat of place.storage.list(place.path)) {
    if (posix.extname(stat.path).toLowerCase() === ending && !/(^|\/)[._][^/]*$/.test(stat.path))
      yield fileIn(place, stat.path)
  }
}

async function rowsOf({ format, rows }: Opened, budget: Budget, limit: number): Promise<JsonObject> {
  const found: JsonObject[] = []
  const columns = new Set<string>()
  let more = false
  for await (const row of rows) {
    if (found.length === limit) {
      more = true
      break
    }
    for (const name in row) columns.add(name)
    found.push(printRow(row))
  }
  return { format, kind: 'table', columns: [...columns], rows: found, more: more || budget.exceeded }
}

async function previewText(file: TableFile, budget: Budget, limit: number): Promise<JsonObject> {
  const lines: string[] = []
  let more = false
  for await (const line of readLines(file, budget, 'utf-8')) {
    if (lines.length === limit) {
      more = true
      break
    }
    lines.push(line.slice(0, 2000))
  }
  return { format: 'text', kind: 'text', lines, more: more || budget.exceeded, sizeBytes: file.sizeBytes }
}

function isText(head: Buffer): boolean {
  return !head.includes(0)
}

async function previewFolder(place: Place, limit: number): Promise<JsonObject> {
  const { entries, next } = await place.storage.browse(place.path, { limit: Math.min(limit, mostListed) })
  const value = entries.map((entry) => ({ path: entry.path, folder: entry.folder, sizeBytes: entry.sizeBytes }))
  return { format: 'folder', kind: 'folder', entries: value, more: next !== undefined }
}
