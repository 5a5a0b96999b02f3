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

/** From so many runs on a page is found sooner along the order of a metric than by sorting all jobs. */
const many = 20_000
/** Whose orders are read beside each other, each for a page of its own. */
const mostExperiments = 64

interface Plan {
  columns: Column[]
  joins: { text: string[]; values: SqlValue[] }
  conditions: Condition[]
  /** The place of the row before. */
  place: SqlValue[] | undefined
}

type Found = ResourceRow & Record<string, SqlValue>

/**
 * One page. Raises BadArgument for a token of another search and for keys that cannot be looked for. From `large` runs on
 * jobs in the order of a metric are read along its index.
 */
export async function searchJobs(sql: Sql, o: JobSearch, large = many): Promise<{ rows: Row[]; next?: string }> {
  const joins = { text: [] as string[], values: [] as SqlValue[] }
  const columns: Column[] = o.sorts.flatMap((sort, i) => columnsOf(sort, i, joins, attributeOf))
  columns.push({ expression: 'j.id', ascending: false })
  const mark = markOf(o)
  const place = o.after === undefined ? undefined : readToken(o.after, { mark, length: columns.length })
  const plan: Plan = { columns, joins, conditions: [...conditionsOf(o)], place }
  const found = (await alongMetric(sql, o, { plan, large })) ?? (await inOrder(sql, plan, o.top + 1))
  const page = found.slice(0, o.top)
  const last = page.at(-1)
  const rows = await readRows(sql, page)
  if (found.length <= o.top || !last) return { rows }
  return {
    rows,
    next: writeToken(
      mark,
      columns.map((_, i) => last[`place_${i}`] ?? 0),
    ),
  }
}

/** All that match are sorted. */
function inOrder(sql: Sql, { columns, joins, conditions, place }: Plan, limit: number): Promise<Found[]> {
  const where = place === undefined ? conditions : [...conditions, beyond(columns, place)]
  return sql.all<Found>(
    `SELECT j.*, ${columns.map((c, i) => `${c.expression} AS place_${i}`).join(', ')}
     FROM resources j LEFT JOIN runs r ON r.scope = j.scope AND r.run_id = j.name
     LEFT JOIN experiments e ON e.eid = r.eid ${joins.text.join(' ')}
     WHERE ${where.map(([condition]) => condition).join(' AND ')}
     ORDER BY ${columns.map((c) => `${c.expression} ${c.ascending ? 'ASC' : 'DESC'}`).join(', ')} LIMIT ?`,
    [...joins.values, ...where.flatMap(([, values]) => values), limit],
  )
}

/**
 * The same of very many, sorted by one metric alone: each experiment keeps its numbers in order. Behind them come jobs
 * without a number, as they always did. Undefined where it is of no use.
 */
async function alongMetric(
  sql: Sql,
  { scope, sorts, top }: JobSearch,
  { plan, large }: { plan: Plan; large: number },
): Promise<Found[] | undefined> {
  const [sort, ...others] = sorts
  if (sort?.entity !== 'metric' || others.length > 0) return undefined
  const total = (await sql.get<{ n: number | null }>('SELECT max(rid) AS n FROM runs'))?.n ?? 0
  if (total < large) return undefined
  const ids = 'SELECT eid FROM experiments WHERE scope = ? ORDER BY eid LIMIT ?'
  const experiments = await sql.all<{ eid: number }>(ids, [scope, mostExperiments + 1])
  if (experiments.length > mostExperiments) return undefined
  const [rank] = plan.place ?? [0]
  const found: Found[] = []
  for (const { eid } of rank === 0 ? experiments : [])
    found.push(...(await ofExperiment(sql, plan, { eid, key: sort.key, ascending: sort.ascending, limit: top + 1 })))
  const sign = sort.ascending ? 1 : -1
  found.sort((a, b) => sign * (Number(a.place_1) - Number(b.place_1)) || b.id - a.id)
  if (found.length > top) return found.slice(0, top + 1)
  const numberless: Condition = ['(o0.value IS NULL OR o0.nan = 1)', []]
  const rest = { ...plan, conditions: [...plan.conditions, numberless], place: rank === 0 ? undefined : plan.place }
  return [...found, ...(await inOrder(sql, rest, top + 1 - found.length))]
}

function ofExperiment(
  sql: Sql,
  { conditions, place }: Plan,
  o: { eid: number; key: string; ascending: boolean; limit: number },
): Promise<Found[]> {
  const columns: Column[] = [
    { expression: 'o0.value', ascending: o.ascending },
    { expression: 'j.id', ascending: false },
  ]
  const where: Condition[] = [
    [`o0.eid = ? AND o0.kid = ${kidOf} AND o0.nan = 0 AND r.rid = o0.rid`, [o.eid, o.key]],
    ["j.scope = r.scope AND j.kind = 'job' AND j.name = r.run_id AND j.version = ''", []],
    ...conditions,
    ...(place === undefined ? [] : [beyond(columns, place.slice(1))]),
  ]
  // the words CROSS JOIN keep SQLite from turning them around
  return sql.all<Found>(
    `SELECT j.*, 0 AS place_0, o0.value AS place_1, j.id AS place_2
     FROM series o0 CROSS JOIN runs r CROSS JOIN resources j LEFT JOIN experiments e ON e.eid = r.eid
     WHERE ${where.map(([condition]) => condition).join(' AND ')}
     ORDER BY ${columns.map((c) => `${c.expression} ${c.ascending ? 'ASC' : 'DESC'}`).join(', ')} LIMIT ?`,
    [...where.flatMap(([, values]) => values), o.limit],
  )
}

/** How many a search would find, by state. */
export async function countJobs(
  sql: Sql,
  o: Omit<JobSearch, 'sorts' | 'top' | 'after'>,
): Promise<Record<string, number>> {
  if (o.parent === '' && o.archived !== 'all' && o.outside === undefined && o.clauses.length === 0)
    return countTop(sql, o)
  const conditions = [...conditionsOf(o)]
  const rows = await sql.all<StateCount>(
    `SELECT j.state, count(*) AS n FROM resources j LEFT JOIN runs r ON r.scope = j.scope AND r.run_id = j.name
     LEFT JOIN experiments e ON e.eid = r.eid WHERE ${conditions.map(([condition]) => condition).join(' AND ')}
     GROUP BY j.state`,
    conditions.flatMap(([, values]) => values),
  )
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
}

interface StateCount {
  state: string
  n: number
}

/** Of all jobs that are nobody's step: an index knows all of them by state, another those that are steps. */
async function countTop(
  sql: Sql,
  { scope, archived }: Pick<JobSearch, 'scope' | 'archived'>,
): Promise<Record<string, number>> {
  const among = `SELECT state, count(*) AS n FROM resources WHERE kind = 'job' AND scope = ? AND archived = ?`
  const values = [scope, archived === 'archived' ? 1 : 0]
  const all = await sql.all<StateCount>(`${among} GROUP BY state`, values)
  const steps = await sql.all<StateCount>(`${among} AND parent <> '' GROUP BY state`, values)
  const below = new Map(steps.map(({ state, n }) => [state, n]))
  const left = all.map(({ state, n }): [string, number] => [state, n - (below.get(state) ?? 0)])
  return Object.fromEntries(left.filter(([, n]) => n > 0))
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
  // the index holds the first 200 characters of a value
  const exact = op === '=' && typeof clause.value === 'string' ? [clause.value] : []
  const indexed = exact.map(() => ' AND substr(value, 1, 200) = substr(?, 1, 200)').join('')
  // what a run of a program elsewhere was given lies with the run
  const among = `(r.rid IN (${has}${indexed} AND ${logged}) OR (j.outside = 0 AND ${given}))`
  return [among, [key, ...exact, ...values, ...givenValues]]
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
