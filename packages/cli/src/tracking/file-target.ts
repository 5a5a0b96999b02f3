// Writes runs the way MLflow's file store keeps them, so that MLflow opens the folder as its own.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { fail, isLazError, type JsonObject, printYaml } from '@lazurite/spec'
import {
  type Dataset,
  type Experiment,
  isPlainPath,
  type LoggedModel,
  OutOfReach,
  type Point,
  type RegisteredModel,
  type Run,
  type Source,
  type SourceFile,
} from './source.ts'

export interface ExportOptions {
  source: Source
  /** Folder to write to. */
  to: string
  /** Names; all of them when empty. */
  experiments: readonly string[]
  /** Ids; all of them when empty. */
  runs: readonly string[]
  artifacts: boolean
}

export interface Exported {
  folder: string
  experiments: number
  runs: number
  points: number
  files: number
  models: number
  left: string[]
  /** Where the files of runs and logged models were written, by id. */
  places: Map<string, string>
}

const statuses: readonly string[] = ['', 'RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']
/** What is gathered of a metric before it is written. */
const linesAtOnce = 10_000

export async function exportRuns(o: ExportOptions): Promise<Exported> {
  const done: Exported = {
    folder: o.to,
    experiments: 0,
    runs: 0,
    points: 0,
    files: 0,
    models: 0,
    left: [],
    places: new Map(),
  }
  const taken = new Set<string>()
  for await (const experiment of o.source.experiments()) {
    if (o.experiments.length > 0 && !o.experiments.includes(experiment.name)) continue
    const id = idOf(experiment.id, taken)
    const home = join(o.to, ...(experiment.deleted ? ['.trash'] : []), id)
    let begun = o.runs.length === 0
    if (begun) await writeExperiment(done, home, { id, experiment })
    for await (const run of o.source.runs(experiment)) {
      if (o.runs.length > 0 && !o.runs.includes(run.id)) continue
      if (!begun) await writeExperiment(done, home, { id, experiment })
      begun = true
      await writeRun(o, done, { home, id, run })
    }
    if (!begun) continue
    done.experiments++
    for await (const model of o.source.models(experiment)) {
      if (o.runs.length > 0 && !o.runs.includes(model.sourceRunId ?? '')) continue
      await writeModel(o, done, { home, id, model })
    }
  }
  const missing = o.runs.length > done.runs
  if (missing) done.left.push(`${o.runs.length - done.runs} of the runs that were named: there are none of these ids`)
  if (o.runs.length === 0 && o.experiments.length === 0)
    for await (const model of o.source.registered()) await writeRegistered(done, join(o.to, 'models'), model)
  return done
}

/** MLflow's own ids are numbers of 18 digits; one that is none already is made out of ours, always the same. */
function idOf(id: string, taken: Set<string>): string {
  const digits = (BigInt(`0x${createHash('sha256').update(id).digest('hex').slice(0, 15)}`) % 10n ** 18n).toString()
  const own = /^\d{1,18}$/.test(id) ? id : digits.padStart(18, '1')
  if (taken.has(own)) fail('BadArgument', { what: `Two experiments would have the id ${own}.` })
  taken.add(own)
  return own
}

const meta = (folder: string, value: JsonObject) => writeFile(join(folder, 'meta.yaml'), printYaml(value))

async function writeExperiment(
  done: Exported,
  home: string,
  { id, experiment }: { id: string; experiment: Experiment },
): Promise<void> {
  await mkdir(home, { recursive: true })
  await meta(home, {
    artifact_location: pathToFileURL(home).href,
    creation_time: experiment.createdAt ?? Date.now(),
    experiment_id: id,
    last_update_time: experiment.updatedAt ?? Date.now(),
    lifecycle_stage: experiment.deleted ? 'deleted' : 'active',
    name: experiment.name,
  })
  await writeWords(done, join(home, 'tags'), experiment.tags)
}

const mostLeft = 20
/** A name that is too long, or that is a folder's already: `a` beside `a/b`. */
const noNames = new Set(['ENAMETOOLONG', 'EISDIR', 'ENOTDIR', 'EEXIST'])

/** A file for each; a name with slashes lies in folders. What no file can be called is left out, and told. */
async function writeWords(done: Exported, folder: string, words: Record<string, string>): Promise<void> {
  for (const [key, value] of Object.entries(words)) {
    try {
      const path = pathOf(folder, key)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, value)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (!isLazError(error) && !noNames.has(code)) throw error
      const what = `${JSON.stringify(key.slice(0, 200))} of ${relative(done.folder, folder)}: no file can be called so`
      if (done.left.length <= mostLeft) done.left.push(done.left.length < mostLeft ? what : 'and more')
    }
  }
}

function pathOf(folder: string, name: string): string {
  if (!isPlainPath(name))
    fail('BadArgument', { what: `${JSON.stringify(name.slice(0, 200))} cannot be the name of a file.` })
  return join(folder, ...name.split('/'))
}

async function writeRun(
  o: ExportOptions,
  done: Exported,
  { home, id, run }: { home: string; id: string; run: Run },
): Promise<void> {
  const folder = pathOf(home, run.id)
  for (const name of ['metrics', 'params', 'tags', 'artifacts']) await mkdir(join(folder, name), { recursive: true })
  await writeWords(done, join(folder, 'params'), run.params)
  await writeWords(done, join(folder, 'tags'), { 'mlflow.runName': run.name, 'mlflow.user': run.user, ...run.tags })
  done.points += await writePoints(join(folder, 'metrics'), o.source.points(run))
  for (const dataset of run.datasets) await writeDataset(home, folder, { dataset, run: run.id })
  for (const model of run.modelInputs)
    await writeLink(folder, 'inputs', { from: ['MODEL', model], to: ['RUN', run.id] })
  for (const { model_id: model, step } of run.modelOutputs)
    await writeLink(folder, 'outputs', { from: ['RUN_OUTPUT', run.id], to: ['MODEL_OUTPUT', model], step })
  done.places.set(run.id, join(folder, 'artifacts'))
  if (o.artifacts) await writeFiles(done, join(folder, 'artifacts'), o.source.artifacts(run))
  await meta(folder, {
    artifact_uri: pathToFileURL(join(folder, 'artifacts')).href,
    end_time: run.endTime ?? null,
    entry_point_name: '',
    experiment_id: id,
    lifecycle_stage: run.deleted ? 'deleted' : 'active',
    run_id: run.id,
    run_name: run.name,
    run_uuid: run.id,
    source_name: '',
    source_type: 4,
    source_version: '',
    start_time: run.startTime,
    status: Math.max(1, statuses.indexOf(run.status)),
    tags: [],
    user_id: run.user,
  })
  done.runs++
}

/** A line a value; values of one metric come one after another. */
async function writePoints(folder: string, points: AsyncIterable<Point>): Promise<number> {
  let count = 0
  let key = ''
  let lines: string[] = []
  const begun = new Set<string>()
  const flush = async () => {
    if (lines.length === 0) return
    const path = pathOf(folder, key)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, lines.join(''), { flag: begun.has(key) ? 'a' : 'w' })
    begun.add(key)
    lines = []
  }
  for await (const [name, value, timestamp, step] of points) {
    if (name !== key || lines.length >= linesAtOnce) await flush()
    key = name
    lines.push(`${timestamp} ${pythonNumber(value)} ${step}\n`)
    count++
  }
  await flush()
  return count
}

function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return String(value)
}

async function writeDataset(
  home: string,
  folder: string,
  { dataset, run }: { dataset: Dataset; run: string },
): Promise<void> {
  const id = createHash('md5').update(`${dataset.name}\n${dataset.digest}`).digest('hex')
  const { tags, ...about } = dataset
  await mkdir(join(home, 'datasets', id), { recursive: true })
  await meta(join(home, 'datasets', id), { ...about, schema: dataset.schema ?? null, profile: dataset.profile ?? null })
  await writeLink(folder, 'inputs', { from: ['DATASET', id], to: ['RUN', run], tags })
}

async function writeLink(
  folder: string,
  kind: 'inputs' | 'outputs',
  link: { from: [string, string]; to: [string, string]; tags?: Record<string, string>; step?: number },
): Promise<void> {
  const name = kind === 'outputs' ? link.to[1] : createHash('md5').update(link.from.join('\n')).digest('hex')
  const path = pathOf(join(folder, kind), name)
  await mkdir(path, { recursive: true })
  await meta(path, {
    source_type: link.from[0],
    source_id: link.from[1],
    destination_type: link.to[0],
    destination_id: link.to[1],
    tags: link.tags ?? {},
    ...(link.step === undefined ? {} : { step: link.step }),
  })
}

async function writeFiles(done: Exported, folder: string, files: AsyncIterable<SourceFile>): Promise<void> {
  try {
    for await (const file of files) {
      const path = pathOf(folder, file.path)
      await mkdir(dirname(path), { recursive: true })
      await pipeline(Readable.from(file.read()), createWriteStream(path))
      done.files++
    }
  } catch (error) {
    if (!(error instanceof OutOfReach)) throw error
    done.left.push(error.message)
  }
}

async function writeModel(
  o: ExportOptions,
  done: Exported,
  { home, id, model }: { home: string; id: string; model: LoggedModel },
): Promise<void> {
  const folder = pathOf(join(home, 'models'), model.id)
  for (const name of ['metrics', 'params', 'tags', 'artifacts']) await mkdir(join(folder, name), { recursive: true })
  await writeWords(done, join(folder, 'params'), model.params)
  await writeWords(done, join(folder, 'tags'), model.tags)
  const lines = new Map<string, string>()
  for (const { key, value, timestamp, step, run_id: run } of model.metrics)
    lines.set(key, `${lines.get(key) ?? ''}${timestamp} ${value} ${step} ${run}\n`)
  await writeWords(done, join(folder, 'metrics'), Object.fromEntries(lines))
  done.places.set(model.id, join(folder, 'artifacts'))
  if (o.artifacts) await writeFiles(done, join(folder, 'artifacts'), o.source.modelArtifacts(model))
  await meta(folder, {
    artifact_location: pathToFileURL(join(folder, 'artifacts')).href,
    creation_timestamp: model.createdAt ?? Date.now(),
    experiment_id: id,
    last_updated_timestamp: model.updatedAt ?? Date.now(),
    lifecycle_stage: 'active',
    model_id: model.id,
    model_type: model.type,
    name: model.name,
    source_run_id: model.sourceRunId ?? null,
    status: model.status,
    status_message: null,
  })
  done.models++
}

function timesOf({ createdAt = Date.now(), updatedAt = createdAt }: { createdAt?: number; updatedAt?: number }) {
  return { creation_timestamp: createdAt, last_updated_timestamp: updatedAt }
}

/** Where in this folder the files of a version are; what is not in it keeps its address. */
function placeOf(source: string, places: ReadonlyMap<string, string>): string {
  const model = /^models:\/+(m-[\w-]+)$/.exec(source)?.[1]
  const [, run, path = ''] = /^mlflow-artifacts:\/+[^/]+\/([^/]+)\/artifacts\/(.+)$/.exec(source) ?? []
  const folder = places.get(model ?? run ?? '')
  if (folder === undefined || (model === undefined && !isPlainPath(path))) return source
  return pathToFileURL(model === undefined ? join(folder, ...path.split('/')) : folder).href
}

async function writeRegistered(done: Exported, home: string, model: RegisteredModel): Promise<void> {
  const folder = pathOf(home, model.name)
  await mkdir(folder, { recursive: true })
  await meta(folder, { ...timesOf(model), description: model.description ?? null, name: model.name })
  await writeWords(done, join(folder, 'tags'), model.tags)
  await writeWords(done, join(folder, 'aliases'), model.aliases)
  for (const { version, tags, ...one } of model.versions) {
    const own = pathOf(folder, `version-${version}`)
    await mkdir(own, { recursive: true })
    await meta(own, {
      ...timesOf(one),
      current_stage: one.stage ?? 'None',
      description: one.description ?? null,
      name: model.name,
      run_id: one.runId ?? null,
      run_link: null,
      model_id: one.modelId ?? null,
      source: placeOf(one.source, done.places),
      status: 'READY',
      status_message: null,
      user_id: null,
      version: /^\d+$/.test(version) ? Number(version) : version,
      storage_location: placeOf(one.source, done.places),
    })
    await writeWords(done, join(own, 'tags'), tags)
  }
}
