import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let server: TestServer
let own: string
let experiment: string
beforeAll(async () => {
  server = await startTestServer()
  own = `/lazurite/v1${server.ws}`
  experiment = (await bring('runs', { experiment: { name: 'talks' } })).body.experiment_id
})
afterAll(() => server.end())

const ask = async (method: 'GET' | 'POST' | 'PATCH', url: string, body?: unknown) => {
  const answer = await server.ask(method, url, body)
  return { status: answer.statusCode, body: answer.body === '' ? {} : answer.json() }
}
const bring = (what: string, body: object) => ask('POST', `${own}/${what}/import`, body)
const mlflow = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) =>
  ask(method, `/mlflow/v1.0${server.ws}/api/3.0/mlflow/${path}`, body)

const packed = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
const otel = (letter: string) => letter.repeat(32)
const spanOf = (letter: string, i: number, parent?: number) => ({
  traceId: packed(otel(letter)),
  spanId: packed(String(i).padStart(16, '0')),
  ...(parent === undefined ? {} : { parentSpanId: packed(String(parent).padStart(16, '0')) }),
  name: `span ${i}`,
  startTimeUnixNano: '1700000000000000001',
  endTimeUnixNano: '1700000001000000001',
  attributes: [{ key: 'mlflow.traceTag.once', value: { stringValue: 'said' } }],
})
const headOf = (letter: string, more: object = {}) => ({
  trace_id: `tr-${otel(letter)}`,
  trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } },
  request_time: '2023-11-14T22:13:20Z',
  execution_duration: '1s',
  state: 'OK',
  tags: { team: 'birds' },
  trace_metadata: { 'mlflow.user': 'ann' },
  ...more,
})
const judged = (id: string, value: number, at: string, more: object = {}) => ({
  assessment_id: id,
  assessment_name: 'score',
  source: { source_type: 'HUMAN', source_id: 'ann' },
  create_time: '2023-11-14T22:13:20Z',
  last_update_time: at,
  feedback: { value },
  ...more,
})
const traces = (...items: object[]) => bring('traces', { experiment_id: experiment, traces: items })
const idOf = (letter: string) => `tr-${otel(letter)}`

describe('bringing traces', () => {
  test('spans in slices, the head last; sent again nothing changes', async () => {
    const id = idOf('a')
    const half = await traces({ trace_id: id, spans: [spanOf('a', 1)] })
    expect(half.body.traces[id]).toMatchObject({ spans: 1, finished: false, tags: { once: 'said' } })
    const whole = { trace_id: id, spans: [spanOf('a', 2, 1)], trace_info: headOf('a'), runs: ['r1'], prompts: ['p/1'] }
    const told = { spans: 2, finished: true, state: 'OK', duration_ms: 1000, metadata: { 'mlflow.user': 'ann' } }
    const first = await traces(whole)
    expect(first).toMatchObject({ status: 200, body: { traces: { [id]: told }, refused: {} } })
    // what its spans once said was taken back since
    expect(first.body.traces[id].tags.once).toBeUndefined()
    expect((await traces(whole)).body.traces[id]).toEqual((await traces(whole)).body.traces[id])
    const { trace } = (await mlflow('GET', `traces/get?trace_id=${id}`)).body
    expect(trace.spans.map((span: { name: string }) => span.name)).toEqual(['span 1', 'span 2'])
    expect(trace.trace_info).toMatchObject({ request_time: '2023-11-14T22:13:20Z', tags: { team: 'birds' } })
    const search = { locations: headOf('a').trace_location, filter: "prompt = 'p/1'" }
    const found = await mlflow('POST', 'traces/search', { ...search, locations: [search.locations] })
    expect(found.body.traces).toHaveLength(1)
  })

  test('assessments keep id, time and whether they hold; what was changed here since stays', async () => {
    const id = idOf('b')
    const [early, late] = ['2023-11-14T22:13:20Z', '2023-11-14T22:13:21Z']
    const send = (...assessments: object[]) => traces({ trace_id: id, trace_info: headOf('b', { assessments }) })
    const at = Date.parse(early)
    const { body } = await send(judged('a-1', 1, early, { valid: false }), judged('a-2', 2, early))
    expect(body.traces[id].assessments).toEqual({ 'a-1': [at, false], 'a-2': [at, true] })
    expect((await send(judged('a-2', 3, late))).body.traces[id].assessments['a-2']).toEqual([at + 1000, true])
    const change = { assessment: { feedback: { value: 9 } }, update_mask: 'feedback' }
    await mlflow('PATCH', `traces/${id}/assessments/a-2`, change)
    await send(judged('a-2', 3, late))
    expect((await mlflow('GET', `traces/${id}/assessments/a-2`)).body.assessment.feedback.value).toBe(9)
  })

  test('what is wrong with one is told beside it, and the others come', async () => {
    const [good, bad] = [idOf('c'), idOf('d')]
    const { status, body } = await traces(
      { trace_id: bad, spans: [spanOf('c', 1)] },
      { trace_id: good, trace_info: headOf('c') },
    )
    expect(status).toBe(200)
    expect(body.refused[bad]).toContain('another trace')
    expect(Object.keys(body.traces)).toEqual([good])
    const elsewhere = await bring('traces', {
      experiment_id: '0',
      traces: [{ trace_id: good, trace_info: headOf('c') }],
    })
    expect(elsewhere.body.refused[good]).toContain('another experiment')
    expect((await traces({ trace_id: '../x', trace_info: headOf('e') })).body.refused['../x']).toContain(
      'another trace',
    )
    expect((await bring('traces', { traces: [{}] })).status).toBe(400)
    expect((await bring('traces', { trace_ids: Array(501).fill('x') })).status).toBe(400)
  })
})

describe('bringing evaluation datasets', () => {
  const dataset = { name: 'questions', created_time: 5, last_update_time: 9, tags: { k: 'v' }, digest: 'abc' }
  const record = (i: number, at: number, answer: string) =>
    `{"dataset_record_id": "dr-${i}", "inputs": {"n": ${i}.0}, "expectations": {"a": "${answer}"}, "created_time": 5,
      "last_update_time": ${at}, "created_by": "ann"}`

  test('records keep ids, times and numbers; the newer of two wins', async () => {
    const send = (more: object) => bring('evaluations', { dataset_id: 'd-1', ...more })
    expect((await send({ dataset: { ...dataset, experiment_ids: [experiment] } })).body).toMatchObject({ known: false })
    const records = `[${record(1, 7, 'old')}, ${record(2, 7, 'x')}]`
    expect((await send({ records })).body).toEqual({ dataset_id: 'd-1', known: true, records: 2 })
    expect((await send({ records: `[${record(1, 8, 'new')}, ${record(2, 6, 'older')}]` })).body.records).toBe(2)
    const found = (await mlflow('GET', 'datasets/d-1/records')).body.records
    expect(found).toContain('"inputs": {"n": 1.0}')
    expect(JSON.parse(found).map((r: { expectations: object }) => r.expectations)).toEqual([{ a: 'new' }, { a: 'x' }])
    const head = (await mlflow('GET', 'datasets/d-1')).body.dataset
    expect(head).toMatchObject({ name: 'questions', digest: 'abc', created_time: 5, last_update_time: 9 })
    for (const at of ['1.5', '1e300', 'NaN', '9000000000000000'])
      expect((await send({ records: `[${record(3, 7, 'x').replace('7', at)}]` })).status).toBe(400)
    for (const time of [1.5, 1e300])
      expect((await send({ dataset: { ...dataset, created_time: time } })).status).toBe(400)
    for (const at of ['1.5', '1e999']) {
      const odd = `[${record(3, 7, 'x').replace('"last_update_time": 7', `"last_update_time": ${at}`)}]`
      expect((await send({ records: odd })).body.error.message).toContain('records[0].last_update_time')
    }
    expect((await send({ dataset: { ...dataset, created_time: 1.5 } })).status).toBe(400)
    for (const wrong of [{ dataset_id: '../d' }, { dataset_id: 'd-1', records: '{}' }, { dataset_id: 'd-2', records }])
      expect((await bring('evaluations', wrong)).status).toBeGreaterThanOrEqual(400)
  })
})

describe('bringing webhooks', () => {
  const hook = {
    webhook_id: 'w-1',
    name: 'told',
    url: 'https://1.1.1.1/x',
    events: ['MODEL_VERSION.CREATED', 'PROMPT.CREATED'],
  }

  test('they come off, once, with what can be told of here', async () => {
    const first = await bring('webhooks', { webhook: { ...hook, secret: 'never', status: 'ACTIVE' } })
    expect(first.body).toEqual({ webhook_id: 'w-1', known: false, brought: true, left_events: ['PROMPT.CREATED'] })
    expect((await bring('webhooks', { webhook: { ...hook, name: 'again' } })).body.known).toBe(true)
    const listed = await ask('GET', `/mlflow/v1.0${server.ws}/api/2.0/mlflow/webhooks`)
    expect(listed.body.webhooks).toMatchObject([{ webhook_id: 'w-1', name: 'told', status: 'DISABLED' }])
  })

  test('an address inside is refused, as is nothing that can be told of', async () => {
    const inner = await bring('webhooks', { webhook: { ...hook, webhook_id: 'w-2', url: 'https://127.0.0.1/x' } })
    expect(inner.status).toBe(400)
    const none = await bring('webhooks', { webhook: { ...hook, webhook_id: 'w-3', events: ['PROMPT.CREATED'] } })
    expect(none.body.brought).toBe(false)
  })
})

test('nobody brings anything without the token of the owner', async () => {
  for (const what of ['traces', 'evaluations', 'webhooks']) {
    const answer = await server.knock('POST', `${own}/${what}/import`, { authorization: 'Bearer nonsense' }, {})
    expect(answer.statusCode).toBe(401)
  }
})
