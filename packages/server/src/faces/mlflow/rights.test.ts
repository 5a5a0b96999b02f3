import { asArray, asObject, type JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MlflowServer, startMlflowServer } from './mlflow-server.ts'

let s: MlflowServer
let mine: string
let others: string
let foreignRun: string
let token: string

beforeAll(async () => {
  s = await startMlflowServer()
  const { scope } = s.workspace
  mine = (await s.store.runs.createExperiment(scope, { name: 'mine' })).id
  others = (await s.store.runs.createExperiment(scope, { name: 'others' })).id
  await s.store.runs.create(scope, { runId: 'my_job', experimentId: mine, job: true })
  await s.store.runs.create(scope, { runId: 'neighbour', experimentId: mine, job: true, params: { p: '1' } })
  foreignRun = 'stranger'
  await s.store.runs.create(scope, { runId: foreignRun, experimentId: others, job: true })
  token = s.tokenOf('my_job')
})
afterAll(async () => {
  expect(s.faults).toEqual([])
  await s.close()
})

const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: JsonObject) =>
  s.ask(method, path, body, token)
const refused = { status: 403, body: { error_code: 'PERMISSION_DENIED' } }

describe('the token of a job', () => {
  it('writes to its own run', async () => {
    const run_id = 'my_job'
    expect((await ask('POST', 'runs/log-metric', { run_id, key: 'm', value: 1, timestamp: 1 })).status).toBe(200)
    expect(
      (
        await ask('POST', 'runs/log-batch', {
          run_id,
          params: [{ key: 'p', value: '1' }],
          tags: [{ key: 't', value: '1' }],
        })
      ).status,
    ).toBe(200)
    expect((await ask('POST', 'runs/update', { run_id, status: 'FINISHED' })).status).toBe(200)
    expect((await s.files('PUT', `artifacts/${mine}/my_job/artifacts/f`, 'x', { token })).status).toBe(200)
    expect((await ask('POST', 'runs/delete', { run_id })).status).toBe(403)
  })

  it.each(['neighbour', 'stranger'])('never writes to %s', async (run_id) => {
    const experiment = run_id === 'neighbour' ? mine : others
    const attempts: [string, JsonObject][] = [
      ['runs/log-metric', { run_id, key: 'm', value: 1, timestamp: 1 }],
      ['runs/log-metric', { run_uuid: run_id, key: 'm', value: 1, timestamp: 1 }],
      ['runs/log-metric', { runId: run_id, key: 'm', value: 1, timestamp: 1 }],
      ['runs/log-batch', { run_id, tags: [{ key: 't', value: '1' }] }],
      ['runs/log-parameter', { run_id, key: 'q', value: '1' }],
      ['runs/set-tag', { run_id, key: 't', value: '1' }],
      ['runs/delete-tag', { run_id, key: 'mlflow.runName' }],
      ['runs/update', { run_id, status: 'FAILED' }],
      ['runs/delete', { run_id }],
      ['runs/restore', { run_id }],
      ['runs/log-inputs', { run_id, models: [{ model_id: 'x' }] }],
      ['runs/outputs', { run_id, models: [{ model_id: 'x' }] }],
      ['runs/log-model', { run_id, model_json: '{"artifact_path":"","flavors":{},"utc_time_created":"","run_id":""}' }],
      ['logged-models', { experiment_id: mine, name: 'x', source_run_id: run_id }],
    ]
    for (const [path, body] of attempts) expect([path, await ask('POST', path, body)]).toMatchObject([path, refused])
    for (const method of ['PUT', 'DELETE'] as const) {
      expect(await s.files(method, `artifacts/${experiment}/${run_id}/artifacts/f`, 'x', { token })).toMatchObject(
        refused,
      )
      // the path of its own run does not lead to another
      expect(
        (await s.files(method, `artifacts/${mine}/my_job/artifacts/../../${run_id}/artifacts/f`, 'x', { token }))
          .status,
      ).toBeGreaterThanOrEqual(400)
    }
    const headers = { 'content-type': 'application/json' }
    expect(
      await s.files('POST', `mpu/create/${experiment}/${run_id}/artifacts`, '{"path":"x","num_parts":1}', {
        token,
        headers,
      }),
    ).toMatchObject(refused)
    const { tags, params } = (await s.store.runs.get(s.workspace.scope, run_id)) ?? {}
    expect([Object.keys(tags ?? {}), Object.keys(params ?? {}).length]).toEqual([
      ['mlflow.runName'],
      run_id === 'neighbour' ? 1 : 0,
    ])
  })

  it('reads its own experiment and no other', async () => {
    expect((await ask('GET', 'runs/get?run_id=neighbour')).status).toBe(200)
    expect((await ask('POST', 'runs/search', { experiment_ids: [mine] })).status).toBe(200)
    expect((await ask('GET', `experiments/get?experiment_id=${mine}`)).status).toBe(200)
    expect((await ask('GET', 'experiments/get-by-name?experiment_name=mine')).status).toBe(200)
    const seen = asArray((await ask('POST', 'experiments/search', { max_results: 10 })).body.experiments)
    expect(seen.map((e) => asObject(e).name)).toEqual(['mine'])
    for (const answer of [
      await ask('GET', `runs/get?run_id=${foreignRun}`),
      await ask('POST', 'runs/search', { experiment_ids: [mine, others] }),
      await ask('GET', `experiments/get?experiment_id=${others}`),
      await ask('GET', 'experiments/get-by-name?experiment_name=others'),
      await ask('GET', `artifacts/list?run_id=${foreignRun}`),
      await ask('GET', `metrics/get-history?run_id=${foreignRun}&metric_key=m`),
      await ask('GET', `metrics/get-history-bulk?run_id=${foreignRun}&metric_key=m`),
      await ask('GET', `metrics/get-history-bulk-interval?run_ids=${foreignRun}&metric_key=m`),
      await ask('POST', 'logged-models/search', { experiment_ids: [others] }),
      await ask('POST', 'experiments/search-datasets', { experiment_ids: [others] }),
      await s.files('GET', `artifacts/${others}/${foreignRun}/artifacts/f`, undefined, { token }),
      await s.files('GET', `artifacts?path=${others}/${foreignRun}/artifacts`, undefined, { token }),
      await s.files('GET', `presigned/${others}/${foreignRun}/artifacts/f`, undefined, { token }),
    ]) {
      expect(answer).toMatchObject(refused)
    }
  })

  it('adds runs to its own experiment, which are then its own too', async () => {
    const made = await ask('POST', 'runs/create', {
      experiment_id: mine,
      tags: [{ key: 'mlflow.parentRunId', value: 'my_job' }],
    })
    const run_id = String(asObject(asObject(made.body.run).info).run_id)
    expect((await ask('POST', 'runs/set-tag', { run_id, key: 'a', value: 'b' })).status).toBe(200)
    expect((await ask('POST', 'runs/delete', { run_id })).status).toBe(200)
    expect(await s.ask('POST', 'runs/set-tag', { run_id, key: 'a', value: 'b' }, s.tokenOf('neighbour'))).toMatchObject(
      refused,
    )
    expect(await ask('POST', 'runs/create', { experiment_id: others })).toMatchObject(refused)
    expect(await ask('POST', 'runs/create', {})).toMatchObject(refused)
    // a tag is no proof of kinship
    const forged = await s.ask('POST', 'runs/create', {
      experiment_id: mine,
      tags: [{ key: 'mlflow.parentRunId', value: 'my_job' }],
    })
    const forgedId = String(asObject(asObject(forged.body.run).info).run_id)
    expect(await ask('POST', 'runs/set-tag', { run_id: forgedId, key: 'a', value: 'b' })).toMatchObject(refused)
  })

  it('leaves experiments and the registry of others alone', async () => {
    await s.ask('POST', 'registered-models/create', { name: 'shared' })
    for (const answer of [
      await ask('POST', 'experiments/create', { name: 'new' }),
      await ask('POST', 'experiments/update', { experiment_id: mine, new_name: 'x' }),
      await ask('POST', 'experiments/delete', { experiment_id: mine }),
      await ask('POST', 'experiments/restore', { experiment_id: mine }),
      await ask('POST', 'experiments/set-experiment-tag', { experiment_id: mine, key: 'a', value: 'b' }),
      await ask('DELETE', 'registered-models/delete', { name: 'shared' }),
      await ask('PATCH', 'registered-models/update', { name: 'shared', description: 'x' }),
      await ask('POST', 'registered-models/set-tag', { name: 'shared', key: 'a', value: 'b' }),
      await ask('DELETE', 'registered-models/alias', { name: 'shared', alias: 'a' }),
    ]) {
      expect(answer).toMatchObject(refused)
    }
    expect((await ask('GET', 'registered-models/get?name=shared')).status).toBe(200)
  })

  it('registers what it logged, and names its own version', async () => {
    await s.files('PUT', `artifacts/${mine}/my_job/artifacts/model/MLmodel`, 'flavors: {}', { token })
    await s.files('PUT', `artifacts/${others}/${foreignRun}/artifacts/model/MLmodel`, 'flavors: {}')
    expect((await ask('POST', 'registered-models/create', { name: 'made' })).status).toBe(200)
    const source = `mlflow-artifacts:/${mine}/my_job/artifacts/model`
    const { body } = await ask('POST', 'model-versions/create', { name: 'made', source, run_id: 'my_job' })
    expect(body.model_version).toMatchObject({ version: '1', run_id: 'my_job', source })
    expect((await ask('POST', 'registered-models/alias', { name: 'made', alias: 'best', version: '1' })).status).toBe(
      200,
    )
    expect(
      (await ask('POST', 'model-versions/set-tag', { name: 'made', version: '1', key: 'a', value: 'b' })).status,
    ).toBe(200)
    const stolen = `mlflow-artifacts:/${others}/${foreignRun}/artifacts/model`
    expect(await ask('POST', 'model-versions/create', { name: 'made', source: stolen })).toMatchObject(refused)
    expect(
      await ask('POST', 'model-versions/create', {
        name: 'made',
        source: 'azureml://datastores/workspaceblobstore/paths/x',
      }),
    ).toMatchObject(refused)
    expect(
      await s.ask(
        'POST',
        'model-versions/set-tag',
        { name: 'made', version: '1', key: 'a', value: 'c' },
        s.tokenOf('neighbour'),
      ),
    ).toMatchObject(refused)
    expect(await ask('DELETE', 'model-versions/delete', { name: 'made', version: '1' })).toMatchObject(refused)
    // the files of a model are there for all to read, and for nobody to change
    const file = 'artifacts/models/made/1/MLmodel'
    expect((await s.files('GET', file, undefined, { token: s.tokenOf('neighbour') })).text).toBe('flavors: {}')
    expect(await s.files('PUT', file, 'x', { token })).toMatchObject(refused)
    expect(await s.files('PUT', file, 'x')).toMatchObject(refused)
  })

  it('is worth nothing in another workspace, or for a run that is none', async () => {
    for (const stranger of [s.tokenOf('my_job', 'other/group/ws'), s.tokenOf('no_such_job')]) {
      expect(await s.ask('GET', `experiments/get?experiment_id=${mine}`, undefined, stranger)).toMatchObject(refused)
      expect(await s.ask('POST', 'runs/set-tag', { run_id: 'my_job', key: 'a', value: 'b' }, stranger)).toMatchObject(
        refused,
      )
    }
    expect((await s.ask('GET', 'runs/get?run_id=my_job', undefined, `${token}x`)).status).toBe(401)
  })
})

it('the token of a job that is called like the owner is not the owner’s', async () => {
  const { scope } = s.workspace
  await s.store.runs.create(scope, { runId: 'owner', experimentId: mine, job: true })
  const namesake = s.tokenOf('owner')
  expect((await s.ask('POST', 'registered-models/create', { name: 'crown' })).status).toBe(200)
  const change = { name: 'crown', description: 'taken' }
  expect(await s.ask('PATCH', 'registered-models/update', change, namesake)).toMatchObject(refused)
  expect(await s.ask('DELETE', 'registered-models/delete', { name: 'crown' }, namesake)).toMatchObject(refused)
  const made = await s.ask('POST', 'logged-models', { experiment_id: mine, name: 'jewel' })
  const id = String(asObject(asObject(asObject(made.body).model).info).model_id)
  const tags = { tags: [{ key: 'a', value: 'b' }] }
  expect(await s.ask('PATCH', `logged-models/${id}/tags`, tags, namesake)).toMatchObject(refused)
})
