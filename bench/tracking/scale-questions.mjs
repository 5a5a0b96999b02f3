// What clients and pages ask of very many runs.
import { idOf } from './fill.mjs'
import { ask, send } from './load.mjs'
import { longRun, room } from './scale-fill.mjs'

const api = '/api/2.0/mlflow/'
const get = (path) => (server) => send(server, 'GET', path)
const post = (path, body) => (server) => send(server, 'POST', path, body)

export async function questions(server, { runs, points }) {
  const { experiment } = await ask(server, 'GET', 'experiments/get-by-name?experiment_name=crowd')
  const ids = [experiment.experiment_id]
  const search = (body) => post(`${api}runs/search`, { experiment_ids: ids, max_results: 100, ...body })
  const byMetric = { filter: 'metrics.metric_3 > 2', order_by: ['metrics.metric_3 DESC'] }
  return {
    ...searchesOf(search, byMetric),
    'search, 100, page 101': await pageOf(server, ids, {}),
    'search, 100 by a metric and sorted by it, page 101': await pageOf(server, ids, byMetric),
    get_run: (s, i) => send(s, 'GET', `${api}runs/get?run_id=${idOf((i * 7919) % runs)}`),
    'jobs, 50 newest': get(`${room}/jobs?top=50`),
    'jobs, 50 sorted by a metric': get(`${room}/jobs?top=50&order=${encodeURIComponent('metrics.metric_3 DESC')}`),
    'jobs, 50 by a param': get(`${room}/jobs?top=50&filter=${encodeURIComponent("params.param_2 = 'value 5'")}`),
    'jobs, 50 by state and experiment': get(`${room}/jobs?top=50&status=Completed&experiment=crowd`),
    'jobs, counted by state': get(`${room}/jobs/counts`),
    'a run on its page: what is known of its metrics': (s, i) => send(s, 'GET', `${room}/jobs/${idOf((i * 7919) % runs)}/metrics`),
    'experiments, 100': get(`${api}experiments/search?max_results=100`),
    ...picturesOf(runs, points),
  } // biome-ignore format: a question a line
}

function searchesOf(search, byMetric) {
  return {
    'search, 100': search({}),
    'search, 1,000': search({ max_results: 1000 }),
    'search, 100 by a metric and sorted by it': search(byMetric),
    'search, 100 sorted by a metric': search({ order_by: ['metrics.metric_3 ASC'] }),
    'search, 100 by a metric and a param, sorted by another': search({ filter: "metrics.metric_3 > 2 and params.param_2 = 'value 5'", order_by: ['metrics.metric_1 ASC'] }),
    'search, 100 by a narrow metric, sorted by another': search({ filter: 'metrics.metric_3 > 3.9999', order_by: ['metrics.metric_1 ASC'] }),
    'search, 100 by a param': search({ filter: "params.param_2 = 'value 5'" }),
    'search, 100 by a param, sorted by a metric': search({ filter: "params.param_2 = 'value 5'", order_by: ['metrics.metric_1 DESC'] }),
    'search, 100 by a tag': search({ filter: "tags.tag_1 = 'word 7'" }),
    'search, 100 by a part of a tag': search({ filter: "tags.tag_1 LIKE '%ord 7%'" }),
    'search, 100 by two params and a tag': search({ filter: "params.param_2 = 'value 5' and params.param_4 = 'value 40' and tags.tag_1 = 'word 7'" }),
    'search, by a param that no run has': search({ filter: "params.param_2 = 'none'" }),
    'search, by the name of a run': search({ filter: "attributes.run_name = 'run-4711'" }),
    'search, 100 sorted by a param': search({ order_by: ['params.param_2 ASC'] }),
  } // biome-ignore format: a question a line
}

/** The 101st page, reached by following tokens. */
async function pageOf(server, ids, more) {
  const body = { experiment_ids: ids, max_results: 100, ...more }
  let token
  for (let page = 0; page < 100; page++) {
    const found = await ask(server, 'POST', 'runs/search', { ...body, ...(token ? { page_token: token } : {}) })
    if (!found.next_page_token) break
    token = found.next_page_token
  }
  return post(`${api}runs/search`, { ...body, ...(token ? { page_token: token } : {}) })
}

function picturesOf(runs, points) {
  const some = (n) => Array.from({ length: Math.min(n, runs) }, (_, i) => idOf(i))
  const keys = Array.from({ length: 10 }, (_, k) => `metric_${k}`)
  const length = points.toLocaleString('en')
  return {
    [`an overview of ${length} points, 320 wide`]: get(`${api}metrics/get-history-bulk-interval?run_ids=${longRun}&metric_key=loss&max_results=320`),
    [`a chart of ${length} points, 600 wide`]: post(`${room}/metrics/query`, { jobs: [longRun], keys: ['loss'] }),
    [`a chart of a thousandth of ${length} points`]: post(`${room}/metrics/query`, { jobs: [longRun], keys: ['loss'], from: points * 0.5, to: points * 0.501 }),
    'the first page of a history, 25,000 points': get(`${api}metrics/get-history?run_id=${longRun}&metric_key=loss&max_results=25000`),
    'a chart of 1,000 series of 100 runs': post(`${room}/metrics/query`, { jobs: some(100), keys }),
  } // biome-ignore format: a question a line
}
