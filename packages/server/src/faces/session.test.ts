import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
})
afterAll(() => s.end())

const own = () => ({ origin: `http://127.0.0.1:${s.port}` })
const environment = { properties: { image: 'x' } }

/** The cookie that an answer sets, as a browser sends it back; and how it was set. */
function cookieOf(headers: Record<string, unknown>): { cookie: string; set: string } {
  const set = String(headers['set-cookie'])
  return { cookie: set.split(';')[0] ?? '', set }
}

async function logIn(): Promise<string> {
  const answer = await s.ask('POST', '/lazurite/v1/session')
  expect(answer.statusCode, answer.body).toBe(200)
  return cookieOf(answer.headers).cookie
}

async function ticket(body?: unknown): Promise<string> {
  const answer = await s.ask('POST', '/lazurite/v1/session/tickets', body)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json().path
}

async function redeemed(body?: unknown): Promise<string> {
  const answer = await s.knock('GET', await ticket(body))
  expect(answer.statusCode, answer.body).toBe(302)
  return cookieOf(answer.headers).cookie
}

describe('a login with the token', () => {
  test('sets a cookie that no script reads and no other site sends', async () => {
    const answer = await s.ask('POST', '/lazurite/v1/session')
    const { set, cookie } = cookieOf(answer.headers)
    expect(set).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/)
    expect(cookie).not.toContain(s.token)
    expect(answer.body).not.toContain(s.token)
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  test('is refused without one', async () => {
    expect((await s.knock('POST', '/lazurite/v1/session')).statusCode).toBe(401)
    expect((await s.knock('POST', '/lazurite/v1/session', { authorization: 'Bearer wrong' })).statusCode).toBe(401)
  })

  test('opens what the owner may see, and tells who it is', async () => {
    const cookie = await logIn()
    const session = await s.knock('GET', '/lazurite/v1/session', { cookie })
    expect(session.json()).toMatchObject({ readOnly: false, workspace: { workspace: 'main' } })
    expect((await s.knock('GET', s.ws, { cookie })).statusCode).toBe(200)
  })

  test('of another home, or changed by one letter, opens nothing', async () => {
    const cookie = await logIn()
    const [name = '', value = ''] = cookie.split(/=(.*)/s)
    expect((await s.knock('GET', s.ws, { cookie: `${name}x=${value}` })).statusCode).toBe(401)
    const other = value.endsWith('A') ? 'B' : 'A'
    expect((await s.knock('GET', s.ws, { cookie: `${name}=${value.slice(0, -1)}${other}x` })).statusCode).toBe(401)
    expect((await s.knock('GET', s.ws, { cookie: `${name}=` })).statusCode).toBe(401)
  })

  test('ends when it is told to', async () => {
    const answer = await s.knock('DELETE', '/lazurite/v1/session', own())
    expect(answer.statusCode).toBe(204)
    expect(cookieOf(answer.headers).set).toContain('Max-Age=0')
  })
})

describe('a cookie', () => {
  const put = (cookie: string, headers: Record<string, string>) =>
    s.knock('PUT', `${s.ws}/environments/cookie/versions/1`, { cookie, ...headers }, environment)

  test('changes what a page of this server asks to be changed', async () => {
    expect((await put(await logIn(), own())).statusCode).toBeLessThan(300)
  })

  test('changes nothing for whoever sends it without being such a page', async () => {
    const cookie = await logIn()
    expect((await put(cookie, {})).statusCode).toBe(401)
    expect((await put(cookie, { origin: 'http://evil.test' })).statusCode).toBe(403)
    expect((await put(cookie, { origin: 'http://127.0.0.1:1' })).statusCode).toBe(403)
    expect((await put(cookie, { 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403)
  })

  test('does not let another site listen to events', async () => {
    const cookie = await logIn()
    const headers = { cookie, origin: 'http://evil.test' }
    expect((await s.knock('GET', '/lazurite/v1/events', headers)).statusCode).toBe(403)
  })
})

describe('a ticket', () => {
  test('logs in once, and leads to a page of this server alone', async () => {
    const path = await ticket()
    const first = await s.knock('GET', `${path}&to=/jobs/x?tab=logs`)
    expect(first.statusCode).toBe(302)
    expect(first.headers.location).toBe('/jobs/x?tab=logs')
    expect(first.headers['referrer-policy']).toBe('no-referrer')
    expect((await s.knock('GET', s.ws, { cookie: cookieOf(first.headers).cookie })).statusCode).toBe(200)
    expect((await s.knock('GET', path)).statusCode).toBe(401)
  })

  test.each(['//evil.test', '/\\evil.test', 'https://evil.test', 'javascript:alert(1)', '/\r\nset-cookie:x', ''])(
    'does not lead to %j',
    async (to) => {
      const answer = await s.knock('GET', `${await ticket()}&to=${encodeURIComponent(to)}`)
      expect(answer.headers.location).toBe('/')
    },
  )

  test('that is over leads a browser to the page that asks, and who is logged in to where they go', async () => {
    const path = `${await ticket()}&to=/jobs?q=x`
    const html = { accept: 'text/html,*/*' }
    const first = await s.knock('GET', path, html)
    expect(first.headers.location).toBe('/jobs?q=x')
    const again = await s.knock('GET', path, html)
    expect([again.statusCode, again.headers.location]).toEqual([302, '/jobs?q=x&ticket=over'])
    expect(again.headers['set-cookie']).toBeUndefined()
    const known = await s.knock('GET', path, { ...html, cookie: cookieOf(first.headers).cookie })
    expect(known.headers.location).toBe('/jobs?q=x')
    expect((await s.knock('GET', '/login', html)).headers.location).toBe('/?ticket=over')
  })

  test('is no token of its own, and a token is no ticket', async () => {
    const text = (await ticket()).split('ticket=')[1] ?? ''
    expect((await s.knock('GET', s.ws, { authorization: `Bearer ${text}` })).statusCode).toBe(401)
    const grant = { audience: 'lazurite', expiresAt: Date.now() + 60_000, bearer: { owner: true }, name: 'me' } as const
    expect((await s.knock('GET', `/login?ticket=${s.sign.token(grant)}`)).statusCode).toBe(401)
    for (const wrong of ['', 'x', 'a.b.c'])
      expect((await s.knock('GET', `/login?ticket=${wrong}`)).statusCode).toBe(401)
  })

  test('that has ended, or is of another run of the server, opens nothing', async () => {
    const text = (await ticket()).split('ticket=')[1] ?? ''
    const { name } = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const knock = async (name: string, seconds: number) => {
      const expiresAt = Date.now() + seconds * 1000
      const made = s.sign.token({ audience: 'lazurite-ticket', expiresAt, bearer: { owner: true }, name })
      return (await s.knock('GET', `/login?ticket=${made}`)).statusCode
    }
    expect(await knock(name, -1)).toBe(401)
    expect(await knock('another run', 60)).toBe(401)
    expect(await knock(name, 60)).toBe(302)
  })

  test('and what it opens are not in the log', async () => {
    const path = await ticket()
    const { cookie } = cookieOf((await s.knock('GET', path)).headers)
    expect(s.logged()).not.toContain(path.split('ticket=')[1])
    expect(s.logged()).not.toContain(cookie.split('=')[1])
  })
})

describe('a login for reading alone', () => {
  test('sees everything and changes nothing, whatever it asks', async () => {
    const cookie = await redeemed({ readOnly: true })
    expect((await s.knock('GET', '/lazurite/v1/session', { cookie })).json()).toMatchObject({ readOnly: true })
    expect((await s.knock('GET', s.ws, { cookie })).statusCode).toBe(200)
    const filled = (url: string) =>
      url
        .replace(/:account\([^)]*\)/g, 'laz0123456789ab')
        .replace(/:[a-zA-Z]+(\([^)]*\))?/g, 'x')
        .replace(/\*$/, 'some/thing')
    const changing = s.app.routeNotes.filter(
      ({ method, open, reads }) => !['GET', 'HEAD', 'OPTIONS'].includes(method) && !open && !reads,
    )
    expect(changing.length).toBeGreaterThan(40)
    for (const { method, url } of changing) {
      const answer = await s.knock(method as 'PUT', filled(url), { cookie, ...own() }, {})
      expect(answer.statusCode, `${method} ${url}: ${answer.body}`).toBe(403)
    }
  })

  test('may ask what only reads, and hands out no login that may do more', async () => {
    const cookie = await redeemed({ readOnly: true })
    const again = await s.knock('POST', '/lazurite/v1/session/tickets', { cookie, ...own() }, { readOnly: false })
    expect(again.statusCode).toBe(200)
    const second = cookieOf((await s.knock('GET', again.json().path)).headers).cookie
    expect((await s.knock('GET', '/lazurite/v1/session', { cookie: second })).json()).toMatchObject({ readOnly: true })
    const renewed = await s.knock('POST', '/lazurite/v1/session', { cookie, ...own() })
    const third = cookieOf(renewed.headers).cookie
    expect((await s.knock('GET', '/lazurite/v1/session', { cookie: third })).json()).toMatchObject({ readOnly: true })
  })

  test('is shown no secret', async () => {
    const cookie = await redeemed({ readOnly: true })
    for (const path of ['/listKeys', '/datastores/workspaceblobstore/listSecrets']) {
      const answer = await s.knock('POST', `${s.ws}${path}`, { cookie, ...own() })
      expect(answer.statusCode, path).toBe(403)
    }
  })
})
