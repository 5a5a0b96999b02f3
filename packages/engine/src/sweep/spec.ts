/** What a sweep is, read from the wire properties of its job, and everything that is wrong with them. */
import { asNumber, asObject, asString, type Issue, isoToSeconds, type JsonObject, type Path } from '@lazurite/spec'
import { type Goal, type Policy, readPolicy } from './policy.ts'
import { checkSampling, mostTrialsOf, readSampling, type Sampling } from './sampler.ts'
import { readSpace, type Space } from './space.ts'
import { startupTrials } from './tpe.ts'

export interface SweepSpec {
  space: Space
  sampling: Sampling
  goal: Goal
  /** The primary metric, as trials log it. */
  metric: string
  policy?: Policy
  totalTrials: number
  concurrentTrials: number
  timeoutSeconds?: number
  /** ISO 8601 duration. */
  trialTimeout?: string
}

/** Most trials of a sweep, and most of them at once. */
export const mostTrials = 1000

export function readSweep(props: JsonObject): { spec: SweepSpec; issues: Issue[] } {
  const { space, issues: inSpace } = readSpace(props.searchSpace)
  const { sampling, issues: inSampling } = readSampling(props.samplingAlgorithm)
  const { policy, issues: inPolicy } = readPolicy(props.earlyTermination)
  const issues = [
    ...below(['searchSpace'], inSpace),
    ...below(['samplingAlgorithm'], inSampling),
    ...below(['searchSpace'], checkSampling(space, sampling)),
    ...below(['earlyTermination'], inPolicy),
  ]
  if (policy && sampling.type === 'bayesian') {
    const message =
      'Bayesian sampling learns from trials that end early as if they could not get better; it does best without a policy.'
    issues.push({ path: ['earlyTermination'], message, severity: 'warning' })
  }
  const objective = asObject(props.objective)
  const word = (asString(objective.goal) ?? '').toLowerCase()
  if (word !== 'minimize' && word !== 'maximize') {
    const message = `The goal must be minimize or maximize, not ${JSON.stringify(objective.goal ?? null)}.`
    issues.push({ path: ['objective', 'goal'], message })
  }
  const metric = asString(objective.primaryMetric) ?? asString(objective.primary_metric) ?? ''
  if (metric.trim() === '') {
    const hint = 'Write its name as the trials log it, e.g. with mlflow.log_metric.'
    issues.push({ path: ['objective', 'primaryMetric'], message: 'A sweep needs a primary metric.', hint })
  }
  const limits = readLimits(props, issues)
  const most = mostTrialsOf(space, sampling) ?? Number.POSITIVE_INFINITY
  const totalTrials = Math.min(limits.total, most)
  const concurrentTrials = Math.min(limits.concurrent ?? totalTrials, totalTrials)
  if (sampling.type === 'bayesian' && totalTrials > startupTrials && concurrentTrials * 2 > totalTrials) {
    const message = `Bayesian sampling learns from trials that are over; with ${concurrentTrials} of ${totalTrials} at once it learns little.`
    const hint = 'Set limits.max_concurrent_trials to a few.'
    issues.push({ path: ['limits', 'maxConcurrentTrials'], message, hint, severity: 'warning' })
  }
  return {
    spec: {
      space,
      sampling,
      goal: word === 'maximize' ? 'maximize' : 'minimize',
      metric,
      ...(policy ? { policy } : {}),
      totalTrials,
      concurrentTrials,
      ...limits.times,
    },
    issues,
  }
}

function readLimits(props: JsonObject, issues: Issue[]) {
  const limits = asObject(props.limits)
  const count = (name: string): number | undefined => {
    const value = limits[name]
    if (value === undefined || value === null) return undefined
    const number = asNumber(value) ?? Number.NaN
    if (Number.isInteger(number) && number >= 1 && number <= mostTrials) return number
    const message = `${name} must be a whole number from 1 to ${mostTrials}, not ${JSON.stringify(value)}.`
    issues.push({ path: ['limits', name], message })
    return undefined
  }
  const seconds = (name: string): number | undefined => {
    const value = limits[name]
    if (value === undefined || value === null) return undefined
    const found = isoToSeconds(asString(value) ?? '')
    if (found !== undefined && found > 0) return found
    const message = `${name} must be a duration such as PT1H, not ${JSON.stringify(value)}.`
    issues.push({ path: ['limits', name], message })
    return undefined
  }
  const total = count('maxTotalTrials') ?? mostTrials
  const concurrent = count('maxConcurrentTrials')
  const timeoutSeconds = seconds('timeout')
  const trialTimeout = seconds('trialTimeout') === undefined ? undefined : asString(limits.trialTimeout)
  const times = {
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(trialTimeout === undefined ? {} : { trialTimeout }),
  }
  return { total, concurrent, times }
}

function below(at: Path, issues: readonly Issue[]): Issue[] {
  return issues.map((issue) => ({ ...issue, path: [...at, ...issue.path] }))
}
