import { afterEach, beforeEach, expect, it } from 'vitest'
import { openErasing } from './erase.ts'
import type { Sql } from './sql.ts'
import { drainTraces } from './trace-erase.ts'
import { openTraceBench, scope, span, type TraceBench, trace } from './trace-fixture.ts'

let bench: TraceBench
beforeEach(async () => {
  bench = await openTraceBench()
})
afterEach(() => bench.close())

const rowsOf = async (table: string) =>
  (await bench.sql.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n ?? 0

async function fill(experimentId: string, spans: readonly number[]): Promise<void> {
  for (const [i, n] of spans.entries()) {
    const id = `tr-${experimentId}-${i}`
    await bench.traces.start(scope, trace(id, { experimentId, tags: { a: 'b' }, metadata: { c: 'd' } }))
    const some = Array.from({ length: n }, (_, k) => span(id, `s${k}`))
    if (n > 0) await bench.traces.logSpans(scope, { experimentId, spans: some })
    await bench.traces.assess(scope, id, { kind: 'feedback', name: 'x', value: 1, source: { type: 'HUMAN' } })
    await bench.traces.link(scope, { traceIds: [id], kind: 'run', targets: ['r'] })
  }
}

it('no transaction takes more spans than it may, whole traces go together, others stay', async () => {
  const experiment = await bench.runs.experiment(scope, { name: 'large', create: true })
  await fill(experiment?.id ?? '', [4, 4, 4, 25, 0, 3])
  await fill('0', [2])
  const taken: number[] = []
  const watched: Sql = {
    ...bench.sql,
    run: bench.sql.run.bind(bench.sql),
    transaction: async (body) => {
      const before = await rowsOf('trace_spans')
      const answer = await bench.sql.transaction(body)
      taken.push(before - (await rowsOf('trace_spans')))
      return answer
    },
  }
  const which = 'SELECT eid FROM experiments WHERE scope = ? AND experiment_id = ?'
  await drainTraces(watched, { which, values: [scope, experiment?.id ?? ''] }, 10)
  expect(Math.max(...taken)).toBeLessThanOrEqual(10)
  expect(taken.reduce((sum, n) => sum + n, 0)).toBe(40)
  const left = Object.fromEntries(
    await Promise.all(
      ['traces', 'trace_spans', 'assessments', 'trace_links'].map(async (table) => [table, await rowsOf(table)]),
    ),
  )
  expect(left).toEqual({ traces: 1, trace_spans: 2, assessments: 1, trace_links: 1 })
})

it('an experiment goes with more traces than one transaction takes', async () => {
  const experiment = await bench.runs.experiment(scope, { name: 'large', create: true })
  const experimentId = experiment?.id ?? ''
  const spans = Array.from({ length: 600 }, (_, i) => span(`tr-${i}`, 'root'))
  await bench.traces.logSpans(scope, { experimentId, spans })
  const erasing = openErasing(bench.sql, { note: async () => {} } as never, () => 0) // nothing here is told to the feed
  await erasing.erase({ scope, rows: [], runs: [], experiments: [experimentId] })
  expect([await rowsOf('traces'), await rowsOf('trace_spans'), await rowsOf('trace_words')]).toEqual([0, 0, 0])
  expect(await bench.runs.experiment(scope, { name: 'large' })).toBeUndefined()
})
