import { asArray, asObject, type JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MlflowServer, startMlflowServer } from './mlflow-server.ts'
import type { Method } from './trace-requests.ts'
import * as requests from './trace-requests.ts'

let s: MlflowServer
let mine: string
let others: string
let token: string

beforeAll(async () => {
  s = await startMlflowServer()
  const { scope } = s.workspace
  mine = (await s.store.runs.createExperiment(scope, { name: 'mine' })).id
  others = (await s.store.runs.createExperiment(scope, { name: 'others' })).id
  await s.store.runs.create(scope, { runId: 'my_job', experimentId: mine, job: true })
  token = s.tokenOf('my_job')
})
afterAll(async () => {
  expect(s.faults).toEqual([])
  await s.close()
})

const ask = (method: Method, path: string, body?: unknown, as?: string) =>
  requests.third(s, method, `datasets/${path}`, body, as)

async function create(o: JsonObject = {}, as?: string): Promise<JsonObject> {
  const { status, body } = await ask('POST', 'create', { name: 'set', ...o }, as)
  expect(status).toBe(200)
  return asObject(body.dataset)
}

describe('an evaluation dataset', () => {
  it('comes back as MLflow prints it', async () => {
    const made = await create({ tags: '{"mlflow.user": "ann", "n": 1.0}', experiment_ids: [mine] })
    expect(made).toEqual({
      dataset_id: expect.stringMatching(/^d-[0-9a-f]{32}$/),
      name: 'set',
      tags: '{"mlflow.user": "ann", "n": "1.0"}',
      digest: expect.stringMatching(/^[0-9a-f]{8}$/),
      created_time: expect.any(Number),
      last_update_time: made.created_time,
      created_by: 'ann',
      last_updated_by: 'ann',
      experiment_ids: [mine],
    })
    const { experiment_ids: _, ...rest } = made
    expect((await ask('GET', String(made.dataset_id))).body).toEqual({ dataset: rest })
  })

  it('keeps the numbers of its records as Python wrote them', async () => {
    const id = String((await create()).dataset_id)
    const records =
      '[{"inputs": {"t": 1.0, "n": 123456789012345678901}, "outputs": NaN, "source": {"source_type": "code"}}]'
    expect((await ask('POST', `${id}/records`, { records })).body).toEqual({ inserted_count: 1, updated_count: 0 })
    const text = String((await ask('GET', `${id}/records`)).body.records)
    expect(text).toContain('"inputs": {"t": 1.0, "n": 123456789012345678901}, "outputs": NaN, "tags": {}')
    expect(text).toContain('"source": {"source_type": "CODE", "source_data": {}}, "source_type": "CODE"')
  })

  it('refuses records that would be none, all of them', async () => {
    const id = String((await create()).dataset_id)
    for (const [records, says] of [
      ['[{"inputs": {"q": 1}}, 5]', 'records[1]'],
      ['[{"inputs": {}, "expectations": []}]', 'records[0].expectations'],
      ['[{"inputs": {}, "source": {"source_type": "TRACE", "source_data": 1}}]', 'records[0].source.source_data'],
      [`[{"inputs": {"q": ${'['.repeat(200)}${']'.repeat(200)}}}]`, 'JSON list'],
    ] as const) {
      const { status, body } = await ask('POST', `${id}/records`, { records })
      expect([status, body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
      expect(body.message).toContain(says)
    }
    expect((await ask('GET', `${id}/records`)).body).toEqual({ records: '[]' })
  })

  it('is of its experiments: an id that came letter by letter is one', async () => {
    const { dataset_id } = await create({ name: 'lettered', experiment_ids: [others] })
    const { body } = await ask('POST', 'search', { experiment_ids: [...others] })
    expect(asArray(body.datasets).map((d) => asObject(d).dataset_id)).toEqual([dataset_id])
  })
})

describe('the token of a job', () => {
  it('makes datasets in its own experiment, fills and deletes them', async () => {
    const id = String((await create({ experiment_ids: [mine] }, token)).dataset_id)
    expect((await ask('POST', `${id}/records`, { records: '[{"inputs": {"q": 1}}]' }, token)).status).toBe(200)
    expect((await ask('PATCH', `${id}/tags`, { tags: '{"a": "b"}' }, token)).status).toBe(200)
    expect((await ask('POST', `${id}/add-experiments`, { experiment_ids: [others] }, token)).status).toBe(403)
    expect((await ask('DELETE', id, undefined, token)).status).toBe(200)
  })

  it('reads those of its experiment, and no others', async () => {
    const [near, far] = [await create({ experiment_ids: [mine] }), await create({ experiment_ids: [others] })]
    const [readable, hidden] = [String(near.dataset_id), String(far.dataset_id)]
    for (const path of ['', '/records', '/experiment-ids']) {
      expect((await ask('GET', `${readable}${path}`, undefined, token)).status).toBe(200)
      expect((await ask('GET', `${hidden}${path}`, undefined, token)).status).toBe(403)
    }
    const found = asArray((await ask('POST', 'search', {}, token)).body.datasets).map((d) => asObject(d).dataset_id)
    expect([found.includes(readable), found.includes(hidden)]).toEqual([true, false])
    for (const experiment_ids of [[others], [...others]])
      expect((await ask('POST', 'search', { experiment_ids }, token)).status).toBe(403)
    expect((await ask('POST', 'create', { name: 'x', experiment_ids: [others] }, token)).status).toBe(403)
  })

  it.each([
    ['POST', '/records', { records: '[{"inputs": {"q": 1}}]' }],
    ['DELETE', '/records', { dataset_record_ids: ['x'] }],
    ['PATCH', '/tags', { tags: '{"a": "b"}' }],
    ['DELETE', '/tags/a', undefined],
    ['POST', '/add-experiments', { experiment_ids: [] }],
    ['POST', '/remove-experiments', { experiment_ids: [] }],
    ['DELETE', '', undefined],
  ] as const)('never changes those of others: %s %s', async (method, path, body) => {
    const id = String((await create({ experiment_ids: [mine] })).dataset_id)
    expect((await ask(method, `${id}${path}`, body, token)).status).toBe(403)
    expect((await ask('GET', id)).status).toBe(200)
  })
})
