// Searches over very many runs of one experiment, by the pages a table or a script asks for.
import { say } from '../tools.mjs'
import { fillOurs, idOf, scope, theirFill } from './fill.mjs'
import { ask, beside, cost, send } from './load.mjs'

const sizes = (process.env.LAZ_BENCH_RUNS ?? '10000,100000').split(',').map(Number)
const search = (body) => (server) =>
  send(server, 'POST', '/api/2.0/mlflow/runs/search', { experiment_ids: [server.experiment], ...body })

const subjects = {
  'search, 100': search({ max_results: 100 }),
  'search, 1,000': search({ max_results: 1000 }),
  'search, 100 by a metric and sorted by it': search({ max_results: 100, filter: 'metrics.metric_3 > 2', order_by: ['metrics.metric_3 DESC'] }),
  'search, 100 by a metric and a param, sorted by another': search({ max_results: 100, filter: "metrics.metric_3 > 2 and params.param_2 = 'value 5'", order_by: ['metrics.metric_1 ASC'] }),
  'search, 100 by a param': search({ max_results: 100, filter: "params.param_2 = 'value 5'" }),
  'search, 100 by a part of a tag': search({ max_results: 100, filter: "tags.tag_1 LIKE '%ord 7%'" }),
} // biome-ignore format: a subject a line

const get = (server, i) => send(server, 'GET', `/api/2.0/mlflow/runs/get?run_id=${idOf(Math.abs(i * 7919) % sizes[0])}`)

export async function searches({ mine, other }) {
  const rows = []
  let filled = 0
  for (const size of sizes) {
    say(`${size} runs …`)
    const found = new Map()
    for (const server of [mine, other].filter(Boolean)) {
      if (server === mine) await fillMine(mine, { from: filled, to: size })
      else await fillOther(other, { from: filled, to: size })
      const several = { ...(size === sizes[0] ? { get_run: get } : {}), ...subjects }
      for (const [name, act] of Object.entries(several)) {
        const budget = { seconds: 1, warm: 0.5 }
        found.set(`${server.name} ${name}`, await cost(server, act, budget))
      }
      await server.down()
    }
    filled = size
    const names = [...(size === sizes[0] ? ['get_run'] : []), ...Object.keys(subjects)]
    for (const name of names) {
      const [a, b] = ['lazurite', 'mlflow'].map((who) => found.get(`${who} ${name}`))
      rows.push({ name: `${name}, of ${size.toLocaleString('en')} runs`, group: name === 'get_run' ? 'read' : 'search', unit: 'cpu-ms', lazurite: a.cpuMs, peer: b?.cpuMs, goal: name === 'get_run' ? '≥ 10' : '≥ 50', ...beside(a, b) }) // biome-ignore format: one line
    }
  }
  return rows
}

async function fillMine(server, range) {
  await server.fill(async (store) => {
    const { id } = await store.runs.experiment(scope, { name: 'crowd', create: true })
    server.experiment = id
    await fillOurs(store, { experiment: id, ...range })
  })
  await server.up()
}

async function fillOther(server, { from, to }) {
  await server.up()
  if (from === 0) server.experiment = (await ask(server, 'POST', 'experiments/create', { name: 'crowd' })).experiment_id
  await server.down()
  server.python(theirFill, server.place, server.experiment, String(from), String(to))
  await server.up()
}
