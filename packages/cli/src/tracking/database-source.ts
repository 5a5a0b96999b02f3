// The database behind a tracking server, read table by table and changed nowhere. Tables that an older one does not have
// hold nothing; columns are asked for by their names alone where old ones lack them.
import { asNumber, asString, fail, type JsonObject } from '@lazurite/spec'
import * as more from './database-more.ts'
import { all, type Base, from, number, quote, words } from './database-rows.ts'
import { filesBelow, folderBehind } from './local-files.ts'
import type { Rows } from './rows.ts'
import {
  type Dataset,
  type Experiment,
  type LoggedModel,
  type Point,
  type RegisteredModel,
  type Run,
  type Source,
  unbounded,
  type Version,
} from './source.ts'

const pageOfRuns = 500

/** Raises BadArgument for a database that is no tracking server's. */
export async function databaseSource(
  rows: Rows,
  o: { what: string; root: string | undefined; cwd: string; tables: string },
): Promise<Source> {
  const tables = new Set((await all(rows, o.tables)).map((row) => String(row.name)))
  if (!tables.has('experiments') || !tables.has('runs')) {
    await rows.close()
    fail('BadArgument', { what: `${o.what} has no tables named experiments and runs: it is no tracking database.` })
  }
  const base: Base = { rows, tables, root: o.root, cwd: o.cwd }
  return {
    what: o.what,
    repeats: false,
    experiments: () => experiments(base),
    runs: (experiment) => runs(base, experiment),
    async counts(run) {
      const text = `SELECT key, count(*) AS n FROM metrics WHERE run_uuid = ${quote(run.id)} GROUP BY key`
      return Object.fromEntries((await all(rows, text)).map((row) => [String(row.key), Number(row.n)]))
    },
    async *points(run) {
      const text = `SELECT key, value, timestamp, step, is_nan FROM metrics WHERE run_uuid = ${quote(run.id)}`
      for await (const row of rows.select(text)) yield pointOf(row)
    },
    artifacts: (run) => filesBelow(folderBehind(run.artifactUri, { ...base, ends: `${run.id}/artifacts` })),
    models: (experiment) => loggedModels(base, experiment),
    modelArtifacts: (model) =>
      filesBelow(folderBehind(model.artifactUri, { ...base, ends: `models/${model.id}/artifacts` })),
    registered: () => registered(base),
    traces: (experiment) => more.traces(base, experiment),
    spans: (trace) => more.spans(base, trace),
    traceArtifacts: (trace) =>
      filesBelow(folderBehind(trace.artifactUri, { ...base, ends: `traces/${trace.id}/artifacts` })),
    evaluations: () => more.evaluations(base),
    records: (evaluation) => more.records(base, evaluation),
    webhooks: () => more.webhooks(base),
    left: () => more.left(base),
    close: () => rows.close(),
  }
}

async function* experiments(base: Base): AsyncGenerator<Experiment> {
  for (const row of await from(base, 'experiments', '1 = 1 ORDER BY experiment_id')) {
    const id = String(row.experiment_id)
    const tags = await from(base, 'experiment_tags', `experiment_id = ${number(id)}`)
    yield { id, name: String(row.name), deleted: row.lifecycle_stage === 'deleted', tags: words(tags) }
  }
}

async function* runs(base: Base, experiment: Experiment): AsyncGenerator<Run> {
  for (let after = ''; ; ) {
    const where = `experiment_id = ${number(experiment.id)} AND run_uuid > ${quote(after)}`
    const page = await from(base, 'runs', `${where} ORDER BY run_uuid LIMIT ${pageOfRuns}`)
    for (const row of page) yield await runOf(base, row)
    const last = page.at(-1)
    if (!last || page.length < pageOfRuns) return
    after = String(last.run_uuid)
  }
}

async function runOf(base: Base, row: JsonObject): Promise<Run> {
  const id = String(row.run_uuid)
  const mine = `run_uuid = ${quote(id)}`
  const tags = words(await from(base, 'tags', mine))
  const endTime = asNumber(row.end_time)
  const keys = base.tables.has('latest_metrics')
    ? await from(base, 'latest_metrics', mine)
    : await all(base.rows, `SELECT DISTINCT key FROM metrics WHERE ${mine}`)
  return {
    id,
    experimentId: String(row.experiment_id),
    name: asString(row.name) || tags['mlflow.runName'] || id,
    user: asString(row.user_id) ?? '',
    status: asString(row.status) ?? 'FINISHED',
    startTime: asNumber(row.start_time) ?? 0,
    ...(endTime === undefined ? {} : { endTime }),
    deleted: row.lifecycle_stage === 'deleted',
    params: words(await from(base, 'params', mine)),
    tags,
    ...(await linksOf(base, id)),
    keys: keys.map((one) => String(one.key)),
    artifactUri: asString(row.artifact_uri) ?? '',
  }
}

async function linksOf(base: Base, id: string): Promise<Pick<Run, 'datasets' | 'modelInputs' | 'modelOutputs'>> {
  const datasets: Dataset[] = []
  const modelInputs: string[] = []
  const into = await from(base, 'inputs', `destination_id = ${quote(id)}`)
  for (const link of into) {
    const source = String(link.source_id)
    if (link.source_type !== 'DATASET') {
      modelInputs.push(source)
      continue
    }
    const [set] = await from(base, 'datasets', `dataset_uuid = ${quote(source)}`)
    if (!set) continue
    const text = (key: string) => asString(set[key]) ?? ''
    datasets.push({
      name: text('name'),
      digest: text('digest'),
      source_type: text('dataset_source_type'),
      source: text('dataset_source'),
      ...(set.dataset_schema ? { schema: text('dataset_schema') } : {}),
      ...(set.dataset_profile ? { profile: text('dataset_profile') } : {}),
      tags: words(await from(base, 'input_tags', `input_uuid = ${quote(String(link.input_uuid))}`), 'name'),
    })
  }
  const out = await from(base, 'inputs', `source_id = ${quote(id)} AND source_type = 'RUN_OUTPUT'`)
  const modelOutputs = out.map((link) => ({ model_id: String(link.destination_id), step: asNumber(link.step) ?? 0 }))
  return { datasets, modelInputs, modelOutputs }
}

function pointOf(row: JsonObject): Point {
  const isNan = row.is_nan === true || row.is_nan === 1
  const value = isNan ? Number.NaN : unbounded(Number(row.value))
  return [String(row.key), value, Number(row.timestamp ?? 0), Number(row.step ?? 0)]
}

async function* loggedModels(base: Base, experiment: Experiment): AsyncGenerator<LoggedModel> {
  for (const row of await from(base, 'logged_models', `experiment_id = ${number(experiment.id)}`)) {
    if (row.lifecycle_stage === 'deleted') continue
    const id = String(row.model_id)
    const mine = `model_id = ${quote(id)}`
    const metrics = await from(base, 'logged_model_metrics', mine)
    const run = asString(row.source_run_id)
    const keyed = (rows: readonly JsonObject[], of: string) =>
      Object.fromEntries(rows.map((one) => [String(one[`${of}_key`]), String(one[`${of}_value`] ?? '')]))
    yield {
      id,
      experimentId: experiment.id,
      name: String(row.name),
      type: asString(row.model_type) ?? '',
      ...(run ? { sourceRunId: run } : {}),
      status: asNumber(row.status) ?? 2,
      params: keyed(await from(base, 'logged_model_params', mine), 'param'),
      tags: keyed(await from(base, 'logged_model_tags', mine), 'tag'),
      metrics: metrics.map((one) => ({
        key: String(one.metric_name),
        value: Number(one.metric_value),
        timestamp: Number(one.metric_timestamp_ms),
        step: Number(one.metric_step ?? 0),
        run_id: String(one.run_id),
        ...(one.dataset_name ? { dataset_name: String(one.dataset_name) } : {}),
        ...(one.dataset_digest ? { dataset_digest: String(one.dataset_digest) } : {}),
      })),
      artifactUri: asString(row.artifact_location) ?? '',
    }
  }
}

async function* registered(base: Base): AsyncGenerator<RegisteredModel> {
  const which = base.tables.has('registered_model_tags') ? `NOT (${more.isPromptRow})` : '1 = 1'
  for (const row of await from(base, 'registered_models', `${which} ORDER BY name`)) {
    const name = String(row.name)
    const mine = `name = ${quote(name)}`
    const versions: Version[] = []
    for (const one of await from(base, 'model_versions', `${mine} ORDER BY version`)) {
      // what was deleted is kept by MLflow as a row of this stage
      if (one.current_stage === 'Deleted_Internal') continue
      const tags = await from(base, 'model_version_tags', `${mine} AND version = ${number(String(one.version))}`)
      const text = (key: string) => asString(one[key]) || undefined
      const [runId, description, stage] = ['run_id', 'description', 'current_stage'].map(text)
      versions.push({
        version: String(one.version),
        source: text('source') ?? '',
        ...(runId ? { runId } : {}),
        ...(description ? { description } : {}),
        ...(stage ? { stage } : {}),
        tags: words(tags),
      })
    }
    const aliases = await from(base, 'registered_model_aliases', mine)
    const description = asString(row.description)
    yield {
      name,
      ...(description ? { description } : {}),
      tags: words(await from(base, 'registered_model_tags', mine)),
      aliases: Object.fromEntries(aliases.map((one) => [String(one.alias), String(one.version)])),
      versions,
    }
  }
}
