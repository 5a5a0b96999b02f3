// Fills a running server: each run by one request as `laz run import` sends them, the points of the long one by MLflow's
// log-batch, a thousand a request.
import { say } from '../tools.mjs'
import { began, factsOf, idOf } from './fill.mjs'
import { ask, send } from './load.mjs'
import { cpuSeconds } from './servers.mjs'

export const room = '/lazurite/v1/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/lazurite/providers/Microsoft.MachineLearningServices/workspaces/main' // biome-ignore format: one line
export const longRun = 'f'.repeat(32)
const atOnce = 8

/** Calls `act` with 0 to n-1, a few at once; processor milliseconds of the server a call, and seconds of the clock. */
export async function inTurn(server, n, act) {
  const [before, from] = [cpuSeconds(server.pids()), performance.now()]
  let next = 0
  const one = async () => {
    while (next < n) {
      const i = next++
      await act(i)
      if (i > 0 && i % 50_000 === 0) say(`  ${i} of ${n}, ${Math.round((performance.now() - from) / 1000)} s`)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, n) }, one))
  return {
    cpuMs: ((cpuSeconds(server.pids()) - before) * 1000) / n,
    seconds: (performance.now() - from) / 1000,
  }
}

export async function fillRuns(server, runs) {
  say(`${runs} runs …`)
  const { experiment_id } = await ask(server, 'POST', 'experiments/create', { name: 'crowd' })
  return inTurn(server, runs, (i) => {
    const { params, metrics, tags } = factsOf(i)
    const start = began + i * 1000
    return send(server, 'POST', `${room}/runs/import`, {
      run_id: idOf(i),
      run: { experiment_id, name: `run-${i}`, user: 'bench', status: 'FINISHED', start_time: start, params, tags },
      points: metrics.map(({ key, value, timestamp, step }) => [key, value, timestamp, step]),
      end: { status: 'FINISHED', end_time: start + 500 },
    })
  })
}

const pointsAtOnce = 1000

export async function fillLong(server, points) {
  say(`${points} points …`)
  const { experiment_id } = await ask(server, 'POST', 'experiments/create', { name: 'long' })
  await send(server, 'POST', `${room}/runs/import`, { run_id: longRun, run: { experiment_id, name: 'long', status: 'RUNNING', start_time: began } }) // biome-ignore format: one line
  const { cpuMs, seconds } = await inTurn(server, Math.ceil(points / pointsAtOnce), (i) => {
    const metrics = Array.from({ length: Math.min(pointsAtOnce, points - i * pointsAtOnce) }, (_, k) => {
      const step = i * pointsAtOnce + k
      return { key: 'loss', value: Math.exp(-step / 1e7) + Math.random() * 0.1, step, timestamp: began + step * 10 }
    })
    return send(server, 'POST', '/api/2.0/mlflow/runs/log-batch', { run_id: longRun, metrics })
  })
  await ask(server, 'POST', 'runs/update', { run_id: longRun, status: 'FINISHED', end_time: began + points * 10 })
  return { cpuMs: cpuMs / pointsAtOnce, seconds }
}
