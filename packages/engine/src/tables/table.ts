/** Tables as rows on their way: nothing is held but the row in hand, and every byte is counted against a budget. */
import type { Readable } from 'node:stream'
import type { Json, JsonObject } from '@lazurite/spec'

export type Cell = Json | Date

/** A null prototype: column names are a stranger's. */
export type Row = Record<string, Cell>

export interface TableFile {
  /** As it is told, and as patterns see it. */
  path: string
  sizeBytes: number
  open(range?: { start: number; end: number }): Promise<Readable>
}

/** How many bytes may be read, and whether there was more. */
export class Budget {
  readonly maxBytes: number
  readBytes = 0
  /** Something was left out because the budget was spent. */
  exceeded = false

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get left(): number {
    return Math.max(0, this.maxBytes - this.readBytes)
  }
}

export function newRow(): Row {
  return Object.create(null)
}

/** The bytes of a file from its start, as far as the budget goes. */
export async function* readBytes(file: TableFile, budget: Budget): AsyncGenerator<Buffer> {
  if (file.sizeBytes === 0) return
  const whole = file.sizeBytes <= budget.left
  if (!whole) budget.exceeded = true
  if (budget.left === 0) return
  const body = await file.open(whole ? undefined : { start: 0, end: Math.min(file.sizeBytes, budget.left) - 1 })
  for await (const chunk of body) {
    budget.readBytes += chunk.length
    yield chunk
  }
}

/**
 * The text of a file, without the last line when the budget cut it off. A line that is longer than any line should be
 * comes as its beginning, and is the last.
 */
export async function* readLines(file: TableFile, budget: Budget, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  let rest = ''
  for await (const chunk of readBytes(file, budget)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
    if (rest.length > longestLine) {
      budget.exceeded = true
      yield rest
      return
    }
  }
  rest += decoder.decode()
  if (rest !== '' && !budget.exceeded) yield rest
}

/** Characters; what is longer is no line of a table. */
export const longestLine = 4 << 20

export function printCell(cell: Cell): Json {
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? null : cell.toISOString()
  return cell
}

export function printRow(row: Row): JsonObject {
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, printCell(cell)]))
}
