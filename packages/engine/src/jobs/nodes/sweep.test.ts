import { writeFileSync } from 'node:fs'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, makeBed, scope } from '../../testing/bed.ts'
import { trialTableOf } from '../trial-table.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed()
  await bed.store.resources.put({
    key: { scope, kind: 'component', name: 'fit', version: '1' },
    props: {
      componentSpec: {
        name: 'fit',
        version: '1',
        type: 'command',
        environment: 'azureml:host@latest',
        inputs: {
          c: { type: 'number', default: 7 },
          kernel: { type: 'string' },
          data: { type: 'string' },
          note: { type: 'string', optional: true },
        },
        outputs: { model: { type: 'uri_folder' } },
        // a trial waits at its gate, so that the test can log before it ends
        command:
          'echo "${{inputs.c}} ${{inputs.kernel}} ${{inputs.data}} $[[${{inputs.note}}]]" > ${{outputs.model}}/f; ' +
          `while [ ! -e ${bed.home}/gate-$AZUREML_RUN_ID ]; do sleep 0.02; done`,
      },
    },
    by: 'tester',
  })
})
afterAll(() => bed.close())

const node = (more: JsonObject = {}): JsonObject => ({
  type: 'sweep',
  trial: { componentId: 'azureml:fit:1' },
  search_space: {
    c: { type: 'choice', values: [1, 2] },
    kernel: { type: 'choice', values: ['rbf'] },
  },
  sampling_algorithm: 'grid',
  objective: { goal: 'minimize', primary_metric: 'loss' },
  limits: { max_total_trials: 5, max_concurrent_trials: 1, timeout: 600, trial_timeout: 60 },
  inputs: { data: { job_input_type: 'literal', value: '${{parent.inputs.where}}' } },
  outputs: { model: null },
  ...more,
})

const pipeline = (sweep: JsonObject): JsonObject => ({
  jobType: 'Pipeline',
  displayName: 'p',
  experimentName: 'pipes',
  settings: { default_compute: 'azureml:local', force_rerun: true },
  inputs: { where: { jobInputType: 'literal', value: 'here' } },
  outputs: {},
  jobs: {
    tune: sweep,
    use: {
      type: 'command',
      command: 'cat ${{inputs.m}}/f',
      environment: 'azureml:host@latest',
      inputs: { m: '${{parent.jobs.tune.outputs.model}}' },
    },
  },
})

async function play(trial: string, loss: number) {
  const key = { scope, kind: 'job', name: trial }
  for (;;) {
    let stop = () => {}
    const changed = new Promise<void>((resolve) => {
      stop = bed.store.changes.subscribe((change) => change.name === trial && resolve())
    })
    const found = await bed.store.resources.get(key)
    if (!found) await changed
    stop()
    if (found) break
  }
  await bed.until(trial, ['Running'])
  await bed.store.series.append(scope, trial, [{ key: 'loss', value: loss, step: 0, timestamp: 1 }])
  writeFileSync(`${bed.home}/gate-${trial}`, '')
  await bed.until(trial)
}

describe('a sweep as a node', () => {
  test('searches inputs of its component, and hands on the outputs of the best trial', async () => {
    expect(await bed.submit('pipe', pipeline(node()))).toEqual([])
    await bed.until('pipe', ['Running'])
    const name = (await bed.job('pipe')).facts.children?.tune ?? ''
    await play(`${name}_0`, 3)
    await play(`${name}_1`, 2)
    const job = await bed.until('pipe')
    expect(job.state).toBe('Completed')
    const { tune, use } = await bed.children('pipe')
    expect(tune?.props).toMatchObject({
      jobType: 'Sweep',
      searchSpace: { c: ['choice', [[1, 2]]], kernel: ['choice', [['rbf']]] },
      samplingAlgorithm: { samplingAlgorithmType: 'Grid' },
      objective: { goal: 'Minimize', primaryMetric: 'loss' },
      limits: {
        jobLimitsType: 'Sweep',
        maxTotalTrials: 5,
        maxConcurrentTrials: 1,
        timeout: 'PT10M',
        trialTimeout: 'PT1M',
      },
      inputs: { data: { jobInputType: 'literal', value: 'here' } },
      properties: { 'azureml.runsource': 'azureml.StepRun' },
    })
    expect(tune?.facts).toMatchObject({ rootRunId: 'pipe', sweep: { made: 2, best: { trial: 1, score: 2 } } })
    expect(tune?.facts.outputs?.model?.uri).toContain(`/azureml/${name}_1/model`)
    const trial = await bed.job(`${name}_1`)
    expect(trial).toMatchObject({ parent: name, facts: { rootRunId: 'pipe' } })
    expect(trial.props.limits).toEqual({ jobLimitsType: 'Command', timeout: 'PT1M' })
    expect((await bed.artifact(use?.name ?? '', 'user_logs/std_log.txt')).trim()).toBe('2 rbf here')
  })

  test('is reused like any other step, with the trials it had', async () => {
    const again = { ...pipeline(node()), settings: { default_compute: 'azureml:local' } }
    expect(await bed.submit('first', again)).toEqual([])
    await bed.until('first', ['Running'])
    const name = (await bed.job('first')).facts.children?.tune ?? ''
    await play(`${name}_0`, 1)
    await play(`${name}_1`, 2)
    await bed.until('first')
    await bed.submit('second', again)
    const { facts, state } = await bed.until('second')
    expect(state).toBe('Completed')
    const tune = await bed.job(facts.children?.tune ?? '')
    expect(tune.facts).toMatchObject({
      reuse: { reused: true, of: name },
      properties: { best_child_run_id: `${name}_0` },
    })
    expect((await trialTableOf(bed.store, tune))?.trials.map((trial) => trial.name)).toEqual([`${name}_0`, `${name}_1`])
  })

  test('takes bounds from inputs of the pipeline, and says when they make no sense', async () => {
    const bounds = (most: string) => ({
      ...pipeline(
        node({
          sampling_algorithm: 'random',
          search_space: {
            c: { type: 'uniform', min_value: 1, max_value: '${{parent.inputs.most}}' },
            kernel: { type: 'choice', values: ['rbf'] },
          },
          limits: { max_total_trials: 1 },
        }),
      ),
      inputs: {
        where: { jobInputType: 'literal', value: 'here' },
        most: { jobInputType: 'literal', value: most },
      },
    })
    expect(await bed.submit('wide', bounds('2'))).toEqual([])
    await bed.until('wide', ['Running'])
    const name = (await bed.job('wide')).facts.children?.tune ?? ''
    expect((await bed.job(name)).props.searchSpace).toMatchObject({ c: ['uniform', [1, 2]] })
    await play(`${name}_0`, 1)
    expect((await bed.until('wide')).state).toBe('Completed')
    await bed.submit('narrow', bounds('0.5'))
    const narrow = await bed.until('narrow')
    expect(narrow.state).toBe('Failed')
    expect(JSON.stringify(narrow.facts)).toContain('search_space.c.max_value: max_value of uniform must be at least')
  })

  test.each<[string, JsonObject, string, RegExp]>([
    [
      'a name that is no input',
      { search_space: { d: { type: 'choice', values: [1] }, kernel: { type: 'choice', values: ['a'] } } },
      'jobs.tune.search_space.d',
      /no input of the trial's component/,
    ],
    ['10,000 trials', { limits: { max_total_trials: 10_000 } }, 'jobs.tune.limits.max_total_trials', /from 1 to 1000/],
    ['no metric', { objective: { goal: 'minimize' } }, 'jobs.tune.objective.primary_metric', /needs a primary metric/],
    ['a component that is not there', { trial: 'azureml:nope:1' }, 'jobs.tune.componentId', /cannot be used/],
    ['a required input that nobody gives', { inputs: {} }, 'jobs.tune.inputs.data', /not provided/],
    [
      'a policy without slack',
      { early_termination: { type: 'bandit', evaluation_interval: 2 } },
      'jobs.tune.early_termination',
      /without slack/,
    ],
  ])('refuses %s with its place', async (_, more, path, message) => {
    const issues = await bed.engine.admit('job', scope, pipeline(node(more)))
    expect(issues.map((issue) => [issue.path.join('.'), issue.message])).toEqual([
      [path, expect.stringMatching(message)],
    ])
  })
})
