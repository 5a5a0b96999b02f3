// What official clients get, change a little and send back whole must be taken as the little change it is.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
})
afterAll(() => s.end())

interface Body {
  properties: Record<string, unknown>
  error: { target: string }
  value: { name: string }[]
}

async function ask(method: 'GET' | 'PUT', path: string, properties?: unknown, headers: Record<string, string> = {}) {
  const answer = await s.ask(method, `${s.ws}/${path}`, properties === undefined ? undefined : { properties }, headers)
  return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(answer.body || '{}') as Body }
}

describe('a datastore of the workspace itself', () => {
  const path = 'datastores/workspaceblobstore'

  test('keeps its account, its way in and the default mark when a client sends it back disguised', async () => {
    const before = (await ask('GET', path)).body.properties as Record<string, unknown>
    const { isDefault: _, ...shown } = before
    const sent = {
      ...shown,
      accountName: `localhost:8443/${before.accountName}?`,
      endpoint: 'localhost:8443',
      protocol: 'https',
      credentials: { credentialsType: 'None' },
      tags: { a: 'b' },
    }
    expect((await ask('PUT', path, sent)).status).toBe(200)
    expect((await ask('GET', path)).body.properties).toEqual({ ...before, tags: { a: 'b' } })
    expect((await ask('GET', 'datastores?isDefault=true')).body.value).toHaveLength(1)
  })

  test('is not what another one is: a key for its own storage is sealed and kept', async () => {
    const { accountName } = (await ask('GET', path)).body.properties
    const secrets = { secretsType: 'AccountKey', key: 'a2V5' }
    const credentials = { credentialsType: 'AccountKey', secrets }
    const alias = { datastoreType: 'AzureBlob', accountName, containerName: 'data', credentials }
    expect((await ask('PUT', 'datastores/alias', alias)).status).toBe(201)
    expect((await ask('GET', 'datastores/alias')).body.properties.credentials).toEqual({
      credentialsType: 'AccountKey',
    })
  })
})

describe('a component', () => {
  const path = 'components/echoed/versions/1'
  const componentSpec = {
    name: 'echoed',
    version: '1',
    type: 'command',
    display_name: 'One',
    command: 'echo ${{inputs.x}}',
    environment: 'azureml:AzureML-sklearn-1.5@latest',
    inputs: { x: { type: 'string', default: 'a' } },
    _source: 'YAML.COMPONENT',
  }

  test('moves the labels inside its definition, and takes what clients add to it for no change', async () => {
    expect((await ask('PUT', path, { componentSpec })).status).toBe(201)
    const sent = {
      ...componentSpec,
      id: `azureml:${s.ws}/${path}`,
      creation_context: { created_by: 'me' },
      _source: 'REMOTE.WORKSPACE.COMPONENT',
      description: 'changed',
      display_name: 'Two',
      tags: { a: 'b' },
    }
    const moved = await ask('PUT', path, { componentSpec: sent, description: 'changed', tags: { a: 'b' } })
    expect([moved.status, moved.body.error]).toEqual([200, undefined])
    const { properties } = (await ask('GET', path)).body
    expect(properties).toMatchObject({ description: 'changed', tags: { a: 'b' } })
    expect(properties.componentSpec).toMatchObject({
      ...componentSpec,
      description: 'changed',
      display_name: 'Two',
      tags: { a: 'b' },
    })
  })

  test('never changes what it does', async () => {
    const other = await ask('PUT', path, { componentSpec: { ...componentSpec, command: 'rm -rf x' } })
    expect([other.status, other.body.error.target]).toEqual([409, 'componentSpec'])
  })
})

describe('a schedule', () => {
  const schedule = {
    trigger: { triggerType: 'Cron', expression: '0 8 * * *' },
    action: { actionType: 'CreateJob', jobDefinition: { jobType: 'Pipeline', jobs: {} } },
    isEnabled: false,
  }

  test('is listed by whether it is on', async () => {
    expect((await ask('PUT', 'schedules/off', schedule)).status).toBe(201)
    expect((await ask('PUT', 'schedules/on', { ...schedule, isEnabled: true })).status).toBe(201)
    const names = async (view: string) =>
      (await ask('GET', `schedules?listViewType=${view}`)).body.value.map((each) => each.name)
    expect(await names('EnabledOnly')).toEqual(['on'])
    expect(await names('DisabledOnly')).toEqual(['off'])
    expect((await names('All')).sort()).toEqual(['off', 'on'])
    expect(await names('ListViewType.ACTIVE_ONLY')).toHaveLength(2)
  })

  test('sends releases of azure-ai-ml that read an answer twice to ask again; nobody else', async () => {
    const put = (agent: string) => ask('PUT', 'schedules/asked', schedule, { 'user-agent': agent })
    const { headers } = await put('azure-ai-ml/1.20.0 azsdk-python')
    const operation = new URL(String(headers['azure-asyncoperation']))
    const status = await s.ask('GET', operation.pathname + operation.search)
    expect(JSON.parse(status.body)).toMatchObject({ status: 'Succeeded' })
    for (const agent of ['azure-ai-ml/1.35.2', 'azsdk-js-arm-machinelearning/2.1.1', 'laz'])
      expect((await put(agent)).headers['azure-asyncoperation'], agent).toBeUndefined()
  })
})
