import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FaceServer, startFaces } from '../face-server.ts'
import { historyFace } from './routes.ts'

let server: FaceServer
let metric: string
let history: string

beforeAll(async () => {
  server = await startFaces([historyFace])
  const { armId, scope } = server.workspace
  metric = `/metric/v2.0${armId}/runs/r1`
  history = `/history/v1.0${armId}`
  await server.store.runs.create(scope, { runId: 'r1', experimentId: '0' })
})

afterAll(async () => {
  expect(server.faults).toEqual([])
  await server.close()
})

const row = (step: number, data: JsonObject): JsonObject => ({ step, createdUtc: '2024-01-01T00:00:00Z', data })

test('numbers become series, everything else is named', async () => {
  const values = [
    { name: 'loss', columns: { loss: 'Double' }, value: [row(0, { loss: 0.5 }), row(1, { loss: 'NaN' })] },
    { name: 'curve', columns: { x: 'Double', y: 'Integer' }, value: [row(0, { x: 1.5, y: 2 })] },
    { name: 'words', columns: { words: 'String' }, value: [row(0, { words: 'hello' })] },
  ]
  const { status, body } = await server.ask('POST', `${metric}/batch`, { values, reportErrors: true })
  expect(status).toBe(207)
  expect(body.errors).toMatchObject([{ metric: { name: 'words' }, errorResponse: { error: { code: 'UserError' } } }])
  const latest = await server.store.series.latest(server.workspace.scope, 'r1')
  expect(latest.map(({ key, value, step }) => [key, value, step])).toEqual([
    ['curve.x', 1.5, 0],
    ['curve.y', 2, 0],
    ['loss', Number.NaN, 1],
  ])
  const list = await server.ask('POST', `${metric}/list`, {})
  expect((list.body.value as JsonObject[]).map((one) => (one.metricKey as JsonObject).name)).toEqual([
    'curve.x',
    'curve.y',
    'loss',
  ])
  const full = await server.ask('POST', `${metric}/full`, { metricName: 'loss' })
  expect(full.body).toMatchObject({
    name: 'loss',
    columns: { loss: 'Double' },
    value: [
      { step: 0, data: { loss: 0.5 }, createdUtc: '2024-01-01T00:00:00.0000000+00:00' },
      { step: 1, data: { loss: 'NaN' } },
    ],
    continuationToken: null,
  })
  expect((await server.ask('POST', `${metric}/full`, { metricName: 'absent' })).status).toBe(404)
})

test('a long series is read in pages and sampled', async () => {
  const points = Array.from({ length: 12_000 }, (_, i) => ({
    key: 'long',
    value: Math.sin(i / 100),
    timestamp: 1000 + i,
    step: i,
  }))
  await server.store.series.append(server.workspace.scope, 'r1', points)
  let token: string | null = ''
  let read = 0
  while (token !== null) {
    const { body }: { body: JsonObject } = await server.ask('POST', `${metric}/full`, {
      metricName: 'long',
      ...(token ? { continuationToken: token } : {}),
    })
    read += (body.value as JsonObject[]).length
    token = body.continuationToken as string | null
  }
  expect(read).toBe(12_000)
  const { body } = await server.ask('POST', `${metric}/sample`, { metricName: 'long' })
  expect(body).toMatchObject({ isPartialResult: true, numValuesLogged: 12_000 })
  expect((body.value as JsonObject[]).length).toBeLessThan(1100)
})

test('metrics of another run are out of reach', async () => {
  const token = { authorization: `Bearer ${server.tokenOf('r2')}` }
  for (const path of ['list', 'full', 'sample', 'batch']) {
    expect((await server.ask('POST', `${metric}/${path}`, { metricName: 'loss', values: [] }, token)).status).toBe(403)
  }
  expect((await server.ask('POST', `${metric}/batch`, { values: [{}] })).status).toBe(207)
})

test('experiments are made by name, changed by id and listed', async () => {
  const made = await server.ask('POST', `${history}/experiments/my%20exp`, {})
  const id = String(made.body.experimentId)
  expect((await server.ask('POST', `${history}/experiments/my%20exp`)).body.experimentId).toBe(id)
  expect((await server.ask('GET', `${history}/experimentids/${id}`)).body.name).toBe('my exp')
  const changed = await server.ask('PATCH', `${history}/experimentids/${id}`, {
    description: 'words',
    tags: { a: 'b' },
    archive: true,
  })
  expect(changed.body).toMatchObject({ description: 'words', tags: { a: 'b' }, archivedTime: expect.any(String) })
  await server.ask('PATCH', `${history}/experimentids/${id}`, { archive: false })
  await server.ask('POST', `${history}/experimentids/${id}/tags:delete`, { tags: ['a', 'absent'] })
  const { body } = await server.ask('POST', `${history}/experiments:query`, { viewType: 'All' })
  expect((body.value as JsonObject[]).find((one) => one.experimentId === id)).toMatchObject({
    tags: {},
    archivedTime: null,
  })
  expect((await server.ask('GET', `${history}/experiments/nothing`)).status).toBe(404)
  const token = { authorization: `Bearer ${server.tokenOf('r1')}` }
  expect((await server.ask('GET', `${history}/experimentids/0`, undefined, token)).status).toBe(200)
  expect((await server.ask('GET', `${history}/experimentids/${id}`, undefined, token)).status).toBe(403)
  expect((await server.ask('POST', `${history}/experiments/another`, {}, token)).status).toBeGreaterThanOrEqual(400)
})
