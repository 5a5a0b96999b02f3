import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openErasing } from './erase.ts'
import type { Runs } from './runs.ts'
import type { Sql } from './sql.ts'
import { openTraceBench, scope, span, type TraceBench, trace } from './trace-fixture.ts'
import type { Traces } from './traces.ts'

let bench: TraceBench
let traces: Traces
let runs: Runs
let sql: Sql
beforeEach(async () => {
  bench = await openTraceBench()
  ;({ traces, runs, sql } = bench)
})
afterEach(() => bench.close())

const idsOf = (found: { traces: { traceId: string }[] }) => found.traces.map((t) => t.traceId).join(' ')
const find = async (filter: string, order: string[] = ['request_id ASC']) =>
  idsOf(await traces.search(scope, { experimentIds: ['0'], filter, order }))

describe('a trace', () => {
  it('comes back as it was told, and knows where its files are', async () => {
    const told = trace('tr-1', {
      clientRequestId: 'c',
      requestPreview: '"hi"',
      responsePreview: '"ho"',
      tags: { 'mlflow.traceName': 'agent', __proto__x: '1' },
      metadata: { 'mlflow.sourceRun': 'r' },
    })
    const location = { 'mlflow.artifactLocation': 'mlflow-artifacts:/0/traces/tr-1/artifacts' }
    const kept = { ...told, tags: { ...told.tags, ...location }, assessments: [] }
    expect(await traces.start(scope, told)).toEqual(kept)
    expect(await traces.get(scope, ['none', 'tr-1', 'tr-1'])).toEqual([kept])
    expect(await traces.get('another/one/ws', ['tr-1'])).toEqual([])
  })

  it('is the same when told again, whatever comes first: its head or its spans', async () => {
    const head = trace('tr-1', { requestTime: 150, durationMs: 70, tags: { 'mlflow.traceName': 'told' } })
    const spans = [
      span('tr-1', 'b', { parentId: 'a', startNs: 210_000_000n }),
      span('tr-1', 'a', { startNs: 205_000_000n, endNs: 300_000_000n, requestPreview: 'q', responsePreview: 'a' }),
    ]
    const order = async (scope: string, steps: (() => Promise<unknown>)[]) => {
      for (const step of steps) await step()
      return [await traces.get(scope, ['tr-1']), await traces.spans(scope, ['tr-1'])]
    }
    const start = (scope: string) => () => traces.start(scope, head)
    const log = (scope: string) => () => traces.logSpans(scope, { experimentId: '0', spans })
    const first = await order('a/a/a', [start('a/a/a'), log('a/a/a')])
    const last = await order('b/b/b', [log('b/b/b'), log('b/b/b'), start('b/b/b'), log('b/b/b'), start('b/b/b')])
    expect(first).toEqual(last)
    expect(first[0]).toMatchObject([
      { requestTime: 150, durationMs: 70, state: 'OK', requestPreview: 'q', tags: { 'mlflow.traceName': 'told' } },
    ])
    expect((first[1] as Map<string, string[]>).get('tr-1')?.map((text) => JSON.parse(text).span_id)).toEqual(['a', 'b'])
  })

  it('knows of itself from its spans alone', async () => {
    await traces.logSpans(scope, { experimentId: '0', spans: [span('tr-1', 'b', { parentId: 'a', session: 's' })] })
    expect(await traces.get(scope, ['tr-1'])).toMatchObject([
      { requestTime: 200, durationMs: 50, state: 'IN_PROGRESS', metadata: { 'mlflow.trace.session': 's' } },
    ])
    const root = span('tr-1', 'a', { startNs: 190_999_999n, endNs: 400_000_000n, status: 'ERROR', name: 'root' })
    await traces.logSpans(scope, { experimentId: '0', spans: [root] })
    expect(await traces.get(scope, ['tr-1'])).toMatchObject([
      {
        requestTime: 190,
        durationMs: 210,
        state: 'ERROR',
        tags: { 'mlflow.traceName': 'root', 'mlflow.trace.spansLocation': 'TRACKING_STORE' },
      },
    ])
  })

  it('counts the tokens of a span that sums up others once, in whatever parts its spans come', async () => {
    const usage = (input_tokens: number, output_tokens: number) => ({
      input_tokens,
      output_tokens,
      total_tokens: input_tokens + output_tokens,
    })
    const spans = [
      span('tr-1', 'leaf', { parentId: 'sum', usage: usage(1, 2), costs: { total_cost: 0.5 } }),
      span('tr-1', 'deep', { parentId: 'leaf', usage: usage(100, 100) }),
      span('tr-1', 'other', { parentId: 'root', usage: { ...usage(10, 20), cache_read_input_tokens: 3 } }),
      span('tr-1', 'sum', { parentId: 'root', usage: usage(1, 2) }),
      span('tr-1', 'root'),
    ]
    for (const one of [...spans, ...spans]) await traces.logSpans(scope, { experimentId: '0', spans: [one] })
    const said = (await traces.get(scope, ['tr-1']))[0]?.metadata
    expect(said).toEqual({
      'mlflow.trace.tokenUsage':
        '{"input_tokens": 11, "output_tokens": 22, "total_tokens": 33, "cache_read_input_tokens": 3}',
      'mlflow.trace.cost': '{"input_cost": 0, "output_cost": 0, "total_cost": 0.5}',
    })
    const ring = [span('tr-2', 'x', { parentId: 'y', usage: usage(1, 1) }), span('tr-2', 'y', { parentId: 'x' })]
    await traces.logSpans(scope, { experimentId: '0', spans: ring })
    expect((await traces.get(scope, ['tr-2']))[0]?.metadata['mlflow.trace.tokenUsage']).toContain('"total_tokens": 0')
  })

  it('has tags that change', async () => {
    await traces.start(scope, trace('tr-1', { tags: { a: '1', 'mlflow.traceName': 'x' } }))
    await traces.setTag(scope, 'tr-1', { key: 'a', value: '2' })
    await traces.deleteTag(scope, 'tr-1', 'mlflow.traceName')
    expect((await traces.get(scope, ['tr-1']))[0]?.tags).toMatchObject({ a: '2' })
    expect(await find('tags.`mlflow.traceName` IS NULL')).toBe('tr-1')
    await expect(traces.deleteTag(scope, 'tr-1', 'b')).rejects.toThrow(
      "No trace tag with key 'b' for trace with ID 'tr-1'",
    )
    await expect(traces.setTag(scope, 'none', { key: 'a', value: '2' })).rejects.toThrow(
      "Trace with ID 'none' not found",
    )
  })

  it('belongs to an experiment that is there and active', async () => {
    await expect(traces.start(scope, trace('t', { experimentId: 'no' }))).rejects.toThrow('No Experiment with id=no')
    const { id } = await runs.createExperiment(scope, { name: 'e' })
    await traces.start(scope, trace('t', { experimentId: id }))
    await runs.setExperimentLifecycle(scope, id, 'deleted')
    const spans = [span('t2', 'a')]
    await expect(traces.logSpans(scope, { experimentId: id, spans })).rejects.toThrow("must be in the 'active' state")
  })
})

describe('deleting', () => {
  const left = async () =>
    Promise.all(
      ['traces', 'trace_words', 'trace_spans', 'assessments', 'trace_links'].map(
        async (table) => (await sql.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n,
      ),
    )

  const make = async (id: string, at: number, experimentId = '0') => {
    await traces.start(scope, trace(id, { requestTime: at, experimentId, tags: { a: 'b' } }))
    await traces.logSpans(scope, { experimentId, spans: [span(id, 'a')] })
    await traces.assess(scope, id, { kind: 'feedback', name: 'f', value: 1, source: { type: 'CODE' } })
    await traces.link(scope, { traceIds: [id], kind: 'run', targets: ['r'] })
  }

  it('takes the oldest of an age, or those that are named, with all they have', async () => {
    for (const [id, at] of [['a', 1], ['b', 2], ['c', 3], ['d', 4]] as const) await make(id, at) // biome-ignore format: pairs
    expect(await traces.delete(scope, { experimentId: '0', before: 3, max: 2 })).toEqual(['a', 'b'])
    expect(await traces.delete(scope, { experimentId: '0', traceIds: ['d', 'none'] })).toEqual(['d'])
    expect(await traces.delete(scope, { experimentId: 'none', before: 9 })).toEqual([])
    expect(await traces.delete(scope, { experimentId: '0', before: 3 })).toEqual(['c'])
    expect(await left()).toEqual([0, 0, 0, 0, 0])
  })

  it('leaves nothing of traces of experiments and workspaces that are gone', async () => {
    const { id } = await runs.createExperiment(scope, { name: 'e' })
    await make('a', 1, id)
    await make('b', 1)
    const erasing = openErasing(sql, { note: async () => {} } as never, () => 0) // nothing here is told to the feed
    await erasing.erase({ scope, rows: [], runs: [], experiments: [id] })
    expect((await left())[0]).toBe(1)
    await erasing.forget(scope)
    expect(await left()).toEqual([0, 0, 0, 0, 0])
  })
})

describe('assessments', () => {
  const source = { type: 'HUMAN', id: 'me' }
  beforeEach(() => traces.start(scope, trace('t')))

  it('are made, changed, overridden and deleted', async () => {
    const first = await traces.assess(scope, 't', {
      kind: 'feedback',
      name: 'good',
      value: 1,
      source,
      metadata: { a: '1' },
    })
    expect(first).toMatchObject({ id: expect.stringMatching(/^a-[0-9a-f]{32}$/), valid: true, value: 1, source })
    const id = first.id ?? ''
    const change = { value: { kind: 'feedback' as const, value: { x: [2] } }, metadata: { b: '2' }, rationale: 'why' }
    expect(await traces.changeAssessment(scope, 't', { id, change })).toMatchObject({
      value: { x: [2] },
      metadata: { a: '1', b: '2' },
      rationale: 'why',
      createdAt: first.createdAt,
    })
    const wrong = { value: { kind: 'expectation', value: 1 } } as const
    const refused = traces.changeAssessment(scope, 't', { id, change: wrong })
    await expect(refused).rejects.toThrow('Cannot update expectation value on a Feedback assessment.')
    const second = await traces.assess(scope, 't', { kind: 'feedback', name: 'good', value: 3, source, overrides: id })
    expect(await traces.assessment(scope, 't', id)).toMatchObject({ valid: false })
    await traces.deleteAssessment(scope, 't', second.id ?? '')
    expect(await traces.assessment(scope, 't', id)).toMatchObject({ valid: true })
    await traces.deleteAssessment(scope, 't', 'none')
  })

  it('are not there in clear words', async () => {
    const odd = { kind: 'feedback', name: 'x', value: 1, source, overrides: 'a-none' } as const
    await expect(traces.assess(scope, 't', odd)).rejects.toThrow("Assessment with ID 'a-none' not found for trace 't'")
    await expect(traces.assess(scope, 'no', odd)).rejects.toThrow("Trace with ID 'no' not found")
    await expect(traces.assessment(scope, 't', 'a-none')).rejects.toThrow('not found')
  })

  it('come with their trace, once', async () => {
    const assessments = [{ id: 'a-1', kind: 'expectation' as const, name: 'e', value: [1], source }]
    await traces.start(scope, trace('t', { assessments }))
    const again = await traces.start(scope, trace('t', { assessments }))
    expect(again.assessments).toMatchObject([{ id: 'a-1', value: [1], valid: true }])
  })
})
