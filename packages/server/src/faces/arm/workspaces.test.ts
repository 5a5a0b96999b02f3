import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
})
afterAll(() => s.end())

const group = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/Team.One'
const path = (name: string) => `${group}/providers/Microsoft.MachineLearningServices/workspaces/${name}`
const ask = async (method: 'GET' | 'PUT' | 'PATCH' | 'DELETE' | 'POST', url: string, body?: unknown) => {
  const answer = await s.ask(method, url, body)
  return {
    status: answer.statusCode,
    body: answer.body === '' ? undefined : JSON.parse(answer.body),
    headers: answer.headers,
  }
}

describe('a workspace', () => {
  test('is made by PUT with 200, keeps its case and what was said beside its properties', async () => {
    const { status, body } = await ask('PUT', path('Space'), {
      location: 'westeurope',
      tags: { team: 'one' },
      identity: { type: 'SystemAssigned' },
      kind: 'Default',
      properties: { description: 'd', friendlyName: 'My Space' },
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: path('Space'),
      location: 'westeurope',
      tags: { team: 'one' },
      identity: { type: 'SystemAssigned' },
    })
    expect(body.properties).toMatchObject({ friendlyName: 'My Space', description: 'd' })
    const found = await ask('GET', path('Space').toLowerCase())
    expect(found.body.id).toBe(path('Space'))
  })

  test('has its datastores and computes from the start, and they are its own', async () => {
    const { body } = await ask('GET', `${path('Space')}/datastores?count=30&orderByAsc=false`)
    const names = body.value.map((row: { name: string }) => row.name).sort()
    expect(names).toEqual([
      'workspaceartifactstore',
      'workspaceblobstore',
      'workspacefilestore',
      'workspaceworkingdirectory',
    ])
    const main = await ask('GET', `${s.ws}/datastores/workspaceblobstore`)
    const accounts = new Set([main, ...body.value].map((row) => (row.body ?? row).properties.accountName))
    expect(accounts.size).toBe(2)
  })

  test('is changed by PATCH and by PUT of what was got; its guid never', async () => {
    const before = (await ask('GET', path('Space'))).body
    const patched = await ask('PATCH', path('Space'), { tags: { team: 'two' }, properties: { description: 'n' } })
    expect(patched.body).toMatchObject({
      tags: { team: 'two' },
      properties: { description: 'n', friendlyName: 'My Space' },
    })
    const put = await ask('PUT', path('Space'), {
      ...before,
      properties: { ...before.properties, workspaceId: '00000000-0000-0000-0000-000000000000' },
    })
    expect(put.body.properties.workspaceId).toBe(before.properties.workspaceId)
  })

  test.each(['ab', '-x', 'a b', 'x'.repeat(40), 'ä'])('cannot be called %s', async (name) => {
    expect((await ask('PUT', path(encodeURIComponent(name)), { properties: {} })).status).toBe(400)
  })

  test('is deleted with everything in it', async () => {
    await ask('PUT', path('Brief'), { properties: {} })
    const { account, containers } = await storage('Brief')
    expect(containers).toBeGreaterThan(0)
    await ask('PUT', `${path('Brief')}/environments/e/versions/1`, { properties: { image: 'x' } })
    expect((await ask('DELETE', path('Brief'))).status).toBe(200)
    expect((await ask('GET', path('Brief'))).status).toBe(404)
    expect((await ask('DELETE', path('Brief'))).status).toBe(204)
    expect(await s.store.bytes.containers(account)).toEqual([])
    await ask('PUT', path('Brief'), { properties: {} })
    expect((await ask('GET', `${path('Brief')}/environments/e`)).status).toBe(404)
  })

  async function storage(name: string) {
    const { body } = await ask('GET', `${path(name)}/datastores/workspaceblobstore`)
    const account: string = body.properties.accountName
    return { account, containers: (await s.store.bytes.containers(account)).length }
  }

  test('answers the actions that clients send at start', async () => {
    expect((await ask('POST', `${s.ws}/listKeys`)).status).toBe(200)
    expect((await ask('POST', `${s.ws}/resyncKeys`)).status).toBe(200)
    expect((await ask('POST', `${s.ws}/diagnose`, { value: {} })).body.value).toMatchObject({
      storageAccountResults: [],
      userDefinedRouteResults: [],
    })
    expect((await ask('GET', `${s.ws}/outboundRules`)).body).toEqual({ value: [] })
  })
})

describe('the deployment by which the official client makes a workspace', () => {
  const deployment = `${group}/providers/Microsoft.Resources/deployments/wsd-6852005`
  const parameters = {
    workspaceName: { value: 'wsd' },
    location: { value: 'local' },
    description: { value: 'by template' },
    kind: { value: 'Default' },
    tagValues: { value: { a: 'b' } },
    storageAccountName: { value: 'ignored' },
  }

  test('makes it and is there to be polled', async () => {
    const { status, body } = await ask('PUT', `${deployment}?api-version=2020-06-01`, {
      properties: { mode: 'incremental', template: {}, parameters },
    })
    expect([status, body.properties.provisioningState]).toEqual([200, 'Succeeded'])
    expect((await ask('GET', deployment)).body.properties.duration).toMatch(/^PT[\d.]+S$/)
    const operations = await ask(
      'GET',
      `${group.replace('resourceGroups', 'resourcegroups')}/deployments/wsd-6852005/operations`,
    )
    expect(operations.body.value[0].properties.targetResource).toMatchObject({ id: path('wsd'), resourceName: 'wsd' })
    expect((await ask('GET', path('wsd'))).body).toMatchObject({
      tags: { a: 'b' },
      properties: { description: 'by template' },
    })
  })

  test('of anything else is refused', async () => {
    const { status, body } = await ask('PUT', deployment, { properties: { template: {}, parameters: {} } })
    expect([status, body.error.code]).toEqual([400, 'NotSupported'])
    expect((await ask('GET', `${group}/providers/Microsoft.Resources/deployments/none`)).status).toBe(404)
  })
})

describe('a location', () => {
  const location = '/subscriptions/s1/providers/Microsoft.MachineLearningServices/locations/local'

  test('tells sizes, usages and quotas of this machine', async () => {
    const sizes = (await ask('GET', `${location}/vmSizes`)).body.value
    expect(sizes.at(-1)).toMatchObject({
      vCPUs: expect.any(Number),
      memoryGB: expect.any(Number),
      supportedComputeTypes: expect.any(Array),
    })
    expect((await ask('GET', `${location}/usages`)).body.value[0]).toMatchObject({
      unit: 'Count',
      limit: expect.any(Number),
    })
    expect((await ask('GET', `${location}/quotas`)).body.value).toHaveLength(1)
  })

  test('refuses what it has not, and operations that are none', async () => {
    expect((await ask('POST', `${location}/updateQuotas`, {})).body.error.code).toBe('NotSupported')
    expect((await ask('GET', `${location}/nothing`)).status).toBe(404)
    for (const id of ['x', 'W10', encodeURIComponent('["a"]')])
      expect((await ask('GET', `${location}/operationResults/${id}`)).status).toBe(404)
  })
})
