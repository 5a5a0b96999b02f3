// A folder of MLflow's file store: mlruns/<experiment>/<run>/{meta.yaml,metrics,params,tags,artifacts}.
import { createReadStream } from 'node:fs'
import { access, lstat, readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { asNumber, asObject, asString, fail, isObject, type JsonObject, parseYaml } from '@lazurite/spec'
import { filesBelow } from './local-files.ts'
import {
  type Dataset,
  type Experiment,
  type LoggedModel,
  type Point,
  type RegisteredModel,
  type Run,
  readNumber,
  type Source,
  type Trace,
  type Version,
  versionSaid,
} from './source.ts'
import { linkedPrompts, printDuration, secondDialect } from './wire.ts'

const trash = '.trash'
/** Folders of an experiment that are no runs. */
const noRuns = new Set(['tags', 'datasets', 'traces', 'models', trash])
const statuses: readonly string[] = ['', 'RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']

/** Raises FileNotFound, BadArgument for a folder that is none. */
export async function fileSource(root: string): Promise<Source> {
  const names = await readdir(root).catch(() => fail('FileNotFound', { path: root }))
  if (!(await Promise.all(names.map((name) => exists(join(root, name, 'meta.yaml'))))).some(Boolean))
    fail('BadArgument', { what: `${root} holds no experiments: it should be the folder that MLflow calls mlruns.` })
  /** Folder of each experiment, by id. */
  const homes = new Map<string, string>()
  const homeOf = (id: string) => homes.get(id) ?? join(root, id)
  return {
    what: root,
    repeats: true,
    async *experiments() {
      for (const folder of [root, join(root, trash)])
        for (const name of await folders(folder)) {
          const meta = await readMeta(join(folder, name))
          if (meta?.experiment_id === undefined) continue
          const id = String(meta.experiment_id)
          homes.set(id, join(folder, name))
          yield {
            id,
            name: asText(meta.name) ?? id,
            deleted: isDeleted(meta),
            tags: await readWords(join(folder, name, 'tags')),
          }
        }
    },
    async *runs(experiment) {
      const home = homeOf(experiment.id)
      for (const name of await folders(home)) {
        const meta = noRuns.has(name) ? undefined : await readMeta(join(home, name))
        if (meta) yield await runOf(meta, { folder: join(home, name), home, experiment })
      }
    },
    async counts(run) {
      const found: Record<string, number> = {}
      for (const key of run.keys)
        found[key] = (await readLines(metricFile(homeOf(run.experimentId), run.id, key))).length
      return found
    },
    async *points(run) {
      for (const key of run.keys)
        for (const line of await readLines(metricFile(homeOf(run.experimentId), run.id, key))) {
          const point = pointOf(key, line)
          if (point) yield point
        }
    },
    artifacts: (run) => filesBelow(join(homeOf(run.experimentId), run.id, 'artifacts')),
    models: (experiment) => loggedModels(homeOf(experiment.id), experiment),
    modelArtifacts: (model) => filesBelow(join(homeOf(model.experimentId), 'models', model.id, 'artifacts')),
    registered: () => registered(join(root, 'models')),
    traces: (experiment) => traces(homeOf(experiment.id), experiment),
    spans: async () => [],
    traceArtifacts: (trace) => filesBelow(join(homeOf(trace.experimentId), 'traces', trace.id, 'artifacts')),
    // folders never held these
    evaluations: none,
    records: none,
    webhooks: none,
    left: async () => [],
    close: async () => {},
  }
}

async function* none(): AsyncGenerator<never> {}

const metricFile = (home: string, run: string, key: string) => join(home, run, 'metrics', ...key.split('/'))

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function folders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.flatMap((entry) => (entry.isDirectory() && entry.name !== trash ? [entry.name] : [])).sort()
}

function readMeta(folder: string): Promise<JsonObject | undefined> {
  return readYaml(join(folder, 'meta.yaml'))
}

async function readYaml(path: string): Promise<JsonObject | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { value } = parseYaml(text)
  return isObject(value) ? value : undefined
}

/** YAML reads a name of digits as a number. */
function asText(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}

const isDeleted = (meta: JsonObject) => meta.lifecycle_stage === 'deleted'

/** Every file below a folder as a word: its path is the name. */
async function readWords(folder: string): Promise<Record<string, string>> {
  const found: [string, string][] = []
  for (const path of await namesBelow(folder)) {
    const text = await readFile(join(folder, ...path.split('/')), 'utf8')
    found.push([path, text])
  }
  return Object.fromEntries(found)
}

async function namesBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return names
    .flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name).slice(folder.length + 1)] : []))
    .map((path) => path.split(sep).join('/'))
    .sort()
}

async function runOf(
  meta: JsonObject,
  { folder, home, experiment }: { folder: string; home: string; experiment: Experiment },
): Promise<Run> {
  const id = asText(meta.run_id) ?? asText(meta.run_uuid) ?? ''
  const tags = await readWords(join(folder, 'tags'))
  const endTime = asNumber(meta.end_time)
  return {
    id,
    experimentId: experiment.id,
    name: asText(meta.run_name) || tags['mlflow.runName'] || id,
    user: asText(meta.user_id) ?? '',
    status: statuses[asNumber(meta.status) ?? 0] || asString(meta.status) || 'FINISHED',
    startTime: asNumber(meta.start_time) ?? 0,
    ...(endTime === undefined ? {} : { endTime }),
    deleted: isDeleted(meta),
    params: await readWords(join(folder, 'params')),
    tags,
    ...(await linksOf(folder, home)),
    keys: await namesBelow(join(folder, 'metrics')),
    artifactUri: asText(meta.artifact_uri) ?? '',
  }
}

async function linksOf(folder: string, home: string): Promise<Pick<Run, 'datasets' | 'modelInputs' | 'modelOutputs'>> {
  const datasets: Dataset[] = []
  const modelInputs: string[] = []
  const modelOutputs: Run['modelOutputs'] = []
  for (const name of await folders(join(folder, 'inputs'))) {
    const link = (await readMeta(join(folder, 'inputs', name))) ?? {}
    const id = asText(link.source_id) ?? ''
    const set = /^[\w-]+$/.test(id) ? await readMeta(join(home, 'datasets', id)) : undefined
    if (set) {
      const text = (key: string) => asText(set[key]) ?? ''
      datasets.push({
        name: text('name'),
        digest: text('digest'),
        source_type: text('source_type'),
        source: text('source'),
        ...(set.schema ? { schema: text('schema') } : {}),
        ...(set.profile ? { profile: text('profile') } : {}),
        tags: Object.fromEntries(Object.entries(asObject(link.tags)).map(([key, value]) => [key, String(value)])),
      })
    } else if (id.startsWith('m-')) modelInputs.push(id)
  }
  for (const name of await folders(join(folder, 'outputs'))) {
    const link = (await readMeta(join(folder, 'outputs', name))) ?? {}
    modelOutputs.push({ model_id: asText(link.destination_id) ?? name, step: asNumber(link.step) ?? 0 })
  }
  return { datasets, modelInputs, modelOutputs }
}

async function readLines(file: string): Promise<string[]> {
  const found: string[] = []
  let rest = ''
  for await (const part of createReadStream(file, 'utf8')) {
    const lines = (rest + part).split('\n')
    rest = lines.pop() ?? ''
    found.push(...lines)
  }
  if (rest !== '') found.push(rest)
  return found.filter((line) => line.trim() !== '')
}

/** `<time> <value> [<step> [<dataset> <digest>]]` */
function pointOf(key: string, line: string): Point | undefined {
  const [time = '', value = '', step = '0'] = line.trim().split(' ')
  const point: Point = [key, readNumber(value), Number(time), Number(step)]
  return value !== '' && Number.isSafeInteger(point[2]) && Number.isSafeInteger(point[3]) ? point : undefined
}

async function* loggedModels(home: string, experiment: Experiment): AsyncGenerator<LoggedModel> {
  for (const name of await folders(join(home, 'models'))) {
    const folder = join(home, 'models', name)
    const meta = await readMeta(folder)
    if (!meta || isDeleted(meta)) continue
    const metrics: LoggedModel['metrics'] = []
    for (const key of await namesBelow(join(folder, 'metrics')))
      for (const line of await readLines(join(folder, 'metrics', ...key.split('/')))) {
        const [time, value = '', step, run = ''] = line.split(' ')
        metrics.push({ key, value, timestamp: Number(time), step: Number(step), run_id: run })
      }
    const run = asText(meta.source_run_id)
    yield {
      id: asText(meta.model_id) ?? name,
      experimentId: experiment.id,
      name: asText(meta.name) ?? name,
      type: asText(meta.model_type) ?? '',
      ...(run ? { sourceRunId: run } : {}),
      status: asNumber(meta.status) ?? 2,
      params: await readWords(join(folder, 'params')),
      tags: await readWords(join(folder, 'tags')),
      metrics,
      artifactUri: asText(meta.artifact_location) ?? '',
    }
  }
}

async function* traces(home: string, experiment: Experiment): AsyncGenerator<Trace> {
  for (const id of await folders(join(home, 'traces'))) {
    const folder = join(home, 'traces', id)
    const meta = await readYaml(join(folder, 'trace_info.yaml'))
    if (!meta) continue
    const [tags, metadata] = [await readWords(join(folder, 'tags')), await readWords(join(folder, 'request_metadata'))]
    const assessments: JsonObject[] = []
    for (const name of await namesBelow(join(folder, 'assessments'))) {
      const one = await readYaml(join(folder, 'assessments', ...name.split('/')))
      if (one) assessments.push(one)
    }
    yield {
      id,
      experimentId: experiment.id,
      info: { ...headOf(meta), trace_id: id, tags, trace_metadata: metadata, assessments },
      hasSpans: false,
      runs: [],
      prompts: linkedPrompts(tags),
      artifactUri: '',
    }
  }
}

/** In the words of the third dialect, whichever wrote it. */
function headOf(meta: JsonObject): JsonObject {
  if (meta.request_id !== undefined) return secondDialect(meta)
  const { execution_duration_ms: took, ...rest } = meta
  return typeof took === 'number' ? { ...rest, execution_duration: printDuration(took) } : rest
}

async function* registered(home: string): AsyncGenerator<RegisteredModel> {
  for (const folder of (await folders(home)).map((name) => join(home, name))) {
    const meta = await readMeta(folder)
    if (!meta) continue
    const versions: Version[] = []
    for (const name of await folders(folder)) {
      const one = name.startsWith('version-') ? await readMeta(join(folder, name)) : undefined
      if (!one) continue
      versions.push({
        version: String(one.version),
        ...versionSaid((key) => asText(one[key]) || undefined),
        tags: await readWords(join(folder, name, 'tags')),
      })
    }
    const description = asText(meta.description)
    const aliases = Object.entries(await readWords(join(folder, 'aliases')))
    yield {
      name: asText(meta.name) ?? '',
      ...(description ? { description } : {}),
      tags: await readWords(join(folder, 'tags')),
      aliases: Object.fromEntries(aliases.map(([alias, version]) => [alias, version.trim()])),
      versions: versions.sort((a, b) => Number(a.version) - Number(b.version)),
    }
  }
}

/** Whether something is a folder, and no link to one. */
export async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (stat) => stat.isDirectory(),
    () => false,
  )
}
