import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './fixture.ts'
import { maxJsonDepth } from './json-depth.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
})
afterAll(() => s.end())

const json = { 'content-type': 'application/json' }
const putRaw = (body: string | Buffer, headers: Record<string, string> = json, name = 'h') =>
  s.ask('PUT', `${s.ws}/environments/${name}/versions/1`, body, headers)

describe('a hostile body', () => {
  test('of 100 MB is refused without being read into memory', async () => {
    const before = process.memoryUsage().rss
    const { statusCode, body } = await putRaw(Buffer.alloc(100 * 2 ** 20, 0x20))
    expect(statusCode).toBe(413)
    expect(JSON.parse(body).error.code).toBe('RequestEntityTooLarge')
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20)
  })

  test('of a million tags is refused at once', async () => {
    const tags = Object.fromEntries(Array.from({ length: 400_000 }, (_, i) => [`t${i}`, '']))
    const startedAt = performance.now()
    const properties = { jobType: 'Command', command: 'true', environmentId: 'azureml:host@latest', tags }
    const { statusCode, body } = await s.ask('PUT', `${s.ws}/jobs/tagged`, { properties })
    expect([statusCode, body]).toEqual([413, expect.stringContaining('100000 values')])
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })

  test('that nests deeply is refused, and one just below the limit is read', async () => {
    const deep = (n: number) => `{"properties":{"image":"x","properties":{"a":${'['.repeat(n)}${']'.repeat(n)}}}}`
    expect((await putRaw(deep(100_000))).statusCode).toBe(413)
    expect((await putRaw(deep(maxJsonDepth))).statusCode).toBe(413)
    expect((await putRaw(deep(maxJsonDepth - 10))).statusCode).toBeLessThan(500)
  })

  test.each([
    '{"properties":{"__proto__":{"polluted":1}}}',
    '{"__proto__":{"polluted":1}}',
    '{"properties":{"constructor":{"prototype":{"polluted":1}}}}',
    '{"properties":{"tags":{"\\u005f\\u005fproto\\u005f\\u005f":"x"}}}',
  ])('with a key that would reach a prototype is refused: %s', async (text) => {
    const { statusCode } = await putRaw(text)
    expect(statusCode).toBe(400)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test.each([['{'], ['{"a":}'], ['\u0000'], ['{"a":1}x'], ['undefined'], ["{'a':1}"]])(
    'that is not JSON is refused: %j',
    async (text) => {
      const { statusCode, body } = await putRaw(text)
      expect(statusCode).toBe(400)
      expect(JSON.parse(body).error.message).toMatch(/not JSON/)
    },
  )

  test.each([['[]'], ['"x"'], ['1'], ['true'], ['null'], ['{"properties":[]}'], ['{"properties":"x"}'], ['']])(
    'that is JSON of another shape is refused: %j',
    async (text) => {
      const { statusCode, body } = await putRaw(text)
      expect(statusCode).toBe(400)
      expect(JSON.parse(body).error.details[0].message).toMatch(/must be a mapping/)
    },
  )

  test.each([
    'text/plain',
    'text/html',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/jsonx',
  ])('of type %s is refused with 415', async (type) => {
    expect((await putRaw('{"properties":{"image":"x"}}', { 'content-type': type })).statusCode).toBe(415)
  })
})

describe('a hostile address', () => {
  test.each([
    '%00',
    '%0A',
    '%1b%5B31m',
    '%7f',
    '..%2f..',
    '%5c..%5c',
    'a%2fb',
    '%F0%9F%92%A9',
    ' ',
    'a:b',
    'a@b',
    "'; drop table",
    '<img onerror=1>',
    'x'.repeat(300),
  ])('with the name %s is refused and named as data, not as a fault of ours', async (name) => {
    for (const url of [
      `${s.ws}/jobs/${name}`,
      `${s.ws}/environments/${name}/versions/1`,
      `${s.ws}/environments/e/versions/${name}`,
    ]) {
      const { statusCode, body } = await s.ask('PUT', url, { properties: { image: 'x', jobType: 'Command' } })
      expect(statusCode, url).toBeGreaterThanOrEqual(400)
      expect(statusCode, `${url}: ${body}`).toBeLessThan(500)
      expect(body).not.toMatch(/\u0000|\u001b/)
    }
  })

  test('that cannot be decoded is a clear 400', async () => {
    for (const url of ['/%', `${s.ws}/jobs/%zz`, '/subscriptions/%E0%A4%A']) {
      const { statusCode, body } = await s.ask('GET', url)
      expect(statusCode, url).toBe(400)
      expect(JSON.parse(body).error.message).toMatch(/cannot be decoded/)
    }
  })

  test('with thousands of segments or parameters is answered', async () => {
    expect((await s.ask('GET', `/subscriptions/${'a/'.repeat(2000)}`)).statusCode).toBe(404)
    expect((await s.ask('GET', `${s.ws}/jobs?${'tag=a&'.repeat(1000)}`)).statusCode).toBe(200)
  })
})

describe('an answer', () => {
  test('carries the ids by which it is found in the log', async () => {
    const { headers } = await s.ask('GET', s.ws, undefined, {
      'x-ms-client-request-id': 'c1',
      'x-ms-correlation-request-id': 'k1',
    })
    expect(headers['x-ms-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers).toMatchObject({ 'x-ms-client-request-id': 'c1', 'x-ms-correlation-request-id': 'k1' })
    expect(s.logged()).toContain(String(headers['x-ms-request-id']))
  })

  test('that is an error has the envelope the official clients print, and no stack', async () => {
    const { body, headers } = await s.ask('GET', `${s.ws}/jobs/nobody`)
    const { error } = JSON.parse(body)
    expect(error).toMatchObject({ code: 'ResourceNotFound', message: expect.stringContaining('nobody'), details: [] })
    const types = error.additionalInfo.map((info: { type: string }) => info.type)
    expect(types).toEqual(expect.arrayContaining(['ComponentName', 'Correlation', 'Environment', 'Location', 'Time']))
    expect(body).not.toMatch(/\.ts:|node_modules|at .*\(/)
    expect(headers).not.toHaveProperty('retry-after')
  })

  test('speaks the dialect of its address even where no route is', async () => {
    const mlflow = await s.ask('GET', '/mlflow/nothing/here')
    expect(JSON.parse(mlflow.body)).toMatchObject({ error_code: expect.any(String), message: expect.any(String) })
    const blob = await s.knock('GET', '/laz0123456789ab/c/b')
    expect(blob.body).toMatch(/<Error><Code>/)
    expect(blob.headers['x-ms-error-code']).toBeTruthy()
  })

  test('to a method that an address does not know is 405', async () => {
    for (const [method, url] of [
      ['POST', `${s.ws}/jobs/x`],
      ['PUT', `${s.ws}/jobs`],
      ['DELETE', `${s.ws}/environments/e/versions`],
      ['GET', `${s.ws}/jobs/x/cancel`],
    ] as const) {
      const { statusCode, body } = await s.ask(method, url, method === 'GET' ? undefined : {})
      expect(statusCode, `${method} ${url}`).toBe(405)
      expect(JSON.parse(body).error.code).toBe('MethodNotAllowed')
    }
  })

  test('is the same for any case of the fixed segments', async () => {
    const odd = s.ws
      .replace('resourceGroups', 'RESOURCEgroups')
      .replace('Microsoft.MachineLearningServices', 'microsoft.machinelearningservices')
    const { body } = await s.ask('GET', `${odd}/DataStores/workspaceblobstore`)
    expect(JSON.parse(body).id).toBe(`${s.ws}/datastores/workspaceblobstore`)
    expect((await s.ask('GET', `/${s.ws}`)).statusCode).toBe(200)
  })
})
