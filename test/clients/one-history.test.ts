/**
 * One history, whoever looks: after each of many operations, done through one of laz, azure-ai-ml and mlflow, all three are
 * asked what they see and must agree. LAZ_TEST_PYTHON names a Python that has azure-ai-ml, LAZ_TEST_MLFLOW3 one with
 * mlflow 3; without them the test is skipped, and fails in CI. LAZ_TEST_DATABASE names a PostgreSQL to run it on as well.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ofModels } from './one-history/models.ts'
import { gone, laz, openScene, type Scene, seen, type Ways } from './one-history/scene.ts'

const azure = process.env.LAZ_TEST_PYTHON
const mlflow = process.env.LAZ_TEST_MLFLOW3
const database = process.env.LAZ_TEST_DATABASE

if (azure && mlflow) {
  describe('one history', () => scenes({ azure, mlflow }))
  if (database) describe('one history in PostgreSQL', () => scenes({ azure, mlflow }, database))
} else if (process.env.CI === 'true')
  it('one history', () => expect.fail('LAZ_TEST_PYTHON and LAZ_TEST_MLFLOW3 must name Pythons with the clients'))
else it.skip('one history (skipped: LAZ_TEST_PYTHON or LAZ_TEST_MLFLOW3 names no Python that has it)')

function scenes(pythons: { azure: string; mlflow: string }, store?: string): void {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene(pythons, store)
  }, 120_000)
  afterAll(() => scene?.end())
  const by = {
    mlflow: <T>(act: string, args?: Record<string, unknown>) => scene.tracking.ask<T>(act, args),
    azure: <T>(act: string, args?: Record<string, unknown>) => scene.azure.ask<T>(act, args),
    laz: (...words: string[]) => laz(scene, ...words),
  }
  const sees = (name: string) => seen(scene, name)
  describe('of a run', () => ofRuns(by, sees, () => scene))
  describe('of a job that logs', () => ofJobs(by, sees, { scene: () => scene, python: pythons.mlflow }))
  describe('of models', () => ofModels(by, () => scene))
}

type Sees = (name: string) => ReturnType<typeof seen>

function ofRuns(by: Ways, sees: Sees, scene: () => Scene): void {
  let id: string
  let experiment: string

  it('made, tagged and logged to by mlflow', async () => {
    experiment = await by.mlflow('experiment', { name: 'flowers' })
    id = await by.mlflow('create', { experiment, name: 'first', tags: { team: 'green' } })
    expect(await sees(id)).toMatchObject({
      ...{ displayName: 'first', status: 'Running', experiment: 'flowers', tags: { team: 'green' }, listed: true },
    })
    await by.mlflow('tag', { id, key: 'ready', value: 'no' })
    await by.mlflow('tags', { id, tags: { ready: 'yes', 'with space': 'x', gone: 'soon' } })
    expect((await sees(id)).tags).toEqual({ team: 'green', ready: 'yes', 'with space': 'x', gone: 'soon' })
    await by.mlflow('untag', { id, key: 'gone' })
    expect((await sees(id)).tags).not.toHaveProperty('gone')
    await by.mlflow('param', { id, key: 'lr', value: '0.1' })
    await by.mlflow('metric', { id, key: 'loss', value: 0.5, step: 1 })
    expect((await sees(id)).tracked).toMatchObject({ params: { lr: '0.1' }, metrics: { loss: 0.5 } })
    expect(JSON.parse(await by.laz('job', 'metrics', '-n', id, '-o', 'json'))).toMatchObject([
      { key: 'loss', last: 0.5, step: 1 },
    ])
    const found = await by.laz('job', 'list', '--param', 'lr<0.2', '--filter', 'metrics.loss < 1', '--query', '[].name')
    expect(JSON.parse(found)).toEqual([id])
  })

  it('renamed and described by each', async () => {
    await by.mlflow('rename', { id, name: 'by mlflow' })
    expect((await sees(id)).displayName).toBe('by mlflow')
    await by.azure('update', { name: id, displayName: 'by azure', description: 'said' })
    expect((await sees(id)).displayName).toBe('by azure')
    await by.laz('job', 'update', '-n', id, '--set', 'display_name=by laz')
    expect((await sees(id)).displayName).toBe('by laz')
    const described = async () => JSON.parse(await by.laz('job', 'show', '-n', id, '--query', 'description'))
    expect(await described()).toBe('said')
    // what MLflow's pages call the description
    const note = 'mlflow.note.content'
    expect(await by.mlflow('run', { name: id })).toMatchObject({ tags: { [note]: 'said' } })
    await by.mlflow('tag', { id, key: note, value: 'noted' })
    expect(await described()).toBe('noted')
    expect(await by.azure('get', { name: id })).toMatchObject({ description: 'noted' })
  })

  it('tagged by both others', async () => {
    await by.azure('update', { name: id, tags: { team: 'blue' } })
    expect((await sees(id)).tags).toMatchObject({ team: 'blue' })
    await by.laz('job', 'update', '-n', id, '--set', 'tags.more=4')
    expect((await sees(id)).tags).toMatchObject({ team: 'blue', more: '4' })
    await by.laz('job', 'update', '-n', id, '--remove', 'tags.ready')
    expect((await sees(id)).tags).toEqual({ team: 'blue', more: '4', 'with space': 'x' })
  })

  it('brought to each status, and back to running', async () => {
    const said: string[] = []
    for (const status of ['SCHEDULED', 'RUNNING', 'FINISHED', 'RUNNING', 'FAILED', 'KILLED', 'RUNNING']) {
      await by.mlflow('status', { id, status })
      said.push((await sees(id)).status)
    }
    expect(said.join(' ')).toBe('Queued Running Completed Running Failed Canceled Running')
  })

  it('watched by both others until it ends', async () => {
    const watched = Promise.all([by.laz('job', 'stream', '-n', id), by.azure<string>('stream', { name: id })])
    let ended = false
    void watched.finally(() => {
      ended = true
    })
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(ended).toBe(false)
    await by.mlflow('end', { id, status: 'FINISHED' })
    for (const told of await watched) expect(told).toContain(id)
    expect((await sees(id)).status).toBe('Completed')
  })

  it('its files, downloaded by both others', async () => {
    await by.mlflow('artifact', { id, file: 'note.txt', text: 'hello' })
    const { folder } = scene()
    await by.laz('job', 'download', '-n', id, '--download-path', join(folder, 'laz'))
    await by.azure('download', { name: id, to: join(folder, 'azure') })
    for (const way of ['laz', 'azure'])
      expect(readFileSync(join(folder, way, 'artifacts/note.txt'), 'utf8')).toBe('hello')
  })

  it('nested, and cancelled by each', async () => {
    for (const way of ['laz', 'azure'] as const) {
      const child: string = await by.mlflow('create', { experiment, name: `child ${way}`, parent: id })
      expect(await sees(child)).toMatchObject({ parent: id, listed: false, status: 'Running' })
      if (way === 'laz') await by.laz('job', 'cancel', '-n', child)
      else await by.azure('cancel', { name: child })
      expect((await sees(child)).status).toBe('Canceled')
    }
    const [outer = '', inner = ''] = await by.mlflow<string[]>('nested', { experiment })
    expect(await sees(outer)).toMatchObject({ displayName: 'outer', status: 'Completed', listed: true })
    expect(await sees(inner)).toMatchObject({ displayName: 'inner', status: 'Completed', parent: outer })
    await by.mlflow('untag', { id: inner, key: 'mlflow.parentRunId' })
    expect(await sees(inner)).toMatchObject({ parent: undefined, listed: true })
  })

  it('deleted by mlflow and restored by each', async () => {
    for (const way of ['mlflow', 'laz', 'azure'] as const) {
      await by.mlflow('delete', { id })
      expect(await sees(id)).toMatchObject({ listed: false, tracked: { lifecycle: 'deleted' } })
      expect(await by.azure('archived')).toContain(id)
      if (way === 'mlflow') await by.mlflow('restore', { id })
      else if (way === 'laz') await by.laz('job', 'restore', '-n', id)
      else await by.azure('restore', { name: id })
      expect(await sees(id)).toMatchObject({ listed: true, tracked: { lifecycle: 'active' } })
    }
  })

  it('archived by both others, which deletes nothing, and restored', async () => {
    await by.laz('job', 'archive', '-n', id)
    expect(await sees(id)).toMatchObject({ listed: false, tracked: { lifecycle: 'active' } })
    await by.azure('restore', { name: id })
    expect(await sees(id)).toMatchObject({ listed: true })
    await by.azure('archive', { name: id })
    expect(await sees(id)).toMatchObject({ listed: false, tracked: { lifecycle: 'active' } })
    await by.laz('job', 'restore', '-n', id)
    expect(await sees(id)).toMatchObject({ listed: true })
  })

  it('with its experiment renamed, deleted and restored', async () => {
    await by.mlflow('renameExperiment', { id: experiment, name: 'blossoms' })
    expect((await sees(id)).experiment).toBe('blossoms')
    const found = await by.laz('job', 'list', '--experiment', 'blossoms', '--query', '[].name')
    expect(JSON.parse(found)).toContain(id)
    await by.mlflow('deleteExperiment', { id: experiment })
    expect(await sees(id)).toMatchObject({ listed: false, tracked: { lifecycle: 'deleted' } })
    await by.mlflow('restoreExperiment', { id: experiment })
    expect(await sees(id)).toMatchObject({ listed: true, tracked: { lifecycle: 'active' } })
  })

  it('not run again, looked into or explained: refused by name', async () => {
    for (const verb of ['rerun', 'resume', 'debug', 'explain']) {
      const { code, err } = await scene().lazurite.laz(['job', verb, '-n', id])
      expect(code).toBe(1)
      expect(err).toContain('a program that this server did not start')
    }
  })

  it('deleted for good by laz, by clearing away, and with its experiment', async () => {
    const below: string = await by.mlflow('create', { experiment, name: 'below', parent: id })
    const beside: string = await by.mlflow('create', { experiment, name: 'beside' })
    await by.laz('job', 'delete', '-n', id, '--yes')
    for (const name of [id, below]) await gone(scene(), name)
    expect(await sees(beside)).toMatchObject({ displayName: 'beside' })
    await by.mlflow('delete', { id: beside })
    await by.laz('run', 'gc', '--yes')
    await gone(scene(), beside)
    const last: string = await by.mlflow('create', { experiment, name: 'last' })
    await by.laz('experiment', 'delete', '-n', 'blossoms', '--yes')
    await gone(scene(), last)
  })
}

/** Ends its run, says so in a file, and goes on for a while: only then is the job over. */
const script = `
import mlflow, os, pathlib, time
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 0.25)
    mlflow.set_tag("from", "code")
    with mlflow.start_run(run_name="inside", nested=True):
        mlflow.log_param("depth", 1)
print("ended", flush=True)
while not os.path.exists(os.environ["GO_ON"]):
    time.sleep(0.1)
`

function ofJobs(by: Ways, sees: Sees, o: { scene: () => Scene; python: string }): void {
  const name = 'logging'
  let go: string

  it('started by laz; the end of the run in its code ends nothing', async () => {
    const { folder } = o.scene()
    go = join(folder, 'go-on')
    writeFileSync(join(folder, 'train.py'), script)
    writeFileSync(
      join(folder, 'job.yml'),
      [
        'command: ${PYTHON} train.py',
        'code: ./train.py',
        'environment: azureml:AzureML-sklearn-1.5@latest',
        'experiment_name: training',
        'display_name: logs',
        'tags: {from: file, kind: job}',
        `environment_variables: {PYTHON: ${o.python}, GO_ON: ${go}}`,
      ].join('\n'),
    )
    await by.laz('job', 'create', '-n', name, '-f', join(folder, 'job.yml'))
    await expect.poll(trackedStatus, { timeout: 60_000, interval: 300 }).toBe('FINISHED')
    expect(await jobState()).toBe('Running')
  })

  const jobState = async (): Promise<string> => JSON.parse(await by.laz('job', 'show', '-n', name, '--query', 'status'))
  const trackedStatus = async () =>
    (await by.mlflow<{ status: string }>('run', { name }).catch(() => undefined))?.status ?? 'none'

  it('ended by itself, with what its code said', async () => {
    writeFileSync(go, '')
    await expect.poll(jobState, { timeout: 60_000, interval: 300 }).toBe('Completed')
    expect(await sees(name)).toMatchObject({
      ...{ displayName: 'logs', status: 'Completed', experiment: 'training', listed: true },
      tags: { from: 'code', kind: 'job' },
      tracked: { metrics: { loss: 0.25 } },
    })
  })

  it('with a run in it, which is no step of it', async () => {
    const [child = ''] = await by.azure<string[]>('children', { name })
    expect(await sees(child)).toMatchObject({
      displayName: 'inside',
      parent: name,
      tracked: { params: { depth: '1' } },
    })
    const { steps } = JSON.parse(await by.laz('job', 'timeline', '-n', name, '-o', 'json'))
    expect(steps).toEqual([])
  })

  it('labelled by each', async () => {
    await by.mlflow('tag', { id: name, key: 'a', value: '1' })
    await by.mlflow('tags', { id: name, tags: { b: '2' } })
    await by.azure('update', { name, tags: { c: '3' } })
    await by.laz('job', 'update', '-n', name, '--set', 'tags.d=4')
    await by.mlflow('untag', { id: name, key: 'kind' })
    expect((await sees(name)).tags).toEqual({ a: '1', b: '2', c: '3', d: '4', from: 'code' })
    await by.mlflow('rename', { id: name, name: 'renamed' })
    expect((await sees(name)).displayName).toBe('renamed')
    await by.laz('job', 'update', '-n', name, '--set', 'display_name=again')
    expect((await sees(name)).displayName).toBe('again')
  })

  it('deleted by mlflow, restored, and deleted for good with what is in it', async () => {
    await by.mlflow('delete', { id: name })
    expect(await sees(name)).toMatchObject({ listed: false, tracked: { lifecycle: 'deleted' } })
    await by.azure('restore', { name })
    expect(await sees(name)).toMatchObject({ listed: true, tracked: { lifecycle: 'active' } })
    const [child = ''] = await by.azure<string[]>('children', { name })
    await by.laz('job', 'delete', '-n', name, '--yes')
    for (const each of [name, child]) await gone(o.scene(), each)
  })
}
