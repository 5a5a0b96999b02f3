import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Change, Row, Runs } from './index.ts'
import { migrate } from './migrations.ts'
import { openResources } from './resources.ts'
import { runJobsStep } from './run-jobs.ts'
import { openRuns } from './runs.ts'
import { bookOf, dropDatabase, openScratch, openTestSql, type Scratch } from './scratch.ts'

const scope = 'sub/group/ws'
let scratch: Scratch
let runs: Runs

beforeEach(async () => {
  scratch = await openScratch()
  runs = scratch.store.runs
})
afterEach(() => scratch.remove())

const key = (name: string) => ({ scope, kind: 'job', name })
const job = async (name: string): Promise<Row> => {
  const found = await scratch.store.resources.get(key(name))
  if (!found) throw new Error(`no job ${name}`)
  return found
}

describe('a run is a job', () => {
  it('from its making on, with what it says of itself', async () => {
    const { id } = await runs.createExperiment(scope, { name: 'flowers' })
    await runs.create(scope, {
      ...{ runId: 'r1', experimentId: id, name: 'first', user: 'ada', startTime: 1_600_000_000_000 },
      tags: { team: 'green', 'mlflow.source.name': 'train.py', 'mlflow.note.content': 'x' },
    })
    expect(await job('r1')).toMatchObject({
      ...{
        outside: true,
        state: 'Running',
        archived: false,
        createdBy: 'ada',
        createdAt: '2020-09-13T12:26:40.0000000+00:00',
      },
      props: {
        ...{ jobType: 'Command', displayName: 'first', experimentName: 'flowers', tags: { team: 'green' } },
        description: 'x',
      },
      status: { experimentId: id, startedAt: 1_600_000_000_000, properties: { 'mlflow.source.name': 'train.py' } },
    })
    expect((await job('r1')).props.tags).toEqual({ team: 'green' })
    const { rows } = await scratch.store.resources.list({ scope, kind: 'job', parent: '' })
    expect(rows.map(({ name, props }) => [name, props.displayName])).toEqual([['r1', 'first']])
    const search = {
      scope,
      clauses: [{ entity: 'tag', key: 'team', op: '=', value: 'green' }],
      sorts: [],
      top: 5,
    } as const
    expect((await scratch.store.jobs.search(search)).rows.map(({ name }) => name)).toEqual(['r1'])
  })

  it('follows status, name, nesting and the experiment', async () => {
    const { id } = await runs.createExperiment(scope, { name: 'old' })
    await runs.create(scope, { runId: 'up', experimentId: id })
    await runs.create(scope, { runId: 'r', experimentId: id, status: 'SCHEDULED', parentRunId: 'up' })
    const states: string[] = [(await job('r')).state]
    for (const status of ['RUNNING', 'FINISHED', 'RUNNING', 'FAILED', 'KILLED'] as const) {
      await runs.update(scope, 'r', { status })
      states.push((await job('r')).state)
    }
    expect(states).toEqual(['Queued', 'Running', 'Completed', 'Running', 'Failed', 'Canceled'])
    expect((await job('r')).parent).toBe('up')
    await runs.deleteTag(scope, 'r', 'mlflow.parentRunId')
    expect((await job('r')).parent).toBeUndefined()
    await runs.setTags(scope, 'r', { 'mlflow.parentRunId': 'up', 'mlflow.runName': 'tagged' })
    await runs.update(scope, 'r', { endTime: 1_600_000_000_500 })
    await runs.renameExperiment(scope, id, 'new')
    expect(await job('r')).toMatchObject({
      parent: 'up',
      props: { displayName: 'tagged', experimentName: 'new' },
      status: { endedAt: 1_600_000_000_500 },
    })
    const named = { entity: 'attribute', key: 'display_name', op: '=', value: 'tagged' } as const
    const found = await scratch.store.jobs.search({ scope, clauses: [named], sorts: [], top: 5 })
    expect(found.rows.map(({ name }) => name)).toEqual(['r'])
  })

  it('takes name and tags from those who write to the job', async () => {
    await runs.create(scope, {
      runId: 'r',
      experimentId: '0',
      name: 'a',
      tags: { keep: '1', go: '2', 'mlflow.x': '3' },
    })
    const before = await job('r')
    const props = { ...before.props, displayName: 'b', description: 'said', tags: { keep: '1', more: '4' } }
    const { row } = await scratch.store.resources.put({ key: before, props, by: 'me', ifMatch: before.etag })
    expect(row.props).toMatchObject({ displayName: 'b', description: 'said', tags: { keep: '1', more: '4' } })
    expect(await runs.get(scope, 'r')).toMatchObject({
      name: 'b',
      tags: { keep: '1', more: '4', 'mlflow.x': '3', 'mlflow.runName': 'b', 'mlflow.note.content': 'said' },
    })
    await runs.setTags(scope, 'r', { 'mlflow.note.content': 'other' })
    expect((await job('r')).props.description).toBe('other')
    const { description: _, ...mute } = (await job('r')).props
    await scratch.store.resources.put({ key: before, props: mute, by: 'me' })
    expect((await runs.get(scope, 'r'))?.tags).not.toHaveProperty('mlflow.note.content')
    expect((await job('r')).props.description).toBeUndefined()
    expect((await runs.get(scope, 'r'))?.tags).not.toHaveProperty('go')
    // a tag that is gone from the run is found no more
    await runs.deleteTag(scope, 'r', 'more')
    expect((await job('r')).props.tags).toEqual({ keep: '1' })
    const search = { scope, clauses: [{ entity: 'tag', key: 'more', op: 'IS NOT NULL', value: undefined }] } as const
    expect((await scratch.store.jobs.search({ ...search, sorts: [], top: 5 })).rows).toEqual([])
    expect((await job('r')).etag).not.toBe(row.etag)
  })

  it('is archived when the run is deleted, and the run comes back with the job', async () => {
    await runs.create(scope, { runId: 'r', experimentId: '0' })
    await runs.update(scope, 'r', { lifecycle: 'deleted' })
    expect((await job('r')).archived).toBe(true)
    await runs.update(scope, 'r', { lifecycle: 'active' })
    expect((await job('r')).archived).toBe(false)
    await scratch.store.resources.setArchived(key('r'), true, 'me')
    expect((await runs.head(scope, 'r'))?.lifecycle).toBe('active')
    await runs.update(scope, 'r', { lifecycle: 'active', status: 'FINISHED' })
    expect(await job('r')).toMatchObject({ archived: true, state: 'Completed' })
    await runs.update(scope, 'r', { lifecycle: 'deleted' })
    await scratch.store.resources.setArchived(key('r'), false, 'me')
    expect((await runs.head(scope, 'r'))?.lifecycle).toBe('active')
  })

  it('goes with its experiment and comes back with it', async () => {
    const { id } = await runs.createExperiment(scope, { name: 'e' })
    for (const runId of ['a', 'b']) await runs.create(scope, { runId, experimentId: id })
    await runs.create(scope, { runId: 'c', experimentId: '0' })
    const shown = async () => {
      const { rows } = await scratch.store.resources.list({ scope, kind: 'job' })
      return rows.map(({ name }) => name)
    }
    await runs.setExperimentLifecycle(scope, id, 'deleted')
    expect(await shown()).toEqual(['c'])
    await runs.setExperimentLifecycle(scope, id, 'active')
    expect(await shown()).toEqual(['a', 'b', 'c'])
  })

  it('is erased with it', async () => {
    await runs.create(scope, { runId: 'r', experimentId: '0' })
    await scratch.store.erasing.erase({ scope, rows: [], runs: ['r'] })
    expect(await scratch.store.resources.get(key('r'))).toBeUndefined()
  })

  it('is told to those who follow changes', async () => {
    const heard: Change[] = []
    scratch.store.changes.subscribe((change) => heard.push(change))
    await runs.create(scope, { runId: 'r', experimentId: '0' })
    await runs.setTags(scope, 'r', { a: 'b' })
    await runs.update(scope, 'r', { status: 'FINISHED' })
    await runs.update(scope, 'r', { lifecycle: 'deleted' })
    await scratch.store.erasing.erase({ scope, rows: [], runs: ['r'] })
    expect(heard.filter(({ name }) => name === 'r').map(({ what, state }) => `${what} ${state ?? ''}`.trim())).toEqual([
      ...['created Running', 'updated Running', 'state Completed', 'archived Completed', 'deleted'],
    ])
  })

  it('is nothing that a loop could take up, nor a step of what stands above it', async () => {
    const { leases, resources } = scratch.store
    await resources.put({ key: key('pipe'), props: { jobType: 'Pipeline' }, by: 'me', state: 'Running' })
    await resources.put({ key: key('step'), props: {}, by: 'me', state: 'Running', parent: 'pipe' })
    await runs.create(scope, { runId: 'r', experimentId: '0', parentRunId: 'pipe' })
    await leases.wake(key('r'), 0)
    await resources.ask(key('r'), { cancel: 1 })
    expect(await leases.claim({ owner: 'me', limit: 5, leaseMs: 1000 })).toEqual([])
    expect((await resources.children(key('pipe'), { states: ['Running'] })).map(({ name }) => name)).toEqual(['step'])
    expect(await resources.childCount(key('pipe'))).toBe(1)
    const open = { kind: 'job', states: ['Running'], outside: false as const }
    expect((await resources.list(open)).rows.map(({ name }) => name)).toEqual(['pipe', 'step'])
    expect((await resources.list({ scope, kind: 'job', parent: 'pipe' })).rows.map(({ name }) => name)).toEqual([
      ...['step', 'r'],
    ])
  })

  it('shares its name with a job that a loop moves, but for steps, whose name is their place', async () => {
    const { resources } = scratch.store
    await resources.put({
      key: key('pipe'),
      props: { jobType: 'Pipeline', displayName: 'p' },
      by: 'me',
      state: 'Running',
    })
    await resources.put({ key: key('step'), props: { displayName: 's' }, by: 'me', state: 'Running', parent: 'pipe' })
    for (const runId of ['pipe', 'step']) await runs.create(scope, { runId, experimentId: '0', job: true })
    for (const runId of ['pipe', 'step']) await runs.update(scope, runId, { name: 'by code', status: 'FINISHED' })
    expect(await job('pipe')).toMatchObject({
      state: 'Running',
      props: { jobType: 'Pipeline', displayName: 'by code' },
    })
    expect(await job('step')).toMatchObject({ state: 'Running', props: { displayName: 's' } })
    await runs.setTags(scope, 'pipe', { 'mlflow.runName': 'by tag' })
    expect((await job('pipe')).props.displayName).toBe('by tag')
    await resources.put({ key: key('pipe'), props: { ...(await job('pipe')).props, displayName: 'by hand' }, by: 'me' })
    expect(await runs.get(scope, 'pipe')).toMatchObject({ name: 'by hand', tags: { 'mlflow.runName': 'by hand' } })
    await runs.update(scope, 'pipe', { lifecycle: 'deleted' })
    expect((await job('pipe')).archived).toBe(true)
    await resources.setArchived(key('pipe'), false, 'me')
    expect((await runs.head(scope, 'pipe'))?.lifecycle).toBe('active')
  })

  it('has a name that no job has', async () => {
    await scratch.store.resources.put({ key: key('mine'), props: {}, by: 'me', state: 'NotStarted' })
    await expect(runs.create(scope, { runId: 'mine', experimentId: '0' })).rejects.toThrow('exists')
    expect(await runs.head(scope, 'mine')).toBeUndefined()
  })

  it('stands below nobody whose name is longer than any', async () => {
    const long = 'n'.repeat(256)
    await runs.create(scope, { runId: 'r', experimentId: '0', tags: { 'mlflow.parentRunId': long } })
    expect((await job('r')).parent).toBeUndefined()
    await runs.setTags(scope, 'r', { 'mlflow.parentRunId': 'up' })
    expect((await job('r')).parent).toBe('up')
    await runs.setTags(scope, 'r', { 'mlflow.parentRunId': long })
    expect((await job('r')).parent).toBeUndefined()
    expect((await runs.get(scope, 'r'))?.tags['mlflow.parentRunId']).toBe(long)
  })

  it('has dates for the oddest times', async () => {
    for (const [runId, startTime] of [
      ['a', -5],
      ['b', 2 ** 52],
      ['c', 0],
    ] as const) {
      await runs.create(scope, { runId, experimentId: '0', startTime })
      expect((await job(runId)).createdAt).toMatch(/^2023-/)
    }
  })

  it('has rows made of runs that were there before jobs were made of them', async () => {
    const path = join(scratch.home, 'older', 'laz.db')
    mkdirSync(dirname(path))
    const sql = await openTestSql(path)
    try {
      await migrate(sql, path, 0)
      const older = openRuns(sql, bookOf(sql, { now: () => 5 }))
      await older.create(scope, { runId: 'up', experimentId: '0', startTime: 1_600_000_000_000 })
      for (let i = 0; i < 1100; i += 1)
        await older.create(scope, { runId: `r${i}`, experimentId: '0', name: `"n"${i}`, parentRunId: 'up' })
      await older.create(scope, { runId: 'job', experimentId: '0', job: true })
      await older.update(scope, 'r1099', { lifecycle: 'deleted', status: 'FINISHED' })
      await sql.run('DELETE FROM resources')
      await sql.transaction((tx) => runJobsStep.fill(tx, 7))
      await sql.transaction((tx) => runJobsStep.fill(tx, 7))
      const text = 'SELECT count(*) AS n, sum(archived) AS gone, sum(outside) AS outside FROM resources'
      expect(await sql.get(text)).toEqual({ n: 1101, gone: 1, outside: 1101 })
      const { rows } = await openResources(sql, bookOf(sql, { now: () => 5 })).list({
        ...{ scope, kind: 'job', parent: 'up', archived: 'archived' },
      })
      expect(rows).toMatchObject([{ name: 'r1099', state: 'Completed', props: { displayName: '"n"1099' } }])
    } finally {
      await sql.close()
      await dropDatabase(join(scratch.home, 'older'))
    }
  })
})
