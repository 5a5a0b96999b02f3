import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, makeBed, scope } from '../testing/bed.ts'
import { trialTableOf } from './trial-table.ts'

/**
 * A stand-in of scikit-learn and all that is around it: Python loads this file by itself when it starts. It writes what
 * the programs of AutoML write, and a trial waits at its gate, so that a test says when it ends and what it scored.
 */
const standIn = `
import json, os, sys, time
words = open('/proc/self/cmdline').read().split(chr(0))
if any(word.endswith('/automl.py') for word in words):
    task = json.load(open(words[2]))
    os.makedirs('outputs/mlflow-model', exist_ok=True)
    json.dump(task, open('outputs/task.json', 'w'))
    print(task['part'], flush=True)
    if task['part'] == 'setup':
        if task['target'] == 'gone':
            print('target_column_name names gone, which is no column', file=sys.stderr, flush=True)
            os._exit(1)
        json.dump({'rows': 9, 'validation': {'kind': 'folds'}, 'lacking': {'xgboostclassifier': 'xgboost'}}, open('outputs/setup.json', 'w'))
    else:
        run = os.environ['AZUREML_RUN_ID']
        open('outputs/mlflow-model/MLmodel', 'w').write('run_id: ' + run)
        while not os.path.exists(os.path.join(os.environ['GATES'], run)): time.sleep(0.02)
        bad = open(os.path.join(os.environ['GATES'], run)).read() == 'fail'
        os._exit(1 if bad else 0)
    os._exit(0)
`

let bed: Bed
let place: string
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'laz-automl-'))
  writeFileSync(join(place, 'sitecustomize.py'), standIn)
  bed = await makeBed({ settings: { graceMs: 200 } })
  putTable(bed)
})
afterAll(async () => {
  await bed.close()
  rmSync(place, { recursive: true })
})

function putTable(bed: Bed): void {
  const { account, blobstore } = bed.workspace.storage
  const folder = join(bed.store.bytes.folder(account, blobstore), 'table')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'MLTable'), 'paths:\n  - file: ./a.csv\n')
  writeFileSync(join(folder, 'a.csv'), 'x,y\n1,2\n')
}

const table = { jobInputType: 'mltable', uri: 'azureml://datastores/workspaceblobstore/paths/table/' }
const automlJob = (details: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  jobType: 'AutoML',
  experimentName: 'automl',
  computeId: 'local',
  environmentId: 'azureml:host@latest',
  environmentVariables: { PYTHONPATH: place, GATES: place },
  outputs: {},
  ...more,
  taskDetails: {
    taskType: 'Classification',
    primaryMetric: 'Accuracy',
    targetColumnName: 'y',
    trainingData: table,
    trainingSettings: {
      allowedTrainingAlgorithms: ['LightGBM', 'XGBoostClassifier', 'LogisticRegression'],
      enableVoteEnsemble: false,
      enableStackEnsemble: false,
    },
    limitSettings: { maxTrials: 3, maxConcurrentTrials: 2 },
    ...details,
  },
})

async function made(name: string) {
  const key = { scope, kind: 'job', name }
  while (!(await bed.store.resources.get(key))) {
    await new Promise<void>((resolve) => {
      const off = bed.store.changes.subscribe((change) => {
        if (change.name !== name) return
        off()
        resolve()
      })
      void bed.store.resources.get(key).then((row) => {
        if (!row) return
        off()
        resolve()
      })
    })
  }
}

/** A whole trial: it runs, scores, and ends. */
async function play(name: string, score: number | 'fail') {
  await made(name)
  await bed.until(name, ['Running'])
  if (typeof score === 'number') {
    await bed.store.series.append(scope, name, [{ key: 'accuracy', value: score, step: 0, timestamp: 1000 }])
  }
  writeFileSync(join(place, name), score === 'fail' ? 'fail' : '')
  return bed.until(name)
}

const submit = async (name: string, props: JsonObject) =>
  expect((await bed.submit(name, props)).filter(({ severity }) => severity !== 'warning')).toEqual([])
const task = async (name: string): Promise<JsonObject> => JSON.parse(await bed.artifact(name, 'outputs/task.json'))

describe('an AutoML job', () => {
  test('looks at the data, tries recipes, and has the model of the best', async () => {
    const outputs = { best: { jobOutputType: 'mlflow_model', assetName: 'found' } }
    await submit('whole', automlJob({}, { outputs }))
    await play('whole_0', 0.5)
    await play('whole_2', 0.7)
    await play('whole_1', 0.9)
    const { state, facts } = await bed.until('whole')
    expect([state, facts.error]).toEqual(['Completed', undefined])
    expect(facts.properties).toMatchObject({ automl_best_child_run_id: 'whole_1', score: '0.9' })
    const run = await bed.store.runs.get(scope, 'whole')
    expect(run?.tags.automl_best_child_run_id).toBe('whole_1')
    expect(facts.outputs?.best_model?.uri).toMatch(/dcid\.whole_1\/outputs\/mlflow-model$/)
    expect(facts.outputs?.best).toMatchObject({ type: 'mlflow_model', assetName: 'found', assetVersion: '1' })
    const model = await bed.store.resources.get({ scope, kind: 'model', name: 'found', version: '1' })
    const { account, blobstore } = bed.workspace.storage
    const uri = String(model?.props.modelUri)
    const file = join(bed.store.bytes.folder(account, blobstore), uri.split('/paths/')[1] ?? '', 'MLmodel')
    expect(readFileSync(file, 'utf8')).toBe('run_id: whole_1')
    // what the environment lacks is not tried, and no trial twice
    expect(facts.automl?.trials.map(({ algorithm }) => algorithm)).not.toContain('xgboostclassifier')
    const shown = await trialTableOf(bed.store, await bed.job('whole'))
    expect(shown).toMatchObject({ metric: 'accuracy', goal: 'maximize', total: 3 })
    expect(shown?.trials.map(({ score, best }) => [score, best])).toEqual([
      [0.5, false],
      [0.9, true],
      [0.7, false],
    ])
    expect(shown?.trials[0]?.values).toEqual({ pipeline: 'MaxAbsScaler, LightGBM' })
    const log = await bed.artifact('whole', 'user_logs/std_log.txt')
    expect(log.match(/^ +\d .*$/gm)?.length).toBe(3)
    expect(log).toContain('all 3 trials are made')
    expect(await task('whole_0')).toMatchObject({ part: 'trial', target: 'y', setup: { rows: 9 } })
  })

  test('ends at its exit score, and asks for nothing more', async () => {
    const limitSettings = { maxTrials: 50, exitScore: 0.8 }
    await submit('exits', automlJob({ limitSettings }))
    await play('exits_0', 0.5)
    await play('exits_1', 0.85)
    const { state, facts } = await bed.until('exits')
    expect(state).toBe('Completed')
    expect(facts.automl?.trials.length).toBe(2)
    expect(facts.stopping).toContain('exit score')
  })

  test('joins the best models, as the last trials', async () => {
    const limitSettings = { maxTrials: 4, maxConcurrentTrials: 2 }
    await submit('joins', automlJob({ limitSettings, trainingSettings: {} }))
    await play('joins_0', 0.5)
    await play('joins_1', 0.6)
    await play('joins_2', 0.65)
    await play('joins_3', 0.61)
    expect((await bed.until('joins')).facts.properties?.automl_best_child_run_id).toBe('joins_2')
    const voting = await task('joins_2')
    expect(voting).toMatchObject({ part: 'ensemble', ensemble: 'voting' })
    expect((voting.members as JsonObject[]).map(({ run }) => run)).toEqual(['joins_1', 'joins_0'])
    expect(existsSync(String((voting.members as JsonObject[])[0]?.folder))).toBe(true)
    expect((await bed.job('joins_3')).props.properties).toMatchObject({ run_algorithm: 'StackEnsemble' })
  })

  test('tests the best on data no trial has seen', async () => {
    await submit('tested', automlJob({ testData: table, limitSettings: { maxTrials: 2 } }))
    await play('tested_0', 0.5)
    await play('tested_1', 0.4)
    await play('tested_test', 0.3)
    expect((await bed.until('tested')).state).toBe('Completed')
    expect(Object.keys((await bed.job('tested_0')).props.inputs as JsonObject)).toEqual(['training_data'])
    expect(await task('tested_test')).toMatchObject({ part: 'test', members: [{ run: 'tested_0' }] })
  })

  test('fails with what is wrong with the data', async () => {
    await submit('bad', automlJob({ targetColumnName: 'gone' }))
    const { state, facts } = await bed.until('bad')
    expect(state).toBe('Failed')
    expect(facts.error?.message).toContain('target_column_name names gone, which is no column')
  })

  test('fails when all trials fail, and goes on when some do', async () => {
    await submit('all', automlJob({ limitSettings: { maxTrials: 1 } }))
    await play('all_0', 'fail')
    expect((await bed.until('all')).facts.error?.code).toBe('TrialsFailed')
    await submit('some', automlJob({ limitSettings: { maxTrials: 2 } }))
    await play('some_0', 'fail')
    await play('some_1', 0.1)
    expect((await bed.until('some')).facts.properties?.automl_best_child_run_id).toBe('some_1')
  })

  test('goes on where it was after a restart, and tries nothing twice', async () => {
    await submit('again', automlJob({ limitSettings: { maxTrials: 2 } }))
    await play('again_0', 0.5)
    await made('again_1')
    await bed.restart()
    await play('again_1', 0.6)
    const { state, facts } = await bed.until('again')
    expect(state).toBe('Completed')
    expect(facts.automl?.trials.map(({ name }) => name)).toEqual(['again_0', 'again_1'])
  })

  test('takes its trials along when it is cancelled', async () => {
    await submit('stops', automlJob({ limitSettings: { maxTrials: 5 } }))
    await made('stops_0')
    await bed.until('stops_0', ['Running'])
    await bed.store.resources.ask({ scope, kind: 'job', name: 'stops' }, { cancel: 1 })
    expect((await bed.until('stops')).state).toBe('Canceled')
    expect((await bed.job('stops_0')).state).toBe('Canceled')
  })

  test('completes with what it has when its time is over, and lets nothing run on', async () => {
    const others = bed
    let aheadMs = 0
    bed = await makeBed({ settings: { graceMs: 200 }, clock: { now: () => Date.now() + aheadMs } })
    putTable(bed)
    await submit('late', automlJob({ limitSettings: { maxTrials: 9, timeout: 'PT1H' } }))
    await play('late_0', 0.5)
    await made('late_1')
    await bed.until('late_1', ['Running'])
    aheadMs = 3_700_000
    await bed.store.leases.wake({ scope, kind: 'job', name: 'late' })
    const { state, facts } = await bed.until('late')
    expect(state).toBe('Completed')
    expect(facts.stopping).toContain('limits.timeout')
    expect(facts.properties?.automl_best_child_run_id).toBe('late_0')
    expect((await bed.job('late_1')).state).toBe('Canceled')
    await bed.close()
    bed = others
  })

  test('is a step of a pipeline, after the step that makes its data', async () => {
    const jobs: JsonObject = {
      make: {
        type: 'command',
        command: 'cp -r ${{inputs.t}}/. ${{outputs.o}}',
        environment: 'azureml:host@latest',
        inputs: { t: { job_input_type: 'mltable', uri: table.uri } },
        outputs: { o: { job_output_type: 'mltable' } },
      },
      learn: {
        type: 'automl',
        task: 'classification',
        primary_metric: 'accuracy',
        target_column_name: 'y',
        training_data: '${{parent.jobs.make.outputs.o}}',
        limits: { max_trials: 1, timeout_minutes: 5 },
        training: { allowed_training_algorithms: ['light_gbm'], enable_stack_ensemble: false },
        environment_id: 'azureml:host@latest',
        environment_variables: { PYTHONPATH: place, GATES: place },
        outputs: { best_model: { job_output_type: 'mlflow_model' } },
      },
      use: {
        type: 'command',
        command: 'cat ${{inputs.m}}/MLmodel',
        environment: 'azureml:host@latest',
        inputs: { m: { job_input_type: 'literal', value: '${{parent.jobs.learn.outputs.best_model}}' } },
      },
    }
    const settings = { default_compute: 'local' }
    await submit('pipe', { jobType: 'Pipeline', jobs, inputs: {}, outputs: {}, settings })
    let learn: string | undefined
    while (!learn) {
      learn = (await bed.children('pipe')).learn?.name
      if (!learn) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await play(`${learn}_0`, 0.5)
    const { state, facts } = await bed.until('pipe')
    expect([state, facts.error]).toEqual(['Completed', undefined])
    const { use, learn: step } = await bed.children('pipe')
    expect(await bed.artifact(use?.name ?? '', 'user_logs/std_log.txt')).toBe(`run_id: ${learn}_0`)
    expect(step?.props.taskDetails).toMatchObject({ taskType: 'Classification', limitSettings: { timeout: 'PT5M' } })
  })
})
