/**
 * A search over runs as SQL: filter clauses become conditions on interned tables, the order becomes pairs
 * of columns (present, NaN, missing; then the value), and a page token is the last row's place in that order, so that the
 * hundredth page costs what the first one does.
 */
import { createHash } from 'node:crypto'
import { fail } from '@lazurite/spec'
import type { View } from './experiments.ts'
import type { Clause, Sort } from './search.ts'
import { holes, type SqlValue } from './sql.ts'

export interface Selection {
  /** What is wanted of each row: columns, and the joins they come from. */
  what: { columns: string; joins: string; values: readonly SqlValue[] }
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
  /** What an index holds of it: its first 200 characters, which are in the same order. */
  indexed?: boolean
}

/** The way to the rows. */
export interface Way {
  /** One clause leaves few runs: which, and where their numbers are. */
  lead?: { clause: number; from: Condition }
  /** So many runs are searched that the index of the first sort is followed, if it is a param, a tag or the name. */
  along?: boolean
}

export interface Statement {
  text: string
  values: SqlValue[]
  /** The names of the columns that tell a row's place. */
  places: string[]
  /** What a token must have been made with. */
  mark: string
}

export interface Page {
  /** One after another until there are rows enough; each wants a number of rows as its last value. */
  statements: { text: string; values: SqlValue[] }[]
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

const home =
  "CASE WHEN r.is_job = 1 OR e.location IS NULL THEN 'mlflow-artifacts:/' || e.experiment_id ELSE e.location END"
const artifactUri = `(${home} || '/' || r.run_id || '/artifacts')`
export const kidOf = '(SELECT kid FROM names WHERE name = ?)'

/** A part of the rows that is read in the order of an index. */
interface Source {
  from: string
  values: SqlValue[]
  conditions: Condition[]
  /** Columns as this source has them: as many as the order has. */
  columns: Column[]
  /** How many of the first columns say the same of each of its rows, and what. */
  fixed: number[]
}

/**
 * The page that a selection asks for. Rows come from the few that one clause leaves, or along the order of a metric or of
 * another fact, or by age; whatever else is asked is looked up row by row. Raises BadArgument for the token.
 */
export function selectRuns(o: Selection, way: Way = {}): Page {
  const joins = { text: [] as string[], values: [] as SqlValue[] }
  const columns = o.sorts.flatMap((sort, i) => columnsOf(sort, i, joins))
  const sorted = new Set(o.sorts.filter((s) => s.entity === 'attribute').map((s) => s.key))
  if (!sorted.has('start_time')) columns.push({ expression: 'r.start_time', ascending: false })
  if (!sorted.has('run_id')) columns.push({ expression: 'r.run_id', ascending: true })
  columns.push({ expression: 'r.rid', ascending: true })
  const mark = markOf(o)
  const places = columns.map((_, i) => `place_${i}`)
  const after = o.token === undefined ? undefined : readToken(o.token, { mark, length: columns.length })
  const statements = sourcesOf(o, { columns, joins, way }).flatMap((source) => {
    const rest = afterWithin(source, after)
    return rest === undefined ? [] : [statementOf(o, { source, rest, places, lead: way.lead?.clause })]
  })
  return { statements, places, mark }
}

/** The condition that rows of a source come after a place; undefined when none of them can. */
function afterWithin({ columns, fixed }: Source, place: SqlValue[] | undefined): Condition[] | undefined {
  if (place === undefined) return []
  for (const [i, value] of fixed.entries()) {
    const found = place[i] ?? 0
    if (value < Number(found)) return undefined
    if (value > Number(found)) return []
  }
  return [beyond(columns.slice(fixed.length), place.slice(fixed.length))]
}

function statementOf(
  o: Selection,
  more: { source: Source; rest: Condition[]; places: string[]; lead?: number | undefined },
) {
  const { source, rest, places, lead } = more
  const { columns, fixed } = source
  const lifecycles = o.view === 'all' ? ['active', 'deleted'] : [o.view]
  const where: Condition[] = [
    ...source.conditions,
    [`r.eid IN (${holes(o.eids.length)})`, [...o.eids]],
    [`r.lifecycle IN (${holes(lifecycles.length)})`, lifecycles],
    ...o.clauses.filter((_, i) => i !== lead).map(conditionOf),
    ...rest,
  ]
  const order = columns.slice(fixed.length)
  const text = `SELECT ${o.what.columns}, ${columns.map((c, i) => `${c.expression} AS ${places[i]}`).join(', ')}
    FROM ${source.from} JOIN experiments e ON e.eid = r.eid ${o.what.joins}
    WHERE ${where.map(([condition]) => condition).join(' AND ')}
    ORDER BY ${order.flatMap(orderOf).join(', ')} LIMIT ?`
  return { text, values: [...source.values, ...o.what.values, ...where.flatMap(([, values]) => values)] }
}

function orderOf({ expression, ascending, indexed }: Column): string[] {
  const direction = ascending ? 'ASC' : 'DESC'
  return [...(indexed ? [`${indexedPart(expression)} ${direction}`] : []), `${expression} ${direction}`]
}

const indexedPart = (expression: string) => `substr(${expression}, 1, 200)`

function sourcesOf(
  o: Selection,
  more: { columns: Column[]; joins: { text: string[]; values: SqlValue[] }; way: Way },
): Source[] {
  const { columns, joins, way } = more
  const [sort] = o.sorts
  const [eid] = o.eids
  if (way.lead) {
    const [has, values] = way.lead.from
    // the words CROSS JOIN keep SQLite from turning the two around
    const from = `(SELECT rid FROM ${has}) f CROSS JOIN runs r ${joins.text.join(' ')}`
    const condition: Condition = ['r.rid = f.rid', []]
    return [{ from, values: [...values, ...joins.values], conditions: [condition], columns, fixed: [] }]
  }
  const plain = { from: `runs r ${joins.text.join(' ')}`, values: joins.values, conditions: [], columns, fixed: [] }
  if (sort?.entity === 'metric' && o.eids.length === 1 && eid !== undefined)
    return alongMetric(sort, { eid, columns, joins })
  return (way.along && sort && alongFact(sort, { columns, joins })) || [plain]
}

/** Texts in order along their index, then runs without one. Undefined for what has no such index. */
function alongFact(
  { entity, key, ascending }: Sort,
  { columns, joins }: { columns: Column[]; joins: { text: string[]; values: SqlValue[] } },
): Source[] | undefined {
  if (entity !== 'param' && entity !== 'tag') return undefined
  const others = { text: joins.text.slice(1).join(' '), values: joins.values.slice(1) }
  const rest = columns.slice(2)
  const has = (present: number): Column => ({ expression: String(present), ascending: true })
  const table = `run_${entity}s`
  const missing = `NOT EXISTS (SELECT 1 FROM ${table} f WHERE f.rid = r.rid AND f.kid = ${kidOf})`
  return [
    {
      ...{ from: `${table} o0 CROSS JOIN runs r ${others.text}`, values: others.values },
      ...{
        conditions: [
          ['r.rid = o0.rid', []],
          [`o0.kid = ${kidOf}`, [key]],
        ],
      },
      ...{ columns: [has(0), { expression: 'o0.value', ascending, indexed: true }, ...rest], fixed: [0] },
    },
    {
      ...{ from: `runs r ${others.text}`, values: others.values, conditions: [[missing, [key]]] },
      ...{ columns: [has(1), { expression: "''", ascending: true }, ...rest], fixed: [1, 0] },
    },
  ]
}

/** Numbers in order along their index, then what is no number, then runs without the metric. */
function alongMetric(
  { key, ascending }: Sort,
  o: { eid: number; columns: Column[]; joins: { text: string[]; values: SqlValue[] } },
): Source[] {
  const others = { text: o.joins.text.slice(1).join(' '), values: o.joins.values.slice(1) }
  const rest = o.columns.slice(2)
  const rank = (n: number): Column => ({ expression: String(n), ascending: true })
  const along = (nan: number): Omit<Source, 'columns' | 'fixed'> => ({
    from: `series o0 CROSS JOIN runs r ${others.text}`,
    values: others.values,
    conditions: [
      ['r.rid = o0.rid', []],
      [`o0.eid = ? AND o0.kid = ${kidOf} AND o0.nan = ${nan}`, [o.eid, key]],
    ],
  })
  const missing = `NOT EXISTS (SELECT 1 FROM series s WHERE s.rid = r.rid AND s.kid = ${kidOf})`
  return [
    { ...along(0), columns: [rank(0), { expression: 'o0.value', ascending }, ...rest], fixed: [0] },
    { ...along(1), columns: [rank(1), rank(0), ...rest], fixed: [1, 0] },
    {
      ...{ from: `runs r ${others.text}`, values: others.values, conditions: [[missing, [key]]] },
      ...{ columns: [rank(2), rank(0), ...rest], fixed: [2, 0] },
    },
  ]
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
      const [plain, values] = comparison('s.value', clause)
      // NaN is unlike every number
      const text = clause.op === '!=' ? `(s.nan = 1 OR ${plain})` : `s.nan = 0 AND ${plain}`
      return [`EXISTS (SELECT 1 FROM series s WHERE s.rid = r.rid AND s.kid = ${kidOf} AND ${text})`, [key, ...values]]
    }
    case 'param':
      return factCondition('run_params', clause)
    case 'tag':
      return factCondition('run_tags', clause)
    case 'dataset': {
      const [text, values] = comparison(key === 'context' ? 'x.context' : `d.${key}`, clause)
      const has = `SELECT 1 FROM run_datasets x JOIN datasets d ON d.did = x.did WHERE x.rid = r.rid AND ${text}`
      return [`EXISTS (${has})`, values]
    }
    default:
      return entity satisfies never
  }
}

function factCondition(table: string, clause: Clause): Condition {
  const { key, op } = clause
  const has = `SELECT 1 FROM ${table} f WHERE f.rid = r.rid AND f.kid = ${kidOf}`
  if (op === 'IS NULL') return [`NOT EXISTS (${has})`, [key]]
  if (op === 'IS NOT NULL') return [`EXISTS (${has})`, [key]]
  const [text, values] = comparison('f.value', clause)
  return [`EXISTS (${has} AND ${text})`, [key, ...values]]
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
  const [mine, its] = lead.indexed ? [indexedPart(lead.expression), indexedPart('?')] : [lead.expression, '?']
  return [
    `${mine} ${lead.ascending ? '>=' : '<='} ${its} AND (${ways.map((w) => `(${w})`).join(' OR ')})`,
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
