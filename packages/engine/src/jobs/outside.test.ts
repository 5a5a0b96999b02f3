import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, commandJob, makeBed, scope } from '../testing/bed.ts'
import { component, step } from '../testing/controls.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed({ settings: { graceMs: 200 } })
})
afterAll(() => bed.close())

const logged = (runId: string, parentRunId?: string, status: 'RUNNING' | 'FAILED' = 'RUNNING') =>
  bed.store.runs.create(scope, { runId, experimentId: '0', status, ...(parentRunId ? { parentRunId } : {}) })

test('runs that code nests in a pipeline are no steps of it: they hold nobody up and fail nobody', async () => {
  await component(bed, 'quick', { command: 'true', inputs: {} })
  await logged('before', 'pipe')
  const settings = { default_compute: 'local', force_rerun: true }
  expect(await bed.submit('pipe', { jobType: 'Pipeline', settings, jobs: { one: step('quick') } })).toEqual([])
  await logged('failed', 'pipe', 'FAILED')
  expect((await bed.until('pipe')).state).toBe('Completed')
  expect((await bed.job('before')).state).toBe('Running')
})

test('a cancel of what stands above cancels no program elsewhere', async () => {
  await bed.submit('slow', commandJob('sleep 1000'))
  await bed.until('slow', ['Running'])
  await logged('nested', 'slow')
  await bed.store.resources.ask({ scope, kind: 'job', name: 'slow' }, { cancel: 1 })
  expect((await bed.until('slow')).state).toBe('Canceled')
  expect(await bed.job('nested')).toMatchObject({ state: 'Running', asks: {} })
})

test('a server that starts anew leaves them alone, whatever their state', async () => {
  await logged('alone')
  await bed.store.runs.create(scope, { runId: 'planned', experimentId: '0', status: 'SCHEDULED' })
  const before = [await bed.job('alone'), await bed.job('planned')]
  await bed.restart()
  // once a job went through, the loop has looked at all there is
  await bed.submit('after', commandJob('true'))
  expect((await bed.until('after')).state).toBe('Completed')
  for (const was of before) expect(await bed.job(was.name)).toEqual(was)
})
