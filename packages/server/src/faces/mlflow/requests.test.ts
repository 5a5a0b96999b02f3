import { asArray, asObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataOf, type MlflowServer, newRun, startMlflowServer } from './mlflow-server.ts'

let s: MlflowServer
beforeAll(async () => {
  s = await startMlflowServer()
})
afterAll(async () => {
  expect(s.faults).toEqual([])
  await s.close()
})

describe('what is served where', () => {
  it('answers a version whose clients send traces by OpenTelemetry, and its health', async () => {
    expect((await s.raw({ method: 'GET', url: '/version', headers: { authorization: '' } })).payload).toMatch(
      /^3\.(?:[4-9]|\d\d)\.\d+$/,
    )
    const prefix = `/mlflow/v2.0${s.workspace.armId}`
    expect((await s.raw({ method: 'GET', url: `${prefix}/health`, headers: { authorization: '' } })).payload).toBe('OK')
  })

  it('gives the same workspace under its prefixes, in any case, and none where there is none', async () => {
    const runId = await newRun(s)
    for (const prefix of [`/mlflow/v1.0${s.workspace.armId}`, `/mlflow/v2.0${s.workspace.armId.toUpperCase()}`, '']) {
      for (const base of ['/api', '/ajax-api']) {
        const { statusCode } = await s.raw({
          method: 'GET',
          url: `${prefix}${base}/2.0/mlflow/runs/get?run_id=${runId}`,
        })
        expect(statusCode).toBe(200)
      }
    }
    const elsewhere = s.workspace.armId.replace(/main$/, 'other')
    const { statusCode } = await s.raw({
      method: 'GET',
      url: `/mlflow/v2.0${elsewhere}/api/2.0/mlflow/runs/get?run_id=${runId}`,
    })
    expect(statusCode).toBe(404)
  })

  it.each([
    '/api/3.0/mlflow/traces/a/nonsense',
    '/api/2.0/mlflow/traces/a/b/c/d',
    '/api/2.0/mlflow/nonsense',
    '/api/nonsense',
    '/api/2.0/mlflow-artifacts/nonsense',
  ])('answers 404 without JSON for %s, so that clients fall back', async (url) => {
    const answer = await s.raw({ method: 'POST', url, payload: '{}', headers: { 'content-type': 'application/json' } })
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toMatch(/^text\/plain/)
    expect(() => JSON.parse(answer.payload)).toThrow()
  })

  it('wants a token', async () => {
    for (const url of [
      '/api/2.0/mlflow/runs/get?run_id=x',
      '/api/2.0/mlflow-artifacts/artifacts?path=x',
      '/api/nonsense',
    ]) {
      expect((await s.raw({ method: 'GET', url, headers: { authorization: 'Bearer wrong' } })).statusCode).toBe(401)
    }
    const basic = Buffer.from('anyone:a-token-that-is-long-enough-for-a-test').toString('base64')
    const url = '/api/3.0/mlflow/server-info'
    expect((await s.raw({ method: 'GET', url, headers: { authorization: `Basic ${basic}` } })).json()).toEqual({
      store_type: 'SqlStore',
      workspaces_enabled: false,
    })
  })
})

describe('reading requests', () => {
  it('takes whole numbers as text and as floats, names in camel case, bodies encoded twice', async () => {
    const runId = await newRun(s, { start_time: '17' })
    const bodies = [
      { run_id: runId, key: 'a', value: 1, timestamp: '5', step: 3.0 },
      { runId, key: 'b', value: '2.5', timestamp: 5 },
      JSON.stringify(JSON.stringify({ run_uuid: runId, key: 'c', value: true, timestamp: 5 })),
    ]
    for (const body of bodies) expect((await s.ask('POST', 'runs/log-metric', body)).status).toBe(200)
    const values = asArray((await dataOf(s, runId)).metrics).map((m) => [
      asObject(m).key,
      asObject(m).value,
      asObject(m).step,
    ])
    expect(values).toEqual([
      ['a', 1, 3],
      ['b', 2.5, 0],
      ['c', 1, 0],
    ])
  })

  it('takes numbers that are none, bare as Python prints them, and gives them as texts', async () => {
    const runId = await newRun(s)
    const text = `{"run_id":"${runId}","metrics":[{"key":"say \\"NaN\\"","value":1,"timestamp":1}]}`
    expect((await s.ask('POST', 'runs/log-batch', text)).status).toBe(400)
    for (const [i, value] of ['NaN', '-Infinity', 'Infinity', '"NaN"', '"-Infinity"', '1e400'].entries()) {
      const body = `{"run_id":"${runId}","key":"m","value":${value},"timestamp":${i},"step":${i}}`
      expect((await s.ask('POST', 'runs/log-metric', body)).status).toBe(200)
    }
    const { body } = await s.ask('GET', `metrics/get-history?run_id=${runId}&metric_key=m`)
    const values = asArray(body.metrics).map((m) => asObject(m).value)
    expect(values).toEqual(['NaN', '-Infinity', 'Infinity', 'NaN', '-Infinity', 'Infinity'])
  })

  it.each([
    ['POST', 'experiments/create', {}, "Missing value for required parameter 'name'."],
    ['POST', 'experiments/create', 'no json', "Missing value for required parameter 'name'."],
    ['POST', 'experiments/create', [], "Missing value for required parameter 'name'."],
    [
      'POST',
      'experiments/create',
      { name: 5 },
      "Invalid value 5 for parameter 'name' supplied:  Hint: Value was of type 'int'.",
    ],
    ['POST', 'experiments/create', { name: 'x', tags: 'y' }, 'Invalid value "y" for parameter \'tags\' supplied'],
    [
      'POST',
      'experiments/search',
      { max_results: 0 },
      "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer",
    ],
    ['POST', 'experiments/search', {}, "Invalid value 0 for parameter 'max_results' supplied."],
    [
      'POST',
      'runs/search',
      { experiment_ids: ['0'], max_results: 50001 },
      "Invalid value 50001 for parameter 'max_results' supplied.",
    ],
    [
      'POST',
      'runs/search',
      { experiment_ids: ['0'], run_view_type: 'SOME' },
      'Invalid value "SOME" for parameter \'run_view_type\'',
    ],
    ['POST', 'runs/log-metric', { run_id: 'x', value: 1, timestamp: 1 }, "Missing value for required parameter 'key'."],
    [
      'POST',
      'runs/log-batch',
      { run_id: 'x', metrics: [{ value: 1, timestamp: 1 }] },
      "Missing value for required parameter 'metrics[0].key'.",
    ],
    ['GET', 'runs/get', undefined, "Missing value for required parameter 'run_id'."],
    ['GET', 'experiments/get', undefined, "Missing value for required parameter 'experiment_id'."],
  ] as const)('%s %s %j is refused in MLflow words', async (method, path, body, message) => {
    const answer = await s.ask(method, path, body)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringContaining(message),
    })
  })

  it('wants JSON by name where there is a body', async () => {
    const post = (headers: Record<string, string>) =>
      s.raw({ method: 'POST', url: '/api/2.0/mlflow/experiments/create', payload: '{"name":"q"}', headers })
    expect((await post({ 'content-type': 'text/plain' })).json().message).toContain(
      "must be one of ['application/json']",
    )
    expect((await post({ 'content-type': 'application/json; charset=utf-8' })).statusCode).toBe(200)
  })

  it('refuses bodies beyond its limit and ones nested without end', async () => {
    const big = await s.ask('POST', 'runs/log-batch', `{"x":"${'a'.repeat(17 * 2 ** 20)}"}`)
    expect([big.status, big.body.error_code]).toEqual([413, 'REQUEST_LIMIT_EXCEEDED'])
    expect((await s.ask('POST', 'runs/log-batch', '['.repeat(100_000))).status).toBe(400)
  })
})

describe('experiments', () => {
  it('go through their life', async () => {
    const { body } = await s.ask('POST', 'experiments/create', { name: 'life', tags: [{ key: 'a', value: 'b' }] })
    const id = String(body.experiment_id)
    expect((await s.ask('GET', `experiments/get?experiment_id=${id}`)).body.experiment).toMatchObject({
      experiment_id: id,
      name: 'life',
      artifact_location: `mlflow-artifacts:/${id}`,
      lifecycle_stage: 'active',
      tags: [{ key: 'a', value: 'b' }],
    })
    expect((await s.ask('POST', 'experiments/create', { name: 'life' })).body).toMatchObject({
      error_code: 'RESOURCE_ALREADY_EXISTS',
      message: expect.stringMatching(/^Experiment\(name=life\) already exists/),
    })
    expect((await s.ask('POST', 'experiments/update', { experiment_id: id, new_name: 'life 2' })).body).toEqual({})
    await s.ask('POST', 'experiments/set-experiment-tag', { experiment_id: id, key: 'c', value: 'd' })
    await s.ask('POST', 'experiments/delete-experiment-tag', { experiment_id: id, key: 'a' })
    const found = await s.ask('GET', 'experiments/get-by-name?experiment_name=life%202')
    expect(found.body.experiment).toMatchObject({ tags: [{ key: 'c', value: 'd' }] })
    expect((await s.ask('POST', 'experiments/delete', { experiment_id: id })).status).toBe(200)
    expect((await s.ask('POST', 'experiments/delete', { experiment_id: id })).status).toBe(404)
    expect((await s.ask('POST', 'runs/create', { experiment_id: id })).body.error_code).toBe('INVALID_PARAMETER_VALUE')
    expect((await s.ask('POST', 'experiments/restore', { experiment_id: id })).status).toBe(200)
  })

  it('are not there in MLflow words', async () => {
    expect(await s.ask('GET', 'experiments/get?experiment_id=9999')).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'No Experiment with id=9999 exists.' },
    })
    const byName = await s.ask('GET', 'experiments/get-by-name?experiment_name=nobody')
    expect([byName.status, byName.body.message]).toEqual([404, "Could not find experiment with name 'nobody'."])
  })

  it('come in pages', async () => {
    for (const name of ['p1', 'p2', 'p3']) await s.ask('POST', 'experiments/create', { name })
    const seen: unknown[] = []
    let token: unknown
    do {
      const { body } = await s.ask('POST', 'experiments/search', {
        max_results: 1,
        filter: "name LIKE 'p_'",
        order_by: ['name DESC'],
        ...(token ? { page_token: token } : {}),
      })
      seen.push(...asArray(body.experiments).map((e) => asObject(e).name))
      token = body.next_page_token
    } while (token)
    expect(seen).toEqual(['p3', 'p2', 'p1'])
  })

  it.each(['file:///etc', '/etc', 's3://bucket/x?versionId=1', 's3://b/../x', 'http://169.254.169.254/', '../x'])(
    'take no files from %s',
    async (artifact_location) => {
      const answer = await s.ask('POST', 'experiments/create', { name: `loc ${artifact_location}`, artifact_location })
      expect([answer.status, answer.body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    },
  )

  it('may keep their files in a store of the clients, which the server never opens', async () => {
    const asked = { name: 'elsewhere', artifact_location: 's3://bucket/some/where/' }
    const { experiment_id } = (await s.ask('POST', 'experiments/create', asked)).body
    const { info } = asObject((await s.ask('POST', 'runs/create', { experiment_id })).body.run)
    const { run_id, artifact_uri } = asObject(info)
    expect(artifact_uri).toBe(`s3://bucket/some/where/${run_id}/artifacts`)
    expect((await s.ask('GET', `artifacts/list?run_id=${run_id}`)).body).toEqual({ root_uri: artifact_uri })
    const job = { runId: 'job-there', experimentId: String(experiment_id), job: true }
    expect((await s.store.runs.create(s.workspace.scope, job)).artifactUri).toMatch(/^mlflow-artifacts:/)
    const filter = "artifact_uri LIKE 's3://%'"
    const { runs } = (await s.ask('POST', 'runs/search', { experiment_ids: [experiment_id], filter })).body
    expect(asArray(runs)).toHaveLength(1)
    await s.ask('POST', 'registered-models/create', { name: 'far' })
    const version = (source: string) => s.ask('POST', 'model-versions/create', { name: 'far', source, run_id })
    expect((await version(`${artifact_uri}/model`)).status).toBe(200)
    const uri = await s.ask('GET', 'model-versions/get-download-uri?name=far&version=1')
    expect(uri.body).toEqual({ artifact_uri: `${artifact_uri}/model` })
    for (const source of [
      's3://bucket/other',
      `${artifact_uri}/../../x`,
      `${artifact_uri}x`,
      `${artifact_uri}/%2e%2e/x`,
    ])
      expect((await version(source)).status, source).toBe(400)
  })
})
