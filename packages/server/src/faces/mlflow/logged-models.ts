/**
 * Logged models, without which `log_model` of MLflow 3 fails. The first model of a run with some name keeps its files
 * under that name in the run's own folder: what reads `<run>/model` finds it, whatever the version of the client.
 */
import { randomUUID } from 'node:crypto'
import { fail, newJobName } from '@lazurite/spec'
import type { LoggedModelSearch } from '@lazurite/store'
import { type Args, refuse, wordsOf } from './args.ts'
import { hasFiles, listPlace } from './artifacts.ts'
import { type Call, compact, type Handler } from './call.ts'
import { checkKey, checkTags } from './names.ts'
import { artifactsOfRun, placeOfLoggedModel, runFolder } from './place.ts'
import { assertExperiment, ownExperiment, readableModel, writableModel, writableRun } from './rights.ts'
import { loggedModelStates, loggedModelUri, loggedModelWire } from './translate.ts'

const oddName = /[/:.%"']/

/** Folders of a run that are not the client's to name a model after. */
const taken = new Set(['outputs', 'logs', 'user_logs', 'system_logs', 'azureml-logs', 'models'])

export const createLoggedModel: Handler = async (call) => {
  const { args } = call
  const experimentId = args.needText('experiment_id')
  await assertExperiment(call, experimentId)
  const name = args.text('name') || newJobName(Math.random)
  if (name.length > 500 || oddName.test(name)) {
    refuse(
      `Invalid model name ('${name.slice(0, 100)}') provided. Model name must be a non-empty string and cannot contain the following characters: / : . % " '`,
    )
  }
  const sourceRunId = args.text('source_run_id') || undefined
  // the owner may name a run that is not here any more
  const gone = call.caller.kind === 'owner' && sourceRunId && !(await call.store.runs.head(call.scope, sourceRunId))
  if (sourceRunId !== undefined && !gone) await writableRun(call, sourceRunId)
  const modelId = `m-${randomUUID().replaceAll('-', '')}`
  const [params, tags] = [wordsOf(args.items('params')), checkTags(wordsOf(args.items('tags')))]
  const model = await call.store.runs.models.create(call.scope, {
    modelId,
    experimentId,
    name,
    modelType: args.text('model_type') ?? '',
    ...(sourceRunId === undefined ? {} : { sourceRunId }),
    user: call.caller.name,
    tags,
    params,
    folders: await foldersFor(call, { modelId, name, experimentId, sourceRunId }),
  })
  return { model: loggedModelWire(model) }
}

interface Wanted {
  modelId: string
  name: string
  experimentId: string
  sourceRunId: string | undefined
}

async function foldersFor(call: Call, wanted: Wanted): Promise<string[]> {
  const { modelId, name, experimentId, sourceRunId } = wanted
  if (sourceRunId === undefined) return [`ExperimentModels/${experimentId}/${modelId}`]
  const own = `${runFolder(sourceRunId)}/models/${modelId}`
  if (taken.has(name) || !/^[\w -]+$/.test(name)) return [own]
  const inRun = `${runFolder(sourceRunId)}/${name}`
  const occupied = await hasFiles(call, { ...(await artifactsOfRun(call, sourceRunId)), path: inRun })
  return occupied ? [own] : [inRun, own]
}

export const getLoggedModel: Handler = async (call) => ({
  model: loggedModelWire(await readableModel(call, idOf(call))),
})

export const finalizeLoggedModel: Handler = async (call) => {
  const raw = call.args.raw('status') ?? call.args.missing('status')
  const status = typeof raw === 'number' ? raw : loggedModelStates.indexOf(String(raw))
  if (status !== 0 && status !== 1 && status !== 2 && status !== 3) return call.args.wrong('status', raw)
  const { modelId } = await writableModel(call, idOf(call))
  return {
    model: loggedModelWire(await call.store.runs.models.setStatus(call.scope, modelId, status)),
  }
}

export const deleteLoggedModel: Handler = async (call) => {
  const { modelId } = await writableModel(call, idOf(call))
  await call.store.runs.models.delete(call.scope, modelId)
  return undefined
}

export const setLoggedModelTags: Handler = async (call) => {
  const tags = checkTags(wordsOf(call.args.items('tags')))
  const { modelId } = await writableModel(call, idOf(call))
  return { model: loggedModelWire(await call.store.runs.models.setTags(call.scope, modelId, tags)) }
}

export const deleteLoggedModelTag: Handler = async (call) => {
  const { modelId } = await writableModel(call, idOf(call))
  await call.store.runs.models.deleteTag(call.scope, modelId, call.parts[1] ?? call.args.needText('tag_key'))
  return undefined
}

export const addLoggedModelParams: Handler = async (call) => {
  const items = call.args.items('params')
  if (items.length > 100) refuse(`At most 100 params can be logged at once. Got ${items.length}.`)
  const params = wordsOf(items)
  for (const key of Object.keys(params)) checkKey('Param key', key)
  const { modelId } = await writableModel(call, idOf(call))
  await call.store.runs.models.addParams(call.scope, modelId, params)
  return undefined
}

export const listLoggedModelArtifacts: Handler = async (call) => {
  const model = await readableModel(call, idOf(call))
  const place = await placeOfLoggedModel(call, model, call.args.text('artifact_directory_path') ?? '')
  return compact({ root_uri: loggedModelUri(model), files: await listPlace(call, place, { relativeTo: model.folder }) })
}

export const searchLoggedModels: Handler = async (call) => {
  const asked = call.args.texts('experiment_ids')
  if (asked.length === 0) call.args.missing('experiment_ids')
  const own = await ownExperiment(call)
  const experimentIds = own === undefined ? asked : asked.filter((id) => id === own)
  if (experimentIds.length === 0 && own !== undefined) fail('Forbidden', { what: `experiment ${asked[0]}` })
  const filter = call.args.text('filter')
  const { models, next } = await call.store.runs.models.search(call.scope, {
    experimentIds,
    ...(filter ? { filter } : {}),
    order: call.args.items('order_by').map(readOrder),
    datasets: call.args.items('datasets').map((item) => withDigest(item, { name: item.needText('dataset_name') })),
    max: call.args.maxResults({ most: 1000, standard: 100 }),
    ...call.args.pageToken(),
  })
  return compact({ models: models.map(loggedModelWire), next_page_token: next })
}

function withDigest(item: Args, dataset: { name: string }): { name: string; digest?: string } {
  const digest = item.text('dataset_digest')
  return digest ? { ...dataset, digest } : dataset
}

const sortable: Record<string, string> = {
  name: 'name',
  model_id: 'model_id',
  model_type: 'model_type',
  source_run_id: 'source_run_id',
  status: 'status',
  creation_time: 'creation_timestamp',
  creation_timestamp: 'creation_timestamp',
  creation_timestamp_ms: 'creation_timestamp',
  last_updated_timestamp: 'last_updated_timestamp',
  last_updated_timestamp_ms: 'last_updated_timestamp',
}

/** A digest says nothing without the name of its dataset. */
function refuseBareDigest(item: Args): void {
  if (item.text('dataset_digest') && !item.text('dataset_name')) item.missing('dataset_name')
}

function readOrder(item: Args): NonNullable<LoggedModelSearch['order']>[number] {
  const field = item.needText('field_name')
  const ascending = item.flag('ascending') ?? true
  refuseBareDigest(item)
  if (field.startsWith('metrics.')) {
    const [datasetName, datasetDigest] = [item.text('dataset_name'), item.text('dataset_digest')]
    return {
      entity: 'metric',
      key: field.slice('metrics.'.length).replace(/^(["`])(.*)\1$/, '$2'),
      ascending,
      ...(datasetName ? { datasetName } : {}),
      ...(datasetDigest ? { datasetDigest } : {}),
    }
  }
  const bare = field.replace(/^attributes?\./, '')
  const key = Object.hasOwn(sortable, bare) ? sortable[bare] : undefined
  if (key === undefined)
    refuse(
      `Invalid order by field name: ${field.slice(0, 100)}, please use one of ${Object.keys(sortable).join(', ')} or metrics.<name>.`,
    )
  return { entity: 'attribute', key, ascending }
}

function idOf(call: Call): string {
  return call.parts[0] ?? call.args.needText('model_id')
}
