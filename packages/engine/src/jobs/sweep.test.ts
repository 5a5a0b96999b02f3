import { writeFileSync } from 'node:fs'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSpace } from '../sweep/space.ts'
import { type Known, tpeValues } from '../sweep/tpe.ts'
import { type Bed, makeBed, scope } from '../testing/bed.ts'
import { sweepLog } from './sweep-log.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed({ settings: { graceMs: 200 } })
})
afterAll(() => bed.close())

const sweepJob = (command: string, more: JsonObject = {}): JsonObject => ({
  jobType: 'Sweep',
  displayName: 'a sweep',
  experimentName: 'sweeps',
  computeId: 'local',
  objective: { goal: 'maximize', primaryMetric: 'score' },
  samplingAlgorithm: { samplingAlgorithmType: 'Grid' },
  searchSpace: { x: ['choice', [[1, 2, 3]]] },
  limits: { jobLimitsType: 'Sweep', maxTotalTrials: 10, maxConcurrentTrials: 2 },
  trial: { command, environmentId: 'azureml:host@latest' },
  inputs: {},
  outputs: {},
  ...more,
})

/** A trial waits at its gate, so that a test says when it ends. */
const gated = (before = '') =>
  `: \${{search_space.x}}\n${before}\nwhile [ ! -e ${bed.home}/gate-$AZUREML_RUN_ID ]; do sleep 0.02; done`
const open = (trial: string) => writeFileSync(`${bed.home}/gate-${trial}`, '')

/** Logs a metric of a trial, as MLflow would for its script. */
async function log(trial: string, values: number[], key = 'score') {
  const known = (await bed.store.series.latest(scope, trial)).find((point) => point.key === key)?.count ?? 0
  const points = values.map((value, i) => ({ key, value, step: known + i, timestamp: 1000 + known + i }))
  await bed.store.series.append(scope, trial, points)
}

/** A whole trial: it runs, logs, and ends. */
async function play(trial: string, values: number[], key = 'score') {
  await made(trial)
  await bed.until(trial, ['Running'])
  await log(trial, values, key)
  open(trial)
  await bed.until(trial)
}

/** Waits for a trial to be made. */
async function made(trial: string) {
  const key = { scope, kind: 'job', name: trial }
  for (;;) {
    let stop = () => {}
    const changed = new Promise<void>((resolve) => {
      stop = bed.store.changes.subscribe((change) => change.name === trial && resolve())
    })
    const found = await bed.store.resources.get(key)
    if (!found) await changed
    stop()
    if (found) return
  }
}

const submit = async (name: string, props: JsonObject) => expect(await bed.submit(name, props)).toEqual([])

describe('a sweep', () => {
  test('tries every point of a grid, two at once, and has the outputs of the best', async () => {
    await submit(
      'grid',
      sweepJob('', {
        inputs: { fixed: { jobInputType: 'literal', value: 'same' } },
        outputs: { o: { jobOutputType: 'uri_folder', assetName: 'best_of_grid' } },
        trial: {
          command: gated('echo "${{search_space.x}} ${{inputs.fixed}} $X" > ${{outputs.o}}/f'),
          environmentId: 'azureml:host@latest',
          environmentVariables: { X: 'env${{search_space.x}}' },
        },
      }),
    )
    await made('grid_1')
    expect(await bed.store.resources.get({ scope, kind: 'job', name: 'grid_2' })).toBeUndefined()
    await play('grid_0', [0.2, 0.1])
    await play('grid_1', [0.9, 0.3])
    await play('grid_2', [0.4])
    const job = await bed.until('grid')
    expect(job.state).toBe('Completed')
    expect(job.facts.sweep).toMatchObject({ made: 3, total: 3, open: {}, completed: 3, reported: 3 })
    expect(job.facts.properties).toMatchObject({
      best_child_run_id: 'grid_1',
      score: '0.9',
      best_metric_status: 'Succeeded',
      best_data_container_id: 'dcid.grid_1',
      primary_metric_config: '{"name":"score","goal":"maximize"}',
      space_size: '3',
    })
    expect(job.facts.outputs?.o).toMatchObject({ assetName: 'best_of_grid', assetVersion: '1' })
    expect(job.facts.outputs?.o?.uri).toContain('/azureml/grid_1/o')
    const asset = await bed.store.resources.get({ scope, kind: 'data', name: 'best_of_grid', version: '1' })
    expect(asset?.props.dataUri).toBe(job.facts.outputs?.o?.uri)
    const best = await bed.job('grid_1')
    expect(best).toMatchObject({ parent: 'grid', facts: { trial: { number: 1, values: { x: 2 } } } })
    expect(best.props.inputs).toMatchObject({ x: { jobInputType: 'literal', value: '2' } })
    expect(best.props.tags).toEqual({ hyperparameters: '{"x":2}' })
    const run = await bed.store.runs.get(scope, 'grid_1')
    expect(run).toMatchObject({ params: { x: '2' }, tags: { 'mlflow.parentRunId': 'grid' } })
    expect((await bed.store.runs.get(scope, 'grid'))?.tags).toMatchObject({ best_child_run_id: 'grid_1', score: '0.9' })
    const lines = await bed.artifact('grid', sweepLog)
    expect(lines).toContain("Scheduling job, id='grid_2'")
    expect(lines).toContain("is 'ExperimentStatus.FINISHED'")
  })

  test('stops a hopeless trial within a second of its metric, and goes on without it', async () => {
    await submit(
      'early',
      sweepJob(gated(), {
        limits: { maxTotalTrials: 3, maxConcurrentTrials: 2 },
        earlyTermination: { policyType: 'Bandit', slackFactor: 0.1, evaluationInterval: 2, delayEvaluation: 0 },
      }),
    )
    await made('early_1')
    await Promise.all([bed.until('early_0', ['Running']), bed.until('early_1', ['Running'])])
    await log('early_0', [0.5, 0.8])
    await log('early_1', [0.1])
    const asked = new Promise<number>((resolve) => {
      const stop = bed.store.changes.subscribe(async (change) => {
        if (change.name !== 'early_1' || (await bed.job('early_1')).asks.cancel === undefined) return
        stop()
        resolve(performance.now())
      })
    })
    const from = performance.now()
    await log('early_1', [0.2])
    expect((await asked) - from).toBeLessThan(1000)
    expect((await bed.until('early_1')).state).toBe('Canceled')
    open('early_0')
    await play('early_2', [0.6])
    const job = await bed.until('early')
    expect(job.state).toBe('Completed')
    expect(job.facts.sweep).toMatchObject({ completed: 2, canceled: 1, best: { name: 'early_0', score: 0.8 } })
    expect(job.facts.sweep?.stopped).toEqual({
      1: 'bandit at interval 2: its best, 0.2, is beyond 0.727273, the slack around the best of all, 0.8',
    })
    expect(await bed.artifact('early', sweepLog)).toContain(
      "[POLICY][INFO]Stopping job 'early_1': bandit at interval 2",
    )
  })

  test('goes on after a restart where it was, and makes nothing twice', async () => {
    await submit('again', sweepJob(gated(), { earlyTermination: { policyType: 'MedianStopping' } }))
    await play('again_0', [0.5])
    await made('again_2')
    await bed.until('again_1', ['Running'])
    await bed.restart()
    // what was logged is judged again after a restart, and what comes then is heard
    await log('again_1', [0.6])
    await play('again_2', [0.4, 0.3])
    open('again_1')
    const job = await bed.until('again')
    expect(job.facts.sweep).toMatchObject({ made: 3, best: { name: 'again_1' } })
    expect(job.facts.sweep?.stopped).toEqual({ 2: expect.stringContaining('median_stopping at interval 1') })
    const { rows } = await bed.store.resources.list({ scope, kind: 'job', parent: 'again' })
    expect(rows.map((row) => [row.name, row.status.attempt]).sort()).toEqual([0, 1, 2].map((n) => [`again_${n}`, 1]))
  })

  test('that is cancelled cancels its trials', async () => {
    await submit('gone', sweepJob(gated()))
    await made('gone_1')
    await bed.until('gone_0', ['Running'])
    await bed.store.resources.ask({ scope, kind: 'job', name: 'gone' }, { cancel: 1 })
    const job = await bed.until('gone')
    expect(job.state).toBe('Canceled')
    expect(job.facts.sweep).toMatchObject({ made: 2, open: {}, canceled: 2 })
    expect((await bed.job('gone_0')).state).toBe('Canceled')
  })

  test('whose time is over is cancelled, and still says what was best', async () => {
    const others = bed
    let aheadMs = 0
    bed = await makeBed({ settings: { graceMs: 200 }, clock: { now: () => Date.now() + aheadMs } })
    try {
      await submit(
        'late',
        sweepJob(gated(), { limits: { maxTotalTrials: 3, maxConcurrentTrials: 1, timeout: 'PT1H' } }),
      )
      await play('late_0', [0.3])
      await made('late_1')
      await bed.until('late_1', ['Running'])
      aheadMs = 3_600_000
      await bed.store.leases.wake({ scope, kind: 'job', name: 'late' })
      const job = await bed.until('late')
      expect(job.state).toBe('Canceled')
      expect(job.facts.error).toMatchObject({ code: 'JobTimeout', message: expect.stringContaining('limits.timeout') })
      expect(job.facts.properties).toMatchObject({ best_child_run_id: 'late_0', score: '0.3' })
      expect((await bed.job('late_1')).state).toBe('Canceled')
    } finally {
      await bed.close()
      bed = others
    }
  })

  test('cancels a trial whose time is over', async () => {
    const limits = { maxTotalTrials: 1, trialTimeout: 'PT1S' }
    await submit('slow', sweepJob(gated(), { limits }))
    await made('slow_0')
    expect(await bed.until('slow_0', ['Canceled'])).toMatchObject({ facts: { error: { code: 'JobTimeout' } } })
    expect((await bed.until('slow')).facts.sweep).toMatchObject({ made: 1, canceled: 1 })
  })

  test('fails when every trial fails, and completes when one does not', async () => {
    const searchSpace = { x: ['choice', [[0, 1]]] }
    await submit('broken', sweepJob('exit ${{search_space.x}}1', { searchSpace }))
    const broken = await bed.until('broken')
    expect(broken.state).toBe('Failed')
    expect(broken.facts.error).toMatchObject({
      code: 'TrialsFailed',
      message: expect.stringMatching(
        /^All 2 trials failed\. The first: Execution failed\. .* exited with status code 1/,
      ),
      hint: 'See its log with: laz job stream -n broken_0',
    })
    await submit('half', sweepJob(gated('[ ${{search_space.x}} = 1 ] && exit 1'), { searchSpace }))
    await play('half_0', [0.1])
    const half = await bed.until('half')
    expect(half.state).toBe('Completed')
    expect(half.facts.sweep).toMatchObject({ completed: 1, failed: 1, best: { name: 'half_0' } })
  })

  test('stops making trials when ten have failed and none has not', async () => {
    const searchSpace = { x: ['choice', [Array.from({ length: 40 }, (_, i) => i)]] }
    const limits = { maxTotalTrials: 40, maxConcurrentTrials: 4 }
    await submit('all-bad', sweepJob('exit 3 # ${{search_space.x}}', { searchSpace, limits }))
    const job = await bed.until('all-bad')
    expect(job.facts.error?.message).toMatch(/^The first 1\d trials failed/)
    expect(job.facts.sweep?.made).toBeLessThan(20)
  })

  test('ends early when nobody logs the primary metric, and says what is logged instead', async () => {
    const searchSpace = { x: ['choice', [[1, 2, 3, 4, 5, 6, 7, 8]]] }
    const limits = { maxTotalTrials: 8, maxConcurrentTrials: 1 }
    await submit('typo', sweepJob(gated(), { searchSpace, limits }))
    for (const n of [0, 1, 2]) await play(`typo_${n}`, [n], 'Score')
    const job = await bed.until('typo')
    expect(job.state).toBe('Failed')
    expect(job.facts.error).toEqual({
      code: 'PrimaryMetricNotFound',
      message: '3 of 3 trials completed, and none logged the primary metric score (objective.primary_metric).',
      hint: 'They logged Score.',
    })
  })

  test('takes NaN for the worst there is', async () => {
    const searchSpace = { x: ['choice', [[1, 2]]] }
    await submit('nan', sweepJob(gated(), { searchSpace, objective: { goal: 'minimize', primaryMetric: 'score' } }))
    await play('nan_0', [Number.NaN, Number.NEGATIVE_INFINITY])
    await play('nan_1', [Number.NaN, 5])
    const job = await bed.until('nan')
    expect(job.facts.sweep?.best).toMatchObject({ name: 'nan_1', score: 5 })
    const one = { searchSpace: { x: ['choice', [[1]]] } }
    await submit('all-nan', sweepJob(gated(), one))
    await play('all-nan_0', [Number.NaN])
    expect((await bed.until('all-nan')).facts.error?.message).toBe(
      'No trial logged a finite number as score (objective.primary_metric).',
    )
  })

  test('learns from its trials when the sampling is bayesian, also across a restart', async () => {
    const searchSpace = { x: ['uniform', [0, 1]] }
    const limits = { maxTotalTrials: 13, maxConcurrentTrials: 1 }
    const samplingAlgorithm = { samplingAlgorithmType: 'Bayesian' }
    await submit('learn', sweepJob(gated(), { searchSpace, limits, samplingAlgorithm }))
    const known: Known[] = []
    for (let n = 0; n < 13; n++) {
      const name = `learn_${n}`
      await made(name)
      const values = (await bed.job(name)).facts.trial?.values ?? {}
      const { seed = 0 } = (await bed.job('learn')).facts.sweep ?? {}
      expect(values).toEqual(tpeValues(readSpace(searchSpace).space, known, { seed, trial: n }))
      const cost = (Number(values.x) - 0.3) ** 2
      known.push({ values, cost })
      if (n === 11) await bed.restart()
      await play(name, [-cost])
    }
    expect((await bed.until('learn')).state).toBe('Completed')
    expect(await bed.artifact('learn', sweepLog)).toContain('tree-structured Parzen estimator')
  })
})

describe('at the door', () => {
  const at = async (more: JsonObject) =>
    (await bed.engine.admit('job', scope, sweepJob('echo ${{search_space.x}}', more))).map(
      ({ path, severity }) => `${severity === 'warning' ? '~' : ''}${path.join('.')}`,
    )

  test.each<[string, JsonObject, string[]]>([
    ['10,000 trials', { limits: { maxTotalTrials: 10_000 } }, ['limits.maxTotalTrials']],
    ['no trial at all', { limits: { maxTotalTrials: 0 } }, ['limits.maxTotalTrials']],
    ['a limit that is no duration', { limits: { maxTotalTrials: 1, trialTimeout: 'soon' } }, ['limits.trialTimeout']],
    ['no metric', { objective: { goal: 'maximize', primaryMetric: ' ' } }, ['objective.primaryMetric']],
    ['a goal that is none', { objective: { goal: 'best', primaryMetric: 'a' } }, ['objective.goal']],
    ['a grid over more than choices', { searchSpace: { x: ['uniform', [0, 1]] } }, ['searchSpace.x']],
    [
      'bayesian over more than it can',
      { samplingAlgorithm: { samplingAlgorithmType: 'Bayesian' }, searchSpace: { x: ['normal', [0, 1]] } },
      ['searchSpace.x'],
    ],
    [
      'a distribution that overflows',
      { samplingAlgorithm: { samplingAlgorithmType: 'Random' }, searchSpace: { x: ['loguniform', [1, 1000]] } },
      ['searchSpace.x.max_value'],
    ],
    ['a sampling that is none', { samplingAlgorithm: { samplingAlgorithmType: 'Guess' } }, ['samplingAlgorithm']],
    [
      'a seed that is none',
      { samplingAlgorithm: { samplingAlgorithmType: 'Random', seed: 1.5 } },
      ['samplingAlgorithm.seed'],
    ],
    ['a policy without slack', { earlyTermination: { policyType: 'Bandit' } }, ['earlyTermination']],
    [
      'a parameter that is not there',
      { trial: { command: 'echo ${{search_space.x}} ${{search_space.y}}', environmentId: 'azureml:host@latest' } },
      ['trial.command', 'trial.command'],
    ],
    [
      'an environment that is not there',
      { trial: { command: 'echo ${{search_space.x}}', environmentId: 'azureml:nope:1' } },
      ['trial.environmentId'],
    ],
    ['a compute that is not there', { computeId: 'azureml:nope' }, ['computeId']],
    [
      'bayesian that cannot learn, and with a policy: said, and let in',
      {
        samplingAlgorithm: { samplingAlgorithmType: 'Bayesian' },
        earlyTermination: { policyType: 'MedianStopping' },
        limits: { maxTotalTrials: 30 },
      },
      ['~earlyTermination', '~limits.maxConcurrentTrials'],
    ],
    [
      'a parameter nobody uses, and an output all would write to: said, and let in',
      {
        searchSpace: { x: ['choice', [[1]]], y: ['choice', [[1]]] },
        outputs: { o: { uri: 'azureml://datastores/workspaceblobstore/paths/mine/' } },
      },
      ['~searchSpace.y', '~outputs.o.uri'],
    ],
  ])('%s', async (_, more, expected) => expect(await at(more)).toEqual(expected))
})
