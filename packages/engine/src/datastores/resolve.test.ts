import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRoom, type Room } from '../testing/room.ts'
import { isWeb, locate, type Place } from './resolve.ts'

let room: Room
beforeAll(async () => {
  room = await openRoom()
  room.upload('in/folder', { 'a.txt': 'a' })
})
afterAll(() => room.close())

const at = async (uri: string): Promise<Place> => {
  const found = await locate(room.store, room.scope, uri)
  if (isWeb(found)) throw new Error('a web address')
  return found
}
const long = (path: string, datastore = 'workspaceblobstore') =>
  `azureml://subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/Rg/workspaces/Main/datastores/${datastore}/paths/${path}`
const artifacts = (path: string) =>
  room.store.bytes.path(room.workspace.storage.account, 'azureml', `ExperimentRun/dcid.job1${path}`)

describe('every spelling of a place', () => {
  test('datastore URIs, short and long, in any case of the fixed words', async () => {
    for (const uri of [
      'azureml://datastores/workspaceblobstore/paths/in/folder',
      long('in/folder'),
      long('in/folder').replace('resourcegroups', 'resourceGroups'),
      long('in/folder').replace('/Rg/workspaces/Main/', '/rG/workspaces/mAIN/'),
    ]) {
      expect(await at(uri), uri).toMatchObject({
        localPath: room.at('in/folder'),
        path: 'in/folder',
        uri: long('in/folder'),
      })
    }
    expect((await at('azureml://datastores/workspaceblobstore/paths/in/folder/')).localPath).toBe(room.at('in/folder'))
  })

  test('data and models by version, label and id', async () => {
    const first = await room.put('data', 'd1', { dataUri: long('in/one'), dataType: 'uri_folder' })
    await room.put('data', 'd1', { dataUri: 'azureml://datastores/workspaceblobstore/paths/in/two' }, '2')
    await room.put('model', 'm1', { modelUri: long('in/model') })
    const guid = room.workspace.guid
    for (const [uri, path] of [
      ['azureml:d1:1', 'in/one'],
      [first, 'in/one'],
      [`azureml:${first}`, 'in/one'],
      ['azureml://data/d1/versions/1', 'in/one'],
      [`azureml://locations/local/workspaces/${guid}/data/d1/versions/1`, 'in/one'],
      ['azureml:d1@latest', 'in/two'],
      ['azureml://data/d1/labels/latest', 'in/two'],
      ['azureml://models/m1/versions/1', 'in/model'],
      [first.replace('/data/d1', '/models/m1'), 'in/model'],
    ] as const) {
      expect((await at(uri)).path, uri).toBe(path)
    }
  })

  test('outputs of jobs, and a run’s own artifacts', async () => {
    const key = { scope: room.scope, kind: 'job', name: 'job1' }
    const props = { jobType: 'Command', outputs: { asked: { uri: long('asked/') } } }
    const status = { outputs: { out: { uri: long('out/'), type: 'uri_folder' } } }
    await room.store.resources.put({ key, props, status, by: 'tester' })
    expect((await at('azureml://jobs/job1/outputs/asked')).path).toBe('asked')
    expect((await at('azureml://jobs/job1/outputs/out')).path).toBe('out')
    expect((await at('azureml://jobs/job1/outputs/out/paths/deep/er')).path).toBe('out/deep/er')
    for (const uri of [
      'azureml://jobs/job1/outputs/artifacts/paths/model/',
      'azureml://jobs/job1/outputs/default/paths/model',
      'runs:/job1/model',
      'azureml://artifacts/ExperimentRun/dcid.job1/model',
      'azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.job1/model',
      long('ExperimentRun/dcid.job1/model', 'workspaceartifactstore'),
    ]) {
      expect((await at(uri)).localPath, uri).toBe(artifacts('/model'))
    }
    await expect(at('azureml://jobs/job1/outputs/nothing')).rejects.toMatchObject({ code: 'ResourceNotFound' })
    await expect(at('azureml://jobs/nobody/outputs/artifacts')).rejects.toMatchObject({ code: 'ResourceNotFound' })
  })

  test('URLs of the workspace’s own storage, whatever the server was called when they were made', async () => {
    const { account, blobstore } = room.workspace.storage
    for (const uri of [
      `http://127.0.0.1:8123/${account}/${blobstore}/in/folder`,
      `https://localhost:8443/${account}/${blobstore}/in/folder?sv=1&sig=x`,
      `https://localhost:8443/${account}?.blob.core.windows.net/${blobstore}/in/folder`,
      `https://${account}.blob.core.windows.net/${blobstore}/in/folder/`,
      `wasbs://${blobstore}@${account}.blob.core.windows.net/in/folder`,
      `abfss://${blobstore}@${account}.dfs.core.windows.net/in/folder`,
    ]) {
      expect((await at(uri)).localPath, uri).toBe(room.at('in/folder'))
    }
  })

  test('addresses of storage that a datastore is registered for', async () => {
    const azure = { datastoreType: 'AzureBlob', accountName: 'ouracct', containerName: 'things' }
    await room.put('datastore', 'bb', azure)
    await room.put('datastore', 'cc', azure)
    await room.put('datastore', 'emulated', {
      ...azure,
      accountName: 'devstoreaccount1',
      protocol: 'http',
      endpoint: '127.0.0.1:10000',
    })
    await room.put('datastore', 'bucket', { datastoreType: 'S3', bucketName: 'our-bucket' })
    await room.put('datastore', 'broken', { datastoreType: 'AzureBlob', containerName: 'things' })
    for (const [uri, canonical] of [
      ['wasbs://things@ouracct.blob.core.windows.net/a/b c.csv', long('a/b c.csv', 'bb')],
      ['wasb://things@ouracct.blob.core.windows.net/a/', long('a/', 'bb')],
      ['abfss://things@ouracct.dfs.core.windows.net/a/b', long('a/b', 'bb')],
      ['https://ouracct.blob.core.windows.net/things/a/%C3%BC.csv', long('a/ü.csv', 'bb')],
      ['https://ouracct.blob.core.windows.net/things', long('', 'bb')],
      ['http://127.0.0.1:10000/devstoreaccount1/things/x', long('x', 'emulated')],
      ['s3://our-bucket/a%20b/c', long('a%20b/c', 'bucket')],
      ['s3a://our-bucket', long('', 'bucket')],
    ] as const) {
      expect((await at(uri)).uri, uri).toBe(canonical)
    }
    for (const uri of [
      'https://ouracct.blob.core.windows.net/things2/x',
      'https://ouracct.blob.core.windows.net/things/x?sv=1&sig=own',
      'http://ouracct.blob.core.windows.net/things/x',
      'https://ouracct.blob.core.windows.net.evil.example/things/x',
      'http://127.0.0.1:10001/devstoreaccount1/things/x',
    ]) {
      expect(await locate(room.store, room.scope, uri), uri).toEqual({ url: uri, uri })
    }
    for (const uri of ['wasbs://other@ouracct.blob.core.windows.net/a', 's3://our-bucket2/a', 'gs://our-bucket/a']) {
      await expect(at(uri), uri).rejects.toMatchObject({ code: 'NotSupported' })
    }
    const out = await at('s3://our-bucket/../x')
    await expect(out.storage.stat(out.path)).rejects.toMatchObject({ code: 'PathNotAllowed' })
  })

  test('a datastore of type local is the folder its administrator named', async () => {
    const folder = room.scratch('shared')
    mkdirSync(join(folder, 'x'))
    await room.put('datastore', 'shared', { datastoreType: 'Local', path: folder })
    expect((await at('azureml://datastores/shared/paths/x')).localPath).toBe(join(folder, 'x'))
  })
})

describe('what cannot be reached is said by name', () => {
  test.each([
    ['azureml://datastores/nobody/paths/x', 'ResourceNotFound', /nobody/],
    ['azureml:nothing:3', 'ResourceNotFound', /nothing:3/],
    ['azureml:d1@prod', 'ResourceNotFound', /prod/],
    ['azureml://registries/azureml/data/d/versions/1', 'ResourceNotFound', /registry azureml/],
    ['azureml://registries/nobody/data/d/versions/1', 'ResourceNotFound', /no registry of that name/],
    ['wasbs://datasets@azuremlexamples.blob.core.windows.net/iris.csv', 'NotSupported', /azuremlexamples/],
    ['abfss://fs@account.dfs.core.windows.net/p', 'NotSupported', /abfss/],
    ['s3://bucket/key', 'NotSupported', /s3:\/\/bucket\/key/],
    ['adl://store.azuredatalakestore.net/p', 'NotSupported', /adl/],
    ['/etc/passwd', 'NotSupported', /etc\/passwd/],
    ['file:///etc/passwd', 'NotSupported', /etc\/passwd/],
    ['azureml://nonsense/x', 'BadArgument', /nonsense/],
    ['azureml://datastores/workspaceblobstore/paths/../../../etc/passwd', 'PathNotAllowed', /etc/],
    ['azureml://datastores/workspaceblobstore/paths/a/%2e%2e/%2e%2e/b', 'PathNotAllowed', /b/],
    [
      `azureml://subscriptions/s/resourcegroups/g/workspaces/other/datastores/workspaceblobstore/paths/x`,
      'ResourceNotFound',
      /other/,
    ],
    [
      'azureml://locations/l/workspaces/11111111-1111-1111-1111-111111111111/data/d1/versions/1',
      'ResourceNotFound',
      /11111111/,
    ],
    ['azureml://artifacts/ExperimentRun/dcid.job1/../../secret', 'PathNotAllowed', /secret/],
    ['runs:/job1/../../x', 'PathNotAllowed', /x/],
  ])('%s', async (uri, code, message) => {
    await expect(locate(room.store, room.scope, uri)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })

  test('the way out of wasbs is the address of the file on the web', async () => {
    await expect(at('wasbs://datasets@azuremlexamples.blob.core.windows.net/iris.csv')).rejects.toMatchObject({
      hint: expect.stringContaining('https://azuremlexamples.blob.core.windows.net/datasets/iris.csv'),
    })
  })

  test('an asset that points at itself ends', async () => {
    await room.put('data', 'loop', { dataUri: 'azureml:loop:1' })
    await expect(at('azureml:loop:1')).rejects.toMatchObject({ code: 'BadArgument' })
  })

  test('a datastore elsewhere is named without asking anybody; one that is retired is refused when it is used', async () => {
    await room.put('datastore', 'remote', { datastoreType: 'AzureBlob', accountName: 'somebody', containerName: 'c' })
    expect(await at('azureml://datastores/remote/paths/x')).not.toHaveProperty('localPath')
    await room.put('datastore', 'old', { datastoreType: 'AzureDataLakeGen1', storeName: 's' })
    await expect((await at('azureml://datastores/old/paths/x')).storage.stat('x')).rejects.toMatchObject({
      code: 'NotSupported',
      message: expect.stringContaining('retired'),
    })
  })

  test('web addresses come back as what they are', async () => {
    expect(await locate(room.store, room.scope, 'https://example.com/a.csv?x=1')).toEqual({
      url: 'https://example.com/a.csv?x=1',
      uri: 'https://example.com/a.csv?x=1',
    })
  })
})
