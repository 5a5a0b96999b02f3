import { writeFileSync } from 'node:fs'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
const gated = (before = '') => `${before}\nwhile [ ! -e ${bed.home}/gate-$AZUREML_RUN_ID ]; do sleep 0.02; done`
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
})
