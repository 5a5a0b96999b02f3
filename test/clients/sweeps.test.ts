// Sweeps of the unmodified azure-ai-ml over https. LAZ_TEST_PYTHON names a Python that has it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasSdk, openPrograms, type SdkPrograms } from './sdk-program.ts'

/** Logs how far its rate is from one half, as MLflow's client would, and writes the rate down. */
const main = `
import argparse, json, os, time, urllib.request
p = argparse.ArgumentParser()
for name in ('lr', 'kind', 'out'):
    p.add_argument('--' + name)
a = p.parse_args()
point = {'run_id': os.environ['MLFLOW_RUN_ID'], 'key': 'loss', 'value': abs(float(a.lr) - 0.5), 'step': 0, 'timestamp': int(time.time() * 1000)}
urllib.request.urlopen(urllib.request.Request(
    os.environ['MLFLOW_TRACKING_URI'] + '/api/2.0/mlflow/runs/log-metric', json.dumps(point).encode(),
    {'authorization': 'Bearer ' + os.environ['MLFLOW_TRACKING_TOKEN'], 'content-type': 'application/json'}))
os.makedirs('outputs', exist_ok=True)
open('outputs/kind.txt', 'w').write(a.kind)
open(a.out + '/model.txt', 'w').write(a.lr)
print('tried', a.lr)
`

const lines: Record<string, string[]> = {
  'fit.yml': [
    'name: fit',
    'version: 1',
    'type: command',
    'inputs:',
    '  lr: {type: number}',
    '  kind: {type: string}',
    'outputs:',
    '  model: {type: uri_folder}',
    'code: ./src',
    'environment: azureml:AzureML-sklearn-1.5@latest',
    'command: python3 main.py --lr ${{inputs.lr}} --kind ${{inputs.kind}} --out ${{outputs.model}}',
  ],
  'use.yml': [
    'name: use',
    'version: 1',
    'type: command',
    'inputs:',
    '  model: {type: uri_folder}',
    'outputs:',
    '  result: {type: uri_folder}',
    'environment: azureml:AzureML-sklearn-1.5@latest',
    'command: cp ${{inputs.model}}/model.txt ${{outputs.result}}/result.txt',
  ],
  'sweep.yml': [
    '$schema: https://azuremlschemas.azureedge.net/latest/sweepJob.schema.json',
    'type: sweep',
    'experiment_name: sweeps',
    'trial:',
    '  code: ./src',
    '  environment: azureml:AzureML-sklearn-1.5@latest',
    '  command: python3 main.py --lr ${{search_space.lr}} --kind ${{inputs.kind}} --out .',
    'inputs:',
    '  kind: fixed',
    'sampling_algorithm: grid',
    'search_space:',
    '  lr: {type: choice, values: [0.1, 0.4, 0.6]}',
    'objective: {goal: minimize, primary_metric: loss}',
    'early_termination: {type: bandit, slack_factor: 0.1, evaluation_interval: 2, delay_evaluation: 1}',
    'limits: {max_total_trials: 20, max_concurrent_trials: 3, timeout: 600}',
  ],
}

const files = Object.fromEntries(Object.entries(lines).map(([name, text]) => [name, `${text.join('\n')}\n`]))

describe.skipIf(!hasSdk('sweeps'))('sweeps of azure-ai-ml', () => {
  let programs: SdkPrograms
  beforeAll(async () => {
    programs = await openPrograms({ ...files, 'src/main.py': main })
  })
  afterAll(() => programs?.end())

  test('run, are streamed, read back, listed and downloaded, alone and in pipelines', async () => {
    expect(await programs.run('sweeps.py')).toEqual({
      log: [true, true, true],
      job: ['sweep', 'Completed', 'minimize', 'loss'],
      space: { kind: 'choice', lr: 'uniform' },
      sampling: ['random', 'sobol', 7],
      policy: ['median_stopping', 5],
      limits: [4, 2, 1200, 600],
      trials: ['_0', '_1', '_2', '_3'],
      best: true,
      score: true,
      files: [
        'artifacts/outputs/kind.txt',
        'artifacts/user_logs/std_log.txt',
        'hd-artifacts/azureml-logs/hyperdrive.txt',
        'named-outputs/model/model.txt',
      ],
      'best model': true,
      'nothing logged': true,
      'read back': everyDistribution,
      drawn: everyDistribution,
      pipeline: ['Completed', 'sweep', 'Completed', 3],
      'handed on': true,
      file: ['Completed', 3],
      refused: [true, true],
    })
  }, 240_000)
})

const everyDistribution = [
  'choice',
  'lognormal',
  'loguniform',
  'normal',
  'qlognormal',
  'qloguniform',
  'qnormal',
  'quniform',
  'randint',
  'uniform',
]
