/** Delimited text: csv and its kin. */
import { Readable } from 'node:stream'
import { fail, isLazError } from '@lazurite/spec'
import { type ColumnType, inferType, readCell } from './column-types.ts'
import { type Budget, longestLine, newRow, type Row, readBytes, type TableFile } from './table.ts'

export interface DelimitedOptions {
  delimiter: string
  encoding: string
  header: 'no_header' | 'from_first_file' | 'all_files_different_headers' | 'all_files_same_headers'
  emptyAsString: boolean
  pathColumn: boolean
  /** Types by column; `false` leaves every cell a text. */
  infer: false | { sampleSize: number; overrides: Record<string, ColumnType> }
}

export const usualDelimited: DelimitedOptions = {
  delimiter: ',',
  encoding: 'utf-8',
  header: 'all_files_same_headers',
  emptyAsString: false,
  pathColumn: false,
  infer: { sampleSize: 200, overrides: {} },
}

const encodings: Record<string, string> = {
  utf8: 'utf-8',
  utf8bom: 'utf-8',
  ascii: 'utf-8',
  iso88591: 'windows-1252',
  latin1: 'windows-1252',
  windows1252: 'windows-1252',
  utf16: 'utf-16le',
}

/** The decoder for an encoding as an MLTable names it. Raises NotSupported for one that nothing here reads. */
export function decoderOf(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  if (Object.hasOwn(encodings, plain)) return encodings[plain] ?? 'utf-8'
  return fail('NotSupported', {
    what: `The encoding ${name.slice(0, 40)}`,
    why: 'nothing here reads it',
    instead: 'Save the files as utf8.',
  })
}

/** The rows of all files, one after the other. */
export async function* readDelimited(
  files: AsyncIterable<TableFile>,
  o: DelimitedOptions,
  budget: Budget,
): AsyncGenerator<Row> {
  let header: string[] | undefined
  let types: Map<string, ColumnType> | undefined
  for await (const file of files) {
    if (budget.left === 0) {
      budget.exceeded = true
      return
    }
    const records = readRecords(file, o, budget)
    const first = await records.next()
    if (first.done) continue
    if (o.header === 'no_header') header ??= first.value.map((_, i) => `Column${i + 1}`)
    else if (header === undefined || o.header === 'all_files_different_headers') header = uniqueNames(first.value)
    const isData = o.header === 'no_header' || (o.header === 'from_first_file' && types !== undefined)
    const head = isData ? [first.value] : []
    const sample = o.infer === false ? 0 : o.infer.sampleSize
    while (head.length < sample) {
      const next = await records.next()
      if (next.done) break
      head.push(next.value)
    }
    if (types === undefined || o.header === 'all_files_different_headers') types = typesOf(header, head, o)
    const print = { header, types, o, file }
    for (const record of head) yield rowOf(record, print)
    for await (const record of records) yield rowOf(record, print)
  }
}

function typesOf(header: string[], head: string[][], { infer }: DelimitedOptions): Map<string, ColumnType> {
  return new Map(
    header.map((name, i) => {
      if (infer === false) return [name, 'string']
      return [name, infer.overrides[name] ?? inferType(head.map((record) => record[i] ?? null))]
    }),
  )
}

interface Print {
  header: string[]
  types: Map<string, ColumnType>
  o: DelimitedOptions
  file: TableFile
}

function rowOf(record: string[], { header, types, o, file }: Print): Row {
  const row = newRow()
  if (o.pathColumn) row.Path = file.path
  for (const [i, name] of header.entries()) {
    const text = record[i] ?? null
    row[name] = text === '' ? (o.emptyAsString ? '' : null) : readCell(text, types.get(name) ?? 'string')
  }
  return row
}

function uniqueNames(names: string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((given, i) => {
    const name = given.trim() === '' ? `Column${i + 1}` : given.trim()
    const count = seen.get(name) ?? 0
    seen.set(name, count + 1)
    return count === 0 ? name : `${name}_${count}`
  })
}

async function* readRecords(file: TableFile, o: DelimitedOptions, budget: Budget): AsyncGenerator<string[]> {
  const { parse } = await import('csv-parse')
  const parser = parse({
    delimiter: o.delimiter,
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: longestLine,
  })
  const text = Readable.from(decoded(file, o.encoding, budget))
  text.on('error', (e) => parser.destroy(e))
  text.pipe(parser)
  try {
    let held: string[] | undefined
    for await (const record of parser) {
      if (held !== undefined) yield held
      held = record as string[] // without columns the parser gives lists of texts
    }
    // the record in which the budget ended is half a record
    if (held !== undefined && !budget.exceeded) yield held
  } catch (e) {
    if (isLazError(e)) throw e
    if (e instanceof Error && 'code' in e && e.code === 'CSV_MAX_RECORD_SIZE') {
      fail('TooLarge', { what: `A record of ${file.path}`, limit: `${longestLine} bytes` }, { cause: e })
    }
    if (e instanceof Error && 'code' in e && String(e.code).startsWith('CSV_') && !budget.exceeded) {
      fail('BadArgument', { what: `${file.path} is no delimited text: ${e.message}` })
    }
    if (!budget.exceeded) throw e
  } finally {
    text.destroy()
  }
}

async function* decoded(file: TableFile, encoding: string, budget: Budget): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  for await (const chunk of readBytes(file, budget)) {
    const text = decoder.decode(chunk, { stream: true })
    if (text.includes('\0')) fail('BadArgument', { what: `${file.path} is no delimited text: it holds binary data.` })
    yield text
  }
  yield decoder.decode()
}
