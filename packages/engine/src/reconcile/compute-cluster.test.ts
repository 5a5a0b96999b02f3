import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, commandJob, makeBed, scope } from '../testing/bed.ts'
import { memoryBackend } from '../testing/memory-backend.ts'
import { nodesIn, type PoolNode, scaleNodes } from './compute-cluster.ts'

const ask = (busy: number[], more: Partial<Parameters<typeof scaleNodes>[1]> = {}) => ({
  busy: new Map(busy.map((n) => [n, 1])),
  most: 4,
  least: 0,
  idleMs: 100,
  now: 1000,
  ...more,
})
const indices = (nodes: PoolNode[]) => nodes.map(({ index }) => index)

test('a node comes up with its job, stays for the time set, and goes', () => {
  const up = scaleNodes([], ask([0, 2]))
  expect(up).toEqual({
    nodes: [
      { index: 0, from: 1000 },
      { index: 2, from: 1000 },
    ],
    next: undefined,
  })
  const idle = scaleNodes(up.nodes, ask([0], { now: 2000 }))
  expect(idle.nodes).toEqual([
    { index: 0, from: 1000 },
    { index: 2, from: 1000, idleFrom: 2000 },
  ])
  expect(idle.next).toBe(2100)
  expect(scaleNodes(idle.nodes, ask([0], { now: 2099 })).nodes).toEqual(idle.nodes)
  expect(scaleNodes(idle.nodes, ask([0], { now: 2100 }))).toEqual({
    nodes: [{ index: 0, from: 1000 }],
    next: undefined,
  })
})

test('work in between starts the time anew', () => {
  const idle = scaleNodes([{ index: 1, from: 0, idleFrom: 950 }], ask([]))
  expect(idle.next).toBe(1050)
  const busy = scaleNodes(idle.nodes, ask([1], { now: 1040 }))
  expect(scaleNodes(busy.nodes, ask([], { now: 1060 })).next).toBe(1160)
})

test('the minimum is there without work and never goes', () => {
  const born = scaleNodes([], ask([], { least: 2 }))
  expect(indices(born.nodes)).toEqual([0, 1])
  expect(born.next).toBeUndefined()
  const later = scaleNodes(born.nodes, ask([3], { least: 2, now: 99_000 }))
  expect(indices(later.nodes)).toContain(3)
  expect(later.nodes).toHaveLength(2)
})

test('resized: idle nodes above the new maximum go at once, busy ones when their job ends', () => {
  const before: PoolNode[] = [0, 1, 2, 3].map((index) => ({ index, from: 0, ...(index < 3 ? { idleFrom: 990 } : {}) }))
  const now = scaleNodes(before, ask([3], { most: 2 }))
  expect(indices(now.nodes)).toHaveLength(2)
  expect(indices(now.nodes)).toContain(3)
  expect(indices(scaleNodes(now.nodes, ask([], { most: 2 })).nodes)).not.toContain(3)
})

let bed: Bed
let backend: ReturnType<typeof memoryBackend>
// the clock goes on: whoever wants to try again in a moment gets to
let skipped = 0
const now = () => Date.now() + skipped
beforeAll(async () => {
  bed = await makeBed({
    settings: { cores: 8, memoryMiB: 64_000, sweepMs: 20 },
    clock: { now },
    backend: () => {
      backend = memoryBackend()
      return backend
    },
  })
})
afterAll(() => bed?.close())

const cluster = (scale: object, more: object = {}) => ({
  computeType: 'AmlCompute',
  properties: { vmSize: 'Standard_D2_v2', scaleSettings: { nodeIdleTimeBeforeScaleDown: 'PT2M', ...scale }, ...more },
})
const key = (name: string) => ({ scope, kind: 'compute', name })
async function make(name: string, props: ReturnType<typeof cluster>) {
  await bed.store.resources.put({ key: key(name), props: JSON.parse(JSON.stringify(props)), by: 'me', wakeAt: now() })
}
const row = async (name: string) => (await bed.store.resources.get(key(name))) ?? expect.fail(`no ${name}`)
async function until(look: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (await look()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect.fail('waited too long')
}
const up = async (name: string) => nodesIn(await row(name)).map(({ index }) => index)
const end = async (name: string) => {
  const { facts } = await bed.job(name)
  backend.end(`${facts.runUuid}.1`)
  await bed.until(name)
}

test('jobs of a cluster of two: nodes come, wait, go; a restart in between changes nothing', async () => {
  await make('c1', cluster({ minNodeCount: 0, maxNodeCount: 2 }))
  // who is prepared first gets a node first: one after the other
  for (const name of ['a', 'b']) {
    await bed.put(name, commandJob('x', { computeId: 'c1' }))
    await bed.until(name, ['Running'])
  }
  await bed.put('c', commandJob('x', { computeId: 'c1' }))
  const waits = await bed.until('c', ['Queued'])
  expect(waits.facts.waiting ?? 'Waits').toMatch(/Waits/)
  await until(async () => (await up('c1')).length === 2)
  expect(bed.engine.nodes(await row('c1')).map(({ state }) => state)).toEqual(['running', 'running'])
  await end('a')
  await bed.until('c', ['Running'])
  await end('b')
  await end('c')
  await until(async () => nodesIn(await row('c1')).every((node) => node.idleFrom !== undefined))
  expect(bed.engine.nodes(await row('c1')).map(({ state }) => state)).toEqual(['idle', 'idle'])
  skipped += 30_000
  await bed.restart()
  skipped += 30_000
  expect(await up('c1')).toHaveLength(2)
  skipped += 90_000
  await until(async () => (await up('c1')).length === 0)
})

test('several jobs share a node when the cluster says so, each with its part of it', async () => {
  await make('shared', cluster({ maxNodeCount: 1 }, { propertyBag: { jobsPerNode: 2 } }))
  for (const name of ['s1', 's2']) await bed.put(name, commandJob('x', { computeId: 'shared' }))
  const [one, two] = [await bed.until('s1', ['Running']), await bed.until('s2', ['Running'])]
  expect([one.facts.node?.nodes, two.facts.node?.nodes]).toEqual([[0], [0]])
  expect(one.facts.node).toMatchObject({ cores: 1, memoryMiB: 3584 })
  await bed.put('s3', commandJob('x', { computeId: 'shared' }))
  const third = await bed.until('s3', ['Queued'])
  expect(third.state).toBe('Queued')
  expect(bed.engine.nodes(await row('shared'))).toEqual([{ index: 0, state: 'running' }])
  await end('s1')
  await bed.until('s3', ['Running'])
  for (const name of ['s2', 's3']) await end(name)
})

test('resized while jobs wait, the cluster takes them at once', async () => {
  await make('small', cluster({ maxNodeCount: 1 }))
  for (const [name, state] of [
    ['r1', 'Running'],
    ['r2', 'Queued'],
  ] as const) {
    await bed.put(name, commandJob('x', { computeId: 'small' }))
    await bed.until(name, [state])
  }
  await make('small', cluster({ maxNodeCount: 2 }))
  await bed.until('r2', ['Running'])
  await make('small', cluster({ maxNodeCount: 1 }))
  await until(async () => (await row('small')).status.allocationState === 'Resizing')
  expect(bed.engine.nodes(await row('small')).map(({ state }) => state)).toEqual(['running', 'leaving'])
  for (const name of ['r1', 'r2']) await end(name)
  await until(async () => (await row('small')).status.allocationState === 'Steady')
})

test('numbers that contradict each other are refused with their place; a minimum that has no room is told', async () => {
  const refused = await bed.engine.admit('compute', scope, cluster({ minNodeCount: 3, maxNodeCount: 2 }))
  expect(refused).toMatchObject([{ path: ['properties', 'scaleSettings', 'minNodeCount'] }])
  expect(
    await bed.engine.admit('compute', scope, cluster({ maxNodeCount: 1 }, { propertyBag: { jobsPerNode: 0 } })),
  ).toHaveLength(1)
  const told = await bed.engine.admit('compute', scope, cluster({ minNodeCount: 5, maxNodeCount: 9 }))
  expect(told).toMatchObject([{ severity: 'warning' }])
})
