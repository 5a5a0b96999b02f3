// kill -9 of the server at random moments of a sweep with a policy: it ends as it would have, no trial ran twice, and
// those that had to be stopped were. Then a sweep of real processes whose hopeless trial is stopped within a second.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite, workspace } from './laz.ts'

const kills = 12
const trials = 16

/** Logs as MLflow's client would, and like it tries again while the server is away. */
const main = `
import json, os, sys, time, urllib.request
x, witness = int(sys.argv[1]), sys.argv[2]
open(witness, 'a').write('%d\\n' % x)
def log(step, value):
    point = {'run_id': os.environ['MLFLOW_RUN_ID'], 'key': 'score', 'value': value, 'step': step, 'timestamp': int(time.time() * 1000)}
    for _ in range(600):
        try:
            urllib.request.urlopen(urllib.request.Request(
                os.environ['MLFLOW_TRACKING_URI'] + '/api/2.0/mlflow/runs/log-metric', json.dumps(point).encode(),
                {'authorization': 'Bearer ' + os.environ['MLFLOW_TRACKING_TOKEN'], 'content-type': 'application/json'}), timeout=5)
            print('%.3f logged %d' % (time.time(), step), flush=True)
            return
        except OSError:
            time.sleep(0.1)
    sys.exit('the server stayed away')
# good ones log sooner, so that bad ones always find one before them
good = x % 2 == 0
for step in range(4 if good else 60):
    log(step, 1 + x / 100 if good else 0.1)
    time.sleep(0.25 if good else 0.4)
`

const sweep = (more: string[]) =>
  [
    'type: sweep',
    'trial:',
    '  code: ./src',
    '  environment: azureml:host@latest',
    '  command: python3 main.py ${{search_space.x}} ${{inputs.witness}}',
    'sampling_algorithm: grid',
    'objective: {goal: maximize, primary_metric: score}',
    'early_termination: {type: bandit, slack_factor: 0.5, evaluation_interval: 1, delay_evaluation: 2}',
    ...more,
  ].join('\n')

interface Answer {
  status: string
  properties: Record<string, string>
  lazurite: { attempt: number; sweep: { made: number; completed: number; canceled: number; failed: number } }
}

describe('a sweep', () => {
  let lazurite: Lazurite
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'laz-sweep-crash-'))
    mkdirSync(join(folder, 'src'))
    writeFileSync(join(folder, 'src/main.py'), main)
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  const show = (name: string) => lazurite.json<Answer>(['job', 'show', '-n', name])
  const isOver = ({ status }: Answer) => ['Completed', 'Failed', 'Canceled'].includes(status)

  test(`survives ${kills} kills of the server`, async () => {
    const witness = join(folder, 'witness')
    const values = Array.from({ length: trials }, (_, i) => i).join(', ')
    writeFileSync(
      join(folder, 'sweep.yml'),
      sweep([
        `inputs: {witness: ${witness}}`,
        `search_space: {x: {type: choice, values: [${values}]}}`,
        'limits: {max_total_trials: 100, max_concurrent_trials: 2}',
      ]),
    )
    await lazurite.json(['job', 'create', '-f', join(folder, 'sweep.yml'), '--set', 'name=crashed'])
    let killed = 0
    for (; killed < kills; killed++) {
      await sleep(100 + Math.random() * 700)
      process.kill(lazurite.server().pid, 'SIGKILL')
      await sleep(Math.random() * 100)
      expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
      if (isOver(await show('crashed'))) break
    }
    expect(killed).toBeGreaterThan(3)
    let job = await show('crashed')
    for (const until = Date.now() + 120_000; !isOver(job) && Date.now() < until; ) {
      await sleep(300)
      job = await show('crashed')
    }
    expect(job.status).toBe('Completed')
    expect(job.lazurite.sweep).toMatchObject({ made: trials, completed: trials / 2, canceled: trials / 2, failed: 0 })
    expect(job.properties).toMatchObject({
      best_child_run_id: `crashed_${trials - 2}`,
      score: String(1 + (trials - 2) / 100),
    })
    const began = readFileSync(witness, 'utf8').trim().split('\n').map(Number)
    expect(began.sort((a, b) => a - b)).toEqual(Array.from({ length: trials }, (_, i) => i))
    const { value } = JSON.parse((await lazurite.http('GET', `/lazurite/v1${workspace}/jobs/crashed/trials`)).body) as {
      value: { trial: number; status: string; stopped: string | null; values: { x: number } }[]
    }
    expect(value.map(({ trial, values: { x } }) => [trial, x])).toEqual(value.map((_, i) => [i, i]))
    for (const { trial, status, stopped } of value) {
      expect(status).toBe(trial % 2 === 0 ? 'Completed' : 'Canceled')
      if (trial % 2 === 1) expect(stopped).toMatch(/^bandit at interval \d+: its best, 0.1, is beyond/)
      expect((await show(`crashed_${trial}`)).lazurite.attempt).toBe(1)
    }
    const log = await lazurite.http('GET', `/lazurite/v1${workspace}/jobs/crashed/log`)
    for (let trial = 0; trial < trials; trial++) {
      expect(log.body.split(`Scheduling job, id='crashed_${trial}'`)).toHaveLength(2)
    }
  }, 240_000)

  test('stops a hopeless trial within a second of the metric that tells', async () => {
    writeFileSync(
      join(folder, 'stop.yml'),
      sweep([
        `inputs: {witness: ${join(folder, 'witness2')}}`,
        'search_space: {x: {type: choice, values: [2, 3]}}',
        'limits: {max_total_trials: 2, max_concurrent_trials: 2}',
      ]),
    )
    await lazurite.json(['job', 'create', '-f', join(folder, 'stop.yml'), '--set', 'name=stopped'])
    for (const until = Date.now() + 60_000; !isOver(await show('stopped')) && Date.now() < until; ) await sleep(300)
    const why = await lazurite.http('GET', `/lazurite/v1${workspace}/jobs/stopped/trials`)
    const at = Number(/bandit at interval (\d+)/.exec(why.body)?.[1])
    const log = await lazurite.http('GET', `/lazurite/v1${workspace}/jobs/stopped_1/log`)
    const logged = Number(new RegExp(`^([\\d.]+) logged ${at - 1}$`, 'm').exec(log.body)?.[1]) * 1000
    const { phases } = (
      await lazurite.json<{ lazurite: { phases: { name: string; from: number }[] } }>([
        'job',
        'show',
        '-n',
        'stopped_1',
      ])
    ).lazurite
    const heard = phases.find(({ name }) => name === 'CancelRequested')?.from ?? Number.NaN
    expect(heard - logged).toBeLessThan(1000)
    const table = (await lazurite.laz(['job', 'trials', '-n', 'stopped', '-o', 'table'])).out.split('\n')
    expect(table[0]).toMatch(/^trial +name +status +score +values +x +time/)
    expect(table[2]).toMatch(/^0 +stopped_0 +Completed +1\.02 +4 +2 .* best$/)
    expect(table[3]).toMatch(/^1 +stopped_1 +Canceled +0\.1 +\d+ +3 .* bandit at interval/)
    const streamed = await lazurite.laz(['job', 'stream', '-n', 'stopped'])
    expect(streamed.out).toMatch(
      /Streaming azureml-logs\/hyperdrive\.txt[\s\S]*\[POLICY\]\[INFO\]Stopping job 'stopped_1'/,
    )
    console.log(`stopped ${Math.round(heard - logged)} ms after the metric was acknowledged`)
  }, 90_000)
})
