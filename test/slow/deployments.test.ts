// Deployments as the scripts of their owners make and change them: what a command answered is what callers get from then on.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from './laz.ts'

const script = (word: string) => `def init(): pass\ndef run(data): return "${word}"\n`
const files: Record<string, string> = {
  'code/one.py': script('one'),
  'code/two.py': script('two'),
  'other/one.py': script('three'),
  'sample.json': '{}',
  'deployment.yml': [
    'name: blue',
    'endpoint_name: <my-endpoint>',
    'code_configuration: {code: code, scoring_script: one.py}',
    'environment: azureml:host@latest',
    'instance_type: Standard_DS3_v2',
    'instance_count: 1',
  ].join('\n'),
  'batch.yml': [
    'name: first',
    'endpoint_name: words',
    'type: model',
    'model: {path: code}',
    'code_configuration: {code: code, scoring_script: batch.py}',
    'environment: azureml:host@latest',
    'compute: azureml:local',
  ].join('\n'),
  'code/batch.py': 'def init(): pass\ndef run(mini_batch): return ["scored"] * len(mini_batch)\n',
  'pipeline.yml': [
    'name: spell',
    'type: pipeline',
    'inputs: {word: {type: string}}',
    'outputs: {out: {type: uri_folder}}',
    'jobs:',
    '  write:',
    '    type: command',
    '    inputs: {word: "${{parent.inputs.word}}"}',
    '    outputs: {out: "${{parent.outputs.out}}"}',
    '    environment: azureml:host@latest',
    '    command: echo ${{inputs.word}} > ${{outputs.out}}/word.txt',
  ].join('\n'),
  'spelling.yml': [
    'name: second',
    'endpoint_name: words',
    'type: pipeline',
    'component: pipeline.yml',
    'settings: {default_compute: azureml:local}',
  ].join('\n'),
  'call.yml': 'inputs: {word: {type: string, default: aloud}}\n',
}

let lazurite: Lazurite
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'laz-deployments-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  await said('online-endpoint', 'create', '-n', 'doors')
})
afterAll(async () => {
  await lazurite.laz(['online-endpoint', 'delete', '-n', 'doors', '--yes'])
  lazurite.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

async function said(...args: string[]): Promise<string> {
  const { code, out, err } = await lazurite.laz(args, { cwd: folder })
  expect(code, `laz ${args.join(' ')}\n${out}${err}`).toBe(0)
  return out.trim()
}

const asked = () => said('online-endpoint', 'invoke', '-n', 'doors', '-r', 'sample.json')

test('a change has reached every caller when its command ends', async () => {
  const mine = ['-f', 'deployment.yml', '--set', 'endpoint_name=doors']
  await said('online-deployment', 'create', ...mine, '--all-traffic')
  expect(await asked()).toBe('"one"')
  const which = ['-e', 'doors', '-n', 'blue']
  await said('online-deployment', 'update', ...which, '--set', 'code_configuration.scoring_script=two.py')
  expect(await asked()).toBe('"two"')
  // the file alone would name another endpoint
  await said('online-deployment', 'update', ...mine, '--set', 'code_configuration.code=other')
  expect(await asked()).toBe('"three"')
})

test('a deployment that is deleted is looked after no more', async () => {
  const probe = ['readiness_probe.period=1', 'liveness_probe.period=1']
  await said(
    ...['online-deployment', 'create', '-f', 'deployment.yml', '--name', 'green', '--set'],
    'endpoint_name=doors',
    ...probe,
  )
  const log = await said('online-deployment', 'get-logs', '-e', 'doors', '-n', 'green')
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(log)?.[1])
  await said('online-deployment', 'delete', '-e', 'doors', '-n', 'green', '--yes')
  let asks = 0
  const heir = createServer((_request, answer) => {
    asks += 1
    answer.end()
  })
  // taken over as soon as the replica has ended
  for (const end = Date.now() + 30_000; !heir.listening; ) {
    if (Date.now() > end) expect.fail(`the replica still listens on ${port}`)
    await new Promise<void>((resolve) => {
      heir.once('listening', resolve).once('error', () => setTimeout(resolve, 100))
      heir.listen(port, '127.0.0.1')
    })
  }
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  await new Promise((resolve) => heir.close(resolve))
  expect(asks).toBe(0)
}, 90_000)

test('a call of a batch endpoint has settings of its own, and values with their types', async () => {
  await said('batch-endpoint', 'create', '-n', 'words')
  await said('batch-deployment', 'create', '-f', 'batch.yml', '--set-default')
  const call = ['batch-endpoint', 'invoke', '-n', 'words', '--query', 'name', '-o', 'tsv']
  const settings = ['output_file_name=mine.csv', 'retry_settings.max_retries=1', 'compute.instance_count=1']
  const named = await said(...call, '--input', 'sample.json', '--set', ...settings)
  expect(await got(named, 'score', 'mine.csv')).toBe('scored\n')
  await said('batch-deployment', 'create', '-f', 'spelling.yml')
  const spelt = await said(...call, '-d', 'second', '-f', 'call.yml')
  expect(await got(spelt, 'out', 'word.txt')).toBe('aloud\n')
  const odd = await lazurite.laz([...call, '--input', 'sample.json', '--set', 'nothing=1'], { cwd: folder })
  expect([odd.code, odd.err]).toEqual([2, expect.stringContaining('nothing')])
}, 240_000)

/** A file of an output of a job, once that is over. */
async function got(job: string, output: string, file: string): Promise<string> {
  await said('job', 'stream', '-n', job)
  await said('job', 'download', '-n', job, '--output-name', output, '-p', job)
  return readFileSync(join(folder, job, 'named-outputs', output, file), 'utf8')
}
