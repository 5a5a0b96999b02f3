import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { storageOf } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
let group: string
let plane: string
let guid: string
beforeAll(async () => {
  s = await startTestServer()
  group = s.ws.slice(0, s.ws.indexOf('/workspaces/'))
  plane = `/mferp/managementfrontend${group}/registries/shared`
  await must('PUT', `${group}/registries/shared`, { location: 'local', properties: {} })
  guid = (await must('GET', s.ws)).properties.workspaceId
})
afterAll(() => s.end())

type Method = 'GET' | 'PUT' | 'DELETE' | 'POST'
const ask = async (method: Method, url: string, body?: unknown) => {
  const answer = await s.ask(method, url, body)
  return { status: answer.statusCode, body: answer.body === '' ? undefined : JSON.parse(answer.body) }
}
const must = async (method: Method, url: string, body?: unknown) => {
  const answer = await ask(method, url, body)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
  return answer.body
}

/** Lays files into the default datastore of the workspace. */
function lay(path: string, files: Record<string, string>): string {
  const { account, blobstore } = storageOf(guid)
  for (const [name, text] of Object.entries(files)) {
    const file = join(s.home, 'storage', account, blobstore, path, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return `azureml://datastores/workspaceblobstore/paths/${path}`
}

const share = (collection: string, name: string, version: string, more: Record<string, string> = {}) =>
  ask('POST', `${plane}/import`, {
    properties: {
      referenceType: 'Id',
      sourceAssetId: `azureml://locations/local/workspaces/${guid}/${collection}/${name}/versions/${version}`,
      ...more,
    },
  })
const fileOf = (url: string) => join(s.home, 'storage', decodeURIComponent(new URL(url).pathname))

describe('sharing', () => {
  test('a model goes into the registry with its bytes, and stays when the workspace forgets it', async () => {
    const modelUri = lay('models/net', { 'w.bin': 'weights', 'deep/er.txt': 'x' })
    await must('PUT', `${s.ws}/models/net/versions/3`, {
      properties: { modelUri, modelType: 'custom_model', description: 'a net', tags: { k: 'v' } },
    })
    const answer = await share('models', 'net', '3', { destinationName: 'net2', destinationVersion: '1' })
    expect(answer).toEqual({ status: 200, body: undefined })
    const got = await must('GET', `${plane}/models/net2/versions/1`)
    expect(got).toMatchObject({
      id: 'azureml://registries/shared/models/net2/versions/1',
      properties: { description: 'a net', tags: { k: 'v' }, modelType: 'custom_model' },
      lazurite: { files: 2 },
    })
    await must('DELETE', `${s.ws}/models/net`)
    writeFileSync(join(s.home, 'storage', storageOf(guid).account, storageOf(guid).blobstore, 'models/net/w.bin'), '')
    expect(await readFile(join(fileOf(got.lazurite.url), 'w.bin'), 'utf8')).toBe('weights')
  })

  test('again is harmless, other content is a conflict, nothing is refused by name', async () => {
    const csv = lay('data', { 'd.csv': 'a,b\n1,2\n', 'e.csv': 'other' })
    const put = (name: string, file: string) =>
      must('PUT', `${s.ws}/data/${name}/versions/1`, {
        properties: { dataType: 'uri_file', dataUri: `${csv}/${file}` },
      })
    await put('table', 'd.csv')
    await put('other', 'e.csv')
    expect((await share('data', 'table', '1')).status).toBe(200)
    const before = await must('GET', `${plane}/data/table/versions/1`)
    expect((await share('data', 'table', '1')).status).toBe(200)
    expect(await must('GET', `${plane}/data/table/versions/1`)).toEqual(before)
    expect(await share('data', 'other', '1', { destinationName: 'table' })).toMatchObject({
      status: 409,
      body: { error: { target: 'dataUri', message: expect.stringContaining('table') } },
    })
    expect((await share('data', 'nobody', '1')).status).toBe(404)
    expect((await share('data', 'table', '9')).status).toBe(404)
    expect((await share('jobs', 'j', '1')).status).toBe(400)
    const foreign = 'azureml://locations/x/workspaces/00000000-1111-0000-1111-000000000000/data/table/versions/1'
    const gone = await ask('POST', `${plane}/import`, { properties: { sourceAssetId: foreign } })
    expect(gone).toMatchObject({ status: 404 })
    const loose = await ask('POST', `${plane}/import`, { properties: { sourceAssetId: 'azureml:table:1' } })
    expect(loose).toMatchObject({ status: 400, body: { error: { target: 'sourceAssetId' } } })
  })

  test('a component takes its code and its environment along', async () => {
    const codeUri = `http://127.0.0.1:${s.port}/${storageOf(guid).account}/${storageOf(guid).blobstore}/src`
    lay('src', { 'main.py': 'print(1)' })
    const code = await must('PUT', `${s.ws}/codes/c1/versions/1`, { properties: { codeUri } })
    const environment = await must('PUT', `${s.ws}/environments/mine/versions/2`, { properties: { image: 'python:3' } })
    const spec = (extra: object) => ({
      type: 'command',
      command: 'python main.py',
      code: `azureml:${code.id}`,
      environment: `azureml:${environment.id}`,
      ...extra,
    })
    const put = (name: string, componentSpec: object) =>
      must('PUT', `${s.ws}/components/${name}/versions/1`, {
        properties: { componentSpec: { name, version: '1', ...componentSpec } },
      })
    const inner = await put('train', spec({ display_name: 'Train' }))
    await put('pipe', {
      type: 'pipeline',
      jobs: {
        a: { type: 'command', component: `azureml:${inner.id}` },
        b: { type: 'command', component: spec({ environment: 'azureml:AzureML-sklearn-1.5@latest' }) },
        c: { type: 'command', component: spec({ environment: 'azureml:host@latest' }) },
      },
    })
    expect((await share('components', 'pipe', '1')).status).toBe(200)
    const { componentSpec } = (await must('GET', `${plane}/components/pipe/versions/1`)).properties
    const at = 'azureml://registries/shared'
    expect(componentSpec.jobs).toMatchObject({
      a: { component: `${at}/components/train/versions/1` },
      b: {
        component: {
          code: `${at}/codes/c1/versions/1`,
          environment: 'azureml:AzureML-sklearn-1.5@latest',
        },
      },
      c: { component: { environment: 'azureml:host@latest' } },
    })
    const train = (await must('GET', `${plane}/components/train/versions/1`)).properties.componentSpec
    expect(train).toMatchObject({
      code: `${at}/codes/c1/versions/1`,
      environment: `${at}/environments/mine/versions/2`,
    })
    const kept = await must('GET', `${plane}/codes/c1/versions/1`)
    expect(await readFile(join(fileOf(kept.lazurite.url), 'main.py'), 'utf8')).toBe('print(1)')
    expect((await share('components', 'pipe', '1')).status).toBe(200)
  })

  test('a component that is put into the registry depends on no workspace', async () => {
    const spec = {
      name: 'direct',
      version: '1',
      type: 'command',
      command: 'python main.py',
      code: `azureml:${s.ws}/codes/c1/versions/1`,
      environment: 'azureml:mine:2',
      inputs: { code: { type: 'string', default: 'azureml:no:1' } },
    }
    const put = (version: string, more: object) =>
      ask('PUT', `${plane}/components/direct/versions/${version}`, {
        properties: { componentSpec: { ...spec, ...more } },
      })
    expect((await put('1', {})).status).toBe(202)
    expect((await put('1', {})).status).toBe(202)
    const { componentSpec } = (await must('GET', `${plane}/components/direct/versions/1`)).properties
    expect(componentSpec).toMatchObject({
      code: 'azureml://registries/shared/codes/c1/versions/1',
      environment: 'azureml://registries/shared/environments/mine/versions/2',
      inputs: spec.inputs,
    })
    const other = await put('1', { command: 'python other.py' })
    expect(other).toMatchObject({ status: 409, body: { error: { code: 'Conflict' } } })
    const missing = await put('2', { version: '2', environment: 'azureml:nothing:1' })
    expect(missing).toMatchObject({ status: 404, body: { error: { message: expect.stringContaining('nothing') } } })
    expect((await ask('GET', `${plane}/components/direct/versions/2`)).status).toBe(404)
  })
})

describe('promotion', () => {
  test('a workspace takes a copy, in its own storage, and no second one', async () => {
    const put = (version: string, modelUri: string) =>
      must('PUT', `${s.ws}/models/mine/versions/${version}`, { properties: { modelUri } })
    const made = await put('1', 'azureml://registries/shared/models/net2/labels/latest')
    const id = s.ws
      .replace('resourceGroups', 'resourcegroups')
      .replace('/providers/Microsoft.MachineLearningServices', '')
    const kept = `azureml:/${id}/datastores/workspaceblobstore/paths/azureml/registries/shared/models/net2/1/net`
    expect(made.properties.modelUri).toBe(kept)
    expect((await put('1', 'azureml://registries/shared/models/net2/versions/1')).properties.modelUri).toBe(kept)
    const { account, blobstore } = storageOf(guid)
    const file = join(s.home, 'storage', account, blobstore, 'azureml/registries/shared/models/net2/1/net/w.bin')
    expect(await readFile(file, 'utf8')).toBe('weights')
    const { properties } = await must('GET', `${plane}/models/net2/versions/1`)
    // what the official client holds in its hands is the address
    expect((await put('2', properties.modelUri)).properties.modelUri).toMatch(/paths\/azureml\/registries\/shared\//)
    await must('DELETE', `${plane}/models/net2`)
    expect(await readFile(file, 'utf8')).toBe('weights')
    const gone = await ask('PUT', `${s.ws}/models/late/versions/1`, {
      properties: { modelUri: 'azureml://registries/shared/models/net2/versions/1' },
    })
    expect(gone).toMatchObject({ status: 404 })
  })
})

describe('the system registry', () => {
  const system =
    '/mferp/managementfrontend/subscriptions/x/resourceGroups/y/providers/Microsoft.MachineLearningServices/registries/azureml'

  test('shows curated environments under the names that files use, and what they mean here', async () => {
    const { value } = await must('GET', `${system}/environments`)
    const names = value.map(({ name }: { name: string }) => name)
    const used =
      'sklearn-1.5 acpt-pytorch-2.8-cuda12.6 tensorflow-2.16-cuda12 model-evaluation responsibleai-tabular lightgbm-3.3 AutoML'
    for (const name of used.split(' ')) expect(names).toContain(name)
    const latest = await must('GET', `${system}/environments/sklearn-1.5/labels/latest`)
    expect(latest).toMatchObject({
      id: 'azureml://registries/azureml/environments/sklearn-1.5/versions/1',
      properties: {
        description: expect.stringMatching(/Python 3\.10 with scikit-learn~=1\.5\.0.*Not here: azureml-core/),
        condaFile: expect.stringContaining('scikit-learn~=1.5.0'),
        environmentType: 'Curated',
      },
    })
    expect((await must('GET', `${system}/environments/model-evaluation/versions/6`)).name).toBe('6')
    const versions = (await must('GET', `${system}/environments/model-evaluation/versions?$top=1`)).value
    expect(versions.map(({ name }: { name: string }) => name)).toEqual(['24'])
    expect((await must('GET', `${system}/environments/sklearn-1.5`)).properties).toMatchObject({ latestVersion: '1' })
    expect((await ask('GET', `${system}/environments/unheard-of/versions/1`)).status).toBe(404)
    expect((await must('GET', `${system}/models`)).value).toEqual([])
    expect((await must('GET', `${group}/registries/azureml`)).name).toBe('azureml')
  })

  test('a workspace shows them under their reserved names, and a job takes the id it was shown', async () => {
    const at = `${s.ws}/environments/AzureML-sklearn-1.5`
    const [first] = (await must('GET', `${at}/versions?$orderBy=createdtime desc&$top=1`)).value
    expect(first).toMatchObject({ id: `${at}/versions/1`, properties: { environmentType: 'Curated' } })
    expect((await must('GET', `${at}/labels/latest`)).id).toBe(first.id)
    expect((await must('GET', at)).properties).toMatchObject({ latestVersion: '1' })
    expect((await ask('GET', `${s.ws}/environments/AzureML-unheard-of/versions/1`)).status).toBe(404)
    expect((await must('GET', `${s.ws}/environments/AzureML-unheard-of/versions`)).value).toEqual([])
    const job = { jobType: 'Command', command: 'true', computeId: 'local', environmentId: first.id }
    const put = await ask('PUT', `${s.ws}/jobs/curated`, { properties: job })
    expect(put.status, JSON.stringify(put.body)).toBe(201)
  })

  test.each([
    ['PUT', 'environments/x/versions/1'],
    ['DELETE', 'environments/sklearn-1.5'],
    ['POST', 'import'],
    ['PUT', 'tempdatarefs/x/versions/1'],
  ] as const)('cannot be changed: %s %s', async (method, path) => {
    const answer = await ask(method, `${system}/${path}`, { properties: { image: 'x' } })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'NotSupported' } } })
    expect((await ask('DELETE', `${group}/registries/azureml`)).status).toBe(400)
  })
})

test('a registry with something in it is not deleted, unless all of it shall go', async () => {
  const refused = await ask('DELETE', `${group}/registries/shared`)
  expect(refused).toMatchObject({ status: 409, body: { error: { message: expect.stringMatching(/it holds .*data/) } } })
  expect((await ask('DELETE', `${group}/registries/shared?forceToPurge=true`)).status).toBe(200)
  expect((await ask('GET', `${plane}/models`)).status).toBe(404)
  expect((await ask('DELETE', `${group}/registries/shared`)).status).toBe(204)
})
