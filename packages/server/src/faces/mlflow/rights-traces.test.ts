import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MlflowServer, startMlflowServer } from './mlflow-server.ts'
import { type Method, otlp, send, started, third } from './trace-requests.ts'

let s: MlflowServer
let mine: string
let others: string
let token: string
/** A trace of the owner in the experiment of the job, and one elsewhere. */
let near: string
let far: string
let dataset: string
let webhook: string
let verdict: string

const at = (id: string) => ({ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: id } })
const feedback = (more: object = {}) => ({
  assessment: { assessment_name: 'good', source: { source_type: 'HUMAN' }, feedback: { value: true }, ...more },
})

beforeAll(async () => {
  s = await startMlflowServer()
  const { scope } = s.workspace
  mine = (await s.store.runs.createExperiment(scope, { name: 'mine' })).id
  others = (await s.store.runs.createExperiment(scope, { name: 'others' })).id
  for (const [runId, experimentId] of [['my_job', mine], ['neighbour', mine], ['stranger', others]] as const) // biome-ignore format: a table
    await s.store.runs.create(scope, { runId, experimentId, job: true })
  token = s.tokenOf('my_job')
  near = String((await started(s, { trace_location: at(mine) })).trace_id)
  far = String((await started(s, { trace_location: at(others) })).trace_id)
  const made = await third(s, 'POST', `traces/${near}/assessments`, feedback())
  verdict = (made.body.assessment as { assessment_id: string }).assessment_id
  const set = await third(s, 'POST', 'datasets/create', { name: 'd', experiment_ids: [others] })
  dataset = (set.body.dataset as { dataset_id: string }).dataset_id
  const hook = { name: 'h', url: 'https://1.1.1.1/', events: [{ entity: 'MODEL_VERSION', action: 'CREATED' }] }
  const told = await s.ask('POST', 'webhooks', hook)
  webhook = (told.body.webhook as { webhook_id: string }).webhook_id
})
afterAll(async () => {
  expect(s.faults).toEqual([])
  await s.close()
})

describe('the token of a job', () => {
  it('makes traces in its experiment and changes those it made', async () => {
    const info = { trace_id: 'tr-own', trace_location: at(mine), request_time: '2025-01-02T03:04:05Z', state: 'OK' }
    const body = { trace: { trace_info: info } }
    expect((await third(s, 'POST', 'traces', body, token)).status).toBe(200)
    expect((await third(s, 'PATCH', 'traces/tr-own/tags', { key: 'a', value: '1' }, token)).status).toBe(200)
    expect((await third(s, 'POST', `traces/${near}/assessments`, feedback(), token)).status).toBe(200)
    expect((await third(s, 'GET', `traces/${near}`, undefined, token)).status).toBe(200)
  })

  it('does nothing to traces, datasets and webhooks of others', async () => {
    const before = await s.store.traces.get(s.workspace.scope, [near, far])
    const attempts: [Method, string, object?][] = [
      ['POST', 'traces', { trace: { trace_info: { trace_id: near, trace_location: at(mine), request_time: '2025-01-02T03:04:05Z' } } }],
      ['POST', 'traces', { trace: { trace_info: { trace_id: 'tr-x', trace_location: at(others), request_time: '2025-01-02T03:04:05Z' } } }],
      ['PATCH', `traces/${near}/tags`, { key: 'a', value: '1' }],
      ['DELETE', `traces/${near}/tags?key=a`],
      ['POST', 'traces/delete-traces', { experiment_id: mine, request_ids: [near] }],
      ['POST', 'traces/delete-traces', { experiment_id: mine, max_timestamp_millis: 9_000_000_000_000 }],
      ['POST', 'traces/delete-traces', { experiment_id: others, request_ids: [far] }],
      ['GET', `traces/${far}`],
      ['GET', `traces/get?trace_id=${far}`],
      ['GET', `traces/batchGet?trace_ids=${far}`],
      ['POST', 'traces/search', { locations: [at(mine), at(others)] }],
      ['POST', 'traces/metrics', { experiment_ids: [others], view_type: 'TRACES', metric_name: 'trace_count', aggregations: [{ aggregation_type: 'COUNT' }] }],
      ['POST', 'traces/calculate-filter-correlation', { experiment_ids: [others], filter_string1: "status = 'OK'", filter_string2: "status = 'OK'" }],
      ['POST', 'traces/link-to-run', { trace_ids: [near], run_id: 'neighbour' }],
      ['POST', 'traces/link-to-run', { trace_ids: [far], run_id: 'my_job' }],
      ['POST', `traces/${far}/assessments`, feedback()],
      ['POST', `traces/${near}/assessments`, feedback({ overrides: verdict })],
      ['PATCH', `traces/${near}/assessments/${verdict}`, { ...feedback({ rationale: 'no' }), update_mask: 'rationale' }],
      ['DELETE', `traces/${near}/assessments/${verdict}`],
      ['GET', `datasets/${dataset}`],
      ['GET', `datasets/${dataset}/records`],
      ['POST', `datasets/${dataset}/records`, { records: '[]' }],
      ['DELETE', `datasets/${dataset}`],
      ['PATCH', `datasets/${dataset}/tags`, { tags: '{"a":"b"}' }],
      ['POST', 'datasets/search', { experiment_ids: [others] }],
      ['POST', 'datasets/create', { name: 'x', experiment_ids: [others] }],
    ] // biome-ignore format: a table
    for (const [method, path, body] of attempts)
      expect([method, path, (await third(s, method, path, body, token)).status]).toEqual([method, path, 403])
    expect(await s.store.traces.get(s.workspace.scope, [near, far])).toEqual([
      expect.objectContaining({
        tags: before[0]?.tags,
        assessments: expect.arrayContaining(before[0]?.assessments ?? []),
      }),
      before[1],
    ])
    expect(await s.store.evaluationDatasets.get(s.workspace.scope, dataset)).toMatchObject({ tags: {} })
    const hook = { name: 'h', url: 'https://1.1.1.1/', events: [{ entity: 'MODEL_VERSION', action: 'CREATED' }] }
    for (const [method, path, body] of [
      ['POST', 'webhooks', hook],
      ['GET', 'webhooks'],
      ['GET', `webhooks/${webhook}`],
      ['PATCH', `webhooks/${webhook}`, { url: 'https://8.8.8.8/' }],
      ['DELETE', `webhooks/${webhook}`],
      ['POST', `webhooks/${webhook}/test`, {}],
    ] as const)
      expect([method, path, (await s.ask(method, path, body, token)).status]).toEqual([method, path, 403])
  })

  it('sends no spans into traces and experiments of others', async () => {
    const sent = (more: object, experiment: string, who = token) =>
      send(s, JSON.stringify(otlp(more as Parameters<typeof otlp>[0])), {
        'x-mlflow-experiment-id': experiment,
        authorization: `Bearer ${who}`,
      })
    expect((await sent({}, others)).status).toBe(403)
    expect((await send(s, JSON.stringify(otlp()), { 'x-mlflow-experiment-id': mine })).status).toBe(200)
    expect((await sent({}, mine)).status).toBe(403)
    expect((await sent({ traceId: 'a'.repeat(32) }, mine)).status).toBe(200)
    expect((await sent({ traceId: 'a'.repeat(32) }, mine, s.tokenOf('neighbour'))).status).toBe(403)
    expect((await sent({ traceId: 'b'.repeat(32) }, mine, s.tokenOf('my_job', 'sub/group/elsewhere'))).status).toBe(403)
  })
})
