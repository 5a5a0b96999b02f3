/** Requests that are well formed and mean harm: each is refused by name, in a moment, and leaves the server whole. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MlflowServer, startMlflowServer } from './mlflow-server.ts'
import { otlp, send, started, third } from './trace-requests.ts'

let s: MlflowServer
beforeAll(async () => {
  s = await startMlflowServer()
})
afterAll(async () => {
  await s.close()
  expect(s.faults).toEqual([])
})

const here = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } }]
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))

describe('too much of it', () => {
  test('fields, filters and dimensions beyond what an engine can join', async () => {
    const ordered = (n: number) =>
      third(s, 'POST', 'traces/search', { locations: here, order_by: times(n, (i) => `tag.k${i} DESC`) })
    expect((await ordered(32)).status).toBe(200)
    expect((await ordered(33)).status).toBe(400)
    const sums = (more: object) =>
      third(s, 'POST', 'traces/metrics', {
        experiment_ids: ['0'],
        view_type: 'TRACES',
        metric_name: 'trace_count',
        aggregations: [{ aggregation_type: 'COUNT' }],
        ...more,
      })
    expect((await sums({ filters: times(50, () => "trace.status = 'OK'") })).status).toBe(200)
    expect((await sums({ filters: times(2000, () => "trace.status = 'OK'") })).status).toBe(400)
    expect((await sums({ dimensions: times(3000, () => 'trace_name') })).status).toBe(400)
  })

  test('ids of experiments beyond what a statement holds', async () => {
    const ids = times(40_000, (i) => String(i + 5))
    expect((await third(s, 'POST', 'datasets/search', { experiment_ids: ids })).status).toBe(200)
    expect((await s.ask('POST', 'runs/search', { experiment_ids: ids })).status).toBe(200)
    expect((await s.ask('POST', 'logged-models/search', { experiment_ids: ids })).status).toBe(200)
  })

  test('kilobytes of gzip that are millions of spans', async () => {
    // a length in front of each of three layers, the innermost two bytes a span
    const layer = (inner: Buffer, tag: number) => {
      const length: number[] = []
      for (let rest = inner.length; ; rest = Math.floor(rest / 128)) {
        length.push(rest < 128 ? rest : (rest % 128) + 128)
        if (rest < 128) break
      }
      return Buffer.concat([Buffer.from([tag, ...length]), inner])
    }
    const bomb = layer(layer(Buffer.alloc(40 * 1024 * 1024, Buffer.from([0x12, 0])), 0x12), 0x0a)
    const before = process.memoryUsage().heapUsed
    const answer = await send(s, gzipSync(bomb), {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
    })
    expect(answer.status).toBe(413)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(300_000_000)
    const json = `{"resourceSpans":[{"scopeSpans":[{"spans":[${'{},'.repeat(3_000_000)}{}]}]}]}`
    expect((await send(s, gzipSync(json), { 'content-encoding': 'gzip' })).status).toBe(413)
  })
})

describe('too deep', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`

  test.each(['mlflow.spanInputs', 'mlflow.spanOutputs', 'mlflow.traceTag.x', 'input.value', 'mlflow.chat.tokenUsage'])(
    'JSON inside the attribute %s stays the text it is',
    async (key) => {
      const answer = await send(s, JSON.stringify(otlp({ attributes: [{ key, value: { stringValue: deep } }] })))
      expect(answer.status).toBe(200)
    },
  )

  test('what is expected of an answer', async () => {
    const { trace_id: id } = await started(s)
    const answer = await third(s, 'POST', `traces/${id}/assessments`, {
      assessment: {
        assessment_name: 'x',
        source: { source_type: 'HUMAN' },
        expectation: { serialized_value: { serialization_format: 'JSON_FORMAT', value: deep } },
      },
    })
    expect(answer.status).toBe(400)
  })
})

describe('too large', () => {
  test.each([9e15, -9e15])('the time %d is no time', async (time) => {
    const id = String((await s.ask('POST', 'experiments/create', { name: `far ${time}` })).body.experiment_id)
    expect((await s.ask('POST', 'traces', { experiment_id: id, timestamp_ms: time })).status).toBe(400)
    expect((await s.ask('POST', 'runs/create', { experiment_id: id, start_time: time })).status).toBe(400)
    const locations = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: id } }]
    expect((await third(s, 'POST', 'traces/search', { locations })).status).toBe(200)
  })

  test.each([
    [{ intValue: '9223372036854775808' }, 400],
    [{ intValue: '-9223372036854775808' }, 200],
    [{ bytesValue: 'no base64!' }, 400],
    [{ bytesValue: 'AAEC' }, 200],
  ])('an attribute %j: %d', async (value, status) => {
    const answer = await send(s, JSON.stringify(otlp({ attributes: [{ key: 'a', value }] })))
    expect(answer.status).toBe(status)
  })
})
