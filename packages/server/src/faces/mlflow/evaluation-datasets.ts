/** Evaluation datasets of MLflow 3. Tags and records travel as JSON inside texts, which keeps Python's numbers whole. */
import { fail } from '@lazurite/spec'
import type { EvaluationDataset } from '@lazurite/store'
import { type Args, refuse } from './args.ts'
import { type Call, compact, type Handler } from './call.ts'
import { readRecords, readTags, recordWire, tagsWire } from './evaluation-wire.ts'
import { pageOf } from './experiments.ts'
import { assertExperiment, ownExperiment } from './rights.ts'

const mostResults = 50_000
const maxName = 255
const userTag = 'mlflow.user'

export const createDataset: Handler = async (call) => {
  const name = call.args.needText('name')
  if (name.length > maxName) refuse(`'Dataset name' exceeds the maximum length of ${maxName} characters`)
  const tags = readTags(call.args.text('tags') ?? '')
  const experimentIds = [...new Set(call.args.texts('experiment_ids'))]
  for (const id of experimentIds) await assertExperiment(call, id)
  const user = tags[userTag]
  const job = call.caller.run?.job
  const made = await call.store.evaluationDatasets.create(call.scope, {
    ...{ name, tags, experimentIds },
    ...(user === undefined ? {} : { createdBy: user }),
    ...(job === undefined ? {} : { madeBy: job }),
  })
  return { dataset: compact({ ...datasetWire(made), experiment_ids: experimentIds }) }
}

export const getDataset: Handler = async (call) => {
  const found = await readable(call)
  if (!found) fail('EvaluationDatasetNotFound', { dataset: idOf(call) })
  return { dataset: datasetWire(found) }
}

export const deleteDataset: Handler = async (call) => {
  if (await writable(call)) await call.store.evaluationDatasets.delete(call.scope, idOf(call))
  return undefined
}

export const searchDatasets: Handler = async (call) => {
  const { args } = call
  const ids = wholeIds(args.texts('experiment_ids'))
  for (const id of ids) await assertExperiment(call, id)
  const own = await ownExperiment(call)
  const job = call.caller.run?.job
  const max = maxOf(args)
  const found = await call.store.evaluationDatasets.search(call.scope, {
    filter: args.text('filter_string') ?? '',
    order: args.texts('order_by'),
    ...(ids.length > 0 ? { experimentIds: ids } : {}),
    ...(ids.length === 0 && own !== undefined ? { experimentIds: [own], ...(job ? { madeBy: job } : {}) } : {}),
  })
  const idIn = (dataset: EvaluationDataset) => dataset.datasetId
  const { page, next } = pageOf(found, { max, after: args.pageToken().token, idOf: idIn })
  return compact({ datasets: page.map(datasetWire), next_page_token: next })
}

/** Python takes a text for the list of its letters: whoever hands the clients one id gets what it asks for. */
function wholeIds(ids: string[]): string[] {
  return ids.length === 36 && ids.every((id) => id.length === 1) ? [ids.join('')] : ids
}

function maxOf(args: Args): number {
  if (args.whole('max_results') === 0)
    refuse("Invalid value None for parameter 'max_results' supplied. It must be a positive integer.")
  return args.maxResults({ most: mostResults, standard: 1000 })
}

export const setDatasetTags: Handler = async (call) => {
  const tags = readTags(call.args.needText('tags'))
  if (!(await writable(call))) refuseAbsent(`Could not find evaluation dataset with ID ${idOf(call)}`)
  await call.store.evaluationDatasets.setTags(call.scope, idOf(call), tags)
  return undefined
}

export const deleteDatasetTag: Handler = async (call) => {
  if (await writable(call)) await call.store.evaluationDatasets.deleteTag(call.scope, idOf(call), call.parts[1] ?? '')
  return undefined
}

export const datasetExperiments: Handler = async (call) => {
  await readable(call)
  return compact({ experiment_ids: await call.store.evaluationDatasets.experimentIds(call.scope, idOf(call)) })
}

export const addDatasetToExperiments: Handler = (call) => changeExperiments(call, 'addExperiments')

export const removeDatasetFromExperiments: Handler = (call) => changeExperiments(call, 'removeExperiments')

async function changeExperiments(call: Call, act: 'addExperiments' | 'removeExperiments') {
  const ids = call.args.texts('experiment_ids')
  if (!(await writable(call))) refuseAbsent(`Dataset '${idOf(call)}' not found`)
  for (const id of ids) await assertExperiment(call, id)
  return { dataset: datasetWire(await call.store.evaluationDatasets[act](call.scope, idOf(call), ids)) }
}

export const upsertRecords: Handler = async (call) => {
  const records = readRecords(call.args.needText('records'))
  await writable(call)
  const { inserted, updated } = await call.store.evaluationDatasets.mergeRecords(call.scope, idOf(call), records)
  return { inserted_count: inserted, updated_count: updated }
}

export const getRecords: Handler = async (call) => {
  const max = call.args.whole('max_results') || 1000
  if (max < 1) call.args.maxResults({ most: mostResults, standard: 1000 })
  const token = call.args.pageToken().token
  const after = token === undefined ? undefined : Number(/^\d{1,15}$/.exec(unpacked(token))?.[0] ?? Number.NaN)
  if (Number.isNaN(after)) refuse('Invalid page token: it was not given out for these records.')
  await readable(call)
  const { records, next } = await call.store.evaluationDatasets.records(call.scope, idOf(call), {
    max: Math.min(max, mostResults),
    ...(after === undefined ? {} : { after }),
  })
  return compact({
    records: `[${records.map((record) => recordWire(record, idOf(call))).join(', ')}]`,
    next_page_token: next === undefined ? undefined : Buffer.from(String(next)).toString('base64url'),
  })
}

function unpacked(token: string): string {
  return Buffer.from(token, 'base64url').toString('utf8')
}

export const deleteRecords: Handler = async (call) => {
  const ids = call.args.texts('dataset_record_ids')
  const found = await writable(call)
  const gone = found ? await call.store.evaluationDatasets.deleteRecords(call.scope, idOf(call), ids) : 0
  return { deleted_count: gone }
}

function idOf(call: Call): string {
  return call.parts[0] ?? call.args.needText('dataset_id')
}

/** The dataset, if it is there. The token of a job sees those of its experiment, and those it made. Raises Forbidden. */
async function readable(call: Call): Promise<EvaluationDataset | undefined> {
  const found = await call.store.evaluationDatasets.get(call.scope, idOf(call))
  const own = await ownExperiment(call)
  if (!found || own === undefined || isOwn(call, found)) return found
  const ids = await call.store.evaluationDatasets.experimentIds(call.scope, found.datasetId)
  return ids.includes(own) ? found : fail('Forbidden', { what: `evaluation dataset ${found.datasetId}` })
}

/** The dataset, if it is there. Jobs change those they made. Raises Forbidden. */
async function writable(call: Call): Promise<EvaluationDataset | undefined> {
  const found = await call.store.evaluationDatasets.get(call.scope, idOf(call))
  if (found && call.caller.kind !== 'owner' && !isOwn(call, found))
    fail('Forbidden', { what: `changes of evaluation dataset ${found.datasetId}` })
  return found
}

function isOwn({ caller }: Call, { madeBy }: EvaluationDataset): boolean {
  return madeBy !== undefined && madeBy === caller.run?.job
}

function refuseAbsent(what: string): never {
  fail('EvaluationDatasetAbsent', { what })
}

function datasetWire(d: EvaluationDataset) {
  return compact({
    dataset_id: d.datasetId,
    name: d.name,
    tags: tagsWire(d.tags),
    schema: d.schema,
    profile: d.profile,
    digest: d.digest,
    created_time: d.createdAt,
    last_update_time: d.updatedAt,
    created_by: d.createdBy,
    last_updated_by: d.updatedBy,
  })
}
