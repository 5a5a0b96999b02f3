/**
 * Models as they were somewhere else: logged ones with their id, registered ones with the numbers of their versions. The
 * files of a version are those of the run or the logged model it came from, which were brought before.
 */
import { asArray, asNumber, asObject, asString, fail, isLazError, type JsonObject } from '@lazurite/spec'
import type { Key, LoggedModelStatus, PutInput } from '@lazurite/store'
import { checkTags } from '../mlflow/names.ts'
import { uriOfArtifact } from '../mlflow/place.ts'
import { fields } from '../mlflow/registry-rows.ts'
import type { JobCall, JobVerb } from './call.ts'
import { timeOf, wholeOf } from './import-values.ts'

export const importModel: JobVerb = {
  method: 'POST',
  path: '/models/import',
  async handle(call) {
    const { body } = call
    if (body.logged !== undefined) return importLogged(call, asObject(body.logged))
    if (body.version !== undefined) return importVersion(call, asObject(body.version))
    if (body.model !== undefined) return importRegistered(call, asObject(body.model))
    return fail('BadArgument', { what: 'Say what is imported: logged, model or version.' })
  },
}

const modelId = /^m-[A-Za-z0-9]{1,64}$/

async function importLogged({ room, scope }: JobCall, wanted: JsonObject): Promise<JsonObject> {
  const { models } = room.deps.store.runs
  const id = asString(wanted.model_id) ?? ''
  if (!modelId.test(id)) fail('BadArgument', { what: `model_id is no id: ${JSON.stringify(id.slice(0, 100))}` })
  const experimentId = asString(wanted.experiment_id) ?? '0'
  const run = asString(wanted.source_run_id) || undefined
  const known = await models.get(scope, id)
  if (known && known.experimentId !== experimentId)
    fail('BadArgument', { what: `The logged model ${id} is there already, in another experiment.` })
  if (!known) {
    await models.create(scope, {
      modelId: id,
      experimentId,
      name: asString(wanted.name) ?? id,
      modelType: asString(wanted.model_type) ?? '',
      ...(run === undefined ? {} : { sourceRunId: run }),
      user: asString(wanted.user) ?? '',
      tags: wordsOf(wanted.tags),
      params: wordsOf(wanted.params),
      folders: [`ExperimentModels/${experimentId}/${id}`],
    })
  }
  const metrics = asArray(wanted.metrics)
    .map(asObject)
    .map((one) => ({
      key: asString(one.key) ?? '',
      value: Number(one.value ?? Number.NaN),
      timestamp: timeOf(one.timestamp, 'timestamp') ?? 0,
      step: wholeOf(one.step, 'step') ?? 0,
      runId: asString(one.run_id) ?? '',
      ...(one.dataset_name ? { datasetName: String(one.dataset_name) } : {}),
      ...(one.dataset_digest ? { datasetDigest: String(one.dataset_digest) } : {}),
    }))
  if (metrics.length > 0) await models.addMetrics(scope, id, metrics)
  const status = asNumber(wanted.status) ?? 2
  // MLflow's four numbers
  if ([0, 1, 2, 3].includes(status)) await models.setStatus(scope, id, status as LoggedModelStatus)
  return { model_id: id, known: known !== undefined }
}

function wordsOf(value: unknown): Record<string, string> {
  const words = Object.entries(asObject(value as JsonObject | undefined)) // anything else is an empty one
  return checkTags(
    Object.fromEntries(words.map(([key, each]) => [key, typeof each === 'string' ? each : JSON.stringify(each)])),
  )
}

function nameOf(value: unknown): string {
  const name = String(value ?? '')
  const plain = name !== '' && name.length <= 255 && !/[/:\\\u0000-\u001f\u007f]/.test(name) && !/^\.+$/.test(name)
  return plain ? name : fail('BadArgument', { what: `No name for a model: ${JSON.stringify(name.slice(0, 100))}` })
}

/** Writes a row that is not there; answers whether it was there already. */
async function putNew({ room }: JobCall, put: Omit<PutInput, 'by' | 'ifNoneMatch'>): Promise<boolean> {
  const { resources } = room.deps.store
  if (await resources.get(put.key)) return true
  try {
    await resources.put({ ...put, by: room.request.caller.name, ifNoneMatch: '*' })
    return false
  } catch (error) {
    if (!isLazError(error) || error.code !== 'PreconditionFailed') throw error
    return true
  }
}

/** With `aliases`, to be sent again when its versions are there. */
async function importRegistered(call: JobCall, wanted: JsonObject): Promise<JsonObject> {
  const name = nameOf(wanted.name)
  const key: Key = { scope: call.scope, kind: 'model', name }
  const aliases = wordsOf(wanted.aliases)
  const description = asString(wanted.description)
  const props: JsonObject = {
    tags: wordsOf(wanted.tags),
    properties: {},
    isArchived: false,
    ...(description ? { description } : {}),
    ...(Object.keys(aliases).length > 0 ? { labels: aliases } : {}),
  }
  const known = await putNew(call, { key, props })
  if (!known || Object.keys(aliases).length === 0) return { name, known }
  const { resources } = call.room.deps.store
  const row = await resources.get(key)
  const labels = asObject(row?.props.labels)
  const missing = Object.entries(aliases).filter(([alias]) => labels[alias] === undefined)
  if (row && missing.length > 0)
    await resources.put({
      key,
      props: { ...row.props, labels: { ...labels, ...Object.fromEntries(missing) } },
      by: call.room.request.caller.name,
      ifMatch: row.etag,
    })
  return { name, known }
}

async function importVersion(call: JobCall, wanted: JsonObject): Promise<JsonObject> {
  const name = nameOf(wanted.name)
  const version = String(wanted.version ?? '')
  if (!/^[1-9]\d{0,8}$/.test(version)) fail('BadArgument', { what: `No number of a version: ${version.slice(0, 50)}` })
  const place = await placeOf(call, wanted)
  if (place === undefined) return { name, version, known: false, left: 'its files are neither a run’s nor a model’s' }
  const description = asString(wanted.description)
  const stage = asString(wanted.stage)
  const props: JsonObject = {
    modelUri: uriOfArtifact(call.room.workspace, place.path),
    modelType: 'mlflow_model',
    flavors: {},
    tags: wordsOf(wanted.tags),
    isArchived: false,
    isAnonymous: false,
    ...(description ? { description } : {}),
    ...(stage && stage !== 'None' ? { stage } : {}),
    ...(place.runId === undefined ? {} : { jobName: place.runId }),
    properties: {
      [fields.source]: place.shown,
      ...(place.modelId === undefined ? {} : { [fields.modelId]: place.modelId }),
    },
  }
  const known = await putNew(call, { key: { scope: call.scope, kind: 'model', name, version }, props })
  return { name, version, known }
}

interface Place {
  path: string
  shown: string
  runId?: string
  modelId?: string
}

/** Inside the artifact container: below a run or a logged model of this workspace; undefined for anything else. */
async function placeOf({ room, scope }: JobCall, wanted: JsonObject): Promise<Place | undefined> {
  const { runs } = room.deps.store
  const source = asString(wanted.source) ?? ''
  const id = asString(wanted.model_id) || /^models:\/+(m-[A-Za-z0-9]+)$/.exec(source)?.[1]
  const model = id && modelId.test(id) ? await runs.models.get(scope, id) : undefined
  if (model) {
    const run = model.sourceRunId
    return {
      path: model.folder,
      shown: `models:/${model.modelId}`,
      modelId: model.modelId,
      ...(run ? { runId: run } : {}),
    }
  }
  const runId = asString(wanted.run_id) ?? ''
  const run = runId === '' ? undefined : await runs.head(scope, runId)
  if (!run) return undefined
  const inside = /^runs:\/+[^/]+\/(.+)$/.exec(source)?.[1] ?? source.split(`/${runId}/artifacts/`)[1]
  const path = (inside ?? '').replace(/\/+$/, '')
  if (
    path === '' ||
    path.split('/').some((part) => part === '' || part === '.' || part === '..') ||
    /[\\\u0000]/.test(path)
  )
    return undefined
  const shown = `mlflow-artifacts:/${run.experimentId}/${runId}/artifacts/${path}`
  return { path: `ExperimentRun/dcid.${runId}/${path}`, shown, runId }
}
