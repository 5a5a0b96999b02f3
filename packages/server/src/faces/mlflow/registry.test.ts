import { asArray, asObject, type JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MlflowServer, startMlflowServer } from './mlflow-server.ts'

let s: MlflowServer
const source = 'mlflow-artifacts:/0/trainer/artifacts/model'
const mlmodel =
  'flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    env: {conda: conda.yaml}\n  sklearn: {sklearn_version: 1.5}\n'

beforeAll(async () => {
  s = await startMlflowServer()
  await s.store.runs.create(s.workspace.scope, { runId: 'trainer', experimentId: '0', job: true })
  await s.files('PUT', 'artifacts/0/trainer/artifacts/model/MLmodel', mlmodel)
  await s.files('PUT', 'artifacts/0/trainer/artifacts/model/data/weights', 'w')
  await s.files('PUT', 'artifacts/0/trainer/artifacts/plain/file.txt', 'x')
})
afterAll(async () => {
  expect(s.faults).toEqual([])
  await s.close()
})

const register = (name: string, more: JsonObject = {}) =>
  s.ask('POST', 'model-versions/create', { name, source, ...more })
const version = (answer: { body: JsonObject }) => asObject(answer.body.model_version)

describe('the registry', () => {
  it('is the model assets of the workspace', async () => {
    await s.ask('POST', 'registered-models/create', {
      name: 'iris',
      description: 'flowers',
      tags: [{ key: 'a', value: 'b' }],
    })
    expect(version(await register('iris', { run_id: 'trainer', tags: [{ key: 'c', value: 'd' }] }))).toMatchObject({
      name: 'iris',
      version: '1',
      status: 'READY',
      current_stage: 'None',
      run_id: 'trainer',
      source,
      tags: [{ key: 'c', value: 'd' }],
    })
    const { scope } = s.workspace
    const row = await s.store.resources.get({ scope, kind: 'model', name: 'iris', version: '1' })
    expect(row?.props).toMatchObject({
      modelUri: `azureml://subscriptions/${s.workspace.id.subscription}/resourcegroups/lazurite/workspaces/main/datastores/workspaceartifactstore/paths/ExperimentRun/dcid.trainer/model`,
      modelType: 'mlflow_model',
      jobName: 'trainer',
      flavors: {
        python_function: { data: { loader_module: 'mlflow.sklearn', env: '{"conda":"conda.yaml"}' } },
        sklearn: { data: { sklearn_version: '1.5' } },
      },
    })
    const key = { scope, kind: 'model', name: 'iris', version: 'beta-2' }
    await s.store.resources.put({ key, props: { ...row?.props, tags: { by: 'arm' } }, by: 'owner' })
    const { body } = await s.ask('GET', 'model-versions/get?name=iris&version=beta-2')
    expect(body.model_version).toMatchObject({ version: 'beta-2', tags: [{ key: 'by', value: 'arm' }] })
    expect((await s.ask('GET', 'registered-models/get?name=iris')).body.registered_model).toMatchObject({
      name: 'iris',
      description: 'flowers',
      tags: [{ key: 'a', value: 'b' }],
      latest_versions: [{ version: 'beta-2' }],
    })
  })

  it('gives the files of any version through the proxy', async () => {
    const { body } = await s.ask('GET', 'model-versions/get-download-uri?name=iris&version=1')
    expect(body.artifact_uri).toBe('mlflow-artifacts:/models/iris/1')
    const list = await s.files('GET', 'artifacts?path=models/iris/1')
    expect(list.body.files).toEqual([
      { path: 'MLmodel', is_dir: false, file_size: mlmodel.length },
      { path: 'data', is_dir: true },
    ])
    expect((await s.files('GET', 'artifacts/models/iris/1/data/weights')).text).toBe('w')
    const { account, blobstore } = s.workspace.storage
    const { Readable } = await import('node:stream')
    await s.store.bytes.write(account, blobstore, 'LocalUpload/abc/net.onnx', Readable.from(['onnx']))
    const props = { modelUri: 'azureml://datastores/workspaceblobstore/paths/LocalUpload/abc/net.onnx' }
    await s.store.resources.put({
      key: { scope: s.workspace.scope, kind: 'model', name: 'net', version: '1' },
      props,
      by: 'owner',
    })
    expect((await s.files('GET', 'artifacts/models/net/1/net.onnx')).text).toBe('onnx')
    const away = { modelUri: 'https://elsewhere.example/model' }
    await s.store.resources.put({
      key: { scope: s.workspace.scope, kind: 'model', name: 'net', version: '2' },
      props: away,
      by: 'owner',
    })
    expect(await s.files('GET', 'artifacts/models/net/2/x')).toMatchObject({
      status: 400,
      body: { error_code: 'NOT_IMPLEMENTED' },
    })
  })

  it('counts versions up, also at once and after deletions', async () => {
    await s.ask('POST', 'registered-models/create', { name: 'counted' })
    const made = await Promise.all(Array.from({ length: 5 }, () => register('counted')))
    expect(made.map((answer) => version(answer).version).sort()).toEqual(['1', '2', '3', '4', '5'])
    expect((await s.ask('DELETE', 'model-versions/delete', { name: 'counted', version: '5' })).status).toBe(200)
    expect(version(await register('counted')).version).toBe('6')
    expect((await s.ask('GET', 'model-versions/get?name=counted&version=5')).body.message).toBe(
      'Model Version (name=counted, version=5) not found.',
    )
  })

  it('says what clients look for when something is there or not', async () => {
    await s.ask('POST', 'registered-models/create', { name: 'twice' })
    expect(await s.ask('POST', 'registered-models/create', { name: 'twice' })).toMatchObject({
      status: 400,
      body: { error_code: 'RESOURCE_ALREADY_EXISTS', message: 'Registered Model (name=twice) already exists.' },
    })
    expect(await s.ask('GET', 'registered-models/get?name=never')).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'Registered Model with name=never not found.' },
    })
    expect((await register('never')).status).toBe(404)
    for (const name of ['a/b', 'a:b', '', '..', 'x'.repeat(300)]) {
      expect((await s.ask('POST', 'registered-models/create', { name })).status).toBe(400)
    }
    const renamed = await s.ask('POST', 'registered-models/rename', { name: 'twice', new_name: 'once more' })
    expect(asObject(renamed.body.registered_model).name).toBe('once more')
    expect((await s.ask('GET', 'registered-models/get?name=twice')).status).toBe(404)
    const prompt = { name: 'prompt', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] }
    expect((await s.ask('POST', 'registered-models/create', prompt)).body.error_code).toBe('NOT_IMPLEMENTED')
  })

  it('lets the owner register what a run will log, or logged elsewhere', async () => {
    await s.ask('POST', 'registered-models/create', { name: 'early' })
    const asked = { name: 'early', source: 'runs:/nobody/model', run_id: 'somebody' }
    const { model_version } = (await s.ask('POST', 'model-versions/create', asked)).body
    expect(model_version).toMatchObject({ source: 'runs:/nobody/model', run_id: 'somebody', status: 'READY' })
    const uri = await s.ask('GET', 'model-versions/get-download-uri?name=early&version=1')
    expect(uri.body).toEqual({ artifact_uri: 'runs:/nobody/model' })
    const version = await s.store.resources.get({
      ...{ scope: s.workspace.scope, kind: 'model', name: 'early', version: '1' },
    })
    expect(version?.props.modelUri).toBe('azureml://jobs/nobody/outputs/artifacts/paths/model')
    const ofJob = await s.ask('POST', 'model-versions/create', asked, s.tokenOf('trainer'))
    expect([403, 404]).toContain(ofJob.status)
  })

  it.each([
    'file:///etc',
    'file:/etc/passwd',
    '/etc/passwd',
    '//host/share',
    'C:\\windows',
    'http://169.254.169.254/latest/meta-data',
    'https://example.com/model',
    'http://[::ffff:127.0.0.1]/',
    's3://bucket/model',
    'dbfs:/x',
    'mlflow-artifacts:/0/trainer/artifacts/../../../../etc',
    'mlflow-artifacts:/0/trainer/artifacts/%2e%2e/x',
    'mlflow-artifacts:/0/trainer/artifacts/model#/../../x',
    'mlflow-artifacts://evil.test/0/trainer/artifacts/model',
    'mlflow-artifacts:/0/trainer/artifacts/none',
    'mlflow-artifacts:/',
    'runs:/nobody/../x',
    'runs:/nobody/%2e%2e/x',
    'runs:/trainer/../x',
    'models:/never/1',
    'models:/m-unknown',
    'azureml://datastores/nowhere/paths/x',
    'azureml://datastores/workspaceblobstore/paths/../../x',
    'azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/workspaceblobstore/paths/x',
    '../relative',
    '\u0000',
  ])('takes no files from %j', async (bad) => {
    await s.ask('POST', 'registered-models/create', { name: 'sourced' })
    const answer = await s.ask('POST', 'model-versions/create', { name: 'sourced', source: bad })
    expect([400, 404]).toContain(answer.status)
    expect((await s.ask('GET', "model-versions/search?filter=name%3D'sourced'")).body).toEqual({})
  })

  it('takes the forms clients write', async () => {
    await s.ask('POST', 'registered-models/create', { name: 'forms' })
    for (const good of [
      'runs:/trainer/model',
      'runs:/trainer/model/',
      'models:/iris/1',
      'mlflow-artifacts:/0/trainer/artifacts/plain',
    ]) {
      expect(version(await s.ask('POST', 'model-versions/create', { name: 'forms', source: good })).run_id).toBe(
        'trainer',
      )
    }
    const plain = await s.store.resources.get({ scope: s.workspace.scope, kind: 'model', name: 'forms', version: '4' })
    expect(plain?.props.modelType).toBe('custom_model')
  })

  it('has aliases', async () => {
    await s.ask('POST', 'registered-models/create', { name: 'aliased' })
    for (let i = 0; i < 2; i += 1) await register('aliased')
    const set = (alias: string, v: string) =>
      s.ask('POST', 'registered-models/alias', { name: 'aliased', alias, version: v })
    const by = async (alias: string) => (await s.ask('GET', `registered-models/alias?name=aliased&alias=${alias}`)).body
    await set('champion', '1')
    await set('champion', '2')
    expect(asObject((await by('champion')).model_version)).toMatchObject({ version: '2', aliases: ['champion'] })
    expect(asObject((await by('latest')).model_version).version).toBe('2')
    expect(await by('nobody')).toMatchObject({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: 'Registered model alias nobody not found.',
    })
    for (const alias of ['latest', 'LATEST', 'v1', 'V22', 'a b', 'a/b', 'x'.repeat(256)])
      expect((await set(alias, '1')).status).toBe(400)
    expect((await set('a', '9')).status).toBe(404)
    expect((await s.ask('GET', 'registered-models/get?name=aliased')).body.registered_model).toMatchObject({
      aliases: [{ alias: 'champion', version: '2' }],
    })
    await s.ask('DELETE', 'model-versions/delete', { name: 'aliased', version: '2' })
    expect((await by('champion')).error_code).toBe('INVALID_PARAMETER_VALUE')
    expect((await s.ask('DELETE', 'registered-models/alias', { name: 'aliased', alias: 'nobody' })).status).toBe(200)
  })

  it('has stages, as old scripts use them', async () => {
    await s.ask('POST', 'registered-models/create', { name: 'staged' })
    for (let i = 0; i < 3; i += 1) await register('staged')
    const move = (v: string, stage: string, archive: boolean) =>
      s.ask('POST', 'model-versions/transition-stage', {
        name: 'staged',
        version: v,
        stage,
        archive_existing_versions: archive,
      })
    expect(version(await move('1', 'production', false)).current_stage).toBe('Production')
    await move('2', 'Production', true)
    const { body } = await s.ask('POST', 'registered-models/get-latest-versions', { name: 'staged' })
    const latest = asArray(body.model_versions).map((v) => `${asObject(v).current_stage} ${asObject(v).version}`)
    expect(latest.sort()).toEqual(['Archived 1', 'None 3', 'Production 2'])
    const only = await s.ask('GET', 'registered-models/get-latest-versions?name=staged&stages=Production&stages=None')
    expect(asArray(only.body.model_versions)).toHaveLength(2)
    expect((await move('1', 'Nonsense', false)).status).toBe(400)
    expect((await move('1', 'None', true)).status).toBe(400)
  })

  it('is searched by name, tag and run, in pages', async () => {
    for (const name of ['s1', 's2', 's3']) {
      await s.ask('POST', 'registered-models/create', { name, tags: [{ key: 'kind', value: name }] })
      await register(name, { tags: [{ key: 'v', value: name }] })
    }
    const models = async (query: string) => (await s.ask('GET', `registered-models/search?${query}`)).body
    const names = (body: JsonObject) => asArray(body.registered_models).map((m) => asObject(m).name)
    const prompts = encodeURIComponent("name LIKE 's_' AND tag.`mlflow.prompt.is_prompt` != 'true'")
    expect(names(await models(`filter=${prompts}`))).toEqual(['s1', 's2', 's3'])
    expect(names(await models(`filter=${prompts}&order_by=name%20DESC`))).toEqual(['s3', 's2', 's1'])
    const first = await models(`filter=${prompts}&max_results=2`)
    expect(names(await models(`filter=${prompts}&max_results=2&page_token=${first.next_page_token}`))).toEqual(['s3'])
    expect(names(await models(`filter=${encodeURIComponent("tags.kind = 's2'")}`))).toEqual(['s2'])
    const versions = async (filter: string) => {
      const { body } = await s.ask('GET', `model-versions/search?filter=${encodeURIComponent(filter)}`)
      return asArray(body.model_versions).map((v) => `${asObject(v).name}:${asObject(v).version}`)
    }
    expect(await versions("tags.v = 's3'")).toEqual(['s3:1'])
    expect(await versions("name = 's1' and run_id = 'trainer'")).toEqual(['s1:1'])
    expect(await versions("run_id IN ('nobody')")).toEqual([])
    expect((await s.ask('GET', 'registered-models/search?max_results=1001')).status).toBe(400)
    expect((await s.ask('GET', 'registered-models/search?page_token=bogus')).status).toBe(400)
  })

  it('is described, tagged and emptied', async () => {
    await s.ask('POST', 'registered-models/create', { name: 'edited' })
    await register('edited')
    const key = { name: 'edited', version: '1' }
    await s.ask('PATCH', 'registered-models/update', { name: 'edited', description: 'm' })
    await s.ask('PATCH', 'model-versions/update', { ...key, description: 'v' })
    await s.ask('POST', 'registered-models/set-tag', { name: 'edited', key: '__proto__', value: 'b' })
    await s.ask('POST', 'model-versions/set-tag', { ...key, key: 'c', value: 'd' })
    const get = async () => (await s.ask('GET', 'registered-models/get?name=edited')).body.registered_model
    expect(await get()).toMatchObject({
      description: 'm',
      tags: [{ key: '__proto__', value: 'b' }],
      latest_versions: [{ description: 'v', tags: [{ key: 'c', value: 'd' }] }],
    })
    await s.ask('DELETE', 'registered-models/delete-tag', { name: 'edited', key: '__proto__' })
    await s.ask('DELETE', 'model-versions/delete-tag', { ...key, key: 'c' })
    expect(asObject(await get()).tags).toBeUndefined()
    expect((await s.ask('DELETE', 'registered-models/delete', { name: 'edited' })).status).toBe(200)
    expect((await s.ask('GET', 'model-versions/get?name=edited&version=1')).status).toBe(404)
  })
})

describe('logged models', () => {
  const create = async (body: JsonObject) =>
    asObject(asObject((await s.ask('POST', 'logged-models', { experiment_id: '0', ...body })).body.model).info)

  it('keep their files in the folder of their run under their name', async () => {
    const first = await create({
      name: 'net',
      source_run_id: 'trainer',
      model_type: 'sk',
      params: [{ key: 'p', value: '1' }],
      tags: [{ key: 't', value: 'u' }],
    })
    expect(first).toMatchObject({
      status: 'LOGGED_MODEL_PENDING',
      source_run_id: 'trainer',
      tags: [{ key: 't', value: 'u' }],
    })
    expect(first.model_id).toMatch(/^m-[0-9a-f]{32}$/)
    expect(first.artifact_uri).toBe(`mlflow-artifacts:/0/models/${first.model_id}/artifacts`)
    const second = await create({ name: 'net', source_run_id: 'trainer' })
    for (const [info, text] of [
      [first, 'one'],
      [second, 'two'],
    ] as const) {
      await s.files('PUT', `artifacts/0/models/${info.model_id}/artifacts/MLmodel`, text)
      expect((await s.files('GET', `artifacts/0/models/${info.model_id}/artifacts/MLmodel`)).text).toBe(text)
    }
    expect((await s.files('GET', 'artifacts/0/trainer/artifacts/net/MLmodel')).text).toBe('one')
    expect((await s.files('GET', `artifacts/0/trainer/artifacts/models/${second.model_id}/MLmodel`)).text).toBe('two')
    const taken = await create({ name: 'plain', source_run_id: 'trainer' })
    await s.files('PUT', `artifacts/0/models/${taken.model_id}/artifacts/file.txt`, 'not over the other')
    expect((await s.files('GET', 'artifacts/0/trainer/artifacts/plain/file.txt')).text).toBe('x')
    const { body } = await s.ask('GET', `logged-models/${first.model_id}/artifacts/directories`)
    expect(body.files).toEqual([{ path: 'MLmodel', is_dir: false, file_size: 3 }])
  })

  it('go through their life and are registered', async () => {
    const { model_id } = await create({ name: 'life', source_run_id: 'trainer' })
    const at = `logged-models/${model_id}`
    await s.files('PUT', `artifacts/0/models/${model_id}/artifacts/MLmodel`, mlmodel)
    expect((await s.ask('PATCH', at, { model_id, status: 'LOGGED_MODEL_READY' })).body.model).toMatchObject({
      info: { status: 'LOGGED_MODEL_READY' },
    })
    expect((await s.ask('PATCH', at, { model_id, status: 3 })).body.model).toMatchObject({
      info: { status: 'LOGGED_MODEL_UPLOAD_FAILED' },
    })
    expect((await s.ask('PATCH', at, { model_id, status: 'NONSENSE' })).status).toBe(400)
    await s.ask('PATCH', `${at}/tags`, { tags: [{ key: 'a/b', value: 'c' }] })
    await s.ask('POST', `${at}/params`, { params: [{ key: 'q', value: '2' }] })
    const metric = {
      run_id: 'trainer',
      key: 'acc',
      value: 0.5,
      timestamp: 1,
      step: 2,
      model_id,
      dataset_name: 'd',
      dataset_digest: 'e',
    }
    for (let twice = 0; twice < 2; twice += 1) expect((await s.ask('POST', 'runs/log-metric', metric)).status).toBe(200)
    const { model } = (await s.ask('GET', at)).body
    expect(model).toMatchObject({
      info: { tags: [{ key: 'a/b', value: 'c' }] },
      data: { params: [{ key: 'q', value: '2' }], metrics: [metric] },
    })
    expect(asArray(asObject(asObject(model).data).metrics)).toHaveLength(1)
    const found = await s.ask('POST', 'logged-models/search', {
      experiment_ids: ['0'],
      filter: "name = 'life' AND metrics.acc > 0.4",
      order_by: [{ field_name: 'metrics.acc', ascending: false }],
      datasets: [{ dataset_name: 'd' }],
    })
    expect(asArray(found.body.models)).toHaveLength(1)
    await s.ask('POST', 'registered-models/create', { name: 'living' })
    const made = version(
      await s.ask('POST', 'model-versions/create', { name: 'living', source: `models:/${model_id}`, model_id }),
    )
    expect(made).toMatchObject({
      run_id: 'trainer',
      model_id,
      source: `mlflow-artifacts:/0/models/${model_id}/artifacts`,
    })
    expect((await s.ask('DELETE', `${at}/tags/a%2Fb`)).status).toBe(200)
    expect((await s.ask('DELETE', at)).status).toBe(200)
    expect(await s.ask('GET', at)).toMatchObject({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } })
    expect((await s.files('GET', 'artifacts/models/living/1/MLmodel')).text).toBe(mlmodel)
  })

  it.each(['a/b', 'a:b', 'a.b', 'a%b', 'a"b', "a'b", '../x'])('are not called %s', async (name) => {
    expect((await s.ask('POST', 'logged-models', { experiment_id: '0', name })).status).toBe(400)
  })
})
