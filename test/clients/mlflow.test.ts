/**
 * Unmodified MLflow clients in jobs: a script finds its run through the variables of its job and nothing else.
 * LAZ_TEST_MLFLOW2 and LAZ_TEST_MLFLOW3 name Python interpreters that have mlflow of that major version, scikit-learn and
 * matplotlib. Where one is not named its tests are skipped; in CI they fail.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lazurite, root, startLazurite, workspace } from '../slow/laz.ts'

const source = join(root, 'test/clients/mlflow')

for (const major of [2, 3] as const) {
  const variable = `LAZ_TEST_MLFLOW${major}`
  const python = process.env[variable]
  const why = `skipped: ${variable} names no Python that has it`
  if (python !== undefined) describe(`mlflow ${major}`, () => scenes(python, major))
  else if (process.env.CI === 'true')
    it(`mlflow ${major}`, () => expect.fail(`${variable} must name a Python that has mlflow ${major}`))
  else it.skip(`mlflow ${major} (${why})`)
}

interface Run {
  info: { status: string; artifact_uri: string; lifecycle_stage: string }
  data: { params: Word[]; tags: Word[]; metrics: { key: string; value: number | string; step: number }[] }
  inputs: { dataset_inputs: { dataset: { name: string } }[] }
}
type Word = { key: string; value: string }

function scenes(python: string, major: 2 | 3): void {
  let lazurite: Lazurite
  let folder: string
  const name = `training_with_${major}`

  beforeAll(async () => {
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
    folder = mkdtempSync(join(tmpdir(), 'laz-mlflow-'))
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  const tracking = `/mlflow/v2.0${workspace}/api/2.0/mlflow`
  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await lazurite.http(method, `${tracking}/${path}`, body)
    expect(answer.status, answer.body).toBe(200)
    return JSON.parse(answer.body)
  }

  it('a job that logs all there is to log completes', async () => {
    const { run } = await ask<{ run: { info: { run_id: string } } }>('POST', 'runs/create', { experiment_id: '0' })
    const set = [
      '--set',
      `environment_variables.PYTHON=${python}`,
      '--set',
      `environment_variables.FOREIGN_RUN=${run.info.run_id}`,
    ]
    const job = await lazurite.laz(['job', 'create', '-f', 'job.yml', '-n', name, '--stream', ...set], { cwd: source })
    expect(job, `${job.out}\n${job.err}`).toMatchObject({ code: 0 })
    expect(job.out).toContain(`mlflow ${major}.`)
    expect(await lazurite.json(['job', 'show', '-n', name])).toMatchObject({
      status: 'Completed',
      experiment_name: 'clients',
    })
  })

  it('params, tags, metrics and inputs arrive in the run of the job', async () => {
    const { run } = await ask<{ run: Run }>('GET', `runs/get?run_id=${name}`)
    const word = (words: Word[], key: string) => words.find((w) => w.key === key)?.value
    expect(run.info).toMatchObject({ status: 'FINISHED', lifecycle_stage: 'active' })
    expect(['alpha', 'depth', 'name', 'max_iter'].map((key) => word(run.data.params, key))).toEqual([
      '0.5',
      '3',
      'ünïcode',
      '200',
    ])
    expect(['stage', 'a/b', 'estimator_name'].map((key) => word(run.data.tags, key))).toEqual([
      'test',
      '1',
      'LogisticRegression',
    ])
    const metric = (key: string) => run.data.metrics.find((m) => m.key === key)
    expect(metric('loss')).toMatchObject({ value: 0.02, step: 49 })
    expect([metric('bad')?.value, metric('huge')?.value]).toEqual(['NaN', 'Infinity'])
    expect(metric('training_score')?.value).toBeGreaterThan(0.9)
    expect(run.inputs.dataset_inputs.map((input) => input.dataset.name)).toContain('iris')
    const { metrics } = await ask<{ metrics: { step: number; value: number }[] }>(
      'GET',
      `metrics/get-history?run_id=${name}&metric_key=loss`,
    )
    expect(metrics.map((m) => m.step)).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })

  it('files arrive among the artifacts of the job', async () => {
    expect(await lazurite.laz(['job', 'download', '-n', name, '--all', '-p', folder])).toMatchObject({ code: 0 })
    const found = (path: string) =>
      [join(folder, 'artifacts', path), join(folder, path)].find((file) => existsSync(file)) ?? path
    const text = (path: string) => readFileSync(found(path), 'utf8')
    expect([text('report.txt'), text('deep/er folder/report.txt')]).toEqual(['hello\n', 'hello\n'])
    expect(JSON.parse(text('config.json'))).toEqual({ k: [1, 2] })
    expect(readFileSync(found('plots/figure.png')).subarray(1, 4).toString()).toBe('PNG')
    for (const file of ['tree/sub/two.txt', 'model/MLmodel', 'classifier/MLmodel', 'user_logs/std_log.txt']) {
      expect(existsSync(found(file)), file).toBe(true)
    }
  })

  it('what the job registered is a model of the workspace', async () => {
    const models = await lazurite.json<{ version: string; type: string; path: string }[]>([
      'model',
      'list',
      '-n',
      'iris-classifier',
    ])
    expect(models.map((m) => m.version).sort()).toEqual(['1', '2'])
    const model = await lazurite.json<{ type: string; path: string; job_name: string }>([
      'model',
      'show',
      '-n',
      'iris-classifier',
      '-v',
      '2',
    ])
    expect(model.type).toBe('mlflow_model')
    expect(model.path).toContain(`/paths/ExperimentRun/dcid.${name}/classifier`)
  })
}
