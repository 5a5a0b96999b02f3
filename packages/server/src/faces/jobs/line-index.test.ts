import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
  await s.ask('PUT', `${s.ws}/jobs/logged`, {
    properties: {
      jobType: 'Command',
      command: 'for i in $(seq 0 999); do echo line $i; done; printf end',
      environmentId: 'azureml:host@latest',
    },
  })
})
afterAll(() => s.end())

const lines = async (query: string) => (await s.ask('GET', `/lazurite/v1${s.ws}/jobs/logged/log/lines?${query}`)).json()

test('a log is read by the numbers of its lines', async () => {
  await expect.poll(async () => (await lines('count=1')).over, { timeout: 20_000 }).toBe(true)
  expect(await lines('from=700&count=2')).toEqual({
    path: 'user_logs/std_log.txt',
    from: 700,
    total: 1001,
    sizeBytes: expect.any(Number),
    over: true,
    value: ['line 700', 'line 701'],
  })
  expect((await lines('from=-2')).value).toEqual(['line 999', 'end'])
  expect((await lines('from=5000')).value).toEqual([])
  expect((await lines('path=user_logs/none.txt')).total).toBe(0)
  expect((await lines('count=6000')).error.message).toContain('5000')
  expect((await lines('path=../../../laz.db')).value).toBeUndefined()
})

test('a log is searched where it lies', async () => {
  const find = async (query: string) =>
    (await s.ask('GET', `/lazurite/v1${s.ws}/jobs/logged/log/search?${query}`)).json()
  await expect.poll(async () => (await lines('count=1')).over, { timeout: 20_000 }).toBe(true)
  expect(await find('q=LINE%2099&from=50&count=2')).toMatchObject({
    path: 'user_logs/std_log.txt',
    total: 1001,
    value: [
      { line: 99, text: 'line 99' },
      { line: 990, text: 'line 990' },
    ],
    next: 991,
  })
  expect(await find('q=n')).toMatchObject({ next: 100 })
  expect(await find('q=END')).toMatchObject({ value: [{ line: 1000, text: 'end' }], next: null })
  expect((await find('q=END&case=true')).value).toEqual([])
  expect((await find('q=line&from=998&count=1000')).value).toHaveLength(2)
  for (const wrong of ['', 'q=', 'q=a%0Ab', 'q=a&count=9000', 'q=a&from=-1'])
    expect((await find(wrong)).error.message, wrong).toMatch(/\b(?:q|count|from)\b/)
  expect((await find('q=SQLite&path=../../../laz.db')).value).toBeUndefined()
})

test('many series are answered on one axis', async () => {
  const points = Array.from({ length: 300 }, (_, i) => ({
    key: 'loss',
    value: 1 / (i + 1),
    timestamp: i * 1000,
    step: i,
  }))
  const { statusCode, body } = await s.ask('POST', `/mlflow/v1.0${s.ws}/api/2.0/mlflow/runs/log-batch`, {
    run_id: 'logged',
    metrics: points,
  })
  expect(statusCode, body).toBe(200)
  const ask = async (query: object) => (await s.ask('POST', `/lazurite/v1${s.ws}/metrics/query`, query)).json()
  const all = await ask({ jobs: ['logged', 'nobody'], keys: ['loss', 'none'] })
  expect([all.exact, all.x.length, all.series.length]).toEqual([true, 300, 1])
  expect(all.series[0]).toMatchObject({ job: 'logged', key: 'loss', points: 300, odd: [] })
  const few = await ask({ jobs: ['logged'], keys: ['loss'], buckets: 10, from: 100 })
  expect([few.exact, few.x.length, few.series[0].count[0]]).toEqual([false, 10, 20])
  expect(few.series[0].min[0]).toBeLessThan(few.series[0].mean[0])
  const known = (await s.ask('GET', `/lazurite/v1${s.ws}/jobs/logged/metrics`)).json()
  expect(known.metrics[0]).toMatchObject({ key: 'loss', count: 300, max: 1, maxStep: 0 })
  expect((await ask({ jobs: ['logged'], keys: ['loss'], x: 'epoch' })).error.message).toContain('x is one of')
  const together = await s.ask('POST', `/lazurite/v1${s.ws}/jobs/together`, { jobs: ['nobody', 'logged'] })
  const { value, missing } = together.json()
  expect([value.length, value[0].job.name, missing]).toEqual([1, 'logged', ['nobody']])
  expect(value[0].facts.metrics).toEqual(known.metrics)
  const wrong = await s.ask('POST', `/lazurite/v1${s.ws}/jobs/together`, { jobs: 'logged' })
  expect(wrong.json().error.message).toContain('jobs must be a list')
})
