import { asArray, asObject, type JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataOf, infoOf, type MlflowServer, newRun, startMlflowServer } from './mlflow-server.ts'

let s: MlflowServer
beforeAll(async () => {
  s = await startMlflowServer()
})
afterAll(async () => {
  expect(s.faults).toEqual([])
  await s.close()
})

describe('runs', () => {
  it('are born with a name, a user and a place for files', async () => {
    const { body } = await s.ask('POST', 'runs/create', {
      experiment_id: '0',
      start_time: 5,
      run_name: 'n',
      user_id: 'u',
      tags: [{ key: 't', value: 'v' }],
    })
    const run = asObject(body.run)
    expect(run.inputs).toEqual({})
    expect(run.info).toMatchObject({
      run_name: 'n',
      user_id: 'u',
      status: 'RUNNING',
      start_time: 5,
      lifecycle_stage: 'active',
      experiment_id: '0',
    })
    expect(infoOf(body).run_id).toMatch(/^[0-9a-f]{32}$/)
    expect(infoOf(body).artifact_uri).toBe(`mlflow-artifacts:/0/${infoOf(body).run_id}/artifacts`)
    expect(asObject(run.data).tags).toContainEqual({ key: 'mlflow.runName', value: 'n' })
    const nameless = await s.ask('POST', 'runs/create', {})
    expect(String(infoOf(nameless.body).run_name)).toMatch(/^[a-z]+_[a-z]+_/)
    const torn = await s.ask('POST', 'runs/create', { run_name: 'a', tags: [{ key: 'mlflow.runName', value: 'b' }] })
    expect(torn.body.message).toMatch(/Both 'run_name' argument and 'mlflow.runName' tag/)
  })

  it('of jobs and the jobs agree on a tag that many set at once', async () => {
    const { scope } = s.workspace
    const key = { scope, kind: 'job', name: 'tagged' }
    await s.store.resources.put({ key, props: { tags: { kept: 'x' } }, by: 'me', state: 'Running' })
    await s.store.runs.create(scope, { runId: 'tagged', experimentId: '0', job: true })
    const set = (i: number) => s.ask('POST', 'runs/set-tag', { run_id: 'tagged', key: 'who', value: String(i) })
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => set(i)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const run = await s.store.runs.get(scope, 'tagged')
    expect((await s.store.resources.get(key))?.props.tags).toEqual({ kept: 'x', who: run?.tags.who })
  })

  it('are updated, deleted, restored', async () => {
    const runId = await newRun(s)
    const update = await s.ask('POST', 'runs/update', { run_id: runId, status: 'FINISHED', end_time: 9, run_name: 'z' })
    expect(update.body.run_info).toMatchObject({ status: 'FINISHED', end_time: 9, run_name: 'z' })
    expect((await s.ask('POST', 'runs/update', { run_id: runId, status: 1 })).body.run_info).toMatchObject({
      status: 'RUNNING',
    })
    expect((await s.ask('POST', 'runs/update', { run_id: runId, status: 'BOGUS' })).body.run_info).toMatchObject({
      status: 'RUNNING',
    })
    for (let twice = 0; twice < 2; twice += 1)
      expect((await s.ask('POST', 'runs/delete', { run_id: runId })).status).toBe(200)
    expect(infoOf((await s.ask('GET', `runs/get?run_uuid=${runId}`)).body).lifecycle_stage).toBe('deleted')
    expect((await s.ask('POST', 'runs/set-tag', { run_id: runId, key: 'a', value: 'b' })).body.message).toContain(
      "must be in the 'active' state",
    )
    expect((await s.ask('POST', 'runs/restore', { run_id: runId })).status).toBe(200)
    expect(await s.ask('POST', 'runs/update', { run_id: 'nobody' })).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    })
  })

  it('follow their job once it has ended, and their code until then', async () => {
    const { scope } = s.workspace
    const key = { scope, kind: 'job', name: 'the_job' }
    await s.store.resources.put({ key, props: {}, by: 'owner', state: 'Running' })
    await s.store.runs.create(scope, { runId: 'the_job', experimentId: '0', job: true })
    const update = async (status: string) =>
      asObject((await s.ask('POST', 'runs/update', { run_id: 'the_job', status, end_time: 5 })).body.run_info).status
    expect([await update('FINISHED'), await update('RUNNING')]).toEqual(['FINISHED', 'RUNNING'])
    await s.store.resources.put({ key: { ...key, name: 'done_job' }, props: {}, by: 'owner', state: 'Failed' })
    await s.store.runs.create(scope, { runId: 'done_job', experimentId: '0', job: true, status: 'FAILED' })
    const late = await s.ask('POST', 'runs/update', { run_id: 'done_job', status: 'FINISHED', end_time: 5 })
    expect(late.body.run_info).toMatchObject({ status: 'FAILED' })
    expect(asObject(late.body.run_info).end_time).toBeUndefined()
    expect((await s.store.resources.get(key))?.state).toBe('Running')
  })
})

describe('params, tags and metrics', () => {
  it('keep a param as first written', async () => {
    const run_id = await newRun(s)
    const log = (value: string) => s.ask('POST', 'runs/log-parameter', { run_id, key: 'p', value })
    expect([(await log('1')).status, (await log('1')).status]).toEqual([200, 200])
    const other = await log('2')
    expect(other.status).toBe(400)
    expect(other.body.message).toContain(
      `Changing param values is not allowed. Param with key='p' was already logged with value='1' for run ID='${run_id}'. Attempted logging new value '2'.`,
    )
  })

  it('take a batch of all three, and cut what is too long', async () => {
    const run_id = await newRun(s)
    const metrics = Array.from({ length: 898 }, (_, i) => ({ key: `m${i % 2}`, value: i, timestamp: i, step: i }))
    const params = [{ key: 'long', value: 'x'.repeat(7000) }, { key: 'empty' }]
    const tags = Array.from({ length: 100 }, (_, i) => ({ key: `t${i % 50}`, value: String(i) }))
    expect(await s.ask('POST', 'runs/log-batch', { run_id, metrics, params, tags })).toMatchObject({
      status: 200,
      body: {},
    })
    expect((await s.ask('POST', 'runs/log-batch', { run_id })).status).toBe(200)
    const data = await dataOf(s, run_id)
    expect(asArray(data.params).map((p) => String(asObject(p).value).length)).toEqual([0, 6000])
    expect(asArray(data.tags)).toContainEqual({ key: 't3', value: '53' })
    expect(asArray(data.metrics)).toEqual([
      { key: 'm0', value: 896, timestamp: 896, step: 896 },
      { key: 'm1', value: 897, timestamp: 897, step: 897 },
    ])
  })

  it.each([
    [
      { metrics: Array.from({ length: 1001 }, () => ({ key: 'a', value: 1, timestamp: 1 })) },
      'at most 1000 metrics. Got 1001 metrics.',
    ],
    [{ params: Array.from({ length: 101 }, (_, i) => ({ key: `a${i}`, value: '1' })) }, 'at most 100 params. Got 101'],
    [
      {
        params: [
          { key: 'zz', value: '1' },
          { key: 'zz', value: '1' },
        ],
      },
      "Duplicate parameter keys have been submitted: ['zz']",
    ],
    [
      { metrics: [{ key: 'x'.repeat(251), value: 1, timestamp: 1 }] },
      "'Metric name' exceeds the maximum length of 250 characters",
    ],
    [{ metrics: [{ key: 'a//b', value: 1, timestamp: 1 }] }, 'Invalid metric name'],
    [{ metrics: [{ key: '../a', value: 1, timestamp: 1 }] }, 'Invalid metric name'],
    [{ tags: [{ key: 'a;b', value: '1' }] }, 'Invalid tag key'],
    [{ metrics: [{ key: 'a', value: 1, timestamp: -1 }] }, "parameter 'metrics[0].timestamp'"],
    [{ metrics: [{ key: 'a', value: 'many', timestamp: 1 }] }, "parameter 'metrics[0].value'"],
    [{ metrics: [{ key: 'a', value: 1, timestamp: 2 ** 60 }] }, "parameter 'metrics[0].timestamp'"],
  ])('refuse a batch %#', async (batch, message) => {
    const run_id = await newRun(s)
    const answer = await s.ask('POST', 'runs/log-batch', { run_id, ...batch })
    expect(answer.status).toBe(400)
    expect(answer.body.message).toContain(message)
  })

  it('take every name a dictionary can have', async () => {
    const run_id = await newRun(s)
    for (const key of ['__proto__', 'constructor', 'größe/ä b', 'a:b', 'a.b-c_d']) {
      expect((await s.ask('POST', 'runs/log-parameter', { run_id, key, value: key })).status).toBe(200)
      expect(
        (
          await s.ask('POST', 'runs/log-batch', {
            run_id,
            tags: [{ key, value: key }],
            metrics: [{ key, value: 1, timestamp: 1 }],
          })
        ).status,
      ).toBe(200)
    }
    const data = await dataOf(s, run_id)
    expect([asArray(data.params).length, asArray(data.metrics).length]).toEqual([5, 5])
    expect(asArray(data.tags)).toContainEqual({ key: '__proto__', value: '__proto__' })
  })

  it('delete tags that are there', async () => {
    const run_id = await newRun(s)
    await s.ask('POST', 'runs/set-tag', { run_id, key: 'a', value: 'b' })
    expect((await s.ask('POST', 'runs/delete-tag', { run_id, key: 'a' })).status).toBe(200)
    const again = await s.ask('POST', 'runs/delete-tag', { run_id, key: 'a' })
    expect([again.status, again.body.message]).toEqual([404, `No tag with name: a in run with id ${run_id}.`])
  })
})

describe('histories', () => {
  it('come whole without a size, in pages with one, and empty for what is not there', async () => {
    const run_id = await newRun(s)
    for (let from = 0; from < 3000; from += 1000) {
      const metrics = Array.from({ length: 1000 }, (_, i) => ({
        key: 'm',
        value: from + i,
        timestamp: from + i,
        step: from + i,
      }))
      await s.ask('POST', 'runs/log-batch', { run_id, metrics })
    }
    const whole = await s.ask('GET', `metrics/get-history?run_id=${run_id}&metric_key=m`)
    expect(asArray(whole.body.metrics)).toHaveLength(3000)
    let token = ''
    let n = 0
    do {
      const { body } = await s.ask(
        'GET',
        `metrics/get-history?run_id=${run_id}&metric_key=m&max_results=700${token && `&page_token=${token}`}`,
      )
      n += asArray(body.metrics).length
      token = String(body.next_page_token ?? '')
    } while (token)
    expect(n).toBe(3000)
    expect((await s.ask('GET', `metrics/get-history?run_id=${run_id}&metric_key=none`)).body).toEqual({})
    expect((await s.ask('GET', 'metrics/get-history?run_id=none&metric_key=m')).body).toEqual({})
    const picture = await s.ask(
      'GET',
      `metrics/get-history-bulk-interval?run_ids=${run_id}&metric_key=m&max_results=320`,
    )
    expect(asArray(picture.body.metrics).length).toBeLessThanOrEqual(320)
    expect(asArray(picture.body.metrics).at(-1)).toMatchObject({ value: 2999, run_id })
    const bulk = await s.ask('GET', `metrics/get-history-bulk?run_id=${run_id}&metric_key=m&max_results=10`)
    expect(asArray(bulk.body.metrics)).toHaveLength(10)
  })

  it.each([
    ['metrics/get-history-bulk?metric_key=m', 'GetMetricHistoryBulk request must specify at least one run_id.'],
    ['metrics/get-history-bulk?run_id=a', 'GetMetricHistoryBulk request must specify a metric_key.'],
    [
      `metrics/get-history-bulk?metric_key=m&${Array.from({ length: 101 }, (_, i) => `run_id=${i}`).join('&')}`,
      'cannot specify more than 100 run_ids. Received 101 run_ids.',
    ],
    [
      'metrics/get-history-bulk-interval?run_ids=a&metric_key=m&max_results=2501',
      'max_results must be between 1 and 2500.',
    ],
    [
      'metrics/get-history-bulk-interval?run_ids=a&metric_key=m&start_step=1',
      'If either start step or end step are specified, both must be specified.',
    ],
    [
      'metrics/get-history-bulk-interval?run_ids=a&metric_key=m&start_step=2&end_step=1',
      'end_step must be greater than start_step.',
    ],
  ])('refuse %s', async (path, message) => {
    const answer = await s.ask('GET', path)
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(message)])
  })

  it('are packed when the client can unpack', async () => {
    const run_id = await newRun(s)
    const metrics = Array.from({ length: 200 }, (_, i) => ({ key: 'm', value: i, timestamp: i, step: i }))
    await s.ask('POST', 'runs/log-batch', { run_id, metrics })
    const url = `/api/2.0/mlflow/metrics/get-history?run_id=${run_id}&metric_key=m`
    const answer = await s.raw({ method: 'GET', url, headers: { 'accept-encoding': 'gzip, deflate' } })
    expect(answer.headers['content-encoding']).toBe('gzip')
    expect(answer.rawPayload.length).toBeLessThan(4096)
  })
})

describe('search', () => {
  it('finds by filter, order and page, with inputs and outputs', async () => {
    const { body } = await s.ask('POST', 'experiments/create', { name: 'searched' })
    const experiment_id = String(body.experiment_id)
    const ids: string[] = []
    for (const acc of [0.1, 0.9, 0.5]) {
      const run_id = await newRun(s, { experiment_id, start_time: ids.length })
      ids.push(run_id)
      await s.ask('POST', 'runs/log-batch', {
        run_id,
        metrics: [{ key: 'acc', value: acc, timestamp: 1 }],
        params: [{ key: 'n', value: String(acc) }],
      })
    }
    const dataset = { name: 'd', digest: 'g', source_type: 'local', source: '{}', schema: '{}', profile: '{}' }
    const inputs = {
      datasets: [{ dataset, tags: [{ key: 'mlflow.data.context', value: 'train' }] }],
      models: [{ model_id: 'm-1' }],
    }
    expect((await s.ask('POST', 'runs/log-inputs', { run_id: ids[0], ...inputs })).status).toBe(200)
    expect(
      (await s.ask('POST', 'runs/outputs', { run_id: ids[0], models: [{ model_id: 'm-2', step: 4 }] })).status,
    ).toBe(200)
    const find = async (more: JsonObject) => {
      const found = await s.ask('POST', 'runs/search', { experiment_ids: [experiment_id], ...more })
      return asArray(found.body.runs).map((run) => ids.indexOf(String(asObject(asObject(run).info).run_id)))
    }
    expect(await find({ order_by: ['metrics.acc DESC'] })).toEqual([1, 2, 0])
    expect(await find({ filter: "metrics.acc > 0.2 and params.n != '0.9'" })).toEqual([2])
    expect(await find({ filter: "datasets.name = 'd'" })).toEqual([0])
    expect(await find({ run_view_type: 'DELETED_ONLY' })).toEqual([])
    const first = await s.ask('POST', 'runs/search', { experiment_ids: [experiment_id], max_results: 2 })
    expect(asArray(first.body.runs)).toHaveLength(2)
    expect(await find({ max_results: 2, page_token: first.body.next_page_token ?? '' })).toEqual([0])
    expect((await s.ask('POST', 'runs/search', {})).body).toEqual({})
    const { run } = (await s.ask('GET', `runs/get?run_id=${ids[0]}`)).body
    expect(run).toMatchObject({
      inputs: {
        dataset_inputs: [
          { dataset: { name: 'd', digest: 'g' }, tags: [{ key: 'mlflow.data.context', value: 'train' }] },
        ],
        model_inputs: [{ model_id: 'm-1' }],
      },
      outputs: { model_outputs: [{ model_id: 'm-2', step: 4 }] },
    })
    const datasets = await s.ask('POST', 'experiments/search-datasets', { experiment_ids: [experiment_id] })
    expect(datasets.body.dataset_summaries).toEqual([{ experiment_id, name: 'd', digest: 'g', context: 'train' }])
  })

  it('refuses what it cannot read with 400', async () => {
    for (const filter of ['metrics.a > 1 OR metrics.b > 2', 'nonsense', "x.y = 'z'", "' OR 1=1 --"]) {
      expect((await s.ask('POST', 'runs/search', { experiment_ids: ['0'], filter })).status).toBe(400)
    }
    expect((await s.ask('POST', 'runs/search', { experiment_ids: ['0'], page_token: 'bogus' })).status).toBe(400)
  })
})

it('keeps what MLflow 2 says of the models it logs', async () => {
  const run_id = await newRun(s)
  const model = { artifact_path: 'model', flavors: {}, utc_time_created: 'now', run_id }
  for (let i = 0; i < 2; i += 1)
    expect((await s.ask('POST', 'runs/log-model', { run_id, model_json: JSON.stringify(model) })).status).toBe(200)
  const tag = asArray((await dataOf(s, run_id)).tags)
    .map(asObject)
    .find((t) => t.key === 'mlflow.log-model.history')
  expect(JSON.parse(String(tag?.value))).toEqual([model, model])
  expect((await s.ask('POST', 'runs/log-model', { run_id, model_json: '{}' })).body.message).toContain(
    'missing mandatory fields',
  )
  expect((await s.ask('POST', 'runs/log-model', { run_id, model_json: 'no' })).body.message).toContain(
    'not a valid JSON',
  )
})
