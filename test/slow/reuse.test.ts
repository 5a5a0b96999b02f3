// Why steps ran, what would run, a shell in one that failed, and on from there: with the real server and command line.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, root as repo, startLazurite, workspace } from './laz.ts'

let lazurite: Lazurite
const folder = mkdtempSync(join(tmpdir(), 'laz-reuse-'))
beforeAll(() => {
  lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'auto' } })
}, 120_000)
afterAll(() => {
  lazurite.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

function write(path: string, text: string): void {
  const full = join(folder, path)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, text)
}

const laz = (...args: string[]) => lazurite.laz(args, { cwd: folder })

interface Told {
  steps: { step: string; decision: string; why: string; changes?: { part: string; packages?: string[] }[] }[]
}

const pipeline = `type: pipeline
experiment_name: reuse
settings: {default_compute: azureml:local}
inputs: {lr: 0.1}
jobs:
  prepare:
    type: command
    component: prepare.yml
  train:
    type: command
    code: train
    command: python3 train.py \${{inputs.data}} \${{inputs.lr}} \${{outputs.model}}
    environment: {image: python:3}
    inputs: {data: "\${{parent.jobs.prepare.outputs.data}}", lr: "\${{parent.inputs.lr}}"}
    outputs: {model: {type: uri_folder}}
  report:
    type: command
    command: cat \${{inputs.model}}/m
    environment: azureml:host@latest
    inputs: {model: "\${{parent.jobs.train.outputs.model}}"}
`
const prepare = `name: prepare
version: 1
type: command
is_deterministic: false
command: date +%N > \${{outputs.data}}/d
environment: azureml:host@latest
outputs: {data: {type: uri_folder}}
`
const train = (body: string) => `import sys\n_, data, lr, model = sys.argv\n${body}\n`
const good = "open(model + '/m', 'w').write(lr + ' ' + open(data + '/d').read())"

function lay(): void {
  write('pipe.yml', pipeline)
  write('prepare.yml', prepare)
  write('train/train.py', train(good))
  write('train/.amlignore', '!nothing\nnode_modules/\n__pycache__\n')
  write('train/node_modules/a/b.js', 'x')
  symlinkSync('/nowhere', join(folder, 'train/node_modules/dangling'))
}

describe('a pipeline that is run, changed and run again', () => {
  test('before it runs: what would be uploaded and what would run; nothing is made', async () => {
    lay()
    const { code, out, err } = await laz('job', 'create', '-f', 'pipe.yml', '--dry-run')
    expect(code, err).toBe(0)
    // the ignored folder holds a link to nowhere: it was not looked into
    expect(err.split('\n')[0]).toMatch(/^Would upload train: 2 files, \d+ B$/)
    expect(out).toContain('3 runs')
    expect(await lazurite.json(['job', 'list'])).toEqual([])
    expect(await lazurite.json(['code', 'list']).catch(() => [])).toEqual([])
  })

  test('afterwards: which file, parameter or upstream step made a step run again', async () => {
    const first = await laz('job', 'create', '-f', 'pipe.yml', '-n', 'one', '--stream')
    expect(first.code, first.err).toBe(0)
    expect(first.err).toMatch(/^Uploading train: 2 files/)
    write('train/train.py', train(`${good}\nprint('changed')`))
    const dry = await laz('job', 'create', '-f', 'pipe.yml', '--set', 'inputs.lr=0.2', '--dry-run', '-o', 'json')
    expect(dry.err).toMatch(/not as before: train.py/)
    const would: Told = JSON.parse(dry.out)
    expect(would.steps.map(({ step, decision }) => `${step} ${decision}`)).toEqual([
      'prepare runs',
      'train runs',
      'report runs',
    ])
    const second = await laz('job', 'create', '-f', 'pipe.yml', '-n', 'two', '--set', 'inputs.lr=0.2', '--stream')
    expect(second.code, second.err).toBe(0)
    const told = await lazurite.json<Told>(['job', 'explain', 'two'])
    // what was said before is what happened
    expect(told.steps.map(({ why }) => why)).toEqual(
      would.steps.map(({ why }) => why.replace('which runs again', 'which ran again')),
    )
    expect(told.steps[1]?.why).toBe(
      'in its code train.py changed; the input data comes from prepare, which ran again; the input lr is 0.2, it was 0.1',
    )
    const story = await laz('job', 'explain', 'two/train')
    expect(story.out).toContain('changed train.py')
    expect(story.out).toMatch(/Not as in [0-9a-f-]{36} of one/)
    expect(story.out).toMatch(/prepare \([0-9a-f-]{36}\) ran: its component is not deterministic/)
    expect((await laz('job', 'explain', 'two/nobody')).err).toMatch(
      /no step nobody: its steps so far are prepare, train/,
    )
  })
})

describe('a step that fails', () => {
  test('is opened, mended and run on from; what came before is taken over', async () => {
    write('train/train.py', train("open('half.txt', 'w').write('half')\nraise SystemExit(7)"))
    const broken = await laz('job', 'create', '-f', 'pipe.yml', '-n', 'broken', '--stream')
    expect(broken.code).toBe(1)
    const once = await laz('job', 'debug', 'broken/train', '--run')
    expect([once.code, once.err]).toEqual([7, expect.stringContaining('the folder as its command left it')])
    write('mended.py', train(good))
    const shell = await talk(
      ['job', 'debug', 'broken/train'],
      `ls; cp ${folder}/mended.py train.py; run; echo "ended $?"`,
    )
    expect(shell.out).toContain('half.txt')
    expect(shell.out).toContain('ended 0')
    expect(shell.err).toContain('Not as registered: train.py')
    const on = await laz('job', 'debug', 'broken/train', '--resume', '--new-name', 'mended', '--stream')
    expect(on.code, on.err).toBe(0)
    const { steps } = await lazurite.json<Told>(['job', 'explain', 'mended'])
    expect(steps.map(({ step, decision, why }) => `${step} ${decision}: ${why}`)).toEqual([
      'prepare reused: it completed in broken, which this pipeline goes on with',
      'train ran: in its code train.py changed',
      'report ran: it was never started in broken',
    ])
    const before = await stepOf('broken', 'prepare')
    expect((await stepOf('mended', 'prepare')).lazurite.reuse).toMatchObject({ reused: true, of: before.name })
  })

  test('a parameter of a finished step is edited, and the pipeline runs on from there', async () => {
    const edit = 'jobs.train.inputs.lr=0.9'
    const on = await laz('job', 'resume', 'mended', '--set', edit, '--new-name', 'other', '--stream')
    expect(on.code, on.err).toBe(0)
    const report = await stepOf('other', 'report')
    const log = await laz('job', 'stream', '-n', report.name)
    expect(log.out).toContain('0.9 ')
    const refused = await laz('job', 'resume', 'other')
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('nothing left to run')])
  })

  test('what is kept of a failed job goes with the job', async () => {
    const { name } = await stepOf('broken', 'train')
    const kept = join(lazurite.home, 'debug/failed', name, 'half.txt')
    expect(readFileSync(kept, 'utf8')).toBe('half')
    const gone = await lazurite.http('DELETE', `/lazurite/v1${workspace}/jobs/broken`)
    expect(gone.status, gone.body).toBeLessThan(300)
    expect(existsSync(kept)).toBe(false)
  })
})

interface Step {
  name: string
  display_name: string
  lazurite: { reuse: { reused: boolean; of?: string } }
}

async function stepOf(job: string, key: string): Promise<Step> {
  const steps = await lazurite.json<Step[]>(['job', 'list', '-p', job])
  const name = steps.find((step) => step.display_name === key)?.name ?? ''
  return lazurite.json<Step>(['job', 'show', '-n', name])
}

/** The command line with something to read. */
function talk(args: string[], input: string): Promise<{ out: string; err: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(repo, 'packages/cli/bin/laz.cjs'), ...args], {
      cwd: folder,
      env: { ...process.env, LAZ_HOME: lazurite.home, NO_COLOR: '1' },
    })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text
    })
    child.on('close', () => done({ out, err }))
    child.stdin.end(input)
  })
}
