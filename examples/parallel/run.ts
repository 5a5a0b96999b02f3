// The parallel step of this folder without YAML, in a pipeline that hands it the texts.
// In the clone, with a server running: npx tsx --conditions=source examples/parallel/run.ts
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, Input, Output, parallel, pipeline } from '@lazurite/client'

const here = import.meta.dirname
const laz = await connect()

const count = parallel({
  inputs: { texts: Input({ type: 'uri_folder', path: join(here, 'texts') }), least: 3 },
  outputs: { rows: Output({ type: 'uri_file' }) },
  input_data: '${{inputs.texts}}',
  mini_batch_size: '2',
  max_concurrency_per_instance: 2,
  mini_batch_error_threshold: 0,
  retry_settings: { max_retries: 1, timeout: 60 },
  task: {
    type: 'run_function',
    code: join(here, 'src'),
    entry_script: 'count.py',
    program_arguments: '--least ${{inputs.least}}',
    append_row_to: '${{outputs.rows}}',
    environment: 'azureml:host@latest',
  },
})

const flow = pipeline({ display_name: 'words', settings: { default_compute: 'azureml:local' } }, () => {
  const words = count({ least: 4 })
  return { words, rows: words.outputs.rows }
})

const job = await laz.jobs.create(flow)
const done = await laz.jobs.wait(job.name)
const to = mkdtempSync(join(tmpdir(), 'laz-parallel-'))
await laz.jobs.download(job.name, to, { output: 'rows' })
console.log(readFileSync(join(to, 'named-outputs/rows/rows'), 'utf8').trim())
process.exitCode = done.status === 'Completed' ? 0 : 1
