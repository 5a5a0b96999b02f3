import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { armId, type JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artifactsFolder } from '../run-folder.ts'
import { hashFolder } from '../snapshot.ts'
import { type Bed, makeBed, scope } from '../testing/bed.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed()
})
afterAll(() => bed.close())

/** Writes files below a path of the default container and answers the address of that path. */
function upload(path: string, files: Record<string, string>): string {
  const { account, blobstore } = bed.workspace.storage
  const root = bed.store.bytes.folder(account, blobstore)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path, name)), { recursive: true })
    writeFileSync(join(root, path, name), text)
  }
  return `azureml://datastores/workspaceblobstore/paths/${path}`
}

/** Where an address of the default container is on disk. */
function pathOf(uri: string): string {
  const { account, blobstore } = bed.workspace.storage
  return join(bed.store.bytes.folder(account, blobstore), uri.split('/paths/')[1] ?? '')
}

async function code(name: string, script: string): Promise<string> {
  const codeUri = upload(`code/${name}`, { 'entry.py': script })
  await bed.store.resources.put({
    key: { scope, kind: 'code', name, version: '1' },
    props: { codeUri, properties: { hash_sha256: (await hashFolder(pathOf(codeUri))).hash, hash_version: '202208' } },
    by: 'tester',
  })
  return armId(bed.workspace.id, 'codes', name, '1')
}

/** Returns what it was given, so that the rows say how the input was cut. */
const echo = `
import json, os, sys
def init():
    print("args", sys.argv[1:])
def run(batch, context):
    names = [os.path.basename(x) if isinstance(x, str) else x for x in batch]
    return [json.dumps([context.minibatch_index, context.partition_key_value, name], sort_keys=True) for name in names]
def shutdown():
    print("bye")
`

interface Cut {
  inputs?: JsonObject
  outputs?: JsonObject
  task?: JsonObject
  [name: string]: unknown
}

const pipeline = (node: JsonObject): JsonObject => ({
  jobType: 'Pipeline',
  experimentName: 'cut',
  settings: { default_compute: 'azureml:local', force_rerun: true },
  inputs: {},
  outputs: {},
  jobs: { cut: node },
})

async function nodeOf(name: string, script: string, more: Cut): Promise<JsonObject> {
  const { task, ...rest } = more
  return {
    type: 'parallel',
    input_data: '${{inputs.data}}',
    outputs: { rows: { job_output_type: 'uri_file' } },
    retry_settings: { max_retries: 0, timeout: 20 },
    max_concurrency_per_instance: 2,
    task: {
      type: 'run_function',
      code: await code(name, script),
      entry_script: 'entry.py',
      environment: 'azureml:host@latest',
      append_row_to: '${{outputs.rows}}',
      ...task,
    },
    ...rest,
  } as JsonObject
}

async function run(name: string, script: string, more: Cut) {
  expect(await bed.submit(name, pipeline(await nodeOf(name, script, more)))).toEqual([])
  const job = await bed.until(name)
  const child = (await bed.children(name)).cut
  if (!child) throw new Error('no step')
  const artifact = (path: string) => bed.artifact(child.name, path)
  const rows = () => readFileSync(pathOf(child.facts.outputs?.rows?.uri ?? ''), 'utf8')
  const logs = join(artifactsFolder(bed.store, bed.workspace, child.name), 'logs')
  return { state: job.state, child, artifact, rows, logs }
}

const folder = (uri: string, more: JsonObject = {}) => ({ job_input_type: 'uri_folder', uri, ...more })
const table = (uri: string, more: JsonObject = {}) => ({ job_input_type: 'mltable', uri, ...more })
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
const batchesOf = (text: string) => {
  const found = new Map<number, unknown[]>()
  for (const [index, , what] of lines(text)) found.set(index, [...(found.get(index) ?? []), what])
  return [...found.values()]
}

const ten = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, 'x'.repeat(100)]))

describe('an input is cut into mini-batches', () => {
  test('of so many files; rows come in order, and everything is told in the logs', async () => {
    const { state, rows, artifact, child, logs } = await run('files', echo, {
      inputs: { data: folder(upload('ten', ten)), word: { job_input_type: 'literal', value: 'a b' } },
      mini_batch_size: '4',
      task: { program_arguments: "--word '${{inputs.word}}' --error_threshold 0 --resource_monitor_interval 5" },
    })
    expect(child.facts.error).toBeUndefined()
    expect(state).toBe('Completed')
    expect(batchesOf(rows())).toEqual([
      ['f0', 'f1', 'f2', 'f3'],
      ['f4', 'f5', 'f6', 'f7'],
      ['f8', 'f9'],
    ])
    expect(child.props).toMatchObject({ jobType: 'Parallel', parallel: { miniBatchSize: '4', maxRetries: 0 } })
    expect(await artifact('logs/job_result.txt')).toContain('Result: Completed')
    expect(await artifact('logs/job_progress_overview.txt')).toContain('Items processed: 10')
    expect(await artifact('logs/user/stdout/local-0/process000.stdout.txt')).toMatch(
      /args \['--word', 'a b'\][\s\S]*bye/,
    )
    const table = (await artifact('logs/sys/job_report/processed_mini-batches.csv')).trim().split('\n')
    expect(table).toHaveLength(4)
    expect(readdirSync(join(logs, 'sys/perf/local-0')).sort()).toEqual([
      'node_disk_usage.csv',
      'node_resource_usage.csv',
      'processes_resource_usage.csv',
    ])
    expect(await artifact('user_logs/std_log.txt')).toContain('3 of 3 mini-batches are over')
  })
})

const csv = (rows: string[]) => ['n,word,at', ...rows].join('\n')
const numbered = Array.from({ length: 20 }, (_, i) => `${i},w${i % 3},2024-01-0${(i % 9) + 1}`)
const mltable = (steps: string) => `paths:\n  - pattern: ./**/*.csv\ntransformations:\n${steps}`
const read = '  - read_delimited:\n      delimiter: ","\n      header: all_files_same_headers\n      encoding: utf8\n'

/** Without pandas a mini-batch of a table is a list of dictionaries, with it a DataFrame: this reads both. */
const counting = `
import json
def run(batch, context):
    rows = batch.to_dict("records") if hasattr(batch, "to_dict") else batch
    return [json.dumps([context.minibatch_index, context.partition_key_value, [row["n"], row["word"]]]) for row in rows]
`

describe('a table', () => {
  test('is cut at the ends of lines, and no mini-batch spans two files', async () => {
    const uri = upload('table', { MLTable: mltable(read), 'a.csv': csv(numbered), 'b.csv': csv(['7,x,2024-01-01']) })
    const { rows } = await run('table', counting, {
      inputs: { data: table(uri, { mode: 'Direct' }) },
      mini_batch_size: '100',
      task: { program_arguments: '--here ${{inputs.data}}' },
    })
    const batches = batchesOf(rows())
    expect(batches.flat()).toEqual([...numbered.map((_, i) => [i, `w${i % 3}`]), [7, 'x']])
    expect(batches.length).toBeGreaterThan(3)
    expect(batches.at(-1)).toEqual([[7, 'x']])
  })

  test('without a reader is its files', async () => {
    const uri = upload('plain', { MLTable: 'paths:\n  - folder: ./d\n', 'd/1': '', 'd/2': '' })
    const { rows } = await run('plain', echo, { inputs: { data: table(uri) }, mini_batch_size: '1' })
    expect(batchesOf(rows())).toEqual([['1'], ['2']])
  })
})

const flaky = `
import os, sys, time
def run(batch, context):
    name = os.path.basename(batch[0])
    if name == "f1": raise ValueError("f1 is bad")
    if name == "f2": return None
    if name == "f3" and context.retry_count == 0: os._exit(9)
    if name == "f4" and context.retry_count == 0: time.sleep(60)
    if name == "f5": return []
    return [name + " " + str(context.retry_count)]
`
const six = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`f${i}`, '']))

describe('failures', () => {
  test('are tried again, counted, and told with their traceback', async () => {
    const { state, rows, artifact, child } = await run('flaky', flaky, {
      inputs: { data: folder(upload('six', six)) },
      mini_batch_size: '1',
      mini_batch_error_threshold: 2,
      error_threshold: 3,
      retry_settings: { max_retries: 1, timeout: 1 },
    })
    expect(child.facts.error).toBeUndefined()
    expect(state).toBe('Completed')
    expect(rows()).toBe('f0 0\nf3 1\nf4 1\n')
    const errors = await artifact('logs/user/error.txt')
    for (const words of ['ValueError: f1 is bad', 'returned None', 'exit code 9', 'longer than 1 s'])
      expect(errors).toContain(words)
    expect(errors).not.toContain('worker.py')
    expect(await artifact('logs/job_result.txt')).toMatch(/failed: 2[\s\S]*Retries: 4[\s\S]*Items failed: 3/)
  })

  test('beyond a threshold end the job with the reason', async () => {
    const few = { inputs: { data: folder(upload('six', six)) }, retry_settings: { max_retries: 0, timeout: 1 } }
    const batches = await run('too-many', flaky, { ...few, mini_batch_error_threshold: 1 })
    expect(batches.state).toBe('Failed')
    expect(batches.child.facts.error?.message).toContain('mini_batch_error_threshold allows 1')
    expect(await batches.artifact('logs/job_error.txt')).toContain('mini-batches failed')
  })

  test('of init() end the job with its traceback', async () => {
    const script = 'def init():\n    raise KeyError("no model")\ndef run(b):\n    return b\n'
    const { state, child } = await run('no-init', script, { inputs: { data: folder(upload('six', six)) } })
    expect(state).toBe('Failed')
    expect(child.facts.error?.message).toContain('init() failed in every process')
    expect(child.facts.error?.tail).toContain("KeyError: 'no model'")
  })

  test('of a setting that is bound to an input are told when the step begins', async () => {
    const node = await nodeOf('bound', echo, {
      inputs: { data: folder(upload('six', six)) },
      error_threshold: '${{parent.inputs.most}}',
    })
    const inputs: JsonObject = { most: { jobInputType: 'literal', value: 'few' } }
    expect(await bed.submit('bound', { ...pipeline(node), inputs })).toEqual([])
    const { facts } = await bed.until('bound')
    expect(facts.error?.message).toContain('error_threshold must be a whole number of at least -1, not "few"')
  })

  test('of the input are told by name', async () => {
    const empty = await run('empty', echo, {
      inputs: { data: folder(upload('none', { 'x/MLTable': '' })) },
      partition_keys: ['k'],
    })
    expect(empty.child.facts.error?.message).toContain('says nothing of the partition key k')
  })
})

test('several nodes share the work', async () => {
  const script = `
import os, time
def run(batch):
    time.sleep(0.05)
    return [os.environ["AZUREML_PARALLEL_NODE_ID"] + " " + os.path.basename(os.path.dirname(__file__))] * len(batch)
`
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, '']))
  const { state, rows, child } = await run('nodes', script, {
    inputs: { data: folder(upload('many', many)) },
    resources: { instance_count: 2 },
  })
  expect(child.facts.error).toBeUndefined()
  expect(state).toBe('Completed')
  expect(new Set(rows().trim().split('\n'))).toEqual(new Set(['local-0 wd', 'local-1 wd-1']))
  expect(rows().trim().split('\n')).toHaveLength(40)
})

describe('refused at the door', () => {
  const data = () => ({ data: folder(upload('six', six)) })
  test.each<[string, Cut, string, RegExp]>([
    ['no bytes', { mini_batch_size: '0kb' }, 'mini_batch_size', /more than none/],
    ['another input', { input_data: '${{inputs.other}}' }, 'input_data', /no input other/],
    ['no input at all', { input_data: '' }, 'input_data', /cut into mini-batches/],
    ['a model task', { task: { type: 'model' } }, 'task.type', /not supported/],
    ['an output that is not there', { task: { append_row_to: '${{outputs.x}}' } }, 'task.append_row_to', /no output x/],
    ['arguments of nothing', { task: { program_arguments: '--x ${{inputs.x}}' } }, 'task.program_arguments', /named x/],
    ['a threshold below all', { error_threshold: -2 }, 'error_threshold', /at least -1/],
    ['no time', { retry_settings: { timeout: 0 } }, 'retry_settings.timeout', /from 1 to 259200/],
    ['keys that are none', { partition_keys: '[1]' }, 'partition_keys', /no name/],
    ['a script outside', { task: { entry_script: '../x.py' } }, 'task.entry_script', /does not lie/],
  ])('%s', async (name, more, place, words) => {
    const node = await nodeOf(`bad-${name.replaceAll(' ', '-')}`, echo, { inputs: data(), ...more })
    const [issue] = await bed.submit(`bad-${name}`, pipeline(node))
    expect(issue?.path.join('.')).toBe(`jobs.cut.${place}`)
    expect(issue?.message).toMatch(words)
  })

  test('a component without a task', async () => {
    const { task: _, ...bare } = await nodeOf('bad-flow', echo, { inputs: data() })
    const [issue] = await bed.submit('bad-flow', pipeline(bare))
    expect(issue).toMatchObject({ path: ['jobs', 'cut', 'task'], message: expect.stringContaining('prompt flows') })
  })

  test('a job of its own', async () => {
    const [issue] = await bed.submit('alone', { jobType: 'Parallel' })
    expect(issue?.message).toContain('step of a pipeline only')
  })
})
