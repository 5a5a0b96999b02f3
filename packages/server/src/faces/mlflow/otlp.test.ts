import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { asArray, asObject, type Json, type JsonObject } from '@lazurite/spec'
import protobuf from 'protobufjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MlflowServer, newRun, startMlflowServer } from './mlflow-server.ts'
import * as requests from './trace-requests.ts'
import { info, type Method, otlp, parsed } from './trace-requests.ts'

let s: MlflowServer
beforeAll(async () => {
  s = await startMlflowServer()
})
afterAll(async () => {
  expect(s.faults).toEqual([])
  await s.close()
})

const third = (method: Method, path: string, body?: unknown, token?: string) =>
  requests.third(s, method, path, body, token)
const started = (o?: JsonObject) => requests.started(s, o)
const send = (payload: string | Buffer, headers?: Record<string, string>) => requests.send(s, payload, headers)
const spansOf = (id: string) => requests.spansOf(s, id)

describe('spans by OpenTelemetry', () => {
  it('come as JSON and are read with all their digits', async () => {
    const words = [
      { key: 'mlflow.traceRequestId', value: { stringValue: 'tr-forged' } },
      { key: 'whole', value: { intValue: '9007199254740993' } },
      { key: 'list', value: { arrayValue: { values: [{ boolValue: true }, { doubleValue: 1.5 }, {}] } } },
      { key: 'map', value: { kvlistValue: { values: [{ key: 'a', value: { stringValue: 'é' } }] } } },
    ]
    const events = [{ timeUnixNano: '1544712660300000007', name: 'event', attributes: [words[1] ?? {}] }]
    const links = [{ traceId: '5b8efff798038103d269b633813fc60d', spanId: 'eee19b7ec3c1b175' }]
    const answer = await send(
      JSON.stringify(otlp({ attributes: words, events, links, status: { code: 2, message: 'bad' } })),
    )
    expect(answer).toEqual({ status: 200, text: '{}', type: 'application/json; charset=utf-8' })
    const id = 'tr-5b8efff798038103d269b633813fc60c'
    const { text } = await third('GET', `traces/get?trace_id=${id}`)
    for (const digits of ['1544712660000000123', '1544712661000000456', '9007199254740993', '1544712660300000007'])
      expect(text).toContain(`:${digits}`)
    const [span] = await spansOf(id)
    expect(span).toMatchObject({
      trace_id: Buffer.from('5b8efff798038103d269b633813fc60c', 'hex').toString('base64'),
      span_id: Buffer.from('eee19b7ec3c1b174', 'hex').toString('base64'),
      name: 'I am a span',
      kind: 'SPAN_KIND_SERVER',
      status: { code: 'STATUS_CODE_ERROR', message: 'bad' },
    })
    expect(asArray(span?.attributes)[0]).toEqual({ key: 'mlflow.traceRequestId', value: { string_value: id } })
    expect(asArray(span?.attributes)).toHaveLength(4)
    expect((await third('GET', `traces/${id}`)).body).toMatchObject({
      trace: { trace_info: { state: 'ERROR', execution_duration: '1s', tags: { 'mlflow.traceName': 'I am a span' } } },
    })
    const file = await s.files('GET', `artifacts/0/traces/${id}/artifacts/traces.json`)
    expect(file.text).toContain('"start_time":1544712660000000123')
    expect(asArray(asObject(parsed(file.text)).spans)[0]).toMatchObject({
      context: { trace_id: '0x5b8efff798038103d269b633813fc60c', span_id: '0xeee19b7ec3c1b174' },
      parent_id: null,
      status_code: 'ERROR',
      attributes: { 'mlflow.traceRequestId': `"${id}"`, list: '[true,1.5,null]' },
      events: [{ name: 'event' }],
    })
  })

  it('come as protobuf, packed or not', async () => {
    const { root } = protobuf.parse(`syntax = "proto3";
      message Any { oneof value { string s = 1; bool b = 2; int64 i = 3; double d = 4; } }
      message Word { string key = 1; Any value = 2; }
      message Status { string message = 2; int32 code = 3; }
      message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent = 4; string name = 5; fixed64 start = 7;
        fixed64 end = 8; repeated Word attributes = 9; uint32 dropped = 10; Status status = 15; }
      message Scope { repeated Span spans = 2; }
      message Resource { repeated Word attributes = 1; }
      message Resources { Resource resource = 1; repeated Scope scopes = 2; }
      message Request { repeated Resources resources = 1; }`)
    const type = root.lookupType('Request')
    const bytesOf = (trace: string) =>
      Buffer.from(
        type
          .encode(
            type.fromObject({
              resources: [
                {
                  resource: {
                    attributes: [
                      { key: 'service.name', value: { s: 'shop' } },
                      { key: 'telemetry.sdk.name', value: { s: 'x' } },
                    ],
                  },
                  scopes: [
                    {
                      spans: [
                        {
                          traceId: Buffer.from(trace, 'hex'),
                          spanId: Buffer.from('0123456789abcdef', 'hex'),
                          name: 'root',
                          start: '1700000000000000001',
                          end: '1700000000500000000',
                          attributes: [
                            { key: 'false', value: { b: false } },
                            { key: 'zero', value: { i: 0 } },
                            { key: 'least', value: { i: '-9223372036854775808' } },
                            { key: 'nan', value: { d: Number.NaN } },
                          ],
                          dropped: 3,
                          status: { code: 1 },
                        },
                      ],
                    },
                  ],
                },
              ],
            }),
          )
          .finish(),
      )
    const ways: [string, (b: Buffer) => Buffer, Record<string, string>][] = [
      ['a0', (b) => b, {}],
      ['a1', gzipSync, { 'content-encoding': 'gzip' }],
      ['a2', deflateSync, { 'content-encoding': 'deflate' }],
      ['a3', deflateRawSync, { 'content-encoding': 'Deflate' }],
    ]
    for (const [start, pack, headers] of ways) {
      const trace = start.padEnd(32, 'b')
      const answer = await send(pack(bytesOf(trace)), { 'content-type': 'application/x-protobuf', ...headers })
      expect(answer).toEqual({ status: 200, text: '', type: 'application/x-protobuf' })
      const text = (await third('GET', `traces/get?trace_id=tr-${trace}`)).text
      expect(text).toContain('{"key":"false","value":{"bool_value":false}},{"key":"zero","value":{"int_value":0}}')
      expect(text).toContain('{"int_value":-9223372036854775808}')
      expect(text).toContain('{"double_value":"NaN"}')
      expect(text).toContain('"service.name":"shop"')
      expect(text).not.toContain('telemetry.sdk')
    }
  })

  it('say in words of other libraries what MLflow has its own words for', async () => {
    const trace = 'c'.repeat(32)
    const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
    const whole = (key: string, intValue: number) => ({ key, value: { intValue } })
    const attributes = [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.request.model', 'gpt-4o'),
      text('gen_ai.provider.name', 'openai'),
      whole('gen_ai.usage.input_tokens', 7),
      whole('gen_ai.usage.output_tokens', 5),
      text('session.id', 'session'),
      text('user.id', 'user'),
      text('mlflow.traceTag.team', 'blue'),
      text('mlflow.traceTag.mlflow.artifactLocation', 'file:///etc'),
      text(
        'input.value',
        JSON.stringify({
          messages: [
            { role: 'system', content: 'x' },
            { role: 'user', content: 'hello' },
          ],
        }),
      ),
      text('output.value', '{"choices": [{"message": {"role": "assistant", "content": "hi"}}]}'),
    ]
    const runId = await newRun(s)
    const sent = await send(JSON.stringify(otlp({ traceId: trace, attributes })), { 'x-mlflow-run-id': runId })
    expect(sent.status, sent.text).toBe(200)
    const found = asObject(asObject((await third('GET', `traces/tr-${trace}`)).body.trace).trace_info)
    expect(found).toMatchObject({
      request_preview: 'hello',
      response_preview: 'hi',
      trace_metadata: {
        'mlflow.trace.tokenUsage': '{"input_tokens": 7, "output_tokens": 5, "total_tokens": 12}',
        'mlflow.trace.session': 'session',
        'mlflow.trace.user': 'user',
      },
      tags: { team: 'blue', 'mlflow.artifactLocation': `mlflow-artifacts:/0/traces/tr-${trace}/artifacts` },
    })
    const locations = [{ mlflow_experiment: { experiment_id: '0' } }]
    const filter = `run_id = '${runId}' AND span.type = 'CHAT_MODEL' AND span.attributes.\`mlflow.llm.model\` = 'gpt-4o'`
    expect(asArray((await third('POST', 'traces/search', { locations, filter })).body.traces)).toHaveLength(1)
    const sums = { experiment_ids: ['0'], view_type: 'TRACES', metric_name: 'total_tokens', aggregations: [{ aggregation_type: 'SUM' }] } // biome-ignore format: long
    expect((await third('POST', 'traces/metrics', sums)).body).toEqual({
      data_points: [{ metric_name: 'total_tokens', dimensions: {}, values: { SUM: 12 } }],
    })
  })

  const one = JSON.stringify(otlp())
  it.each([
    ['not json', {}, 'no JSON object'],
    ['[]', {}, 'no JSON object'],
    ['{}', {}, 'no spans found'],
    ['{"resourceSpans":[null,5,{"scopeSpans":[{}]}]}', {}, 'no spans found'],
    ['{"resourceSpans":{"a":1}}', {}, 'a list was expected'],
    [JSON.stringify(otlp({ traceId: 'xyz' })), {}, 'is no id of 16 bytes'],
    [JSON.stringify(otlp({ traceId: '0'.repeat(32) })), {}, 'a span has no trace id'],
    [JSON.stringify(otlp({ spanId: '' })), {}, 'a span has no id'],
    [JSON.stringify(otlp({ startTimeUnixNano: 'soon' })), {}, 'is no time in nanoseconds'],
    [JSON.stringify(otlp({ startTimeUnixNano: '18446744073709551615' })), {}, 'is too far away'],
    [JSON.stringify(otlp({ attributes: [{ key: 'a', value: { intValue: 'x' } }] })), {}, 'is no whole number'],
    [JSON.stringify(otlp({ attributes: [{ key: 'a', value: { arrayValue: null } }], status: null })), {}, undefined],
    [
      JSON.stringify(otlp({ name: { a: 1 }, attributes: [{ value: 5 }, { key: 5 }], kind: 'x', status: 'y' })),
      {},
      undefined,
    ],
    [one, { 'content-type': 'text/plain' }, 'Invalid Content-Type: text/plain'],
    [one, { 'x-mlflow-experiment-id': '' }, 'x-mlflow-experiment-id is missing'],
    [one, { 'x-mlflow-experiment-id': 'none', 'x-mlflow-run-id': '' }, undefined],
    [one, { 'content-encoding': 'br' }, 'Unsupported Content-Encoding: br'],
    [one, { 'content-encoding': 'gzip' }, 'Failed to decompress gzip payload'],
    ['\u0008\u0008\u0008', { 'content-type': 'application/x-protobuf' }, 'no ExportTraceServiceRequest'],
    [one, { 'x-mlflow-run-id': 'none' }, 'Run with id=none not found'],
  ] as [string, Record<string, string>, string | undefined][])(
    '%s with %j is judged',
    async (payload, headers, message) => {
      const { status, text } = await send(payload, headers)
      if (message === undefined) expect([200, 404]).toContain(status)
      else expect([[400, 404].includes(status), text]).toEqual([true, expect.stringContaining(message)])
    },
  )

  it('that would unpack beyond all bounds, or nest without end, are refused', async () => {
    const bomb = gzipSync(Buffer.alloc(70 * 2 ** 20, 32))
    expect((await send(bomb, { 'content-encoding': 'gzip' })).status).toBe(413)
    let deep: Json = { stringValue: 'x' }
    for (let i = 0; i < 150; i += 1) deep = { arrayValue: { values: [deep] } }
    const nested = await send(JSON.stringify(otlp({ attributes: [{ key: 'a', value: deep }] })))
    expect([nested.status, nested.text]).toEqual([400, expect.stringContaining('nested')])
    // protobuf: each level is a Value (5) that holds Values (1)
    let bytes = Buffer.from([0x0a, 0x01, 0x78])
    for (let i = 0; i < 20_000 && bytes.length < 2 ** 20; i += 1) bytes = Buffer.concat([Buffer.from([0x2a]), sized(Buffer.concat([Buffer.from([0x0a]), sized(bytes)]))]) // biome-ignore format: long
    for (const tag of [0x12, 0x4a, 0x12, 0x12, 0x0a]) bytes = Buffer.concat([Buffer.from([tag]), sized(bytes)])
    expect((await send(bytes, { 'content-type': 'application/x-protobuf' })).status).toBe(400)
  })
})

function sized(bytes: Buffer): Buffer {
  const size: number[] = []
  for (let n = bytes.length; ; n >>>= 7) {
    if (n < 128) return Buffer.concat([Buffer.from([...size, n]), bytes])
    size.push((n & 127) | 128)
  }
}

describe('the token of a job', () => {
  it('tells and reads traces of its own experiment, and changes its own', async () => {
    const { id } = await s.store.runs.createExperiment(s.workspace.scope, { name: 'of the job' })
    await s.store.runs.create(s.workspace.scope, { runId: 'the-job', experimentId: id, job: true })
    const token = s.tokenOf('the-job')
    const location = { trace_location: { mlflow_experiment: { experiment_id: id } } }
    const own = info(location)
    expect((await third('POST', 'traces', { trace: { trace_info: own } }, token)).status).toBe(200)
    const foreign = await started(location)
    const elsewhere = await started()
    const tag = { key: 'a', value: 'b' }
    const statusOf = async (method: Method, path: string, body?: unknown) =>
      (await third(method, path, body, token)).status
    expect(await statusOf('GET', `traces/${own.trace_id}`)).toBe(200)
    expect(await statusOf('GET', `traces/${foreign.trace_id}`)).toBe(200)
    expect(await statusOf('GET', `traces/${elsewhere.trace_id}`)).toBe(403)
    expect(await statusOf('PATCH', `traces/${own.trace_id}/tags`, tag)).toBe(200)
    expect(await statusOf('PATCH', `traces/${foreign.trace_id}/tags`, tag)).toBe(403)
    const all = { experiment_id: id, max_timestamp_millis: 9e12 }
    expect(await statusOf('POST', 'traces/delete-traces', all)).toBe(403)
    const assessment = { assessment_name: 'x', feedback: { value: 1 }, source: { source_type: 'CODE' } }
    expect(await statusOf('POST', `traces/${foreign.trace_id}/assessments`, { assessment })).toBe(200)
    expect(await statusOf('POST', `traces/${elsewhere.trace_id}/assessments`, { assessment })).toBe(403)
    const search = { locations: [{ mlflow_experiment: { experiment_id: '0' } }] }
    expect(await statusOf('POST', 'traces/search', search)).toBe(403)
    const sent = await send(JSON.stringify(otlp({ traceId: 'd'.repeat(32) })), { authorization: `Bearer ${token}` })
    expect(sent.status).toBe(403)
  })
})
