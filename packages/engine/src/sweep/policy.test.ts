import { describe, expect, test } from 'vitest'
import { type Course, dueIntervals, type Goal, objection, type Policy, readPolicy } from './policy.ts'

const running = (...values: number[]): Course => ({ values, ended: false })
const over = (...values: number[]): Course => ({ values, ended: true })

/** Numbers of the trials that are stopped at interval `n`, each judged as if it had just come there. */
function stopped(raw: Parameters<typeof readPolicy>[0], goal: Goal, all: Course[], n: number): number[] {
  const { policy, issues } = readPolicy(raw)
  expect(issues.filter(({ severity }) => severity !== 'warning')).toEqual([])
  return all.flatMap((trial, i) =>
    trial.values.length >= n && objection(policy as Policy, goal, { trial, all, n }) !== undefined ? [i] : [],
  )
}

describe('bandit', () => {
  const factor = { policyType: 'Bandit', slackFactor: 0.2 }
  const amount = { policyType: 'Bandit', slackAmount: 0.05 }

  // the best is 0.8; 0.8 / 1.2 = 0.666…
  test.each<[string, object, Goal, Course[], number, number[]]>([
    ['0.66 is stopped and 0.67 is not', factor, 'maximize', [running(0.8), running(0.66), running(0.67)], 1, [1]],
    ['its own best counts, not its last', factor, 'maximize', [running(0.5, 0.8), running(0.7, 0.1)], 2, []],
    ['values after the interval do not count', factor, 'maximize', [running(0.5, 9), running(0.45, 0.1)], 1, []],
    ['those that have not come as far do not count', factor, 'maximize', [running(9), running(0.5, 0.4)], 2, []],
    ['those that are over count', factor, 'maximize', [over(0.9), running(0.7)], 1, [1]],
    ['minimize: 1.2 is the limit', factor, 'minimize', [running(1), running(1.19), running(1.21)], 1, [2]],
    ['minimize with an amount', amount, 'minimize', [running(0.1), running(0.14), running(0.16)], 1, [2]],
    ['maximize with an amount', amount, 'maximize', [running(0.9), running(0.86), running(0.84)], 1, [2]],
    // the slack goes away from the best: -1 · 1.2 = -1.2, -1 / 1.2 = -0.833…
    ['below zero, maximize', factor, 'maximize', [running(-1), running(-1.19), running(-1.21)], 1, [2]],
    ['below zero, minimize', factor, 'minimize', [running(-1), running(-0.84), running(-0.82)], 1, [2]],
    ['NaN is worse than all', factor, 'maximize', [running(0.8), running(Number.NaN)], 1, [1]],
    ['where all are NaN nobody is stopped', factor, 'maximize', [running(Number.NaN), running(Number.NaN)], 1, []],
  ])('%s', (_, raw, goal, all, n, expected) => expect(stopped({ ...raw }, goal, all, n)).toEqual(expected))

  test('both slacks: the narrower counts, and that is said', () => {
    const both = { policyType: 'Bandit', slackFactor: 1, slackAmount: 0.1 }
    expect(stopped(both, 'maximize', [running(1), running(0.8)], 1)).toEqual([1])
    expect(readPolicy(both).issues).toEqual([expect.objectContaining({ severity: 'warning', path: ['slackAmount'] })])
  })
})

describe('median stopping', () => {
  const median = { policyType: 'MedianStopping' }

  test.each<[string, Goal, Course[], number, number[]]>([
    // averages over 1..3: 0.2, 0.4, 0.6; the median is 0.4; bests: 0.3, 0.6, 0.6
    [
      'the best is held against the median of averages',
      'maximize',
      [running(0.1, 0.2, 0.3), running(0.2, 0.4, 0.6), running(0.6, 0.6, 0.6)],
      3,
      [0],
    ],
    // averages 1, 3, 4, 6: the median is 3.5; bests 1, 2, 4, 5
    [
      'an even number: between the two in the middle',
      'minimize',
      [running(1, 1), running(4, 2), running(4, 4), running(7, 5)],
      2,
      [2, 3],
    ],
    // averages over 1..2: 0.5, 0.3; median 0.4; the best of the second is 0.4: not worse
    ['equal is not worse', 'maximize', [running(0.5, 0.5), running(0.2, 0.4)], 2, []],
    ['alone it is never stopped', 'maximize', [running(0.1, 0.05)], 2, []],
    // at interval 1 the averages are the values: median 0.5
    [
      'running averages reach to the interval alone',
      'maximize',
      [running(0.5, 100), running(0.4, 100), over(0.9)],
      1,
      [1],
    ],
    ['NaN is worse than all', 'minimize', [running(1), running(2), running(Number.NaN)], 1, [2]],
  ])('%s', (_, goal, all, n, expected) => expect(stopped(median, goal, all, n)).toEqual(expected))
})

describe('truncation selection', () => {
  const cut = (truncationPercentage: number, more = {}) => ({
    policyType: 'TruncationSelection',
    truncationPercentage,
    ...more,
  })
  const five = [running(0.1), running(0.5), running(0.3), running(0.2), running(0.4)]

  test.each<[string, object, Goal, Course[], number, number[]]>([
    ['20 % of five is one', cut(20), 'maximize', five, 1, [0]],
    ['40 % of five is two', cut(40), 'maximize', five, 1, [0, 3]],
    ['39 % of five is one', cut(39), 'maximize', five, 1, [0]],
    ['minimize: the highest go', cut(40), 'minimize', five, 1, [1, 4]],
    ['19 % of five is nobody', cut(19), 'maximize', five, 1, []],
    [
      'the value at the interval counts, not the best',
      cut(50),
      'maximize',
      [running(0.9, 0.1), running(0.2, 0.3)],
      2,
      [0],
    ],
    [
      'equals go together or not at all',
      cut(50),
      'maximize',
      [running(0.1), running(0.1), running(0.1), running(0.2)],
      1,
      [],
    ],
    ['those that are over are in the field', cut(50), 'maximize', [over(0.1), running(0.2)], 1, [0]],
    [
      'those that are over are left out when asked',
      cut(50, { excludeFinishedJobs: true }),
      'maximize',
      [over(0.1), running(0.2), running(0.3)],
      1,
      [0, 1],
    ],
    ['NaN is lowest', cut(50), 'maximize', [running(Number.NaN), running(0.2)], 1, [0]],
  ])('%s', (_, raw, goal, all, n, expected) => expect(stopped({ ...raw }, goal, all, n)).toEqual(expected))
})

test('a policy looks at multiples of the interval that the delay leaves, each once', () => {
  const every = (interval: number, delay: number) => ({ interval, delay })
  expect(dueIntervals(every(1, 0), 0, 3)).toEqual([1, 2, 3])
  expect(dueIntervals(every(2, 0), 0, 7)).toEqual([2, 4, 6])
  expect(dueIntervals(every(2, 5), 0, 9)).toEqual([6, 8])
  expect(dueIntervals(every(2, 6), 0, 9)).toEqual([6, 8])
  expect(dueIntervals(every(2, 5), 6, 9)).toEqual([8])
  expect(dueIntervals(every(5, 0), 0, 4)).toEqual([])
  expect(dueIntervals(every(3, 0), 3, 3)).toEqual([])
  // what the official client sends when nobody said anything
  expect(
    readPolicy({ policyType: 'Bandit', evaluationInterval: 0, delayEvaluation: 0, slackFactor: 0.1 }).policy,
  ).toMatchObject(every(1, 0))
  expect(readPolicy({ type: 'median_stopping', evaluation_interval: 2, delay_evaluation: 6 }).policy).toMatchObject(
    every(2, 6),
  )
})

test.each<[object, (string | number)[], RegExp]>([
  [{ policyType: 'Hyperband' }, ['policyType'], /no policy; there are bandit/],
  [{ policyType: 'Bandit' }, [], /without slack/],
  [{ policyType: 'Bandit', slackFactor: -1 }, ['slackFactor'], /at least 0/],
  [{ policyType: 'Bandit', slackFactor: 0.1, evaluationInterval: 1.5 }, ['evaluationInterval'], /whole number/],
  [{ policyType: 'TruncationSelection' }, ['truncationPercentage'], /from 1 to 99/],
  [{ policyType: 'TruncationSelection', truncationPercentage: 100 }, ['truncationPercentage'], /from 1 to 99, not 100/],
])('%j is refused with its place', (raw, path, message) => {
  const { issues } = readPolicy({ ...raw })
  expect(issues).toEqual([expect.objectContaining({ path, message: expect.stringMatching(message) })])
})
