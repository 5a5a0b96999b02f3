// A comparison as a table of text: for spreadsheets, and for whoever reads Markdown.
import { csvCell } from '../parts/chart/csv.ts'
import { type Compared, type Field, metricNames } from './compare.ts'

export interface TextTable {
  head: string[]
  rows: string[][]
}

/** A row a field and a row a metric, a column a job. */
export function tableOf(jobs: readonly Compared[], fields: readonly Field[]): TextTable {
  const ofFields = fields.map(({ section, name, values }) => [section, name, ...values.map((value) => value ?? '')])
  const ofMetrics = metricNames(jobs).map((name) => [
    'Metrics',
    name,
    ...jobs.map(({ metrics }) => (metrics[name] === undefined ? '' : String(metrics[name]))),
  ])
  const label = ({ label, name }: Compared) => (label === name ? name : `${label} (${name})`)
  return { head: ['Section', 'Name', ...jobs.map(label)], rows: [...ofFields, ...ofMetrics] }
}

const isNumber = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i

/** Texts that a table would compute stay texts; numbers stay numbers. */
export function toCsv({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]) => cells.map((cell) => (isNumber.test(cell) ? cell : csvCell(cell))).join(',')
  return `${[head, ...rows].map(line).join('\n')}\n`
}

/** What would be markup is text. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\|`*_[\]]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
}

export function toMarkdown({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |`
  return `${[line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n')}\n`
}
