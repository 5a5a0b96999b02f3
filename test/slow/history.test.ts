// The history of jobs as people meet it: on the command line, with real processes, and through the death of the server.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from './laz.ts'

let lz: Lazurite
let folder: string
beforeAll(() => {
  lz = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  folder = mkdtempSync(join(tmpdir(), 'laz-history-'))
  mkdirSync(join(folder, 'src'))
  writeFileSync(
    join(folder, 'src/train.py'),
    `import os, sys
rate = float(sys.argv[1])
print("rate", rate, flush=True)
if rate > 1:
    open("data/none.csv")
open(os.path.join(sys.argv[2], "model.txt"), "w").write("m" * 1000)
`,
  )
  writeFileSync(
    join(folder, 'job.yml'),
    `type: pipeline
experiment_name: tries
tags: {team: red}
settings: {default_compute: serverless}
inputs: {rate: 0.1}
jobs:
  train:
    type: command
    command: python3 train.py \${{inputs.rate}} \${{outputs.model}}
    code: src
    environment: azureml:host@latest
    inputs: {rate: "\${{parent.inputs.rate}}"}
    outputs: {model: {type: uri_folder}}
  look:
    type: command
    command: wc -c < \${{inputs.model}}/model.txt
    environment: azureml:host@latest
    inputs: {model: "\${{parent.jobs.train.outputs.model}}"}
`,
  )
})
afterAll(() => {
  lz.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

const names = (rows: unknown) => (rows as { name: string }[]).map(({ name }) => name)

describe('a pipeline that is run, run again with another value, looked for and deleted', () => {
  test('tells where the time went and what failed, most likely why, and in which line', async () => {
    const first = await lz.laz(['job', 'create', '-f', join(folder, 'job.yml'), '-n', 'good', '--stream'])
    expect(first.code, first.err).toBe(0)
    const again = await lz.laz(['job', 'rerun', 'good', '--set', 'inputs.rate=2.5', '--new-name', 'bad', '--stream'])
    expect(again.code).toBe(1)
    expect(again.err).toMatch(/Likely cause: The file data\/none\.csv is not there\. \(train\.py:5\)/)
    const told = await lz.laz(['job', 'timeline', 'bad'])
    expect(told.out).toMatch(/bad is Failed after [\d.]+s: queued [\d.]+s, preparing [\d.]+s, running [\d.]+s/)
    expect(told.out).toMatch(/Failed in: train/)
    expect(told.out).toMatch(/Likely cause: The file data\/none\.csv is not there\./)
    expect(told.out).toMatch(/Last lines of user_logs\/std_log\.txt:\n {2}rate 2\.5\n/)
    type Times = { stages: Record<string, number>; totalSeconds: number; steps: { displayName: string }[] }
    const times = await lz.json<Times>(['job', 'timeline', 'good'])
    const sum = Object.values(times.stages).reduce((a, b) => a + b, 0)
    expect(Math.abs(sum - times.totalSeconds)).toBeLessThan(1e-6)
    expect(times.steps.map(({ displayName }) => displayName).sort()).toEqual(['look', 'train'])
  })

  test('is found by what it is and what it was given', async () => {
    const cases: [string[], string[]][] = [
      [['--status', 'failed'], ['bad']],
      [
        ['--status', 'failed', 'completed'],
        ['bad', 'good'],
      ],
      [['--experiment-name', 'tries', '--param', 'rate<1'], ['good']],
      [['--tag', 'team=red', '--param', 'rate=2.5'], ['bad']],
      [
        ['--type', 'pipeline', '--order-by', 'name desc'],
        ['good', 'bad'],
      ],
      [['--like', 'go*'], ['good']],
      [['--metric', 'acc>0.5'], []],
      [['--since', '1h', '--max-results', '1'], ['bad']],
    ]
    for (const [flags, expected] of cases)
      expect([flags, names(await lz.json(['job', 'list', ...flags]))]).toEqual([flags, expected])
    const wrong = await lz.laz(['job', 'list', '--status', 'flying'])
    expect([wrong.code > 0, wrong.err]).toEqual([true, expect.stringMatching(/flying.*Running/s)])
  })

  test('goes for good, the code with the last job that used it, and leaves nothing', async () => {
    type Plan = { jobs: string[]; assets: { kind: string }[]; files: number; dryRun: boolean }
    const plan = await lz.json<Plan>(['job', 'delete', 'bad', '--dry-run'])
    expect([plan.dryRun, plan.jobs.length, plan.assets]).toEqual([true, 2, []])
    expect((await lz.laz(['job', 'delete', 'bad'])).err).toMatch(/Add --yes/)
    expect(names(await lz.json(['job', 'list']))).toEqual(['bad', 'good'])
    expect((await lz.laz(['job', 'delete', 'bad', '--yes'])).out).toMatch(/^Deleted:/)
    const rest = await lz.json<Plan>(['experiment', 'delete', 'tries', '--yes'])
    expect(rest.assets.map(({ kind }) => kind).sort()).toEqual(['code', 'component', 'component', 'data'])
    expect(await lz.json(['job', 'list'])).toEqual([])
    expect(names(await lz.json(['experiment', 'list']))).toEqual(['Default'])
    for (const place of ['storage', 'runs', 'snapshots', 'debug']) {
      const files = readdirSync(join(lz.home, place), { recursive: true, withFileTypes: true })
      const left = files.filter((entry) => entry.isFile() && !entry.parentPath.includes('/.bin'))
      expect([place, left.map(({ parentPath, name }) => join(parentPath, name))]).toEqual([place, []])
    }
    // what was deleted can be made anew from the same folder
    const anew = await lz.laz(['job', 'create', '-f', join(folder, 'job.yml'), '-n', 'anew', '--stream'])
    expect(anew.code, anew.err).toBe(0)
  })
})

test('events of a job go on through the death of the server, none lost and none twice', async () => {
  writeFileSync(join(folder, 'long.yml'), 'type: command\ncommand: sleep 4\nenvironment: azureml:host@latest\n')
  await lz.json(['job', 'create', '-f', join(folder, 'long.yml'), '-n', 'long'])
  const heard = lz.laz(['job', 'events', 'long', '--from-start', '-o', 'json'])
  await new Promise((go) => setTimeout(go, 1500))
  process.kill(lz.server().pid, 'SIGKILL')
  await lz.json(['job', 'show', '-n', 'long'])
  const { code, out } = await heard
  const events = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number; state: string })
  expect(code).toBe(0)
  expect(new Set(events.map(({ seq }) => seq)).size).toBe(events.length)
  const states = events.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1])
  expect(states.at(0)).toBe('NotStarted')
  expect(states).toEqual(expect.arrayContaining(['Running', 'Completed']))
  expect(states.at(-1)).toBe('Completed')
}, 60_000)
