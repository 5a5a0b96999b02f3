/** How an AutoML job ends: its outputs are the best model, and it fails only when there is none. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asObject, datastoreUri, type JsonObject } from '@lazurite/spec'
import { type Plan, readPlan } from '../automl/plan.ts'
import { type BoundOutput, bindOutputs, defaultDatastore } from '../bind.ts'
import { type Workspace, workspaceOf } from '../reconcile/workspace.ts'
import { artifactsFolder, artifactsPath } from '../run-folder.ts'
import { takeOut } from '../stage.ts'
import { say, writeTrialLog } from './automl-log.ts'
import type { AutoMLStatus, ModelTrial } from './automl-status.ts'
import { register } from './finish.ts'
import { settleJournal } from './journal.ts'
import { reuseEntries } from './reuse.ts'
import { type JobError, type JobStatus, readJobStatus } from './status.ts'
import type { Next, Work } from './type.ts'
import { enteredAt } from './work.ts'

const modelPath = 'outputs/mlflow-model'

/** What the first look at the data found; undefined when it left nothing that can be read. */
export async function readSetup(work: Work, run: string): Promise<JsonObject | undefined> {
  const workspace = await workspaceOf(work.ctx.store, work.key.scope)
  const file = join(artifactsFolder(work.ctx.store, workspace, run), 'outputs/setup.json')
  const text = await readFile(file, 'utf8').catch(() => '')
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

export async function finishAutoML(work: Work): Promise<Next> {
  await writeTrialLog(work)
  settleJournal(work)
  const { status, row, key, tools } = work
  const { plan } = readPlan(work.props)
  const state = status.automl ?? { stage: 'over', trials: [] }
  const best = state.best === undefined ? undefined : state.trials[state.best]
  if (best) {
    const done = await tools.errands.run({ id: row.id, key }, 'model', (signal) => takeModel(work, best, signal))
    if (!done) return { wait: null }
    const workspace = await workspaceOf(work.ctx.store, key.scope)
    status.outputs = await outputsOf(work, workspace, { best, taken: done.value })
    await markBest(work, plan, best)
    say(work, `The best model is that of ${best.name}, ${best.pipeline}: ${plan.metric} ${best.score}.`)
  }
  work.after.push(() => writeTrialLog(work))
  if (enteredAt(status, 'CancelRequested') !== undefined) return { to: 'Canceled' }
  if (best) {
    work.put.push(...(await reuseEntries(work.ctx.store, row, status)))
    return { to: 'Completed' }
  }
  status.error = await reasonOf(work, state)
  return { to: 'Failed' }
}

/** Brings the model to every place where the job's outputs are to be. */
async function takeModel(work: Work, best: ModelTrial, signal: AbortSignal): Promise<BoundOutput[]> {
  const { ctx, key, props, row } = work
  const declared = asObject(props.outputs)
  if (Object.keys(declared).length === 0) return []
  const workspace = await workspaceOf(ctx.store, key.scope)
  const facts = {
    workspace: workspace.id,
    job: row.name,
    defaultDatastore: await defaultDatastore(ctx.store, key.scope),
  }
  const from = join(artifactsFolder(ctx.store, workspace, best.name), modelPath)
  const taken: BoundOutput[] = []
  for (const output of bindOutputs(declared, facts)) {
    const { uri } = await takeOut({ ...output, mode: 'Upload' }, from, key.scope, { ...ctx, signal })
    taken.push({ ...output, type: output.type.endsWith('_model') ? output.type : 'mlflow_model', uri })
  }
  return taken
}

async function outputsOf(
  work: Work,
  workspace: Workspace,
  { best, taken }: { best: ModelTrial; taken: BoundOutput[] },
): Promise<NonNullable<JobStatus['outputs']>> {
  const uri = datastoreUri(workspace.id, 'workspaceartifactstore', `${artifactsPath(best.name)}/${modelPath}`)
  const outputs: NonNullable<JobStatus['outputs']> = { best_model: { uri, type: 'mlflow_model' } }
  for (const output of taken) outputs[output.name] = await register(work, workspace, output)
  return outputs
}

/** The best trial is among the tags of the run, where people's scripts look for it. */
async function markBest(work: Work, plan: Plan, best: ModelTrial): Promise<void> {
  const score = String(best.score)
  work.status.properties = {
    ...work.status.properties,
    automl_best_child_run_id: best.name,
    score,
  }
  const { runs, series } = work.ctx.store
  const { scope } = work.key
  if (!(await runs.head(scope, work.row.name))) return
  await runs.setTags(scope, work.row.name, { automl_best_child_run_id: best.name, pipeline_id_best: best.pipeline })
  // the job shows the scores of its best model as its own
  const known = new Set(await series.keys(scope, work.row.name))
  const points = (await series.latest(scope, best.name)).filter(({ key }) => !known.has(key))
  if (points.some(({ key }) => key === plan.metric)) {
    const own = points.map(({ key, value, timestamp, step }) => ({ key, value, timestamp, step }))
    await series.append(scope, work.row.name, own)
  }
}

/** Why there is no model. */
async function reasonOf(work: Work, state: AutoMLStatus): Promise<JobError> {
  const { children = {}, finished = {}, stopping } = work.status
  const unit = finished.setup !== undefined && finished.setup !== 'Completed' ? 'setup' : '0'
  const name = children[unit] ?? ''
  const row = await work.ctx.store.resources.get({ scope: work.key.scope, kind: work.key.kind, name })
  const found = row ? readJobStatus(row.status).error : undefined
  const hint = `See the log with: laz job stream -n ${name}`
  const last = found?.tail?.trim().split('\n').at(-1)
  if (unit === 'setup') {
    const message = `The data could not be prepared. ${last ?? found?.message ?? ''}`.trim()
    return { code: 'UserError', message, hint }
  }
  if (state.trials.length === 0) {
    return {
      code: 'UserError',
      message: `No model was tried: ${state.ending ?? stopping ?? 'nothing was left to try'}.`,
    }
  }
  const silent = state.trials.some(({ state: end }) => end === 'Completed')
  const message = silent
    ? 'No trial reported the primary metric.'
    : `No trial completed${state.ending ? `: ${state.ending}` : ''}. ${last ?? ''}`.trim()
  return { code: silent ? 'PrimaryMetricNotFound' : 'TrialsFailed', message, hint }
}
