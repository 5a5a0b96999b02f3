/** JSON lines: one object a line. */
import { fail, isObject, type JsonObject } from '@lazurite/spec'
import { type Budget, longestLine, newRow, type Row, readLines, type TableFile } from './table.ts'

export interface JsonLinesOptions {
  encoding: string
  invalidLines: 'error' | 'drop'
  pathColumn: boolean
}

export const usualJsonLines: JsonLinesOptions = { encoding: 'utf-8', invalidLines: 'error', pathColumn: false }

/** Raises BadArgument with file and line for a line that is no object, unless such lines are dropped. */
export async function* readJsonLines(
  files: AsyncIterable<TableFile>,
  o: JsonLinesOptions,
  budget: Budget,
): AsyncGenerator<Row> {
  for await (const file of files) {
    if (budget.left === 0) {
      budget.exceeded = true
      return
    }
    let number = 0
    for await (const line of readLines(file, budget, o.encoding)) {
      number += 1
      if (line.length > longestLine) fail('TooLarge', { what: `${file.path}:${number}`, limit: `${longestLine} bytes` })
      if (line.trim() === '') continue
      const value = parse(line)
      if (value === undefined) {
        if (o.invalidLines === 'error') fail('BadArgument', { what: `${file.path}:${number} is not a JSON object.` })
        continue
      }
      const row = newRow()
      if (o.pathColumn) row.Path = file.path
      yield Object.assign(row, value)
    }
  }
}

function parse(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line)
    // JSON.parse yields JSON
    return isObject(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}
