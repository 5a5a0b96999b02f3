// A tracking server, read through its REST interface: somebody's MLflow, or this Lazurite itself.
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '@lazurite/spec'
import * as more from './http-more.ts'
import {
  type Dataset,
  type Experiment,
  isPlainPath,
  type LoggedModel,
  OutOfReach,
  type Point,
  type RegisteredModel,
  type Run,
  readNumber,
  type Source,
  type SourceFile,
  unbounded,
  type Version,
  versionSaid,
} from './source.ts'
import { pages, proxied, query, type Wire, type Words, words } from './wire.ts'

const api = '/api/2.0/mlflow'
const pageOfRuns = 200
const pageOfPoints = 25_000

export function httpSource(wire: Wire): Source {
  const seen = new Set<string>()
  return {
    what: wire.what,
    repeats: false,
    async *experiments() {
      for await (const experiment of experiments(wire)) {
        seen.add(experiment.id)
        yield experiment
      }
    },
    runs: (experiment) => runs(wire, experiment),
    counts: async () => undefined,
    points: (run) => points(wire, run),
    artifacts: (run) => files(wire, filesOfRun(run), ''),
    models: (experiment) => models(wire, experiment),
    modelArtifacts: (model) => files(wire, filesOfModel(model), ''),
    registered: () => registered(wire),
    traces: (experiment) => more.traces(wire, experiment),
    spans: (trace) => more.spans(wire, trace),
    traceArtifacts: (trace) => more.traceFiles(wire, trace),
    evaluations: () => more.evaluations(wire),
    records: (evaluation) => more.records(wire, evaluation),
    webhooks: () => more.webhooks(wire),
    left: () => more.left(wire, [...seen]),
    close: async () => {},
  }
}

async function* experiments(wire: Wire): AsyncGenerator<Experiment> {
  const ask = (token: Words) =>
    wire.json('POST', `${api}/experiments/search`, { max_results: 1000, view_type: 'ALL', ...token })
  for await (const one of pages(ask, 'experiments'))
    yield {
      id: String(one.experiment_id),
      name: asString(one.name) ?? '',
      deleted: one.lifecycle_stage === 'deleted',
      ...times(one, 'creation_time', 'last_update_time'),
      tags: words(one.tags),
    }
}

function times(one: JsonObject, created: string, updated: string): { createdAt?: number; updatedAt?: number } {
  const [from, to] = [Number(one[created] ?? 0), Number(one[updated] ?? 0)]
  return { ...(from > 0 ? { createdAt: from } : {}), ...(to > 0 ? { updatedAt: to } : {}) }
}

async function* runs(wire: Wire, experiment: Experiment): AsyncGenerator<Run> {
  const body = { experiment_ids: [experiment.id], run_view_type: 'ALL', max_results: pageOfRuns }
  const ask = (token: Words) => wire.json('POST', `${api}/runs/search`, { ...body, ...token })
  for await (const one of pages(ask, 'runs')) yield runOf(one)
}

function runOf(one: JsonObject): Run {
  const [info, data, inputs] = [asObject(one.info), asObject(one.data), asObject(one.inputs)]
  const endTime = info.end_time === undefined ? Number.NaN : Number(info.end_time)
  const id = asString(info.run_id) ?? asString(info.run_uuid) ?? ''
  return {
    id,
    experimentId: String(info.experiment_id),
    name: asString(info.run_name) ?? id,
    user: asString(info.user_id) ?? '',
    status: asString(info.status) ?? 'FINISHED',
    startTime: Number(info.start_time ?? 0),
    ...(endTime > 0 ? { endTime } : {}),
    deleted: info.lifecycle_stage === 'deleted',
    params: words(data.params),
    tags: words(data.tags),
    datasets: asArray(inputs.dataset_inputs).map(asObject).map(datasetOf),
    modelInputs: asArray(inputs.model_inputs).map((m) => asString(asObject(m).model_id) ?? ''),
    modelOutputs: asArray(asObject(one.outputs).model_outputs)
      .map(asObject)
      .map((m) => ({ model_id: asString(m.model_id) ?? '', step: Number(m.step ?? 0) })),
    keys: asArray(data.metrics).map((m) => asString(asObject(m).key) ?? ''),
    artifactUri: asString(info.artifact_uri) ?? '',
  }
}

function datasetOf(one: JsonObject): Dataset {
  const set = asObject(one.dataset)
  const text = (key: string) => asString(set[key]) ?? ''
  return {
    name: text('name'),
    digest: text('digest'),
    source_type: text('source_type'),
    source: text('source'),
    ...(set.schema ? { schema: text('schema') } : {}),
    ...(set.profile ? { profile: text('profile') } : {}),
    tags: words(one.tags),
  }
}

async function* points(wire: Wire, run: Run): AsyncGenerator<Point> {
  for (const key of run.keys) {
    const asked: Words = { run_id: run.id, run_uuid: run.id, metric_key: key, max_results: pageOfPoints }
    const ask = (token: Words) => wire.json('GET', `${api}/metrics/get-history?${query({ ...asked, ...token })}`)
    for await (const one of pages(ask, 'metrics'))
      yield [key, unbounded(readNumber(one.value)), Number(one.timestamp ?? 0), Number(one.step ?? 0)]
  }
}

/** How the files of something are listed and read. */
interface Shelf {
  list(path: string, token: Words): string
  read(path: string): string
}

function filesOfRun(run: Run): Shelf {
  return {
    list: (path, token) =>
      `${api}/artifacts/list?${query({ run_id: run.id, run_uuid: run.id, ...(path === '' ? {} : { path }), ...token })}`,
    read: (path) =>
      proxied(run.artifactUri, path) ?? `/get-artifact?${query({ run_id: run.id, run_uuid: run.id, path })}`,
  }
}

function filesOfModel(model: LoggedModel): Shelf {
  const home = `mlflow/logged-models/${encodeURIComponent(model.id)}/artifacts`
  return {
    list: (path, token) =>
      `/api/2.0/${home}/directories?${query({ ...(path === '' ? {} : { artifact_directory_path: path }), ...token })}`,
    read: (path) =>
      proxied(model.artifactUri, path) ?? `/ajax-api/2.0/${home}/files?${query({ artifact_file_path: path })}`,
  }
}

async function* files(wire: Wire, shelf: Shelf, path: string): AsyncGenerator<SourceFile> {
  const ask = async (token: Words) => {
    try {
      return await wire.json('GET', shelf.list(path, token))
    } catch (error) {
      throw new OutOfReach(
        `the server cannot list them (${error instanceof Error ? error.message : 'no reason given'})`,
      )
    }
  }
  for await (const one of pages(ask, 'files')) {
    const name = asString(one.path) ?? ''
    if (!isPlainPath(name) || name === path) continue
    if (one.is_dir === true) yield* files(wire, shelf, name)
    else {
      const size = one.file_size === undefined ? undefined : Number(one.file_size)
      yield { path: name, ...(size === undefined ? {} : { sizeBytes: size }), read: () => wire.bytes(shelf.read(name)) }
    }
  }
}

const modelStates: readonly string[] = ['UNSPECIFIED', 'PENDING', 'READY', 'UPLOAD_FAILED']

async function* models(wire: Wire, experiment: Experiment): AsyncGenerator<LoggedModel> {
  if (experiment.deleted) return
  const body = { experiment_ids: [experiment.id], max_results: 50 }
  const ask = (token: Words) => wire.json('POST', `${api}/logged-models/search`, { ...body, ...token })
  for await (const one of pages(ask, 'models')) {
    const [info, data] = [asObject(one.info), asObject(one.data)]
    const run = asString(info.source_run_id)
    yield {
      id: asString(info.model_id) ?? '',
      experimentId: experiment.id,
      name: asString(info.name) ?? '',
      type: asString(info.model_type) ?? '',
      ...(run ? { sourceRunId: run } : {}),
      status: stateOf(info.status),
      params: words(data.params),
      tags: words(info.tags),
      metrics: asArray(data.metrics).map(asObject) as unknown as LoggedModel['metrics'], // MLflow's own names
      artifactUri: asString(info.artifact_uri) ?? '',
      ...times(info, 'creation_timestamp_ms', 'last_updated_timestamp_ms'),
    }
  }
}

function stateOf(status: Json | undefined): number {
  const number = asNumber(status)
  return number ?? Math.max(0, modelStates.indexOf(String(status).replace('LOGGED_MODEL_', '').replace('STATUS_', '')))
}

async function* registered(wire: Wire): AsyncGenerator<RegisteredModel> {
  const ask = (token: Words) =>
    wire.json('GET', `${api}/registered-models/search?${query({ max_results: 100, ...token })}`)
  for await (const one of pages(ask, 'registered_models')) {
    const name = asString(one.name) ?? ''
    const description = asString(one.description)
    const aliases = asArray(one.aliases).map(asObject)
    yield {
      name,
      ...(description ? { description } : {}),
      ...times(one, 'creation_timestamp', 'last_updated_timestamp'),
      tags: words(one.tags),
      aliases: Object.fromEntries(aliases.map((a) => [asString(a.alias) ?? '', String(a.version)])),
      versions: await versions(wire, name),
    }
  }
}

async function versions(wire: Wire, name: string): Promise<Version[]> {
  const found: Version[] = []
  const filter = `name='${name.replaceAll("'", "\\'")}'`
  const ask = (token: Words) =>
    wire.json('GET', `${api}/model-versions/search?${query({ filter, max_results: 1000, ...token })}`)
  for await (const one of pages(ask, 'model_versions')) {
    found.push({
      version: String(one.version),
      ...versionSaid((key) => asString(one[key]) || undefined),
      ...times(one, 'creation_timestamp', 'last_updated_timestamp'),
      tags: words(one.tags),
    })
  }
  return found.sort((a, b) => Number(a.version) - Number(b.version))
}
