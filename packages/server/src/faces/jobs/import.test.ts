import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
const look = (path: string) => ask('GET', `/mlflow/v1.0${server.ws}/api/2.0/mlflow/${path}`)
const bring = (body: object) => ask('POST', `${own}/runs/import`, body)
const model = (body: object) => ask('POST', `${own}/models/import`, body)
const gc = (body: object = {}) => ask('POST', `${own}/runs/gc`, body)

async function experiment(name: string): Promise<string> {
  return (await bring({ experiment: { name, tags: { team: 'x' } } })).body.experiment_id
}

describe('bringing runs', () => {
  test('a run comes with its id, times, end and points; sent again nothing changes', async () => {
    const experimentId = await experiment('brought')
    const run = {
      run_id: 'a'.repeat(32),
      run: {
        experiment_id: experimentId,
        name: 'first',
        user: 'ann',
        status: 'FAILED',
        start_time: 5,
        params: { lr: '0.1' },
        tags: { 'mlflow.source.name': 'train.py', note: 'ü' },
        datasets: [
          { name: 'd', digest: 'x', source_type: 'local', source: '{}', tags: { 'mlflow.data.context': 'train' } },
        ],
      },
      points: [
        ['loss', 0.5, 100, 0],
        ['loss', 'NaN', 101, 1],
        ['loss', '-Infinity', 102, 2],
      ],
      end: { status: 'FAILED', end_time: 9, lifecycle: 'active' },
    }
    const told = { params: 1, tags: 3, datasets: 1, metrics: { loss: 3 }, status: 'FAILED', end_time: 9 }
    expect(await bring(run)).toEqual({ status: 200, body: expect.objectContaining(told) })
    expect((await bring(run)).body).toMatchObject(told)
    const { info, data } = (await look(`runs/get?run_id=${run.run_id}`)).body.run
    expect(info).toMatchObject({ run_name: 'first', user_id: 'ann', start_time: 5, end_time: 9, status: 'FAILED' })
    expect(data.metrics).toEqual([{ key: 'loss', value: '-Infinity', timestamp: 102, step: 2 }])
  })

  test('what is wrong is refused by name: ids that climb, jobs, other experiments, odd points', async () => {
    const experimentId = await experiment('refusals')
    for (const run_id of ['../x', '', 'a/b', 7, '.hidden'])
      expect((await bring({ run_id, run: { experiment_id: experimentId } })).status).toBe(400)
    const one = { run_id: 'r1', run: { experiment_id: experimentId } }
    expect((await bring(one)).status).toBe(200)
    expect((await bring({ ...one, run: { experiment_id: '0' } })).body.error.message).toContain('another experiment')
    for (const point of [['a', 'x', 1, 1], ['../a', 1, 1, 1], ['a', 1, 'now', 1], 'a', [1, 1, 1, 1]])
      expect((await bring({ run_id: 'r1', points: [point] })).status).toBe(400)
    expect((await bring({ run_id: 'nobody' })).status).toBe(404)
    for (const time of [1.5, 9e15, 1e300, 'now'])
      expect((await bring({ run_id: 'r2', run: { experiment_id: experimentId, start_time: time } })).status).toBe(400)
    for (const step of [0.5, 1e300])
      expect((await bring({ run_id: 'r1', points: [['a', 1, 1, step]] })).status).toBe(400)
    await bring({ run_id: 'r1', run: { experiment_id: experimentId, params: { p: '1' } } })
    expect((await bring({ run_id: 'r1', run: { experiment_id: experimentId, params: { p: '2' } } })).status).toBe(400)
  })

  test('versions keep their numbers; files that are nobody’s are left out by name', async () => {
    const experimentId = await experiment('models')
    await bring({ run_id: 'mrun', run: { experiment_id: experimentId } })
    const logged = {
      model_id: 'm-1',
      experiment_id: experimentId,
      name: 'net',
      source_run_id: 'mrun',
      params: { a: '1' },
    }
    expect((await model({ logged })).body).toEqual({ model_id: 'm-1', known: false })
    expect((await model({ logged })).body).toEqual({ model_id: 'm-1', known: true })
    for (const odd of [{ step: 0.5 }, { timestamp: 1e300 }])
      expect(
        (await model({ logged: { ...logged, metrics: [{ key: 'k', value: 1, run_id: 'mrun', ...odd }] } })).status,
      ).toBe(400)
    await model({ model: { name: 'net', description: 'about', tags: { t: '1' } } })
    const version = (more: object) => model({ version: { name: 'net', ...more } })
    expect((await version({ version: '2', source: 'models:/m-1' })).body.known).toBe(false)
    expect(
      (await version({ version: '5', source: 's3://b/0/mrun/artifacts/model', run_id: 'mrun', stage: 'Production' }))
        .body.known,
    ).toBe(false)
    expect((await version({ version: '6', source: 'file:///etc/passwd', run_id: 'mrun' })).body.left).toContain(
      'neither',
    )
    expect(
      (await version({ version: '7', source: '/x/mrun/artifacts/../../secret', run_id: 'mrun' })).body.left,
    ).toContain('neither')
    expect((await version({ version: '0', source: 'models:/m-1' })).status).toBe(400)
    await model({ model: { name: 'net', aliases: { best: '5' } } })
    const { registered_model: found } = (await look('registered-models/get?name=net')).body
    expect(found).toMatchObject({ description: 'about', aliases: [{ alias: 'best', version: '5' }] })
    const five = (await look('model-versions/get?name=net&version=5')).body.model_version
    expect(five).toMatchObject({ current_stage: 'Production', run_id: 'mrun' })
    expect(five.source).toBe(`mlflow-artifacts:/${experimentId}/mrun/artifacts/model`)
    for (const name of ['../x', 'a/b', '', '.']) expect((await model({ model: { name } })).status).toBe(400)
  })

  test('nobody brings anything without the token of the owner', async () => {
    const answer = await server.knock(
      'POST',
      `${own}/runs/import`,
      { authorization: 'Bearer nonsense' },
      { run_id: 'x' },
    )
    expect(answer.statusCode).toBe(401)
  })
})

describe('what was deleted', () => {
  async function deleted(name: string, runs: number): Promise<string[]> {
    const experimentId = await experiment(name)
    const ids = Array.from({ length: runs }, (_, i) => `${name}-${i}`)
    for (const run_id of ids)
      await bring({
        run_id,
        run: { experiment_id: experimentId },
        points: [['m', 1, 1, 1]],
        end: { lifecycle: 'deleted' },
      })
    return ids
  }

  test('goes with points and files, after its time, in pages; what is active stays', async () => {
    const [first = ''] = await deleted('thrown', 3)
    const experimentId = await experiment('thrown')
    await bring({ run_id: 'stays', run: { experiment_id: experimentId }, points: [['m', 1, 1, 1]] })
    await mlflow('runs/restore', { run_id: first })
    const put = `/mlflow/v1.0${server.ws}/api/2.0/mlflow-artifacts/artifacts/${experimentId}/${first}/artifacts/a.txt`
    expect((await server.ask('PUT', put, 'text')).statusCode).toBeLessThan(300)
    await mlflow('runs/delete', { run_id: first })
    expect((await gc({ older_than_ms: 3_600_000 })).body.runs).toBe(0)
    expect((await gc({ dry_run: true })).body).toMatchObject({ dryRun: true, runs: 3, points: 3, files: 1 })
    expect((await look(`runs/get?run_id=${first}`)).status).toBe(200)
    expect((await gc()).body).toMatchObject({ dryRun: false, runs: 3, points: 3, files: 1, kept: [] })
    expect((await look(`runs/get?run_id=${first}`)).status).toBe(404)
    expect((await look('runs/get?run_id=stays')).status).toBe(200)
    expect((await gc()).body).toMatchObject({ runs: 0, points: 0, files: 0 })
    expect(existsSync(join(server.home, 'storage'))).toBe(true)
  })

  test('an experiment goes with its runs; one that is named must be deleted', async () => {
    const experimentId = await experiment('ended')
    await bring({ run_id: 'e1', run: { experiment_id: experimentId } })
    expect((await gc({ experiment_ids: ['ended'] })).body.error.message).toContain('is not deleted')
    expect((await gc({ run_ids: ['e1'] })).body.error.message).toContain('is not deleted')
    expect((await gc({ run_ids: ['nobody'] })).status).toBe(404)
    await mlflow('experiments/delete', { experiment_id: experimentId })
    expect((await gc({ experiment_ids: ['ended'] })).body).toMatchObject({ runs: 1, experiments: 1 })
    expect((await look(`experiments/get?experiment_id=${experimentId}`)).status).toBe(404)
  })

  test('files that a registered model names stay, and it is said', async () => {
    const experimentId = await experiment('held')
    await bring({ run_id: 'heldrun', run: { experiment_id: experimentId } })
    const put = `/mlflow/v1.0${server.ws}/api/2.0/mlflow-artifacts/artifacts/${experimentId}/heldrun/artifacts/model/MLmodel`
    await server.ask('PUT', put, 'flavors: {}')
    await model({ version: { name: 'keeper', version: '1', source: 'runs:/heldrun/model', run_id: 'heldrun' } })
    await mlflow('runs/delete', { run_id: 'heldrun' })
    const { body } = await gc({ run_ids: ['heldrun'] })
    expect(body).toMatchObject({ runs: 1, kept: [{ what: 'files', why: 'the model keeper:1 names them' }] })
    const uri = (await look('model-versions/get-download-uri?name=keeper&version=1')).body.artifact_uri
    expect(uri).toContain('models/keeper/1')
  })

  test.each(['run', 'logged model'])(
    'nor do files of a logged model whose %s was deleted, while a version names them',
    async (gone) => {
      const experimentId = await experiment(`held by ${gone}`)
      const [run, id] = [`maker-${gone.length}`, `m-held${gone.length}`]
      await bring({ run_id: run, run: { experiment_id: experimentId } })
      await model({ logged: { model_id: id, experiment_id: experimentId, name: 'net', source_run_id: run } })
      const files = `/mlflow/v1.0${server.ws}/api/2.0/mlflow-artifacts/artifacts/${experimentId}/models/${id}/artifacts`
      await server.ask('PUT', `${files}/MLmodel`, 'flavors: {}')
      await model({ version: { name: `kept-${gone.length}`, version: '1', source: `models:/${id}` } })
      if (gone === 'run') await mlflow('runs/delete', { run_id: run })
      else await ask('DELETE', `/mlflow/v1.0${server.ws}/api/2.0/mlflow/logged-models/${id}`)
      const kept = [{ what: 'files', why: `the model kept-${gone.length}:1 names them` }]
      expect((await gc({ dry_run: true })).body).toMatchObject({ files: 0, kept })
      expect((await gc()).body).toMatchObject({ files: 0, kept })
      const read = `/mlflow/v1.0${server.ws}/model-versions/get-artifact?name=kept-${gone.length}&version=1&path=MLmodel`
      expect((await server.ask('GET', read)).body).toBe('flavors: {}')
    },
  )
})
