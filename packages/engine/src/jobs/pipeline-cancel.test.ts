import { readdirSync, readFileSync } from 'node:fs'
import type { Row } from '@lazurite/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, makeBed, scope } from '../testing/bed.ts'
import { component, step } from '../testing/controls.ts'
import { readJobStatus } from './status.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed({ settings: { graceMs: 200, cores: 16 } })
})
afterAll(() => bed.close())

async function below(parent: string): Promise<Row[]> {
  const { rows } = await bed.store.resources.list({ scope, kind: 'job', parent })
  const deeper = await Promise.all(rows.map((row) => below(row.name)))
  return [...rows, ...deeper.flat()]
}

test('a cancel reaches steps, loops, pipelines inside and trials, and what they started', {
  timeout: 60_000,
}, async () => {
  // a process of a session of its own, as daemons make them
  await component(bed, 'sleeper', {
    command: 'setsid sleep 1000 & : ${{inputs.x}}; sleep 1000',
    inputs: { x: { type: 'number', default: 1 } },
  })
  await component(bed, 'nest', { type: 'pipeline', jobs: { inside: step('sleeper'), after: step('sleeper') } })
  const sweep = {
    search_space: { x: ['uniform', [0, 1]] },
    sampling_algorithm: 'random',
    objective: { goal: 'maximize', primary_metric: 'score' },
    limits: { max_total_trials: 9, max_concurrent_trials: 2 },
  }
  const jobs = {
    one: step('sleeper'),
    nested: { type: 'pipeline', componentId: 'azureml:nest:1' },
    body: step('sleeper'),
    each: {
      type: 'parallel_for',
      body: '${{parent.jobs.body}}',
      items: [{ x: 1 }, { x: 2 }, { x: 3 }],
      max_concurrency: 2,
    },
    round: step('sleeper'),
    again: { type: 'do_while', body: '${{parent.jobs.round}}', mapping: {}, limits: { max_iteration_count: 5 } },
    search: { type: 'sweep', componentId: 'azureml:sleeper:1', ...sweep },
  }
  const settings = { default_compute: 'local', force_rerun: true }
  expect(await bed.submit('all', { jobType: 'Pipeline', settings, jobs })).toEqual([])
  const running = async () =>
    (await below('all')).filter(({ state, props }) => state === 'Running' && props.jobType === 'Command')
  // one, two inside, two of each, one round, two trials
  await expect.poll(async () => (await running()).length, { timeout: 30_000 }).toBe(8)
  await bed.store.resources.ask({ scope, kind: 'job', name: 'all' }, { cancel: 1 })
  expect((await bed.until('all')).state).toBe('Canceled')
  const rows = await below('all')
  expect([...new Set(rows.map(({ state }) => state))]).toEqual(['Canceled'])
  expect(rows.length).toBe(10)
  const uuids = rows.map((row) => readJobStatus(row.status).runUuid ?? 'none')
  await expect.poll(() => processesOf(uuids), { timeout: 10_000 }).toEqual([])
})

test('a step that cannot start stops those that were started in the same moment', { timeout: 60_000 }, async () => {
  await component(bed, 'flag', {
    command: 'echo neither > ${{outputs.n}}',
    outputs: { n: { type: 'integer' } },
  })
  const jobs = {
    flag: step('flag'),
    long: step('sleeper', { x: '${{parent.jobs.flag.outputs.n}}' }),
    beside: {
      type: 'command',
      command: 'sleep 1000; : ${{inputs.i}}',
      environment: 'azureml:host@latest',
      inputs: { i: '${{parent.jobs.flag.outputs.artifacts}}' },
    },
    last: step('sleeper', { x: '${{parent.jobs.flag.outputs.n}}' }),
  }
  const settings = { default_compute: 'local', force_rerun: true, continue_on_step_failure: false }
  expect(await bed.submit('half', { jobType: 'Pipeline', settings, jobs })).toEqual([])
  const job = await bed.until('half')
  expect(job.state).toBe('Failed')
  expect(job.facts.error?.message).toContain('/long: The input x must be a number, not "neither"')
  expect((await below('half')).map(({ props, state }) => `${props.displayName} ${state}`).sort()).toEqual([
    'beside Canceled',
    'flag Completed',
  ])
})

/** Processes whose environment names one of these runs. */
function processesOf(uuids: string[]): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const text = readFileSync(`/proc/${pid}/environ`, 'utf8')
      return uuids.some((uuid) => text.includes(uuid))
    } catch {
      return false
    }
  })
}
