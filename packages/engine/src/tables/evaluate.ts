/**
 * An MLTable evaluated: its paths found, its files read by the reader it names, its steps carried out in order. A step
 * that is not evaluated is refused by name before anything is read.
 */
import { asArray, asObject, asString, fail, isObject, type Json, type JsonObject, parseYaml } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { locatePlace, type Place } from '../datastores/resolve.ts'
import { pathsOf, select, tailOf } from '../mltable.ts'
import type { ColumnType } from './column-types.ts'
import { type DelimitedOptions, decoderOf, readDelimited, usualDelimited } from './delimited.ts'
import { readFilter } from './filter.ts'
import { readJsonLines, usualJsonLines } from './json-lines.ts'
import { readParquet } from './parquet.ts'
import { applyStep, converterOf, partitionColumns, type Rows, stepNames } from './steps.ts'
import { type Budget, newRow, printRow, type TableFile } from './table.ts'

export interface Opened {
  format: string
  rows: Rows
}

type Files = AsyncIterable<TableFile>
type Read = (files: Files, options: JsonObject, budget: Budget) => Rows

const readers: Record<string, Read> = {
  read_delimited: (files, options, budget) => readDelimited(files, delimitedOptions(options), budget),
  read_json_lines: (files, options, budget) =>
    readJsonLines(
      files,
      {
        ...usualJsonLines,
        ...(typeof options.encoding === 'string' ? { encoding: decoderOf(options.encoding) } : {}),
        invalidLines: oneOf(options.invalid_lines, 'invalid_lines', ['error', 'drop'] as const),
        pathColumn: options.include_path_column === true,
      },
      budget,
    ),
  read_parquet: (files, options, budget) =>
    readParquet(files, { pathColumn: options.include_path_column === true }, budget),
}

const known = {
  read_delimited: [
    ...['delimiter', 'encoding', 'header', 'empty_as_string', 'include_path_column', 'infer_column_types'],
    // how Azure cuts files into pieces, and what a quote may hold: without effect on the rows here
    ...['support_multi_line', 'partition_size', 'path_column'],
  ],
  read_json_lines: ['encoding', 'invalid_lines', 'include_path_column', 'partition_size'],
  read_parquet: ['include_path_column'],
} as const

interface Table {
  table: JsonObject
  /** The reader the steps begin with; without one a table is its paths. */
  reader: (Step & { read: Read }) | undefined
  rest: Step[]
}

/** Raises BadArgument for a text that is no MLTable, NotSupported for steps that are not evaluated here. */
function readTable(text: string, uri: string): Table {
  const doc = parseYaml(text, { file: 'MLTable', maxBytes: 1 << 20 })
  const [issue] = doc.issues
  if (issue !== undefined) fail('BadArgument', { what: `The MLTable of ${uri} cannot be read: ${issue.message}` })
  const table = asObject(doc.value)
  const steps = asArray(table.transformations).map(stepOf)
  const [first] = steps
  const read = first !== undefined && Object.hasOwn(readers, first.name) ? readers[first.name] : undefined
  const reader = read === undefined || first === undefined ? undefined : { ...first, read }
  const rest = reader === undefined ? steps : steps.slice(1)
  for (const { name } of rest) {
    if (!stepNames.includes(name)) applyStep(empty(), name, null)
  }
  if (pathsOf(table).length === 0) fail('BadArgument', { what: `The MLTable of ${uri} names no paths.` })
  return { table, reader, rest }
}

/** The rows of a table. Raises as its reading does, before and while rows are taken. */
export function openTable(text: string, place: Place, ctx: TableContext & { budget: Budget }): Opened {
  const { table, reader, rest } = readTable(text, place.uri)
  const files = tableFiles(table, place, ctx)
  const start = reader === undefined ? pathRows(files) : reader.read(files, checked(reader), ctx.budget)
  const rows = rest.reduce((before, { name, argument }) => applyStep(before, name, argument), start)
  return { format: reader === undefined ? 'paths' : `mltable (${reader.name.replace(/^read_/, '')})`, rows }
}

/**
 * The files a table hands over: those its paths name, less what its steps leave out. Raises NotSupported for a table whose
 * steps read rows out of its files, InputMissing for a path that names nothing.
 */
export async function* selectFiles(text: string, place: Place, ctx: TableContext & { input: string }) {
  const { table, reader, rest } = readTable(text, place.uri)
  if (reader !== undefined) {
    fail('NotSupported', {
      what: `Evaluating the MLTable of the input ${ctx.input}`,
      why: `its step ${reader.name} makes rows, and only files can be laid out for a job`,
      instead: 'Use the mode ro_mount or download and load the table in the script with mltable.load().',
    })
  }
  yield* leftFiles(table, rest, place, ctx)
}

/**
 * A table that somebody else reads: its reader, the steps after it, and its files with the columns that steps make of
 * their paths. Without a reader the steps are done with, and the files are those they leave. Raises NotSupported for steps
 * and options that are not evaluated, BadArgument for wrong ones, InputMissing for a path that names nothing.
 */
export function planTable(text: string, place: Place, ctx: TableContext & { input: string }) {
  const { table, reader, rest } = readTable(text, place.uri)
  if (reader === undefined) return { reader: undefined, steps: [], files: leftFiles(table, rest, place, ctx) }
  const options = checked(reader)
  if (reader.name === 'read_delimited') delimitedOptions(options)
  const formats = rest.filter(({ name }) => name.startsWith('extract_')).map(({ argument }) => argument)
  return {
    reader: { name: reader.name, options },
    steps: rest.map(checkedStep),
    files: withColumns(sourcesOf(table, place, ctx), formats),
  }
}

/** A step with an argument that makes sense: steps say so when they take their first row. */
function checkedStep(step: Step): Step {
  if (step.name === 'filter') readFilter(asString(step.argument) ?? '')
  if (step.name === 'convert_column_types') {
    for (const entry of [step.argument].flat()) converterOf(asObject(entry).column_type ?? null)
  }
  return step
}

async function* withColumns(sources: AsyncIterable<Source>, formats: Json[]) {
  const readers = formats.map(partitionColumns)
  for await (const source of sources) {
    yield { ...source, extracted: readers.map((read) => printColumns(read(source.file))) }
  }
}

/** Dates as `{ date }`, which JSON has no word for. */
function printColumns(columns: Record<string, string | Date>): JsonObject {
  const print = (cell: string | Date): Json =>
    cell instanceof Date ? { date: cell.toISOString().replace(/\.000Z$/, '') } : cell
  return Object.fromEntries(Object.entries(columns).map(([name, cell]) => [name, print(cell)]))
}

async function* leftFiles(table: JsonObject, steps: Step[], place: Place, ctx: TableContext & { input: string }) {
  // every step passes a row on or drops it before it asks for the next: the file a row came from is the last one named
  let current: Source | undefined
  async function* named(): Rows {
    for await (const source of sourcesOf(table, place, ctx)) {
      current = source
      yield Object.assign(newRow(), { Path: source.file })
    }
  }
  for await (const row of steps.reduce((before, { name, argument }) => applyStep(before, name, argument), named())) {
    const { Path: _, ...columns } = row
    if (current !== undefined) yield { ...current, extracted: [printRow(columns)] }
  }
}

async function* empty(): Rows {}

interface Step {
  name: string
  argument: Json
}

function stepOf(step: Json): Step {
  if (typeof step === 'string') return { name: step, argument: null }
  const entries = isObject(step) ? Object.entries(step) : []
  const [entry] = entries
  if (entry === undefined || entries.length !== 1) {
    return fail('BadArgument', { what: 'Every step of an MLTable is one name with its options.' })
  }
  return { name: entry[0], argument: entry[1] }
}

/** The options of a reader, none of them unknown: an option that is not honoured changes what the rows are. */
function checked({ name, argument }: Step): JsonObject {
  const options = asObject(argument)
  const words: readonly string[] = Object.entries(known).find(([reader]) => reader === name)?.[1] ?? []
  const stranger = Object.keys(options).find((word) => !words.includes(word))
  if (stranger !== undefined) {
    fail('NotSupported', {
      what: `The option ${stranger.slice(0, 60)} of ${name}`,
      why: `only ${words.join(', ')} are evaluated here`,
      instead: 'Leave it out, or load the table in the script with mltable.load().',
    })
  }
  return options
}

function oneOf<const T extends string>(value: Json | undefined, option: string, words: readonly [T, ...T[]]): T {
  if (value === undefined || value === null) return words[0]
  return (
    words.find((word) => word === value) ??
    fail('BadArgument', { what: `The option ${option} of the MLTable is one of ${words.join(', ')}.` })
  )
}

function delimitedOptions(options: JsonObject): DelimitedOptions {
  const delimiter = asString(options.delimiter)
  return {
    ...usualDelimited,
    ...(delimiter ? { delimiter } : {}),
    ...(typeof options.encoding === 'string' ? { encoding: decoderOf(options.encoding) } : {}),
    header: oneOf(options.header, 'header', [
      'all_files_same_headers',
      'all_files_different_headers',
      'from_first_file',
      'no_header',
    ]),
    emptyAsString: options.empty_as_string === true,
    pathColumn: options.include_path_column === true,
    infer: inferOf(options.infer_column_types),
  }
}

function inferOf(given: Json | undefined): DelimitedOptions['infer'] {
  if (given === false) return false
  const { sample_size: size, column_type_overrides: overrides } = asObject(given)
  const types = Object.entries(asObject(overrides)).map(([name, type]) => [
    name,
    oneOf(type, 'column_type_overrides', ['string', 'int', 'float', 'boolean', 'datetime'] as const),
  ])
  const sampleSize = typeof size === 'number' && size > 0 ? Math.min(size, 10_000) : 200
  // the names come from the table, the types were checked above
  return { sampleSize, overrides: Object.fromEntries(types) as Record<string, ColumnType> }
}

/** Without a reader a table is its paths. */
async function* pathRows(files: Files): Rows {
  for await (const file of files) yield Object.assign(newRow(), { Path: file.path })
}

interface TableContext {
  store: Store
  scope: string
}

/** A file and the place it was found in. */
export interface Source {
  from: Place
  file: string
}

async function* sourcesOf(table: JsonObject, place: Place, { store, scope, input }: TableContext & { input?: string }) {
  for (const path of pathsOf(table)) {
    const foreign = /^[a-z][a-z0-9+.-]*:/i.test(path.what)
    const from = foreign ? await locatePlace(store, scope, path.what.replace(/[*?[].*$/s, '')) : place
    const full = foreign ? { how: path.how, what: tailOf(path.what, from.path) } : path
    const found = await select(full, foreign ? '' : place.path, (folder) => from.storage.list(folder))
    if (found.length === 0 && input !== undefined) {
      fail('InputMissing', { input, uri: `${place.uri} ${path.how} ${path.what}` })
    }
    for (const file of found) yield { from, file } satisfies Source
  }
}

async function* tableFiles(table: JsonObject, place: Place, ctx: TableContext): Files {
  for await (const { from, file } of sourcesOf(table, place, ctx)) yield fileIn(from, file)
}

/** A file of a datastore as tables read it; its size is asked when it is opened for reading. */
export async function fileIn(place: Place, path: string): Promise<TableFile> {
  const stat = (await place.storage.stat(path)) ?? fail('FileNotFound', { path })
  return { path, sizeBytes: stat.sizeBytes, open: (range) => place.storage.read(path, range) }
}
