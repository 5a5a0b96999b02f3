/** Experiments as MLflow clients ask for them. */
import { fail } from '@lazurite/spec'
import type { Experiment } from '@lazurite/store'
import { refuse, wordsOf } from './args.ts'
import { type Call, compact, type Handler } from './call.ts'
import { readLocation } from './locations.ts'
import { checkExperimentName, checkExperimentTags } from './names.ts'
import { assertExperiment, assertOwner, ownExperiment } from './rights.ts'
import { experimentWire } from './translate.ts'

const mostResults = 50_000

export const createExperiment: Handler = async (call) => {
  const name = checkExperimentName(call.args.needText('name'))
  const location = readLocation(call, call.args.text('artifact_location'))
  const tags = checkExperimentTags(wordsOf(call.args.items('tags')))
  const own = await ownExperiment(call)
  if (own !== undefined) {
    const known = await call.store.runs.experiment(call.scope, { name })
    if (known?.id === own) fail('ExperimentExists', { name })
    fail('Forbidden', { what: 'new experiments: a job logs to its own' })
  }
  const { id } = await call.store.runs.createExperiment(call.scope, { name, tags, ...location })
  return { experiment_id: id }
}

export const getExperiment: Handler = async (call) => {
  const id = call.args.needText('experiment_id')
  const found = await call.store.runs.experiment(call.scope, { id })
  if (!found) fail('ExperimentNotFound', { experiment: id })
  await assertExperiment(call, found.id)
  return { experiment: experimentWire(found) }
}

export const getExperimentByName: Handler = async (call) => {
  const name = call.args.needText('experiment_name')
  const found = await call.store.runs.experiment(call.scope, { name })
  if (!found) fail('ExperimentNameNotFound', { name })
  await assertExperiment(call, found.id)
  return { experiment: experimentWire(found) }
}

export const searchExperiments: Handler = async (call) => {
  if (call.args.raw('max_results') === undefined)
    refuse("Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer.")
  return listed(call, call.args.maxResults({ most: mostResults, standard: 1000 }))
}

/** What clients before 1.28 call. */
export const listExperiments: Handler = (call) =>
  listed(call, call.args.maxResults({ most: mostResults, standard: mostResults }))

async function listed(call: Call, max: number) {
  const own = await ownExperiment(call)
  const order = call.args.texts('order_by')
  const filter = call.args.text('filter')
  const all = await call.store.runs.listExperiments(call.scope, {
    view: call.args.view('view_type'),
    ...(filter ? { filter } : {}),
    ...(order.length > 0 ? { order } : {}),
  })
  const seen = own === undefined ? all : all.filter((e) => e.id === own)
  const { page, next } = pageOf(seen, { max, after: call.args.pageToken().token, idOf: (e: Experiment) => e.id })
  return compact({ experiments: page.map(experimentWire), next_page_token: next })
}

/** A page of a list held in memory; the token is the id of the last one seen. */
export function pageOf<T>(
  all: readonly T[],
  o: { max: number; after: string | undefined; idOf: (item: T) => string },
): { page: T[]; next: string | undefined } {
  let from = 0
  if (o.after !== undefined) {
    const id = Buffer.from(o.after, 'base64url').toString('utf8')
    from = all.findIndex((item) => o.idOf(item) === id) + 1
    if (from === 0) refuse('Invalid page token: it was not given out for this search.')
  }
  const page = all.slice(from, from + o.max)
  const last = page.at(-1)
  const more = last !== undefined && from + page.length < all.length
  return { page, next: more ? Buffer.from(o.idOf(last)).toString('base64url') : undefined }
}

export const updateExperiment: Handler = async (call) => {
  assertOwner(call, 'changes of experiments')
  const id = call.args.needText('experiment_id')
  const name = call.args.text('new_name')
  if (name) await call.store.runs.renameExperiment(call.scope, id, checkExperimentName(name))
  else if (!(await call.store.runs.experiment(call.scope, { id }))) fail('ExperimentNotFound', { experiment: id })
  return undefined
}

export const deleteExperiment: Handler = async (call) => {
  assertOwner(call, 'changes of experiments')
  await call.store.runs.setExperimentLifecycle(call.scope, call.args.needText('experiment_id'), 'deleted')
  return undefined
}

export const restoreExperiment: Handler = async (call) => {
  assertOwner(call, 'changes of experiments')
  await call.store.runs.setExperimentLifecycle(call.scope, call.args.needText('experiment_id'), 'active')
  return undefined
}

export const setExperimentTag: Handler = async (call) => {
  assertOwner(call, 'changes of experiments')
  const [id, key] = [call.args.needText('experiment_id'), call.args.needText('key')]
  const value = call.args.text('value') ?? ''
  checkExperimentTags({ [key]: value })
  await call.store.runs.setExperimentTag(call.scope, id, { key, value })
  return undefined
}

export const deleteExperimentTag: Handler = async (call) => {
  assertOwner(call, 'changes of experiments')
  await call.store.runs.deleteExperimentTag(call.scope, call.args.needText('experiment_id'), call.args.needText('key'))
  return undefined
}

export const searchDatasets: Handler = async (call) => {
  const ids = call.args.texts('experiment_ids')
  if (ids.length === 0) refuse('SearchDatasets request must specify at least one experiment_id.')
  if (ids.length > 20)
    refuse(`SearchDatasets request cannot specify more than 20 experiment_ids. Received ${ids.length} experiment_ids.`)
  for (const id of ids) await assertExperiment(call, id)
  const found = await call.store.runs.datasets(call.scope, ids)
  const summaries = found.map((d) =>
    compact({ experiment_id: d.experimentId, name: d.name, digest: d.digest, context: d.context }),
  )
  return compact({ dataset_summaries: summaries })
}
