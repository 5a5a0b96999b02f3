// Lines as text that tables read.
import type { PlotLine } from './options.ts'

/** A name that a table would compute is a text, whatever it begins with. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}

export function csvOf(axis: string, x: readonly number[], lines: readonly PlotLine[]): string {
  const head = [axis, ...lines.map(({ label }) => label)].map(csvCell).join(',')
  const rows = x.map((at, i) => [at, ...lines.map(({ values }) => values[i] ?? '')].join(','))
  return `${[head, ...rows].join('\n')}\n`
}
