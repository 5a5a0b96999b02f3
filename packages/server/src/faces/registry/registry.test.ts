import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
let group: string
let control: string
let plane: string
beforeAll(async () => {
  s = await startTestServer()
  group = s.ws.slice(0, s.ws.indexOf('/workspaces/'))
  control = `${group}/registries/shared`
  plane = `/mferp/managementfrontend${control}`
  await must('PUT', control, { location: 'local', properties: { regionDetails: [] } })
})
afterAll(() => s.end())

const ask = async (method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH', url: string, body?: unknown) => {
  const answer = await s.ask(method, url, body)
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: answer.body === '' ? undefined : JSON.parse(answer.body),
  }
}
const must = async (method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH', url: string, body?: unknown) => {
  const answer = await ask(method, url, body)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
  return answer.body
}

/** Uploads files as the official client does, and answers the address it would register. */
async function upload(assetId: string, files: Record<string, string>): Promise<string> {
  const [, name, version] = /\/([^/]+)\/versions\/([^/]+)$/.exec(assetId) ?? []
  const place = await must('PUT', `${plane}/tempdatarefs/${name}/versions/${version}`, {
    assetId,
    temporaryDataReferenceType: 'TemporaryBlobReference',
  })
  const { blobUri, credential } = place.blobReferenceForConsumption
  for (const [path, text] of Object.entries(files)) {
    const [base, query] = credential.sasUri.split('?')
    const url = `${new URL(base).pathname}/${path}?${query}`
    const put = await s.knock('PUT', url, { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'text/plain' }, text)
    expect(put.statusCode).toBe(201)
  }
  return blobUri
}

const idOf = (collection: string, name: string, version: string) =>
  `azureml://registries/shared/${collection}/${name}/versions/${version}`

const fileOf = (url: string) => join(s.home, 'storage', decodeURIComponent(new URL(url).pathname))

describe('the registry itself', () => {
  test('is made, shown, listed and found by its name alone', async () => {
    const shown = await must('GET', control)
    expect(shown).toMatchObject({ id: control, name: 'shared', type: expect.stringMatching(/registries$/) })
    expect((await must('GET', `${group}/registries`)).value.map((each: { name: string }) => each.name)).toEqual([
      'shared',
    ])
    expect(await must('GET', '/registrymanagement/v1.0/registries/SHARED/discovery')).toEqual({
      registryName: 'shared',
      registryFqdns: { local: { uri: `http://127.0.0.1:${s.port}/` } },
      primaryRegion: 'local',
      primaryRegionResourceProviderUri: `http://127.0.0.1:${s.port}/`,
      subscriptionId: group.split('/')[2],
      resourceGroup: 'lazurite',
    })
    expect((await ask('GET', '/registrymanagement/v1.0/registries/nobody/discovery')).status).toBe(404)
  })

  test('its name is one on the server, and that of the system registry is taken', async () => {
    const elsewhere = group.replace('/lazurite/', '/other/')
    expect(await ask('PUT', `${elsewhere}/registries/Shared`, { location: 'x' })).toMatchObject({ status: 409 })
    const system = await ask('PUT', `${group}/registries/AzureML`, { location: 'x' })
    expect(system).toMatchObject({ status: 400, body: { error: { code: 'NotSupported' } } })
  })
})

describe('a model', () => {
  test('goes up, is accepted, and comes back with its bytes in the storage of the registry', async () => {
    const blobUri = await upload(idOf('models', 'm', '1'), { 'net/a.bin': 'weights', 'net/sub/b.txt': 'more' })
    const put = await ask('PUT', `${plane}/models/m/versions/1`, {
      properties: { modelUri: `${blobUri}/net`, modelType: 'custom_model', description: 'd', tags: { a: 'b' } },
    })
    expect(put.status).toBe(202)
    const got = await must('GET', `${plane}/models/m/versions/1`)
    expect(got).toMatchObject({
      id: idOf('models', 'm', '1'),
      name: '1',
      properties: {
        modelUri: expect.stringMatching(/^https:\/\/laz[0-9a-f]{12}\.blob\.laz\.test\/[0-9a-f-]+\/net$/),
        modelType: 'custom_model',
        flavors: {},
        provisioningState: 'Succeeded',
        tags: { a: 'b' },
      },
      lazurite: { files: 2, sizeBytes: 11 },
    })
    expect(await readFile(join(fileOf(got.lazurite.url), 'sub/b.txt'), 'utf8')).toBe('more')
    // the same on the control plane, in its own status codes
    expect(await must('GET', `${control}/models/m/versions/1`)).toEqual(got)
  })

  test('the same bytes again change nothing; other bytes and other types are a conflict that names the difference', async () => {
    const same = await upload(idOf('models', 'm', '1'), { 'net/a.bin': 'weights', 'net/sub/b.txt': 'more' })
    const before = await must('GET', `${plane}/models/m/versions/1`)
    const again = await ask('PUT', `${plane}/models/m/versions/1`, {
      properties: { modelUri: `${same}/net`, modelType: 'custom_model', description: 'd', tags: { a: 'b' } },
    })
    expect(again.status).toBe(202)
    expect(await must('GET', `${plane}/models/m/versions/1`)).toEqual(before)
    const other = await upload(idOf('models', 'm', '1'), { 'net/a.bin': 'other weights' })
    const refused = await ask('PUT', `${plane}/models/m/versions/1`, {
      properties: { modelUri: `${other}/net`, modelType: 'custom_model' },
    })
    expect(refused).toMatchObject({ status: 409, body: { error: { target: 'modelUri' } } })
    const type = await ask('PUT', `${plane}/models/m/versions/1`, {
      properties: { modelUri: `${same}/net`, modelType: 'mlflow_model' },
    })
    expect(type).toMatchObject({ status: 409, body: { error: { target: 'modelType' } } })
  })

  test('is downloaded by a reference that opens its container for reading and nothing else', async () => {
    const { properties } = await must('GET', `${plane}/models/m/versions/1`)
    const { blobReferenceForConsumption } = await must('POST', `${plane}/datarefs/m/versions/1`, {
      assetId: idOf('models', 'm', '1'),
      blobUri: properties.modelUri,
    })
    const [base, query] = blobReferenceForConsumption.credential.sasUri.split('?')
    const path = new URL(base).pathname
    expect((await s.knock('GET', `${path}/net/a.bin?${query}`)).body).toBe('weights')
    const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'text/plain' }
    expect((await s.knock('PUT', `${path}/net/a.bin?${query}`, headers, 'evil')).statusCode).toBe(403)
    const foreign = await ask('POST', `${plane}/datarefs/m/versions/1`, { assetId: 'azureml://registries/x/models/m' })
    expect(foreign).toMatchObject({ status: 400, body: { error: { target: 'assetId' } } })
  })

  test('containers, versions, archive and restore', async () => {
    const next = await upload(idOf('models', 'm', '2'), { 'f.txt': '2' })
    await must('PUT', `${plane}/models/m/versions/2`, { properties: { modelUri: `${next}/f.txt` } })
    const container = await must('GET', `${plane}/models/m`)
    expect(container.properties).toMatchObject({ latestVersion: '2', nextVersion: '3' })
    const names = async (query: string) => {
      const { value } = await must('GET', `${plane}/models/m/versions?${query}`)
      return value.map((each: { name: string }) => each.name)
    }
    expect(await names('$orderBy=createdtime desc&$top=1')).toEqual(['2'])
    const two = await must('GET', `${plane}/models/m/versions/2`)
    await must('PUT', `${plane}/models/m/versions/2`, { properties: { ...two.properties, isArchived: true } })
    expect(await names('')).toEqual(['1'])
    expect(await names('listViewType=All')).toEqual(['2', '1'])
    expect((await must('GET', `${plane}/models/m`)).properties.latestVersion).toBe('1')
    expect((await ask('GET', `${plane}/models/m/versions/2`)).status).toBe(200)
    const put = await ask('PUT', `${plane}/models/m`, { properties: { ...container.properties, isArchived: true } })
    expect(put.status).toBe(201)
    expect((await must('GET', `${plane}/models`)).value).toEqual([])
    expect(await names('')).toEqual([])
    expect((await ask('GET', `${plane}/models/m/labels/latest`)).status).toBe(404)
    await must('PUT', `${plane}/models/m`, { properties: { ...container.properties, isArchived: false } })
    expect(await names('')).toEqual(['1'])
    expect((await must('GET', `${plane}/models/m/labels/latest`)).name).toBe('1')
    expect((await must('GET', `${plane}/models/m`)).properties).toMatchObject({ latestVersion: '1', nextVersion: '3' })
  })

  test('a delete takes the bytes along', async () => {
    const place = await upload(idOf('models', 'gone', '1'), { 'f.txt': 'x' })
    await must('PUT', `${plane}/models/gone/versions/1`, { properties: { modelUri: `${place}/f.txt` } })
    const { lazurite } = await must('GET', `${plane}/models/gone/versions/1`)
    expect(existsSync(fileOf(lazurite.url))).toBe(true)
    expect((await ask('DELETE', `${plane}/models/gone/versions/1`)).status).toBe(200)
    expect((await ask('DELETE', `${plane}/models/gone/versions/1`)).status).toBe(204)
    expect(existsSync(fileOf(lazurite.url))).toBe(false)
  })
})

describe('what is not so is said', () => {
  test.each([
    ['models/x/versions/1', { modelUri: 'https://laz000000000000.blob.laz.test/c/nothing' }, 400],
    ['models/x/versions/1', { modelUri: './here' }, 400],
    ['models/x/versions/1', { modelUri: 'azureml://datastores/workspaceblobstore/paths/x' }, 404],
    ['data/x/versions/1', { dataType: 'odd', dataUri: 'https://e.org/x' }, 400],
    ['jobs/x', {}, 404],
    ['models', {}, 405],
  ])('%s %j', async (path, properties, status) => {
    const answer = await ask('PUT', `${plane}/${path}`, { properties })
    expect(answer.status, JSON.stringify(answer.body)).toBe(status)
    expect((await must('GET', `${plane}/models?listViewType=All`)).value).not.toContainEqual(
      expect.objectContaining({ name: 'x' }),
    )
  })
})
