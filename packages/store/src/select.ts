/**
 * A search over runs as one SQL statement: filter clauses become conditions on interned tables, the order becomes pairs
 * of columns (present, NaN, missing; then the value), and a page token is the last row's place in that order, so that the
 * hundredth page costs what the first one does.
 */
import { createHash } from 'node:crypto'
import { fail } from '@lazurite/spec'
import type { View } from './experiments.ts'
import type { Clause, Sort } from './search.ts'
import { holes, type SqlValue } from './sql.ts'

export interface Selection {
  eids: readonly number[]
  clauses: readonly Clause[]
  sorts: readonly Sort[]
  view: View
  max: number
  token?: string
}

export interface Column {
  expression: string
  ascending: boolean
}

export interface Statement {
  text: string
  values: SqlValue[]
  /** The names of the columns that tell a row's place. */
  places: string[]
  /** What a token must have been made with. */
  mark: string
}

/**
 * Where a run's files are, as clients are told; also what `attributes.artifact_uri` compares. `location` is that of an
 * experiment whose files are in a store of the clients' own.
 */
export function artifactUriOf(experimentId: string, runId: string, location?: string | null): string {
  return `${location ?? `mlflow-artifacts:/${experimentId}`}/${runId}/artifacts`
}

const artifactUri = "(coalesce(e.location, 'mlflow-artifacts:/' || e.experiment_id) || '/' || r.run_id || '/artifacts')"
export const kidOf = '(SELECT kid FROM names WHERE name = ?)'

/** Columns `r.*`, `experiment_id` and the place of each row; one row more than `max`. Raises BadArgument for the token. */
export function selectRuns(o: Selection): Statement {
  const joins = { text: [] as string[], values: [] as SqlValue[] }
  const columns = o.sorts.flatMap((sort, i) => columnsOf(sort, i, joins))
  const sorted = new Set(o.sorts.filter((s) => s.entity === 'attribute').map((s) => s.key))
  if (!sorted.has('start_time')) columns.push({ expression: 'r.start_time', ascending: false })
  if (!sorted.has('run_id')) columns.push({ expression: 'r.run_id', ascending: true })
  columns.push({ expression: 'r.rid', ascending: true })
  const where = { text: [`r.eid IN (${holes(o.eids.length)})`], values: [...o.eids] as SqlValue[] }
  const lifecycles = o.view === 'all' ? ['active', 'deleted'] : [o.view]
  where.text.push(`r.lifecycle IN (${holes(lifecycles.length)})`)
  where.values.push(...lifecycles)
  for (const clause of o.clauses) {
    const [text, values] = conditionOf(clause)
    where.text.push(text)
    where.values.push(...values)
  }
  const mark = markOf(o)
  if (o.token !== undefined) {
    const [text, values] = beyond(columns, readToken(o.token, { mark, length: columns.length }))
    where.text.push(text)
    where.values.push(...values)
  }
  const places = columns.map((_, i) => `place_${i}`)
  const text = `SELECT r.*, e.experiment_id, e.location, ${columns.map((c, i) => `${c.expression} AS ${places[i]}`).join(', ')}
    FROM runs r JOIN experiments e ON e.eid = r.eid ${joins.text.join(' ')}
    WHERE ${where.text.join(' AND ')}
    ORDER BY ${columns.map((c) => `${c.expression} ${c.ascending ? 'ASC' : 'DESC'}`).join(', ')} LIMIT ?`
  return { text, values: [...joins.values, ...where.values, o.max + 1], places, mark }
}

export function columnsOf(
  sort: Sort,
  i: number,
  joins: { text: string[]; values: SqlValue[] },
  attribute = attributeOf,
): Column[] {
  const { entity, key, ascending } = sort
  if (entity === 'attribute') {
    const value = attribute(key)
    if (key !== 'end_time') return [{ expression: value, ascending }]
    return [
      { expression: `(${value} IS NULL)`, ascending: true },
      { expression: `coalesce(${value}, 0)`, ascending },
    ]
  }
  const table = entity === 'metric' ? 'series' : entity === 'param' ? 'run_params' : 'run_tags'
  joins.text.push(`LEFT JOIN ${table} o${i} ON o${i}.rid = r.rid AND o${i}.kid = ${kidOf}`)
  joins.values.push(key)
  if (entity === 'metric') {
    const rank = `(CASE WHEN o${i}.value IS NULL THEN 2 ELSE o${i}.nan END)`
    return [
      { expression: rank, ascending: true },
      { expression: `coalesce(o${i}.value, 0)`, ascending },
    ]
  }
  return [
    { expression: `(o${i}.value IS NULL)`, ascending: true },
    { expression: `coalesce(o${i}.value, '')`, ascending },
  ]
}

function attributeOf(key: string): string {
  const known: Record<string, string> = {
    run_id: 'r.run_id',
    run_name: 'r.name',
    status: 'r.status',
    user_id: 'r.user_id',
    start_time: 'r.start_time',
    end_time: 'r.end_time',
    artifact_uri: artifactUri,
  }
  return known[key] ?? fail('BadArgument', { what: `Invalid attribute key '${key}' specified.` })
}

export type Condition = [string, SqlValue[]]

function conditionOf(clause: Clause): Condition {
  const { entity, key } = clause
  switch (entity) {
    case 'attribute':
      return comparison(attributeOf(key), clause)
    case 'metric': {
      const [text, values] = comparison('value', clause)
      return [`r.rid IN (SELECT rid FROM series WHERE kid = ${kidOf} AND nan = 0 AND ${text})`, [key, ...values]]
    }
    case 'param':
      return factCondition('run_params', clause)
    case 'tag':
      return factCondition('run_tags', clause)
    case 'dataset': {
      const [text, values] = comparison(key === 'context' ? 'x.context' : `d.${key}`, clause)
      return [`r.rid IN (SELECT x.rid FROM run_datasets x JOIN datasets d ON d.did = x.did WHERE ${text})`, values]
    }
    default:
      return entity satisfies never
  }
}

export function factCondition(table: string, clause: Clause): Condition {
  const { key, op, value } = clause
  const has = `SELECT rid FROM ${table} WHERE kid = ${kidOf}`
  if (op === 'IS NULL') return [`r.rid NOT IN (${has})`, [key]]
  if (op === 'IS NOT NULL') return [`r.rid IN (${has})`, [key]]
  const [text, values] = comparison('value', clause)
  // the index holds the first 200 characters of a value
  if (op === '=')
    return [
      `r.rid IN (${has} AND substr(value, 1, 200) = substr(?, 1, 200) AND ${text})`,
      [key, String(value), ...values],
    ]
  return [`r.rid IN (${has} AND ${text})`, [key, ...values]]
}

/** Engines differ in what escapes by default; a sign that nobody writes escapes nothing. */
const noEscape = "ESCAPE '\u0001'"

export function comparison(column: string, { op, value }: Clause): Condition {
  if (op === 'IS NULL' || op === 'IS NOT NULL') return [`${column} ${op}`, []]
  if (op === 'IN' || op === 'NOT IN') {
    const list = Array.isArray(value) ? value.map(String) : []
    return [`${column} ${op} (${holes(list.length)})`, list]
  }
  const one = typeof value === 'number' ? value : String(value)
  if (op === 'ILIKE') return [`lower(${column}) LIKE lower(?) ${noEscape}`, [one]]
  return op === 'LIKE' ? [`${column} LIKE ? ${noEscape}`, [one]] : [`${column} ${op} ?`, [one]]
}

/** Rows after a place: equal in the first columns, beyond it in the next. */
export function beyond(columns: readonly Column[], place: readonly SqlValue[]): Condition {
  const ways: string[] = []
  const values: SqlValue[] = []
  columns.forEach((column, i) => {
    const same = columns.slice(0, i).map((c) => `${c.expression} = ?`)
    ways.push([...same, `${column.expression} ${column.ascending ? '>' : '<'} ?`].join(' AND '))
    values.push(...place.slice(0, i + 1))
  })
  const lead = columns[0]
  if (!lead) return ['1 = 1', []]
  // the first condition follows from the others; it lets an index skip what lies before
  return [
    `${lead.expression} ${lead.ascending ? '>=' : '<='} ? AND (${ways.map((w) => `(${w})`).join(' OR ')})`,
    [place[0] ?? 0, ...values],
  ]
}

function markOf(o: Selection): string {
  const what = JSON.stringify([[...o.eids].sort((a, b) => a - b), o.clauses, o.sorts, o.view])
  return createHash('sha256').update(what).digest('base64url').slice(0, 10)
}

/** The token that continues after a row at this place. */
export function writeToken(mark: string, place: readonly SqlValue[]): string {
  const plain = place.map((v) => (typeof v === 'number' && !Number.isFinite(v) ? { number: String(v) } : v))
  return Buffer.from(JSON.stringify([mark, ...plain])).toString('base64url')
}

export function readToken(token: string, expected: { mark: string; length: number }): SqlValue[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    if (Array.isArray(parts) && parts[0] === expected.mark && parts.length === expected.length + 1) {
      return parts.slice(1).map(placeOf)
    }
  } catch {
    // told below
  }
  fail('BadArgument', { what: 'Invalid page token: it was not given out for this search.' })
}

function placeOf(part: unknown): SqlValue {
  if (typeof part === 'number' || typeof part === 'string') return part
  if (typeof part === 'object' && part !== null && 'number' in part) return Number(part.number)
  throw new TypeError('not a place')
}
