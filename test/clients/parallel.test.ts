// Parallel jobs of the unmodified azure-ai-ml over https. LAZ_TEST_PYTHON names a Python that has it.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from '../slow/laz.ts'

const python = process.env.LAZ_TEST_PYTHON
if (!python && process.env.CI === 'true') throw new Error('LAZ_TEST_PYTHON must name a Python with azure-ai-ml')
if (!python) console.log('parallel jobs of azure-ai-ml: skipped; LAZ_TEST_PYTHON names no Python that has it')

const script = join(import.meta.dirname, 'parallel.py')

const filesScript = `
import argparse, os
def init():
    global args
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--suffix")
    parser.add_argument("--folder")
    args, rest = parser.parse_known_args()
    assert rest == [], rest
def run(mini_batch, mini_batch_context):
    for path in mini_batch:
        with open(os.path.join(args.folder, os.path.basename(path)), "w") as file:
            file.write(os.environ["GREETING"])
    return ["%s%s" % (os.path.basename(path), args.suffix) for path in mini_batch]
`
/** A DataFrame where pandas is, dictionaries elsewhere. */
const rowsScript = `
def run(batch, context):
    rows = batch.to_dict("records") if hasattr(batch, "to_dict") else batch
    where = context.partition_key_value or context.minibatch_index
    return ["%s %s %s" % (where, row["n"], row["word"]) for row in rows]
`
const badScript = 'def run(batch):\n    raise ValueError("bad on purpose")\n'
const task = (entry: string, more = '') =>
  `{type: run_function, code: ./src, entry_script: ${entry}, environment: azureml:AzureML-sklearn-1.5@latest${more}}`

const files: Record<string, string> = {
  'src/files.py': filesScript,
  'src/rows.py': rowsScript,
  'src/bad.py': badScript,
  ...Object.fromEntries([0, 1, 2, 3, 4].map((n) => [`data/f${n}.txt`, 'x'])),
  'table/t.csv': `n,word\n${[0, 1, 2, 3, 4, 5].map((n) => `${n},${n % 2 ? 'odd' : 'even'}-word`).join('\n')}\n`,
  'table/MLTable': [
    'paths:',
    '  - file: ./t.csv',
    'transformations:',
    '  - read_delimited:',
    '      delimiter: ","',
    '      encoding: utf8',
    '      header: all_files_same_headers',
  ].join('\n'),
  'component.yml': [
    'type: parallel',
    'name: score_from_file',
    'inputs: {data: {type: uri_folder}}',
    'outputs: {result: {type: uri_file}}',
    'input_data: ${{inputs.data}}',
    'mini_batch_size: "1"',
    `task: ${task('rows_of_files.py', ', append_row_to: "${{outputs.result}}"')}`,
  ].join('\n'),
  'src/rows_of_files.py': 'def run(batch):\n    return batch\n',
  'pipeline.yml': [
    'type: pipeline',
    'settings: {default_compute: "azureml:serverless"}',
    'jobs:',
    '  cut:',
    '    type: parallel',
    '    inputs: {data: {type: uri_folder, path: ./data, mode: ro_mount}}',
    '    outputs: {result: {type: uri_file}}',
    '    input_data: ${{inputs.data}}',
    '    mini_batch_size: "10kb"',
    '    resources: {instance_count: 1}',
    '    max_concurrency_per_instance: 2',
    '    error_threshold: 0',
    '    mini_batch_error_threshold: 0',
    '    logging_level: INFO',
    '    retry_settings: {max_retries: 2, timeout: 60}',
    `    task: ${task('rows_of_files.py', ', append_row_to: "${{outputs.result}}"')}`,
  ].join('\n'),
}

describe.skipIf(!python)('parallel jobs of azure-ai-ml', () => {
  let lazurite: Lazurite
  let root: string
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'laz-parallel-'))
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true })
      writeFileSync(join(root, name), text)
    }
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    expect(await lazurite.laz(['up', '--tls'])).toMatchObject({ code: 0 })
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(root, { recursive: true, force: true })
  })

  test('run as steps, are streamed, listed and downloaded; components, files, failures, refusals', async () => {
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
      status: ['Completed', true],
      node: ['parallel', 3],
      children: {
        score_files: ['command', 'Completed'],
        score_keys: ['command', 'Completed'],
        score_rows: ['command', 'Completed'],
      },
      files: [0, 1, 2, 3, 4].map((n) => `f${n}.txt?`),
      rows: ['0 0 even-word', '0 1 odd-word', '0 2 even-word', '0 3 odd-word', '1 4 even-word', '1 5 odd-word'],
      keys: [0, 2, 4]
        .map((n) => `{'word': 'even-word'} ${n} even-word`)
        .concat([1, 3, 5].map((n) => `{'word': 'odd-word'} ${n} odd-word`)),
      log: [true, true],
      logs: [
        'job_progress_overview.txt',
        'job_result.txt',
        'readme.txt',
        'sys/job_report/processed_mini-batches.csv',
        'sys/master_role.txt',
        'sys/perf/serverless-0/node_disk_usage.csv',
        'sys/perf/serverless-0/node_resource_usage.csv',
        'sys/perf/serverless-1/node_disk_usage.csv',
        'sys/perf/serverless-1/node_resource_usage.csv',
      ],
      result: 'Result: Completed',
      component: ['parallel', 2, 'files.py'],
      registered: ['Completed', 5, 5],
      yaml: 'Completed',
      failing: ['Failed', true],
      refused: [400, true],
    })
  }, 600_000)
})

function run(command: string, args: string[], env: Record<string, string>) {
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
