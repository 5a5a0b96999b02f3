import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
})
afterAll(() => s.end())

const systemData = {
  createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00$/),
  createdBy: expect.any(String),
  createdByType: 'User',
  lastModifiedAt: expect.any(String),
  lastModifiedBy: expect.any(String),
  lastModifiedByType: 'User',
}
const put = async (path: string, properties: unknown, headers?: Record<string, string>) => {
  const { statusCode, body, headers: sent } = await s.ask('PUT', `${s.ws}/${path}`, { properties }, headers)
  return { status: statusCode, body: JSON.parse(body), etag: String(sent.etag) }
}
const get = async (path: string, headers?: Record<string, string>) => {
  const {
    statusCode,
    body,
    headers: sent,
  } = await s.ask('GET', path.startsWith('/') ? path : `${s.ws}/${path}`, undefined, headers)
  return { status: statusCode, body: body === '' ? undefined : JSON.parse(body), etag: String(sent.etag) }
}

describe('envelopes hold what the official clients crash without', () => {
  test('workspace', async () => {
    const { body } = await get(s.ws)
    expect(body).toMatchObject({
      id: s.ws,
      name: 'main',
      type: 'Microsoft.MachineLearningServices/workspaces',
      location: 'local',
      tags: {},
      properties: {
        workspaceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        discoveryUrl: `http://127.0.0.1:${s.port}/discovery`,
        mlFlowTrackingUri: `azureml://127.0.0.1:${s.port}/mlflow/v1.0${s.ws}`,
        storageAccount: expect.stringContaining('/storageAccounts/laz'),
        provisioningState: 'Succeeded',
      },
      systemData,
    })
  })

  test('environment version, anonymous and repeated', async () => {
    const properties = {
      isAnonymous: true,
      isArchived: false,
      image: 'ubuntu',
      condaFile: 'name: x\ndependencies:\n- python=3.10\n',
    }
    const path = 'environments/CliV2AnonymousEnvironment/versions/b46f41e04de9'
    const first = await put(path, properties)
    expect(first.status).toBe(201)
    expect(first.body).toMatchObject({
      id: `${s.ws}/${path}`,
      name: 'b46f41e04de9',
      type: 'Microsoft.MachineLearningServices/workspaces/environments/versions',
      properties: { ...properties, tags: {}, properties: {}, osType: 'Linux', environmentType: 'UserCreated' },
      systemData,
    })
    expect((await put(path, properties)).status).toBe(200)
    const { body } = await get('environments')
    expect(body.value.map((row: { name: string }) => row.name)).not.toContain('CliV2AnonymousEnvironment')
  })

  test('data version, with its short address made long', async () => {
    const { body, status } = await put('data/titanic/versions/1', {
      dataType: 'URI_FOLDER',
      dataUri: 'azureml://datastores/workspaceblobstore/paths/LocalUpload/f25d/data/',
      tags: { a: 'b' },
    })
    expect(status).toBe(201)
    expect(body.properties).toMatchObject({ isAnonymous: false, isArchived: false, tags: { a: 'b' } })
    expect(body.properties.dataUri).toBe(
      'azureml://subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/lazurite/workspaces/main/datastores/workspaceblobstore/paths/LocalUpload/f25d/data/',
    )
    expect(body.systemData).toMatchObject(systemData)
  })

  test('model version has flavors even when nobody gave any', async () => {
    const { body } = await put('models/m1/versions/1', { modelUri: 'azureml://datastores/workspaceblobstore/paths/m' })
    expect(body.properties).toMatchObject({ flavors: {}, modelType: 'custom_model', properties: {}, tags: {} })
  })

  test('component version has name, version, type and typed ports', async () => {
    const componentSpec = {
      $schema: 'https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json',
      name: 'train_c',
      type: 'command',
      version: '1',
      is_deterministic: true,
      inputs: { lr: { type: 'number', optional: true, default: '0.1' } },
      outputs: { m: { type: 'uri_folder' } },
      command: 'echo $[[--lr ${{inputs.lr}}]]',
      environment: 'azureml:AzureML-sklearn-1.5@latest',
    }
    const { body } = await put('components/train_c/versions/1', {
      componentSpec,
      properties: { client_component_hash: 'h' },
    })
    expect(body.properties.componentSpec).toMatchObject(componentSpec)
    expect(body.properties.properties).toEqual({ client_component_hash: 'h' })
    const latest = await get('components/train_c/versions/azureml_default')
    expect(latest.body.id).toBe(`${s.ws}/components/train_c/versions/1`)
    expect((await get('components/train_c/labels/default')).body.name).toBe('1')
  })

  test('datastore', async () => {
    const { body } = await get('datastores/workspaceblobstore')
    expect(body.properties).toMatchObject({
      datastoreType: 'AzureBlob',
      isDefault: true,
      accountName: expect.stringMatching(/^laz[0-9a-f]{12}$/),
      containerName: expect.stringMatching(/^azureml-blobstore-/),
      credentials: { credentialsType: 'Sas' },
      protocol: 'http',
    })
    const { body: list } = await get('datastores?isDefault=true')
    expect(list.value.map((row: { name: string }) => row.name)).toEqual(['workspaceblobstore'])
    const disguised = await get('datastores/workspaceblobstore', { 'user-agent': 'azure-ai-ml/1.28.0' })
    expect(disguised.body.properties.accountName, 'over plain http the name stays plain').toMatch(/^laz/)
  })
})

describe('a version', () => {
  const uri = (name: string) => `azureml://datastores/workspaceblobstore/paths/${name}`

  test('never changes its content; the conflict names what differs', async () => {
    expect((await put('data/fixed/versions/1', { dataType: 'uri_file', dataUri: uri('a') })).status).toBe(201)
    expect((await put('data/fixed/versions/1', { dataType: 'uri_file', dataUri: uri('a') })).status).toBe(200)
    const other = await put('data/fixed/versions/1', { dataType: 'uri_file', dataUri: uri('b') })
    expect(other.status).toBe(409)
    expect(other.body.error).toMatchObject({
      code: 'Conflict',
      target: 'dataUri',
      message: expect.stringContaining('dataUri'),
    })
  })

  test('moves its labels, and comes back as it was sent', async () => {
    await put('data/labels/versions/1', { dataType: 'uri_file', dataUri: uri('a'), description: 'one' })
    const moved = await put('data/labels/versions/1', {
      dataType: 'uri_file',
      dataUri: uri('a'),
      description: 'two',
      tags: { k: 'v' },
    })
    expect(moved.body.properties).toMatchObject({ description: 'two', tags: { k: 'v' } })
    const { body } = await get('data/labels/versions/1')
    const again = await put('data/labels/versions/1', { ...body.properties, tags: { k: 'w' } })
    expect(again).toMatchObject({ status: 200, body: { properties: { tags: { k: 'w' }, description: 'two' } } })
  })

  test('two at once: one is made, the other sees that it is the same or that it differs', async () => {
    const same = await Promise.all(
      [1, 2, 3].map(() => put('data/race/versions/1', { dataType: 'uri_file', dataUri: uri('x') })),
    )
    expect(same.map((answer) => answer.status).sort()).toEqual([200, 200, 201])
    const names = ['a', 'b', 'c', 'd']
    const different = await Promise.all(
      names.map((name) => put('data/race/versions/2', { dataType: 'uri_file', dataUri: uri(name) })),
    )
    expect(different.filter((answer) => answer.status === 201)).toHaveLength(1)
    expect(different.filter((answer) => answer.status === 409)).toHaveLength(3)
  })

  test('is numbered by its container', async () => {
    for (const version of ['1', '2', '10', 'blue'])
      await put(`data/count/versions/${version}`, { dataType: 'uri_file', dataUri: uri(version) })
    const { body } = await get('data/count')
    expect(body.properties).toMatchObject({
      nextVersion: '11',
      latestVersion: 'blue',
      dataType: 'uri_file',
      isArchived: false,
    })
    expect(body.type).toBe('Microsoft.MachineLearningServices/workspaces/data')
  })

  test('is archived and restored by PUT of what was got', async () => {
    await put('models/arch/versions/1', { modelUri: uri('m') })
    const { body } = await get('models/arch/versions/1')
    const archived = await put('models/arch/versions/1', { ...body.properties, isArchived: true })
    expect(archived.body.properties.isArchived).toBe(true)
    expect((await get('models/arch/versions')).body.value).toEqual([])
    expect((await get('models/arch/versions?listViewType=ArchivedOnly')).body.value).toHaveLength(1)
    const restored = await put('models/arch/versions/1', { ...archived.body.properties, isArchived: false })
    expect(restored.body.properties.isArchived).toBe(false)
  })

  test('that is not there is a 404 that says what is missing', async () => {
    expect((await get('data/nothing')).body.error.message).toContain('nothing')
    expect((await get('data/count/versions/99')).body.error.message).toContain('99')
    expect((await get('data/nothing/labels/latest')).status).toBe(404)
    const { status, body } = await get('data/nothing/versions')
    expect([status, body]).toEqual([200, { value: [] }])
  })

  test('container is archived with a body of its own', async () => {
    await put('environments/cont/versions/1', { image: 'x' })
    const { body } = await put('environments/cont', { properties: {}, tags: {}, isArchived: true })
    expect(body.properties.isArchived).toBe(true)
    const names = (page: { body: { value: { name: string }[] } }) => page.body.value.map((row) => row.name)
    expect(names(await get('environments'))).not.toContain('cont')
    expect(names(await get('environments?listViewType=ArchivedOnly'))).toContain('cont')
  })
})

describe('concurrency by ETag', () => {
  test('If-Match guards writes, If-None-Match reads', async () => {
    const body = {
      datastoreType: 'AzureBlob',
      accountName: 'a',
      containerName: 'c',
      credentials: { credentialsType: 'None' },
    }
    const first = await put('datastores/tagged', body)
    expect(first.etag).toMatch(/^"[^"]+"$/)
    expect((await get('datastores/tagged', { 'if-none-match': first.etag })).status).toBe(304)
    const second = await put('datastores/tagged', { ...body, description: 'x' }, { 'if-match': first.etag })
    expect(second.status).toBe(200)
    expect((await put('datastores/tagged', body, { 'if-match': first.etag })).status).toBe(412)
    expect((await put('datastores/tagged', body, { 'if-none-match': '*' })).status).toBe(412)
    expect((await s.ask('DELETE', `${s.ws}/datastores/tagged`, undefined, { 'if-match': first.etag })).statusCode).toBe(
      412,
    )
    expect((await s.ask('DELETE', `${s.ws}/datastores/tagged`)).statusCode).toBe(200)
    expect((await s.ask('DELETE', `${s.ws}/datastores/tagged`)).statusCode).toBe(204)
  })
})

describe('secrets', () => {
  const key = 'S3CR3T-c2VjcmV0LWtleQ=='
  const properties = {
    datastoreType: 'AzureBlob',
    accountName: 'a',
    containerName: 'c',
    credentials: { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key } },
  }

  test.each([
    ['one level too high', { credentials: { credentialsType: 'AccountKey', key } }],
    ['under an older name', { accountKey: key }],
    ['in other capitals', { Credentials: { credentialsType: 'AccountKey', Secrets: { Key: key } } }],
    ['in other capitals below', { credentials: { credentialsType: 'AccountKey', Secrets: { key } } }],
  ])('given %s are refused, not kept in the open', async (_how, given) => {
    const { credentials: _, ...rest } = properties
    const { status, body } = await put('datastores/misplaced', { ...rest, ...given })
    expect(status).toBe(400)
    expect(JSON.stringify(body)).toMatch(/belongs in credentials\.secrets/)
    expect(JSON.stringify(body)).not.toContain(key)
    expect((await get('datastores/misplaced')).status).toBe(404)
  })

  test('go in, and come out through listSecrets alone', async () => {
    const made = await put('datastores/secret', properties)
    expect(made.status).toBe(201)
    for (const seen of [made.body, (await get('datastores/secret')).body, (await get('datastores')).body]) {
      expect(JSON.stringify(seen)).not.toContain('S3CR3T')
    }
    expect(made.body.properties.credentials).toEqual({ credentialsType: 'AccountKey' })
    const listed = await s.ask('POST', `${s.ws}/datastores/secret/listSecrets`, {})
    expect(JSON.parse(listed.body)).toEqual({ secretsType: 'AccountKey', key })
    expect(s.logged()).not.toContain('S3CR3T')
  })

  test('stay when the datastore is put again without them, and go with it', async () => {
    const { body } = await get('datastores/secret')
    await put('datastores/secret', { ...body.properties, description: 'new' })
    expect(JSON.parse((await s.ask('POST', `${s.ws}/datastores/secret/listSecrets`)).body).key).toBe(key)
    await s.ask('DELETE', `${s.ws}/datastores/secret`)
    await put('datastores/secret', { ...properties, credentials: { credentialsType: 'None' } })
    expect((await s.ask('POST', `${s.ws}/datastores/secret/listSecrets`)).statusCode).toBe(400)
  })

  test('of the workspace itself are a signature for one container that ends', async () => {
    const { body } = await s.ask('POST', `${s.ws}/datastores/workspaceblobstore/listSecrets`, {
      expirableSecret: true,
      expireAfterHours: 2,
    })
    const { secretsType, sasToken, expiresAt } = JSON.parse(body)
    expect(secretsType).toBe('Sas')
    expect(Object.fromEntries(new URLSearchParams(sasToken))).toMatchObject({
      sr: 'c',
      sp: 'racwdl',
      sig: expect.any(String),
    })
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThan(2 * 3_600_000 + 1000)
  })

  test('are nowhere in the files of the home', async () => {
    await put('datastores/secret2', properties)
    const { readdirSync, readFileSync, statSync } = await import('node:fs')
    const { join } = await import('node:path')
    const files = readdirSync(s.home, { recursive: true }).map((name) => join(s.home, String(name)))
    const holding = files.filter((file) => statSync(file).isFile() && readFileSync(file).includes('S3CR3T'))
    expect(holding).toEqual([])
  })
})

describe('what does not exist here', () => {
  test.each([
    ['POST', 'WS/environments/e/versions/1/package', /package/],
    ['POST', 'WS/prepareNotebook', /prepareNotebook/],
  ] as const)('is refused by name: %s %s', async (method, url, message) => {
    const { statusCode, body } = await s.ask(method, url.replace('WS', s.ws), {})
    expect(statusCode).toBe(400)
    expect(JSON.parse(body).error).toMatchObject({ code: 'NotSupported', message: expect.stringMatching(message) })
  })

  test('is a 404 when it is a workspace, whatever is asked of it', async () => {
    const other = s.ws.replace('/main', '/other')
    for (const path of ['', '/jobs', '/jobs/x', '/datastores', '/models/m/versions/1']) {
      const { status, body } = await get(`${other}${path}`)
      expect([status, body.error.code], path).toEqual([404, 'ResourceNotFound'])
    }
    expect((await s.ask('PUT', `${other}/environments/e/versions/1`, { properties: { image: 'x' } })).statusCode).toBe(
      404,
    )
  })

  test('cannot be got from another workspace', async () => {
    const other = s.ws.replace('/main', '/second')
    expect((await s.ask('PUT', other, { location: 'local', properties: {} })).statusCode).toBe(200)
    await put('models/mine/versions/1', { modelUri: 'azureml://datastores/workspaceblobstore/paths/m' })
    expect((await get(`${other}/models/mine`)).status).toBe(404)
    expect((await get(`${other}/models`)).body.value).toEqual([])
  })
})

describe('addresses in assets', () => {
  test.each(['/etc/passwd', 'file:///etc/passwd', './data', '../x', 'azureml://nonsense/x'])(
    '%s is refused',
    async (text) => {
      const { status, body } = await put('data/local/versions/1', { dataType: 'uri_file', dataUri: text })
      expect(status).toBe(400)
      expect(body.error.target).toBe('dataUri')
    },
  )

  test('of runs become the place of the bytes', async () => {
    const { body } = await put('models/fromrun/versions/1', { modelUri: 'runs:/job1/model', modelType: 'mlflow_model' })
    expect(body.properties).toMatchObject({
      modelUri: expect.stringMatching(/\/datastores\/workspaceartifactstore\/paths\/ExperimentRun\/dcid\.job1\/model$/),
      jobName: 'job1',
    })
    expect(
      (await put('models/fromrun/versions/1', { modelUri: 'runs:/job1/model', modelType: 'mlflow_model' })).status,
    ).toBe(200)
    expect((await put('models/nojob/versions/1', { modelUri: 'azureml://jobs/nobody/outputs/o/paths/p' })).status).toBe(
      404,
    )
  })
})
