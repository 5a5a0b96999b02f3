/**
 * Every address of MLflow's REST that is answered, in one table. What is not in it does not exist: clients take that
 * for an older server and do without. `{}` in an address is a part it leaves open, `{...}` all
 * that follows.
 */
import { fail } from '@lazurite/spec'
import { listArtifacts } from './artifacts.ts'
import * as assessments from './assessments.ts'
import type { Handler } from './call.ts'
import { presignUpload } from './downloads.ts'
import * as evaluations from './evaluation-datasets.ts'
import * as experiments from './experiments.ts'
import { leftOut } from './left-out.ts'
import * as loggedModels from './logged-models.ts'
import * as metrics from './metrics.ts'
import * as registry from './registry.ts'
import * as runs from './runs.ts'
import * as traceSums from './trace-sums.ts'
import * as traces from './traces.ts'
import * as tracesV2 from './traces-v2.ts'
import * as webhooks from './webhooks.ts'

interface Endpoint {
  methods: string
  path: string
  handler: Handler
}

const on = (methods: string, path: string, handler: Handler): Endpoint => ({ methods, path, handler })

const experimentEndpoints = [
  on('POST', 'experiments/create', experiments.createExperiment),
  on('GET', 'experiments/get', experiments.getExperiment),
  on('GET', 'experiments/get-by-name', experiments.getExperimentByName),
  on('GET POST', 'experiments/search', experiments.searchExperiments),
  on('GET', 'experiments/list', experiments.listExperiments),
  on('POST', 'experiments/update', experiments.updateExperiment),
  on('POST', 'experiments/delete', experiments.deleteExperiment),
  on('POST', 'experiments/restore', experiments.restoreExperiment),
  on('POST', 'experiments/set-experiment-tag', experiments.setExperimentTag),
  on('POST', 'experiments/delete-experiment-tag', experiments.deleteExperimentTag),
  on('POST', 'experiments/search-datasets', experiments.searchDatasets),
]

const runEndpoints = [
  on('POST', 'runs/create', runs.createRun),
  on('GET', 'runs/get', runs.getRun),
  on('POST', 'runs/update', runs.updateRun),
  on('POST', 'runs/delete', runs.deleteRun),
  on('POST', 'runs/restore', runs.restoreRun),
  on('POST', 'runs/search', runs.searchRuns),
  on('POST', 'runs/log-metric', metrics.logMetric),
  on('POST', 'runs/log-batch', metrics.logBatch),
  on('POST', 'runs/log-parameter', runs.logParameter),
  on('POST', 'runs/set-tag', runs.setTag),
  on('POST', 'runs/delete-tag', runs.deleteTag),
  on('POST', 'runs/log-model', runs.logModel),
  on('POST', 'runs/log-inputs', runs.logInputs),
  on('POST', 'runs/outputs', runs.logOutputs),
  on('POST', 'runs/log-outputs', runs.logOutputs),
  on('GET', 'metrics/get-history', metrics.getHistory),
  on('GET', 'metrics/get-history-bulk', metrics.getHistoryBulk),
  on('GET', 'metrics/get-history-bulk-interval', metrics.getHistoryInterval),
  on('GET', 'artifacts/list', listArtifacts),
  on('POST', 'artifacts/presigned-upload-url', presignUpload),
]

const loggedModelEndpoints = [
  on('POST', 'logged-models', loggedModels.createLoggedModel),
  on('POST', 'logged-models/search', loggedModels.searchLoggedModels),
  on('GET', 'logged-models/{}', loggedModels.getLoggedModel),
  on('PATCH', 'logged-models/{}', loggedModels.finalizeLoggedModel),
  on('DELETE', 'logged-models/{}', loggedModels.deleteLoggedModel),
  on('PATCH', 'logged-models/{}/tags', loggedModels.setLoggedModelTags),
  on('DELETE', 'logged-models/{}/tags/{...}', loggedModels.deleteLoggedModelTag),
  on('POST', 'logged-models/{}/params', loggedModels.addLoggedModelParams),
  on('GET', 'logged-models/{}/artifacts/directories', loggedModels.listLoggedModelArtifacts),
]

const registryEndpoints = [
  on('POST', 'registered-models/create', registry.createModel),
  on('GET', 'registered-models/get', registry.getModel),
  on('PATCH', 'registered-models/update', registry.updateModel),
  on('POST', 'registered-models/rename', registry.renameModel),
  on('DELETE', 'registered-models/delete', registry.deleteModel),
  on('GET', 'registered-models/search', registry.searchModels),
  on('GET', 'registered-models/list', registry.searchModels),
  on('GET POST', 'registered-models/get-latest-versions', registry.getLatestVersions),
  on('POST', 'registered-models/set-tag', registry.setModelTag),
  on('DELETE', 'registered-models/delete-tag', registry.deleteModelTag),
  on('POST', 'registered-models/alias', registry.setAlias),
  on('DELETE', 'registered-models/alias', registry.deleteAlias),
  on('GET', 'registered-models/alias', registry.getByAlias),
  on('POST', 'model-versions/create', registry.createVersion),
  on('GET', 'model-versions/get', registry.getVersion),
  on('PATCH', 'model-versions/update', registry.updateVersion),
  on('DELETE', 'model-versions/delete', registry.deleteVersion),
  on('GET', 'model-versions/search', registry.searchVersions),
  on('GET', 'model-versions/get-download-uri', registry.getDownloadUri),
  on('POST', 'model-versions/set-tag', registry.setVersionTag),
  on('DELETE', 'model-versions/delete-tag', registry.deleteVersionTag),
  on('POST', 'model-versions/transition-stage', registry.transitionStage),
]

const traceEndpoints = [
  on('POST', 'traces', tracesV2.beginTrace),
  on('GET', 'traces', tracesV2.searchTracesV2),
  on('POST', 'traces/search', traces.searchTraces),
  on('GET', 'traces/get', traces.getTrace),
  on('GET', 'traces/batchGet', traces.batchGetTraces),
  on('POST', 'traces/batchGetInfos', traces.batchGetTraceInfos),
  on('POST', 'traces/link-to-run', traces.linkTracesToRun),
  on('POST', 'traces/link-prompts', traces.linkPrompts),
  on('POST', 'traces/delete-traces', traces.deleteTraces),
  on('POST', 'traces/calculate-filter-correlation', traceSums.correlateTraces),
  on('POST', 'traces/metrics', traceSums.queryTraceMetrics),
  on('GET', 'traces/{}', traces.getTraceInfo),
  on('PATCH', 'traces/{}', tracesV2.endTrace),
  on('GET', 'traces/{}/info', tracesV2.getTraceInfoV2),
  on('PATCH', 'traces/{}/tags', traces.setTraceTag),
  on('DELETE', 'traces/{}/tags', traces.deleteTraceTag),
  on('POST', 'traces/{}/assessments', assessments.createAssessment),
  on('GET', 'traces/{}/assessments/{}', assessments.getAssessment),
  on('PATCH', 'traces/{}/assessments/{}', assessments.updateAssessment),
  on('DELETE', 'traces/{}/assessments/{}', assessments.deleteAssessment),
]

const evaluationEndpoints = [
  on('POST', 'datasets/create', evaluations.createDataset),
  on('GET POST', 'datasets/search', evaluations.searchDatasets),
  on('GET', 'datasets/{}', evaluations.getDataset),
  on('DELETE', 'datasets/{}', evaluations.deleteDataset),
  on('PATCH', 'datasets/{}/tags', evaluations.setDatasetTags),
  on('DELETE', 'datasets/{}/tags/{...}', evaluations.deleteDatasetTag),
  on('POST', 'datasets/{}/records', evaluations.upsertRecords),
  on('GET', 'datasets/{}/records', evaluations.getRecords),
  on('DELETE', 'datasets/{}/records', evaluations.deleteRecords),
  on('GET', 'datasets/{}/experiment-ids', evaluations.datasetExperiments),
  on('POST', 'datasets/{}/add-experiments', evaluations.addDatasetToExperiments),
  on('POST', 'datasets/{}/remove-experiments', evaluations.removeDatasetFromExperiments),
]

const webhookEndpoints = [
  on('POST', 'webhooks', webhooks.createWebhook),
  on('GET', 'webhooks', webhooks.listWebhooks),
  on('GET', 'webhooks/{}', webhooks.getWebhook),
  on('PATCH', 'webhooks/{}', webhooks.updateWebhook),
  on('DELETE', 'webhooks/{}', webhooks.deleteWebhook),
  on('POST', 'webhooks/{}/test', webhooks.testWebhook),
]

const serverInfo = on('GET', 'server-info', async () => ({ store_type: 'SqlStore', workspaces_enabled: false }))

const endpoints: readonly Endpoint[] = [
  ...experimentEndpoints,
  ...runEndpoints,
  ...loggedModelEndpoints,
  ...registryEndpoints,
  ...webhookEndpoints,
  ...traceEndpoints,
  ...evaluationEndpoints,
  ...leftOut.map(({ methods, path, handler }) => on(methods, path, handler)),
  serverInfo,
]

const fixed = new Map<string, Handler>()
const open: { method: string; segments: string[]; handler: Handler }[] = []
for (const { methods, path, handler } of endpoints) {
  for (const method of methods.split(' ')) {
    if (path.includes('{')) open.push({ method, segments: path.split('/'), handler })
    else fixed.set(`${method} ${path}`, handler)
  }
}

/** What answers an address below `/api/<version>/mlflow/` (as it was sent), and the parts the address leaves open. */
export function findEndpoint(method: string, path: string): { handler: Handler; parts: string[] } | undefined {
  const known = fixed.get(`${method} ${path}`)
  if (known) return { handler: known, parts: [] }
  const segments = path.split('/')
  for (const { method: wanted, segments: pattern, handler } of open) {
    const parts = wanted === method ? partsOf(pattern, segments) : undefined
    if (parts) return { handler, parts: parts.map(decode) }
  }
  return undefined
}

/** What stands where the pattern is open; undefined when the address is another one. */
function partsOf(pattern: readonly string[], segments: readonly string[]): string[] | undefined {
  const parts: string[] = []
  for (const [i, word] of pattern.entries()) {
    const found = word === '{...}' ? segments.slice(i).join('/') : (segments[i] ?? '')
    if (word.startsWith('{') ? found === '' : found !== word) return undefined
    if (word.startsWith('{')) parts.push(found)
    if (word === '{...}') return parts
  }
  return segments.length === pattern.length ? parts : undefined
}

/** Decodes a part of an address once. Raises PathNotAllowed. */
export function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return fail('PathNotAllowed', { path: part.slice(0, 200) })
  }
}
