// Parallel jobs of the unmodified azure-ai-ml over https. LAZ_TEST_PYTHON names a Python that has it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasSdk, openPrograms, type SdkPrograms } from './sdk-program.ts'

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

describe.skipIf(!hasSdk('parallel jobs'))('parallel jobs of azure-ai-ml', () => {
  let programs: SdkPrograms
  beforeAll(async () => {
    programs = await openPrograms(files)
  })
  afterAll(() => programs?.end())

  test('run as steps, are streamed, listed and downloaded; components, files, failures, refusals', async () => {
    expect(await programs.run('parallel.py')).toEqual({
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
