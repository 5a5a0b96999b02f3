// Parallel jobs with the real server, the real command line and real processes: the server is killed while they work, a
// job is cancelled while its workers sleep, and what is wrong is said before anything runs.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite } from './laz.ts'

const files = 120
const kills = 6

/** Leaves a line for every file it is given, in a place that no retry of anything clears. */
const slowly = `
import os, sys, time
def init():
    global witness
    witness = sys.argv[1]
def run(batch):
    time.sleep(0.15)
    with open(witness, 'a') as file:
        file.write(''.join('%s\\n' % os.path.basename(path) for path in batch))
    return [os.path.basename(path) for path in batch]
`
const asleep = `
import subprocess, time
def run(batch):
    subprocess.Popen(['sleep', '3456']).wait()
`

const step = (script: string, more: string[] = []) =>
  [
    'type: pipeline',
    'settings: {default_compute: "azureml:local"}',
    'jobs:',
    '  cut:',
    '    type: parallel',
    '    inputs: {data: {type: uri_folder, path: ./data}}',
    '    outputs: {rows: {type: uri_file}}',
    '    input_data: ${{inputs.data}}',
    '    mini_batch_size: "2"',
    '    max_concurrency_per_instance: 2',
    '    mini_batch_error_threshold: 0',
    '    task:',
    '      type: run_function',
    '      code: ./src',
    `      entry_script: ${script}`,
    '      environment: azureml:host@latest',
    ...more,
  ].join('\n')

interface Job {
  name: string
  status: string
  lazurite?: { reuse?: { reused: boolean; why: string } }
}

describe('parallel jobs', () => {
  let lazurite: Lazurite
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'laz-parallel-'))
    const put = (name: string, text: string) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    for (let i = 0; i < files; i++) put(`data/${String(i).padStart(3, '0')}`, 'x')
    put('src/slowly.py', slowly)
    put('src/asleep.py', asleep)
    const rows = '      append_row_to: ${{outputs.rows}}'
    put('slowly.yml', step('slowly.py', [rows, `      program_arguments: ${join(folder, 'witness')}`]))
    put('asleep.yml', step('asleep.py'))
    put('nothing.yml', step('slowly.py').replace('"2"', '"0"'))
    put('nowhere.yml', step('slowly.py').replace('inputs.data}', 'inputs.date}'))
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  const create = (file: string) => lazurite.json<Job>(['job', 'create', '-f', join(folder, file)])
  const show = (name: string) => lazurite.json<Job>(['job', 'show', '-n', name])
  const stepOf = async (name: string) => {
    const found = await lazurite.json<Job[]>(['job', 'list', '--parent-job-name', name])
    return found[0]?.name ?? ''
  }

  test('go on while the server is killed: every file once, all rows in order', async () => {
    const { name } = await create('slowly.yml')
    for (let i = 0; i < kills; i++) {
      await sleep(200 + Math.random() * 900)
      process.kill(lazurite.server().pid, 'SIGKILL')
      expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
    }
    const ended = await lazurite.laz(['job', 'stream', '-n', name])
    expect(ended.code, ended.out + ended.err).toBe(0)
    const names = Array.from({ length: files }, (_, i) => String(i).padStart(3, '0'))
    expect(readFileSync(join(folder, 'witness'), 'utf8').trim().split('\n').sort()).toEqual(names)
    const child = await stepOf(name)
    expect(await show(child)).toMatchObject({ status: 'Completed' })
    const into = join(folder, 'download')
    await lazurite.laz(['job', 'download', '-n', child, '--output-name', 'rows', '-p', into])
    const [file = ''] = readdirSync(into, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
    expect(readFileSync(file, 'utf8')).toBe(`${names.join('\n')}\n`)
  }, 300_000)

  test('end with all their workers when they are cancelled', async () => {
    const { name } = await create('asleep.yml')
    while (sleepers().length < 2) await sleep(100)
    expect(await lazurite.laz(['job', 'cancel', '-n', name])).toMatchObject({ code: 0 })
    while (!['Canceled', 'Failed', 'Completed'].includes((await show(name)).status)) await sleep(200)
    expect(await show(name)).toMatchObject({ status: 'Canceled' })
    expect(sleepers()).toEqual([])
  }, 120_000)

  test('of the example run, once more without running, and from TypeScript', async () => {
    const file = join(root, 'examples/parallel/pipeline.yml')
    for (const reused of [false, true]) {
      const { name } = await lazurite.json<Job>(['job', 'create', '-f', file])
      const { code, out, err } = await lazurite.laz(['job', 'stream', '-n', name])
      expect(code, out + err).toBe(0)
      for (const { name: child } of await lazurite.json<Job[]>(['job', 'list', '--parent-job-name', name])) {
        const job = await lazurite.json<Job>(['job', 'show', '-n', child])
        expect(job.lazurite?.reuse?.reused, job.lazurite?.reuse?.why).toBe(reused)
      }
    }
    const env = { ...process.env, LAZ_HOME: lazurite.home }
    const words = ['tsx', '--conditions=source', 'examples/parallel/run.ts']
    const { stdout, stderr } = await promisify(execFile)('npx', words, { cwd: root, env })
    expect(stdout, stderr).toMatch(/^1\.txt 3\n2\.txt 6\n[\s\S]*6\.txt 1\n$/)
  }, 120_000)

  test('that cannot run are refused with the place', async () => {
    const nothing = await lazurite.laz(['job', 'create', '-f', join(folder, 'nothing.yml')])
    expect(nothing.code).not.toBe(0)
    expect(nothing.err).toMatch(/nothing\.yml:9:\d+[\s\S]*more than none/)
    const nowhere = await lazurite.laz(['job', 'create', '-f', join(folder, 'nowhere.yml')])
    expect(nowhere.code).not.toBe(0)
    expect(nowhere.err).toContain('The step has no input date')
  })
})

/** Processes that only the sleeping step starts. */
function sleepers(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === 'sleep\x003456\x00'
    } catch {
      return false
    }
  })
}
