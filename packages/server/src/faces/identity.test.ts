import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
})
afterAll(() => s.end())

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
const form = { 'content-type': 'application/x-www-form-urlencoded' }

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
  })
})

describe('a managed identity', () => {
  const resource = 'https://ml.azure.laz.test'

  test.each(['x-identity-header', 'secret'])('gives a token for the header %s', async (header) => {
    const { statusCode, body } = await s.knock('GET', `/msi/token?api-version=2019-08-01&resource=${resource}`, {
      [header]: s.token,
    })
    expect(statusCode).toBe(200)
    const answer = JSON.parse(body)
    expect(answer).toMatchObject({ resource, token_type: 'Bearer', expires_in: '86400' })
    expect(Number(answer.expires_on)).toBeGreaterThan(Date.now() / 1000)
    expect(claimsOf(answer.access_token)).toMatchObject({
      aud: resource,
      tid: expect.any(String),
      oid: expect.any(String),
      exp: expect.any(Number),
    })
    expect((await s.knock('GET', s.ws, { authorization: `Bearer ${answer.access_token}` })).statusCode).toBe(200)
  })

  test('gives nothing without the secret', async () => {
    for (const headers of [{}, { secret: 'x' }, { 'x-identity-header': '' }, { authorization: `Bearer ${s.token}` }]) {
      expect((await s.knock('GET', '/msi/token?resource=x', headers as Record<string, string>)).statusCode).toBe(401)
    }
  })
})

describe('a login with client credentials', () => {
  const login = (body: string, path = '/adfs/oauth2/token') => s.knock('POST', path, form, body)

  test('finds the documents and gets a token whose audience is the scope asked for', async () => {
    const document = JSON.parse((await s.knock('GET', '/adfs/.well-known/openid-configuration')).body)
    expect(document.token_endpoint).toBe(`http://127.0.0.1:${s.port}/adfs/oauth2/token`)
    expect((await s.knock('GET', '/adfs/v2.0/.well-known/openid-configuration')).statusCode).toBe(200)
    const scope = encodeURIComponent('http://127.0.0.1:1/.default')
    const { statusCode, body } = await login(
      `grant_type=client_credentials&client_id=me&client_secret=${s.token}&scope=${scope}`,
    )
    expect(statusCode).toBe(200)
    expect(claimsOf(JSON.parse(body).access_token).aud).toBe('http://127.0.0.1:1')
  })

  test.each([
    ['grant_type=client_credentials&client_secret=wrong', 401],
    ['grant_type=client_credentials', 401],
    ['grant_type=password&username=a&password=b', 400],
    ['', 400],
    ['a=b&'.repeat(50_000), 413],
  ])('is refused in the words of OAuth: %s', async (body, status) => {
    expect((await login(body)).statusCode).toBe(status)
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
