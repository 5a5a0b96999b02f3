// Sweeps: 200 trials from asking to the best of them, and how long it takes to find the next values, both beside Optuna;
// how good what is found is, beside Optuna and beside chance.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { root } from '../tools/setup.mjs'
import { call, median, memoryMb, peer, say, startServer } from './tools.mjs'

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const host = 'azureml://registries/azureml/environments/host/labels/latest'
const trials = 200

/** Logs one number over plain bash, so that what is measured is the sweep and not the start of Python. */
const logs = `
rest=\${MLFLOW_TRACKING_URI#http://}; at=\${rest%%/*}; path=/\${rest#*/}
body='{"run_id":"'$MLFLOW_RUN_ID'","key":"loss","value":'$1',"step":0,"timestamp":1700000000000}'
exec 3<>/dev/tcp/\${at%%:*}/\${at##*:}
printf 'POST %s/api/2.0/mlflow/runs/log-metric HTTP/1.1\\r\\nhost: %s\\r\\nauthorization: Bearer %s\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\nconnection: close\\r\\n\\r\\n%s' "$path" "$at" "$MLFLOW_TRACKING_TOKEN" \${#body} "$body" >&3
read -r _ status _ <&3; [ "$status" = 200 ]
`

const sweep = (sampling, atOnce) => ({
  properties: {
    jobType: 'Sweep',
    experimentName: 'bench',
    objective: { goal: 'minimize', primaryMetric: 'loss' },
    samplingAlgorithm: { samplingAlgorithmType: sampling },
    searchSpace: { x: ['uniform', [0, 1]], y: ['uniform', [0, 1]] },
    limits: { jobLimitsType: 'Sweep', maxTotalTrials: trials, maxConcurrentTrials: atOnce },
    trial: { command: `set -- \${{search_space.x}}\n${logs}`, environmentId: host },
    inputs: {},
    outputs: {},
  },
})

const optunaLoop = `
import subprocess, sys, time, optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
def objective(trial):
    x = trial.suggest_float('x', 0, 1); trial.suggest_float('y', 0, 1)
    if sys.argv[2] == 'process':
        subprocess.run(['bash', '-c', 'true'], check=True)
    return x
sampler = {'random': optuna.samplers.RandomSampler, 'bayesian': optuna.samplers.TPESampler}[sys.argv[1]]()
study = optuna.create_study(sampler=sampler, storage='sqlite:///' + sys.argv[4] if sys.argv[3] == 'kept' else None)
start = time.perf_counter()
study.optimize(objective, n_trials=${trials}, n_jobs=2)
print(time.perf_counter() - start)
`

const optunaNext = `
import sys, time, optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
known = int(sys.argv[1])
study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1, multivariate=True))
space = {name: optuna.distributions.FloatDistribution(0, 1) for name in 'abcd'}
import random
random.seed(1)
for _ in range(known):
    values = {name: random.random() for name in space}
    study.add_trial(optuna.trial.create_trial(params=values, distributions=space, value=sum(values.values())))
times = []
for _ in range(20):
    start = time.perf_counter()
    study.ask(space)
    times.append((time.perf_counter() - start) * 1000)
print(sorted(times)[10])
`

const optunaBest = `
import math, statistics, optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
def branin(t):
    x = t.suggest_float('x', -5, 10); y = t.suggest_float('y', 0, 15)
    return (y - 5.1 / (4 * math.pi ** 2) * x * x + 5 / math.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10
best = []
for seed in range(1, 16):
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, multivariate=True))
    study.optimize(branin, n_trials=60)
    best.append(study.best_value)
print(statistics.median(best))
`

const branin = ({ x, y }) =>
  (y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6) ** 2 +
  10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) +
  10

async function throughput(server, { sampling, atOnce, python, folder, rounds }) {
  say(`${trials} trials, ${sampling} …`)
  const [ours, kept, bare] = [[], [], []]
  for (let round = 0; round < rounds; round++) {
    const name = `${sampling.toLowerCase()}-${round}`
    let start = performance.now()
    await call(server, 'PUT', `${server.workspace}/jobs/${name}`, sweep(sampling, atOnce))
    for (;;) {
      const job = await call(server, 'GET', `${server.workspace}/jobs/${name}`)
      const { status, properties } = job.properties
      if (status === 'Completed' && properties.best_child_run_id) break
      if (['Failed', 'Canceled', 'Completed'].includes(status)) throw new Error(JSON.stringify(job.lazurite.error))
      await sleep(5)
    }
    ours.push(trials / ((performance.now() - start) / 1000))
    for (const [list, where] of [
      [kept, 'kept'],
      [bare, 'memory'],
    ]) {
      if (!python) continue
      start = performance.now()
      const file = join(folder, `${name}-${where}.db`)
      const said = run(python, optunaLoop, [sampling.toLowerCase(), 'process', where, file])
      list.push(trials / Number(said))
    }
  }
  const base = { group: 'sweep', unit: 'trials/s', lazurite: median(ours), server_mb: memoryMb(server.pid) }
  const beside = (list, peer_name) =>
    python ? { peer: median(list), peer_name, ratio: base.lazurite / median(list) } : { peer_name, missing: true }
  const title = `${trials}-trials-${sampling.toLowerCase()}`
  return [
    { name: title, ...base, ...beside(kept, 'optuna, 2 threads, SQLite, a process a trial') },
    { name: title, ...base, ...beside(bare, 'optuna, 2 threads, in memory, a process a trial') },
  ]
}

function run(python, text, args = []) {
  return execFileSync(python, ['-W', 'ignore', '-c', text, ...args], { encoding: 'utf8' }).trim()
}

/** The samplers as the server has them, bundled for this process. */
async function samplers(folder) {
  const outfile = join(folder, 'samplers.mjs')
  const at = (file) => JSON.stringify(join(root, 'packages/engine/src/sweep', file))
  await build({
    stdin: {
      contents: `export { tpeValues } from ${at('tpe.ts')}\nexport { randomValues } from ${at('draw.ts')}`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    logLevel: 'error',
  })
  return import(pathToFileURL(outfile))
}

function nextValues({ tpeValues, randomValues }, python) {
  return [200, 1000].map((count) => {
    say(`the next values after ${count} trials …`)
    const space = new Map(['a', 'b', 'c', 'd'].map((name) => [name, { type: 'uniform', min: 0, max: 1 }]))
    const known = Array.from({ length: count }, (_, trial) => {
      const values = randomValues(space, { seed: 1, trial })
      return { values, cost: Object.values(values).reduce((a, b) => a + b) }
    })
    const times = []
    for (let i = 0; i < 20; i++) {
      const start = performance.now()
      tpeValues(space, known, { seed: 1, trial: count + i })
      times.push(performance.now() - start)
    }
    const lazurite = median(times)
    const peer_ms = python ? Number(run(python, optunaNext, [String(count)])) : undefined
    return {
      name: `next-values-after-${count}`,
      group: 'sweep',
      unit: 'ms',
      lazurite,
      peer_name: 'optuna, TPE, 4 parameters',
      ...(peer_ms === undefined ? { missing: true } : { peer: peer_ms, ratio: lazurite / peer_ms }),
    }
  })
}

function quality({ tpeValues, randomValues }, python) {
  say('Branin, 60 trials, 15 seeds …')
  const space = new Map([
    ['x', { type: 'uniform', min: -5, max: 10 }],
    ['y', { type: 'uniform', min: 0, max: 15 }],
  ])
  const seeds = Array.from({ length: 15 }, (_, i) => i + 1)
  const least = (next) =>
    median(
      seeds.map((seed) => {
        const known = []
        for (let trial = 0; trial < 60; trial++) {
          const values = next(known, { seed, trial })
          known.push({ values, cost: branin(values) })
        }
        return Math.min(...known.map(({ cost }) => cost))
      }),
    )
  const base = { group: 'sweep', unit: 'least of Branin', lazurite: least((known, o) => tpeValues(space, known, o)) }
  const random = least((_, o) => randomValues(space, o))
  const theirs = python ? Number(run(python, optunaBest)) : undefined
  const beside = (peer_name, peer) =>
    peer === undefined ? { peer_name, missing: true } : { peer_name, peer, ratio: base.lazurite / peer }
  return [
    {
      name: 'bayesian-60-trials',
      ...base,
      ...beside('random sampling', random),
      goal: '≤ 1; 0.398 is the least there is',
    },
    { name: 'bayesian-60-trials', ...base, ...beside('optuna, TPE', theirs) },
  ]
}

export async function measure({ rounds = 3 }) {
  const folder = mkdtempSync(join(tmpdir(), 'laz-bench-sweep-'))
  const bin = peer('optuna', ['optuna'])
  const python = bin && join(bin, 'python')
  const server = startServer()
  server.agent = new Agent({ keepAlive: true })
  try {
    writeFileSync(join(folder, 'keep'), '')
    const few = Math.max(1, Math.round(rounds / 3))
    const ours = await samplers(folder)
    return [
      ...(await throughput(server, { sampling: 'Random', atOnce: 8, python, folder, rounds: few })),
      ...(await throughput(server, { sampling: 'Bayesian', atOnce: 8, python, folder, rounds: few })),
      ...nextValues(ours, python),
      ...quality(ours, python),
    ]
  } finally {
    server.agent.destroy()
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
