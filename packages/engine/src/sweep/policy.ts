/**
 * Early termination. An interval is the nth value of the primary metric that a trial logs. A policy looks at a trial
 * whenever the number of its interval is a multiple of `evaluation_interval` and at least `delay_evaluation`, and compares
 * it with every trial that has come as far, those that are over included. A value that is no finite number is worse than
 * any other.
 */
import { asNumber, asObject, asString, type Issue, type Json, type Path } from '@lazurite/spec'

export type Goal = 'minimize' | 'maximize'

interface Often {
  interval: number
  delay: number
}

export type Policy = Often &
  (
    | { type: 'bandit'; slackFactor: number; slackAmount: number }
    | { type: 'median_stopping' }
    | { type: 'truncation_selection'; percentage: number; excludeFinished: boolean }
  )

/** A trial as policies see it. */
export interface Course {
  /** Values of the primary metric in the order they were logged. */
  values: readonly number[]
  /** It is over. */
  ended: boolean
}

/** Intervals of a trial that are due: after those it was judged at, up to its last. */
export function dueIntervals({ interval, delay }: Often, judged: number, reached: number): number[] {
  const due: number[] = []
  const first = Math.max(Math.floor(judged / interval) * interval + interval, Math.ceil(delay / interval) * interval)
  for (let n = Math.max(first, interval); n <= reached; n += interval) due.push(n)
  return due
}

/** Why the trial is to be stopped at interval `n`; undefined when it goes on. */
export function objection(
  policy: Policy,
  goal: Goal,
  { trial, all, n }: { trial: Course; all: readonly Course[]; n: number },
): string | undefined {
  const peers = all.filter((one) => one.values.length >= n)
  // from here on lower is better
  const best = (one: Course) => pathOf(one.values, goal).best[n - 1] ?? Number.POSITIVE_INFINITY
  const shown = (cost: number) => numberText(goal === 'maximize' ? -cost : cost)
  switch (policy.type) {
    case 'bandit': {
      const [own, bestOfAll] = [best(trial), least(peers.map(best))]
      const limit = banditLimit(bestOfAll, policy, goal)
      if (!(own > limit)) return undefined
      return `its best, ${shown(own)}, is beyond ${shown(limit)}, the slack around the best of all, ${shown(bestOfAll)}`
    }
    case 'median_stopping': {
      const averages = peers.map((one) => pathOf(one.values, goal).average[n - 1] ?? Number.POSITIVE_INFINITY)
      const [own, middle] = [best(trial), median(averages)]
      if (!(own > middle)) return undefined
      return `its best, ${shown(own)}, is worse than ${shown(middle)}, the median of the running averages`
    }
    case 'truncation_selection': {
      const field = peers.filter((one) => one === trial || !policy.excludeFinished || !one.ended)
      const at = (one: Course) => costOf(one.values[n - 1] ?? Number.NaN, goal)
      const own = at(trial)
      const worstOrEqual = field.filter((one) => at(one) >= own).length
      const cut = Math.floor((policy.percentage / 100) * field.length)
      if (worstOrEqual > cut) return undefined
      return `its value, ${shown(own)}, is among the worst ${cut} of ${field.length} trials`
    }
  }
}

/** Of the costs up to each interval: the least, and the average. */
interface Trail {
  best: Float64Array
  average: Float64Array
}

/** A list of values does not change; what was found out about it is found out once. */
const paths: Record<Goal, WeakMap<readonly number[], Trail>> = { minimize: new WeakMap(), maximize: new WeakMap() }

function pathOf(values: readonly number[], goal: Goal): Trail {
  const known = paths[goal].get(values)
  if (known) return known
  const trail = { best: new Float64Array(values.length), average: new Float64Array(values.length) }
  let [low, sum] = [Number.POSITIVE_INFINITY, 0]
  for (const [i, value] of values.entries()) {
    const cost = costOf(value, goal)
    low = Math.min(low, cost)
    sum += cost
    trail.best[i] = low
    trail.average[i] = sum / (i + 1)
  }
  paths[goal].set(values, trail)
  return trail
}

/** What bandit tolerates, as a cost. The slack goes away from the best, also where the best is below zero. */
function banditLimit(best: number, policy: Extract<Policy, { type: 'bandit' }>, goal: Goal): number {
  const { slackFactor, slackAmount } = policy
  if (!Number.isFinite(best)) return best
  const limits: number[] = []
  if (slackFactor > 0 || slackAmount === 0) {
    const value = goal === 'maximize' ? -best : best
    const grows = goal === 'maximize' ? value < 0 : value >= 0
    const limit = grows ? value * (1 + slackFactor) : value / (1 + slackFactor)
    limits.push(goal === 'maximize' ? -limit : limit)
  }
  if (slackAmount > 0) limits.push(best + slackAmount)
  return least(limits)
}

/** The better the lower; what is no finite number is worst. */
export function costOf(value: number, goal: Goal): number {
  if (!Number.isFinite(value)) return Number.POSITIVE_INFINITY
  return goal === 'maximize' ? -value : value
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((low, number) => Math.min(low, number), Number.POSITIVE_INFINITY)
}

/** The middle one, or the middle between the two in the middle. */
function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? Number.POSITIVE_INFINITY
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2
}

function numberText(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : 'no finite number'
}

/** The policy a sweep names; undefined when it names none. Paths begin at the policy. */
export function readPolicy(raw: Json | undefined): { policy?: Policy; issues: Issue[] } {
  const given = asObject(raw)
  const issues: Issue[] = []
  const word = (asString(given.policyType) ?? asString(given.type) ?? '').toLowerCase().replaceAll('_', '')
  if (word === '') return { issues }
  const number = (camel: string, o: { least: number; most?: number; whole?: boolean; otherwise: number }): number => {
    const snake = camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const value = given[camel] ?? given[snake]
    if (value === undefined || value === null) return o.otherwise
    const found = asNumber(value) ?? Number(value)
    const fits = found >= o.least && found <= (o.most ?? Number.MAX_VALUE) && !(o.whole && !Number.isInteger(found))
    if (fits) return found
    const says = `${o.whole ? 'a whole number' : 'a number'} ${o.most === undefined ? `of at least ${o.least}` : `from ${o.least} to ${o.most}`}`
    issues.push(issueAt([camel], `${camel} must be ${says}, not ${JSON.stringify(value)}.`))
    return o.otherwise
  }
  const often = {
    // the official client sends 0 where nobody said anything; it means every interval
    interval: number('evaluationInterval', { least: 0, whole: true, otherwise: 1 }) || 1,
    delay: number('delayEvaluation', { least: 0, whole: true, otherwise: 0 }),
  }
  if (word === 'bandit') {
    const slackFactor = number('slackFactor', { least: 0, otherwise: 0 })
    const slackAmount = number('slackAmount', { least: 0, otherwise: 0 })
    if (slackFactor === 0 && slackAmount === 0 && issues.length === 0) {
      const hint = 'Set slack_factor, a ratio such as 0.1, or slack_amount, a distance.'
      issues.push({ ...issueAt([], 'A bandit policy without slack stops every trial but the best.'), hint })
    }
    if (slackFactor > 0 && slackAmount > 0) {
      const message = 'Both slack_factor and slack_amount are given: the narrower of the two counts.'
      issues.push({ ...issueAt(['slackAmount'], message), severity: 'warning' })
    }
    return { policy: { ...often, type: 'bandit', slackFactor, slackAmount }, issues }
  }
  if (word === 'medianstopping') return { policy: { ...often, type: 'median_stopping' }, issues }
  if (word === 'truncationselection') {
    const percentage = number('truncationPercentage', { least: 1, most: 99, otherwise: 0 })
    if (percentage === 0 && issues.length === 0) {
      issues.push(issueAt(['truncationPercentage'], 'A truncation policy needs truncationPercentage, from 1 to 99.'))
    }
    const excludeFinished = given.excludeFinishedJobs === true || given.exclude_finished_jobs === true
    return { policy: { ...often, type: 'truncation_selection', percentage, excludeFinished }, issues }
  }
  const message = `${JSON.stringify(given.policyType ?? given.type)} is no policy; there are bandit, median_stopping and truncation_selection.`
  return { issues: [issueAt(['policyType'], message)] }
}

function issueAt(path: Path, message: string): Issue {
  return { path, message }
}
