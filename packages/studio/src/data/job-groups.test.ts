import { expect, test } from 'vitest'
import { readColumns } from './job-columns.ts'
import { groupOrder, groupsOf, spreadsOf } from './job-groups.ts'
import { rowOf } from './jobs.ts'

const job = (name: string, experimentName: string, loss?: number) =>
  rowOf({
    id: name,
    name,
    type: 'job',
    properties: { experimentName },
    lazurite: { metrics: loss === undefined ? {} : { loss } },
  })

test('neighbours are a group; the last may go on', () => {
  const jobs = [job('a', 'x'), job('b', 'x'), job('c', 'y')]
  const told = groupsOf(jobs, 'experiment', true).map(({ value, jobs, open }) => [value, jobs.length, open])
  expect(told).toEqual([
    ['x', 2, false],
    ['y', 1, true],
  ])
  expect(groupsOf([], 'experiment', false)).toEqual([])
  expect(groupsOf(jobs, 'nothing', false)).toEqual([])
})

test('what a group can be of', () => {
  expect(['experiment', 'by', 'tags.team', 'params.lr', 'name', 'tags.`x'].map(groupOrder)).toEqual([
    ...['experiment asc', 'created_by asc', 'tags.team asc', 'params.lr asc'],
    ...[undefined, undefined],
  ])
})

test('the spread of what is shown, of those that have it', () => {
  const jobs = [job('a', 'x', 1), job('b', 'x', 3), job('c', 'x')]
  expect(spreadsOf(readColumns('name,spark.loss,metrics.none'), jobs)).toEqual([
    { title: 'loss', mean: 2, deviation: 1, least: 1, greatest: 3 },
  ])
})
