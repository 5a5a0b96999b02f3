/** Our things in MLflow's words. Field names and their order are those of its protobuf messages. */
import type { JsonObject } from '@lazurite/spec'
import type { DatasetInput, Experiment, LoggedModel, ModelMetric, Run, RunHead, SeriesPoint } from '@lazurite/store'
import { compact, pairs } from './call.ts'
import { printDouble } from './loose-json.ts'

export function experimentWire(e: Experiment): JsonObject {
  return compact({
    experiment_id: e.id,
    name: e.name,
    artifact_location: e.location ?? `mlflow-artifacts:/${e.id}`,
    lifecycle_stage: e.lifecycle,
    last_update_time: e.updatedAt,
    creation_time: e.createdAt,
    tags: pairs(e.tags),
  })
}

export function runInfoWire(run: RunHead): JsonObject {
  return compact({
    run_uuid: run.runId,
    experiment_id: run.experimentId,
    run_name: run.name,
    user_id: run.user,
    status: run.status,
    start_time: run.startTime,
    end_time: run.endTime,
    artifact_uri: run.artifactUri,
    lifecycle_stage: run.lifecycle,
    run_id: run.runId,
  })
}

export function runWire(run: Run): JsonObject {
  const outputs = run.modelOutputs.map(({ modelId, step }) => ({ model_id: modelId, step }))
  return compact({
    info: runInfoWire(run),
    data: compact({
      metrics: run.metrics.map(metricWire),
      params: pairs(run.params),
      tags: pairs(run.tags),
    }),
    inputs: compact({
      dataset_inputs: run.datasets.map(datasetWire),
      model_inputs: run.modelInputs.map((id) => ({ model_id: id })),
    }),
    outputs: outputs.length > 0 ? { model_outputs: outputs } : undefined,
  })
}

export function metricWire(point: SeriesPoint): JsonObject {
  return { key: point.key, value: printDouble(point.value), timestamp: point.timestamp, step: point.step }
}

/** What `metricWire` says of the points of one series, as text: ten thousand mappings would take longer than all the rest. */
export function metricTexts(points: readonly SeriesPoint[]): string {
  const key = JSON.stringify(points[0]?.key ?? '')
  const texts = points.map(({ value, timestamp, step }) => {
    const printed = Number.isFinite(value) ? value : `"${value}"`
    return `{"key":${key},"value":${printed},"timestamp":${timestamp},"step":${step}}`
  })
  return texts.join(',')
}

function datasetWire(d: DatasetInput): JsonObject {
  return compact({
    tags: pairs(d.tags),
    dataset: compact({
      name: d.name,
      digest: d.digest,
      source_type: d.sourceType,
      source: d.source,
      schema: d.schema,
      profile: d.profile,
    }),
  })
}

/** Where clients are told that a logged model's files are; the proxy knows the folder behind it. */
export function loggedModelUri(model: LoggedModel): string {
  return `${model.location ?? `mlflow-artifacts:/${model.experimentId}`}/models/${model.modelId}/artifacts`
}

export function loggedModelWire(model: LoggedModel): JsonObject {
  return {
    info: compact({
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.createdAt,
      last_updated_timestamp_ms: model.updatedAt,
      artifact_uri: loggedModelUri(model),
      status: loggedModelStates[model.status] ?? model.status,
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      tags: pairs(model.tags),
    }),
    data: compact({
      params: pairs(model.params),
      metrics: model.metrics.map((m) => modelMetricWire(m, model.modelId)),
    }),
  }
}

export const loggedModelStates: readonly string[] = [
  'LOGGED_MODEL_STATUS_UNSPECIFIED',
  'LOGGED_MODEL_PENDING',
  'LOGGED_MODEL_READY',
  'LOGGED_MODEL_UPLOAD_FAILED',
]

function modelMetricWire(m: ModelMetric, modelId: string): JsonObject {
  return compact({
    ...metricWire(m),
    dataset_name: m.datasetName,
    dataset_digest: m.datasetDigest,
    model_id: modelId,
    run_id: m.runId,
  })
}
