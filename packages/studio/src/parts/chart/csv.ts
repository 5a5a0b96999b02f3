// Lines as text that tables read.
import type { PlotLine } from './options.ts'

/** What begins so is computed by one table or another, blanks before it or not; wide forms of the signs as well. */
const formula = /^[\s\u200b\ufeff]*[=+\-@\uff0b\uff0d\uff1d\uff20]|^[\t\r\n]/
const plainNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** A text that a table would compute is a text, whatever it begins with; numbers stay numbers. */
export function defused(text: string): string {
  return formula.test(text) && !plainNumber.test(text) ? `'${text}` : text
}

/** One cell, in quotes. */
export function csvCell(text: string): string {
  return `"${defused(text).replaceAll('"', '""')}"`
}

export function csvOf(axis: string, x: readonly number[], lines: readonly PlotLine[]): string {
  const head = [axis, ...lines.map(({ label }) => label)].map(csvCell).join(',')
  const rows = x.map((at, i) => [at, ...lines.map(({ values }) => values[i] ?? '')].join(','))
  return `${[head, ...rows].join('\n')}\n`
}
