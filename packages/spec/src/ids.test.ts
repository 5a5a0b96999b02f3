import { describe, expect, it } from 'vitest'
import {
  armId,
  datastoreUri,
  parseArmId,
  parseRef,
  parseUri,
  printArmId,
  printUri,
  scopeOf,
  storageOf,
  workspaceArmId,
} from './ids.ts'

const ws = { subscription: 'S-1', resourceGroup: 'RG', workspace: 'Main' }
const WS = '/subscriptions/S-1/resourceGroups/RG/providers/Microsoft.MachineLearningServices/workspaces/Main'

describe('ARM ids', () => {
  const ids: string[] = [
    '/subscriptions/S-1/resourceGroups/RG',
    WS,
    `${WS}/jobs/j_1`,
    `${WS}/environments/e/versions/1`,
    `${WS}/components/c/labels/default`,
    `${WS}/onlineEndpoints/ep/deployments/blue`,
    '/subscriptions/S-1/resourceGroups/RG/providers/Microsoft.MachineLearningServices/registries/r/models/m/versions/2',
  ]
  it.each(ids)('%s prints as it was read', (id) => {
    const parsed = parseArmId(id)
    expect(parsed && printArmId(parsed)).toBe(id)
  })
  it('reads any case, an azureml: prefix and escapes, and prints canonically', () => {
    const id = parseArmId(
      'azureml:/SUBSCRIPTIONS/S-1/resourcegroups/RG/Providers/microsoft.machinelearningservices/Workspaces/Main/ENVIRONMENTS/e%20x/Versions/1/',
    )
    expect(id).toMatchObject({ collection: 'environments', name: 'e x', version: '1', workspace: 'Main' })
    expect(parseArmId(`${WS}/onlineendpoints/x`)?.collection).toBe('onlineEndpoints')
  })
  it.each([
    '',
    'x',
    '/',
    '//',
    '/subscriptions',
    '/subscriptions/s/foo/r',
    `${WS}//jobs`,
    '/subscriptions/s/resourceGroups/r/providers/Other/workspaces/w',
    '/subscriptions/%zz/resourceGroups/r',
  ])('refuses %j', (text) => expect(parseArmId(text)).toBeUndefined())
  it('prints', () => {
    expect(workspaceArmId(ws)).toBe(WS)
    expect(armId(ws, 'Environments', 'e', '1')).toBe(`${WS}/environments/e/versions/1`)
    expect(scopeOf(ws)).toBe('s-1/rg/main')
  })
})

describe('URIs', () => {
  const cases: [string, object][] = [
    ['azureml://datastores/d/paths/a/b', { form: 'datastore', datastore: 'd', path: 'a/b' }],
    ['azureml://datastores/d/paths/', { form: 'datastore', datastore: 'd', path: '' }],
    [
      'azureml://datastores/d/ExperimentRun/dcid.j',
      { form: 'datastore', datastore: 'd', path: 'ExperimentRun/dcid.j' },
    ],
    [
      'azureml://subscriptions/s/resourcegroups/r/workspaces/w/datastores/d/paths/p/q',
      {
        form: 'datastore',
        datastore: 'd',
        path: 'p/q',
        workspace: { subscription: 's', resourceGroup: 'r', workspace: 'w' },
      },
    ],
    [
      'azureml://subscriptions/s/resourceGroups/r/workspaces/w/data/n/versions/1',
      {
        form: 'asset',
        collection: 'data',
        name: 'n',
        version: '1',
        workspace: { subscription: 's', resourceGroup: 'r', workspace: 'w' },
      },
    ],
    [
      'azureml://resourceGroups/r/workspaces/w/models/n/versions/1',
      { form: 'asset', collection: 'models', name: 'n', version: '1' },
    ],
    [
      'azureml://locations/l/workspaces/guid/data/d/versions/3',
      { form: 'asset', collection: 'data', name: 'd', version: '3', workspaceGuid: 'guid' },
    ],
    ['azureml://models/n/versions/1', { form: 'asset', collection: 'models', name: 'n', version: '1' }],
    ['azureml://jobs/j/outputs/artifacts/paths/a/b', { form: 'jobOutput', job: 'j', output: 'artifacts', path: 'a/b' }],
    ['azureml://jobs/j/outputs/o', { form: 'jobOutput', job: 'j', output: 'o', path: '' }],
    [
      'azureml://registries/r/environments/e/labels/latest',
      { form: 'registry', registry: 'r', collection: 'environments', name: 'e', label: 'latest' },
    ],
    [
      'azureml://artifacts/ExperimentRun/dcid.j/model',
      { form: 'artifact', origin: 'ExperimentRun', container: 'dcid.j', path: 'model' },
    ],
    ['azureml://127.0.0.1:8080/mlflow/v1.0/x', { form: 'external', scheme: 'azureml' }],
    ['azureml:d:1', { form: 'asset', collection: 'data', name: 'd', version: '1' }],
    ['azureml:d@latest', { form: 'asset', collection: 'data', name: 'd', label: 'latest' }],
    [`azureml:${WS}/data/d/versions/2`, { form: 'asset', collection: 'data', name: 'd', version: '2' }],
    [`${WS}/models/m/versions/2`, { form: 'asset', collection: 'models', name: 'm', version: '2' }],
    ['runs:/r1/model/x', { form: 'run', run: 'r1', path: 'model/x' }],
    ['https://a.b/c', { form: 'external', scheme: 'https', url: 'https://a.b/c' }],
    ['wasbs://c@a.blob.core.windows.net/p', { form: 'external', scheme: 'wasbs' }],
    ['abfss://f@a.dfs.core.windows.net/p', { form: 'external', scheme: 'abfss' }],
    ['file:///tmp/x', { form: 'local', path: '/tmp/x' }],
    ['file:./x', { form: 'local', path: './x' }],
    ['./a/b', { form: 'local', path: './a/b' }],
    ['/abs', { form: 'local', path: '/abs' }],
    ['C:\\data', { form: 'local', path: 'C:\\data' }],
    ['.', { form: 'local', path: '.' }],
    ['azureml://datastores/d', { form: 'invalid' }],
    ['azureml://nonsense/x', { form: 'invalid' }],
    ['azureml:wasbs://x', { form: 'invalid' }],
    ['azureml://jobs/j', { form: 'invalid' }],
    ['azureml://', { form: 'invalid' }],
  ]
  it.each(cases)('%s', (text, form) => expect(parseUri(text)).toMatchObject(form))
  it('prints what it reads', () => {
    for (const [text] of cases) {
      const uri = parseUri(text)
      if (uri.form !== 'invalid') expect(parseUri(printUri(uri))).toEqual(uri)
    }
  })
  it('prints datastore URIs short and long', () => {
    expect(datastoreUri(undefined, 'd', '/a')).toBe('azureml://datastores/d/paths/a')
    expect(datastoreUri(ws, 'd', 'a')).toBe(
      'azureml://subscriptions/S-1/resourcegroups/RG/workspaces/Main/datastores/d/paths/a',
    )
  })
})

describe('references', () => {
  const cases: [string, object | undefined][] = [
    ['azureml:e:1', { name: 'e', version: '1', prefixed: true }],
    ['e:1', { name: 'e', version: '1', prefixed: false }],
    ['azureml:e@latest', { name: 'e', label: 'latest' }],
    ['azureml:e', { name: 'e' }],
    ['azureml:my-env:2024.01.01', { name: 'my-env', version: '2024.01.01' }],
    [`azureml:${WS}/environments/e/versions/1`, { name: 'e', version: '1', workspace: ws }],
    ['azureml://registries/r/environments/e/versions/1', { name: 'e', version: '1', registry: 'r' }],
    ['./e.yml', undefined],
    ['azureml:', undefined],
    ['azureml:a:b:c', undefined],
    ['a b', undefined],
    ['', undefined],
  ]
  it.each(cases)('%s', (text, ref) => {
    if (ref === undefined) expect(parseRef(text, 'environments')).toBeUndefined()
    else expect(parseRef(text, 'environments')).toMatchObject({ collection: 'environments', ...ref })
  })
})

it('derives the storage of a workspace from its guid', () => {
  expect(storageOf('ABCDEF01-2345-6789-abcd-ef0123456789')).toEqual({
    account: 'lazabcdef012345',
    blobstore: 'azureml-blobstore-ABCDEF01-2345-6789-abcd-ef0123456789',
    artifacts: 'azureml',
    workingdir: 'code-abcdef01',
    fileshare: 'azureml-filestore-ABCDEF01-2345-6789-abcd-ef0123456789',
  })
})
