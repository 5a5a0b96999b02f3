// What a command prints: the formats and the rules of `az`, so that scripts written for it read ours.
// Keys are sorted (a --query's own hashes keep the order they were written in); nothing is printed for null.
import type { Json, JsonObject } from '@lazurite/spec'
import { type Column, drawTable, oneLine, type Screen, tintOf } from './paint.ts'
import { UsageError } from './usage.ts'

export const formats = ['json', 'jsonc', 'yaml', 'yamlc', 'table', 'tsv', 'none'] as const
export type Format = (typeof formats)[number]

/** A column of a list for people: its title and how a row fills it. */
export interface Shown {
  title: string
  of(row: JsonObject): string
  state?: boolean
  right?: boolean
  /** Stays whole on a narrow terminal, as names, states and figures do unasked. */
  keep?: boolean
}

export interface Printing {
  format: Format
  query?: string | undefined
  /** Columns for `-o table` without a query; absent = every scalar, as `az` does. */
  shown?: readonly Shown[] | undefined
  screen: Screen
  /** The table is our own choice for a terminal, not asked for by -o. */
  pretty?: boolean
}

/** Reads a JMESPath expression before anything is done, so that a slip costs nothing. */
export async function checkQuery(query: string | undefined): Promise<void> {
  if (query === undefined) return
  const jmespath = await import('jmespath')
  try {
    jmespath.compile(query)
  } catch (error) {
    throw new UsageError(`--query is not valid JMESPath: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The text to print for a result, with its last newline; empty for null. */
export async function render(result: Json | undefined, how: Printing): Promise<string> {
  if (result === undefined || result === null) return ''
  const { value, ordered } = await applyQuery(result, how.query)
  if (value === null) return ''
  switch (how.format) {
    case 'none':
      return ''
    case 'json':
      return `${JSON.stringify(sorted(value), null, 2)}\n`
    case 'jsonc':
      return `${colourJson(JSON.stringify(sorted(value), null, 2), how.screen)}\n`
    case 'yaml':
    case 'yamlc': {
      const { printYaml } = await import('@lazurite/spec')
      const text = printYaml(sorted(value))
      return how.format === 'yamlc' ? colourYaml(text, how.screen) : text
    }
    case 'tsv':
      return printTsv(value, ordered)
    case 'table':
      return printTable(value, how)
    default: {
      const never: never = how.format
      return never
    }
  }
}

async function applyQuery(
  result: Json,
  query: string | undefined,
): Promise<{ value: Json; ordered: (o: JsonObject) => boolean }> {
  if (query === undefined) return { value: result, ordered: () => false }
  const jmespath = await import('jmespath')
  const known = new Set<object>()
  collect(result, known)
  let value: Json
  try {
    value = jmespath.search(result, query) ?? null
  } catch (error) {
    throw new UsageError(`--query could not be applied: ${error instanceof Error ? error.message : String(error)}`)
  }
  return { value, ordered: (o) => !known.has(o) }
}

function collect(value: Json, into: Set<object>): void {
  if (value === null || typeof value !== 'object') return
  into.add(value)
  for (const child of Object.values(value)) collect(child, into)
}

/** The value with the keys of every object in the order of their code points. */
export function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const out: JsonObject = {}
  for (const key of Object.keys(value).sort()) out[key] = sorted(value[key] ?? null)
  return out
}

const isMap = (value: Json): value is JsonObject => value !== null && typeof value === 'object' && !Array.isArray(value)

function pythonText(value: Json): string {
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  return String(value)
}

function printTsv(value: Json, ordered: (o: JsonObject) => boolean): string {
  const cell = (v: Json) => (Array.isArray(v) ? String(v.length) : isMap(v) ? '' : pythonText(v))
  const row = (item: Json): string => {
    if (Array.isArray(item)) return item.map(cell).join('\t')
    if (isMap(item)) {
      const keys = ordered(item) ? Object.keys(item) : Object.keys(item).sort()
      return keys.map((key) => cell(item[key] ?? null)).join('\t')
    }
    return typeof item === 'boolean' ? String(item) : cell(item)
  }
  return (Array.isArray(value) ? value : [value]).map((item) => `${row(item)}\n`).join('')
}

function printTable(value: Json, how: Printing): string {
  const items = Array.isArray(value) ? value : [value]
  const shown = how.query === undefined ? how.shown : undefined
  if (shown) {
    const rows = items.filter(isMap)
    if (how.pretty) return drawTable(filled(shown.map((s) => columnOf(s, rows))), how.screen)
    return simpleTable(rows.map((row) => Object.fromEntries(shown.map((s) => [s.title, s.of(row)]))))
  }
  const rows = items.map((item) => tableRow(item, how.query === undefined))
  if (rows.length > 0 && rows.every((row) => Object.keys(row).length === 0)) {
    throw new UsageError(
      'this result has nothing that fits in a table',
      'Choose its parts with --query, or print it with -o json.',
    )
  }
  return simpleTable(rows)
}

/** Without the columns that say nothing in any row; all of them when there are no rows. */
function filled(columns: readonly Column[]): readonly Column[] {
  return columns.filter(({ cells }) => cells.length === 0 || cells.some((cell) => cell !== ''))
}

function columnOf(shown: Shown, rows: readonly JsonObject[]): Column {
  const cells = rows.map((row) => shown.of(row))
  return {
    title: shown.title,
    cells,
    ...(shown.right ? { right: true } : {}),
    ...((shown.keep ?? (shown.right || shown.state || shown.title === 'name')) ? { keep: true } : {}),
    ...(shown.state ? { tints: cells.map(tintOf) } : {}),
  }
}

const skipped = new Set(['id', 'type', 'etag'])

function tableRow(item: Json, sortKeys: boolean): Record<string, string> {
  if (Array.isArray(item)) {
    return Object.fromEntries(
      item.map((v, i) => [`Column${i + 1}`, isMap(v) || Array.isArray(v) ? JSON.stringify(v) : pythonText(v)]),
    )
  }
  if (!isMap(item)) return { Result: pythonText(item) }
  const row: Record<string, string> = {}
  for (const key of sortKeys ? Object.keys(item).sort() : Object.keys(item)) {
    const value = item[key] ?? null
    if (skipped.has(key) || value === null || typeof value === 'object') continue
    row[key.charAt(0).toUpperCase() + key.slice(1)] = pythonText(value)
  }
  return row
}

/** A heading, a rule of dashes two wider than the heading, and left-aligned cells. */
function simpleTable(rows: readonly Record<string, string>[]): string {
  const titles = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  if (titles.length === 0) return ''
  const cell = (row: Record<string, string>, title: string) => oneLine(row[title] ?? '')
  const widths = titles.map((title) => Math.max(title.length + 2, ...rows.map((row) => cell(row, title).length)))
  const line = (cells: string[]) =>
    cells
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  const rule = widths.map((w) => '-'.repeat(w)).join('  ')
  return `${[line(titles), rule, ...rows.map((row) => line(titles.map((t) => cell(row, t))))].join('\n')}\n`
}

/** Keys blue, texts green, numbers and words yellow; the lines of a block text stay as they are. */
function colourYaml(text: string, screen: Screen): string {
  if (!screen.colour) return text
  const paint = (code: number, s: string) => `\u001b[${code}m${s}\u001b[39m`
  const value = (s: string) =>
    /^(true|false|null|-?\d+(\.\d+)?([eE][+-]?\d+)?)$/.test(s) ? paint(33, s) : paint(32, s)
  let blockIndent = -1
  return text
    .split('\n')
    .map((line) => {
      const indent = line.search(/\S/)
      if (blockIndent >= 0 && (indent < 0 || indent > blockIndent)) return line
      const found = /^(\s*(?:- )*)("(?:[^"\\]|\\.)*"|[^\s:'"][^:]*)(:)(?: (.*))?$/.exec(line)
      const [, lead = '', key = '', colon = '', rest] = found ?? []
      blockIndent = /(^|: |- )[|>][-+\d]*$/.test(line) ? Math.max(indent, 0) : -1
      if (!found) {
        const item = /^(\s*(?:- )*)(.+)$/.exec(line)
        return item && blockIndent < 0 ? `${item[1]}${value(item[2] ?? '')}` : line
      }
      const said = rest === undefined ? '' : ` ${blockIndent >= 0 || /^[{[]/.test(rest) ? rest : value(rest)}`
      return `${lead}${paint(34, key)}${colon}${said}`
    })
    .join('\n')
}

function colourJson(text: string, screen: Screen): string {
  if (!screen.colour) return text
  const paint = (code: number, s: string) => `\u001b[${code}m${s}\u001b[39m`
  return text.replace(
    /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g,
    (all, quoted, colon) => {
      if (colon !== undefined) return paint(34, String(quoted)) + String(colon)
      if (quoted !== undefined) return paint(32, String(quoted))
      return paint(33, all)
    },
  )
}
