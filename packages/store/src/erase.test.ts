import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from './index.ts'
import { openScratch, openTestSql, type Scratch } from './scratch.ts'

const scope = 's/g/w'
let scratch: Scratch
let store: Store
beforeEach(async () => {
  scratch = await openScratch()
  store = scratch.store
})
afterEach(() => scratch.remove())

const job = (name: string, props: object = {}, status: object = {}) =>
  store.resources.put({
    key: { scope, kind: 'job', name },
    props: { jobType: 'Command', ...props },
    status: { ...status },
    state: 'Completed',
    by: 'me',
  })

/** A run with something in every table. */
async function run(runId: string, o: { parentRunId?: string; madeBy?: string; job?: boolean } = {}) {
  const experiment = await store.runs.experiment(scope, { name: 'e', create: true })
  const experimentId = experiment?.id ?? ''
  await store.runs.create(scope, { runId, experimentId, params: { lr: '1' }, tags: { a: 'b' }, ...o })
  const points = Array.from({ length: 600 }, (_, step) => ({ key: 'loss', value: step, step, timestamp: step }))
  await store.series.append(scope, runId, points)
  await store.series.append(scope, runId, [{ key: 'acc', value: 1, step: 0, timestamp: 0 }])
  const dataset = { name: 'd', digest: '1', sourceType: 'x', source: '{}', tags: {} }
  await store.runs.setInputs(scope, runId, { datasets: [dataset], models: ['m-0'] })
  const model = {
    modelId: `m-${runId}`,
    experimentId,
    name: 'm',
    sourceRunId: runId,
    folders: [`ExperimentRun/dcid.${runId}/m`],
  }
  await store.runs.models.create(scope, model)
  await store.runs.models.addMetrics(scope, `m-${runId}`, [{ key: 'acc', value: 1, timestamp: 1, step: 0, runId }])
  return experimentId
}

/** Rows of every table, when the store is closed. */
async function counts(): Promise<Record<string, number>> {
  await store.close()
  const sql = await openTestSql(join(scratch.home, 'laz.db'))
  const tables = await sql.all<{ name: string }>(
    sql.engine === 'sqlite'
      ? "SELECT name FROM sqlite_schema WHERE type = 'table'"
      : 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()',
  )
  const found: Record<string, number> = {}
  for (const { name } of tables) {
    if (/^sqlite_|^migrations$|^changes$|^names$|^secrets$|^home$/.test(name)) continue
    found[name] = (await sql.get<{ n: number }>(`SELECT count(*) AS n FROM ${name}`))?.n ?? 0
  }
  await sql.close()
  store = await scratch.reopen()
  return found
}

test('what runs left is gone from every table, and what others left is there', async () => {
  await job('a')
  await job('b')
  await run('a', { job: true })
  await run('b', { job: true })
  await store.series.seal()
  const both = await counts()
  expect(both).toMatchObject({ runs: 2, series: 4, run_params: 2, logged_models: 2, model_metrics: 2, run_datasets: 2 })
  expect(both.chunks).toBeGreaterThan(1)
  expect(await store.erasing.tally(scope, ['a'])).toEqual({ runs: 1, params: 1, tags: 2, metrics: 2, points: 601 })
  await store.erasing.erase({ scope, rows: [{ scope, kind: 'job', name: 'a' }], runs: ['a'], retire: ['a'] })
  const half = Object.fromEntries(Object.entries(both).map(([table, n]) => [table, n / 2]))
  const shared = { experiments: 2, datasets: 1, retired: 1 }
  expect(await counts()).toEqual({ ...half, ...shared })
  expect((await store.series.latest(scope, 'b')).map(({ key, count }) => [key, count])).toEqual([
    ['acc', 1],
    ['loss', 600],
  ])
  expect([await store.erasing.isRetired(scope, 'a'), await store.erasing.isRetired(scope, 'b')]).toEqual([true, false])
})

test('an experiment goes with all of its own; Default stays', async () => {
  const id = await run('a')
  await store.runs.setExperimentTag(scope, id, { key: 'k', value: 'v' })
  const runs = await store.erasing.runsOf(scope, id)
  expect(runs).toEqual(['a'])
  await store.erasing.erase({ scope, rows: [], runs, experiments: [id, '0'] })
  const left = Object.fromEntries(Object.entries(await counts()).filter(([, n]) => n > 0))
  expect(left).toEqual({ experiments: 1 })
  expect(await store.runs.experiment(scope, { name: 'e' })).toBeUndefined()
})

test('a scope that is gone leaves nothing', async () => {
  const id = await run('a')
  await run('b', { job: true })
  await store.runs.setExperimentTag(scope, id, { key: 'k', value: 'v' })
  await store.erasing.erase({ scope, rows: [], runs: ['a'], retire: ['a'] })
  await store.erasing.forget(scope)
  expect(Object.entries(await counts()).filter(([, n]) => n > 0)).toEqual([])
})

test('runs below others are found however deep, by parent and by maker; jobs are not among them', async () => {
  await run('root', { job: true })
  await run('child', { parentRunId: 'root' })
  await run('grandchild', { parentRunId: 'child' })
  await run('made', { madeBy: 'root' })
  await run('step', { parentRunId: 'root', job: true })
  await run('other')
  expect((await store.erasing.runsBelow(scope, ['root'])).sort()).toEqual(['child', 'grandchild', 'made'])
  expect(await store.erasing.modelFolders(scope, ['child', 'made'])).toEqual([
    'ExperimentRun/dcid.child/m',
    'ExperimentRun/dcid.made/m',
  ])
})

describe('who names something', () => {
  test('is found in what callers and the loop wrote, one by one and many at once', async () => {
    await job('x', { inputs: { a: { uri: 'azureml://datastores/s/paths/azureml/old/out/' } } })
    await job('y', {}, { outputs: { a: { uri: 'azureml://datastores/s/paths/azureml/old/out/' } } })
    await job('z', { inputs: { a: { uri: 'azureml://datastores/s/paths/azureml/older/out/' } } })
    await job('q', { description: 'a "quoted\\name" and azureml_old_output_out' })
    const names = async (texts: string[]) => (await store.erasing.naming(texts)).map(({ name }) => name)
    const many = Array.from({ length: 20 }, (_, i) => `nobody-${i}`)
    expect(await names(['azureml/old/'])).toEqual(['x', 'y'])
    expect(await names([...many, 'azureml/old/'])).toEqual(['x', 'y'])
    expect(await names([...many, 'old'])).toEqual(['x', 'y', 'z', 'q'])
    expect(await names(['quoted\\name'])).toEqual(['q'])
    expect(await names([...many, 'quoted\\name'])).toEqual(['q'])
    expect(await names(many)).toEqual([])
    expect(await names([])).toEqual([])
  })
})
