// A pipeline of two steps without any YAML: a command in place, and a component whose inputs and outputs the editor knows.
// In the clone, with a server running: npx tsx --conditions=source examples/sdk/pipeline.ts
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, component, connect, Input, Output, pipeline } from '@lazurite/client'

const here = import.meta.dirname
const laz = await connect()

const split = command({
  code: join(here, 'src'),
  command: 'python3 split.py ${{inputs.table}} ${{inputs.rows}} ${{outputs.part}}',
  environment: 'azureml:host@latest',
  inputs: { table: Input({ type: 'uri_file', path: join(here, 'numbers.csv') }), rows: 2 },
  outputs: { part: Output({ type: 'uri_folder' }) },
})

const total = component({
  name: 'total_of_a_column',
  type: 'command',
  code: join(here, 'src'),
  command: 'python3 total.py ${{inputs.part}} ${{outputs.sum}}',
  environment: 'azureml:host@latest',
  inputs: { part: { type: 'uri_folder' } },
  outputs: { sum: { type: 'uri_file' } },
})

const flow = pipeline(
  {
    display_name: 'total of some rows',
    experiment_name: 'sdk',
    settings: { default_compute: 'azureml:local' },
    inputs: { rows: 3 },
  },
  (inputs) => {
    const first = split({ rows: inputs.rows })
    const second = total({ part: first.outputs.part })
    return { first, second, sum: second.outputs.sum }
  },
)

const job = await laz.jobs.create(flow)
const done = await laz.jobs.wait(job.name, { onState: (state) => console.log(job.name, state) })
for await (const step of laz.jobs.children(job.name)) console.log('-', step.display_name, step.status)

const to = mkdtempSync(join(tmpdir(), 'laz-pipeline-'))
await laz.jobs.download(job.name, to, { output: 'sum' })
console.log('sum', readFileSync(join(to, 'named-outputs/sum/sum'), 'utf8').trim())
process.exitCode = done.status === 'Completed' ? 0 : 1
