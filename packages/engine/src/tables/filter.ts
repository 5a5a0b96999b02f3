/**
 * The filter texts of MLTables: `col("x") > 32 and col("y") == "a"`, `not is_null(col("z"))`. Read once into a test of
 * rows; nothing of the text is ever run.
 */
import { fail } from '@lazurite/spec'
import type { Cell, Row } from './table.ts'

type Value = (row: Row) => Cell
type Test = (row: Row) => boolean

interface Reader {
  text: string
  tokens: string[]
  at: number
  depth: number
}

const token =
  /\s*(?:(==|!=|<=|>=|<|>|\(|\)|\.|&|\||~)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*))/y
const deepest = 50

/** Raises BadArgument with the place where the text stops making sense. */
export function readFilter(text: string): Test {
  const tokens: string[] = []
  token.lastIndex = 0
  while (text.slice(token.lastIndex).trim() !== '') {
    const from = token.lastIndex
    const found = token.exec(text)
    if (found === null) refuse(text, text.slice(from, from + 20))
    tokens.push(found[0].trim())
  }
  const reader: Reader = { text, tokens, at: 0, depth: 0 }
  const test = readOr(reader)
  if (reader.at < tokens.length) refuse(text, tokens[reader.at] ?? '')
  return test
}

function refuse(text: string, near: string): never {
  fail('BadArgument', {
    what: `The filter ${text.slice(0, 200)} is not understood near ${near.slice(0, 40) || 'its end'}: it compares col("name") with values, joined by and, or, not.`,
  })
}

const peek = (r: Reader) => r.tokens[r.at]
function take(r: Reader, expected?: string): string {
  const found = peek(r)
  if (found === undefined || (expected !== undefined && found !== expected)) refuse(r.text, found ?? '')
  r.at += 1
  return found
}

function readOr(r: Reader): Test {
  const parts = [readAnd(r)]
  while (/^(or|\|)$/.test(peek(r) ?? '')) {
    take(r)
    parts.push(readAnd(r))
  }
  return (row) => parts.some((part) => part(row))
}

function readAnd(r: Reader): Test {
  const parts = [readNot(r)]
  while (/^(and|&)$/.test(peek(r) ?? '')) {
    take(r)
    parts.push(readNot(r))
  }
  return (row) => parts.every((part) => part(row))
}

function readNot(r: Reader): Test {
  r.depth += 1
  if (r.depth > deepest) refuse(r.text, 'so many parentheses')
  try {
    if (/^(not|~)$/.test(peek(r) ?? '')) {
      take(r)
      const inner = readNot(r)
      return (row) => !inner(row)
    }
    if (peek(r) === '(') {
      take(r)
      const inner = readOr(r)
      take(r, ')')
      return inner
    }
    return readComparison(r)
  } finally {
    r.depth -= 1
  }
}

const orders: Record<string, (order: number) => boolean> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

function readComparison(r: Reader): Test {
  if (peek(r) === 'is_null' || peek(r) === 'is_error') {
    const which = take(r)
    take(r, '(')
    const value = readValue(r)
    take(r, ')')
    return which === 'is_null' ? (row) => isNull(value(row)) : () => false
  }
  const left = readValue(r)
  if (peek(r) === '.') {
    take(r)
    take(r, 'is_null')
    take(r, '(')
    take(r, ')')
    return (row) => isNull(left(row))
  }
  const word = peek(r) ?? ''
  const holds = Object.hasOwn(orders, word) ? orders[word] : undefined
  if (holds === undefined) return (row) => left(row) === true
  take(r)
  const right = readValue(r)
  return (row) => compare(left(row), right(row), holds, word)
}

function isNull(cell: Cell | undefined): boolean {
  return cell === null || cell === undefined
}

/** What is missing is equal to nothing but what is missing, and neither less nor more. */
function compare(a: Cell, b: Cell, holds: (order: number) => boolean, word: string): boolean {
  if (isNull(a) || isNull(b)) {
    const same = isNull(a) && isNull(b)
    return word === '==' ? same : word === '!=' ? !same : false
  }
  const [left, right] = a instanceof Date || b instanceof Date ? [instantOf(a), instantOf(b)] : [a, b]
  if (typeof left !== typeof right) return word === '!='
  if (typeof left === 'object' || typeof right === 'object') {
    return holds(JSON.stringify(left) === JSON.stringify(right) ? 0 : 1)
  }
  return holds(left === right ? 0 : (left as string) < (right as string) ? -1 : 1) // both of one type, checked above
}

function instantOf(cell: Cell): Cell {
  if (cell instanceof Date) return cell.getTime()
  const at = typeof cell === 'string' ? Date.parse(cell) : Number.NaN
  return Number.isNaN(at) ? cell : at
}

function readValue(r: Reader): Value {
  const word = take(r)
  if (word === 'col') {
    take(r, '(')
    const name = unquote(take(r), r)
    take(r, ')')
    return (row) => row[name] ?? null
  }
  if (/^["']/.test(word)) {
    const text = unquote(word, r)
    return () => text
  }
  if (/^-?\d/.test(word)) {
    const value = Number(word)
    return () => value
  }
  const literals: Record<string, Cell> = { true: true, false: false, none: null, null: null }
  const key = word.toLowerCase()
  if (!Object.hasOwn(literals, key)) refuse(r.text, word)
  return () => literals[key] ?? null
}

function unquote(word: string, r: Reader): string {
  if (!/^["']/.test(word)) refuse(r.text, word)
  return word.slice(1, -1).replace(/\\(.)/g, '$1')
}
