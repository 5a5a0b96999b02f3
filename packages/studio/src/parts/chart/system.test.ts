import { expect, test } from 'vitest'
import { nodesOf, systemGroups } from './system.ts'

const keys = [
  'system/disk_usage_percentage',
  'system/cpu_utilization_percentage',
  'system/gpu_1_utilization_percentage',
  'system/gpu_0_utilization_percentage',
  'system/something_new',
]
const shown = (groups: ReturnType<typeof systemGroups>) => groups.map(({ title, lines }) => [title, lines.map(({ label }) => label)]) // biome-ignore format: one thought

test('one machine has a chart a quantity, its GPUs share theirs', () => {
  expect(shown(systemGroups('j', keys))).toEqual([
    ['Machine CPU, %', ['cpu_utilization_percentage']],
    ['GPU, %', ['GPU 0', 'GPU 1']],
    ['Disk, %', ['disk_usage_percentage']],
    ['something new', ['something_new']],
  ])
  expect(nodesOf(keys)).toEqual([])
})

test('several nodes share charts, each in one colour everywhere, and can be looked at alone', () => {
  const many = ['node-10', 'node-2'].flatMap((node) => keys.slice(1, 3).map((key) => key.replace('/', `/${node}/`)))
  expect(nodesOf(many)).toEqual(['node-2', 'node-10'])
  const groups = systemGroups('j', many)
  expect(shown(groups)).toEqual([
    ['Machine CPU, %', ['node-2', 'node-10']],
    ['GPU, %', ['node-2 · GPU 1', 'node-10 · GPU 1']],
  ])
  expect(new Set(groups[0]?.lines.map(({ stroke }) => stroke.token)).size).toBe(2)
  expect(shown(systemGroups('j', many, 'node-2'))).toEqual([
    ['Machine CPU, %', ['node-2']],
    ['GPU, %', ['node-2 · GPU 1']],
  ])
})
