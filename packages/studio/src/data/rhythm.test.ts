import { parseYaml, printYaml, validateYaml } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { type Rhythm, rhythmOf, triggerOf, usualRhythm } from './rhythm.ts'

const cases: Partial<Rhythm>[] = [
  {},
  { every: 'minute', interval: 15 },
  { every: 'hour', interval: 2, zone: 'Europe/Berlin' },
  { every: 'week', weekDays: ['monday', 'friday'], time: '16:30' },
  { every: 'month', monthDay: 31, start: '2026-01-01T00:00', end: '2027-01-01T00:00' },
  { every: 'cron', expression: '*/5 * * * 1-5' },
]

test.each(cases)('%o is a trigger that the checker takes, and is read again', (part) => {
  const rhythm = { ...usualRhythm, ...part }
  const trigger = triggerOf(rhythm)
  const text = printYaml({ name: 'nightly', trigger, create_job: 'azureml:some_job' })
  expect(validateYaml('schedule', parseYaml(text)).filter(({ severity }) => severity !== 'warning')).toEqual([])
  expect(triggerOf(rhythmOf(trigger) ?? usualRhythm)).toEqual(trigger)
})

test('what says more than the form can is left to the text', () => {
  expect(rhythmOf({ type: 'recurrence', frequency: 'day', schedule: { hours: [1, 2], minutes: [0] } })).toBeUndefined()
  expect(rhythmOf({})).toBeUndefined()
})
