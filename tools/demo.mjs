// `npm run demo`: the main job on real data, start to finish, with nothing but Node and Python 3.
// Installs what is missing, starts a server in a temporary home, runs the iris pipeline, deploys the model that came of it
// and scores the flowers that were held out. `npm run demo -- --keep` leaves the server and the endpoint running.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

/** Runs `laz …`: shown to the user, or captured: as `text`, or parsed when `json`. */
function laz(args, { json = false, text = json } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args, ...(json ? ['-o', 'json'] : [])], {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: text ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0)
    throw new Error(`laz ${args.join(' ')} ended with exit code ${status}\n${stdout ?? ''}${stderr ?? ''}`)
  return json ? JSON.parse(stdout) : stdout
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

/** The rows that the first step held out: what to ask, and what is true. */
function heldOut(step) {
  const folder = join(home, 'held-out')
  laz(['job', 'download', '-n', step, '--output-name', 'test_rows', '-p', folder], { text: true })
  const file = readdirSync(folder, { recursive: true }).find((name) => String(name).endsWith('rows.csv'))
  const [, ...lines] = readFileSync(join(folder, String(file)), 'utf8')
    .trim()
    .split(/\r?\n/)
  return lines.map((line) => {
    const cells = line.split(',')
    return { measured: cells.slice(0, -1).map(Number), species: cells.at(-1) }
  })
}

/** Deploys the registered model, asks it about flowers it has never seen, and answers the share it named right. */
function deployAndScore(rows) {
  const request = join(home, 'flowers.json')
  writeFileSync(request, JSON.stringify({ data: rows.map(({ measured }) => measured) }))
  const show = (words) => console.log(`$ laz ${words.join(' ')}`)
  const steps = [
    ['online-endpoint', 'create', '-f', 'examples/iris/endpoint.yml'],
    ['online-deployment', 'create', '-f', 'examples/iris/deployment.yml', '--all-traffic'],
  ]
  console.log()
  for (const words of steps) {
    show(words)
    laz([...words, '-o', 'none'], { text: true })
  }
  const log = ['online-deployment', 'get-logs', '-n', 'blue', '-e', 'iris', '--container', 'storage-initializer']
  const said = laz(log, { text: true }).split('\n')
  console.log(`  ${said.find((line) => line.includes('serve'))?.replace(/^\S+ /, '') ?? ''}\n`)
  const ask = ['online-endpoint', 'invoke', '-n', 'iris', '--request-file', request]
  show(ask)
  const { species, probabilities } = JSON.parse(laz(ask, { text: true }))
  const shown = rows.slice(0, 30).filter((_, at) => at % 5 === 0)
  const lines = shown.map((row) => {
    const at = rows.indexOf(row)
    return [
      row.measured.map((value) => value.toFixed(1)).join('  '),
      species[at],
      Math.max(...probabilities[at]).toFixed(2),
      row.species,
    ]
  })
  console.log(table([['MEASURED', 'ANSWER', 'CHANCE', 'TRUTH'], ...lines]))
  const right = rows.filter((row, at) => row.species === species[at]).length
  console.log(`\nThe endpoint names ${right} of ${rows.length} flowers right that the model has never seen.`)
  return right / rows.length
}

/** Deletes the endpoint, and waits for its replica to end: it would outlive the server. */
async function removeEndpoint() {
  spawnSync(process.execPath, [bin, 'online-endpoint', 'delete', '-n', 'iris', '--yes'], { env, stdio: 'ignore' })
  const serving = join(home, 'serving')
  for (const limit = performance.now() + 15_000; performance.now() < limit; ) {
    if (!existsSync(serving) || readdirSync(serving).length === 0) return
    await new Promise((go) => setTimeout(go, 50))
  }
}

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

  const completed = steps.filter((step) => step.status === 'Completed').length
  if (pipeline.status !== 'Completed' || completed !== 3) throw new Error(`only ${completed} of 3 steps completed`)
  if (!(accuracy > 0.9)) throw new Error(`the accuracy is ${accuracy}, which is not above 0.9`)

  const served = deployAndScore(heldOut(steps[0].name))
  if (served !== accuracy) throw new Error(`the endpoint is right in ${served}, the pipeline said ${accuracy}`)
}

let failed = false
try {
  await main()
} catch (error) {
  failed = true
  console.error(`\nThe demo failed: ${error.message}`)
} finally {
  if (keep && !failed) {
    const at = `LAZ_HOME=${home} npx laz`
    console.log(`\nThe server and the endpoint keep running. The home is ${home}; end both with:`)
    console.log(`  ${at} online-endpoint delete -n iris --yes\n  ${at} down`)
    const { url } = laz(['studio', '/jobs', '--no-browser'], { json: true })
    console.log(`\nStudio, logged in once within two minutes:\n  ${url}\nand later: ${at} studio`)
  } else {
    await removeEndpoint()
    spawnSync(process.execPath, [bin, 'down'], { env, stdio: 'ignore' })
    rmSync(home, { recursive: true, force: true })
    if (!failed) console.log('\nTo look at all of it in the Studio: npm run demo -- --keep')
  }
}
console.log(`\n${failed ? 'Failed' : 'Done'} in ${seconds(performance.now() - start)}.`)
process.exitCode = failed ? 1 : 0
