// A server of its own, on a home of its own, filled with one of everything that the pages show.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { seedTraces } from './traces.mjs'

const root = resolve(import.meta.dirname, '../..')
const laz = process.env.LAZ_CLI ?? join(root, 'packages/cli/dist/laz.cjs')
const patienceMs = 180_000

/** Starts one and answers how it is spoken to; `end` stops it and removes its home. */
export async function startServer() {
  if (!existsSync(join(laz, '../studio/index.html'))) throw new Error('npm run build comes first')
  const home = mkdtempSync(join(tmpdir(), 'laz-studio-'))
  const folder = join(home, 'work')
  mkdirSync(folder)
  const env = { ...process.env, LAZ_HOME: home, LAZ_ENVIRONMENT: 'host' }
  delete env.LAZ_URL
  const run = async (...words) =>
    (await promisify(execFile)(process.execPath, [laz, ...words], { cwd: folder, env })).stdout
  await run('up')
  const { url } = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))
  const token = readFileSync(join(home, 'token'), 'utf8').trim()
  const ask = async (path, o = {}) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(url + path, { headers, ...o })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }
  const write = (name, text) => {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  return {
    url,
    home,
    token,
    run,
    ask,
    write,
    /** Path that logs a browser in, once. */
    ticket: async (readOnly = false) =>
      (await ask('/lazurite/v1/session/tickets', { method: 'POST', body: JSON.stringify({ readOnly }) })).path,
    async restart() {
      await run('down')
      await run('up')
    },
    async end() {
      // replicas and jobs outlive a server: they are ended while it can
      await quiet(run).catch((error) => process.stderr.write(`${error}\n`))
      await run('down').catch(() => undefined)
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Ends what goes on without the server. */
async function quiet(run) {
  const names = async (...words) => JSON.parse(await run(...words, '--query', '[].name', '-o', 'json'))
  for (const name of await names('online-endpoint', 'list')) await run('online-endpoint', 'delete', '-n', name, '-y')
  for (const name of await names('job', 'list', '--status', 'Running')) await run('job', 'cancel', '-n', name)
  const until = Date.now() + 15_000
  while (Date.now() < until && (await names('job', 'list', '--status', 'Running,CancelRequested')).length > 0)
    await new Promise((resolve) => setTimeout(resolve, 300))
}

const train = `import json, math, os, sys, time, urllib.request
rate, pause = float(sys.argv[1]), float(sys.argv[2])
address = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/runs/log-batch"
def log(**body):
    body["run_id"] = os.environ["MLFLOW_RUN_ID"]
    headers = {"authorization": "Bearer " + os.environ["MLFLOW_TRACKING_TOKEN"], "content-type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(address, json.dumps(body).encode(), headers)).read()
log(params=[{"key": "rate", "value": str(rate)}, {"key": "optimizer", "value": "adam"}])
for step in range(60):
    now = int(time.time() * 1000)
    loss = math.exp(-step * rate) + 0.1
    log(metrics=[{"key": "train/loss", "value": loss, "timestamp": now, "step": step},
                 {"key": "val/accuracy", "value": 1 - loss / 2, "timestamp": now, "step": step}])
    print(f"step {step} loss={loss:.4f}", flush=True)
    time.sleep(pause)
os.makedirs("outputs", exist_ok=True)
open("outputs/model.txt", "w").write("weights")
open("outputs/report.html", "w").write("<script>parent.document.title='taken over'</script><h1>Report</h1>")
`

const job = (name, title, rate, more = '') => `name: ${name}
type: command
display_name: ${title}
experiment_name: flowers
code: ./src
command: python3 train.py \${{inputs.rate}} ${more === '' ? '0' : '1'}
inputs: {rate: ${rate}}
environment: {image: python:3.11}
${more}`

const pipeline = `name: amber_pipe
type: pipeline
display_name: prepare-and-train
experiment_name: flowers
settings: {default_compute: azureml:local}
jobs:
  prepare:
    type: command
    command: echo ready > \${{outputs.data}}/ready.txt
    environment: {image: python:3.11}
    outputs: {data: {type: uri_folder}}
  train:
    type: command
    command: ls \${{inputs.data}}
    environment: {image: python:3.11}
    inputs:
      data: \${{parent.jobs.prepare.outputs.data}}
`

const failing = `name: calm_lamp
type: command
display_name: runs out of memory
experiment_name: flowers
command: |
  printf '\\033[31mCUDA out of memory\\033[0m\\n' >&2; exit 1
environment: {image: python:3.11}
`

const component = `name: clean_rows
version: "1"
type: command
display_name: Clean rows
description: Takes rows without numbers away.
command: cat \${{inputs.rows}}
environment: {image: python:3.11}
inputs: {rows: {type: uri_file}}
`

const schedule = `name: nightly
trigger: {type: cron, expression: "0 3 * * *"}
create_job: {type: command, command: echo night, environment: {image: python:3.11}}
`

const score = `import json
def init(): pass
def run(body): return {"species": ["setosa" for _ in json.loads(body)["data"]]}
`

const deployment = `name: blue
endpoint_name: flowers
model: azureml:flowers@latest
code_configuration: {code: ./score, scoring_script: score.py}
environment: {image: python:3.11}
instance_type: Standard_DS3_v2
instance_count: 1
`

/** Its load is measured every second, so that there is something to see soon. */
const measured = 'compute: azureml:cpu-cluster\nenvironment_variables: {LAZ_SYSTEM_METRICS: "1"}\n'

const more = [
  ['calm_oak', 'train-wide', 0.035],
  ['keen_root', 'train-deep', 0.075],
  ['quiet_fig', 'train-slow', 0.02],
]

/** One of everything, with names that are markup and formulas among them; for pictures, more of the same instead. */
export async function seed(server, { pictures = false } = {}) {
  const { run, write } = server
  write('src/train.py', train)
  write('score/score.py', score)
  write('flowers.csv', 'width,length,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n=1+2,3.3,virginica\n')
  const files = {
    'cluster.yml': 'name: cpu-cluster\ntype: amlcompute\nsize: STANDARD_DS1_V2\nmin_instances: 0\nmax_instances: 2\n',
    'environment.yml': 'name: torch\nversion: "1"\nimage: python:3.11\ndescription: For training.\n',
    'component.yml': component,
    'schedule.yml': schedule,
    'endpoint.yml': 'name: flowers\nauth_mode: key\ndescription: Names flowers.\n',
    'deployment.yml': deployment,
    'amber_rat.yml': job('amber_rat', 'train-small', 0.05),
    'brave_fig.yml': job('brave_fig', 'train-large', 0.1),
    'running.yml': job('eager_pear', 'long-training', 0.02, measured),
    'markup.yml': job('dusty_reef', "'<img src=x onerror=alert(1)>'", 0.2),
    'failing.yml': failing,
    'pipeline.yml': pipeline,
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  const make = (noun, ...words) => run(noun, 'create', ...words, '-o', 'none')
  await make('compute', '-f', 'cluster.yml')
  await make('environment', '-f', 'environment.yml')
  await make('component', '-f', 'component.yml')
  await make('schedule', '-f', 'schedule.yml')
  await make('data', '-n', 'flowers', '--type', 'uri_file', '-p', 'flowers.csv')
  await make('model', '-n', 'flowers', '--type', 'custom_model', '-p', 'flowers.csv')
  await make('online-endpoint', '-f', 'endpoint.yml')
  await make('online-deployment', '-f', 'deployment.yml', '--all-traffic')
  for (const [name, title, rate] of pictures ? more : []) {
    write(`${name}.yml`, job(name, title, rate))
    await make('job', '-f', `${name}.yml`)
  }
  const strange = pictures ? [] : ['markup']
  for (const name of ['amber_rat', 'brave_fig', ...strange, 'failing', 'pipeline', 'running'])
    await make('job', '-f', `${name}.yml`)
  await seedTraces(server)
  await settled(server, ['amber_rat', 'brave_fig', 'calm_lamp', 'amber_pipe'])
}

async function settled({ run }, names) {
  const until = Date.now() + patienceMs
  for (const name of names) {
    for (;;) {
      const { status } = JSON.parse(await run('job', 'show', '-n', name, '-o', 'json'))
      if (['Completed', 'Failed', 'Canceled'].includes(status)) break
      if (Date.now() > until) throw new Error(`${name} is still ${status}`)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}
