import { expect, test } from 'vitest'
import { type Grant, type Need, Placement } from './place.ts'

const key = (name: string) => ({ scope: 's', kind: 'job', name })
let clock = 0
const need = (rowId: number, more: Partial<Need> = {}): Need => ({
  rowId,
  key: key(`j${rowId}`),
  pool: 'local',
  poolNodes: Number.POSITIVE_INFINITY,
  nodes: 1,
  node: { cores: 1, memoryMiB: 100, gpus: 0 },
  group: 'g',
  since: clock++,
  ...more,
})
const machine = (cores = 2) => new Placement({ cores, memoryMiB: 10_000, gpus: 2 })
const grantOf = (p: object): Grant | undefined => ('granted' in p ? (p as { granted: Grant }).granted : undefined)

test('a machine of two cores runs two one-core jobs; the third waits and is told why', () => {
  const place = machine()
  expect(grantOf(place.request(need(1)))?.nodes).toEqual([0])
  expect(grantOf(place.request(need(2)))?.nodes).toEqual([1])
  expect(place.request(need(3))).toEqual({ ahead: 0, lacks: 'core', woken: [] })
  expect(place.request(need(4))).toEqual({ ahead: 1, lacks: 'core', woken: [] })
  expect(place.release(1)).toEqual([key('j3')])
  expect(grantOf(place.request(need(3)))?.nodes).toEqual([0])
  expect(place.ahead(4)).toBe(0)
})

test('asking twice is asking once, and releasing twice gives back once', () => {
  const place = machine()
  place.request(need(1))
  place.request(need(1))
  expect(place.usage().cores).toBe(1)
  place.release(1)
  place.release(1)
  expect(place.usage().cores).toBe(0)
})

test('a cluster never has more nodes at work than it may have', () => {
  const place = machine(8)
  const cluster = { pool: 'c', poolNodes: 2 }
  place.request(need(1, cluster))
  place.request(need(2, cluster))
  expect(place.request(need(3, cluster))).toMatchObject({ lacks: 'node', ahead: 0 })
  expect(grantOf(place.request(need(4)))).toBeDefined()
  expect(place.release(2)).toEqual([key('j3')])
})

test('groups of one compute take turns; inside a group the first come are first served', () => {
  const place = machine(1)
  place.request(need(1, { group: 'a' }))
  for (const id of [2, 3, 4]) place.request(need(id, { group: 'a' }))
  for (const id of [5, 6]) place.request(need(id, { group: 'b' }))
  const order: string[] = []
  let running = 1
  for (let i = 0; i < 5; i++) {
    const [next] = place.release(running)
    order.push(next?.name ?? '')
    running = Number(next?.name.slice(1))
  }
  expect(order.slice(0, 4).sort()).toEqual(['j2', 'j3', 'j5', 'j6'])
  expect(order.indexOf('j2')).toBeLessThan(order.indexOf('j3'))
  expect(order.indexOf('j5')).toBeLessThan(order.indexOf('j6'))
  expect(order[4]).toBe('j4')
})

test('a job that needs the whole machine is not starved by small ones that came later', () => {
  const place = machine(2)
  place.request(need(1))
  place.request(need(2))
  place.request(need(3, { pool: 'big', node: { cores: 2, memoryMiB: 100, gpus: 0 } }))
  place.request(need(4))
  expect(place.release(1)).toEqual([])
  expect(place.release(2)).toEqual([key('j3')])
  expect(place.release(3)).toEqual([key('j4')])
})

test('who leaves the line lets the others through', () => {
  const place = machine(1)
  place.request(need(1))
  place.request(need(2))
  place.request(need(3))
  place.release(2)
  expect(place.release(1)).toEqual([key('j3')])
  expect(place.usage().pools.local).toEqual({ busy: 1, waiting: 0 })
})

test('GPUs are handed out by number and come back', () => {
  const place = machine(8)
  const gpu = { node: { cores: 1, memoryMiB: 1, gpus: 1 } }
  expect(grantOf(place.request(need(1, gpu)))?.gpus).toEqual([0])
  expect(grantOf(place.request(need(2, gpu)))?.gpus).toEqual([1])
  expect(place.request(need(3, gpu))).toMatchObject({ lacks: 'core' })
  place.release(1)
  expect(grantOf(place.request(need(3, gpu)))?.gpus).toEqual([0])
})

test('what rows held before a restart is held after it', () => {
  const place = machine(2)
  place.hold(7, 'local', { nodes: [1], node: { cores: 1, memoryMiB: 100, gpus: 0 }, gpus: [] })
  place.hold(8, 'local', { nodes: [0], node: { cores: 1, memoryMiB: 100, gpus: 0 }, gpus: [] })
  expect(place.request(need(9))).toMatchObject({ lacks: 'core' })
  expect(place.release(7)).toEqual([key('j9')])
  expect(grantOf(place.request(need(9)))?.nodes).toEqual([1])
})

test('several nodes are granted together or not at all', () => {
  const place = machine(3)
  place.request(need(1))
  place.request(need(2))
  expect(place.request(need(3, { nodes: 2 }))).toMatchObject({ lacks: 'core' })
  expect(place.release(1)).toEqual([key('j3')])
  expect(grantOf(place.request(need(3)))?.nodes).toHaveLength(2)
})

test('who was granted something is told again until it asks: a look that could not be written down is made again', () => {
  const place = machine(1)
  place.request(need(1))
  place.request(need(2))
  expect(place.release(1)).toEqual([key('j2')])
  expect(place.release(1)).toEqual([key('j2')])
  expect(place.request(need(3)).woken).toEqual([key('j2')])
  expect(grantOf(place.request(need(2)))?.nodes).toEqual([0])
  expect(place.release(1)).toEqual([])
})

test('ten thousand waiting jobs are placed in time that grows with their number', () => {
  const place = machine(2)
  const began = performance.now()
  const needs = Array.from({ length: 10_000 }, (_, n) => need(n + 1, { group: `g${n % 5}` }))
  for (const one of needs) place.request(one)
  let running = [1, 2]
  for (let i = 0; i < 10_000; i++) {
    const [first = 0, ...rest] = running
    const woken = place.release(first).map((k) => Number(k.name.slice(1)))
    for (const id of woken) place.request(needs[id - 1] ?? need(id))
    running = [...rest, ...woken]
  }
  expect(place.usage()).toMatchObject({ cores: 0 })
  expect(performance.now() - began).toBeLessThan(2000)
})
