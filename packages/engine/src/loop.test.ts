import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LazError } from '@lazurite/spec'
import { openStore, type Row, type Store } from '@lazurite/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EngineContext, type Log, quietLog } from './context.ts'
import { Loop, type Outcome, type Reconciler } from './loop.ts'
import { database } from './testing/database.ts'

let home: string
let store: Store
let now = 1_000_000
let loop: Loop | undefined

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'laz-loop-'))
  store = await openStore({ home, ...database(home), clock: { now: () => now } })
})
afterEach(async () => {
  await loop?.stop()
  loop = undefined
  await store.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 20 })
})

const key = (name: string) => ({ scope: 's', kind: 'thing', name })
const put = (name: string, wakeAt: number | undefined = now) =>
  store.resources.put({ key: key(name), props: {}, by: 't', ...(wakeAt === undefined ? {} : { wakeAt }) })
const get = async (name: string) => (await store.resources.get(key(name))) ?? ({} as Row)

function start(
  step: Reconciler['step'],
  o: { failed?: Reconciler['failed']; concurrency?: number; log?: Log; sweepMs?: number } = {},
) {
  const settings = { concurrency: o.concurrency ?? 8, leaseMs: 30_000, sweepMs: o.sweepMs ?? 1_000_000 }
  const ctx = { store, clock: store.clock, log: o.log ?? quietLog, settings } as unknown as EngineContext // the loop uses no more of it
  const failed = o.failed ?? (async (_row, error) => ({ state: 'Failed', status: { why: error.message } }))
  loop = new Loop({ ctx, reconcilers: { thing: { step, failed } } })
  loop.start()
}

const stateOf = (name: string) => expect.poll(async () => (await get(name)).state, { interval: 2, timeout: 3000 })

test('a commit wakes the loop at once, without waiting for the sweep', async () => {
  start(async () => ({ state: 'Done' }))
  await put('a')
  await stateOf('a').toBe('Done')
})

test('what is due later is not looked at before', async () => {
  const seen: string[] = []
  start(async (row) => {
    seen.push(row.name)
    return { state: 'Done' }
  })
  await put('later', now + 60_000)
  await put('soon')
  await stateOf('soon').toBe('Done')
  expect(seen).toEqual(['soon'])
  now += 60_000
  await store.leases.wake(key('soon'))
  await stateOf('later').toBe('Done')
})

test('the sweep finds what nobody told about', async () => {
  start(async () => ({ state: 'Done' }), { sweepMs: 5 })
  await put('later', now + 1000)
  now += 1000
  await stateOf('later').toBe('Done')
})

test('an intent is on disk before the next look acts on it', async () => {
  const seen: string[] = []
  start(async (row) => {
    seen.push(row.state)
    return row.state === '' ? { state: 'Intended', again: true } : { state: 'Acted' }
  })
  await put('a')
  await stateOf('a').toBe('Acted')
  expect(seen).toEqual(['', 'Intended'])
})

test('no more rows are in hand than allowed, and none twice', async () => {
  let inHand = 0
  let most = 0
  const looks = new Map<string, number>()
  start(
    async (row) => {
      inHand++
      most = Math.max(most, inHand)
      looks.set(row.name, (looks.get(row.name) ?? 0) + 1)
      await new Promise((resolve) => setImmediate(resolve))
      inHand--
      return { state: 'Done' }
    },
    { concurrency: 3 },
  )
  for (let i = 0; i < 30; i++) await put(`r${i}`)
  for (let i = 0; i < 30; i++) await stateOf(`r${i}`).toBe('Done')
  expect(most).toBeLessThanOrEqual(3)
  expect([...looks.values()].every((n) => n === 1)).toBe(true)
})

test('an error of ours is the row’s own, at once', async () => {
  let looks = 0
  start(async () => {
    looks++
    throw new LazError('NoCapacity', { why: 'there is none' })
  })
  await put('a')
  await stateOf('a').toBe('Failed')
  expect(looks).toBe(1)
  expect((await get('a')).status.why).toContain('there is none')
})

test('an unexpected error is tried again, later and later, and then given up with the row saying so', async () => {
  const logged: string[] = []
  let looks = 0
  start(
    async () => {
      looks++
      throw new TypeError('a bug')
    },
    { log: { ...quietLog, error: (_facts, text) => void logged.push(text) } },
  )
  await put('a')
  for (let n = 1; n <= 5; n++) {
    await expect.poll(() => looks, { interval: 1 }).toBe(n)
    await expect.poll(async () => (await store.leases.nextDue()) ?? 0, { interval: 1 }).toBeGreaterThan(now)
    const due = (await store.leases.nextDue()) ?? 0
    expect(due - now).toBeLessThanOrEqual(100 * 4 ** (n - 1))
    now = due
    await store.leases.wake(key('a'))
  }
  await stateOf('a').toBe('Failed')
  expect(logged).toHaveLength(6)
  expect((await get('a')).status.why).toBe('a bug')
})

test('who lost the row meanwhile writes nothing', async () => {
  let release: () => void = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let first = true
  start(async (): Promise<Outcome> => {
    if (!first) return { state: 'ByTheSecond' }
    first = false
    await held
    return { state: 'ByTheFirst' }
  })
  await put('a')
  await expect.poll(() => first, { interval: 1 }).toBe(false)
  await store.leases.breakAll()
  await stateOf('a').toBe('ByTheSecond')
  release()
  await loop?.stop()
  expect((await get('a')).state).toBe('ByTheSecond')
})

test('a wake that comes while the row is in hand is not lost', async () => {
  let looks = 0
  start(async (row) => {
    looks++
    if (looks === 1) await store.leases.wake(key(row.name))
    return { state: `look${looks}` }
  })
  await put('a')
  await stateOf('a').toBe('look2')
})

test('what cannot be written down is tried again', async () => {
  let looks = 0
  start(
    async () => {
      looks++
      if (looks > 1) return { state: 'Done' }
      return { put: [{ key: key('other'), props: {}, by: 't', ifMatch: 'nothing' }] }
    },
    { sweepMs: 5 },
  )
  await put('a')
  await expect.poll(() => looks, { interval: 1 }).toBe(1)
  // when it is written that the row is due again is not ours to know
  const later = async () => {
    now += 10_000
    return (await get('a')).state
  }
  await expect.poll(later, { interval: 2, timeout: 3000 }).toBe('Done')
})

test('stopping waits for what is in hand and takes nothing new', async () => {
  let looks = 0
  let release: () => void = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  start(async () => {
    looks++
    await held
    return { state: 'Done' }
  })
  await put('a')
  await expect.poll(() => looks, { interval: 1 }).toBe(1)
  const stopped = loop?.stop()
  await put('b')
  release()
  await stopped
  expect((await get('a')).state).toBe('Done')
  expect((await get('b')).state).toBe('')
})
