/**
 * Judges and sorts things held in memory by the clauses of `search.ts`: experiments, logged and registered models, whose
 * numbers are small. Runs, whose numbers are not, are searched by SQL in `select.ts` with the same meaning.
 */
import type { Clause, Entity, Sort } from './search.ts'

/** What a thing says when asked for a field; undefined when it has none. */
export type Lookup = (entity: Entity, key: string) => string | number | undefined

/** Whether every clause holds. A missing field makes every comparison false but IS NULL. */
export function matches(clauses: readonly Clause[], lookup: Lookup): boolean {
  return clauses.every((clause) => holds(clause, lookup(clause.entity, clause.key)))
}

function holds(clause: Clause, found: string | number | undefined): boolean {
  const { op, value } = clause
  if (op === 'IS NULL') return found === undefined
  if (op === 'IS NOT NULL') return found !== undefined
  if (found === undefined || value === undefined) return false
  // NaN is unlike every number
  if (Number.isNaN(found)) return op === '!='
  switch (op) {
    case '=':
      return found === value
    case '!=':
      return found !== value
    case '<':
      return found < value
    case '<=':
      return found <= value
    case '>':
      return found > value
    case '>=':
      return found >= value
    case 'LIKE':
      return like(String(found), String(value))
    case 'ILIKE':
      return like(String(found).toLowerCase(), String(value).toLowerCase())
    case 'IN':
      return Array.isArray(value) && value.includes(String(found))
    case 'NOT IN':
      return Array.isArray(value) && !value.includes(String(found))
    default:
      return op satisfies never
  }
}

/** SQL's LIKE without an escape: `%` any text, `_` one character. Greedy over two marks, so it is never exponential. */
export function like(text: string, pattern: string): boolean {
  const [chars, marks] = [[...text], [...pattern]]
  let [at, mark, star, retry] = [0, 0, -1, 0]
  while (at < chars.length) {
    if (marks[mark] === '%') {
      star = mark
      retry = at
      mark += 1
    } else if (mark < marks.length && (marks[mark] === '_' || marks[mark] === chars[at])) {
      at += 1
      mark += 1
    } else if (star >= 0) {
      retry += 1
      at = retry
      mark = star + 1
    } else {
      return false
    }
  }
  while (marks[mark] === '%') mark += 1
  return mark === marks.length
}

/** Compares two things by a list of sorts; missing fields last, NaN before them, whatever the direction. */
export function compare(sorts: readonly Sort[], a: Lookup, b: Lookup): number {
  for (const { entity, key, ascending } of sorts) {
    const order = compareFields(a(entity, key), b(entity, key), ascending)
    if (order !== 0) return order
  }
  return 0
}

function compareFields(a: string | number | undefined, b: string | number | undefined, ascending: boolean): number {
  const rank = (v: string | number | undefined) => (v === undefined ? 2 : Number.isNaN(v) ? 1 : 0)
  if (rank(a) !== rank(b) || rank(a) > 0) return rank(a) - rank(b)
  if (a === undefined || b === undefined || a === b) return 0
  return a < b === ascending ? -1 : 1
}
