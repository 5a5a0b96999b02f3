/**
 * An AutoML job: a first look at the data, then trials of recipes, each a job of its own, then models joined out of the
 * best of them, and a test. The end of each wakes it. What was started is in the transaction that says so.
 */
import { asObject, isFinal, type JobState, type JsonObject } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import { type Plan, readPlan } from '../automl/plan.ts'
import { landmarksOf, recipeOf } from '../automl/recipes.ts'
import { admitAutoML } from './automl-admit.ts'
import { childProps, pipelineName } from './automl-child.ts'
import { finishAutoML, readSetup } from './automl-end.ts'
import { say, writeTrialLog } from './automl-log.ts'
import type { AutoMLPart, AutoMLStatus, ModelTrial } from './automl-status.ts'
import { settleJournal } from './journal.ts'
import { askToStop, checkTrialNames, parentJob } from './parent-job.ts'
import { openRecord, tellRun } from './record.ts'
import type { Next, Work } from './type.ts'

export const automl = parentJob({
  jobType: 'AutoML',
  admit: admitAutoML,
  begin,
  run,
  cancel,
  finish: finishAutoML,
  async abandon(work) {
    await askToStop(work, await openJobs(work))
  },
})

/** Landmarks come first; after them as many trials again may bring nothing before the search is given up. */
const patience = 20
/** Trials that all failed, after which there is no more point. */
const mostFailed = 10

async function begin(work: Work): Promise<Next> {
  await openRecord(work)
  const { plan } = readPlan(work.props)
  const { status } = work
  checkTrialNames(work, 'an AutoML job')
  status.startedAt = work.now
  status.automl ??= { stage: 'setup', trials: [] }
  status.properties = {
    runTemplate: 'AutoML',
    task_type: plan.task,
    primary_metric: plan.metric,
    num_iterations: String(plan.limits.maxTrials),
  }
  await tellRun(work, { state: 'Running', startTime: work.now })
  return { to: 'Preparing' }
}

interface OpenJob {
  name: string
  key: Key
  row: Row | undefined
}

async function run(work: Work): Promise<Next> {
  await writeTrialLog(work)
  settleJournal(work)
  const { plan } = readPlan(work.props)
  const state = stateOf(work)
  await settle(work, plan, state)
  const deadline = (work.status.startedAt ?? 0) + plan.limits.timeoutSeconds * 1000
  if (work.now >= deadline && state.stage !== 'over') {
    hurry(work, state, `the time of the job, ${plan.limits.timeoutSeconds} seconds (limits.timeout), is over`)
  }
  await goOn(work, plan, state)
  const open = await openJobs(work)
  if (state.hurried) work.after.push(() => askToStop(work, open))
  work.after.push(() => writeTrialLog(work))
  const fresh = work.put.some(({ parent }) => parent === work.row.name)
  if (open.length === 0 && !fresh) return { to: 'Finalizing' }
  return { wait: state.hurried ? null : deadline }
}

export function stateOf(work: Work): AutoMLStatus {
  work.status.automl ??= { stage: 'setup', trials: [] }
  return work.status.automl
}

function hurry(work: Work, state: AutoMLStatus, why: string): void {
  state.ending ??= why
  state.hurried = true
  state.stage = 'over'
  work.status.stopping ??= why
  say(work, `No more trials: ${why}.`)
}

/** Starts what is next, stage by stage; a stage that has nothing to start or wait for is over at once. */
async function goOn(work: Work, plan: Plan, state: AutoMLStatus): Promise<void> {
  if (state.stage === 'setup' && !Object.hasOwn(work.status.children ?? {}, 'setup')) {
    startJob(work, 'setup', { part: 'setup' })
    return
  }
  if (state.stage === 'trials' && !startTrials(work, plan, state)) {
    state.stage = 'ensembles'
    startEnsembles(work, plan, state)
  }
  if (state.stage === 'ensembles' && state.trials.every(({ state: end }) => end !== undefined)) {
    state.stage = 'test'
    startTest(work, plan, state)
  }
}

/** Makes as many trials as may run at once. False when none runs and none is to come. */
function startTrials(work: Work, plan: Plan, state: AutoMLStatus): boolean {
  const running = state.trials.filter(({ state: end }) => end === undefined).length
  const reason = state.ending ?? reasonToEnd(plan, state)
  if (reason !== undefined) state.ending = reason
  if (state.ending) {
    if (!work.status.stopping) say(work, `No more trials: ${state.ending}.`)
    work.status.stopping ??= state.ending
    return running > 0
  }
  const algorithms = algorithmsLeft(plan, state)
  const most = trialsBefore(plan)
  const atOnce = Math.min(plan.limits.maxConcurrent, Math.max(64, 4 * work.ctx.settings.cores))
  let started = 0
  while (running + started < atOnce && state.trials.length < most) {
    const number = state.trials.length
    const tried = state.trials.map(({ algorithm, score }) => ({
      algorithm,
      ...(score === undefined ? {} : { score: signed(plan, score) }),
    }))
    const recipe = recipeOf(plan.task, algorithms, { number, tried })
    if (!recipe) {
      if (running + started === 0) state.ending = 'every recipe was tried'
      break
    }
    startJob(work, String(number), { part: 'trial', recipe }, pipelineName(recipe))
    started += 1
  }
  return running + started > 0
}

/** Models that are joined count as trials, the last ones; where there is no room for two before them, none are. */
function trialsBefore({ limits, ensembles }: Plan): number {
  const before = limits.maxTrials - ensembles.length
  return before >= 2 ? before : limits.maxTrials
}

/** Algorithms whose packages the environment has. */
function algorithmsLeft(plan: Plan, state: AutoMLStatus): string[] {
  const lacking = asObject(asObject(state.setup).lacking)
  return plan.algorithms.filter((name) => !Object.hasOwn(lacking, name))
}

/** Larger is better. */
function signed(plan: Plan, score: number): number {
  return plan.goal === 'maximize' ? score : -score
}

function reasonToEnd(plan: Plan, state: AutoMLStatus): string | undefined {
  const { limits } = plan
  const over = state.trials.filter(({ state: end }) => end !== undefined)
  const best = state.best === undefined ? undefined : state.trials[state.best]?.score
  if (limits.exitScore !== undefined && best !== undefined && signed(plan, best) >= signed(plan, limits.exitScore)) {
    return `the exit score ${limits.exitScore} is reached`
  }
  if (state.trials.length >= trialsBefore(plan)) return `all ${state.trials.length} trials are made (limits.max_trials)`
  if (over.length >= mostFailed && over.every(({ state: end }) => end === 'Failed')) {
    return `the first ${over.length} trials failed`
  }
  const landmarks = landmarksOf(plan.task, algorithmsLeft(plan, state)).length
  const since = state.best === undefined ? 0 : over.length - 1 - state.best
  if (limits.earlyTermination && over.length >= landmarks + patience && since >= patience) {
    return `the last ${since} trials brought nothing better (limits.enable_early_termination)`
  }
  return undefined
}

const mostMembers = 10

function startEnsembles(work: Work, plan: Plan, state: AutoMLStatus): void {
  // a goal that is reached needs nothing more, and one model is no ensemble
  const good = state.trials.filter(({ score, state: end }) => end === 'Completed' && score !== undefined)
  if (good.length < 2 || trialsBefore(plan) === plan.limits.maxTrials || /exit score/.test(state.ending ?? '')) return
  const members = good
    .sort((a, b) => signed(plan, b.score ?? 0) - signed(plan, a.score ?? 0))
    .slice(0, mostMembers)
    .map(({ name, algorithm }) => ({ run: name, algorithm }))
  for (const ensemble of plan.ensembles) {
    const pipeline = ensemble === 'voting' ? 'VotingEnsemble' : 'StackEnsemble'
    startJob(work, String(state.trials.length), { part: 'ensemble', ensemble, members }, pipeline)
  }
}

function startTest(work: Work, plan: Plan, state: AutoMLStatus): void {
  const best = state.best === undefined ? undefined : state.trials[state.best]
  const given = asObject(work.props.taskDetails).testData !== undefined || plan.settings.test_size !== undefined
  if (!best || !given) return
  state.test = startJob(work, 'test', { part: 'test', members: [{ run: best.name, algorithm: best.algorithm }] })
}

/** Writes the row of a job; one with a `pipeline` is a trial. Answers its name. */
function startJob(work: Work, unit: string, part: AutoMLPart, pipeline?: string): string {
  const { row, key, props, status, now } = work
  const { plan } = readPlan(props)
  const state = stateOf(work)
  const name = `${row.name}_${unit}`
  status.children = { ...status.children, [unit]: name }
  const birth = { rootRunId: status.rootRunId, automlPart: part, ...trialFacts(unit, part) }
  work.put.push({
    key: { scope: key.scope, kind: key.kind, name },
    props: childProps(props, { name, part, plan, iteration: unit, pipeline: pipeline ?? unit }),
    by: row.createdBy,
    state: 'NotStarted',
    status: JSON.parse(JSON.stringify(birth)), // drops what is undefined
    parent: row.name,
    wakeAt: now,
    ifNoneMatch: '*',
  })
  if (pipeline !== undefined) {
    const algorithm = part.recipe?.algorithm ?? part.ensemble ?? ''
    state.trials.push({ name, algorithm, pipeline, ...(part.ensemble ? { ensemble: true } : {}) })
  }
  return name
}

/** What the table of trials shows. */
function trialFacts(unit: string, { recipe, ensemble }: AutoMLPart): JsonObject {
  if (!recipe && !ensemble) return {}
  const values: JsonObject = recipe
    ? { algorithm: recipe.algorithm, scaler: recipe.scaler, ...recipe.params }
    : { algorithm: ensemble ?? '' }
  return { trial: { number: Number(unit), values } }
}

/** Jobs of this one that are not over. */
async function openJobs(work: Work): Promise<OpenJob[]> {
  const { children = {}, finished = {} } = work.status
  const { scope, kind } = work.key
  const names = Object.entries(children).filter(([unit]) => !Object.hasOwn(finished, unit))
  const fresh = new Set(work.put.map(({ key }) => key.name))
  const jobs = await Promise.all(
    names.map(async ([unit, name]) => {
      const key: Key = { scope, kind, name }
      return fresh.has(name) ? undefined : { unit, name, key, row: await work.ctx.store.resources.get(key) }
    }),
  )
  return jobs.filter((job) => job !== undefined)
}

/** Takes down which jobs are over, and what they found. */
async function settle(work: Work, plan: Plan, state: AutoMLStatus): Promise<void> {
  const finished = work.status.finished ?? {}
  work.status.finished = finished
  const units = Object.fromEntries(Object.entries(work.status.children ?? {}).map(([unit, name]) => [name, unit]))
  for (const { name, row } of await openJobs(work)) {
    // a job that was deleted under our feet did not complete
    const end = row ? (row.state as JobState) : 'Failed' // states of job rows are written by the loop
    if (!isFinal(end)) continue
    finished[units[name] ?? name] = end
    if (units[name] === 'setup') await settleSetup(work, plan, state, row)
    const number = state.trials.findIndex((trial) => trial.name === name)
    const trial = state.trials[number]
    if (trial) await settleTrial(work, plan, { trial, number, end, row })
  }
}

async function settleSetup(work: Work, plan: Plan, state: AutoMLStatus, row: Row | undefined): Promise<void> {
  const found = row?.state === 'Completed' ? await readSetup(work, row.name) : undefined
  if (!found) {
    state.stage = 'over'
    return
  }
  state.setup = found
  const left = algorithmsLeft(plan, state)
  const { rows, validation } = found
  say(work, `${rows} rows of training data; models are judged by ${JSON.stringify(validation)}.`)
  if (left.length > 0) {
    state.stage = 'trials'
    return
  }
  state.stage = 'over'
  state.ending = 'the environment has the packages of none of the algorithms that may be tried'
}

interface Settled {
  trial: ModelTrial
  number: number
  end: string
  row: Row | undefined
}

async function settleTrial(work: Work, plan: Plan, { trial, number, end, row }: Settled): Promise<void> {
  const state = stateOf(work)
  trial.state = end
  const { startedAt, end: ended } = asObject(row?.status)
  const from = typeof startedAt === 'number' ? startedAt : work.now
  const to = asObject(ended).at
  trial.seconds = Math.max(0, Math.round(((typeof to === 'number' ? to : work.now) - from) / 100) / 10)
  const latest = (await work.ctx.store.series.latest(work.key.scope, trial.name)).find(({ key }) => key === plan.metric)
  if (end === 'Completed' && latest && Number.isFinite(latest.value)) {
    trial.score = latest.value
    const best = state.best === undefined ? undefined : state.trials[state.best]?.score
    if (best === undefined || signed(plan, trial.score) > signed(plan, best)) state.best = number
  }
  const best = state.best === undefined ? undefined : state.trials[state.best]
  const shown = (value: number | undefined) => (value === undefined ? 'nan' : value.toFixed(4)).padStart(10)
  const columns = [String(number).padStart(10), trial.pipeline.padEnd(44), `${trial.seconds} s`.padStart(10)]
  say(
    work,
    `${columns.join('  ')}  ${shown(trial.score)}  ${shown(best?.score)}${end === 'Completed' ? '' : `  ${end}`}`,
  )
}

async function cancel(work: Work): Promise<Next> {
  await writeTrialLog(work)
  settleJournal(work)
  const { plan } = readPlan(work.props)
  const state = stateOf(work)
  await settle(work, plan, state)
  state.stage = 'over'
  work.status.stopping ??= 'the job was cancelled'
  const open = await openJobs(work)
  await askToStop(work, open)
  work.after.push(() => writeTrialLog(work))
  return open.some(({ row }) => row && !isFinal(row.state)) ? { wait: null } : { to: 'Finalizing' }
}
