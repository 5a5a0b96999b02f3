/** What a table is like, from one look at each row: memory grows with the columns, never with the rows. */
import type { JsonObject } from '@lazurite/spec'
import { type Cell, printCell, type Row } from './table.ts'

const mostColumns = 500
const mostDistinct = 10_000
const sampleSize = 5_000
const topCount = 10
const longestValue = 200

/** Takes rows in, gives the profile out. */
export class Profiler {
  rows = 0
  readonly #columns = new Map<string, Column>()
  #leftOut = 0

  add(row: Row): void {
    this.rows += 1
    for (const name in row) {
      let column = this.#columns.get(name)
      if (column === undefined) {
        if (this.#columns.size >= mostColumns) {
          this.#leftOut += 1
          continue
        }
        column = new Column()
        this.#columns.set(name, column)
      }
      column.add(row[name] ?? null)
    }
  }

  print(): JsonObject {
    return {
      rows: this.rows,
      columns: [...this.#columns].map(([name, column]) => ({ name, ...column.print(this.rows) })),
      ...(this.#leftOut > 0 ? { note: `only the first ${mostColumns} columns are described` } : {}),
    }
  }
}

class Column {
  #present = 0
  readonly #types = new Map<string, number>()
  readonly #counts = new Map<string, number>()
  #manyDistinct = false
  #numbers = 0
  #mean = 0
  #squares = 0
  #min: number | string | undefined
  #max: number | string | undefined
  readonly #sample: number[] = []
  #seed = 1
  #longest = 0

  add(cell: Cell): void {
    if (cell === null) return
    this.#present += 1
    const type = typeOf(cell)
    this.#types.set(type, (this.#types.get(type) ?? 0) + 1)
    const text = keyOf(cell)
    this.#count(text)
    if (typeof cell === 'string') this.#longest = Math.max(this.#longest, cell.length)
    const ordered = cell instanceof Date ? cell.toISOString() : cell
    if (typeof ordered === 'number') this.#number(ordered)
    if (typeof ordered === 'number' || typeof ordered === 'string') {
      const short = typeof ordered === 'string' ? ordered.slice(0, longestValue) : ordered
      if (this.#min === undefined || (typeof this.#min === typeof short && short < this.#min)) this.#min = short
      if (this.#max === undefined || (typeof this.#max === typeof short && short > this.#max)) this.#max = short
    }
  }

  #count(text: string): void {
    const known = this.#counts.get(text)
    if (known !== undefined) this.#counts.set(text, known + 1)
    else if (this.#counts.size < mostDistinct) this.#counts.set(text, 1)
    else this.#manyDistinct = true
  }

  /** Welford's mean and variance, and a uniform sample for the quantiles. */
  #number(value: number): void {
    this.#numbers += 1
    const delta = value - this.#mean
    this.#mean += delta / this.#numbers
    this.#squares += delta * (value - this.#mean)
    if (this.#sample.length < sampleSize) this.#sample.push(value)
    else {
      this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
      const place = Math.floor((this.#seed / 2 ** 32) * this.#numbers)
      if (place < sampleSize) this.#sample[place] = value
    }
  }

  print(rows: number): JsonObject {
    const types = [...this.#types].sort((a, b) => b[1] - a[1])
    const numeric = this.#numbers > 0 && this.#numbers === this.#present
    const top = [...this.#counts]
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, topCount)
      .map(([value, count]) => ({ value, count }))
    return {
      type: types.length === 0 ? 'empty' : mixedType(types.map(([type]) => type)),
      missing: rows - this.#present,
      distinct: this.#counts.size,
      ...(this.#manyDistinct ? { distinctIsAtLeast: true } : {}),
      ...(this.#min === undefined || !this.#comparable() ? {} : { min: this.#min, max: this.#max ?? null }),
      ...(numeric ? this.#numericFacts() : {}),
      ...(this.#longest > 0 ? { maxLength: this.#longest } : {}),
      top,
    }
  }

  #comparable(): boolean {
    return [...this.#types.keys()].every((type) => type === 'int' || type === 'float') || this.#types.size === 1
  }

  #numericFacts(): JsonObject {
    const sorted = [...this.#sample].sort((a, b) => a - b)
    const at = (share: number) => quantile(sorted, share)
    return {
      mean: this.#mean,
      std: this.#numbers > 1 ? Math.sqrt(this.#squares / (this.#numbers - 1)) : 0,
      quantiles: {
        '1%': at(0.01),
        '5%': at(0.05),
        '25%': at(0.25),
        '50%': at(0.5),
        '75%': at(0.75),
        '95%': at(0.95),
        '99%': at(0.99),
      },
      ...(this.#numbers > sampleSize ? { quantilesFromSampleOf: sampleSize } : {}),
    }
  }
}

/** Between the two nearest values, as numpy and pandas do. */
function quantile(sorted: number[], share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const [low = 0, high = low] = [sorted[below], sorted[below + 1]]
  return low + (high - low) * (place - below)
}

function typeOf(cell: Cell): string {
  if (cell instanceof Date) return 'datetime'
  if (typeof cell === 'number') return Number.isInteger(cell) ? 'int' : 'float'
  if (typeof cell === 'boolean') return 'boolean'
  return typeof cell === 'string' ? 'string' : 'object'
}

function mixedType(types: string[]): string {
  const [only, ...others] = types
  if (others.length === 0) return only ?? 'empty'
  return types.every((type) => type === 'int' || type === 'float') ? 'float' : 'mixed'
}

function keyOf(cell: Cell): string {
  const plain = printCell(cell)
  const text = typeof plain === 'string' ? plain : JSON.stringify(plain)
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text
}
