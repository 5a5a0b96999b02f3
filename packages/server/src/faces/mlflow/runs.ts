/**
 * Runs as MLflow clients write and read them. The run of a job takes whatever status its code reports while the job goes
 * on (several processes attach and finish one after another); once the job has ended, its end is what counts.
 */
import { randomUUID } from 'node:crypto'
import { asArray, fail, isFinal, newJobName } from '@lazurite/spec'
import { type DatasetInput, pack, type Run, type RunHead, type RunStatus } from '@lazurite/store'
import { tellJob } from '../run-tags.ts'
import { type Args, refuse, wordsOf } from './args.ts'
import { type Call, compact, type Handler, PackedJson, tellerOf } from './call.ts'
import { parseLoosely } from './loose-json.ts'
import { checkInputTags, checkKey, checkParams, checkTags } from './names.ts'
import { isPlugin } from './plugin.ts'
import { assertExperiment, readableRun, writableRun, writableRunId } from './rights.ts'
import { runInfoWire, runWire } from './translate.ts'
import { inTurn } from './turn.ts'

const mostResults = 50_000
const runNameTag = 'mlflow.runName'
const historyTag = 'mlflow.log-model.history'
const statuses: Record<string, RunStatus> = { 1: 'RUNNING', 2: 'SCHEDULED', 3: 'FINISHED', 4: 'FAILED', 5: 'KILLED' }

export const createRun: Handler = async (call) => {
  const experimentId = call.args.text('experiment_id') || '0'
  await assertExperiment(call, experimentId)
  const tags = checkTags(wordsOf(call.args.items('tags')))
  const tagged = Object.hasOwn(tags, runNameTag) ? tags[runNameTag] : undefined
  const asked = call.args.text('run_name')
  if (asked && tagged !== undefined && asked !== tagged) {
    refuse(
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${asked}', mlflow.runName='${tagged}').`,
    )
  }
  const run = await call.store.runs.create(call.scope, {
    runId: randomUUID().replaceAll('-', ''),
    experimentId,
    name: asked || tagged || newJobName(Math.random),
    user: call.args.text('user_id') ?? call.caller.name,
    startTime: call.args.time('start_time') ?? 0,
    tags,
    ...(call.caller.run ? { madeBy: call.caller.run.job } : {}),
  })
  return { run: runWire(run) }
}

export const getRun: Handler = async (call) => {
  const { runId } = await readableRun(call, call.args.runId())
  if (isPlugin(call.request)) {
    const run = await call.store.runs.get(call.scope, runId)
    return { run: runWire(run ?? fail('RunNotFound', { run: runId })) }
  }
  const doc = await call.store.runs.getPrinted(call.scope, runId, runForm)
  return new PackedJson([openOne, doc ?? fail('RunNotFound', { run: runId }), closeOne])
}

export const updateRun: Handler = async (call) => {
  const run = await writableRun(call, call.args.runId())
  const status = readStatus(call.args)
  const endTime = call.args.time('end_time')
  const name = call.args.text('run_name')
  const settled = run.isJob && (await hasEnded(call, run))
  const changed = await call.store.runs.update(call.scope, run.runId, {
    ...(status && !settled ? { status } : {}),
    ...(endTime !== undefined && !settled ? { endTime } : {}),
    ...(name ? { name } : {}),
  })
  return { run_info: runInfoWire(changed) }
}

/** A word that is no status changes nothing, as on MLflow's own server. */
function readStatus(args: Args): RunStatus | undefined {
  const value = args.raw('status')
  if (value === undefined) return undefined
  return statuses[String(value)] ?? Object.values(statuses).find((status) => status === value)
}

async function hasEnded(call: Call, run: RunHead): Promise<boolean> {
  const job = await call.store.resources.get({ scope: call.scope, kind: 'job', name: run.runId })
  return job !== undefined && isFinal(job.state)
}

export const deleteRun: Handler = async (call) => {
  const run = await writableRun(call, call.args.runId(), { deleted: true })
  if (run.runId === call.caller.run?.job) fail('Forbidden', { what: 'the deletion of the run it belongs to' })
  await call.store.runs.update(call.scope, run.runId, { lifecycle: 'deleted' })
  return undefined
}

export const restoreRun: Handler = async (call) => {
  const run = await writableRun(call, call.args.runId(), { deleted: true })
  await call.store.runs.update(call.scope, run.runId, { lifecycle: 'active' })
  return undefined
}

export const searchRuns: Handler = async (call) => {
  const experimentIds = call.args.texts('experiment_ids')
  for (const id of new Set(experimentIds)) await assertExperiment(call, id)
  const filter = call.args.text('filter')
  const asked = {
    experimentIds,
    ...(filter ? { filter } : {}),
    order: call.args.texts('order_by'),
    max: call.args.maxResults({ most: mostResults, standard: 1000 }),
    view: call.args.view('run_view_type'),
    ...call.args.pageToken(),
  }
  if (isPlugin(call.request)) {
    const { runs, next } = await call.store.runs.search(call.scope, asked)
    return compact({ runs: runs.map(runWire), next_page_token: next })
  }
  const { docs, next } = await call.store.runs.searchPrinted(call.scope, { ...asked, form: runForm })
  const parts = docs.flatMap((doc, i) => [i === 0 ? open : between, doc])
  const token = next === undefined ? '' : `"next_page_token":${JSON.stringify(next)}`
  if (docs.length === 0) return new PackedJson([pack(`{${token}}`)])
  return new PackedJson([...parts, pack(token === '' ? ']}' : `],${token}}`)])
}

/** How runs are printed; another name whenever `runWire` prints otherwise. */
const runForm = { name: 'mlflow 1', print: (run: Run) => JSON.stringify(runWire(run)) }
const [open, between, openOne, closeOne] = [pack('{"runs":['), pack(','), pack('{"run":'), pack('}')]

export const logParameter: Handler = async (call) => {
  const runId = call.args.runId()
  const key = checkKey('Param key', call.args.needText('key'))
  const params = checkParams({ [key]: call.args.text('value') ?? '' })
  await call.store.runs.logParams(call.scope, await writableRunId(call, runId), params)
  return undefined
}

export const setTag: Handler = async (call) => {
  const runId = call.args.runId()
  const tags = checkTags({ [call.args.needText('key')]: call.args.text('value') ?? '' })
  const run = await writableRun(call, runId)
  await call.store.runs.setTags(call.scope, run.runId, tags)
  await tellJob(tellerOf(call), run, tags)
  return undefined
}

export const deleteTag: Handler = async (call) => {
  const runId = call.args.runId()
  const key = call.args.needText('key')
  const run = await writableRun(call, runId)
  await call.store.runs.deleteTag(call.scope, run.runId, key)
  await tellJob(tellerOf(call), run, { [key]: undefined })
  return undefined
}

/** MLflow 2 notes each model it logs in a tag of the run, a list that only grows. */
export const logModel: Handler = async (call) => {
  const text = call.args.needText('model_json')
  const model = parseLoosely(text)
  if (typeof model !== 'object' || model === null || Array.isArray(model))
    refuse(`Malformed model info. \n ${text.slice(0, 200)} \n is not a valid JSON.`)
  const missing = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'].filter(
    (field) => !Object.hasOwn(model, field),
  )
  if (missing.length > 0) refuse(`Model json is missing mandatory fields: ${missing.join(', ')}`)
  const { runId } = await writableRun(call, call.args.runId())
  await inTurn(call, runId, async () => {
    const run = await call.store.runs.get(call.scope, runId)
    const before = parseLoosely((run && Object.hasOwn(run.tags, historyTag) ? run.tags[historyTag] : undefined) ?? '[]')
    await call.store.runs.setTags(call.scope, runId, { [historyTag]: JSON.stringify([...asArray(before), model]) })
  })
  return undefined
}

export const logInputs: Handler = async (call) => {
  const datasets = call.args.items('datasets').map(readDataset)
  const models = call.args.items('models').map((item) => item.needText('model_id'))
  const run = await writableRun(call, call.args.runId())
  await call.store.runs.setInputs(call.scope, run.runId, { datasets, models })
  return undefined
}

function readDataset(item: Args): DatasetInput {
  const dataset = item.inside('dataset') ?? item.missing('dataset')
  const limited = (name: string, most: number) => {
    const value = dataset.text(name)
    if (value !== undefined && value.length > most) refuse(`Dataset ${name} exceeds the maximum length of ${most}`)
    return value
  }
  const [schema, profile] = [limited('schema', 1_048_575), limited('profile', 16_777_215)]
  return {
    name: limited('name', 500) || dataset.missing('name'),
    digest: limited('digest', 36) || dataset.missing('digest'),
    sourceType: dataset.needText('source_type'),
    source: limited('source', 65_535) || dataset.missing('source'),
    ...(schema === undefined ? {} : { schema }),
    ...(profile === undefined ? {} : { profile }),
    tags: checkInputTags(wordsOf(item.items('tags'))),
  }
}

export const logOutputs: Handler = async (call) => {
  const models = call.args
    .items('models')
    .map((item) => ({ modelId: item.needText('model_id'), step: item.whole('step') ?? 0 }))
  const run = await writableRun(call, call.args.runId())
  await call.store.runs.setOutputs(call.scope, run.runId, models)
  return undefined
}
