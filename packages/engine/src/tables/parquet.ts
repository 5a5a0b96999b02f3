/** Parquet: only the parts of the file that are needed are read, a group of rows at a time. */
import { isUtf8 } from 'node:buffer'
import { fail, isLazError, type Json } from '@lazurite/spec'
import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet'
import { codeOf } from '../disk.ts'
import { type Budget, type Cell, newRow, type Row, type TableFile } from './table.ts'

const rowsAtOnce = 5_000
const mostGroupBytes = 512 << 20

/** Raises BadArgument for a file that is no Parquet, TooLarge for row groups that do not fit in memory. */
export async function* readParquet(
  files: AsyncIterable<TableFile>,
  o: { pathColumn: boolean },
  budget: Budget,
): AsyncGenerator<Row> {
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import('hyparquet')
  const { compressors } = await import('hyparquet-compressors')
  for await (const file of files) {
    if (budget.left === 0) {
      budget.exceeded = true
      return
    }
    const buffer = bufferOf(file, budget)
    const metadata = await parquetMetadataAsync(buffer).catch((e) => {
      if (isStorageError(e)) throw e
      return fail('BadArgument', { what: `${file.path} is no Parquet file.` }, { cause: e })
    })
    try {
      checkColumns(metadata, parquetSchema(metadata))
    } catch (e) {
      damaged(e, file)
    }
    let groupStart = 0
    for (const group of metadata.row_groups) {
      if (Number(group.total_byte_size) > mostGroupBytes) {
        fail('TooLarge', { what: `A row group of ${file.path}`, limit: `${mostGroupBytes} bytes` })
      }
      const end = groupStart + Number(group.num_rows)
      for (let rowStart = groupStart; rowStart < end; rowStart += rowsAtOnce) {
        if (budget.left === 0) {
          budget.exceeded = true
          return
        }
        const rowEnd = Math.min(end, rowStart + rowsAtOnce)
        const rows = await parquetReadObjects({
          file: buffer,
          metadata,
          compressors,
          rowStart,
          rowEnd,
          utf8: false,
        }).catch((e) => damaged(e, file))
        for (const found of rows) {
          const row = newRow()
          if (o.pathColumn) row.Path = file.path
          for (const [name, value] of Object.entries(found)) row[name] = cellOf(value)
          yield row
        }
      }
      groupStart = end
    }
  }
}

/**
 * Every column of every group is a leaf of the schema, once. The reader starts all columns together and forgets those that
 * fit nowhere: when such a one fails, nobody catches it, and the process ends.
 */
function checkColumns({ row_groups }: FileMetaData, schema: SchemaTree): void {
  const leaves = new Set<string>()
  const open = [schema]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.children.length === 0) leaves.add(JSON.stringify(node.path))
    open.push(...node.children)
  }
  for (const { columns } of row_groups) {
    const paths = columns.map(({ meta_data }) => JSON.stringify(meta_data?.path_in_schema))
    if (new Set(paths).size !== paths.length || paths.some((path) => !leaves.has(path))) {
      throw new Error('its columns are not those of its schema')
    }
  }
}

function isStorageError(e: unknown): boolean {
  const code = codeOf(e)
  return isLazError(e) || (code !== undefined && !/^ERR_(INVALID|OUT_OF|BUFFER)/.test(code))
}

/** What storage says of itself passes; the rest is the reader's word for a file it cannot make sense of. */
function damaged(e: unknown, file: TableFile): never {
  if (isStorageError(e)) throw e
  return fail(
    'BadArgument',
    { what: `${file.path} is a damaged Parquet file: its columns cannot be read.` },
    { cause: e },
  )
}

/** How many rows the files' own notes count. */
export async function countParquet(file: TableFile, budget: Budget): Promise<number> {
  const { parquetMetadataAsync } = await import('hyparquet')
  const metadata: FileMetaData = await parquetMetadataAsync(bufferOf(file, budget))
  return Number(metadata.num_rows)
}

const blockBytes = 1 << 20
const mostBlocks = 32

/** Ranges of the file in blocks, the last few kept: readers ask for the same pages again and again. */
function bufferOf(file: TableFile, budget: Budget): AsyncBuffer {
  const blocks = new Map<number, Promise<Buffer>>()
  const block = (index: number): Promise<Buffer> => {
    const known = blocks.get(index)
    if (known !== undefined) return known
    const fetched = fetchRange(file, index * blockBytes, Math.min(file.sizeBytes, (index + 1) * blockBytes), budget)
    blocks.set(index, fetched)
    const [oldest] = blocks.keys()
    if (blocks.size > mostBlocks && oldest !== undefined) blocks.delete(oldest)
    return fetched
  }
  return {
    byteLength: file.sizeBytes,
    async slice(start, end = file.sizeBytes) {
      const last = Math.min(end, file.sizeBytes)
      const parts: Buffer[] = []
      for (let at = start; at < last; ) {
        const index = Math.floor(at / blockBytes)
        const from = at - index * blockBytes
        const part = (await block(index)).subarray(from, Math.min(blockBytes, from + last - at))
        if (part.length === 0) break
        parts.push(part)
        at += part.length
      }
      const all = Buffer.concat(parts)
      return all.buffer.slice(all.byteOffset, all.byteOffset + all.length) as ArrayBuffer // a Buffer's memory is one
    },
  }
}

async function fetchRange(file: TableFile, start: number, end: number, budget: Budget): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of await file.open({ start, end: end - 1 })) parts.push(chunk)
  const all = Buffer.concat(parts)
  budget.readBytes += all.length
  return all
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null
  if (value instanceof Date && Number.isNaN(value.getTime())) return null
  if (value instanceof Date || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Uint8Array) return textOf(value)
  if (Array.isArray(value)) return value.map((inner) => nestedOf(inner))
  return nestedOf(value)
}

/** Older writers do not say which bytes are text: what reads as text is, the rest is shown as hex. */
function textOf(bytes: Uint8Array): string {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (isUtf8(all) && !all.includes(0)) return all.toString('utf8')
  return `${all.subarray(0, 64).toString('hex')}${all.length > 64 ? '…' : ''}`
}

function nestedOf(value: unknown): Json {
  const cell = Array.isArray(value) || typeof value !== 'object' || value === null ? undefined : value
  if (cell === undefined || cell instanceof Date || cell instanceof Uint8Array) {
    const plain = cellOf(value)
    return plain instanceof Date ? plain.toISOString() : plain
  }
  return Object.fromEntries(Object.entries(cell).map(([key, inner]) => [key, nestedOf(inner)]))
}
