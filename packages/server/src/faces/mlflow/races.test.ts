/** Many callers of one thing at once: everybody is served, and nothing of anybody is lost. */
import { asArray, asObject } from '@lazurite/spec'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataOf, type MlflowServer, newRun, startMlflowServer } from './mlflow-server.ts'

let s: MlflowServer
beforeAll(async () => {
  s = await startMlflowServer()
})
afterAll(async () => {
  expect(s.faults).toEqual([])
  await s.close()
})

const many = 40
const all = async (act: (i: number) => Promise<{ status: number; text: string }>) => {
  const answers = await Promise.all(Array.from({ length: many }, (_, i) => act(i)))
  expect(answers.filter(({ status }) => status !== 200).map(({ text }) => text)).toEqual([])
}

test('tags and aliases of a registered model', async () => {
  await s.ask('POST', 'registered-models/create', { name: 'm' })
  await all((i) => s.ask('POST', 'registered-models/set-tag', { name: 'm', key: `k${i}`, value: String(i) }))
  const { body } = await s.ask('GET', 'registered-models/get?name=m')
  expect(asArray(asObject(body.registered_model).tags)).toHaveLength(many)
})

test('models that MLflow 2 logs to a run', async () => {
  const run_id = await newRun(s)
  const model = (i: number) => ({ artifact_path: `m${i}`, flavors: {}, utc_time_created: '2025', run_id })
  await all((i) => s.ask('POST', 'runs/log-model', { run_id, model_json: JSON.stringify(model(i)) }))
  const tags = asArray((await dataOf(s, run_id)).tags).map(asObject)
  const history = tags.find(({ key }) => key === 'mlflow.log-model.history')?.value
  expect(JSON.parse(String(history))).toHaveLength(many)
})

test('versions of a model: each has a number of its own', async () => {
  const run_id = await newRun(s)
  await s.files('PUT', `artifacts/0/${run_id}/artifacts/model/MLmodel`, 'flavors: {}')
  await s.ask('POST', 'registered-models/create', { name: 'v' })
  await all(() => s.ask('POST', 'model-versions/create', { name: 'v', source: `runs:/${run_id}/model`, run_id }))
  const { body } = await s.ask('GET', `model-versions/search?filter=${encodeURIComponent("name='v'")}&max_results=100`)
  const numbers = asArray(body.model_versions).map((version) => Number(asObject(version).version))
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: many }, (_, i) => i + 1))
})

test('one experiment by its name, made once', async () => {
  const answers = await Promise.all(
    Array.from({ length: many }, () => s.ask('POST', 'experiments/create', { name: 'once' })),
  )
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]))
})

test('one parameter with two values: one of them', async () => {
  const run_id = await newRun(s)
  const answers = await Promise.all(
    Array.from({ length: many }, (_, i) =>
      s.ask('POST', 'runs/log-parameter', { run_id, key: 'p', value: String(i % 2) }),
    ),
  )
  const kept = asArray((await dataOf(s, run_id)).params).map(asObject)
  expect(kept).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(many / 2)
})
