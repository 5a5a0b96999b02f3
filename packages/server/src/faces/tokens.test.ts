import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer({ LAZ_HOSTS: 'box.example' })
})
afterAll(() => s.end())

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const ask = (resource: string, headers: Record<string, string>, server = s) =>
  server.knock('GET', `/msi/token?api-version=2019-08-01&resource=${encodeURIComponent(resource)}`, headers)
const known = (server = s) => ({ 'x-identity-header': server.sign.identitySecret })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const tokenFor = async (resource: string) => JSON.parse((await ask(resource, known())).body).access_token as string

describe('a managed identity', () => {
  const resource = 'https://ml.azure.laz.test'

  test.each(['x-identity-header', 'secret'])('gives a token for the header %s', async (header) => {
    const answer = await ask(resource, { [header]: s.sign.identitySecret })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    const body = JSON.parse(answer.body)
    expect(body).toMatchObject({ resource, token_type: 'Bearer', expires_in: '86400' })
    expect(Number(body.expires_on)).toBeGreaterThan(Date.now() / 1000)
    expect(claimsOf(body.access_token)).toMatchObject({
      aud: resource,
      tid: expect.any(String),
      oid: expect.any(String),
      exp: expect.any(Number),
    })
    expect((await s.knock('GET', s.ws, bearer(body.access_token))).statusCode).toBe(200)
  })

  test('gives nothing without the secret, which is not the token of the owner', async () => {
    const wrong = [
      {},
      { secret: 'x' },
      { 'x-identity-header': '' },
      { secret: s.token },
      bearer(s.token),
      bearer(s.sign.identitySecret),
    ]
    for (const headers of wrong) {
      const answer = await ask(resource, headers as Record<string, string>)
      expect(answer.statusCode).toBe(401)
      expect(answer.body).not.toContain(s.sign.identitySecret)
    }
    expect((await s.knock('GET', s.ws, bearer(s.sign.identitySecret))).statusCode, 'it is no token').toBe(401)
  })

  test('does not answer to other hosts, whatever they know', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'lazurite'])
      expect((await ask(resource, { ...known(), host })).statusCode, host).toBe(421)
    expect((await ask(resource, { ...known(), host: 'box.example' })).statusCode).toBe(200)
  })

  test('gives tokens for this server alone', async () => {
    for (const ours of [
      'http://127.0.0.1:80',
      'https://localhost:8443/',
      'https://[::1]',
      'https://box.example:1',
      'https://management.azure.com/.default',
    ])
      expect((await ask(ours, known())).statusCode, ours).toBe(200)
    for (const other of [
      'https://vault.azure.net',
      'https://graph.microsoft.com',
      'https://localhost.evil.example',
      'https://localhost@evil.example',
      'x',
      'https://localhost/path',
      `https://${'a'.repeat(5_000)}`,
    ])
      expect((await ask(other, known())).statusCode, other).toBe(400)
  })
})

describe('an audience', () => {
  test('of storage opens blobs and nothing else', async () => {
    const token = await tokenFor('https://storage.azure.com')
    const account = JSON.parse((await s.ask('GET', `${s.ws}/datastores/workspaceblobstore`)).body).properties
    const blobs = `/${account.accountName}/${account.containerName}?restype=container&comp=list`
    expect((await s.knock('GET', blobs, bearer(token))).statusCode).toBe(200)
    expect((await s.knock('GET', s.ws, bearer(token))).statusCode).toBe(401)
    expect((await s.knock('GET', '/lazurite/v1/connection', bearer(token))).statusCode).toBe(401)
  })

  test('of somebody else opens nothing, although the signature is ours', async () => {
    const grant = { expiresAt: Date.now() + 60_000, bearer: { owner: true } as const, name: 'me' }
    const sign = (audience: string) => s.sign.token({ ...grant, audience })
    expect((await s.knock('GET', s.ws, bearer(sign('https://localhost:1')))).statusCode).toBe(200)
    for (const audience of ['https://vault.azure.net', 'https://evil.example', ''])
      expect((await s.knock('GET', s.ws, bearer(sign(audience)))).statusCode, audience).toBe(401)
  })
})

describe('a login with client credentials', () => {
  const login = (body: string, path = '/adfs/oauth2/token') => s.knock('POST', path, form, body)

  test('finds the documents and gets a token whose audience is the scope asked for', async () => {
    const document = JSON.parse((await s.knock('GET', '/adfs/.well-known/openid-configuration')).body)
    expect(document.token_endpoint).toBe(`http://127.0.0.1:${s.port}/adfs/oauth2/token`)
    expect((await s.knock('GET', '/adfs/v2.0/.well-known/openid-configuration')).statusCode).toBe(200)
    expect(document.jwks_uri).toBe(`http://127.0.0.1:${s.port}/adfs/discovery/v2.0/keys`)
    expect(JSON.parse((await s.knock('GET', '/adfs/discovery/v2.0/keys')).body)).toEqual({ keys: [] })
    const guid = '72f988bf-86f1-41af-91ab-2d7cd011db47'
    const other = JSON.parse((await s.knock('GET', `/${guid}/v2.0/.well-known/openid-configuration`)).body)
    expect(other.token_endpoint).toBe(`http://127.0.0.1:${s.port}/${guid}/oauth2/token`)
    // an address with a slash at its end, put before a path with one at its beginning
    for (const tenant of ['common', 'organizations', '/adfs', `/${guid}`])
      expect((await s.knock('GET', `/${tenant}/v2.0/.well-known/openid-configuration`)).statusCode).toBe(200)
    expect((await s.knock('GET', '/elsewhere/.well-known/openid-configuration')).statusCode).toBe(401)
    const scope = encodeURIComponent('openid http://127.0.0.1:1/.default offline_access')
    const { statusCode, body } = await login(
      `grant_type=client_credentials&client_id=me&client_secret=${s.sign.identitySecret}&scope=${scope}`,
    )
    expect(statusCode).toBe(200)
    expect(claimsOf(JSON.parse(body).access_token).aud).toBe('http://127.0.0.1:1')
  })

  test.each([
    ['a wrong secret', 'grant_type=client_credentials&client_secret=wrong', 401],
    ['no secret', 'grant_type=client_credentials', 401],
    ['a password', 'grant_type=password&username=a&password=b', 400],
    ['nothing', '', 400],
    ['far too much', 'a=b&'.repeat(50_000), 413],
  ])('is refused in the words of OAuth: %s', async (_, body, status) => {
    expect((await login(body)).statusCode).toBe(status)
  })

  test('gives no token for another service', async () => {
    const body = `grant_type=client_credentials&client_secret=${s.sign.identitySecret}&resource=https://vault.azure.net`
    const answer = await login(body)
    expect([answer.statusCode, JSON.parse(answer.body).error]).toEqual([400, 'invalid_target'])
  })
})

test('guessing is slow: after twenty wrong tries everyone waits, at both doors', async () => {
  const other = await startTestServer()
  try {
    const startedAt = Date.now()
    const codes: number[] = []
    for (let tries = 0; tries < 60; tries++)
      codes.push((await ask('https://ml.azure.com', { secret: `guess ${tries}` }, other)).statusCode)
    const seconds = Math.ceil((Date.now() - startedAt) / 1000)
    expect(codes.slice(0, 20).every((code) => code === 401)).toBe(true)
    expect(codes.filter((code) => code === 401).length).toBeLessThanOrEqual(20 + seconds)
    const body = `grant_type=client_credentials&client_secret=${other.sign.identitySecret}`
    const login = await other.knock('POST', '/adfs/oauth2/token', form, body)
    expect(login.statusCode === 429 || seconds > 0).toBe(true)
    expect(other.logged()).not.toContain('guess')
    expect(other.logged()).not.toContain(other.sign.identitySecret)
  } finally {
    await other.end()
  }
})
