import { asArray, asObject, type JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownerToken } from '../bench.ts'
import { type MlflowServer, newRun, startMlflowServer } from './mlflow-server.ts'
import * as requests from './trace-requests.ts'
import { info, type Method } from './trace-requests.ts'

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

describe('a trace of the third dialect', () => {
  it('comes back as MLflow prints it, with the place of its files', async () => {
    const told = await started({
      client_request_id: 'mine',
      request_preview: 'q',
      trace_metadata: { 'mlflow.user': 'me' },
      tags: { 'mlflow.traceName': 'agent', 'mlflow.artifactLocation': 's3://elsewhere' },
    })
    const id = String(told.trace_id)
    expect(told).toEqual({
      trace_id: id,
      client_request_id: 'mine',
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } },
      request_preview: 'q',
      request_time: '2025-01-02T03:04:05.678Z',
      execution_duration: '1.500s',
      state: 'OK',
      trace_metadata: { 'mlflow.user': 'me' },
      tags: {
        'mlflow.traceName': 'agent',
        'mlflow.artifactLocation': `mlflow-artifacts:/0/traces/${id}/artifacts`,
      },
    })
    expect((await third('GET', `traces/${id}`)).body).toEqual({ trace: { trace_info: told } })
    expect((await third('POST', 'traces/batchGetInfos', { trace_ids: [id, 'none'] })).body).toEqual({
      trace_infos: [told],
    })
    const elsewhere = { trace_ids: [id], experiment_ids: ['1'] }
    expect((await third('POST', 'traces/batchGetInfos', elsewhere)).body).toEqual({})
  })

  it('keeps files where it says, and takes them along when it goes', async () => {
    const id = String((await started()).trace_id)
    const path = `artifacts/0/traces/${id}/artifacts/traces.json`
    expect((await s.files('GET', path)).status).toBe(404)
    expect((await s.files('PUT', path, '{"spans":[]}')).status).toBe(200)
    expect((await s.files('GET', path)).text).toBe('{"spans":[]}')
    expect((await s.files('PUT', `artifacts/1/traces/${id}/artifacts/x`, 'x')).status).toBe(404)
    expect((await s.files('PUT', `artifacts/0/traces/${id}/artifacts/%252e%252e/x`, 'x')).status).toBe(400)
    expect((await s.ask('GET', `get-trace-artifact?request_id=${id}`)).text).toBe('{"spans":[]}')
    const gone = await third('POST', 'traces/delete-traces', { experiment_id: '0', request_ids: [id] })
    expect(gone.body).toEqual({ traces_deleted: 1 })
    const left = await s.store.bytes.list(s.workspace.storage.account, s.workspace.storage.artifacts, { prefix: `ExperimentTraces/0/${id}` }) // biome-ignore format: long
    expect(left.blobs).toEqual([])
  })

  it('is found, in pages', async () => {
    const ids: unknown[] = []
    for (let i = 0; i < 3; i += 1)
      ids.unshift((await started({ request_time: `2030-01-0${i + 1}T00:00:00Z`, tags: { set: 'paged' } })).trace_id)
    const seen: unknown[] = []
    for (let token: unknown, more = true; more; ) {
      const { body } = await third('POST', 'traces/search', {
        locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } }],
        filter: "tags.set = 'paged'",
        max_results: 2,
        ...(token ? { page_token: token } : {}),
      })
      seen.push(...asArray(body.traces).map((t) => asObject(t).trace_id))
      token = body.next_page_token
      more = token !== undefined
    }
    expect(seen).toEqual(ids)
  })

  it('has tags that are set and taken away, but for the server’s own', async () => {
    const id = String((await started()).trace_id)
    for (const version of ['2.0', '3.0']) {
      const ask = (method: 'PATCH' | 'DELETE', body: JsonObject) =>
        s.raw({ method, url: `/api/${version}/mlflow/traces/${id}/tags`, payload: JSON.stringify(body) })
      expect((await ask('PATCH', { key: 'a', value: 'b'.repeat(9000) })).statusCode).toBe(200)
      const tags = asObject(asObject(asObject((await third('GET', `traces/${id}`)).body.trace).trace_info).tags)
      expect(String(tags.a)).toHaveLength(4096)
      expect((await ask('DELETE', { key: 'a' })).statusCode).toBe(200)
      expect((await ask('DELETE', { key: 'a' })).json()).toMatchObject({ error_code: 'RESOURCE_DOES_NOT_EXIST' })
      const refused = await ask('PATCH', { key: 'mlflow.trace.spansLocation', value: 'x' })
      expect(refused.json().message).toContain('is immutable and cannot be set on a trace')
    }
  })

  it.each([
    [{}, "Missing value for required parameter 'trace'"],
    [{ trace: {} }, "Missing value for required parameter 'trace.trace_info'"],
    [
      { trace: { trace_info: info({ trace_id: '' }) } },
      "Missing value for required parameter 'trace.trace_info.trace_id'",
    ],
    [{ trace: { trace_info: info({ trace_id: '../x y' }) } }, 'Invalid value'],
    [{ trace: { trace_info: info({ trace_location: {} }) } }, 'trace_location'],
    [{ trace: { trace_info: info({ request_time: 'yesterday' }) } }, 'Invalid value "yesterday"'],
    [{ trace: { trace_info: info({ execution_duration: '5 minutes' }) } }, 'Invalid value "5 minutes"'],
    [{ trace: { trace_info: info({ state: 'GOOD' }) } }, 'Invalid value "GOOD"'],
    [{ trace: { trace_info: info({ tags: { a: 5 } }) } }, 'Invalid value 5'],
    [{ trace: { trace_info: info({ tags: { 'a\u0000b': 'x' } }) } }, 'Invalid tag key'],
    [{ trace: { trace_info: info({ request_preview: 'a\u0000b' }) } }, ''],
  ])('told as %j is refused', async (body, message) => {
    const answer = await third('POST', 'traces', body)
    expect(answer.status, answer.text).toBe(400)
    expect(answer.body.message).toContain(message)
  })

  it('is not there, or not there yet, in MLflow words', async () => {
    const missing = await third('GET', 'traces/tr-none')
    expect([missing.status, missing.body.message]).toEqual([404, "Trace with ID 'tr-none' not found."])
    const id = String((await started({ trace_metadata: { 'mlflow.trace.sizeStats': '{"num_spans": 2}' } })).trace_id)
    const partial = await third('GET', `traces/get?trace_id=${id}&allow_partial=True`)
    expect(asObject(partial.body.trace).spans).toEqual([])
    const { body } = await third('POST', 'traces/search', { max_results: 501, locations: [] })
    expect(body.message).toContain("Invalid value 501 for parameter 'max_results' supplied. It must be at most 500")
    const nowhere = { locations: [{ mlflow_experiment: { experiment_id: 'none' } }] }
    expect((await third('POST', 'traces/search', nowhere)).body).toEqual({})
  })

  it.each([
    [{}, "Missing value for required parameter 'experiment_id'"],
    [{ experiment_id: '0' }, 'Either `max_timestamp_millis` or `trace_ids` must be specified.'],
    [{ experiment_id: '0', max_timestamp_millis: 1, request_ids: ['a'] }, 'Only one of'],
    [{ experiment_id: '0', max_traces: 1, request_ids: ['a'] }, "`max_traces` can't be specified"],
    [{ experiment_id: '0', max_timestamp_millis: 1, max_traces: 0 }, 'must be a positive integer, received 0'],
  ])('is not deleted by %j', async (body, message) => {
    expect((await third('POST', 'traces/delete-traces', body)).body.message).toContain(message)
  })

  it('is linked to runs and prompts', async () => {
    const id = String((await started()).trace_id)
    const runId = await newRun(s)
    expect((await s.ask('POST', 'traces/link-to-run', { trace_ids: [id, 'none'], run_id: runId })).body).toEqual({})
    const prompts = { trace_id: id, prompt_versions: [{ name: 'ask', version: '3' }] }
    expect((await s.ask('POST', 'traces/link-prompts', prompts)).body).toEqual({})
    const find = async (filter: string) => {
      const locations = [{ mlflow_experiment: { experiment_id: '0' } }]
      const { body } = await third('POST', 'traces/search', { locations, filter })
      return asArray(body.traces).map((t) => asObject(t).trace_id)
    }
    expect(await find(`run_id = '${runId}'`)).toEqual([id])
    expect(await find("prompt = 'ask/3'")).toEqual([id])
    const many = Array.from({ length: 101 }, (_, i) => `tr-${i}`)
    const refused = await s.ask('POST', 'traces/link-to-run', { trace_ids: many, run_id: runId })
    expect(refused.body.message).toContain('Cannot link more than 100 traces')
  })
})

describe('a trace of the second dialect', () => {
  it('is begun, ended, tagged and found', async () => {
    const pair = (key: string, value: string) => ({ key, value })
    const begun = await s.ask('POST', 'traces', {
      experiment_id: '0',
      timestamp_ms: 1000,
      request_metadata: [pair('m', '1')],
      tags: [pair('mlflow.traceName', 'old')],
    })
    const { request_id: id } = asObject(begun.body.trace_info)
    expect(begun.body.trace_info).toMatchObject({ request_id: expect.stringMatching(/^[0-9a-f]{32}$/), experiment_id: '0', timestamp_ms: 1000, execution_time_ms: 0, status: 'IN_PROGRESS' }) // biome-ignore format: long
    const ended = await s.ask('PATCH', `traces/${id}`, {
      timestamp_ms: 1250,
      status: 'OK',
      request_metadata: [pair('n', '2')],
      tags: [pair('t', '3')],
    })
    expect(ended.body.trace_info).toMatchObject({
      execution_time_ms: 250,
      status: 'OK',
      request_metadata: [pair('m', '1'), pair('n', '2')],
      tags: expect.arrayContaining([pair('mlflow.traceName', 'old'), pair('t', '3')]),
    })
    expect((await s.ask('GET', `traces/${id}/info`)).body).toEqual(ended.body)
    const filter = encodeURIComponent("tags.t = '3' AND status = 'OK'")
    const found = await s.ask('GET', `traces?experiment_ids=0&max_results=5&filter=${filter}`)
    expect(found.body).toEqual({ traces: [ended.body.trace_info] })
    expect((await third('GET', `traces/${id}`)).status).toBe(200)
  })
})

describe('assessments', () => {
  const source = { source_type: 'HUMAN', source_id: 'me' }

  it('are made once, changed, and deleted', async () => {
    const id = String((await started()).trace_id)
    const assessment = {
      assessment_name: 'good',
      source,
      create_time: '2025-01-02T03:04:05Z',
      feedback: { value: true },
      metadata: { a: '1' },
    }
    const make = () => third('POST', `traces/${id}/assessments`, { assessment })
    const made = asObject((await make()).body.assessment)
    expect(made).toMatchObject({ ...assessment, trace_id: id, last_update_time: '2025-01-02T03:04:05Z', valid: true })
    expect((await make()).body.assessment).toEqual(made)
    const path = `traces/${id}/assessments/${made.assessment_id}`
    expect((await third('GET', path)).body).toEqual({ assessment: made })
    const change = {
      assessment: { feedback: { value: 0.5, error: { error_code: 'E' } }, rationale: 'why' },
      update_mask: 'feedback,rationale',
    }
    expect(asObject((await third('PATCH', path, change)).body.assessment)).toMatchObject({
      feedback: { value: 0.5, error: { error_code: 'E' } },
      rationale: 'why',
      metadata: { a: '1' },
    })
    const renamed = { assessment: { assessment_name: 'better' }, update_mask: 'assessmentName' }
    expect(asObject((await third('PATCH', path, renamed)).body.assessment).assessment_name).toBe('better')
    expect((await third('DELETE', path, {})).body).toEqual({})
    expect((await third('DELETE', path, {})).status).toBe(200)
    expect((await third('GET', path)).status).toBe(404)
  })

  it('are of three kinds', async () => {
    const id = String((await started()).trace_id)
    const packed = { serialization_format: 'JSON_FORMAT', value: '{"a":[1]}' }
    for (const said of [
      { feedback: { value: { a: [1, null] } } },
      { feedback: { value: null, error: { error_code: 'X', error_message: 'y' } } },
      { expectation: { value: 'text' } },
      { expectation: { serialized_value: packed } },
      { issue: { issue_name: 'slow' } },
    ]) {
      const assessment = { assessment_name: 'x', source, ...said }
      expect((await third('POST', `traces/${id}/assessments`, { assessment })).body.assessment).toMatchObject(said)
    }
    const { assessments } = asObject(asObject((await third('GET', `traces/${id}`)).body.trace).trace_info)
    expect(asArray(assessments)).toHaveLength(5)
  })

  it.each([
    [{}, "Missing value for required parameter 'assessment'"],
    [{ assessment: { assessment_name: 'x' } }, 'Exactly one of'],
    [{ assessment: { assessment_name: 'x', feedback: {}, issue: {} } }, 'Exactly one of'],
    [{ assessment: { expectation: { value: 1 } } }, "'assessment.assessment_name'"],
    [{ assessment: { assessment_name: 'x', expectation: {} } }, 'must be specified'],
    [
      { assessment: { assessment_name: 'x', feedback: { value: 1 }, source: { source_type: 'DOG' } } },
      'Invalid value "DOG"',
    ],
    [{ assessment: { assessment_name: 'x', feedback: { value: 1 }, overrides: 'a-none' } }, 'a-none'],
    [
      {
        assessment: {
          assessment_name: 'x',
          expectation: { serialized_value: { serialization_format: 'PICKLE', value: 'x' } },
        },
      },
      'Only JSON_FORMAT',
    ],
  ])('%j is refused', async (body, message) => {
    const id = String((await started()).trace_id)
    const answer = await third('POST', `traces/${id}/assessments`, body)
    expect([400, 404]).toContain(answer.status)
    expect(answer.body.message).toContain(message)
  })
})

describe('two conditions', () => {
  it('are counted together', async () => {
    for (const [a, b] of [['1', '1'], ['1', '1'], ['1', '0'], ['0', '0']] as const) await started({ tags: { of: 'pair', a, b } }) // biome-ignore format: pairs
    const ask = (filter_string1: string, filter_string2: string) =>
      third('POST', 'traces/calculate-filter-correlation', {
        experiment_ids: ['0'],
        filter_string1,
        filter_string2,
        base_filter: "tags.of = 'pair'",
      })
    const { body } = await ask("tags.a = '1'", "tags.b = '1'")
    expect(body).toMatchObject({ filter1_count: 3, filter2_count: 2, joint_count: 2, total_count: 4 })
    expect(body.npmi).toBeCloseTo(Math.log((2 * 4) / (3 * 2)) / Math.log(2), 9)
    expect((await ask("tags.a = '1'", "tags.b = 'x'")).body).not.toHaveProperty('npmi')
    expect((await ask("tags.b = '1'", "tags.a = '0'")).body).toMatchObject({ npmi: -1 })
  })
})

describe('what is left out', () => {
  it.each([
    ['GET', 'scorers/list?experiment_id=0', 'Registered scorers'],
    ['POST', 'issues', 'The list of issues'],
    ['GET', 'gateway/endpoints/list', 'The AI gateway'],
    ['POST', 'prompt-optimization/jobs', 'Prompt optimisation'],
    ['GET', 'review-queues', 'Review queues'],
  ] as const)('%s %s is refused by name, with the way out', async (method, path, message) => {
    const answer = await third(method, path, method === 'GET' ? undefined : {})
    expect([answer.status, answer.body.error_code]).toEqual([400, 'NOT_IMPLEMENTED'])
    expect(answer.body.message).toContain(message)
  })

  it('GraphQL, which MLflow’s own pages ask, names what answers the same', async () => {
    const headers = { authorization: `Bearer ${ownerToken}` }
    for (const method of ['POST', 'GET'] as const) {
      const answer = await s.raw({ method, url: '/graphql', headers, ...(method === 'POST' ? { payload: {} } : {}) })
      expect([answer.statusCode, answer.json().error_code]).toEqual([400, 'NOT_IMPLEMENTED'])
      expect(answer.json().message).toContain('runs/get')
    }
  })
})
