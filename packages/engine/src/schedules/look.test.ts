import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asObject, type JsonObject } from '@lazurite/spec'
import { openStore, type Row, type Store } from '@lazurite/store'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { database } from '../testing/database.ts'
import { draftOf } from './draft.ts'
import { look, type ScheduleStatus } from './look.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const scope = 's-1/group/main'
const clock = {
  at: 0,
  now() {
    return this.at
  },
}
const home = mkdtempSync(join(tmpdir(), 'laz-schedules-'))
let store: Store
let number = 0
let name = ''

beforeAll(async () => {
  store = await openStore({ home, ...database(home), clock })
})
afterAll(async () => {
  await store.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 20 })
})
beforeEach(() => {
  clock.at = Date.parse('2026-01-01T00:00:30Z')
  name = `s${++number}`
})
afterEach(async () => {
  await store.resources.delete({ scope, kind: 'schedule', name })
})

const job: JsonObject = { jobType: 'Command', command: 'true', experimentName: 'nightly', properties: { mine: '1' } }
const key = () => ({ scope, kind: 'schedule', name })

async function put(trigger: JsonObject, more: JsonObject = {}): Promise<void> {
  const props = { isEnabled: true, trigger, action: { actionType: 'CreateJob', jobDefinition: job }, ...more }
  await store.resources.put({ key: key(), props, by: 'tester', state: 'Creating', wakeAt: clock.at })
}

/** What the loop does when the row is due; answers whether it was. */
async function turn(): Promise<boolean> {
  const [claim] = await store.leases.claim({ owner: 'test', limit: 1, leaseMs: 1000, kinds: ['schedule'] })
  if (!claim) return false
  const outcome = await look(claim.row, { store, clock })
  expect(await store.leases.apply(claim.token, claim.row.id, { ...outcome, wakeAt: outcome.wakeAt ?? null })).toBe(true)
  return true
}

/** Lets time go by, looking as often as the loop does. */
async function pass(ms: number, stepMs = 1000): Promise<void> {
  for (const end = clock.at + ms; clock.at < end; clock.at += stepMs) await turn()
}

async function jobs(): Promise<Row[]> {
  const { rows } = await store.resources.list({ scope, kind: 'job', archived: 'all', top: 1000, order: 'name' })
  return rows.filter((row) => asObject(row.props.properties)['azureml.scheduleName'] === name)
}
const moments = async () =>
  (await jobs()).map((row) => String(asObject(row.props.properties)['lazurite.scheduledTime']))
const status = async (): Promise<ScheduleStatus> => asObject((await store.resources.get(key()))?.status)

const everyMinute = { triggerType: 'Cron', expression: '* * * * *' }
const everyHour = { triggerType: 'Cron', expression: '0 * * * *' }

describe('on time', () => {
  test('each moment starts one job, named and linked', async () => {
    await put(everyMinute)
    await pass(3 * minuteMs)
    const made = await jobs()
    expect(made.map((row) => row.name)).toEqual([1, 2, 3].map((m) => `${name}-20260101T000${m}00Z`))
    expect(made[0]).toMatchObject({
      state: 'NotStarted',
      createdBy: 'tester',
      props: {
        ...job,
        displayName: `${name}-20260101T000100Z`,
        properties: { mine: '1', 'azureml.scheduleName': name, 'lazurite.startedBy': 'clock' },
      },
    })
    expect(await status()).toMatchObject({
      next: '2026-01-01T00:04:00.000Z',
      last: { due: '2026-01-01T00:03:00.000Z', job: `${name}-20260101T000300Z`, by: 'clock' },
    })
    expect((await store.resources.get(key()))?.state).toBe('Succeeded')
  })

  test('a recurrence without a start begins at once', async () => {
    await put({ triggerType: 'Recurrence', frequency: 'Hour', interval: 2 })
    await pass(2 * hourMs + minuteMs, 20_000)
    expect(await moments()).toEqual(['2026-01-01T00:00:30.000Z', '2026-01-01T02:00:30.000Z'])
  })

  test('a look whose outcome is lost is taken again, with the same job', async () => {
    await put(everyMinute)
    clock.at += 40_000
    const row = await store.resources.get(key())
    if (!row) throw new Error('gone')
    const [first, second] = [await look(row, { store, clock }), await look(row, { store, clock })]
    expect(second.put).toEqual(first.put)
    await turn()
    await turn()
    expect(await moments()).toEqual(['2026-01-01T00:01:00.000Z'])
  })

  test('a clock that is put back starts nothing again', async () => {
    await put(everyMinute)
    await pass(5 * minuteMs, 10_000)
    clock.at -= 4 * minuteMs
    await store.leases.wake(key())
    await pass(4 * minuteMs, 10_000)
    expect(await moments()).toHaveLength(5)
  })

  test('a disabled schedule starts nothing, and one switched on begins anew', async () => {
    await put(everyHour)
    await pass(minuteMs)
    await put(everyHour, { isEnabled: false })
    await pass(5 * hourMs, minuteMs)
    expect(await moments()).toEqual([])
    expect((await status()).next).toBeUndefined()
    await put(everyHour)
    await pass(hourMs, minuteMs)
    expect(await moments()).toEqual(['2026-01-01T06:00:00.000Z'])
    expect((await status()).missed).toBeUndefined()
  })

  test('from the start to the end', async () => {
    await put({ ...everyHour, startTime: '2026-01-01T03:00:00', endTime: '2026-01-01T04:30:00', timeZone: 'UTC' })
    await pass(8 * hourMs, minuteMs)
    expect(await moments()).toEqual(['2026-01-01T03:00:00.000Z', '2026-01-01T04:00:00.000Z'])
    expect((await status()).next).toBeUndefined()
  })
})

describe('missed', () => {
  const gap = async (policy?: string) => {
    await put(everyHour, policy === undefined ? {} : { properties: { 'lazurite.missed': policy } })
    await pass(minuteMs)
    clock.at += 5 * hourMs // until 05:01:30
    await turn()
  }

  test('the latest is made up for', async () => {
    await gap()
    expect(await moments()).toEqual(['2026-01-01T05:00:00.000Z'])
    expect(await status()).toMatchObject({
      last: { by: 'missed' },
      missed: { count: 4, from: '2026-01-01T01:00:00.000Z', to: '2026-01-01T04:00:00.000Z' },
      next: '2026-01-01T06:00:00.000Z',
    })
  })
  test('or none', async () => {
    await gap('skip')
    expect(await moments()).toEqual([])
    expect((await status()).missed).toMatchObject({ count: 5 })
  })
  test('or all', async () => {
    await gap('all')
    expect(await moments()).toHaveLength(5)
  })
  test('one that is late by less than a minute is in time', async () => {
    await put(everyHour, { properties: { 'lazurite.missed': 'skip' } })
    await turn()
    clock.at = Date.parse('2026-01-01T01:00:59Z')
    await turn()
    expect(await moments()).toEqual(['2026-01-01T01:00:00.000Z'])
  })
  test('a year of minutes is not a year of work', async () => {
    await put(everyMinute)
    await turn()
    clock.at += 365 * 24 * hourMs
    const began = performance.now()
    await turn()
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(await moments()).toEqual(['2027-01-01T00:00:00.000Z'])
  })
})

test('a job is left out while the one before runs, when asked to', async () => {
  await put(everyMinute, { properties: { 'lazurite.overlap': 'skip' } })
  await pass(3 * minuteMs, 10_000)
  expect(await moments()).toEqual(['2026-01-01T00:01:00.000Z'])
  expect((await status()).missed).toMatchObject({ count: 2, why: 'the job before was still running' })
  const claims = await store.leases.claim({ owner: 'test', limit: 1000, leaseMs: 1000, kinds: ['job'] })
  for (const { row, token } of claims) await store.leases.apply(token, row.id, { state: 'Completed' })
  await pass(minuteMs, 10_000)
  expect(await moments()).toHaveLength(2)
})

describe('the job', () => {
  const schedule = async () => {
    const row = await store.resources.get(key())
    return row ?? expect.fail('no schedule')
  }
  const due = Date.parse('2026-05-05T05:05:05Z')

  test('has another name when its own is taken', async () => {
    await put(everyHour)
    const taken = { scope, kind: 'job', name: `${name}-20260505T050505Z` }
    await store.resources.put({ key: taken, props: job, by: 'somebody' })
    expect((await draftOf(store, await schedule(), { due, by: 'hand' })).name).toBe(`${name}-20260505T050505Z-2`)
  })

  test('tells its inputs its name and its time', async () => {
    const literal = (value: string) => ({ jobInputType: 'literal', value })
    const inputs = {
      a: literal('${{name}}'),
      b: literal('at ${{ creation_context.trigger_time }}'),
      c: literal('${{x}}'),
    }
    await put(everyHour, { action: { actionType: 'CreateJob', jobDefinition: { ...job, inputs } } })
    expect((await draftOf(store, await schedule(), { due, by: 'clock' })).props.inputs).toMatchObject({
      a: { value: `${name}-20260505T050505Z` },
      b: { value: 'at 2026-05-05T05:05:05Z' },
      c: { value: '${{x}}' },
    })
  })

  test('has a name that fits', async () => {
    name = `s${'x'.repeat(254)}`
    await put(everyHour)
    const made = await draftOf(store, await schedule(), { due, by: 'clock' })
    expect(made.name).toHaveLength(255)
    expect(made.name).toMatch(/-20260505T050505Z$/)
  })

  test('may be one that exists, once more', async () => {
    const props = {
      ...job,
      inputs: { a: { jobInputType: 'literal', value: '1' }, b: { jobInputType: 'literal', value: '2' } },
      properties: { mine: '1', 'azureml.git.commit': 'abc' },
    }
    await store.resources.put({ key: { scope, kind: 'job', name: 'once' }, props, by: 'tester' })
    const again = {
      jobType: 'Pipeline',
      sourceJobId:
        '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/jobs/once',
      experimentName: '',
      inputs: { b: { jobInputType: 'literal', value: '3' } },
    }
    await put(everyHour, { action: { actionType: 'CreateJob', jobDefinition: again } })
    const made = await draftOf(store, await schedule(), { due, by: 'clock' })
    expect(made.props).toMatchObject({
      jobType: 'Command',
      command: 'true',
      experimentName: 'nightly',
      inputs: { a: { value: '1' }, b: { value: '3' } },
      properties: { mine: '1' },
    })
    expect(made.props.sourceJobId).toBeUndefined()
    expect(asObject(made.props.properties)['azureml.git.commit']).toBeUndefined()
  })

  test('that is not there is told, and the next moment is waited for', async () => {
    const gone = { jobType: 'Pipeline', sourceJobId: 'azureml:nobody' }
    await put(everyMinute, { action: { actionType: 'CreateJob', jobDefinition: gone } })
    await pass(minuteMs)
    expect(await moments()).toEqual([])
    expect(await status()).toMatchObject({ error: { message: expect.stringContaining('nobody') } })
    expect((await status()).next).toBeDefined()
  })
})
