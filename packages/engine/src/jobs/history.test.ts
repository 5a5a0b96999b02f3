import type { JsonObject } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { timelineOf } from './history.ts'

const born = 1_700_000_000_000
const row = (phases: [string, number, number?][], status: JsonObject = {}) => ({
  createdAt: new Date(born).toISOString(),
  status: {
    phases: phases.map(([name, from, to]) => ({
      name,
      from: born + from,
      ...(to === undefined ? {} : { to: born + to }),
    })),
    ...status,
  },
})

test('phases leave no gap from the submission on, and stand under four headings', () => {
  const phases: [string, number, number?][] = [
    ['NotStarted', 20, 30],
    ['Preparing', 30, 1030],
    ['Queued', 1030, 3030],
    ['Starting', 3030, 3040],
    ['Staging', 3040, 3140],
    ['Running', 3140, 9140],
    ['Finalizing', 9140, 9240],
    ['Completed', 9240, 9241],
  ]
  const told = timelineOf(row(phases, { endedAt: born + 9241 }), born + 50_000)
  expect(told.stages).toEqual({ queued: 2.03, preparing: 1.11, running: 6, finalizing: 0.1 })
  expect(told.totalSeconds).toBeCloseTo(9.24, 6)
  expect(told.phases.map(({ name }) => name)).toEqual(phases.slice(0, -1).map(([name]) => name))
  expect(told.phases[0]).toMatchObject({ from: born, seconds: 0.03 })
})

test('what goes on is counted up to now; an unknown phase belongs to the heading before it', () => {
  const going = timelineOf(
    row([
      ['Running', 0, 1000],
      ['Sampling', 1000],
    ]),
    born + 5000,
  )
  expect(going.stages).toMatchObject({ running: 5 })
  expect(going.phases.at(-1)).toEqual({ name: 'Sampling', stage: 'running', from: born + 1000, seconds: 4 })
})

test('a job that nobody looked at yet has waited since it was made', () => {
  expect(timelineOf(row([]), born + 2500)).toMatchObject({ totalSeconds: 2.5, stages: { queued: 2.5 } })
  const late = timelineOf(row([['Preparing', 700]]), born + 1000)
  expect(late.phases.map(({ name, seconds }) => [name, seconds])).toEqual([
    ['NotStarted', 0.7],
    ['Preparing', 0.3],
  ])
})
