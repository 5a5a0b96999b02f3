// Batch endpoints over two nodes while the server is killed, mini-batches that fail, and every form that the data of a
// call can have.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from './laz.ts'

const many = 60
const kills = 4
/** Leaves a line for every file it is given, in a place that nothing clears; half of them wait for a sign. */
const slowly = `
import os, time
def run(mini_batch):
    names = [os.path.basename(path) for path in mini_batch]
    while max(names) >= "30" and not os.path.exists(os.environ["WITNESS"] + ".go"):
        time.sleep(0.05)
    time.sleep(0.2)
    with open(os.environ["WITNESS"], "a") as file:
        file.write("".join("%s %d\\n" % (name, os.getpid()) for name in names))
    return names
`
/** Fails on files called odd the first time, on files called bad every time. */
const moody = `
import os
def run(mini_batch):
    for path in mini_batch:
        name = os.path.basename(path)
        mark = os.path.join(os.environ["MARKS"], name)
        if name.startswith("bad") or (name.startswith("odd") and not os.path.exists(mark)):
            open(mark, "a").write("x")
            raise ValueError("cannot read " + name)
    return ["%s %s" % (os.path.basename(path), open(path).read()) for path in mini_batch]
`
const sizes = `
import os
def run(mini_batch):
    return ["%s %s" % (os.path.basename(path), open(path).read().strip()) for path in mini_batch]
`
const deployment = (name: string, script: string, more: string[]) =>
  [
    `name: ${name}`,
    'endpoint_name: words',
    'type: model',
    `code_configuration: {code: code, scoring_script: ${script}}`,
    'environment: azureml:host@latest',
    ...more,
  ].join('\n')
const joiner = `
type: pipeline
name: joiner
version: 1
inputs: {one: {type: uri_folder}, two: {type: uri_file}, word: {type: string}, times: {type: integer, default: 2}}
outputs: {joined: {type: uri_folder}}
jobs:
  join:
    type: command
    environment: azureml:host@latest
    command: >-
      cat \${{inputs.one}}/* \${{inputs.two}} > \${{outputs.joined}}/all;
      echo \${{inputs.word}} \${{inputs.times}} >> \${{outputs.joined}}/all
    inputs:
      one: \${{parent.inputs.one}}
      two: \${{parent.inputs.two}}
      word: \${{parent.inputs.word}}
      times: \${{parent.inputs.times}}
    outputs: {joined: "\${{parent.outputs.joined}}"}
`

let lazurite: Lazurite
let folder: string
let web: Server
const json = <T = Record<string, string>>(...args: string[]) => lazurite.json<T>(args, { cwd: folder })
const put = (name: string, text: string) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'laz-batch-crash-'))
  for (let i = 0; i < many; i++) put(`many/${String(i).padStart(2, '0')}`, 'x')
  put('code/slowly.py', slowly)
  put('code/moody.py', moody)
  put('code/sizes.py', sizes)
  put('few/a.txt', 'x\n')
  put('few/b.txt', 'xx\n')
  for (const name of ['fine', 'odd-1', 'odd-2', 'odd-3']) put(`moods/${name}`, name)
  for (const name of ['fine', 'bad-1', 'bad-2']) put(`worse/${name}`, name)
  put('marks/none', '')
  const witness =
    'settings:\n  mini_batch_size: 2\n  retry_settings: {max_retries: 3, timeout: 600}\n' +
    `  environment_variables: {WITNESS: ${join(folder, 'witness')}}`
  put('pair.yml', deployment('pair', 'slowly.py', ['compute: azureml:pair', 'resources: {instance_count: 2}', witness]))
  const marks = `  environment_variables: {MARKS: ${join(folder, 'marks')}}\n  mini_batch_size: 1`
  const retries = `settings:\n${marks}\n  retry_settings: {max_retries: 2, timeout: 60}\n  error_threshold: `
  put('moody.yml', deployment('moody', 'moody.py', ['compute: azureml:local', `${retries}0`]))
  put('strict.yml', deployment('strict', 'moody.py', ['compute: azureml:local', `${retries}1`]))
  put('lax.yml', deployment('lax', 'moody.py', ['compute: azureml:local', `${retries}2`]))
  put('sizes.yml', deployment('sizes', 'sizes.py', ['compute: azureml:local', 'settings: {mini_batch_size: 10}']))
  put('joiner.yml', joiner)
  put(
    'joining.yml',
    'name: one\nendpoint_name: joins\ntype: pipeline\ncomponent: ./joiner.yml\nsettings: {default_compute: azureml:local}\n',
  )
  put('data.yml', 'name: few\nversion: 1\ntype: uri_folder\npath: few\n')
  put('page.html', 'seen')
  lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  // the web server of this test has an address of this machine
  writeFileSync(join(lazurite.home, 'laz.toml'), '[compute]\nprivate_hosts = true\n')
  web = createServer((_, answer) => answer.end('from the web\n'))
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  await json('compute', 'create', ...'-n pair --type amlcompute --size Standard_DS1_v2 --max-instances 2'.split(' '))
  await json('batch-endpoint', 'create', '-n', 'words')
  await json('batch-endpoint', 'create', '-n', 'joins')
  for (const name of ['pair', 'moody', 'strict', 'lax', 'sizes'])
    await json('batch-deployment', 'create', '-f', `${name}.yml`, ...(name === 'sizes' ? ['--set-default'] : []))
  await json('batch-deployment', 'create', '-f', 'joining.yml', '--set-default')
  await json('data', 'create', '-f', 'data.yml')
}, 180_000)
afterAll(() => {
  web?.close()
  lazurite?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

async function invoke(...words: string[]): Promise<string> {
  return (await json<{ name: string }>('batch-endpoint', 'invoke', '-n', 'words', ...words)).name
}

async function download(job: string, output: string): Promise<void> {
  const words = ['job', 'download', '-n', job, '--output-name', output, '-p', job]
  const { code, err } = await lazurite.laz(words, { cwd: folder })
  expect(code, err).toBe(0)
}

/** The rows of a job that completed; its status when it did not. */
async function rowsOf(job: string): Promise<string[] | string> {
  await lazurite.laz(['job', 'stream', '-n', job], { cwd: folder })
  const { status = '' } = await json('job', 'show', '-n', job)
  if (status !== 'Completed') return status
  await download(job, 'score')
  const file = join(folder, job, 'named-outputs/score/predictions.csv')
  return readFileSync(file, 'utf8').trim().split('\n').sort()
}

describe('a batch job', () => {
  test('over two nodes goes on while the server is killed: nothing twice, nothing lost', async () => {
    const name = await invoke('-d', 'pair', '--input', 'many')
    for (let i = 0; i < kills; i++) {
      await sleep(500 + Math.random() * 1500)
      process.kill(lazurite.server().pid, 'SIGKILL')
      expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
    }
    put('witness.go', '')
    const names = Array.from({ length: many }, (_, i) => String(i).padStart(2, '0'))
    expect(await rowsOf(name)).toEqual(names)
    const seen = readFileSync(join(folder, 'witness'), 'utf8').trim().split('\n')
    expect(seen.map((line) => line.split(' ')[0]).sort()).toEqual(names)
    // one worker a node
    expect(new Set(seen.map((line) => line.split(' ')[1])).size).toBe(2)
    const [step] = await json<{ name: string }[]>('job', 'list', '--parent-job-name', name)
    const { resources } = await json<{ resources: object }>('job', 'show', '-n', step?.name ?? '')
    expect(resources).toMatchObject({ instance_count: 2 })
  }, 300_000)

  test('tries again what failed, and loses none of it', async () => {
    const rows = await rowsOf(await invoke('-d', 'moody', '--input', 'moods'))
    expect(rows).toEqual(['fine fine', 'odd-1 odd-1', 'odd-2 odd-2', 'odd-3 odd-3'])
    for (const name of ['odd-1', 'odd-2', 'odd-3']) expect(readFileSync(join(folder, 'marks', name), 'utf8')).toBe('x')
  }, 120_000)

  test('fails above the threshold of failed files, and has the other rows below it', async () => {
    expect(await rowsOf(await invoke('-d', 'strict', '--input', 'worse'))).toBe('Failed')
    // the first time and two more
    expect(readFileSync(join(folder, 'marks', 'bad-1'), 'utf8')).toHaveLength(3)
    expect(await rowsOf(await invoke('-d', 'lax', '--input', 'worse'))).toEqual(['fine fine'])
    const once = await invoke('-d', 'strict', '--input', 'worse', '--set', 'error_threshold=2')
    expect(await rowsOf(once)).toEqual(['fine fine'])
  }, 240_000)
})

describe('the data of a call', () => {
  const both = ['a.txt x', 'b.txt xx']
  test('is a folder or a file here, registered data, a place in a datastore, an address of the web', async () => {
    const { path = '' } = await json('data', 'show', '-n', 'few', '-v', '1')
    const port = (web.address() as AddressInfo).port // it listens
    const calls: [string[], string[]][] = [
      [['--input', 'few'], both],
      [['--input', './few/a.txt', '--input-type', 'uri_file'], ['a.txt x']],
      [['--input', 'azureml:few:1'], both],
      [['--input', 'azureml:few@latest'], both],
      [['--input', path], both],
      [['--input', `${path.replace(/\/$/, '')}/b.txt`, '--input-type', 'uri_file'], ['b.txt xx']],
      [['--input', `http://127.0.0.1:${port}/page.txt`, '--input-type', 'uri_file'], ['page.txt from the web']],
      [['--inputs', 'anything=few'], both],
    ]
    const started: [string, string[]][] = []
    for (const [words, rows] of calls) started.push([await invoke(...words), rows])
    for (const [job, rows] of started) expect([job, await rowsOf(job)]).toEqual([job, rows])
  }, 300_000)

  test('is the result of a job', async () => {
    const first = await invoke('--input', 'few')
    await rowsOf(first)
    const second = await invoke('--input', `azureml://jobs/${first}/outputs/score`)
    expect(await rowsOf(second)).toEqual(['predictions.csv a.txt x', 'b.txt xx'].sort())
  }, 120_000)

  test('is several inputs and values, for a pipeline', async () => {
    const inputs = ['--inputs', 'one=few two=few/b.txt word=said times=3']
    const outputs = ['--outputs', 'joined=azureml://datastores/workspaceblobstore/paths/joined']
    const { name = '' } = await json('batch-endpoint', 'invoke', '-n', 'joins', ...inputs, ...outputs)
    const streamed = await lazurite.laz(['job', 'stream', '-n', name])
    expect(streamed.code, streamed.out + streamed.err).toBe(0)
    await download(name, 'joined')
    const joined = readFileSync(join(folder, name, 'named-outputs/joined/all'), 'utf8')
    expect(joined).toBe('x\nxx\nxx\nsaid 3\n')
  }, 120_000)

  test('is that of a schedule', async () => {
    const call = 'endpoint_name: words, deployment_name: sizes, inputs: {data: {type: uri_folder, path: few}}'
    const trigger = 'trigger: {type: cron, expression: "0 4 1 1 *"}'
    put('schedule.yml', `name: yearly\n${trigger}\ninvoke_batch_endpoint: {${call}, mini_batch_size: 1}\n`)
    await json('schedule', 'create', '-f', 'schedule.yml')
    const shown = await json<{ invoke_batch_endpoint: object }>('schedule', 'show', '-n', 'yearly')
    expect(shown.invoke_batch_endpoint).toMatchObject({ endpoint_name: 'words', mini_batch_size: 1 })
    const started = await json('schedule', 'trigger', '-n', 'yearly')
    const [{ name: job = '' } = {}] = await json<{ name?: string }[]>('batch-endpoint', 'list-jobs', '-n', 'words')
    expect(Object.values(started)).toContain(job)
    expect(await rowsOf(job)).toEqual(both)
    const listed = await json<{ name: string }[]>('batch-deployment', 'list-jobs', '-n', 'sizes', '-e', 'words')
    expect(listed.map(({ name }) => name)).toContain(job)
    put('schedule.yml', `name: never\n${trigger}\ninvoke_batch_endpoint: {endpoint_name: nobody}\n`)
    const { code, err } = await lazurite.laz(['schedule', 'create', '-f', 'schedule.yml'], { cwd: folder })
    expect([code === 0, err]).toEqual([false, expect.stringMatching(/nobody/)])
  }, 120_000)

  test('that cannot be is refused, and says what can', async () => {
    const refused = async (...words: string[]) => {
      const { code, err } = await lazurite.laz(['batch-endpoint', 'invoke', '-n', 'words', ...words], { cwd: folder })
      expect(code, err).not.toBe(0)
      return err
    }
    expect(await refused('--inputs', 'a=few b=few')).toMatch(/exactly one input/)
    expect(await refused('--inputs', 'word=said')).toMatch(/takes data alone/)
    expect(await refused('--input', 'azureml:nothing:1')).toMatch(/nothing/)
    expect(await refused()).toMatch(/exactly one input/)
  })
})
