import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pagePaths } from './faces/pages.ts'
import { startTestServer, type TestServer } from './fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer({ LAZ_HOSTS: 'gpu-box', LAZ_ORIGINS: 'http://studio.test:5173' })
})
afterAll(() => s.end())

const workspacePattern =
  '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.MachineLearningServices/workspaces/:workspace'

/** Routes that need no token. A new one belongs here only after a thought about what it tells a stranger. */
const openRoutes = [
  ...['adfs', 'common', 'organizations', ':tenant(^[0-9a-fA-F-]{36}$)'].flatMap((tenant) => [
    `GET /${tenant}/discovery/v2.0/keys`,
    `GET /${tenant}/.well-known/openid-configuration`,
    `GET /${tenant}/v2.0/.well-known/openid-configuration`,
    `POST /${tenant}/oauth2/token`,
    `POST /${tenant}/oauth2/v2.0/token`,
  ]),
  'GET /discovery',
  'GET /discovery/*',
  'GET /health',
  'GET /metadata/endpoints',
  'GET /msi/token',
  // MLflow's own health and version, under each of its addresses
  'GET /version',
  // the pages: files of the program, which hold nothing of the home
  'GET /',
  ...pagePaths.flatMap((path) => [`GET ${path}`, `GET ${path}/*`]),
  ...['/assets/*', '/favicon.svg', '/theme.js'].map((path) => `GET ${path}`),
  // a ticket in the address is the token; leaving is for anybody
  'GET /login',
  'DELETE /lazurite/v1/session',
  // what words mean, for editors and generators
  'GET /openapi.json',
  'GET /schemas/:file',
  // endpoints: their own keys and tokens are asked for there
  ...['DELETE', 'GET', 'OPTIONS', 'PATCH', 'POST', 'PUT'].flatMap((method) =>
    ['', '/*'].map((below) => `${method} /score/:guid/:endpoint${below}`),
  ),
  ...['v1.0', 'v2.0'].flatMap((version) =>
    ['health', 'version'].map((what) => `GET /mlflow/${version}${workspacePattern}/${what}`),
  ),
]

const filled = (url: string) =>
  url
    .replace(/:account\([^)]*\)/g, 'laz0123456789ab')
    .replace(/:[a-zA-Z]+(\([^)]*\))?/g, 'x')
    .replace(/\*$/, 'some/thing')

describe('the table of routes', () => {
  test('has no open route that is not listed here', () => {
    const open = s.app.routeNotes.filter((route) => route.open && route.method !== 'HEAD')
    expect(open.map((route) => `${route.method} ${route.url}`).sort()).toEqual([...openRoutes].sort())
  })

  test('answers 401 on every other route without a token, whatever the body', async () => {
    const closed = s.app.routeNotes.filter((route) => !route.open)
    expect(closed.length).toBeGreaterThan(40)
    for (const route of closed) {
      const { statusCode, body } = await s.knock(route.method as 'GET', filled(route.url))
      // a signed route looks at the signature first; what it has not got is either missing or wrong
      expect(route.signed ? [401, 403] : [401], `${route.method} ${route.url}: ${body}`).toContain(statusCode)
    }
  })

  test('answers 401 where there is no route at all, so nobody learns which there are', async () => {
    for (const url of ['/nope', '/lazurite/v1/nope', '/subscriptions/x/y/z', '/api/2.0/mlflow/nope']) {
      expect((await s.knock('GET', url)).statusCode, url).toBe(401)
    }
    expect((await s.ask('GET', '/nope')).statusCode).toBe(404)
  })
})

describe('a token', () => {
  const status = async (authorization: string, url = s.ws) => (await s.knock('GET', url, { authorization })).statusCode
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

  test('of the owner is taken as Bearer and as the password of Basic', async () => {
    expect(await status(`Bearer ${s.token}`)).toBe(200)
    expect(await status(`bearer ${s.token}`)).toBe(200)
    expect(await status(basic(`anyone:${s.token}`))).toBe(200)
  })

  test.each([
    'Bearer',
    'Bearer ',
    'Bearer x',
    'Bearer x.y.z',
    'Basic',
    'Basic !!!',
    basic(':'),
    basic('no colon'),
    'Digest x',
    '',
  ])('that is %j opens nothing', async (authorization) => {
    expect(await status(authorization)).toBe(401)
  })

  test('that is almost right opens nothing', async () => {
    expect(await status(`Bearer ${s.token}x`)).toBe(401)
    expect(await status(`Bearer ${s.token.slice(0, -1)}`)).toBe(401)
    expect(await status(basic(`${s.token}:x`))).toBe(401)
  })

  test('signed here for the owner opens what the owner may, until it ends', async () => {
    const grant = (expiresAt: number) =>
      s.sign.token({ audience: 'lazurite', expiresAt, bearer: { owner: true }, name: 'me' })
    expect(await status(`Bearer ${grant(Date.now() + 60_000)}`)).toBe(200)
    expect(await status(`Bearer ${grant(Date.now() - 1000)}`)).toBe(401)
  })

  test('of a run reaches no route that is not for runs', async () => {
    const scope = '00000000-0000-0000-0000-000000000001/lazurite/main'
    const run = s.sign.token({
      audience: 'lazurite',
      expiresAt: Date.now() + 60_000,
      bearer: { run: `${scope}|j1` },
      name: 'j1',
    })
    const routes = s.app.routeNotes.filter((route) => !route.open && !route.runScoped && !route.signed)
    for (const route of routes) {
      const answer = await s.knock(route.method as 'GET', filled(route.url), { authorization: `Bearer ${run}` })
      expect(answer.statusCode, `${route.method} ${route.url}`).toBe(403)
    }
    for (const path of [
      s.ws,
      `${s.ws}/datastores/workspaceblobstore/listSecrets`,
      `${s.ws}/jobs/j1`,
      '/lazurite/v1/events',
    ]) {
      expect(await status(`Bearer ${run}`, path), path).toBe(403)
    }
  })

  test('of a run ends with its job', async () => {
    const scope = '00000000-0000-0000-0000-000000000001/lazurite/main'
    const key = { scope, kind: 'job', name: 'mortal' }
    const bearer = { run: `${scope}|mortal` }
    const token = s.sign.token({ audience: 'lazurite', expiresAt: Date.now() + 60_000, bearer, name: 'mortal' })
    const ask = () => status(`Bearer ${token}`, `/mlflow/v2.0${s.ws}/api/2.0/mlflow/runs/get?run_id=mortal`)
    expect(await ask()).toBe(401)
    await s.store.runs.create(scope, { runId: 'mortal', experimentId: '0', job: true })
    await s.store.resources.put({ key, props: {}, by: 'me', state: 'Running' })
    expect(await ask()).toBe(200)
    await s.store.resources.delete(key)
    expect(await ask()).toBe(401)
    await s.store.resources.put({ key, props: {}, by: 'me', state: 'Completed' })
    expect(await ask()).toBe(401)
  })

  test('is never in an answer or in the log', async () => {
    const answer = await s.ask('GET', `${s.ws}?sig=SECRETSIG&token=${s.token}`)
    expect(answer.body).not.toContain(s.token)
    await s.knock('GET', '/nope', { authorization: `Bearer ${s.token}x` })
    expect(s.logged()).not.toContain(s.token)
    expect(s.logged()).not.toContain('SECRETSIG')
  })
})

describe('the Host header', () => {
  test.each(['localhost', 'localhost:1', '127.0.0.1:80', '[::1]:80', 'LOCALHOST', 'gpu-box:8080'])(
    '%s is answered',
    async (host) => {
      expect((await s.ask('GET', s.ws, undefined, { host })).statusCode).toBe(200)
    },
  )

  test.each([
    'evil.test',
    'evil.test:80',
    '127.0.0.1.evil.test',
    'localhost.evil.test',
    '127.0.0.1@evil.test',
    'localhost:80:80',
    ' ',
    '169.254.169.254',
    '0.0.0.0',
    '2130706433',
  ])('%j is refused, before the token is looked at', async (host) => {
    expect((await s.ask('GET', s.ws, undefined, { host })).statusCode).toBe(421)
    expect((await s.knock('GET', '/health', { host })).statusCode).toBe(421)
  })
})

describe('the Origin of a page', () => {
  const put = (headers: Record<string, string>) =>
    s.ask('PUT', `${s.ws}/environments/o/versions/1`, { properties: { image: 'x' } }, headers)

  test('that is ours, or one we were told of, may write', async () => {
    const own = `127.0.0.1:${s.port}`
    expect((await put({ origin: `http://${own}` })).statusCode).toBeLessThan(300)
    expect((await put({ origin: 'http://studio.test:5173' })).statusCode).toBeLessThan(300)
    expect((await put({})).statusCode).toBeLessThan(300)
  })

  test.each(['http://evil.test', 'null', 'http://127.0.0.1:1', 'http://localhost', 'file://', ''])(
    '%j may not write',
    async (origin) => {
      expect((await put({ origin })).statusCode).toBe(403)
    },
  )

  test('another site may not write without an Origin either, nor listen to events', async () => {
    expect((await put({ 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403)
    expect((await s.ask('GET', '/lazurite/v1/events', undefined, { origin: 'http://evil.test' })).statusCode).toBe(403)
    expect((await s.ask('POST', '/adfs/oauth2/token', 'a=b', { origin: 'http://evil.test' })).statusCode).toBe(403)
  })

  test('no answer tells a page that it may read', async () => {
    const answer = await s.ask('OPTIONS', s.ws, undefined, { origin: 'http://evil.test' })
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  })
})
