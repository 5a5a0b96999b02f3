import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTraceBench, scope, span, type TraceBench, trace } from './trace-fixture.ts'
import type { Traces } from './traces.ts'

let bench: TraceBench
let traces: Traces

beforeEach(async () => {
  bench = await openTraceBench()
  ;({ traces } = bench)
})
afterEach(() => bench.close())

describe('sums', () => {
  beforeEach(async () => {
    for (let i = 0; i < 10; i += 1) {
      const usage = JSON.stringify({ input_tokens: i, output_tokens: 2 * i, total_tokens: 3 * i })
      const tags = { 'mlflow.traceName': i % 2 ? 'odd' : 'even' }
      const metadata = { 'mlflow.trace.tokenUsage': usage, ...(i < 4 ? { 'mlflow.trace.session': `s${i % 2}` } : {}) }
      await traces.start(scope, trace(`t${i}`, { requestTime: 60_000 * i, durationMs: i * 10, tags, metadata, state: i === 9 ? 'ERROR' : 'OK' })) // biome-ignore format: long
    }
    const costs = { input_cost: 0.25, output_cost: 0.5, total_cost: 0.75 }
    const startNs = 60_000_000_000n
    const one = { startNs, endNs: startNs + 5_999_999n, type: 'LLM', model: 'm', provider: 'p', costs }
    await traces.logSpans(scope, {
      experimentId: '0',
      spans: [span('t1', 'a', one), span('t1', 'b', { parentId: 'a' })],
    })
    const source = { type: 'CODE' }
    for (const [i, value] of [true, false, 'yes', 4].entries())
      await traces.assess(scope, `t${i}`, { kind: 'feedback', name: 'good', value, source })
  })

  const ask = (o: Partial<Parameters<Traces['metrics']>[1]>) =>
    traces.metrics(scope, { experimentIds: ['0'], view: 'TRACES', metric: 'trace_count', aggregations: [{ kind: 'COUNT' }], ...o }) // biome-ignore format: long

  it('of traces', async () => {
    expect(await ask({})).toEqual([{ dimensions: {}, values: { COUNT: 10 } }])
    expect(await ask({ metric: 'session_count' })).toEqual([{ dimensions: {}, values: { COUNT: 2 } }])
    expect(await ask({ dimensions: ['trace_name', 'trace_status'] })).toEqual([
      { dimensions: { trace_name: 'even', trace_status: 'OK' }, values: { COUNT: 5 } },
      { dimensions: { trace_name: 'odd', trace_status: 'ERROR' }, values: { COUNT: 1 } },
      { dimensions: { trace_name: 'odd', trace_status: 'OK' }, values: { COUNT: 4 } },
    ])
    const aggregations = [{ kind: 'SUM' }, { kind: 'AVG' }, { kind: 'MIN' }, { kind: 'MAX' }] as const
    expect(await ask({ metric: 'total_tokens', aggregations })).toEqual([
      { dimensions: {}, values: { SUM: 135, AVG: 13.5, MIN: 0, MAX: 27 } },
    ])
  })

  it('are percentiles between the rows next to them', async () => {
    const aggregations = [0, 50, 90, 99.5, 100].map((percentile) => ({ kind: 'PERCENTILE' as const, percentile }))
    const found = (await ask({ metric: 'latency', aggregations }))[0]?.values
    expect(Object.keys(found ?? {})).toEqual(['P0.0', 'P50.0', 'P90.0', 'P99.5', 'P100.0'])
    for (const [i, value] of [0, 45, 81, 89.55, 90].entries())
      expect(Object.values(found ?? {})[i]).toBeCloseTo(value, 9)
    const odd = await ask({ metric: 'latency', aggregations: [{ kind: 'PERCENTILE', percentile: 50 }], dimensions: ['trace_name'] }) // biome-ignore format: long
    expect(odd.map((row) => row.values['P50.0'])).toEqual([40, 50])
  })

  it('by time, within bounds', async () => {
    expect(await ask({ intervalSeconds: 300, from: 60_000, to: 480_000 })).toEqual([
      { dimensions: { time_bucket: '1970-01-01T00:00:00+00:00' }, values: { COUNT: 4 } },
      { dimensions: { time_bucket: '1970-01-01T00:05:00+00:00' }, values: { COUNT: 4 } },
    ])
  })

  it('of spans and assessments, filtered', async () => {
    const spans = { view: 'SPANS', metric: 'span_count' } as const
    expect(await ask({ ...spans, dimensions: ['span_type', 'span_model_name'] })).toEqual([
      { dimensions: { span_type: 'LLM', span_model_name: 'm' }, values: { COUNT: 1 } },
    ])
    expect(
      await ask({ ...spans, metric: 'latency', aggregations: [{ kind: 'MIN' }], filters: ["span.name = 'a'"] }),
    ).toEqual([{ dimensions: {}, values: { MIN: 5 } }])
    expect(await ask({ ...spans, metric: 'total_cost', aggregations: [{ kind: 'SUM' }] })).toEqual([
      { dimensions: {}, values: { SUM: 0.75 } },
    ])
    const of = { view: 'ASSESSMENTS', metric: 'assessment_value', aggregations: [{ kind: 'AVG' }] } as const
    expect(await ask({ ...of, dimensions: ['assessment_name'] })).toEqual([
      { dimensions: { assessment_name: 'good' }, values: { AVG: 1.5 } },
    ])
    expect(await ask({ filters: ["trace.tag.`mlflow.traceName` = 'odd'", "trace.status = 'ERROR'"] })).toEqual([
      { dimensions: {}, values: { COUNT: 1 } },
    ])
    expect(await ask({ ...of, filters: ["assessment.name = 'bad'"] })).toEqual([])
  })

  it.each([
    [{ metric: 'nothing' }, 'metric_name must be one of'],
    [{ aggregations: [{ kind: 'SUM' }] }, 'Found invalid aggregation_type(s)'],
    [{ dimensions: ['span_name'] }, 'Found invalid dimension(s)'],
    [{ intervalSeconds: 60 }, 'start_time_ms and end_time_ms are required'],
    [{ filters: ["span.name = 'x'"] }, 'Filtering by span is only supported'],
    [{ filters: ["trace.tag = 'x'"] }, 'requires a key'],
    [{ filters: ["trace.status.x = 'x'"] }, 'does not require a key'],
    [{ filters: ["nothing.status = 'x'"] }, 'Invalid view type'],
    [{ filters: ["trace.status = 'x' AND trace.status = 'y'"] }, 'Expected one filter clause'],
    [{ filters: ['trace.status = 5'] }, 'quoted string value'],
  ] as const)('%j is refused by name', async (o, message) => {
    await expect(ask(o)).rejects.toThrow(message)
  })
})
