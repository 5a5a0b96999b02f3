// The pages beside MLflow's: the same runs, the same browser, in turn. Until the list of runs is there and answers, until
// a comparison is, until a hundred runs are drawn; and what the memory of a page does that stays open.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBrowser, openPage } from '../test/studio/browser.mjs'
import { firstJob, logBatch, multiply, nameOf, workspace } from '../test/studio/crowd.mjs'
import { heapOf } from '../test/studio/measure.mjs'
import { startServer } from '../test/studio/server.mjs'
import { peer, say, sideBySide } from './tools.mjs'

const runs = Number(process.env.LAZ_BENCH_RUNS ?? 10_000)
const compared = 10
const drawn = 100
const points = 1000
const minutes = Number(process.env.LAZ_BENCH_MINUTES ?? 1)
const peerName = 'MLflow UI'

export async function measure({ rounds = 5 }) {
  const server = await startServer()
  const mlflow = await startMlflow()
  const browser = await openBrowser()
  try {
    say(`${runs} runs in both …`)
    await fillOurs(server)
    if (mlflow) await mlflow.fill()
    const rows = [
      ...(await pages(browser, { server, mlflow, rounds })),
      ...(process.env.LAZ_BENCH_MINUTES === '0' ? [] : await live(browser, server)),
    ]
    return rows
  } finally {
    await browser.close()
    await mlflow?.end()
    await server.end()
  }
}

const lossOf = (run) => (step) => Math.exp(-step / (200 + run)) + 0.01 * Math.sin(step + run)

/** Points of one run for a request of MLflow's. */
function metricsOf(run) {
  const began = Date.now() - points * 1000
  const loss = lossOf(run)
  return Array.from({ length: points }, (_, step) => ({
    key: 'loss',
    value: loss(step),
    step,
    timestamp: began + step * 1000,
  }))
}

const params = [
  { key: 'lr', value: '0.1' },
  { key: 'optimizer', value: 'adam' },
]

async function fillOurs(server) {
  await firstJob(server, { name: 'crowd' })
  const at = { value: 0.5, step: 0, timestamp: Date.now() }
  await logBatch(server, { run_id: 'crowd', params, metrics: [{ key: 'accuracy', ...at }] })
  await multiply(server, { from: 'crowd', first: 1, last: runs })
  for (let i = 1; i <= drawn; i++) await logBatch(server, { run_id: nameOf(i), metrics: metricsOf(i) })
}

/** One measured page: where it is, and what is there when it is there. */
const oursOf = (names) => ({
  list: { path: '/jobs', there: '.grid .row' },
  comparison: { path: `/compare?jobs=${names.slice(0, compared).join(',')}`, there: '.chart .uplot canvas' },
  chart: { path: `/compare?jobs=${names.join(',')}`, there: '.chart .uplot canvas' },
})

async function pages(browser, { server, mlflow, rounds }) {
  const ours = oursOf(Array.from({ length: drawn }, (_, i) => nameOf(i + 1)))
  const titles = {
    list: `a list of ${runs} runs, until it answers`,
    comparison: `${compared} runs compared, until it answers`,
    chart: `a chart of ${drawn} runs with ${points} points each`,
  }
  const rows = []
  for (const [what, name] of Object.entries(titles)) {
    say(`${name} …`)
    const subjects = { lazurite: () => oursOpened(browser, server, ours[what]) }
    if (mlflow) subjects.mlflow = () => opened(browser, mlflow.url, mlflow.pages[what])
    const ms = await sideBySide(subjects, rounds)
    const ratio = ms.mlflow === undefined ? { missing: true } : { peer: ms.mlflow, ratio: ms.lazurite / ms.mlflow }
    rows.push({
      name,
      group: 'studio',
      unit: 'ms',
      lazurite: ms.lazurite,
      peer_name: peerName,
      ...ratio,
      goal: '≤ 0.5',
    })
  }
  return rows
}

async function oursOpened(browser, server, page) {
  const { page: loggedIn, context } = await openPage(browser, server)
  const storageState = await context.storageState()
  await loggedIn.close()
  await context.close()
  return opened(browser, server.url, page, { storageState })
}

/** Loads a page into a browser that has nothing of it yet, until what is wanted is there and the page has time again. */
async function opened(browser, url, { path, there, text }, more = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...more })
  try {
    const page = await context.newPage()
    const from = performance.now()
    await page.goto(url + path, { waitUntil: 'commit' })
    const wanted = text === undefined ? page.locator(there) : page.locator(there, { hasText: text })
    await wanted.first().waitFor({ timeout: 120_000 })
    await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve, { timeout: 30_000 })))
    return performance.now() - from
  } finally {
    await context.close()
  }
}

/** A job that goes on logging, its page open: the heap at the start and at the end. */
async function live(browser, server) {
  say(`a live page for ${minutes} min …`)
  const script = server.write('live.py', talker)
  const seconds = Math.ceil(minutes * 60) + 60
  const properties = {
    jobType: 'Command',
    command: `python3 ${script} ${seconds}`,
    environmentId: 'azureml://registries/azureml/environments/host/labels/latest',
    resources: { instanceCount: 1, properties: { IsLocal: { IsLocal: true } } },
  }
  const address = `${workspace}/jobs/talker?api-version=2024-10-01`
  await server.ask(address, { method: 'PUT', body: JSON.stringify({ properties }) })
  const { page, context } = await openPage(browser, server)
  try {
    await page.goto(`${server.url}/jobs/talker`)
    await page.locator('.uplot canvas').first().waitFor({ timeout: 60_000 })
    // what is loaded once is loaded
    await page.waitForTimeout(20_000)
    const before = await heapOf(page)
    await page.waitForTimeout(minutes * 60_000)
    const after = await heapOf(page)
    const name = `the heap of a live page after ${minutes} min, more than before`
    return [{ name, group: 'studio', unit: 'MB', lazurite: after - before, before, after, goal: '< 20 after 30 min' }]
  } finally {
    await context.close()
  }
}

const talker = `import json, math, os, sys, time, urllib.request
address = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/runs/log-batch"
headers = {"authorization": "Bearer " + os.environ["MLFLOW_TRACKING_TOKEN"], "content-type": "application/json"}
for step in range(int(sys.argv[1]) * 2):
    now = int(time.time() * 1000)
    metrics = [{"key": k, "value": math.exp(-step / 300) + 0.1, "timestamp": now, "step": step} for k in ("loss", "val_loss")]
    body = json.dumps({"run_id": os.environ["MLFLOW_RUN_ID"], "metrics": metrics}).encode()
    urllib.request.urlopen(urllib.request.Request(address, body, headers)).read()
    print(f"step {step} loss={metrics[0]['value']:.5f}", flush=True)
    time.sleep(0.5)
`

/** MLflow's server over a home of its own; undefined when it cannot be had. */
async function startMlflow() {
  const bin = peer('mlflow run', ['mlflow'])
  if (!bin) return undefined
  const home = mkdtempSync(join(tmpdir(), 'laz-mlflow-'))
  const port = 20_000 + (process.pid % 20_000)
  const url = `http://127.0.0.1:${port}`
  const store = `sqlite:///${home}/mlflow.db`
  const env = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', PATH: `${bin}:${process.env.PATH}` }
  const start = async () => {
    const args = ['server', '--backend-store-uri', store, '--default-artifact-root', `${home}/artifacts`]
    const child = spawn(join(bin, 'mlflow'), [...args, '--port', String(port), '--workers', '1'], {
      env,
      stdio: 'ignore',
      detached: true,
    })
    for (let tries = 0; tries < 300; tries++) {
      if ((await fetch(`${url}/health`).catch(() => undefined))?.ok) return child
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error('MLflow did not start')
  }
  let child = await start()
  const stop = () =>
    new Promise((resolve) => {
      child.once('exit', resolve)
      // its workers are children of it
      process.kill(-child.pid, 'SIGTERM')
    })
  return {
    url,
    pages: {},
    async fill() {
      const ids = await fillMlflow({ url, home, bin, stop, start: async () => (child = await start()) })
      const list = JSON.stringify(ids)
      const experiments = JSON.stringify(['0'])
      const runsOf = (some) => encodeURIComponent(JSON.stringify(some))
      this.pages = {
        list: { path: '/#/experiments/0/runs', there: 'a[href*="/runs/"]', text: 'run-' },
        comparison: {
          path: `/#/compare-runs?runs=${runsOf(ids.slice(0, compared))}&experiments=${experiments}`,
          there: '.js-plotly-plot .main-svg',
        },
        chart: {
          path: `/#/metric?runs=${encodeURIComponent(list)}&metric=${encodeURIComponent('"loss"')}&experiments=${experiments}&plot_metric_keys=${encodeURIComponent('["loss"]')}`,
          there: '.js-plotly-plot .main-svg',
        },
      }
    },
    async end() {
      await stop()
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The same runs there: one made by its own interface, copied while its server is away. Answers the first of them. */
async function fillMlflow({ url, home, bin, stop, start }) {
  const ask = async (path, body) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
  const { run } = await ask('runs/create', { experiment_id: '0', run_name: 'run-0', start_time: Date.now() })
  const { run_id } = run.info
  const at = { value: 0.5, step: 0, timestamp: Date.now() }
  await ask('runs/log-batch', { run_id, params, metrics: [{ key: 'accuracy', ...at }] })
  await ask('runs/update', { run_id, status: 'FINISHED', end_time: Date.now() })
  await stop()
  writeFileSync(join(home, 'copy.py'), copier)
  const copied = spawnSync(
    join(bin, 'python'),
    [join(home, 'copy.py'), join(home, 'mlflow.db'), run_id, String(runs)],
    {
      encoding: 'utf8',
    },
  )
  if (copied.status !== 0) throw new Error(copied.stderr)
  await start()
  const ids = Array.from({ length: drawn }, (_, i) => (i + 1).toString(16).padStart(32, '0'))
  for (const [i, id] of ids.entries()) {
    await ask('runs/log-batch', { run_id: id, metrics: metricsOf(i + 1) })
  }
  return ids
}

const copier = `import sqlite3, sys
path, first, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
db = sqlite3.connect(path)
db.row_factory = sqlite3.Row
def rows(table):
    return [dict(row) for row in db.execute(f"SELECT * FROM {table} WHERE run_uuid = ?", (first,))]
def put(table, row):
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
template = {table: rows(table) for table in ("runs", "params", "tags", "metrics", "latest_metrics")}
for i in range(1, count + 1):
    uuid = f"{i:032x}"
    for table, found in template.items():
        for row in found:
            row = {**row, "run_uuid": uuid}
            if table == "runs":
                row["name"] = f"run-{i}"
                row["start_time"] -= (count - i) * 1000
                row["artifact_uri"] = row["artifact_uri"].replace(first, uuid)
            if table == "tags" and row["key"] == "mlflow.runName":
                row["value"] = f"run-{i}"
            put(table, row)
db.commit()
`
