/**
 * A sweep: many trials of one command with values drawn from a space. A trial is a job of its own; its end wakes the
 * sweep, and so does a value of the primary metric when there is a policy to judge it. What was started, what was judged
 * and what was decided is on disk before anything is done about it, so that no crash makes a trial twice.
 */
import { randomInt } from 'node:crypto'
import { asObject, errorsOf, fail, isFinal, isLazError, type JobState, type JsonObject } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import { costOf, dueIntervals, objection } from '../sweep/policy.ts'
import { sampleTrial } from '../sweep/sampler.ts'
import { sizeOfSpace, valueText } from '../sweep/space.ts'
import { readSweep, type SweepSpec } from '../sweep/spec.ts'
import { admitSweep } from './admit-sweep.ts'
import { settleJournal } from './journal.ts'
import { askToStop, checkTrialNames, parentJob } from './parent-job.ts'
import { openRecord, tellRun } from './record.ts'
import { courseOf, knownTrials, rememberScore, rememberTrial, scoreOf, trialName } from './sweep-course.ts'
import { finishSweep } from './sweep-end.ts'
import { say, writeSweepLog } from './sweep-log.ts'
import type { SweepStatus } from './sweep-status.ts'
import { trialProps } from './sweep-trial.ts'
import type { Next, Work } from './type.ts'

export const sweep = parentJob({
  jobType: 'Sweep',
  admit: admitSweep,
  begin,
  run,
  cancel,
  finish: finishSweep,
  async abandon(work) {
    const open = await openTrials(work)
    for (const trial of open) work.tools.metrics.drop(trial.key.scope, trial.key.name)
    await askToStop(work, open)
  },
})

/** Completed trials without the primary metric, and failed ones without any other, after which there is no more point. */
const mostSilent = 3
const mostFailed = 10

async function begin(work: Work): Promise<Next> {
  const { row, props, status } = work
  await openRecord(work)
  const { spec, issues } = readSweep(props)
  const [problem] = errorsOf(issues)
  if (problem) fail('BadArgument', { what: `${problem.path.join('.')}: ${problem.message}` })
  checkTrialNames(work, 'a sweep')
  status.startedAt = work.now
  const seed = spec.sampling.seed ?? randomInt(2 ** 31)
  const counts = { made: 0, completed: 0, failed: 0, canceled: 0, reported: 0 }
  status.sweep ??= { seed, total: spec.totalTrials, open: {}, stopped: {}, ...counts }
  status.properties = {
    primary_metric_config: JSON.stringify({ name: spec.metric, goal: spec.goal }),
    resume_from: 'null',
    runTemplate: 'HyperDrive',
    platform: 'AML',
    space_size: String(sizeOfSpace(spec.space) ?? 'infinite_space_size'),
    ...(row.parent === undefined ? { 'azureml.runsource': 'hyperdrive' } : {}),
  }
  const how = spec.sampling.type === 'bayesian' ? 'bayesian (tree-structured Parzen estimator)' : spec.sampling.type
  const rule = spec.sampling.rule === 'sobol' ? ' by a scrambled Sobol sequence' : ''
  say(work, 'API', `Experiment created: ${spec.totalTrials} trials, ${spec.goal} ${spec.metric}.`)
  say(work, 'GENERATOR', `Sampling is ${how}${rule}, seed ${status.sweep.seed}.`)
  await tellRun(work, { state: 'Running', startTime: work.now })
  return { to: 'Preparing' }
}

interface Trial {
  number: number
  key: Key
  row: Row | undefined
}

async function run(work: Work): Promise<Next> {
  await writeSweepLog(work)
  settleJournal(work)
  const { spec } = readSweep(work.props)
  const state = sweepOf(work)
  const open = await openTrials(work)
  if (spec.policy) for (const { key } of open) listen(work, key, spec)
  await settle(work, spec, open)
  const running = open.filter(({ number }) => Object.hasOwn(state.open, number))
  endEarly(work, spec, state)
  if (!state.ending) await judge(work, spec, running)
  const doomed = running.filter(({ number }) => state.ending || Object.hasOwn(state.stopped, number))
  const started = state.ending ? 0 : await startTrials(work, spec, running.length)
  work.after.push(
    () => writeSweepLog(work),
    () => askToStop(work, doomed),
  )
  if (running.length + started === 0) return { to: 'Finalizing' }
  return { wait: state.ending ? null : (deadlineOf(work, spec) ?? null) }
}

export function sweepOf(work: Work): SweepStatus {
  return work.status.sweep ?? fail('BadArgument', { what: 'The record of this sweep has no state' })
}

function listen(work: Work, key: Key, spec: SweepSpec): void {
  work.tools.metrics.want(key.scope, key.name, { metric: spec.metric, wake: work.key })
}

/** Trials that are not known to be over. */
async function openTrials(work: Work): Promise<Trial[]> {
  const { scope, kind } = work.key
  return Promise.all(
    Object.keys(work.status.sweep?.open ?? {}).map(async (number) => {
      const key: Key = { scope, kind, name: trialName(work.row.name, Number(number)) }
      return { number: Number(number), key, row: await work.ctx.store.resources.get(key) }
    }),
  )
}

/** Takes down which trials are over, and which is the best. */
async function settle(work: Work, spec: SweepSpec, open: readonly Trial[]): Promise<void> {
  const state = sweepOf(work)
  for (const { number, key, row } of open) {
    // a trial that was deleted under our feet did not complete
    const end = row ? (row.state as JobState) : 'Failed' // states of job rows are written by the loop
    if (!isFinal(end)) continue
    delete state.open[number]
    work.tools.metrics.drop(key.scope, key.name)
    const score = await scoreOf(work.ctx.store, key.scope, key.name, spec)
    rememberScore(work, number, score)
    if (end === 'Completed') state.completed++
    else if (end === 'Canceled') state.canceled++
    else state.failed++
    if (row) await keepValues(work, row)
    const told = score === undefined ? `no finite value of ${spec.metric}` : `${spec.metric} ${score}`
    say(work, 'SCHEDULER', `Job '${key.name}' is ${end}, ${told}.`)
    if (score === undefined) continue
    state.reported++
    if (end !== 'Failed') rank(work, spec, { trial: number, name: key.name, score, completed: end === 'Completed' })
  }
}

type Candidate = NonNullable<SweepStatus['best']>

function rank(work: Work, spec: SweepSpec, candidate: Candidate): void {
  const state = sweepOf(work)
  const order = (one: Candidate) => [one.completed ? 0 : 1, costOf(one.score, spec.goal), one.trial]
  const [now, then] = [order(candidate), state.best ? order(state.best) : undefined]
  const i = then ? now.findIndex((part, at) => part !== then[at]) : 0
  if (then && (now[i] ?? 0) >= (then[i] ?? 0)) return
  state.best = candidate
  work.status.properties = {
    ...work.status.properties,
    best_child_run_id: candidate.name,
    score: valueText(candidate.score),
    best_metric_status: 'Succeeded',
    best_data_container_id: `dcid.${candidate.name}`,
  }
  say(work, 'CONTROLLER', `The best trial is '${candidate.name}' with ${candidate.score}.`)
}

/** The values of a trial become parameters of its run, except where the trial logged one of that name itself. */
async function keepValues(work: Work, row: Row): Promise<void> {
  const { runs } = work.ctx.store
  const values = Object.entries(asObject(asObject(row.status.trial).values))
  try {
    const known = (await runs.get(row.scope, row.name))?.params ?? {}
    const missing = values.filter(([name]) => !Object.hasOwn(known, name))
    const texts = missing.map(([name, value]) => [name, valueText(value as string | number | boolean)]) // written by us
    if (missing.length > 0) await runs.logParams(row.scope, row.name, Object.fromEntries(texts))
  } catch (error) {
    if (!isLazError(error)) throw error // a run that somebody deleted keeps nothing
  }
}

/** Notices that going on is of no use: the time is over, nobody logs the metric, all fail. */
function endEarly(work: Work, spec: SweepSpec, state: SweepStatus): void {
  if (state.ending) return
  const deadline = deadlineOf(work, spec)
  const end = (why: NonNullable<SweepStatus['ending']>, text: string) => {
    state.ending = why
    work.status.stopping = text
    say(work, 'CONTROLLER', `No more trials: ${text}.`)
  }
  if (deadline !== undefined && work.now >= deadline) {
    end('timeout', `the time of the sweep, ${spec.timeoutSeconds} seconds (limits.timeout), is over`)
  } else if (state.reported === 0 && state.completed >= mostSilent) {
    end('metric', `${state.completed} trials completed and none of them logged ${spec.metric}`)
  } else if (state.completed + state.canceled === 0 && state.failed >= mostFailed) {
    end('failures', `the first ${state.failed} trials failed`)
  }
}

function deadlineOf({ status }: Work, { timeoutSeconds }: SweepSpec): number | undefined {
  return timeoutSeconds === undefined ? undefined : (status.startedAt ?? 0) + timeoutSeconds * 1000
}

/** Holds trials against each other at every interval that is due. */
async function judge(work: Work, spec: SweepSpec, running: readonly Trial[]): Promise<void> {
  const { policy, goal, metric } = spec
  const state = sweepOf(work)
  if (!policy) return
  const due: { trial: Trial; intervals: number[] }[] = []
  for (const trial of running) {
    if (Object.hasOwn(state.stopped, trial.number)) continue
    const { values } = await courseOf(work, trial.number, metric)
    const intervals = dueIntervals(policy, state.open[trial.number] ?? 0, values.length)
    if (intervals.length > 0) due.push({ trial, intervals })
  }
  if (due.length === 0) return
  const all = await Promise.all(Array.from({ length: state.made }, (_, number) => courseOf(work, number, metric)))
  for (const { trial, intervals } of due) {
    const course = all[trial.number]
    if (!course) continue
    for (const n of intervals) {
      state.open[trial.number] = n
      const why = objection(policy, goal, { trial: course, all, n })
      if (why === undefined) continue
      state.stopped[trial.number] = `${policy.type} at interval ${n}: ${why}`
      say(work, 'POLICY', `Stopping job '${trial.key.name}': ${state.stopped[trial.number]}.`)
      break
    }
  }
}

/** Trials that are made ahead of their time only wait; where values are learned they had better be made late. */
function mostAtOnce({ ctx }: Work, { sampling }: SweepSpec): number {
  const { cores } = ctx.settings
  return sampling.type === 'bayesian' ? cores : Math.max(64, 4 * cores)
}

/** Makes as many trials as may run at once. */
async function startTrials(work: Work, spec: SweepSpec, running: number): Promise<number> {
  const { row, key, status, now } = work
  const state = sweepOf(work)
  const atOnce = Math.min(spec.concurrentTrials, Math.max(1, Math.floor(mostAtOnce(work, spec))))
  const count = Math.min(atOnce - running, state.total - state.made)
  if (count <= 0) return 0
  say(work, 'GENERATOR', `Trying to sample '${count}' jobs from the hyperparameter space`)
  for (let i = 0; i < count; i++) {
    const number = state.made
    const known = spec.sampling.type === 'bayesian' ? await knownTrials(work, spec) : []
    const values = sampleTrial(spec.space, spec.sampling, { seed: state.seed, trial: number, known })
    const name = trialName(row.name, number)
    const trialKey: Key = { scope: key.scope, kind: key.kind, name }
    if (await work.ctx.store.resources.get(trialKey)) {
      fail('BadArgument', {
        what: `There is a job ${name} already, so trial ${number} of this sweep cannot have its name`,
      })
    }
    const birth: JsonObject = { rootRunId: status.rootRunId, trial: { number, values: { ...values } } }
    work.put.push({
      key: trialKey,
      props: trialProps(work.props, { name, values, timeout: spec.trialTimeout }),
      by: row.createdBy,
      state: 'NotStarted',
      status: birth,
      parent: row.name,
      wakeAt: now,
    })
    if (spec.policy) listen(work, trialKey, spec)
    rememberTrial(work, number, values)
    state.open[number] = 0
    state.made++
    say(work, 'SCHEDULER', `Scheduling job, id='${name}'`)
  }
  return count
}

async function cancel(work: Work): Promise<Next> {
  await writeSweepLog(work)
  settleJournal(work)
  const { spec } = readSweep(work.props)
  const open = await openTrials(work)
  await settle(work, spec, open)
  work.status.stopping ??= 'the sweep was cancelled'
  const running = open.filter(({ row }) => row && !isFinal(row.state))
  await askToStop(work, running)
  work.after.push(() => writeSweepLog(work))
  return running.length > 0 ? { wait: null } : { to: 'Finalizing' }
}
