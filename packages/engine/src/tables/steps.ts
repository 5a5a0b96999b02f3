/** The steps of an MLTable that work on rows. Each takes rows and gives rows; none holds more than the row in hand. */
import { asArray, asObject, asString, fail, isObject, type Json } from '@lazurite/spec'
import { readCell } from './column-types.ts'
import { dateReader, partitionReader } from './dates.ts'
import { readFilter } from './filter.ts'
import { type Cell, newRow, type Row } from './table.ts'

export type Rows = AsyncIterable<Row>
type Step = (rows: Rows, argument: Json) => Rows

const steps: Record<string, Step> = {
  take: (rows, n) => take(rows, countOf('take', n)),
  skip: (rows, n) => skip(rows, countOf('skip', n)),
  take_random_sample: takeSample,
  keep_columns: (rows, columns) => keep(rows, namesOf('keep_columns', columns)),
  drop_columns: (rows, columns) => drop(rows, namesOf('drop_columns', columns)),
  filter: (rows, text) => filter(rows, text),
  convert_column_types: convert,
  extract_columns_from_partition_format: extract,
  extract_partition_format_into_columns: extract,
}

export const stepNames = Object.keys(steps)

/** Puts a step behind the rows. Raises NotSupported for a step that is not evaluated, BadArgument for a wrong argument. */
export function applyStep(rows: Rows, name: string, argument: Json): Rows {
  const step = Object.hasOwn(steps, name) ? steps[name] : undefined
  if (step === undefined) {
    return fail('NotSupported', {
      what: `The step ${name.slice(0, 60)} of an MLTable`,
      why: `only ${stepNames.join(', ')} are evaluated here`,
      instead: 'Load the table in the script with mltable.load().',
    })
  }
  return step(rows, argument)
}

function refuse(step: string, what: string): never {
  fail('BadArgument', { what: `The step ${step} of the MLTable ${what}.` })
}

function countOf(step: string, n: Json): number {
  return typeof n === 'number' && Number.isSafeInteger(n) && n >= 0 ? n : refuse(step, 'needs a whole number')
}

function namesOf(step: string, given: Json): string[] {
  const names = (Array.isArray(given) ? given : [given]).filter((name): name is string => typeof name === 'string')
  return names.length > 0 ? names : refuse(step, 'needs the name of a column, or a list of names')
}

async function* take(rows: Rows, n: number): Rows {
  let left = n
  if (left === 0) return
  for await (const row of rows) {
    yield row
    left -= 1
    if (left === 0) return
  }
}

async function* skip(rows: Rows, n: number): Rows {
  let left = n
  for await (const row of rows) {
    if (left > 0) left -= 1
    else yield row
  }
}

/** The same seed gives the same rows, on every machine; other rows than Azure's own generator would choose. */
async function* takeSample(rows: Rows, argument: Json): Rows {
  const { probability, seed } = asObject(argument)
  if (typeof probability !== 'number' || probability < 0 || probability > 1) {
    refuse('take_random_sample', 'needs a probability from 0 to 1')
  }
  let state = (typeof seed === 'number' ? seed : 0) >>> 0
  for await (const row of rows) {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    if (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 < probability) yield row
  }
}

async function* keep(rows: Rows, names: string[]): Rows {
  for await (const row of rows) {
    const kept = newRow()
    for (const name of names) {
      if (!(name in row)) refuse('keep_columns', `names a column that is not there: ${name.slice(0, 80)}`)
      kept[name] = row[name] ?? null
    }
    yield kept
  }
}

async function* drop(rows: Rows, names: string[]): Rows {
  for await (const row of rows) {
    for (const name of names) delete row[name]
    yield row
  }
}

async function* filter(rows: Rows, text: Json): Rows {
  const test = readFilter(asString(text) ?? refuse('filter', 'needs a text'))
  for await (const row of rows) if (test(row)) yield row
}

/** The columns that a step makes of a path. Raises BadArgument for a step without a format, and for a path of another form. */
export function partitionColumns(argument: Json): (path: string) => Record<string, string | Date> {
  const format = asString(argument) ?? asString(asObject(argument).partition_format)
  if (format === undefined) refuse('extract_columns_from_partition_format', 'needs a partition_format')
  const read = partitionReader(format)
  return (path) =>
    read(path) ?? refuse('extract_columns_from_partition_format', `does not fit the path ${path.slice(0, 200)}`)
}

async function* extract(rows: Rows, argument: Json): Rows {
  const read = partitionColumns(argument)
  for await (const row of rows) {
    const path = asString(row.Path)
    if (path === undefined)
      refuse('extract_columns_from_partition_format', 'needs the column Path: set include_path_column')
    yield Object.assign(newRow(), row, read(path))
  }
}

type Convert = (cell: Cell) => Cell

async function* convert(rows: Rows, argument: Json): Rows {
  const how = new Map<string, Convert>()
  for (const entry of Array.isArray(argument) ? argument : [argument]) {
    const { columns, column_type: type } = asObject(entry)
    const converter = converterOf(type ?? null)
    for (const name of namesOf('convert_column_types', columns ?? null)) how.set(name, converter)
  }
  for await (const row of rows) {
    for (const [name, converter] of how) if (name in row) row[name] = converter(row[name] ?? null)
    yield row
  }
}

/** A converter for a type as MLTables name it: a word, or a mapping of one word to its options. */
export function converterOf(type: Json): Convert {
  const [name, options] = isObject(type) ? (Object.entries(type)[0] ?? ['', null]) : [asString(type) ?? '', null]
  switch (name) {
    case 'int':
    case 'float':
      return (cell) => numberOf(cell, name)
    case 'string':
      return (cell) => textOf(cell)
    case 'boolean':
      return booleanReader(options)
    case 'datetime':
      return datetimeReader(options)
    case 'stream_info':
      // a place of bytes is its address here
      return (cell) => cell
    default:
      return refuse(
        'convert_column_types',
        `knows int, float, string, boolean, datetime and stream_info, not ${name.slice(0, 40) || 'nothing'}`,
      )
  }
}

function textOf(cell: Cell): string | null {
  if (cell === null || typeof cell === 'string') return cell
  if (cell instanceof Date) return cell.toISOString()
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}

function numberOf(cell: Cell, type: 'int' | 'float'): Cell {
  if (typeof cell === 'number') return type === 'int' ? Math.trunc(cell) : cell
  if (typeof cell === 'boolean') return cell ? 1 : 0
  const value = readCell(textOf(cell), 'float')
  return typeof value === 'number' && type === 'int' ? Math.trunc(value) : value
}

function listOf(value: Json | undefined): string[] {
  const texts = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
  return texts.map((text) => String(text).toLowerCase())
}

function booleanReader(options: Json): Convert {
  const { true_values: yes, false_values: no, mismatch_as: mismatch } = asObject(options)
  const truths = yes === undefined ? ['true', '1', '1.0', 'yes'] : listOf(yes)
  const falsehoods = no === undefined ? ['false', '0', '0.0', 'no'] : listOf(no)
  return (cell) => {
    if (typeof cell === 'boolean' || cell === null) return cell
    const text = (textOf(cell) ?? '').toLowerCase()
    if (truths.includes(text)) return true
    if (falsehoods.includes(text)) return false
    const as = String(mismatch ?? 'error').toLowerCase()
    if (as === 'true' || as === 'false') return as === 'true'
    return null
  }
}

function datetimeReader(options: Json): Convert {
  const formats = asArray(asObject(options).formats).map(String)
  const readers = formats.map(
    (format) =>
      dateReader(format) ??
      refuse('convert_column_types', `has a date format that is not understood: ${format.slice(0, 60)}`),
  )
  return (cell) => {
    if (cell instanceof Date || cell === null) return cell
    const text = textOf(cell) ?? ''
    for (const read of readers) {
      const found = read(text)
      if (found !== undefined) return found
    }
    return readers.length > 0 ? null : readCell(text, 'datetime')
  }
}
