/** Metrics in and out. A point of a logged model is kept twice: as the run's and as the model's. */
import type { ModelMetric, SeriesPoint } from '@lazurite/store'
import { tellJob } from '../run-tags.ts'
import { type Args, refuse, wordsOf } from './args.ts'
import { type Call, compact, type Handler, JsonText, tellerOf } from './call.ts'
import { checkKey, checkParams, checkTags } from './names.ts'
import { pickPoints } from './picked-points.ts'
import { readableRun, writableModel, writableRun, writableRunId } from './rights.ts'
import { metricTexts, metricWire } from './translate.ts'

const historyPage = 25_000
const mostRuns = 100
const mostPerRun = 2500

interface Logged {
  point: SeriesPoint
  modelId?: string
  datasetName?: string
  datasetDigest?: string
}

export const logMetric: Handler = async (call) => {
  const runId = call.args.runId()
  const logged = readMetric(call.args)
  await keepMetrics(call, await writableRunId(call, runId), [logged])
  return undefined
}

function readMetric(args: Args): Logged {
  const key = checkKey('Metric name', args.needText('key'))
  const value = args.double('value') ?? args.missing('value')
  const timestamp = args.whole('timestamp') ?? args.missing('timestamp')
  if (timestamp < 0) args.wrong('timestamp', timestamp)
  const [modelId, datasetName, datasetDigest] = ['model_id', 'dataset_name', 'dataset_digest'].map((name) =>
    args.text(name),
  )
  return {
    point: { key, value, timestamp, step: args.whole('step') ?? 0 },
    ...(modelId ? { modelId } : {}),
    ...(datasetName ? { datasetName } : {}),
    ...(datasetDigest ? { datasetDigest } : {}),
  }
}

async function keepMetrics(call: Call, runId: string, logged: readonly Logged[]): Promise<void> {
  const byModel = new Map<string, ModelMetric[]>()
  for (const { point, modelId, datasetName, datasetDigest } of logged) {
    if (modelId === undefined) continue
    const metric = {
      ...point,
      runId,
      ...(datasetName ? { datasetName } : {}),
      ...(datasetDigest ? { datasetDigest } : {}),
    }
    const known = byModel.get(modelId)
    if (known) known.push(metric)
    else byModel.set(modelId, [metric])
  }
  for (const modelId of byModel.keys()) await writableModel(call, modelId)
  if (logged.length > 0) {
    await call.store.series.append(
      call.scope,
      runId,
      logged.map((l) => l.point),
    )
  }
  for (const [modelId, metrics] of byModel) await call.store.runs.models.addMetrics(call.scope, modelId, metrics)
}

export const logBatch: Handler = async (call) => {
  const items = {
    metrics: call.args.items('metrics'),
    params: call.args.items('params'),
    tags: call.args.items('tags'),
  }
  checkSizes(items)
  const metrics = items.metrics.map(readMetric)
  const params = checkParams(wordsOf(items.params))
  const tags = checkTags(wordsOf(items.tags))
  refuseTwice(items.params)
  const run = await writableRun(call, call.args.runId())
  const { runId } = run
  if (items.params.length > 0) await call.store.runs.logParams(call.scope, runId, params)
  await keepMetrics(call, runId, metrics)
  if (items.tags.length > 0) await call.store.runs.setTags(call.scope, runId, tags)
  await tellJob(tellerOf(call), run, tags)
  return undefined
}

function checkSizes(items: { metrics: Args[]; params: Args[]; tags: Args[] }): void {
  const split = 'Please split up'
  for (const [name, most] of [
    ['metrics', 1000],
    ['params', 100],
    ['tags', 100],
  ] as const) {
    const n = items[name].length
    if (n > most) {
      refuse(
        `A batch logging request can contain at most ${most} ${name}. Got ${n} ${name}. ${split} ${name} across multiple requests and try again.`,
      )
    }
  }
  const total = items.metrics.length + items.params.length + items.tags.length
  if (total > 1000)
    refuse(
      `A batch logging request can contain at most 1000 metrics, params, and tags. Got ${total} in total. ${split} requests and try again.`,
    )
}

function refuseTwice(params: readonly Args[]): void {
  const keys = params.map((item) => item.needText('key'))
  const twice = [...new Set(keys.filter((key, i) => keys.indexOf(key) !== i))]
  if (twice.length === 0) return
  refuse(
    `Duplicate parameter keys have been submitted: ['${twice.join("', '")}']. Please ensure the request contains only one param value per param key.`,
  )
}

/** Pages of at most 25 000 points, also for clients that ask for no size. An unknown run has no history. */
export const getHistory: Handler = async (call) => {
  const runId = call.args.runId()
  const key = call.args.needText('metric_key')
  if (!(await call.store.runs.head(call.scope, runId))) return undefined
  await readableRun(call, runId)
  const { token } = call.args.pageToken()
  const asked = call.args.whole('max_results')
  const { points, next } = await call.store.series.history(call.scope, runId, key, {
    max: asked !== undefined && asked > 0 ? Math.min(asked, historyPage) : historyPage,
    ...(token ? { after: token } : {}),
  })
  if (points.length === 0) return compact({ next_page_token: next })
  const more = next === undefined ? '' : `,"next_page_token":${JSON.stringify(next)}`
  return new JsonText(`{"metrics":[${metricTexts(points)}]${more}}`)
}

/** The UI's charts: several runs at once, each run's points in order. */
export const getHistoryBulk: Handler = async (call) => {
  const ids = [...new Set(call.args.texts('run_id'))]
  if (ids.length === 0) refuse('GetMetricHistoryBulk request must specify at least one run_id.')
  if (ids.length > mostRuns)
    refuse(`GetMetricHistoryBulk request cannot specify more than ${mostRuns} run_ids. Received ${ids.length} run_ids.`)
  const key = call.args.text('metric_key') || refuse('GetMetricHistoryBulk request must specify a metric_key.')
  let left = Math.min(call.args.whole('max_results') ?? historyPage, historyPage)
  const metrics = []
  for (const runId of ids.sort()) {
    if (left <= 0) break
    if (!(await call.store.runs.head(call.scope, runId))) continue
    await readableRun(call, runId)
    const { points } = await call.store.series.history(call.scope, runId, key, { max: left })
    left -= points.length
    for (const point of points) metrics.push({ ...metricWire(point), run_id: runId })
  }
  return { metrics }
}

/** A bounded picture of each run's curve, both its ends included. */
export const getHistoryInterval: Handler = async (call) => {
  const ids = [...new Set(call.args.texts('run_ids'))]
  const key = call.args.needText('metric_key')
  if (ids.length === 0) call.args.missing('run_ids')
  if (ids.length > mostRuns)
    refuse(
      `GetMetricHistoryBulkInterval request must specify at most ${mostRuns} run_ids. Received ${ids.length} run_ids.`,
    )
  const max = call.args.whole('max_results') ?? mostPerRun
  if (max < 1 || max > mostPerRun) refuse(`max_results must be between 1 and ${mostPerRun}.`)
  const [from, to] = [call.args.whole('start_step'), call.args.whole('end_step')]
  if ((from === undefined) !== (to === undefined))
    refuse('If either start step or end step are specified, both must be specified.')
  if (from !== undefined && to !== undefined && from > to) {
    refuse(`end_step must be greater than start_step. Found start_step=${from} and end_step=${to}.`)
  }
  const metrics = []
  for (const runId of ids) {
    if (!(await call.store.runs.head(call.scope, runId))) continue
    await readableRun(call, runId)
    const range = from === undefined || to === undefined ? {} : { from, to }
    const points = await pickPoints(call.store.series, { scope: call.scope, runId, key, max, ...range })
    for (const point of points) metrics.push({ ...metricWire(point), run_id: runId })
  }
  return compact({ metrics })
}
