// Fills a server: each run by one request as `laz run import` sends them, the points of the long one by MLflow's log-batch,
// a thousand a request; or, while no server has the home, through the same writers of the store and without the requests.
import { say } from '../tools.mjs'
import { began, factsOf, fillOurs, idOf, scope } from './fill.mjs'
import { send } from './load.mjs'
import { cpuSeconds } from './servers.mjs'

export const room = '/lazurite/v1/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/lazurite/providers/Microsoft.MachineLearningServices/workspaces/main' // biome-ignore format: one line
export const longRun = 'f'.repeat(32)
/** Neighbours share a commit: what many processes send together costs less than what they send in turn. */
const most = 48

/** Calls `act` with `first` to n-1, many at once; processor milliseconds of the server a call, and seconds of the clock. */
export async function inTurn(server, n, act, { first = 0, atOnce = most } = {}) {
  const [before, from] = [cpuSeconds(server.pids()), performance.now()]
  let next = first
  const one = async () => {
    while (next < n) {
      const i = next++
      await act(i)
      if (i > 0 && i % 50_000 === 0) say(`  ${i} of ${n}, ${Math.round((performance.now() - from) / 1000)} s`)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, n - first) }, one))
  return {
    cpuMs: ((cpuSeconds(server.pids()) - before) * 1000) / (n - first),
    seconds: (performance.now() - from) / 1000,
  }
}

export async function fillRuns(server, { from, to }) {
  say(`runs ${from} to ${to}, by requests …`)
  const { experiment_id } = await experiment(server, 'crowd')
  const one = (i) => {
    const { params, metrics, tags } = factsOf(i)
    const start = began + i * 1000
    return send(server, 'POST', `${room}/runs/import`, {
      run_id: idOf(i),
      run: { experiment_id, name: `run-${i}`, user: 'bench', status: 'FINISHED', start_time: start, params, tags },
      points: metrics.map(({ key, value, timestamp, step }) => [key, value, timestamp, step]),
      end: { status: 'FINISHED', end_time: start + 500 },
    })
  }
  return inTurn(server, to, one, { first: from })
}

/** By name: what was begun before goes on where it was. */
async function experiment(server, name) {
  const { answer } = await send(server, 'POST', `${room}/runs/import`, { experiment: { name } })
  return JSON.parse(answer)
}

const pointsAtOnce = 1000
const pointOf = (step) => ({ value: Math.exp(-step / 1e7) + Math.random() * 0.1, step, timestamp: began + step * 10 })

export async function fillLong(server, { to }) {
  say(`${to} points, by requests …`)
  const { experiment_id } = await experiment(server, 'long')
  await send(server, 'POST', `${room}/runs/import`, { run_id: longRun, run: { experiment_id, name: 'long', status: 'RUNNING', start_time: began } }) // biome-ignore format: one line
  const some = (i) => {
    const first = i * pointsAtOnce
    const metrics = Array.from({ length: Math.min(pointsAtOnce, to - first) }, (_, k) => ({ key: 'loss', ...pointOf(first + k) })) // biome-ignore format: one line
    return send(server, 'POST', '/api/2.0/mlflow/runs/log-batch', { run_id: longRun, metrics })
  }
  // few at once: training code sends its points in order
  const { cpuMs, seconds } = await inTurn(server, Math.ceil(to / pointsAtOnce), some, { atOnce: 4 })
  return { cpuMs: cpuMs / pointsAtOnce, seconds }
}

/** The rest of both, while no server has the home. */
export async function fillStore(server, { runs, points }) {
  await server.fill(async (store) => {
    const { id } = await store.runs.experiment(scope, { name: 'crowd', create: true })
    const step = 50_000
    for (let from = runs.from; from < runs.to; from += step) {
      say(`run ${from} of ${runs.to} …`)
      await fillOurs(store, { experiment: id, from, to: Math.min(from + step, runs.to) })
    }
    const size = 100_000
    for (let from = points.from; from < points.to; from += size) {
      if (from % 10_000_000 === 0) say(`point ${from} of ${points.to} …`)
      const some = Array.from({ length: Math.min(size, points.to - from) }, (_, k) => ({ key: 'loss', ...pointOf(from + k) })) // biome-ignore format: one line
      await store.series.append(scope, longRun, some)
    }
    await store.runs.update(scope, longRun, { status: 'FINISHED', endTime: began + points.to * 10 })
  })
}
