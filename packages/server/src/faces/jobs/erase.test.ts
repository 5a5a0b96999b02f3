import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let server: TestServer
let own: string
beforeAll(async () => {
  server = await startTestServer()
  own = `/lazurite/v1${server.ws}`
})
afterAll(() => server.end())

const ask = async (method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, body?: unknown) => {
  const answer = await server.ask(method, url, body)
  return { status: answer.statusCode, body: answer.body === '' ? {} : answer.json() }
}
const mlflow = (verb: string, body: object) => ask('POST', `/mlflow/v1.0${server.ws}/api/2.0/mlflow/${verb}`, body)
const getRun = (id: string) => ask('GET', `/mlflow/v1.0${server.ws}/api/2.0/mlflow/runs/get?run_id=${id}`)
const over = (name: string) =>
  vi.waitFor(
    async () =>
      expect((await ask('GET', `${server.ws}/jobs/${name}`)).body.properties.status).toMatch(
        /^(Completed|Failed|Canceled)$/,
      ),
    { timeout: 20_000, interval: 30 },
  )

/** A job that writes an output, an artifact and metrics, and has a run nested in it. */
async function make(name: string, o: { command?: string; inputs?: object; experimentName?: string } = {}) {
  const command =
    'mkdir -p outputs; echo artifact > outputs/a.txt; echo data > ${{outputs.out}}/d.txt; echo more > ${{outputs.out}}/e.txt'
  const properties = {
    jobType: 'Command',
    command: o.command ?? command,
    environmentId: 'azureml:host@latest',
    experimentName: o.experimentName ?? 'erased',
    inputs: o.inputs ?? {},
    outputs: { out: { jobOutputType: 'uri_folder' } },
  }
  const made = await ask('PUT', `${server.ws}/jobs/${name}`, { properties })
  expect([made.status, made.body]).toEqual([201, expect.anything()])
  await over(name)
  await mlflow('runs/log-metric', { run_id: name, key: 'acc', value: 1, timestamp: 1, step: 0 })
}

/** Every path below the home that has this text in it. Folders of jobs that are over go while it looks: it looks again. */
function traces(text: string): string[] {
  try {
    const paths = readdirSync(server.home, { recursive: true }).map(String)
    return paths.filter((path) => path.includes(text))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return traces(text)
    throw error
  }
}

test('a job goes with its logs, metrics, nested runs, outputs and folder; a dry run touches nothing', async () => {
  await make('gone-1')
  const { body: job } = await ask('GET', `${server.ws}/jobs/gone-1`)
  const tags = [{ key: 'mlflow.parentRunId', value: 'gone-1' }]
  const nested = await mlflow('runs/create', { experiment_id: job.lazurite.experimentId, tags, start_time: 1 })
  const child = nested.body.run.info.run_id
  await mlflow('runs/log-metric', { run_id: child, key: 'loss', value: 1, timestamp: 1, step: 0 })
  const before = traces('gone-1')
  const plan = await ask('DELETE', `${own}/jobs/gone-1?dryRun=true`)
  expect(plan.body).toMatchObject({ dryRun: true, jobs: ['gone-1'], runs: 2, metricPoints: 2, kept: [] })
  expect(plan.body.assets).toEqual([{ kind: 'data', name: 'azureml_gone-1_output_out', version: '1' }])
  expect(plan.body.files).toBeGreaterThanOrEqual(4)
  expect(plan.body.folders.map((each: { path: string }) => each.path.replace(/^[^/]+\//, ''))).toEqual(
    expect.arrayContaining(['azureml/gone-1', 'ExperimentRun/dcid.gone-1']),
  )
  expect(traces('gone-1')).toEqual(before)
  expect((await getRun(child)).status).toBe(200)

  const done = await ask('DELETE', `${own}/jobs/gone-1`)
  expect(done.body).toMatchObject({ dryRun: false, files: plan.body.files, sizeBytes: plan.body.sizeBytes })
  expect(traces('gone-1')).toEqual([])
  for (const run of ['gone-1', child]) expect((await getRun(run)).status, run).toBe(404)
  expect((await ask('GET', `${server.ws}/jobs/gone-1`)).status).toBe(404)
  expect((await ask('GET', `${server.ws}/data/azureml_gone-1_output_out`)).status).toBe(404)
  expect((await ask('GET', `${own}/jobs/gone-1/lineage`)).body.value ?? []).toEqual([])
  expect((await ask('DELETE', `${own}/jobs/gone-1`)).status).toBe(404)
  const properties = { jobType: 'Command', command: 'true', environmentId: 'azureml:host@latest' }
  const again = await ask('PUT', `${server.ws}/jobs/gone-1`, { properties })
  expect([again.status, again.body.error.details[0].message]).toEqual([409, expect.stringMatching(/used once/)])
})

test('what something else names stays, and goes with the last that names it', async () => {
  await make('shared-1')
  const { body: job } = await ask('GET', `${server.ws}/jobs/shared-1`)
  const folder = job.lazurite.outputs.out.uri
  const data = { properties: { dataType: 'uri_file', dataUri: `${folder}d.txt` } }
  expect((await ask('PUT', `${server.ws}/data/kept/versions/1`, data)).status).toBe(201)
  const model = {
    properties: { modelType: 'custom_model', modelUri: 'azureml://jobs/shared-1/outputs/artifacts/paths/outputs/' },
  }
  expect((await ask('PUT', `${server.ws}/models/kept/versions/1`, model)).status).toBe(201)
  const { body } = await ask('DELETE', `${own}/jobs/shared-1`)
  expect(body.kept.map(({ by }: { by: string }) => by).sort()).toEqual(['data kept:1', 'model kept:1'])
  const left = traces('shared-1').filter((path) => /\.txt$/.test(path))
  expect(left.map((path) => path.split('/').at(-1)).sort()).toEqual(['a.txt', 'd.txt'])
  const freed = await ask('DELETE', `${own}/data/kept/versions/1`)
  expect(freed.body).toMatchObject({ files: 1, assets: [{ kind: 'data', name: 'kept', version: '1' }] })
  await ask('DELETE', `${own}/models/kept`)
  expect(traces('shared-1').filter((path) => /\.txt$/.test(path))).toEqual([])
})

test('what another job has read stays; with that job it goes as well', async () => {
  await make('read-1')
  const input = { jobInputType: 'uri_folder', uri: 'azureml:azureml_read-1_output_out:1' }
  await make('reader-1', { command: 'cat ${{inputs.in}}/d.txt', inputs: { in: input } })
  const { body } = await ask('DELETE', `${own}/jobs/read-1`)
  expect(body.kept.map(({ by }: { by: string }) => by)).toContain('job reader-1')
  expect(traces('read-1/out/d.txt')).toHaveLength(1)
  expect((await ask('DELETE', `${own}/jobs/reader-1`)).status).toBe(200)
  expect(traces('read-1')).toEqual([])
})

test('an upload that two versions share goes with the second', async () => {
  const path = 'LocalUpload/0123456789abcdef0123456789abcdef/x.csv'
  const put = `${own}/datastores/workspaceblobstore/content?path=${encodeURIComponent(path)}`
  const sent = await fetch(`http://127.0.0.1:${server.port}${put}`, {
    method: 'PUT',
    body: 'a,b',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/octet-stream' },
  })
  expect(sent.status).toBe(201)
  const properties = { dataType: 'uri_file', dataUri: `azureml://datastores/workspaceblobstore/paths/${path}` }
  for (const version of ['1', '2']) await ask('PUT', `${server.ws}/data/twice/versions/${version}`, { properties })
  expect((await ask('DELETE', `${own}/data/twice/versions/1`)).body).toMatchObject({ files: 0 })
  expect(traces('x.csv')).toHaveLength(1)
  expect((await ask('DELETE', `${own}/data/twice/versions/2`)).body).toMatchObject({ files: 1, sizeBytes: 3 })
  expect(traces('x.csv')).toEqual([])
  // a path that somebody chose is not ours to remove
  const chosen = { dataType: 'uri_folder', dataUri: 'azureml://datastores/workspaceblobstore/paths/mine/' }
  await ask('PUT', `${server.ws}/data/chosen/versions/1`, { properties: chosen })
  expect((await ask('DELETE', `${own}/data/chosen`)).body).toMatchObject({ files: 0, folders: [] })
})

test('an experiment goes with its jobs and runs; the Default one stays', async () => {
  await make('exp-1', { experimentName: 'short-lived' })
  const { body: job } = await ask('GET', `${server.ws}/jobs/exp-1`)
  const loose = await mlflow('runs/create', { experiment_id: job.lazurite.experimentId, start_time: 1 })
  const { body } = await ask('DELETE', `${own}/experiments/short-lived`)
  expect(body).toMatchObject({ experiments: ['short-lived'], jobs: ['exp-1'], runs: 2 })
  for (const run of ['exp-1', loose.body.run.info.run_id]) expect((await getRun(run)).status).toBe(404)
  expect(traces('exp-1')).toEqual([])
  expect((await ask('DELETE', `${own}/experiments/short-lived`)).status).toBe(404)
  const made = await mlflow('experiments/create', { name: 'short-lived' })
  expect(made.status).toBe(200)
})

test('a deletion that was broken off is ended by the next one', async () => {
  await make('half-1')
  for (const path of traces('half-1').filter((each) => /dcid|azureml\/half-1$/.test(each)))
    rmSync(join(server.home, path), { recursive: true, force: true })
  expect((await ask('DELETE', `${own}/jobs/half-1`)).status).toBe(200)
  expect(traces('half-1')).toEqual([])
  expect((await getRun('half-1')).status).toBe(404)
})

test('work that goes on, what is unknown and what is in use is refused by name', async () => {
  const properties = { jobType: 'Command', command: 'sleep 60', environmentId: 'azureml:host@latest' }
  await ask('PUT', `${server.ws}/jobs/busy-1`, { properties })
  for (const url of ['jobs/busy-1', 'jobs/busy-1?dryRun=true', 'experiments/Default']) {
    const { status, body } = await ask('DELETE', `${own}/${url}`)
    expect([url, status, body.error.message]).toEqual([url, 409, expect.stringContaining('busy-1')])
  }
  await ask('POST', `${server.ws}/jobs/busy-1/cancel`)
  await over('busy-1')
  for (const url of ['jobs/none', 'experiments/none', 'data/none', 'models/none/versions/1'])
    expect((await ask('DELETE', `${own}/${url}`)).status, url).toBe(404)
  expect((await ask('DELETE', `${own}/computes/x`)).status).toBe(404)
  expect((await ask('DELETE', `${own}/jobs/busy-1?dryRun=maybe`)).status).toBe(400)
  expect(existsSync(join(server.home, 'laz.db'))).toBe(true)
})
