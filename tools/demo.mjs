// `npm run demo`: the main job on real data, start to finish, with nothing but Node and Python 3.
// Installs what is missing, starts a server in a temporary home, runs the iris pipeline and shows what came of it.
// `npm run demo -- --keep` leaves the server running.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { bundle, install, root } from './setup.mjs'

const keep = process.argv.includes('--keep')
const start = performance.now()
install()
bundle()

const bin = join(root, 'packages/cli/bin/laz.cjs')
const home = mkdtempSync(join(tmpdir(), 'lazurite-demo-'))
const env = { ...process.env, LAZ_HOME: home }

/** Runs `laz …`: shown to the user, or captured and parsed when `json`. */
function laz(args, { json = false } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args, ...(json ? ['-o', 'json'] : [])], {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: json ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0)
    throw new Error(`laz ${args.join(' ')} ended with exit code ${status}\n${stdout ?? ''}${stderr ?? ''}`)
  return json ? JSON.parse(stdout) : undefined
}

/** The latest value of every metric of a run, from the tracking API that MLflow clients use. */
function metricsOf(run) {
  const { url, token } = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))
  return new Promise((resolve, reject) => {
    get(`${url}/api/2.0/mlflow/runs/get?run_id=${run}`, { headers: { authorization: `Bearer ${token}` } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => {
        if (answer.statusCode !== 200) return reject(new Error(`metrics of ${run}: ${answer.statusCode} ${text}`))
        const { metrics = [] } = JSON.parse(text).run.data
        resolve(Object.fromEntries(metrics.map(({ key, value }) => [key, value])))
      })
    }).on('error', reject)
  })
}

function table(rows) {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)))
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, at) => cell.padEnd(widths[at]))
          .join('  ')
          .trimEnd()}`,
    )
    .join('\n')
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`

async function main() {
  console.log('\nStarting a server in a temporary home …')
  laz(['up', '--port', '0'])
  const job = `iris-${Date.now().toString(36)}`
  console.log('\n$ laz job create -f examples/iris/pipeline.yml --stream\n')
  laz(['job', 'create', '-f', 'examples/iris/pipeline.yml', '-n', job, '--stream'])

  const pipeline = laz(['job', 'show', '-n', job], { json: true })
  const steps = laz(['job', 'list', '--parent-job-name', job], { json: true })
  const order = ['prepare', 'train', 'evaluate']
  steps.sort((a, b) => order.indexOf(a.display_name) - order.indexOf(b.display_name))
  const rows = [['STEP', 'STATUS', 'METRICS']]
  let accuracy
  for (const step of steps) {
    const metrics = await metricsOf(step.name)
    accuracy ??= metrics.accuracy
    const shown = Object.entries(metrics).map(([key, value]) => `${key}=${Number(value.toFixed(4))}`)
    rows.push([step.display_name, step.status, shown.join(' ')])
  }
  const model = laz(['model', 'show', '-n', 'iris-classifier', '--label', 'latest'], { json: true })

  console.log(`\nPipeline ${job}: ${pipeline.status}\n`)
  console.log(table(rows))
  console.log(`\nAccuracy on the rows held out: ${accuracy?.toFixed(4)}`)
  console.log(`Model registered: ${model.name}, version ${model.version}`)
  console.log(`Studio: ${pipeline.services?.Studio?.endpoint ?? ''}`)

  const completed = steps.filter((step) => step.status === 'Completed').length
  if (pipeline.status !== 'Completed' || completed !== 3) throw new Error(`only ${completed} of 3 steps completed`)
  if (!(accuracy > 0.9)) throw new Error(`the accuracy is ${accuracy}, which is not above 0.9`)
}

let failed = false
try {
  await main()
} catch (error) {
  failed = true
  console.error(`\nThe demo failed: ${error.message}`)
} finally {
  if (keep && !failed) {
    console.log(`\nThe server keeps running. Its home is ${home}; end it with:\n  LAZ_HOME=${home} npx laz down`)
  } else {
    spawnSync(process.execPath, [bin, 'down'], { env, stdio: 'ignore' })
    rmSync(home, { recursive: true, force: true })
  }
}
console.log(`\n${failed ? 'Failed' : 'Done'} in ${seconds(performance.now() - start)}.`)
process.exitCode = failed ? 1 : 0
