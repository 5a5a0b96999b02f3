/**
 * A run as it was somewhere else: with its id, its times, its end. One request says who it is and what hangs on it, more
 * bring its points, and the last says how it ended. Each may be sent again: what is there already stays as it is, and
 * every answer says what there is, so that whoever sends can count.
 */
import { asArray, asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import type { DatasetInput, Run, RunStatus, SeriesPoint } from '@lazurite/store'
import { checkKey, checkParams, checkTags } from '../mlflow/names.ts'
import type { JobCall, JobVerb } from './call.ts'
import { timeOf, wholeOf } from './import-values.ts'

const statuses: readonly string[] = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']

export const importRun: JobVerb = {
  method: 'POST',
  path: '/runs/import',
  async handle(call) {
    const { body } = call
    if (body.experiment !== undefined) return importExperiment(call, asObject(body.experiment))
    const runId = idOf(body.run_id, 'run_id')
    if (body.run !== undefined) await openRun(call, runId, asObject(body.run))
    const points = asArray(body.points).map(pointOf)
    const { store } = call.room.deps
    if (points.length > 0) await store.series.append(call.scope, runId, points)
    if (body.end !== undefined) await endRun(call, runId, asObject(body.end))
    const run = await store.runs.get(call.scope, runId)
    return told(run ?? fail('RunNotFound', { run: runId }))
  },
}

/** Names go into paths: what is no plain word is refused. */
function idOf(value: unknown, what: string): string {
  const id = asString(value as string | undefined) ?? '' // any JSON; what is no text is refused right here
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/.test(id)
    ? id
    : fail('BadArgument', { what: `${what} is no id: ${JSON.stringify(id.slice(0, 100))}` })
}

/** By name; it is there and active afterwards. With `lifecycle` deleted it is deleted, with all that is in it. */
async function importExperiment({ room, scope }: JobCall, wanted: JsonObject): Promise<JsonObject> {
  const { runs } = room.deps.store
  const name = asString(wanted.name) || fail('BadArgument', { what: 'An experiment needs a name.' })
  if (name.length > 500) fail('BadArgument', { what: 'The name of an experiment has at most 500 characters.' })
  const made = (await runs.experiment(scope, { name, create: true })) ?? fail('ExperimentNameNotFound', { name })
  const gone = wanted.lifecycle === 'deleted'
  if (!gone && made.lifecycle === 'deleted') await runs.setExperimentLifecycle(scope, made.id, 'active')
  for (const [key, value] of Object.entries(wordsOf(wanted.tags)))
    if (made.tags[key] !== value) await runs.setExperimentTag(scope, made.id, { key: checkKey('Tag key', key), value })
  if (gone && made.lifecycle !== 'deleted' && made.id !== '0')
    await runs.setExperimentLifecycle(scope, made.id, 'deleted')
  return { experiment_id: made.id, was: made.lifecycle }
}

async function openRun({ room, scope }: JobCall, runId: string, wanted: JsonObject): Promise<void> {
  const { runs } = room.deps.store
  const experimentId = idOf(wanted.experiment_id, 'experiment_id')
  const known = await runs.head(scope, runId)
  if (known && known.experimentId !== experimentId)
    fail('BadArgument', { what: `The run ${runId} is there already, in another experiment (${known.experimentId}).` })
  if (known?.isJob) fail('BadArgument', { what: `The run ${runId} is a job here, and what it is stays its own.` })
  const tags = checkTags(wordsOf(wanted.tags))
  const params = checkParams(wordsOf(wanted.params))
  if (!known) {
    const name = asString(wanted.name)
    await runs.create(scope, {
      runId,
      experimentId,
      ...(name ? { name } : {}),
      user: asString(wanted.user) ?? '',
      status: statusOf(wanted.status),
      startTime: timeOf(wanted.start_time, 'start_time') ?? 0,
      tags,
      params,
    })
  } else {
    if (known.lifecycle === 'deleted') await runs.update(scope, runId, { lifecycle: 'active' })
    await runs.logParams(scope, runId, params)
    await runs.setTags(scope, runId, tags)
  }
  const datasets = asArray(wanted.datasets).map(asObject).map(datasetOf)
  const models = asArray(wanted.model_inputs).map(String)
  if (datasets.length + models.length > 0) await runs.setInputs(scope, runId, { datasets, models })
  const outputs = asArray(wanted.model_outputs)
    .map(asObject)
    .map((one) => ({ modelId: asString(one.model_id) ?? '', step: wholeOf(one.step, 'step') ?? 0 }))
  if (outputs.length > 0) await runs.setOutputs(scope, runId, outputs)
}

async function endRun({ room, scope }: JobCall, runId: string, end: JsonObject): Promise<void> {
  const endTime = timeOf(end.end_time, 'end_time')
  const name = asString(end.name)
  await room.deps.store.runs.update(scope, runId, {
    status: statusOf(end.status),
    ...(endTime === undefined ? {} : { endTime }),
    ...(name ? { name } : {}),
    lifecycle: end.lifecycle === 'deleted' ? 'deleted' : 'active',
  })
}

function statusOf(value: unknown): RunStatus {
  // one of the five, as the line above says
  return statuses.includes(String(value)) ? (String(value) as RunStatus) : 'FINISHED'
}

function wordsOf(value: unknown): Record<string, string> {
  const words = Object.entries(asObject(value as JsonObject | undefined)) // anything else is an empty one
  return Object.fromEntries(words.map(([key, each]) => [key, typeof each === 'string' ? each : JSON.stringify(each)]))
}

function datasetOf(one: JsonObject): DatasetInput {
  const text = (key: string) => asString(one[key]) ?? ''
  return {
    name: text('name').slice(0, 500),
    digest: text('digest').slice(0, 36),
    sourceType: text('source_type'),
    source: text('source'),
    ...(one.schema ? { schema: text('schema') } : {}),
    ...(one.profile ? { profile: text('profile') } : {}),
    tags: wordsOf(one.tags),
  }
}

/** `[key, value, timestamp, step]`; what is no number is the text NaN, Infinity or -Infinity. */
function pointOf(value: unknown): SeriesPoint {
  const [key, number, timestamp, step] = asArray(value as JsonObject[]) as unknown[] // each is looked at below
  const wrong = () => fail('BadArgument', { what: `No metric point: ${JSON.stringify(value).slice(0, 200)}` })
  const read =
    typeof number === 'number' ? number : /^(NaN|-?Infinity)$/.test(String(number)) ? Number(number) : wrong()
  if (typeof key !== 'string' || typeof timestamp !== 'number' || typeof step !== 'number') return wrong()
  return { key: checkKey('Metric name', key), value: read, timestamp, step }
}

function told(run: Run): JsonObject {
  return {
    run_id: run.runId,
    status: run.status,
    end_time: run.endTime ?? null,
    lifecycle: run.lifecycle,
    params: Object.keys(run.params).length,
    tags: Object.keys(run.tags).length,
    tag_values: run.tags,
    datasets: run.datasets.length,
    metrics: Object.fromEntries(run.metrics.map(({ key, count }) => [key, count])),
  }
}
