import { expect, test } from 'vitest'
import { csvOf } from './csv.ts'
import { groupsOf, keyMetrics } from './groups.ts'
import { mostOf } from './range.ts'

const jobs = [{ name: 'a', label: 'A' }]

test('metrics of one name share a chart, each in a colour', () => {
  const [loss, other] = groupsOf({ jobs, keys: ['train/loss', 'val/loss', 'lr'], by: 'name' })
  expect([loss?.title, other?.title]).toEqual(['loss', 'lr'])
  expect(new Set(loss?.lines.map(({ stroke }) => stroke.token)).size).toBe(2)
})

test('of several jobs, a job keeps its colour in every chart', () => {
  const two = [...jobs, { name: 'b', label: 'B' }]
  const groups = groupsOf({ jobs: two, keys: ['loss', 'val_loss', 'acc'], by: 'name' })
  const colours = groups.map(
    ({ lines }) => new Set(lines.filter(({ job }) => job === 'b').map(({ stroke }) => stroke.token)),
  )
  expect(colours.map((set) => set.size)).toEqual([1, 1])
  expect(groups[0]?.lines.map(({ label }) => label)).toEqual(['A loss', 'A val_loss', 'B loss', 'B val_loss'])
  expect(groups[1]?.lines.map(({ label }) => label)).toEqual(['A', 'B'])
})

test('what people look at first is in front', () => {
  const fact = (key: string, count = 5) => ({ key, last: 0, step: 0, at: 0, count })
  expect(keyMetrics([fact('system/cpu'), fact('lr'), fact('accuracy'), fact('best', 1), fact('loss')])).toEqual([
    'loss',
    'accuracy',
    'lr',
    'system/cpu',
  ])
})

test('a chart as a file holds numbers, and names that no table computes', () => {
  const line = { id: 'a', label: '=1+1', token: 'run-1', dash: [], values: [1, null] }
  expect(csvOf('step', [0, 1], [line])).toBe(`"step","'=1+1"\n0,1\n1,\n`)
})

test('without outliers the height is that of most values', () => {
  const values = [...Array.from({ length: 100 }, (_, i) => i), 1e9]
  const [low, high] = mostOf([{ id: 'a', label: 'a', token: 'run-1', dash: [], values }])
  expect(low).toBeLessThanOrEqual(5)
  expect(high).toBeLessThan(110)
})
