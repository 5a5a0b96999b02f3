import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from './migrations.ts'
import { openRuns, type Runs } from './runs.ts'
import { bookOf, dropDatabase, openTestSql } from './scratch.ts'
import { openSeries, type Series } from './series.ts'
import type { Sql } from './sql.ts'

const scope = 'sub/rg/ws'
let home: string
let sql: Sql
let runs: Runs
let series: Series
let now = 1000

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'laz-runs-'))
  const path = join(home, 'laz.db')
  sql = await openTestSql(path)
  await migrate(sql, path, 0)
  now = 1000
  const clock = { now: () => now++ }
  runs = openRuns(sql, bookOf(sql, clock))
  series = openSeries(sql, clock)
})

afterEach(async () => {
  await sql.close()
  await dropDatabase(home)
  await rm(home, { recursive: true })
})

const ids = (found: { runs: { runId: string }[] }) => found.runs.map((r) => r.runId).join(' ')

describe('experiments', () => {
  it('have a Default of id 0 in every workspace', async () => {
    expect(await runs.experiment(scope, { id: '0' })).toMatchObject({ id: '0', name: 'Default', lifecycle: 'active' })
    expect(await runs.experiment('another/one/ws', { name: 'Default' })).toMatchObject({ id: '0' })
    expect(await runs.experiment(scope, { name: 'Default', create: true })).toMatchObject({ id: '0' })
  })

  it('get a GUID, once for a name', async () => {
    const [a, b] = await Promise.all([1, 2].map(() => runs.experiment(scope, { name: 'iris', create: true })))
    expect(a?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
    expect(b).toEqual(a)
    expect(await runs.experiment('another/one/ws', { name: 'iris' })).toBeUndefined()
    await expect(runs.createExperiment(scope, { name: 'iris' })).rejects.toThrow('Experiment(name=iris) already exists')
  })

  it('take their runs along when deleted and restored', async () => {
    const { id } = await runs.createExperiment(scope, { name: 'e' })
    await runs.create(scope, { runId: 'r', experimentId: id })
    await runs.setExperimentLifecycle(scope, id, 'deleted')
    expect((await runs.get(scope, 'r'))?.lifecycle).toBe('deleted')
    expect((await runs.listExperiments(scope)).map((e) => e.id)).toEqual(['0'])
    expect(await runs.listExperiments(scope, { view: 'deleted' })).toHaveLength(1)
    await expect(runs.setExperimentLifecycle(scope, id, 'deleted')).rejects.toThrow('No Experiment')
    await expect(runs.create(scope, { runId: 'r2', experimentId: id })).rejects.toThrow("must be in the 'active' state")
    await expect(runs.createExperiment(scope, { name: 'e' })).rejects.toThrow('already exists')
    await runs.setExperimentLifecycle(scope, id, 'active')
    expect((await runs.get(scope, 'r'))?.lifecycle).toBe('active')
  })

  it('are found by name and tag, in the order asked', async () => {
    for (const name of ['beta', 'alpha', 'gamma'])
      await runs.createExperiment(scope, { name, tags: { team: name[0] ?? '' } })
    const names = async (o: Parameters<Runs['listExperiments']>[1]) =>
      (await runs.listExperiments(scope, o)).map((e) => e.name).join(' ')
    expect(await names({})).toBe('gamma alpha beta Default')
    expect(await names({ order: ['name ASC'] })).toBe('Default alpha beta gamma')
    expect(await names({ filter: "name LIKE '%a'", order: ['name'] })).toBe('alpha beta gamma')
    expect(await names({ filter: "tags.team = 'b'" })).toBe('beta')
    expect(await names({ filter: 'tags.team IS NULL' })).toBe('Default')
    await expect(names({ filter: "tags.team > 'b'" })).rejects.toThrow()
  })

  it('keep tags by any name', async () => {
    const { id } = await runs.createExperiment(scope, { name: 'e' })
    await runs.setExperimentTag(scope, id, { key: '__proto__', value: 'x' })
    expect(Object.entries((await runs.experiment(scope, { id }))?.tags ?? {})).toEqual([['__proto__', 'x']])
    await runs.deleteExperimentTag(scope, id, '__proto__')
    await expect(runs.deleteExperimentTag(scope, id, '__proto__')).rejects.toThrow('No tag with name')
  })
})

describe('runs', () => {
  it('are made once for an id', async () => {
    const first = await runs.create(scope, { runId: 'j', experimentId: '0', name: 'n', job: true, tags: { a: 'b' } })
    const again = await runs.create(scope, { runId: 'j', experimentId: '0', name: 'other' })
    expect(again).toEqual(first)
    expect(first).toMatchObject({ name: 'n', isJob: true, status: 'RUNNING', tags: { a: 'b', 'mlflow.runName': 'n' } })
    expect(await runs.get('another/one/ws', 'j')).toBeUndefined()
  })

  it('are renamed by their tag and the other way round', async () => {
    await runs.create(scope, { runId: 'r', experimentId: '0', name: 'a' })
    await runs.setTags(scope, 'r', { 'mlflow.runName': 'b' })
    expect((await runs.head(scope, 'r'))?.name).toBe('b')
    await runs.update(scope, 'r', { name: 'c' })
    expect(await runs.get(scope, 'r')).toMatchObject({ name: 'c', tags: { 'mlflow.runName': 'c' } })
  })

  it('are told of when they end', async () => {
    const heard: string[] = []
    const listened = openRuns(sql, bookOf(sql, { now: () => 0 }), (runId) => heard.push(runId))
    await listened.create(scope, { runId: 'r', experimentId: '0' })
    await listened.update(scope, 'r', { status: 'RUNNING' })
    await listened.update(scope, 'r', { status: 'FINISHED' })
    await expect(listened.update(scope, 'nobody', { status: 'FINISHED' })).rejects.toThrow('not found')
    expect(heard).toEqual(['r'])
  })

  it('write a param once', async () => {
    await runs.create(scope, { runId: 'r', experimentId: '0' })
    await runs.logParams(scope, 'r', { lr: '0.1' })
    await runs.logParams(scope, 'r', { lr: '0.1' })
    await expect(runs.logParams(scope, 'r', { fresh: '1', lr: '0.2' })).rejects.toThrow("'0.1'")
    expect((await runs.get(scope, 'r'))?.params).toEqual({ lr: '0.1' })
  })

  it('take nothing once deleted, and everything again when restored', async () => {
    await runs.create(scope, { runId: 'r', experimentId: '0' })
    await runs.update(scope, 'r', { lifecycle: 'deleted' })
    await expect(runs.setTags(scope, 'r', { a: 'b' })).rejects.toThrow("must be in the 'active' state")
    await expect(runs.logParams(scope, 'r', { a: 'b' })).rejects.toThrow("must be in the 'active' state")
    await runs.update(scope, 'r', { lifecycle: 'active' })
    await runs.setTags(scope, 'r', { a: 'b' })
    await expect(runs.deleteTag(scope, 'r', 'c')).rejects.toThrow('No tag with name: c in run with id r')
  })

  it('keep inputs and outputs', async () => {
    await runs.create(scope, { runId: 'r', experimentId: '0' })
    const dataset = {
      name: 'd',
      digest: 'x',
      sourceType: 'local',
      source: '{}',
      tags: { 'mlflow.data.context': 'train' },
    }
    await runs.setInputs(scope, 'r', { datasets: [dataset, dataset], models: ['m-1'] })
    await runs.setOutputs(scope, 'r', [{ modelId: 'm-2', step: 3 }])
    expect(await runs.get(scope, 'r')).toMatchObject({
      datasets: [dataset],
      modelInputs: ['m-1'],
      modelOutputs: [{ modelId: 'm-2', step: 3 }],
    })
    expect(await runs.datasets(scope, ['0'])).toEqual([{ experimentId: '0', name: 'd', digest: 'x', context: 'train' }])
  })
})

describe('search', () => {
  beforeEach(async () => {
    const make = async (
      runId: string,
      startTime: number,
      facts: { lr?: string; acc?: number; tag?: string; user?: string },
    ) => {
      await runs.create(scope, { runId, experimentId: '0', startTime, ...(facts.user ? { user: facts.user } : {}) })
      if (facts.lr) await runs.logParams(scope, runId, { lr: facts.lr })
      if (facts.tag) await runs.setTags(scope, runId, { 'a.b': facts.tag })
      if (facts.acc !== undefined) {
        await series.append(scope, runId, [
          { key: 'acc', value: -1, timestamp: 1, step: 0 },
          { key: 'acc', value: facts.acc, timestamp: 2, step: 1 },
        ])
      }
    }
    await make('a', 10, { lr: '0.1', acc: 0.5, tag: 'Red', user: 'ann' })
    await make('B', 20, { lr: '0.2', acc: Number.NaN, tag: 'blue' })
    await make('c', 30, { lr: '0.1', acc: 0.9 })
    await make('d', 40, {})
    await runs.update(scope, 'c', { status: 'FINISHED', endTime: 99 })
    await runs.setInputs(scope, 'd', {
      datasets: [{ name: 'iris', digest: 'q', sourceType: 's', source: '{}', tags: { 'mlflow.data.context': 'eval' } }],
    })
  })

  const find = (filter: string, order?: string[]) =>
    runs.search(scope, { experimentIds: ['0'], filter, ...(order ? { order } : {}) })

  it.each([
    ['', 'd c B a'],
    ['metrics.acc > 0.6', 'c'],
    ['metrics.acc >= 0.5', 'c a'],
    ['metrics.acc < 0.1', ''],
    ['metrics.acc != 0.9', 'B a'],
    ['metrics.nothing > 0', ''],
    ["params.lr = '0.1'", 'c a'],
    ["params.lr != '0.1'", 'B'],
    ['params.lr IS NULL', 'd'],
    ['params.lr IS NOT NULL and tags.a.b IS NULL', 'c'],
    ["tags.a.b LIKE 'r%'", ''],
    ["tags.a.b ILIKE 'r%'", 'a'],
    ["tags.`a.b` LIKE '%_ue'", 'B'],
    ["status = 'FINISHED'", 'c'],
    ["status != 'FINISHED'", 'd B a'],
    ["run_id IN ('a', 'B', 'zz')", 'B a'],
    ["run_id NOT IN ('a', 'B')", 'd c'],
    ["user_id = 'ann'", 'a'],
    ['start_time > 10 AND start_time <= 30', 'c B'],
    ['end_time > 0', 'c'],
    ["run_name = 'c'", 'c'],
    ["artifact_uri LIKE '%/0/B/%'", 'B'],
    ["datasets.name = 'iris'", 'd'],
    ["datasets.context IN ('train', 'eval') and dataset.digest = 'q'", 'd'],
    ["datasets.context = 'train'", ''],
    ["params.lr = 'x'' OR 1=1 --'", 'error'],
  ])('by %s finds %s', async (filter, right) => {
    if (right === 'error') await expect(find(filter)).rejects.toThrow()
    else expect(ids(await find(filter))).toBe(right)
  })

  it.each([
    [['metrics.acc ASC'], 'a c B d'],
    [['metrics.acc DESC'], 'c a B d'],
    [['params.lr', 'start_time ASC'], 'a c B d'],
    [['params.lr DESC'], 'B c a d'],
    [['end_time DESC'], 'c d B a'],
    [['run_id'], 'B a c d'],
    [['tags.a.b DESC'], 'B a d c'],
    [['start_time'], 'a B c d'],
    [['metrics.nothing'], 'd c B a'],
  ])('orders by %s, missing values last', async (order, right) => {
    expect(ids(await find('', order))).toBe(right)
  })

  it.each([[[]], [['metrics.acc ASC']], [['metrics.acc DESC']], [['params.lr DESC']], [['end_time']]])(
    'gives the same in pages of one, by %j',
    async (order) => {
      const whole = ids(await find('', order))
      const seen: string[] = []
      let token: string | undefined
      do {
        const page = await runs.search(scope, { experimentIds: ['0'], order, max: 1, ...(token ? { token } : {}) })
        seen.push(ids(page))
        token = page.next
      } while (token)
      expect(seen.join(' ')).toBe(whole)
    },
  )

  it('refuses the token of another search', async () => {
    const { next } = await runs.search(scope, { experimentIds: ['0'], max: 1 })
    expect(next).toBeDefined()
    await expect(runs.search(scope, { experimentIds: ['0'], order: ['run_id'], token: next ?? '' })).rejects.toThrow(
      /page token/,
    )
    await expect(runs.search(scope, { experimentIds: ['0'], token: 'WyJ4Il0' })).rejects.toThrow(/page token/)
  })

  it('looks at active, deleted or all runs, of the experiments named', async () => {
    await runs.update(scope, 'a', { lifecycle: 'deleted' })
    const at = async (view: 'active' | 'deleted' | 'all') =>
      ids(await runs.search(scope, { experimentIds: ['0'], view }))
    expect([await at('active'), await at('deleted'), await at('all')]).toEqual(['d c B', 'a', 'd c B a'])
    expect(ids(await runs.search(scope, { experimentIds: [] }))).toBe('')
    expect(ids(await runs.search(scope, { experimentIds: ['unknown'] }))).toBe('')
    expect(ids(await runs.search('another/one/ws', { experimentIds: ['0'] }))).toBe('')
  })

  it('brings what hangs on the runs', async () => {
    const { runs: found } = await find("run_id = 'a'")
    expect(found[0]).toMatchObject({
      params: { lr: '0.1' },
      tags: { 'a.b': 'Red' },
      metrics: [{ key: 'acc', value: 0.5, count: 2 }],
    })
  })
})

describe('logged models', () => {
  const id = (n: number) => `m-${String(n).padStart(32, '0')}`

  it('are made in the first free folder, change and are found', async () => {
    await runs.create(scope, { runId: 'r', experimentId: '0' })
    const make = (n: number) =>
      runs.models.create(scope, {
        modelId: id(n),
        experimentId: '0',
        name: 'model',
        sourceRunId: 'r',
        folders: ['x/model', `x/${n}`],
        params: { k: '1' },
      })
    const [one, two] = [await make(1), await make(2)]
    expect([one.folder, two.folder, one.status]).toEqual(['x/model', 'x/2', 1])
    await runs.models.setStatus(scope, id(1), 2)
    await runs.models.setTags(scope, id(1), { good: 'yes' })
    await runs.models.addParams(scope, id(1), { l: '2' })
    const metric = { key: 'acc', value: 0.7, timestamp: 1, step: 1, runId: 'r' }
    await runs.models.addMetrics(scope, id(1), [metric, metric, { ...metric, step: 0, value: 9 }])
    expect(await runs.models.get(scope, id(1))).toMatchObject({
      status: 2,
      tags: { good: 'yes' },
      params: { k: '1', l: '2' },
      metrics: [metric],
    })
    const find = async (filter: string) =>
      (await runs.models.search(scope, { experimentIds: ['0'], filter })).models.map((m) => m.modelId)
    expect(await find("name = 'model'")).toEqual([id(2), id(1)])
    expect(await find("tags.good = 'yes' AND metrics.acc > 0.5 AND params.l = '2'")).toEqual([id(1)])
    expect(await find("source_run_id = 'nobody'")).toEqual([])
    await runs.models.deleteTag(scope, id(1), 'good')
    await runs.models.delete(scope, id(1))
    expect(await runs.models.get(scope, id(1))).toBeUndefined()
    await expect(runs.models.setStatus(scope, id(1), 2)).rejects.toThrow('not found')
  })

  it('come in pages and by metric', async () => {
    await runs.create(scope, { runId: 'r', experimentId: '0' })
    for (const n of [1, 2, 3]) {
      await runs.models.create(scope, { modelId: id(n), experimentId: '0', name: 'm', folders: [`f${n}`] })
      await runs.models.addMetrics(scope, id(n), [
        { key: 'acc', value: [0, 5, 9, 7][n] ?? 0, timestamp: 1, step: 1, runId: 'r' },
      ])
    }
    const order = [{ entity: 'metric', key: 'acc', ascending: false }] as const
    const first = await runs.models.search(scope, { experimentIds: ['0'], order, max: 2 })
    expect(first.models.map((m) => m.modelId)).toEqual([id(2), id(3)])
    const rest = await runs.models.search(scope, { experimentIds: ['0'], order, max: 2, token: first.next ?? '' })
    expect(rest.models.map((m) => m.modelId)).toEqual([id(1)])
    expect(rest.next).toBeUndefined()
  })
})
