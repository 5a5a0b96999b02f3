// Brings everything of a tracking server into a workspace. Ids stay what they were, so doing it again finds what is there
// and completes what is not; every run is counted when it is in.
import { asNumber, asObject, isLazError, type JsonObject } from '@lazurite/spec'
import { type Bringing, type BringOptions, bringFiles, differs, sizesOf, tell } from './bring-base.ts'
import { bringEvaluations, bringTraces, bringWebhooks } from './bring-more.ts'
import { httpSource } from './http-source.ts'
import { emptyReport, type Report } from './report.ts'
import { type Experiment, type LoggedModel, type Point, type Run, writeNumber } from './source.ts'
import { ownWire } from './wires.ts'

const pointsAtOnce = 5_000
const runsAtOnce = 4
/** More values of one metric are not held to tell repeated lines. */
const mostHeld = 2_000_000

export async function bring(o: BringOptions): Promise<Report> {
  const report = emptyReport(o.source.what)
  const home = `/lazurite/v1${o.client
    .of('job')
    .path()
    .replace(/\/jobs$/, '')}`
  const b: Bringing = { ...o, report, home }
  const gone: Experiment[] = []
  const ids = new Map<string, string>()
  for await (const experiment of o.source.experiments()) {
    if (o.experiments.length > 0 && !o.experiments.includes(experiment.name)) continue
    const made = await tell(b, 'runs', { experiment: { name: experiment.name, tags: experiment.tags } })
    report.experiments++
    const id = String(made.experiment_id)
    ids.set(experiment.id, id)
    await bringRuns(b, experiment, id)
    await bringTraces(b, experiment, id).catch((e) => differs(b, `traces of ${experiment.name}`, e))
    if (experiment.deleted) gone.push(experiment)
  }
  if (o.runs.length === 0) {
    await bringModels(b)
    await bringEvaluations(b, ids).catch((e) => differs(b, 'evaluation datasets', e))
    if (o.experiments.length === 0) await bringWebhooks(b).catch((e) => differs(b, 'webhooks', e))
  }
  for (const { name } of gone) await tell(b, 'runs', { experiment: { name, lifecycle: 'deleted' } })
  report.left = await o.source.left()
  return report
}

/** A few at a time; what goes wrong with one is a difference, and the others go on. */
async function bringRuns(b: Bringing, experiment: Experiment, id: string): Promise<void> {
  const under = new Set<Promise<void>>()
  for await (const run of b.source.runs(experiment)) {
    if (b.runs.length > 0 && !b.runs.includes(run.id)) continue
    const one: Promise<void> = bringRun(b, run, id)
      .catch((error: unknown) => differs(b, `run ${run.id}`, error))
      .finally(() => {
        under.delete(one)
        b.progress(b.report)
      })
    under.add(one)
    if (under.size >= runsAtOnce) await Promise.race(under)
  }
  await Promise.all(under)
  for await (const model of b.source.models(experiment)) {
    if (b.runs.length > 0 && !b.runs.includes(model.sourceRunId ?? '')) continue
    await bringLogged(b, model, id).catch((error: unknown) => differs(b, `logged model ${model.id}`, error))
  }
}

async function bringRun(b: Bringing, run: Run, experimentId: string): Promise<void> {
  const { report } = b
  const before = await knownRun(b, run.id)
  const told = await b.source.counts(run)
  report.params += Object.keys(run.params).length
  report.tags += Object.keys(run.tags).length
  if (before && told && isSame(run, before, told)) {
    for (const n of Object.values(told)) report.points += n
    // a deleted run was deleted when all of it was here
    const files = run.deleted ? 0 : await bringArtifacts(b, run, { experimentId, fresh: false })
    report.runs[files > 0 ? 'completed' : 'same']++
    return
  }
  const opened = await tell(b, 'runs', { run_id: run.id, run: openingOf(run, experimentId) })
  const { counts, sent } = await bringPoints(b, run, { here: asObject(opened.metrics), told })
  const files = await bringArtifacts(b, run, { experimentId, fresh: before === undefined })
  const ended = await tell(b, 'runs', {
    run_id: run.id,
    end: {
      status: run.status,
      name: run.name,
      ...(run.endTime === undefined ? {} : { end_time: run.endTime }),
      lifecycle: run.deleted ? 'deleted' : 'active',
    },
  })
  compare(b, run, { ended, counts })
  if (before === undefined) report.runs.new++
  else report.runs[sent || files > 0 || before.status !== ended.status ? 'completed' : 'same']++
}

function openingOf(run: Run, experimentId: string): JsonObject {
  return {
    experiment_id: experimentId,
    name: run.name,
    user: run.user,
    status: run.status,
    start_time: run.startTime,
    tags: run.tags,
    params: run.params,
    datasets: run.datasets as unknown as JsonObject[], // JSON by its declaration
    model_inputs: run.modelInputs,
    model_outputs: run.modelOutputs,
  }
}

/** Everything that can be counted is here, and how it ended too: parameters and points never change, tags may. */
function isSame(run: Run, here: JsonObject, told: Record<string, number>): boolean {
  const metrics = asObject(here.metrics)
  const tags = new Map(Object.entries(asObject(here.tag_values)))
  return (
    here.status === run.status &&
    (asNumber(here.end_time) ?? 0) === (run.endTime ?? 0) &&
    here.lifecycle === (run.deleted ? 'deleted' : 'active') &&
    asNumber(here.params) === Object.keys(run.params).length &&
    asNumber(here.datasets) === run.datasets.length &&
    Object.entries(run.tags).every(([key, value]) => tags.get(key) === value) &&
    Object.entries(told).every(([key, n]) => asNumber(metrics[key]) === n)
  )
}

async function bringArtifacts(
  b: Bringing,
  run: Run,
  { experimentId, fresh }: { experimentId: string; fresh: boolean },
): Promise<number> {
  if (!b.artifacts) return 0
  const known = fresh ? new Map<string, number>() : await filesHere(b, run.id, experimentId)
  const to = `${experimentId}/${run.id}/artifacts`
  return bringFiles(b, `run ${run.id}`, b.source.artifacts(run), { to, known })
}

/** What is here of it before anything is brought. */
async function knownRun(b: Bringing, id: string): Promise<JsonObject | undefined> {
  try {
    return await tell(b, 'runs', { run_id: id })
  } catch (error) {
    if (isLazError(error) && error.code === 'RunNotFound') return undefined
    throw error
  }
}

/** Sends what is not all here; answers how many different points of each metric there are. */
async function bringPoints(
  b: Bringing,
  run: Run,
  { here, told }: { here: JsonObject; told: Record<string, number> | undefined },
): Promise<{ counts: Record<string, number | undefined>; sent: boolean }> {
  if (told && Object.entries(told).every(([key, n]) => asNumber(here[key]) === n)) {
    for (const n of Object.values(told)) b.report.points += n
    return { counts: told, sent: false }
  }
  const counts: Record<string, number | undefined> = {}
  const seen = new Map<string, Set<string>>()
  let batch: (string | number)[][] = []
  const flush = async () => {
    if (batch.length > 0) await tell(b, 'runs', { run_id: run.id, points: batch })
    b.report.points += batch.length
    batch = []
  }
  for await (const point of b.source.points(run)) {
    const [key] = point
    if (b.source.repeats) {
      if (!isFirst(seen, point)) continue
    }
    counts[key] = (counts[key] ?? 0) + 1
    batch.push(point.with(1, writeNumber(point[1])))
    if (batch.length >= pointsAtOnce) await flush()
  }
  await flush()
  // of a metric with very many values, repeated lines cannot be told: its count is not held against anything
  for (const [key, set] of seen) if (set.size >= mostHeld) counts[key] = undefined
  const fresh = Object.entries(counts).some(([key, n]) => asNumber(here[key]) !== n)
  return { counts, sent: fresh }
}

function isFirst(seen: Map<string, Set<string>>, [key, value, timestamp, step]: Point): boolean {
  const set = seen.get(key) ?? new Set<string>()
  seen.set(key, set)
  const name = `${step}|${timestamp}|${value}`
  if (set.has(name)) return false
  if (set.size < mostHeld) set.add(name)
  return true
}

function compare(
  b: Bringing,
  run: Run,
  { ended, counts }: { ended: JsonObject; counts: Record<string, number | undefined> },
): void {
  const here = asObject(ended.metrics)
  const note = (what: string, there: number, found: number) => {
    if (there !== found) b.report.differences.push({ of: `run ${run.id}`, what, there, here: found })
  }
  note('parameters', Object.keys(run.params).length, asNumber(ended.params) ?? 0)
  // a run here always has its name as a tag
  const named = Object.hasOwn(run.tags, 'mlflow.runName') ? 0 : 1
  note('tags', Object.keys(run.tags).length + named, asNumber(ended.tags) ?? 0)
  note('datasets', run.datasets.length, asNumber(ended.datasets) ?? 0)
  for (const [key, n] of Object.entries(counts))
    if (n !== undefined) note(`values of ${key}`, n, asNumber(here[key]) ?? 0)
}

/** Sizes of the files that are here, by path. */
async function filesHere(b: Bringing, id: string, experimentId: string): Promise<Map<string, number>> {
  const run = { id, experimentId, artifactUri: '' } as Run // only its id is asked for
  return sizesOf(httpSource(ownWire(b.client)).artifacts(run))
}

async function bringLogged(b: Bringing, model: LoggedModel, experimentId: string): Promise<void> {
  const answer = await tell(b, 'models', {
    logged: {
      model_id: model.id,
      experiment_id: experimentId,
      name: model.name,
      model_type: model.type,
      source_run_id: model.sourceRunId ?? '',
      status: model.status,
      params: model.params,
      tags: model.tags,
      metrics: model.metrics,
    },
  })
  b.report.loggedModels++
  if (!b.artifacts) return
  await bringFiles(b, `logged model ${model.id}`, b.source.modelArtifacts(model), {
    to: `${experimentId}/models/${model.id}/artifacts`,
    known: answer.known === true ? await sizesOf(httpSource(ownWire(b.client)).modelArtifacts(model)) : new Map(),
  })
}

async function bringModels(b: Bringing): Promise<void> {
  for await (const model of b.source.registered()) {
    const { name, tags, aliases } = model
    const about = { name, tags, ...(model.description === undefined ? {} : { description: model.description }) }
    await tell(b, 'models', { model: about })
    b.report.models++
    for (const { runId, modelId, ...version } of model.versions) {
      const sent = { name, ...version, run_id: runId ?? '', model_id: modelId ?? '' }
      const answer = await tell(b, 'models', { version: sent })
      if (typeof answer.left === 'string')
        b.report.differences.push({ of: `version ${version.version} of model ${name}`, what: answer.left })
      else b.report.versions++
    }
    if (Object.keys(aliases).length > 0) await tell(b, 'models', { model: { name, aliases } })
  }
}
