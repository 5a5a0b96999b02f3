/**
 * A search over traces as one SQL statement. What SQL cannot say in every engine (regular expressions, attributes inside
 * the texts of spans) is left to `trace-judge.ts`, after the statement has left out what it can.
 */
import { createHash } from 'node:crypto'
import { fail } from '@lazurite/spec'
import type { Clause } from './search.ts'
import { beyond, type Column, type Condition, comparison, kidOf, readToken, type Statement } from './select.ts'
import { holes, type SqlValue } from './sql.ts'
import type { TraceClause, TraceSort } from './trace-filter.ts'
import { sourceRunKey, traceNameTag } from './trace-rows.ts'

export interface TraceSelection {
  eids: readonly number[]
  clauses: readonly TraceClause[]
  sorts: readonly TraceSort[]
  max: number
  token?: string
}

/** What a row is taken from, before any condition. */
const source = 'FROM traces t JOIN experiments e ON e.eid = t.eid'

/** Columns `t.*`, `experiment_id` and the place of each row. Raises BadArgument for the token. */
export function selectTraceRows(o: TraceSelection): Statement {
  const joins = { text: [] as string[], values: [] as SqlValue[] }
  const columns = o.sorts.flatMap((sort, i) => columnsOf(sort, i, joins))
  const sorted = new Set(o.sorts.filter((s) => s.entity === 'attribute').map((s) => s.key))
  if (!sorted.has('timestamp_ms')) columns.push({ expression: 't.request_time', ascending: false })
  if (!sorted.has('request_id')) columns.push({ expression: 't.trace_id', ascending: true })
  columns.push({ expression: 't.tid', ascending: true })
  const [where, values] = conditionOf(o.eids, o.clauses)
  const mark = markOf(o)
  const after: Condition =
    o.token === undefined ? ['1 = 1', []] : beyond(columns, readToken(o.token, { mark, length: columns.length }))
  const places = columns.map((_, i) => `place_${i}`)
  const text = `SELECT t.*, e.experiment_id, ${columns.map((c, i) => `${c.expression} AS ${places[i]}`).join(', ')}
    ${source} ${joins.text.join(' ')} WHERE ${where} AND ${after[0]}
    ORDER BY ${columns.map((c) => `${c.expression} ${c.ascending ? 'ASC' : 'DESC'}`).join(', ')} LIMIT ?`
  return { text, values: [...joins.values, ...values, ...after[1], o.max], places, mark }
}

function markOf({ eids, clauses, sorts }: TraceSelection): string {
  const what = JSON.stringify([[...eids].sort((a, b) => a - b), clauses, sorts])
  return createHash('sha256').update(what).digest('base64url').slice(0, 10)
}

function columnsOf(sort: TraceSort, i: number, joins: { text: string[]; values: SqlValue[] }): Column[] {
  const { entity, key, ascending } = sort
  if (entity === 'attribute' || (entity === 'tag' && key === traceNameTag)) {
    const value = entity === 'tag' ? 't.name' : attributeOf(key)
    if (!nullable.has(value)) return [{ expression: value, ascending }]
    const none = value === 't.duration' ? '0' : "''"
    return [
      { expression: `(CASE WHEN ${value} IS NULL THEN 1 ELSE 0 END)`, ascending: true },
      { expression: `coalesce(${value}, ${none})`, ascending },
    ]
  }
  joins.text.push(`LEFT JOIN trace_words o${i} ON o${i}.tid = t.tid AND o${i}.kind = ? AND o${i}.kid = ${kidOf}`)
  joins.values.push(entity, key)
  return [
    { expression: `(CASE WHEN o${i}.value IS NULL THEN 1 ELSE 0 END)`, ascending: true },
    { expression: `coalesce(o${i}.value, '')`, ascending },
  ]
}

const nullable = new Set(['t.duration', 't.client_request_id', 't.name'])

function attributeOf(key: string): string {
  const known: Record<string, string> = {
    request_id: 't.trace_id',
    status: 't.state',
    client_request_id: 't.client_request_id',
    timestamp_ms: 't.request_time',
    execution_time_ms: 't.duration',
    end_time_ms: '(t.request_time + coalesce(t.duration, 0))',
    experiment_id: 'e.experiment_id',
  }
  return known[key] ?? fail('BadArgument', { what: `Invalid attribute key '${key}' specified.` })
}

/** Everything about which rows of `traces t` count that SQL can say. */
export function conditionOf(eids: readonly number[], clauses: readonly TraceClause[]): Condition {
  // what hangs on a run or a prompt is few: it is looked up, instead of looking through whole experiments
  const few = clauses.some(({ entity }) => entity === 'run' || entity === 'prompt')
  const conditions: Condition[] = [[`t.eid${few ? ' + 0' : ''} IN (${holes(eids.length)})`, [...eids]]]
  const spans = clauses.filter((clause) => clause.entity === 'span')
  if (spans.length > 0) conditions.push(spanCondition(spans))
  for (const clause of clauses) {
    const condition = clause.entity === 'span' || clause.op === 'RLIKE' ? undefined : oneCondition(clause, eids)
    if (condition) conditions.push(condition)
  }
  return [conditions.map(([text]) => `(${text})`).join(' AND '), conditions.flatMap(([, values]) => values)]
}

function oneCondition(clause: TraceClause, eids: readonly number[]): Condition | undefined {
  const { entity, key, value } = clause
  switch (entity) {
    case 'attribute':
      return comparison(attributeOf(key), plain(clause))
    case 'tag':
    case 'metadata':
      return wordCondition(entity, clause)
    case 'run': {
      const [told, values] = tidsWith('metadata', { ...clause, key: sourceRunKey })
      return [`t.tid IN (${told} UNION ALL ${linkedTids})`, [...values, 'run', String(value)]]
    }
    case 'prompt':
      return [linked, ['prompt', String(value)]]
    case 'issue':
      return ["t.tid IN (SELECT tid FROM assessments WHERE kind = 'issue' AND name = ?)", [String(value)]]
    case 'feedback':
    case 'expectation':
      return assessmentCondition(clause, eids)
    case 'span':
      return undefined
    default:
      return entity satisfies never
  }
}

const linkedTids = 'SELECT tid FROM trace_links WHERE kind = ? AND target = ?'
const linked = `t.tid IN (${linkedTids})`

/** Without the one operator that SQL has not. */
function plain(clause: TraceClause): Clause {
  const { op } = clause
  return { ...clause, entity: 'attribute', op: op === 'RLIKE' ? 'LIKE' : op }
}

function wordCondition(kind: 'tag' | 'metadata', clause: TraceClause): Condition {
  if (clause.op === 'IS NULL') return [`t.tid NOT IN (${wordTids})`, [kind, clause.key]]
  if (clause.op === 'IS NOT NULL') return [`t.tid IN (${wordTids})`, [kind, clause.key]]
  const [text, values] = tidsWith(kind, clause)
  return [`t.tid IN (${text})`, values]
}

const wordTids = `SELECT tid FROM trace_words WHERE kind = ? AND kid = ${kidOf}`

/** The traces with such a word, as a query. */
function tidsWith(kind: 'tag' | 'metadata', clause: TraceClause): Condition {
  const named: SqlValue[] = [kind, clause.key]
  const [text, values] = comparison('value', plain(clause))
  if (clause.op !== '=') return [`${wordTids} AND ${text}`, [...named, ...values]]
  // the index holds the first 200 characters of a value
  const start = 'substr(value, 1, 200) = substr(?, 1, 200)'
  return [`${wordTids} AND ${start} AND ${text}`, [...named, String(clause.value), ...values]]
}

/** All comparisons of spans hold of one and the same. */
function spanCondition(clauses: readonly TraceClause[]): Condition {
  const conditions = clauses.flatMap((clause): Condition[] => {
    const inside = /^attributes\.(.*)$/s.exec(clause.key)?.[1]
    if (inside !== undefined) return /^[\w.\-:/ ]+$/.test(inside) ? [['x.content LIKE ?', [`%"key":"${inside}"%`]]] : []
    return clause.op === 'RLIKE' ? [] : [comparison(`x.${clause.key}`, plain(clause))]
  })
  const text = ['x.tid = t.tid', ...conditions.map(([condition]) => condition)].join(' AND ')
  return [`EXISTS (SELECT 1 FROM trace_spans x WHERE ${text})`, conditions.flatMap(([, values]) => values)]
}

/** An assessment of a whole session counts for all its traces. */
function assessmentCondition(clause: TraceClause, eids: readonly number[]): Condition {
  const { entity, key, op } = clause
  const [compares, compared] = valueCondition(clause)
  const holds = `a.kind = ? AND a.name = ? AND a.valid = 1 AND ${compares}`
  const values: SqlValue[] = [entity, key, ...compared]
  const direct = `t.tid IN (SELECT a.tid FROM assessments a WHERE ${holds})`
  const among = `SELECT s.session FROM assessments a JOIN traces s ON s.tid = a.tid
    WHERE a.of_session = 1 AND s.session IS NOT NULL AND s.eid IN (${holes(eids.length)}) AND ${holds}`
  const ofSession = `(t.session IS NOT NULL AND t.session IN (${among}))`
  const either: Condition = [`${direct} OR ${ofSession}`, [...values, ...eids, ...values]]
  return op === 'IS NULL' ? [`NOT (${either[0]})`, either[1]] : either
}

function valueCondition(clause: TraceClause): Condition {
  const { op, value } = clause
  if (op === 'IS NULL' || op === 'IS NOT NULL') return ['1 = 1', []]
  if (typeof value === 'number') return [`a.numeric_value = 1 AND a.number ${op} ?`, [value]]
  const said = String(value)
  if (op === '=') return ['(a.value = ? OR a.value = ?)', [said, JSON.stringify(said)]]
  if (op === '!=') return ['a.value <> ? AND a.value <> ?', [said, JSON.stringify(said)]]
  return comparison('a.value', plain(clause))
}
