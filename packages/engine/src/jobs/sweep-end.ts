/** How a sweep ends: its outputs are those of its best trial, and it fails only when no trial was of any use. */
import { asObject, own } from '@lazurite/spec'
import { bindOutputs, defaultDatastore } from '../bind.ts'
import { workspaceOf } from '../reconcile/workspace.ts'
import { readSweep, type SweepSpec } from '../sweep/spec.ts'
import { register } from './finish.ts'
import { settleJournal } from './journal.ts'
import { reuseEntries } from './reuse.ts'
import { type JobError, type JobStatus, readJobStatus } from './status.ts'
import { trialName } from './sweep-course.ts'
import { say, writeSweepLog } from './sweep-log.ts'
import type { SweepStatus } from './sweep-status.ts'
import type { Next, Work } from './type.ts'
import { enteredAt } from './work.ts'

export async function finishSweep(work: Work): Promise<Next> {
  await writeSweepLog(work)
  settleJournal(work)
  const { spec } = readSweep(work.props)
  const { status } = work
  const state = status.sweep
  if (!state) return { to: enteredAt(status, 'CancelRequested') === undefined ? 'Failed' : 'Canceled' }
  status.outputs = await outputsOfBest(work, state)
  await markRun(work)
  const end = await verdict(work, spec, state)
  if (end.error) status.error = end.error
  if (end.to === 'Completed') work.put.push(...(await reuseEntries(work.ctx.store, work.row, status)))
  say(work, 'CONTROLLER', `Experiment was 'ExperimentStatus.RUNNING', is '${endWords[end.to]}'.`)
  // a final row is not looked at again: this is written now, and the same bytes again when the look is repeated
  await writeSweepLog(work)
  return { to: end.to }
}

const endWords = {
  Completed: 'ExperimentStatus.FINISHED',
  Failed: 'ExperimentStatus.FAILED',
  Canceled: 'ExperimentStatus.CANCELLED',
} as const

/** The best trial's outputs; those that are to have a name are registered now. */
async function outputsOfBest(work: Work, { best }: SweepStatus): Promise<NonNullable<JobStatus['outputs']>> {
  const { key, ctx, props } = work
  const declared = asObject(props.outputs)
  if (!best?.completed || Object.keys(declared).length === 0) return {}
  const row = await ctx.store.resources.get({ scope: key.scope, kind: key.kind, name: best.name })
  const made = row ? (readJobStatus(row.status).outputs ?? {}) : {}
  const workspace = await workspaceOf(ctx.store, key.scope)
  const bound = bindOutputs(declared, {
    workspace: workspace.id,
    job: best.name,
    defaultDatastore: await defaultDatastore(ctx.store, key.scope),
  })
  const outputs: NonNullable<JobStatus['outputs']> = {}
  for (const output of bound) {
    const found = own(made, output.name)
    if (!found) continue
    outputs[output.name] =
      output.assetName === undefined ? found : await register(work, workspace, { ...output, uri: found.uri })
  }
  return outputs
}

/** What the sweep found is among the tags of its run too, where MLflow's users look for it. */
async function markRun(work: Work): Promise<void> {
  const { best_child_run_id: best, score, primary_metric_config: metric } = work.status.properties ?? {}
  const { runs } = work.ctx.store
  if (!(await runs.head(work.key.scope, work.row.name))) return
  const tags = {
    ...(metric ? { primary_metric_config: metric } : {}),
    ...(best && score ? { best_child_run_id: best, score } : {}),
  }
  if (Object.keys(tags).length > 0) await runs.setTags(work.key.scope, work.row.name, tags)
}

async function verdict(
  work: Work,
  spec: SweepSpec,
  state: SweepStatus,
): Promise<{ to: 'Completed' | 'Failed' | 'Canceled'; error?: JobError }> {
  if (enteredAt(work.status, 'CancelRequested') !== undefined) return { to: 'Canceled' }
  if (state.ending === 'timeout') {
    const message = `The sweep was cancelled: ${work.status.stopping}. ${state.made} of ${state.total} trials had been started.`
    return {
      to: 'Canceled',
      error: { code: 'JobTimeout', message, hint: 'Raise limits.timeout, or ask for fewer trials.' },
    }
  }
  if (state.best) return { to: 'Completed' }
  if (state.completed > 0) return { to: 'Failed', error: await metricNotFound(work, spec, state) }
  if (state.failed === 0) return { to: 'Canceled' }
  return { to: 'Failed', error: await allFailed(work, state) }
}

/** Trials usually fail of the same thing, so what the first one says is said. */
async function allFailed(work: Work, state: SweepStatus): Promise<JobError> {
  const { scope, kind } = work.key
  const name = trialName(work.row.name, 0)
  const row = await work.ctx.store.resources.get({ scope, kind, name })
  const first = row ? readJobStatus(row.status).error?.message.split('\n')[0] : undefined
  const all =
    state.ending === 'failures'
      ? `The first ${state.failed} trials failed, so no more were made`
      : `All ${state.failed} trials failed`
  const message = `${all}.${first ? ` The first: ${first}` : ''}`
  return { code: 'TrialsFailed', message, hint: `See its log with: laz job stream -n ${name}` }
}

const mostNames = 20

/** Says which metrics there are instead, so that a slip of the pen shows. */
async function metricNotFound(work: Work, spec: SweepSpec, state: SweepStatus): Promise<JobError> {
  const names = new Set<string>()
  for (let trial = 0; trial < Math.min(state.made, mostNames); trial++) {
    for (const key of await work.ctx.store.series.keys(work.key.scope, trialName(work.row.name, trial))) names.add(key)
  }
  const has = names.has(spec.metric)
  const others = [...names].filter((name) => name !== spec.metric).slice(0, mostNames)
  const message = has
    ? `No trial logged a finite number as ${spec.metric} (objective.primary_metric).`
    : `${state.completed} of ${state.made} trials completed, and none logged the primary metric ${spec.metric} (objective.primary_metric).`
  const hint =
    others.length > 0
      ? `They logged ${others.join(', ')}.`
      : `Log it in the trial with: mlflow.log_metric(${JSON.stringify(spec.metric)}, value)`
  return { code: 'PrimaryMetricNotFound', message, hint }
}
