// Submits a job through the TypeScript SDK, follows its log and lists what there is. In the clone:
// npx tsx --conditions=source examples/sdk/run.ts
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { followLog, isOver, Lazurite } from '@lazurite/client'

const home = process.env.LAZ_HOME ?? join(homedir(), '.lazurite')
// the running server writes down where it is
const { url, token } = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))
const laz = new Lazurite({ url, token })

const data = await laz.uploadData(join(import.meta.dirname, 'numbers.csv'))
const code = await laz.uploadCode(join(import.meta.dirname, 'src'))
const name = `sdk-${Date.now()}`
await laz.of('job').put(
  { name },
  {
    jobType: 'Command',
    displayName: 'sum of a column',
    experimentName: 'sdk',
    codeId: code.id,
    command: 'python3 sum.py ${{inputs.table}}',
    environmentId: 'azureml:host@latest',
    computeId: 'local',
    inputs: { table: { jobInputType: 'uri_file', uri: data.uri } },
  },
)

for await (const part of followLog(laz, name)) process.stdout.write(part.bytes)
const job = await laz.of('job').wait({ name }, isOver)
console.log(job.name, job.properties.status)

for await (const each of laz.of('job').list({ newest: true, max: 3 }))
  console.log('-', each.name, each.properties.status)
