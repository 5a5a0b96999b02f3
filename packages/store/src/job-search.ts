/**
 * Jobs by what they are and by what they recorded: state, type, experiment, names, tags, parameters, metrics, in one
 * statement over the rows and their runs. A parameter is what the run logged or a literal input of the job; a tag is one
 * of the job or of its run.
 */
import { createHash } from 'node:crypto'
import { fail } from '@lazurite/spec'
import type { ResourceRow } from './migrations.ts'
import { type Row, readRows } from './row.ts'
import { type Clause, type Grammar, runGrammar, type Sort } from './search.ts'
import { beyond, type Column, type Condition, columnsOf, comparison, kidOf, readToken, writeToken } from './select.ts'
import type { Sql, SqlValue } from './sql.ts'

export interface JobSearch {
  scope: string
  /** '' : jobs that are nobody's step; a name: the steps of that job; left out: all. */
  parent?: string
  /** 'active' when left out. */
  archived?: 'active' | 'archived' | 'all'
  /** false leaves out runs of programs elsewhere. */
  outside?: false
  clauses: readonly Clause[]
  /** Newest first when empty. */
  sorts: readonly Sort[]
  top: number
  /** The `next` of the page before. */
  after?: string
}

const text = { type: 'text', lists: true } as const
const number = { type: 'number' } as const

/** The words of the runs' grammar, with the attributes of jobs. */
export const jobGrammar: Grammar = {
  entities: { ...runGrammar.entities, job: 'attribute' },
  attributes: {
    name: text,
    display_name: text,
    status: text,
    type: text,
    experiment_name: text,
    compute: text,
    created_by: text,
    created_at: text,
    start_time: number,
    end_time: number,
  },
  aliases: {
    state: 'status',
    created: 'created_at',
    experiment: 'experiment_name',
    run_id: 'name',
    user_id: 'created_by',
  },
  nulls: true,
}

const attributes: Readonly<Record<string, string>> = {
  name: 'j.name',
  display_name: "coalesce(j.props ->> 'displayName', j.name)",
  status: 'j.state',
  type: "coalesce(j.props ->> 'jobType', '')",
  experiment_name: "coalesce(e.name, j.props ->> 'experimentName', 'Default')",
  compute: "coalesce(j.props ->> 'computeId', '')",
  created_by: 'j.created_by',
  created_at: 'j.created_at',
  start_time: 'coalesce(r.start_time, 0)',
  end_time: 'r.end_time',
}

function attributeOf(key: string): string {
  const known = Object.hasOwn(attributes, key) ? attributes[key] : undefined
  return known ?? fail('BadArgument', { what: `Jobs cannot be searched by '${key}'.` })
}

/** One page. Raises BadArgument for a token of another search and for keys that cannot be looked for. */
export async function searchJobs(sql: Sql, o: JobSearch): Promise<{ rows: Row[]; next?: string }> {
  const joins = { text: [] as string[], values: [] as SqlValue[] }
  const columns: Column[] = o.sorts.flatMap((sort, i) => columnsOf(sort, i, joins, attributeOf))
  columns.push({ expression: 'j.id', ascending: false })
  const conditions = [...conditionsOf(o)]
  const mark = markOf(o)
  if (o.after !== undefined) conditions.push(beyond(columns, readToken(o.after, { mark, length: columns.length })))
  const places = columns.map((_, i) => `place_${i}`)
  const found = await sql.all<ResourceRow & Record<string, SqlValue>>(
    `SELECT j.*, ${columns.map((c, i) => `${c.expression} AS ${places[i]}`).join(', ')}
     FROM resources j LEFT JOIN runs r ON r.scope = j.scope AND r.run_id = j.name
     LEFT JOIN experiments e ON e.eid = r.eid ${joins.text.join(' ')}
     WHERE ${conditions.map(([condition]) => condition).join(' AND ')}
     ORDER BY ${columns.map((c) => `${c.expression} ${c.ascending ? 'ASC' : 'DESC'}`).join(', ')} LIMIT ?`,
    [...joins.values, ...conditions.flatMap(([, values]) => values), o.top + 1],
  )
  const page = found.slice(0, o.top)
  const last = page.at(-1)
  const rows = await readRows(sql, page)
  if (found.length <= o.top || !last) return { rows }
  return {
    rows,
    next: writeToken(
      mark,
      places.map((place) => last[place] ?? 0),
    ),
  }
}

/** How many a search would find, by state. */
export async function countJobs(
  sql: Sql,
  o: Omit<JobSearch, 'sorts' | 'top' | 'after'>,
): Promise<Record<string, number>> {
  const conditions = [...conditionsOf(o)]
  const rows = await sql.all<{ state: string; n: number }>(
    `SELECT j.state, count(*) AS n FROM resources j LEFT JOIN runs r ON r.scope = j.scope AND r.run_id = j.name
     LEFT JOIN experiments e ON e.eid = r.eid WHERE ${conditions.map(([condition]) => condition).join(' AND ')}
     GROUP BY j.state`,
    conditions.flatMap(([, values]) => values),
  )
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
}

function* conditionsOf(o: Omit<JobSearch, 'sorts' | 'top' | 'after'>): Generator<Condition> {
  yield ["j.kind = 'job' AND j.is_version = 0 AND j.scope = ?", [o.scope]]
  if (o.parent !== undefined) yield ['j.parent = ?', [o.parent]]
  if (o.archived !== 'all') yield ['j.archived = ?', [o.archived === 'archived' ? 1 : 0]]
  if (o.outside === false) yield ['j.outside = 0', []]
  for (const clause of o.clauses) yield conditionOf(clause)
}

function conditionOf(clause: Clause): Condition {
  const { entity, key } = clause
  switch (entity) {
    case 'attribute':
      return comparison(attributeOf(key), clause)
    case 'metric': {
      const [condition, values] = comparison('value', clause)
      const has = `SELECT 1 FROM series s WHERE s.rid = r.rid AND s.kid = ${kidOf} AND nan = 0 AND ${condition}`
      return [`EXISTS (${has})`, [key, ...values]]
    }
    case 'param':
      return factCondition(clause, { table: 'run_params', own: inputValue(key) })
    case 'tag':
      return factCondition(clause, { table: 'run_tags', own: ["j.props -> 'tags' ->> ?", [plainKey(key)]] })
    case 'dataset': {
      const [condition, values] = comparison(key === 'context' ? 'x.context' : `d.${key}`, clause)
      return [`r.rid IN (SELECT x.rid FROM run_datasets x JOIN datasets d ON d.did = x.did WHERE ${condition})`, values]
    }
    default:
      return entity satisfies never
  }
}

/** The value of a literal input. */
function inputValue(key: string): Condition {
  return ["j.props -> 'inputs' -> ? ->> 'value'", [plainKey(key)]]
}

/** The engine would read such keys as paths of its own. */
function plainKey(key: string): string {
  if (/^[$[]|"/.test(key)) fail('BadArgument', { what: `Jobs cannot be searched by the key ${JSON.stringify(key)}.` })
  return key
}

/** A fact of the run or of the job itself. */
function factCondition(clause: Clause, { table, own: [own, ownValues] }: { table: string; own: Condition }): Condition {
  const { key, op } = clause
  const has = `SELECT rid FROM ${table} WHERE kid = ${kidOf}`
  if (op === 'IS NULL') return [`(${own} IS NULL AND coalesce(r.rid, 0) NOT IN (${has}))`, [...ownValues, key]]
  if (op === 'IS NOT NULL') return [`(${own} IS NOT NULL OR r.rid IN (${has}))`, [...ownValues, key]]
  const [logged, values] = looseComparison('value', [], clause)
  const [given, givenValues] = looseComparison(own, ownValues, clause)
  return [`(r.rid IN (${has} AND ${logged}) OR ${given})`, [key, ...values, ...givenValues]]
}

/** Kept as text, compared as a number where the clause has one: `lr < 0.1`, and 0.10 is 0.1. */
function looseComparison(expression: string, before: SqlValue[], clause: Clause): Condition {
  if (typeof clause.value !== 'number') {
    const [condition, values] = comparison(expression, clause)
    return [condition, [...before, ...values]]
  }
  // a text that is no number is neither less nor more than one
  const numeric = `ltrim(${expression}, '0123456789+-.eE') = '' AND ltrim(${expression}, '+-.eE') <> ''`
  const condition = `(${numeric} AND CAST(${expression} AS REAL) ${clause.op} ?)`
  return [condition, [...before, ...before, ...before, clause.value]]
}

function markOf({ scope, parent, archived, outside, clauses, sorts }: JobSearch): string {
  const what = JSON.stringify([scope, parent ?? null, archived ?? 'active', outside ?? true, clauses, sorts])
  return createHash('sha256').update(what).digest('base64url').slice(0, 10)
}
