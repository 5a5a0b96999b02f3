// Bytes on disk a point; a history, a picture of a very long series, charts of very many.
import { say } from '../tools.mjs'
import { began, scope } from './fill.mjs'
import { ask, cost, send } from './load.mjs'
import { points } from './writes.mjs'

const longPoints = Number(process.env.LAZ_BENCH_POINTS ?? 10_000_000)
const manySeries = 1000

/** Points as training code sends them, in batches of a thousand; how much the database has grown. */
export async function spaces({ mine, other }) {
  const batches = 200
  const bytes = {}
  for (const server of [mine, other].filter(Boolean)) {
    await server.up()
    const { run } = await ask(server, 'POST', 'runs/create', { experiment_id: '0', start_time: began })
    await server.down()
    const before = server.files()
    await server.up()
    for (let i = 0; i < batches; i++)
      await send(server, 'POST', '/api/2.0/mlflow/runs/log-batch', { run_id: run.info.run_id, metrics: points(i, 10) })
    await ask(server, 'POST', 'runs/update', { run_id: run.info.run_id, status: 'FINISHED', end_time: began })
    await server.down()
    bytes[server.name] = (server.files() - before) / (batches * 1000)
  }
  return [{ name: 'bytes on disk a point', group: 'space', unit: 'bytes', lazurite: bytes.lazurite, peer: bytes.mlflow, goal: '≤ 12 bytes' }] // biome-ignore format: one line
}

const run = 'long'
const widths = 320

export async function pictures({ mine, other }) {
  const found = {}
  for (const server of [mine, other].filter(Boolean)) {
    await server.up()
    const { run: made } = await ask(server, 'POST', 'runs/create', { experiment_id: '0', start_time: began })
    const id = made.info.run_id
    for (let i = 0; i < 10; i++) {
      await send(server, 'POST', '/api/2.0/mlflow/runs/log-batch', { run_id: id, metrics: points(i) })
    }
    const history = (s) => send(s, 'GET', `/api/2.0/mlflow/metrics/get-history?run_id=${id}&metric_key=loss_0&max_results=25000`) // biome-ignore format: one line
    const interval = (s) => send(s, 'GET', `/api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=${id}&metric_key=loss_0&max_results=${widths}`) // biome-ignore format: one line
    found[server.name] = { history: await cost(server, history, { seconds: 1.5 }), interval: await cost(server, interval, { seconds: 1.5 }) } // biome-ignore format: one line
    await server.down()
  }
  const rows = Object.entries({ history: 'history of 10,000 points', interval: `${widths} points of 10,000` }).map(
    ([what, name]) => {
      const [a, b] = ['lazurite', 'mlflow'].map((who) => found[who]?.[what])
      return { name, group: 'read', unit: 'cpu-ms', lazurite: a.cpuMs, peer: b?.cpuMs, wall_ms: a.wallMs, peer_wall_ms: b?.wallMs } // biome-ignore format: one line
    },
  )
  return [...rows, ...(await longOnes(mine))]
}

/** Ours alone: nobody has patience for the other. */
async function longOnes(server) {
  say(`${longPoints} points …`)
  await server.fill(async (store) => {
    await store.runs.create(scope, { runId: run, experimentId: '0', startTime: began })
    const size = 100_000
    for (let from = 0; from < longPoints; from += size) {
      const some = Array.from({ length: Math.min(size, longPoints - from) }, (_, i) => {
        const step = from + i
        return { key: 'loss', step, timestamp: began + step * 10, value: Math.exp(-step / 1e6) + Math.random() * 0.1 }
      })
      await store.series.append(scope, run, some)
    }
    for (let i = 0; i < 10; i++) {
      await store.runs.create(scope, { runId: `many-${i}`, experimentId: '0', startTime: began })
      const some = Array.from({ length: 100 * 600 }, (_, k) => ({ key: `m${k % 100}`, step: Math.floor(k / 100), timestamp: began + k, value: Math.random() })) // biome-ignore format: one line
      await store.series.append(scope, `many-${i}`, some)
      await store.runs.update(scope, `many-${i}`, { status: 'FINISHED' })
    }
  })
  await server.up()
  const overview = (s) => send(s, 'GET', `/api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=${run}&metric_key=loss&max_results=${widths}`) // biome-ignore format: one line
  const room = '/lazurite/v1/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/lazurite/providers/Microsoft.MachineLearningServices/workspaces/main' // biome-ignore format: one line
  const chart = (s) => send(s, 'POST', `${room}/metrics/query`, { jobs: Array.from({ length: 10 }, (_, i) => `many-${i}`), keys: Array.from({ length: 100 }, (_, i) => `m${i}`) }) // biome-ignore format: one line
  const [a, b] = [await cost(server, overview, { seconds: 1 }), await cost(server, chart, { seconds: 2 })]
  server.down()
  return [
    { name: `overview of a series of ${longPoints.toLocaleString('en')} points`, group: 'read', unit: 'ms', lazurite: a.wallMs, cpu_ms: a.cpuMs, goal: '< 20', alone: true },
    { name: `a chart of ${manySeries} series with 600 points each`, group: 'read', unit: 'ms', lazurite: b.wallMs, cpu_ms: b.cpuMs, alone: true },
  ] // biome-ignore format: a row a line
}
