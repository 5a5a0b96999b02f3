// Submits a job through the TypeScript SDK, follows its log and lists what there is. In the clone, with a server running:
// npx tsx --conditions=source examples/sdk/run.ts
import { join } from 'node:path'
import { command, connect, Input } from '@lazurite/client'

const here = import.meta.dirname
const laz = await connect()

const total = command({
  display_name: 'sum of a column',
  experiment_name: 'sdk',
  code: join(here, 'src'),
  command: 'python3 sum.py ${{inputs.table}}',
  environment: 'azureml:host@latest',
  compute: 'azureml:local',
  inputs: { table: Input({ type: 'uri_file', path: join(here, 'numbers.csv') }) },
})

const job = await laz.jobs.create(total)
for await (const text of laz.jobs.stream(job.name)) process.stdout.write(text)
console.log(job.name, (await laz.jobs.wait(job.name)).status)

for await (const each of laz.jobs.list({ newest: true, max: 3 })) console.log('-', each.name, each.status)
