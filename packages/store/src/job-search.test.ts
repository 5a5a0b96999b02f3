import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { countJobs, jobGrammar, searchJobs } from './job-search.ts'
import { migrate } from './migrations.ts'
import { openRuns } from './runs.ts'
import { bookOf, dropDatabase, openTestSql } from './scratch.ts'
import { parseFilter, parseOrder } from './search.ts'
import { openSeries } from './series.ts'
import type { Sql } from './sql.ts'

const scope = 'sub/rg/ws'
const clock = { now: () => 1_700_000_000_000 }
let home: string
let sql: Sql

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'laz-job-search-'))
  const path = join(home, 'laz.db')
  sql = await openTestSql(path)
  await migrate(sql, path, 0)
  const [runs, series] = [openRuns(sql, bookOf(sql, clock)), openSeries(sql, clock)]
  const other = (await runs.createExperiment(scope, { name: 'other' })).id
  for (let i = 0; i < 40; i += 1) {
    const runId = `run${i}`
    await runs.create(scope, { runId, experimentId: i % 3 ? '0' : other, params: { lr: String(i % 4) } })
    const value = i % 7 === 6 ? Number.NaN : i % 11 === 10 ? Number.NEGATIVE_INFINITY : i % 5
    if (i % 6) await series.append(scope, runId, [{ key: 'loss', value, step: 0, timestamp: 1 }])
    if (i === 20) await runs.create(scope, { runId: 'step', experimentId: '0', parentRunId: 'run3' })
    if (i % 13 === 12) await runs.update(scope, runId, { lifecycle: 'deleted' })
  }
  await series.close()
})

afterAll(async () => {
  await sql.close()
  await dropDatabase(join(home, 'laz.db'))
  await rm(home, { recursive: true })
})

/** All jobs of a search, page by page. */
async function names(o: { order: string; filter: string; top: number; large: number }): Promise<string[]> {
  const [sorts, clauses] = [parseOrder([o.order], jobGrammar), parseFilter(o.filter, jobGrammar)]
  const found: string[] = []
  for (let after: string | undefined; ; ) {
    const asked = { scope, parent: '', sorts, clauses, top: o.top, ...(after === undefined ? {} : { after }) }
    const page = await searchJobs(sql, asked, o.large)
    found.push(...page.rows.map(({ name }) => name))
    if (page.next === undefined) return found
    after = page.next
  }
}

it('jobs along a metric are those that sorting all of them finds, page by page', async () => {
  for (const order of ['metrics.loss ASC', 'metrics.loss DESC', 'metrics.none ASC'])
    for (const filter of ['', "params.lr = '2'", "experiment_name = 'other'", 'metrics.loss > 1']) {
      const wanted = await names({ order, filter, top: 100, large: Number.POSITIVE_INFINITY })
      expect(wanted.length).toBeGreaterThan(filter === 'metrics.loss > 1' ? 5 : 0)
      for (const top of [3, 100])
        expect(await names({ order, filter, top, large: 0 }), `${order} | ${filter} | ${top}`).toEqual(wanted)
    }
})

it('jobs are counted by state, steps and those put away apart', async () => {
  const clause = parseFilter('start_time >= 0', jobGrammar)
  for (const archived of ['active', 'archived'] as const) {
    const counted = await countJobs(sql, { scope, parent: '', archived, clauses: [] })
    expect(counted).toEqual(await countJobs(sql, { scope, parent: '', archived, clauses: clause }))
    expect(Object.values(counted).reduce((a, b) => a + b, 0)).toBe(archived === 'active' ? 37 : 3)
  }
})
