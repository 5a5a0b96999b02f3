import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let server: TestServer
let jobs: string
beforeAll(async () => {
  server = await startTestServer()
  jobs = `/lazurite/v1${server.ws}/jobs`
})
afterAll(() => server.end())

const until = async (name: string, state: RegExp) => {
  await expect
    .poll(async () => (await server.ask('GET', `${server.ws}/jobs/${name}`)).json().properties.status, {
      timeout: 20_000,
      interval: 20,
    })
    .toMatch(state)
}
const submit = async (name: string, command: string) => {
  const properties = { jobType: 'Command', command, environmentId: 'azureml:host@latest', experimentName: 'words' }
  const answer = await server.ask('PUT', `${server.ws}/jobs/${name}`, { properties })
  expect(answer.statusCode, answer.body).toBe(201)
}

describe('timeline', () => {
  test('tells where all of the time went', async () => {
    await submit('timed', 'sleep 0.2')
    await until('timed', /Completed|Failed/)
    const answer = await server.ask('GET', `${jobs}/timed/timeline`)
    expect(answer.statusCode, answer.body).toBe(200)
    const told = answer.json()
    expect(told).toMatchObject({ name: 'timed', status: 'Completed', waiting: null, steps: [] })
    const sum = Object.values<number>(told.stages).reduce((a, b) => a + b, 0)
    expect(Math.abs(sum - told.totalSeconds)).toBeLessThan(1e-6)
    expect(told.stages.running).toBeGreaterThanOrEqual(0.19)
    for (const [i, phase] of told.phases.entries()) {
      const next = told.phases[i + 1]
      if (next) expect(phase.to).toBe(next.from)
    }
    expect(Math.abs(told.phases.at(-1).to - told.endedAt)).toBeLessThan(20)
  })

  test('of a job that is not there is told by name', async () => {
    const answer = await server.ask('GET', `${jobs}/nobody/timeline`)
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'ResourceNotFound'])
    expect(answer.body).toContain('nobody')
  })
})
