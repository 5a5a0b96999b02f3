import { chmodSync } from 'node:fs'
import { kinds } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
})
afterAll(() => s.end())
const json = async (url: string) => JSON.parse((await s.ask('GET', url)).body)

describe('the doctor', () => {
  test('finds a fresh home well', async () => {
    const { ok, checks } = await json('/lazurite/v1/doctor')
    expect(checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([])
    expect(ok).toBe(true)
    const names = checks.map((check: { name: string }) => check.name)
    expect(names).toEqual(expect.arrayContaining(['node', 'home', 'disk', 'database', 'secrets', 'python', 'engine']))
  })

  test('says what is wrong and how to mend it', async () => {
    chmodSync(s.home, 0o755)
    const { ok, checks } = await json('/lazurite/v1/doctor')
    chmodSync(s.home, 0o700)
    expect(ok).toBe(false)
    expect(checks.find((check: { name: string }) => check.name === 'home')).toMatchObject({
      ok: false,
      hint: `Others can look into it: chmod 700 ${s.home}`,
    })
  })
})

test('the status is one look', async () => {
  expect(await json('/lazurite/v1/status')).toMatchObject({
    pid: process.pid,
    url: s.url,
    home: s.home,
    workspaces: ['main'],
    lastChange: expect.any(Number),
  })
})

describe('the tables', () => {
  test('of all kinds are served as they are', async () => {
    const { value } = await json('/lazurite/v1/kinds')
    expect(value.map((kind: { name: string }) => kind.name)).toEqual(kinds.map((kind) => kind.name))
    for (const kind of value)
      expect(kind).toMatchObject({
        collection: expect.any(String),
        columns: expect.any(Array),
        fields: expect.any(Object),
      })
  })

  test('have a JSON Schema each', async () => {
    for (const kind of kinds)
      expect(await json(`/lazurite/v1/kinds/${kind.name}/schema`), kind.name).toEqual(expect.any(Object))
    expect((await s.ask('GET', '/lazurite/v1/kinds/nothing')).statusCode).toBe(404)
    expect((await s.ask('GET', '/lazurite/v1/kinds/__proto__/schema')).statusCode).toBe(404)
  })

  test('are served to whoever has no token: an OpenAPI document, and a schema a kind for editors', async () => {
    const document = await s.knock('GET', '/openapi.json')
    expect(document.statusCode).toBe(200)
    const { openapi, paths, servers } = JSON.parse(document.body)
    expect(openapi).toMatch(/^3\./)
    expect(servers).toEqual([{ url: s.url }])
    expect(Object.keys(paths).length).toBeGreaterThan(kinds.length)
    for (const { name } of kinds) {
      const { statusCode, headers, body } = await s.knock('GET', `/schemas/${name}.json`)
      expect(statusCode, name).toBe(200)
      expect(headers['content-type']).toMatch(/json/)
      expect(JSON.parse(body).title).toBe(name)
    }
    expect((await s.knock('GET', '/schemas/nothing.json')).statusCode).toBe(404)
    expect((await s.knock('GET', '/schemas/%2e%2e%2fkey.json')).statusCode).toBe(404)
  })
})
