// Sweeps of the unmodified azure-ai-ml over https. LAZ_TEST_PYTHON names a Python that has it.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from '../slow/laz.ts'

const python = process.env.LAZ_TEST_PYTHON
if (!python && process.env.CI === 'true') throw new Error('LAZ_TEST_PYTHON must name a Python with azure-ai-ml')
if (!python) console.log('sweeps of azure-ai-ml: skipped; LAZ_TEST_PYTHON names no Python that has it')

const script = join(import.meta.dirname, 'sweeps.py')
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

const files: Record<string, string[]> = {
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

describe.skipIf(!python)('sweeps of azure-ai-ml', () => {
  let lazurite: Lazurite
  let root: string
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'laz-sweeps-'))
    mkdirSync(join(root, 'src'))
    writeFileSync(join(root, 'src/main.py'), main)
    for (const [name, lines] of Object.entries(files)) writeFileSync(join(root, name), `${lines.join('\n')}\n`)
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    expect(await lazurite.laz(['up', '--tls'])).toMatchObject({ code: 0 })
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(root, { recursive: true, force: true })
  })

  test('run, are streamed, read back, listed and downloaded, alone and in pipelines', async () => {
    const variables = await lazurite.json<Record<string, string>>(['connect', 'python'])
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: root,
      TMPDIR: root,
      PYTHONWARNINGS: 'ignore',
      ...variables,
      LAZ_TEST_FOLDER: root,
      AZUREML_RUN_POLLING_INTERVAL_MIN: '1',
      AZUREML_RUN_POLLING_INTERVAL_MAX: '1',
    }
    const { code, out, err } = await run(python ?? '', [script], env)
    expect(code, `${out}\n${err}`).toBe(0)
    expect(JSON.parse(err.trim().split('\n').at(-1) ?? '')).toEqual({
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

function run(command: string, args: string[], env: NodeJS.ProcessEnv) {
  return new Promise<{ code: number; out: string; err: string }>((done, fail) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text
    })
    child.on('error', fail)
    child.on('close', (code) => done({ code: code ?? -1, out, err }))
  })
}
