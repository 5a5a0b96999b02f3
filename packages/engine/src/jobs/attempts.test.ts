import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, makeBed, scope } from '../testing/bed.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed()
})
afterAll(() => bed.close())

const pipeline = (jobs: JsonObject): JsonObject => ({
  jobType: 'Pipeline',
  settings: { default_compute: 'azureml:local', force_rerun: true },
  jobs,
})

async function run(name: string, props: JsonObject) {
  expect(await bed.submit(name, props)).toEqual([])
  return bed.until(name)
}

describe('retries', () => {
  test('a command that fails begins again as often as it may, and says so', async () => {
    const file = `${bed.home}/tries`
    const command = `echo x >> ${file}; echo try $(wc -l < ${file}); [ $(wc -l < ${file}) -ge 3 ]`
    const node = { type: 'command', command, environment: 'azureml:host@latest', limits: { max_retries: 2 } }
    const job = await run('third-time', pipeline({ node }))
    expect(job.state).toBe('Completed')
    const child = (await bed.children('third-time')).node
    expect(child?.facts.attempts?.map(({ attempt, exitCode, lost }) => [attempt, exitCode, lost])).toEqual([
      [1, 1, undefined],
      [2, 1, undefined],
    ])
    const text = await bed.artifact(child?.name ?? '', 'user_logs/std_log.txt')
    expect(text).toMatch(/try 1\n.*Attempt 1 ended: .* Attempt 2 begins\.\ntry 2\n.*Attempt 3 begins\.\ntry 3\n/)
  })

  test('the pipeline speaks for steps that say nothing; in the end the failure stands', async () => {
    const node = { type: 'command', command: 'exit 4', environment: 'azureml:host@latest' }
    const settings = { default_compute: 'azureml:local', max_step_retries: 1 }
    const job = await run('never', { ...pipeline({ node }), settings })
    expect(job.state).toBe('Failed')
    expect((await bed.children('never')).node?.facts).toMatchObject({ attempt: 2, exitCode: 4 })
  })

  test('a command job by itself too; a number that is none is refused', async () => {
    const job = { jobType: 'Command', command: 'exit 5', environmentId: 'azureml:host@latest', computeId: 'local' }
    const end = await run('alone', { ...job, limits: { jobLimitsType: 'Command', maxRetries: 1 } })
    expect([end.state, end.facts.attempt, end.facts.attempts?.length]).toEqual(['Failed', 2, 1])
    const found = await bed.engine.admit('job', scope, { ...job, limits: { maxRetries: 1.5 } })
    expect(found.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['limits.maxRetries', 'The number of retries must be a whole number from 0 to 100, not 1.5.'],
    ])
  })
})
