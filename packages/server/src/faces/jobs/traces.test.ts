import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
let own: string
let birds: string
const traceOf = (n: number) => `tr-${String(n).padStart(32, '0')}`

async function mlflow(path: string, body: unknown) {
  const answer = await s.ask('POST', path, JSON.stringify(body), { 'content-type': 'application/json' })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

async function tell(n: number, o: { experiment?: string; run?: string; state?: string } = {}) {
  const trace_info = {
    trace_id: traceOf(n),
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: o.experiment ?? '0' } },
    request_time: new Date(Date.UTC(2025, 0, 1) + n * 1000).toISOString(),
    execution_duration: `${n}s`,
    state: o.state ?? 'OK',
    trace_metadata: o.run === undefined ? {} : { 'mlflow.sourceRun': o.run },
  }
  await mlflow('/api/3.0/mlflow/traces', { trace: { trace_info } })
}

beforeAll(async () => {
  s = await startTestServer()
  own = `/lazurite/v1${s.ws}`
  birds = (await mlflow('/api/2.0/mlflow/experiments/create', { name: 'birds' })).experiment_id
  const { run } = await mlflow('/api/2.0/mlflow/runs/create', { experiment_id: birds, start_time: 1000 })
  for (let n = 1; n <= 5; n += 1) await tell(n, n > 3 ? { experiment: birds, run: run.info.run_id } : {})
  await tell(6, { state: 'ERROR' })
})
afterAll(() => s.end())

const list = async (query: string) => (await s.ask('GET', `${own}/traces?${query}`)).json()
const idsOf = (page: { value: { trace_id: string }[] }) => page.value.map((one) => one.trace_id)

test('traces of a workspace are listed with their experiments, newest first', async () => {
  const page = await list('')
  expect(idsOf(page)).toEqual([6, 5, 4, 3, 2, 1].map(traceOf))
  expect(page.value.map((one: { experiment: string }) => one.experiment)).toEqual([
    'Default',
    'birds',
    'birds',
    'Default',
    'Default',
    'Default',
  ])
  expect(page.next).toBeUndefined()
})

test('of an experiment, of a run, by a filter, in another order, page by page', async () => {
  expect(idsOf(await list('experiment=birds'))).toEqual([5, 4].map(traceOf))
  expect(idsOf(await list(`experiment=${birds}`))).toEqual([5, 4].map(traceOf))
  const { runs } = await mlflow('/api/2.0/mlflow/runs/search', { experiment_ids: [birds] })
  expect(idsOf(await list(`run=${runs[0].info.run_id}`))).toEqual([5, 4].map(traceOf))
  const filter = encodeURIComponent("status = 'ERROR'")
  expect(idsOf(await list(`filter=${filter}`))).toEqual([traceOf(6)])
  expect(idsOf(await list(`filter=${filter}&run=${runs[0].info.run_id}`))).toEqual([])
  const order = encodeURIComponent('execution_time_ms ASC')
  const first = await list(`order=${order}&top=4`)
  expect(idsOf(first)).toEqual([1, 2, 3, 4].map(traceOf))
  expect(idsOf(await list(`order=${order}&top=4&after=${first.next}`))).toEqual([5, 6].map(traceOf))
})

test.each([
  ['experiment=nobody', 404, 'nobody'],
  ['filter=nonsense', 400, 'nonsense'],
  [`run=${encodeURIComponent("x' OR '1'='1")}`, 400, 'run'],
  ['top=0', 400, 'top'],
  ['sort=x', 400, 'sort'],
  ['after=x', 400, 'token'],
])('%s is refused by name', async (query, status, word) => {
  const answer = await s.ask('GET', `${own}/traces?${query}`)
  expect(answer.statusCode, answer.body).toBe(status)
  expect(answer.body).toContain(word)
})

test('experiments say how much is in them', async () => {
  const answer = await s.ask('POST', `${own}/experiments/facts`, { ids: [birds, 'nobody', '0'] })
  expect(answer.json().value).toEqual([
    { id: birds, runs: 1, traces: 2, more: false, lastRunAt: 1000 },
    { id: '0', runs: 0, traces: 4, more: false },
  ])
  expect((await s.ask('POST', `${own}/experiments/facts`, { ids: 'x' })).statusCode).toBe(400)
  expect((await s.ask('POST', `${own}/experiments/facts`, { ids: Array(201).fill('x') })).statusCode).toBe(413)
})
