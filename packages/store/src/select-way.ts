/**
 * How the rows of a search are reached: from the few that one clause leaves, along the index of what they are sorted by,
 * or by age. What is counted to decide it is never more than the decision saves.
 */
import { runNameTag } from './run-facts.ts'
import type { Clause, Sort } from './search.ts'
import { type Condition, comparison, kidOf, type Selection, type Way } from './select.ts'
import { holes, type SqlValue, type Statements } from './sql.ts'

/** So many rows are few: they are read and sorted faster than others are passed over. */
const few = 1000
/** From so many runs on a page is found sooner along the index of a fact than by sorting all of them. */
const many = 20_000
const mostLed = 100_000

export async function wayTo(s: Pick<Statements, 'get'>, o: Selection): Promise<Way> {
  const lead = await narrowest(s, o)
  if (lead) return { lead }
  const [sort] = o.sorts
  if (sort === undefined || !isFact(sort)) return {}
  const text = `SELECT count(*) AS n FROM (SELECT 1 FROM runs WHERE eid IN (${holes(o.eids.length)}) LIMIT ?) found`
  const n = (await s.get<{ n: number }>(text, [...o.eids, many]))?.n ?? 0
  return n < many ? {} : { along: true }
}

function isFact({ entity }: Sort): boolean {
  return entity === 'param' || entity === 'tag'
}

/**
 * The clause that leaves the fewest runs, when it leaves few: fewer than have to be passed over until a page is full. With
 * a share of n in N that is N/n for each row of the page, and more with every other clause.
 */
async function narrowest(s: Pick<Statements, 'get'>, o: Selection): Promise<Way['lead']> {
  const indexed = o.clauses.flatMap((clause, i) => {
    const from = matchesOf(clause, o.eids)
    return from ? [{ clause: i, from }] : []
  })
  if (indexed.length === 0) return undefined
  const found = await least(s, indexed, few)
  if (found || isWalked(o)) return found
  const total = (await s.get<{ n: number | null }>('SELECT max(rid) AS n FROM runs'))?.n ?? 0
  const most = Math.min(mostLed, Math.floor(Math.sqrt((o.max + 1) * total * 4 ** (o.clauses.length - 1))))
  return most > few ? least(s, indexed, most) : undefined
}

/** What is in the order of the only thing that is asked: each row that is passed is one of the page. */
function isWalked({ clauses, sorts }: Selection): boolean {
  const [clause, ...others] = clauses
  const [sort] = sorts
  return others.length === 0 && clause?.entity === 'metric' && sort?.entity === 'metric' && sort.key === clause.key
}

async function least(
  s: Pick<Statements, 'get'>,
  indexed: readonly NonNullable<Way['lead']>[],
  limit: number,
): Promise<Way['lead']> {
  let best: { lead: NonNullable<Way['lead']>; n: number } | undefined
  for (const lead of indexed) {
    const [has, values] = lead.from
    const text = `SELECT count(*) AS n FROM (SELECT 1 FROM ${has} LIMIT ?) found`
    const n = (await s.get<{ n: number }>(text, [...values, (best?.n ?? limit) + 1]))?.n ?? 0
    if (n <= limit && (best === undefined || n < best.n)) best = { lead, n }
  }
  return best?.lead
}

/** Where the runs are that an indexed clause leaves: a table and its condition. */
function matchesOf(clause: Clause, eids: readonly number[]): Condition | undefined {
  const { entity, key, op } = clause
  const [text, values] = comparison('value', clause)
  const within = (column: string): Condition => [`${column} IN (${holes(eids.length)})`, [...eids]]
  if (entity === 'metric') {
    if (op === '!=') return undefined
    const [eid, ids] = within('eid')
    return [`series WHERE ${eid} AND kid = ${kidOf} AND nan = 0 AND ${text}`, [...ids, key, ...values]]
  }
  if (entity === 'attribute' && key === 'run_id' && (op === '=' || op === 'IN')) {
    const [eid, ids] = within('eid')
    const [name, names] = comparison('run_id', clause)
    return [`runs WHERE scope IN (SELECT scope FROM experiments WHERE ${eid}) AND ${name}`, [...ids, ...names]]
  }
  if (op !== '=') return undefined
  if (entity === 'param' || entity === 'tag') return facts(`run_${entity}s`, key, { clause, text, values })
  // the name of a run is kept as a tag too, and tags have an index
  return entity === 'attribute' && key === 'run_name'
    ? facts('run_tags', runNameTag, { clause, text, values })
    : undefined
}

/** The index holds the first 200 characters of a value. */
function facts(table: string, key: string, o: { clause: Clause; text: string; values: SqlValue[] }): Condition {
  const where = `kid = ${kidOf} AND substr(value, 1, 200) = substr(?, 1, 200) AND ${o.text}`
  return [`${table} WHERE ${where}`, [key, String(o.clause.value), ...o.values]]
}
