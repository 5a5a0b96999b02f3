import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
let views: string
beforeAll(async () => {
  s = await startTestServer()
  views = `/lazurite/v1${s.ws}/views/jobs`
})
afterAll(() => s.end())

test('views are made, changed, listed by name and taken away', async () => {
  expect((await s.ask('GET', views)).json()).toEqual({ value: [] })
  for (const [name, query] of [
    ['GPU training', 'q=tag:gpu'],
    ['failed/today', 'status=Failed&q=since:1d'],
    ['GPU training', 'q=tag:gpu&group=experiment'],
  ] as const) {
    const answer = await s.ask('PUT', `${views}/${encodeURIComponent(name)}`, { query })
    expect(answer.statusCode, answer.body).toBe(200)
  }
  const { value } = (await s.ask('GET', views)).json()
  expect(value).toMatchObject([
    { page: 'jobs', name: 'GPU training', query: 'q=tag:gpu&group=experiment' },
    { page: 'jobs', name: 'failed/today', query: 'status=Failed&q=since:1d' },
  ])
  expect((await s.ask('GET', views.replace(/jobs$/, 'models'))).json()).toEqual({ value: [] })
  const gone = `${views}/${encodeURIComponent('failed/today')}`
  expect((await s.ask('DELETE', gone)).statusCode).toBe(200)
  expect((await s.ask('DELETE', gone)).statusCode).toBe(404)
  expect((await s.ask('GET', views)).json().value).toHaveLength(1)
})

test.each([
  ['x', {}],
  ['x', { query: 'a'.repeat(9000) }],
  ['x', { query: 'a\u0000b' }],
  [encodeURIComponent('a\nb'), { query: '' }],
  ['a'.repeat(101), { query: '' }],
  ['%20', { query: '' }],
])('the view %s of %o is refused', async (name, body) => {
  expect((await s.ask('PUT', `${views}/${name}`, body)).statusCode).toBe(400)
})
