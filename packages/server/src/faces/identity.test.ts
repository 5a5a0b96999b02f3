import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
})
afterAll(() => s.end())

describe('the metadata document', () => {
  test('is a list for most clients and one object for `az cloud register`', async () => {
    const list = JSON.parse((await s.knock('GET', '/metadata/endpoints?api-version=2019-05-01')).body)
    const one = JSON.parse((await s.knock('GET', '/metadata/endpoints?api-version=2022-09-01')).body)
    expect(list).toEqual([one])
    expect(JSON.parse((await s.knock('GET', '//metadata/endpoints')).body)).toEqual([one])
  })

  test('names the cloud so that clients derive the right audiences and addresses', async () => {
    const origin = `http://127.0.0.1:${s.port}/`
    const [document] = JSON.parse((await s.knock('GET', '/metadata/endpoints')).body)
    expect(document).toMatchObject({
      name: 'Lazurite',
      resourceManager: origin,
      authentication: { loginEndpoint: origin },
    })
    expect(`${origin}metadata/endpoints`.startsWith(document.resourceManager)).toBe(true)
    expect(document.portal.split('.').slice(2).join('.')).toBe('laz.test')
  })

  test('follows the host it was asked by', async () => {
    const [document] = JSON.parse((await s.knock('GET', '/metadata/endpoints', { host: 'localhost:99' })).body)
    expect(document.resourceManager).toBe('http://localhost:99/')
    expect(document.authentication.loginEndpoint, 'host and port must not read as scheme and path').toBe(
      'http://127.0.0.1:99/',
    )
  })
})

describe('subscriptions, tenants and groups', () => {
  const json = async (url: string) => JSON.parse((await s.ask('GET', url)).body)
  const subscription = '/subscriptions/00000000-0000-0000-0000-000000000001'

  test('are those that workspaces are in', async () => {
    expect((await json('/subscriptions?api-version=2022-12-01')).value).toEqual([
      expect.objectContaining({ id: subscription, state: 'Enabled' }),
    ])
    expect((await json('/tenants?api-version=2022-12-01')).value).toHaveLength(1)
    expect(await json(`${subscription}/resourcegroups/LAZURITE`)).toMatchObject({
      name: 'lazurite',
      location: 'local',
      properties: { provisioningState: 'Succeeded' },
    })
  })

  test('and groups that were made', async () => {
    const url = `${subscription}/resourcegroups/New_Group`
    expect((await s.ask('GET', url)).statusCode).toBe(404)
    expect((await s.ask('PUT', url, { location: 'west', tags: { a: 'b' } })).statusCode).toBe(201)
    expect((await s.ask('PUT', url, { location: 'west' })).statusCode).toBe(200)
    expect(await json(url)).toMatchObject({ id: `${subscription}/resourceGroups/New_Group`, location: 'west' })
    const names = (await json(`${subscription}/resourceGroups`)).value.map((group: { name: string }) => group.name)
    expect(names.sort()).toEqual(['New_Group', 'lazurite'])
    expect((await s.ask('PUT', `${subscription}/resourcegroups/${encodeURIComponent('a b')}`, {})).statusCode).toBe(400)
  })

  test('the providers that clients need are registered', async () => {
    expect(await json(`${subscription}/providers/microsoft.machinelearningservices`)).toMatchObject({
      registrationState: 'Registered',
    })
    expect((await s.ask('GET', `${subscription}/providers/Microsoft.Nothing`)).statusCode).toBe(404)
  })
})

test('discovery names the data plane', async () => {
  const origin = `http://127.0.0.1:${s.port}`
  expect(JSON.parse((await s.knock('GET', '/discovery')).body)).toMatchObject({
    api: origin,
    history: origin,
    experimentation: origin,
  })
})
