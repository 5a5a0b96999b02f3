// What training code writes, request by request; and what it reads of one run.
import { ask, beside, cost, send } from './load.mjs'

const began = 1_760_000_000_000
const api = '/api/2.0/mlflow/'
const post = (path, body) => (server, i) => send(server, 'POST', `${api}${path}`, body(i, server))

/** A thousand points: noise around a curve, so that no two mantissas are alike. */
export function points(batch, keys = 1) {
  return Array.from({ length: 1000 }, (_, k) => {
    const step = batch * (1000 / keys) + Math.floor(k / keys)
    return { key: `loss_${k % keys}`, value: Math.exp(-step / 1e6) + Math.random() * 0.1, step, timestamp: began + step * 100 + Math.floor(Math.random() * 20) } // biome-ignore format: one line
  })
}

async function newRun(server) {
  const { run } = await ask(server, 'POST', 'runs/create', { experiment_id: '0', start_time: began })
  return run.info.run_id
}

const subjects = {
  log_metric: post('runs/log-metric', (i, { runs }) => ({ run_id: runs[0], run_uuid: runs[0], key: 'loss', value: Math.random(), timestamp: began + i * 100, step: i + 1000 })), // biome-ignore format: one line
  log_param: post('runs/log-parameter', (i, { runs }) => ({ run_id: runs[1], key: `param_${i}`, value: `value ${i}` })),
  set_tag: post('runs/set-tag', (i, { runs }) => ({ run_id: runs[1], key: `tag_${i % 50}`, value: `value ${i}` })),
  create_run: post('runs/create', (i) => ({ experiment_id: '0', user_id: 'bench', start_time: began + i, tags: [{ key: 'mlflow.source.name', value: 'train.py' }, { key: 'mlflow.user', value: 'bench' }] })), // biome-ignore format: one line
  'log_batch, 10 points of 10 metrics': post('runs/log-batch', (i, { runs }) => ({ run_id: runs[2], metrics: points(i, 10).slice(0, 10) })), // biome-ignore format: one line
  'log_batch, 1,000 points of one metric': post('runs/log-batch', (i, { runs }) => ({ run_id: runs[3], metrics: points(i) })),
  'log_batch, 1,000 points of 100 metrics': post('runs/log-batch', (i, { runs }) => ({ run_id: runs[4], metrics: points(i, 100) })),
} // biome-ignore format: a subject a line

export async function writes({ mine, other }) {
  const servers = [mine, other].filter(Boolean)
  const found = new Map()
  for (const server of servers) {
    await server.up()
    server.runs = []
    for (let i = 0; i < 5; i++) server.runs.push(await newRun(server))
    for (const [name, act] of Object.entries(subjects)) {
      found.set(`${server.name} ${name}`, await cost(server, act, { seconds: 1.5 }))
    }
    await server.down()
  }
  return Object.keys(subjects).map((name) => {
    const [a, b] = ['lazurite', 'mlflow'].map((who) => found.get(`${who} ${name}`))
    return { name, group: 'write', unit: 'cpu-ms', lazurite: a.cpuMs, peer: b?.cpuMs, goal: '≥ 10', ...beside(a, b) } // biome-ignore format: one line
  })
}
