import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { compare, type Lookup, matches } from './match.ts'
import { migrate } from './migrations.ts'
import { joinAsBytes } from './packed.ts'
import { openRuns, type Run, type Runs } from './runs.ts'
import { bookOf, dropDatabase, openTestSql } from './scratch.ts'
import { parseFilter, parseOrder, runGrammar } from './search.ts'
import { selectRuns, type Way, writeToken } from './select.ts'
import { openSeries, type Series } from './series.ts'
import type { Sql, SqlValue } from './sql.ts'

const scope = 'sub/rg/ws'
const clock = { now: () => 1_700_000_000_000 }

let home: string
let sql: Sql
let runs: Runs
let series: Series
let other: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'laz-run-search-'))
  const path = join(home, 'laz.db')
  sql = await openTestSql(path)
  await migrate(sql, path, 0)
  runs = openRuns(sql, bookOf(sql, clock))
  series = openSeries(sql, clock)
  other = (await runs.createExperiment(scope, { name: 'other' })).id
  for (let i = 0; i < 60; i += 1) await fill(i)
})

afterAll(async () => {
  await series.close()
  await sql.close()
  await dropDatabase(join(home, 'laz.db'))
  await rm(home, { recursive: true })
})

/** Numbers, NaN and nothing; equal values; a few runs of another experiment. */
async function fill(i: number): Promise<void> {
  const runId = `run${String(i).padStart(2, '0')}`
  await runs.create(scope, {
    runId,
    experimentId: i % 10 === 9 ? other : '0',
    name: `name ${i % 7}`,
    startTime: 1000 + (i % 4),
    params: { lr: String(i % 5), ...(i % 2 ? { depth: 'x'.repeat(300) + (i % 3) } : {}) },
    tags: { team: i % 3 ? 'Red' : 'blue' },
  })
  const at = { step: 0, timestamp: 1 }
  if (i % 6 !== 5) {
    await series.append(scope, runId, [
      { key: 'loss', value: i % 8 === 7 ? Number.NaN : (i % 4) - 1.5, ...at },
      { key: 'acc', value: i % 9, ...at },
    ])
  }
  if (i % 11 === 10) await runs.update(scope, runId, { lifecycle: 'deleted' })
  else if (i % 2) await runs.update(scope, runId, { status: 'FINISHED', endTime: 5000 + i })
}

function lookupOf(run: Run): Lookup {
  const attributes: Record<string, string | number | undefined> = {
    run_id: run.runId,
    run_name: run.name,
    status: run.status,
    start_time: run.startTime,
    end_time: run.endTime,
  }
  return (entity, key) => {
    if (entity === 'attribute') return attributes[key]
    if (entity === 'metric') return run.metrics.find((metric) => metric.key === key)?.value
    return (entity === 'param' ? run.params : run.tags)[key]
  }
}

const filters = [
  '',
  'metrics.loss > -1',
  'metrics.loss <= 0.5 and metrics.acc != 3',
  "params.lr = '3'",
  `params.depth = '${'x'.repeat(300)}1'`,
  "params.depth LIKE 'x%2' and tags.team ILIKE 'RED'",
  "tags.team = 'blue' and metrics.acc >= 2 and attributes.status = 'FINISHED'",
  'params.depth IS NULL',
  'params.depth IS NOT NULL and attributes.end_time > 5010',
  "attributes.run_id IN ('run03', 'run07', 'run21')",
  "attributes.run_id = 'run08' and metrics.acc > 1",
  "attributes.run_name = 'name 3'",
]
const orders = [
  [],
  ['metrics.loss ASC'],
  ['metrics.loss DESC', 'params.lr ASC'],
  ['metrics.acc DESC', 'metrics.loss ASC'],
  ['params.depth DESC', 'attributes.start_time ASC'],
  ['attributes.end_time ASC', 'run_id DESC'],
]

describe('a search over runs', () => {
  it('finds what the same words find in memory, in the same order, page by page', async () => {
    const experiments = [['0'], ['0', other]]
    const all = (await runs.search(scope, { experimentIds: ['0', other], view: 'all' })).runs
    expect(all.length).toBe(60)
    for (const experimentIds of experiments) {
      for (const filter of filters) {
        for (const order of orders) {
          const clauses = parseFilter(filter, runGrammar)
          const ties = parseOrder(['start_time DESC', 'run_id ASC'], runGrammar)
          const sorts = [...parseOrder(order, runGrammar), ...ties]
          const isIn = (run: Run) => experimentIds.includes(run.experimentId) && run.lifecycle === 'active'
          // what is no number is not compared
          const judged = (run: Run): Lookup => {
            const look = lookupOf(run)
            return (entity, key) => {
              const found = look(entity, key)
              return Number.isNaN(found) ? undefined : found
            }
          }
          const wanted = all
            .filter((run) => isIn(run) && matches(clauses, judged(run)))
            .sort((a, b) => compare(sorts, lookupOf(a), lookupOf(b)))
            .map((run) => run.runId)
          const found: string[] = []
          let token: string | undefined
          do {
            const asked = { experimentIds, filter, order, max: 7, ...(token ? { token } : {}) }
            const page = await runs.search(scope, asked)
            expect(page.runs.length).toBeLessThanOrEqual(7)
            found.push(...page.runs.map((run) => run.runId))
            token = page.next
          } while (token !== undefined)
          expect(found, `${filter} | ${order.join()} | ${experimentIds.length}`).toEqual(wanted)
        }
      }
    }
  })
})

/** All runs of a search, page by page, reached in a way. */
async function reached(o: { filter: string; order: string[]; way: Way; max: number }): Promise<string[]> {
  const [clauses, sorts] = [parseFilter(o.filter, runGrammar), parseOrder(o.order, runGrammar)]
  const eids = (await sql.all<{ eid: number }>('SELECT eid FROM experiments ORDER BY eid')).map(({ eid }) => eid)
  const what = { columns: 'r.run_id', joins: '', values: [] }
  const found: string[] = []
  for (let token: string | undefined; ; ) {
    const asked = { what, eids, clauses, sorts, view: 'active', max: o.max, ...(token ? { token } : {}) } as const
    const { statements, places, mark } = selectRuns(asked, o.way)
    const page: Record<string, SqlValue>[] = []
    for (const { text, values } of statements)
      if (page.length < o.max) page.push(...(await sql.all<Record<string, SqlValue>>(text, [...values, o.max - page.length]))) // biome-ignore format: one line
    found.push(...page.map((row) => String(row.run_id)))
    const last = page.at(-1)
    if (!last || page.length < o.max) return found
    token = writeToken(
      mark,
      places.map((place) => last[place] ?? 0),
    )
  }
}

it('is the same along the index of a fact', async () => {
  for (const filter of filters)
    for (const order of [
      ['params.lr ASC'],
      ['params.depth DESC', 'metrics.acc ASC'],
      ['tags.team ASC', 'params.lr DESC'],
    ])
      expect(await reached({ filter, order, way: { along: true }, max: 4 }), `${filter} | ${order}`).toEqual(
        await reached({ filter, order, way: {}, max: 100 }),
      )
})

describe('printed runs', () => {
  const form = { name: 'test 1', print: (run: Run) => JSON.stringify(run) }
  const kept = async () => (await sql.get<{ n: number }>("SELECT count(*) AS n FROM run_docs WHERE form = 'test 1'"))?.n
  const runId = 'printed'
  const experimentIds = ['0']

  beforeEach(async () => {
    await runs.create(scope, { runId, experimentId: '0', startTime: clock.now(), tags: { gone: '1' } })
    await runs.update(scope, runId, { status: 'FINISHED' })
  })

  const printed = async () => {
    const asked = { experimentIds, filter: `attributes.run_id = '${runId}'`, view: 'all' } as const
    const { docs } = await runs.searchPrinted(scope, { ...asked, form })
    const text = joinAsBytes(docs).toString()
    expect(text).toBe((await runs.search(scope, asked)).runs.map(form.print).join(''))
    const one = await runs.getPrinted(scope, runId, form)
    expect(one && joinAsBytes([one]).toString()).toBe(text)
    return text
  }

  it('say what is so after every write', async () => {
    const acts: (() => Promise<unknown>)[] = [
      () => runs.setTags(scope, runId, { a: 'b' }),
      () => runs.deleteTag(scope, runId, 'gone'),
      () => runs.logParams(scope, runId, { p: 'q' }),
      () => series.append(scope, runId, [{ key: 'm', value: 1, step: 1, timestamp: 1 }]),
      () => runs.setInputs(scope, runId, { models: ['m-1'] }),
      () => runs.setOutputs(scope, runId, [{ modelId: 'm-2', step: 3 }]),
      () => runs.update(scope, runId, { endTime: 77 }),
      () => runs.setExperimentLifecycle(scope, '0', 'deleted'),
      () => runs.setExperimentLifecycle(scope, '0', 'active'),
    ]
    let before = await printed()
    for (const act of acts) {
      expect(await printed()).toBe(before)
      expect(await kept()).toBeGreaterThan(0)
      await act()
      const after = await printed()
      expect(after).not.toBe(before)
      before = after
    }
  })

  it('are found by name, and of another scope not at all', async () => {
    expect(await runs.getPrinted('other/rg/ws', runId, form)).toBeUndefined()
    expect(await runs.getPrinted(scope, 'nobody', form)).toBeUndefined()
  })

  it('are not kept of a run that goes on', async () => {
    await runs.update(scope, runId, { status: 'RUNNING' })
    const before = await kept()
    await printed()
    expect(await kept()).toBe(before)
  })
})
