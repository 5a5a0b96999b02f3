import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Change } from './index.ts'
import { openScratch, type Scratch } from './scratch.ts'

let scratch: Scratch

beforeEach(async () => {
  scratch = await openScratch()
})
afterEach(() => scratch.remove())

const key = (name: string, scope = 's') => ({ scope, kind: 'job', name })

test('every commit is told once, in order, with its number', async () => {
  const { resources, leases, changes } = scratch.store
  const heard: Change[] = []
  const stop = changes.subscribe((change) => heard.push(change))
  await resources.put({ key: key('a'), props: {}, by: 'ada', state: 'NotStarted', wakeAt: scratch.clock.at })
  const [claim] = await leases.claim({ owner: 'me', limit: 1, leaseMs: 1000 })
  await leases.apply(claim?.token ?? '', claim?.row.id ?? 0, { state: 'Running', status: { attempt: 1 } })
  await resources.setArchived(key('a'), true, 'ada')
  await resources.delete(key('a'))
  expect(heard.map(({ what, state }) => [what, state])).toEqual([
    ['created', 'NotStarted'],
    ['state', 'Running'],
    ['archived', 'Running'],
    ['deleted', undefined],
  ])
  expect(await changes.since(0)).toEqual(heard)
  expect(await changes.last()).toBe(heard.at(-1)?.seq)
  stop()
  await resources.put({ key: key('b'), props: {}, by: 'ada' })
  expect(heard).toHaveLength(4)
})

test('nothing is told of what was rolled back', async () => {
  const { resources, changes } = scratch.store
  const heard: Change[] = []
  changes.subscribe((change) => heard.push(change))
  const refused = resources.putMany([
    { key: key('a'), props: {}, by: 'ada' },
    { key: key('b'), props: {}, by: 'ada', ifMatch: '*' },
  ])
  await expect(refused).rejects.toThrow()
  expect(heard).toEqual([])
  expect(await changes.last()).toBe(0)
})

test('a subscriber that throws harms neither the writer nor the next one', async () => {
  const { resources, changes } = scratch.store
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  const heard: string[] = []
  changes.subscribe(() => {
    throw new Error('a subscriber fell over')
  })
  changes.subscribe((change) => heard.push(change.name))
  await resources.put({ key: key('a'), props: {}, by: 'ada' })
  await resources.put({ key: key('b'), props: {}, by: 'ada' })
  expect(heard).toEqual(['a', 'b'])
  expect((await warned).message).toBe('a subscriber fell over')
})

test('by scope and by page', async () => {
  const { resources, changes } = scratch.store
  for (const name of ['a', 'b', 'c'])
    await resources.put({ key: key(name, name === 'b' ? 't' : 's'), props: {}, by: 'ada' })
  expect((await changes.since(0, { scope: 's' })).map((c) => c.name)).toEqual(['a', 'c'])
  expect((await changes.since(1, { limit: 1 })).map((c) => c.name)).toEqual(['b'])
  expect(await changes.oldest()).toBe(1)
})

test('a row with unchanged state and status tells nothing', async () => {
  const { resources, leases, changes } = scratch.store
  await resources.put({ key: key('a'), props: {}, by: 'ada', state: 'Queued', status: { n: 1 }, wakeAt: 0 })
  const before = await changes.last()
  const [claim] = await leases.claim({ owner: 'me', limit: 1, leaseMs: 1000 })
  await leases.apply(claim?.token ?? '', claim?.row.id ?? 0, {
    state: 'Queued',
    status: { n: 1 },
    wakeAt: scratch.clock.at + 5,
  })
  expect(await changes.last()).toBe(before)
})
