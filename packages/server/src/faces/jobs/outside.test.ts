// Runs that programs elsewhere log are jobs like others to all who ask, and nothing to the loop.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let server: TestServer
let jobs: string
beforeAll(async () => {
  server = await startTestServer()
  jobs = `/lazurite/v1${server.ws}/jobs`
})
afterAll(() => server.end())

type Method = Parameters<TestServer['ask']>[0]
const ask = async (method: Method, path: string, body?: unknown) => {
  const answer = await server.ask(method, path, body)
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json(), text: answer.body }
}
const mlflow = async (path: string, body: unknown) => {
  const answer = await ask('POST', `/api/2.0/mlflow/${path}`, body)
  expect(answer.status, answer.text).toBe(200)
  return answer.body
}
const aRun = async (more: object = {}): Promise<string> =>
  (await mlflow('runs/create', { experiment_id: '0', start_time: 1_700_000_000_000, ...more })).run.info.run_id
const shown = async (name: string) => (await ask('GET', `${server.ws}/jobs/${name}`)).body
const runInfo = async (name: string) => (await ask('GET', `/api/2.0/mlflow/runs/get?run_id=${name}`)).body.run.info
const history = (name: string) => ask('GET', `/history/v1.0${server.ws}/runs/${name}`)

describe('a run from elsewhere', () => {
  test('is shown by ARM, by the list of jobs and by the history', async () => {
    const name = await aRun({ run_name: 'afar', tags: [{ key: 'team', value: 'green' }] })
    expect(await shown(name)).toMatchObject({
      properties: { jobType: 'Command', displayName: 'afar', status: 'Running', tags: { team: 'green' } },
      lazurite: { outside: true, startedAt: 1_700_000_000_000, parent: null },
    })
    const listed = await ask('GET', `${server.ws}/jobs?tag=team=green`)
    expect(listed.body.value.map((job: { name: string }) => job.name)).toEqual([name])
    const searched = await ask('GET', `${jobs}?tag=team%3Dgreen&status=Running&experiment=Default`)
    expect(searched.body.value.map((job: { name: string }) => job.name)).toEqual([name])
    expect((await history(name)).body).toMatchObject({ displayName: 'afar', status: 'Running', target: null })
  })

  test('is cancelled at once, once; a program that goes on says otherwise', async () => {
    const name = await aRun()
    for (let i = 0; i < 2; i += 1) {
      expect((await ask('POST', `${server.ws}/jobs/${name}/cancel`)).status).toBeLessThan(300)
      expect(await runInfo(name)).toMatchObject({ status: 'KILLED', end_time: expect.any(Number) })
      expect((await shown(name)).properties.status).toBe('Canceled')
    }
    await mlflow('runs/update', { run_id: name, status: 'RUNNING' })
    expect((await shown(name)).properties.status).toBe('Running')
    expect((await ask('POST', `/history/v1.0${server.ws}/experiments/Default/runs/${name}/cancel`)).body).toMatchObject(
      {
        status: 'Canceled',
      },
    )
    await mlflow('runs/update', { run_id: name, status: 'FINISHED' })
    expect((await ask('POST', `${server.ws}/jobs/${name}/cancel`)).text).toContain('InvalidTransition')
  })

  test('is put back as it was read, archived by that, and not given content', async () => {
    const name = await aRun({ run_name: 'read' })
    const read = await shown(name)
    expect((await ask('PUT', `${server.ws}/jobs/${name}`, read)).status).toBe(200)
    const archived = { properties: { ...read.properties, isArchived: true, displayName: 'written' } }
    expect((await ask('PUT', `${server.ws}/jobs/${name}`, archived)).body.properties).toMatchObject({
      ...{ isArchived: true, displayName: 'written' },
    })
    expect(await runInfo(name)).toMatchObject({ lifecycle_stage: 'active', run_name: 'written' })
    const other = { properties: { ...read.properties, command: 'rm -rf /' } }
    expect((await ask('PUT', `${server.ws}/jobs/${name}`, other)).text).toContain('ResourceExists')
    const patched = await ask('PATCH', `${server.ws}/jobs/${name}`, { properties: { tags: { a: 'b' } } })
    expect(patched.body.properties.tags).toEqual({ a: 'b' })
  })

  test('is refused by name where only this server could know', async () => {
    const name = await aRun()
    for (const [method, verb] of [
      ['POST', 'rerun'],
      ['POST', 'resume'],
      ['POST', 'debug'],
      ['GET', 'explain'],
    ] as const) {
      const { status, body } = await ask(method, `${jobs}/${name}/${verb}`, method === 'POST' ? {} : undefined)
      expect([verb, status, body.error.code]).toEqual([verb, 400, 'NotSupported'])
    }
    expect((await ask('GET', `${jobs}/${name}/graph`)).body).toMatchObject({ nodes: [], status: 'Running' })
    expect((await ask('GET', `${jobs}/${name}/timeline`)).body).toMatchObject({ status: 'Running', steps: [] })
    expect((await ask('GET', `/history/v1.0${server.ws}/runs/${name}/token`)).status).toBe(403)
  })

  test('in circles above each other ends nobody', async () => {
    const [a, b] = [await aRun(), await aRun()]
    await mlflow('runs/set-tag', { run_id: a, key: 'mlflow.parentRunId', value: b })
    await mlflow('runs/set-tag', { run_id: b, key: 'mlflow.parentRunId', value: a })
    expect((await shown(a)).lazurite.parent).toBe(b)
    expect((await ask('GET', `${jobs}/${a}/timeline`)).status).toBe(200)
    expect((await ask('GET', `/history/v1.0${server.ws}/runs/${a}/children`)).body.value).toHaveLength(1)
    for (const run_id of [a, b]) await mlflow('runs/update', { run_id, status: 'FINISHED' })
    expect((await ask('DELETE', `${jobs}/${a}`)).status).toBe(200)
    for (const name of [a, b]) expect((await ask('GET', `${server.ws}/jobs/${name}`)).status).toBe(404)
  })

  test('still running is not deleted by name, and goes with its experiment', async () => {
    const { experiment_id } = await mlflow('experiments/create', { name: 'going' })
    const name = await aRun({ experiment_id })
    expect((await ask('DELETE', `${jobs}/${name}`)).text).toContain('JobNotFinal')
    const gone = await ask('DELETE', `/lazurite/v1${server.ws}/experiments/going`)
    expect([gone.status, gone.body.runs]).toEqual([200, 1])
    expect((await ask('GET', `${server.ws}/jobs/${name}`)).status).toBe(404)
  })

  test('keeps no workspace from being deleted', async () => {
    const path = server.ws.replace(/\/main$/, '/brief')
    expect((await ask('PUT', path, { location: 'local', properties: {} })).status).toBeLessThan(300)
    const made = await ask('POST', `/mlflow/v2.0${path}/api/2.0/mlflow/runs/create`, { experiment_id: '0' })
    expect(made.body.run.info.status).toBe('RUNNING')
    expect((await ask('DELETE', path)).status).toBeLessThan(300)
    expect((await ask('GET', path)).status).toBe(404)
  })
})
