import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './fixture.ts'

let s: TestServer
let cookie: string
beforeAll(async () => {
  s = await startTestServer()
  const { path } = (await s.ask('POST', '/lazurite/v1/session/tickets', { readOnly: true })).json()
  cookie = String((await s.knock('GET', path)).headers['set-cookie']).split(';')[0] ?? ''
})
afterAll(() => s.end())

const harmless = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Routes that a method of changing reaches, and that change nothing. A new one belongs here only after a thought. */
const reading = [
  'POST /lazurite/v1/session',
  'POST /lazurite/v1/session/tickets',
  'POST …/assets/facts',
  'POST …/experiments/facts',
  'POST …/jobs/fields',
  'POST …/jobs/together',
  'POST …/metrics/query',
  'POST …/metrics/sparks',
]

const workspacePattern =
  '/lazurite/v1/subscriptions/:subscription/resourceGroups/:group/providers/:provider/workspaces/:workspace'

const filled = (url: string) =>
  url
    .replace(/:account\([^)]*\)/g, 'laz0123456789ab')
    .replace(/:[a-zA-Z]+(\([^)]*\))?/g, 'x')
    .replace(/\*$/, 'some/thing')

describe('a login for reading alone', () => {
  test('is refused by every route that may change something, before anything is looked at', async () => {
    const routes = s.app.routeNotes.filter(({ method, open, reads }) => !harmless.has(method) && !open && !reads)
    expect(routes.length).toBeGreaterThan(60)
    const origin = `http://127.0.0.1:${s.port}`
    for (const { method, url } of routes) {
      const answer = await s.knock(method as 'POST', filled(url), { cookie, origin })
      expect(answer.statusCode, `${method} ${url}: ${answer.body}`).toBe(403)
    }
  })

  test('reaches no route by a method of changing but those listed here', () => {
    const found = s.app.routeNotes
      .filter(({ method, reads }) => !harmless.has(method) && reads)
      .map(({ method, url }) => `${method} ${url.replace(workspacePattern, '…')}`)
    expect(found.sort()).toEqual([...reading].sort())
  })

  test('changes nothing by looking at every address there is', async () => {
    const before = await s.store.changes.last()
    const looking = s.app.routeNotes.filter(({ method, url }) => method === 'GET' && !/events|login/.test(url))
    for (const { url } of looking) await s.knock('GET', filled(url), { cookie })
    expect(await s.store.changes.last()).toBe(before)
  })

  test('makes none but its like', async () => {
    const origin = `http://127.0.0.1:${s.port}`
    const ticket = await s.knock('POST', '/lazurite/v1/session/tickets', { cookie, origin }, { readOnly: false })
    const made = await s.knock('GET', ticket.json().path)
    const next = String(made.headers['set-cookie']).split(';')[0] ?? ''
    expect((await s.knock('GET', '/lazurite/v1/session', { cookie: next })).json().readOnly).toBe(true)
    const again = await s.knock('POST', '/lazurite/v1/session', { cookie, origin })
    const renewed = String(again.headers['set-cookie']).split(';')[0] ?? ''
    expect((await s.knock('GET', '/lazurite/v1/session', { cookie: renewed })).json().readOnly).toBe(true)
  })
})
