import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Claim } from './index.ts'
import { openScratch, type Scratch } from './scratch.ts'

let scratch: Scratch

beforeEach(async () => {
  scratch = await openScratch()
})
afterEach(() => scratch.remove())

const key = (name: string, kind = 'job') => ({ scope: 's', kind, name })
const put = (name: string, wakeAt?: number, kind?: string) =>
  scratch.store.resources.put({
    key: key(name, kind),
    props: {},
    by: 'ada',
    state: 'NotStarted',
    ...(wakeAt === undefined ? {} : { wakeAt }),
  })
const claim = (o: { limit?: number; kinds?: string[]; owner?: string } = {}) =>
  scratch.store.leases.claim({ owner: 'me', limit: 10, leaseMs: 30_000, ...o })
const claimOne = async (): Promise<Claim> => {
  const [first] = await claim({ limit: 1 })
  if (first === undefined) throw new Error('nothing was due')
  return first
}
const names = (claims: Claim[]) => claims.map(({ row }) => row.name)

describe('claim', () => {
  test('takes what is due, earliest first, once', async () => {
    const now = scratch.clock.at
    await put('later', now + 1)
    await put('second', now - 1)
    await put('first', now - 2)
    await put('never')
    expect(names(await claim())).toEqual(['first', 'second'])
    expect(await claim()).toEqual([])
    scratch.clock.at += 1
    expect(names(await claim())).toEqual(['later'])
  })

  test('of some kinds, up to a limit', async () => {
    for (const name of ['a', 'b', 'c']) await put(name, 0)
    await put('x', 0, 'compute')
    expect(names(await claim({ kinds: ['compute'] }))).toEqual(['x'])
    expect(names(await claim({ limit: 2 }))).toEqual(['a', 'b'])
    expect(names(await claim({ kinds: ['compute', 'job'] }))).toEqual(['c'])
  })

  test('two at once never get the same row', async () => {
    for (let i = 0; i < 40; i++) await put(`j${i}`, 0)
    const both = await Promise.all(Array.from({ length: 8 }, (_, i) => claim({ owner: `o${i}`, limit: 7 })))
    const got = both.flat().map(({ row }) => row.name)
    expect(got).toHaveLength(40)
    expect(new Set(got).size).toBe(40)
    expect(new Set(both.flat().map(({ token }) => token)).size).toBe(40)
  })

  test('the next due moment counts wakes and ends of leases', async () => {
    const { leases } = scratch.store
    expect(await leases.nextDue()).toBeUndefined()
    await put('a', scratch.clock.at + 500)
    expect(await leases.nextDue()).toBe(scratch.clock.at + 500)
    scratch.clock.at += 500
    await claimOne()
    expect(await leases.nextDue()).toBe(scratch.clock.at + 30_000)
  })
})

describe('apply', () => {
  test('writes the outcome, its children and wakes in one go', async () => {
    const { leases, resources } = scratch.store
    await put('parent')
    await put('a', 0)
    const { token, row } = await claimOne()
    const done = await leases.apply(token, row.id, {
      state: 'Running',
      status: { attempt: 1 },
      wakeAt: scratch.clock.at + 9,
      put: [
        { key: key('child'), props: { n: 1 }, by: 'loop', parent: 'a', state: 'NotStarted', wakeAt: scratch.clock.at },
      ],
      wake: [key('parent'), key('gone')],
      effects: async (tx) => {
        await tx.run('UPDATE resources SET asks = ? WHERE name = ?', ['{"seen":true}', 'parent'])
      },
    })
    expect(done).toBe(true)
    expect(await resources.get(key('a'))).toMatchObject({ state: 'Running', status: { attempt: 1 } })
    expect(await resources.get(key('parent'))).toMatchObject({ asks: { seen: true } })
    expect(names(await claim()).sort()).toEqual(['child', 'parent'])
    expect(await leases.nextDue()).toBe(scratch.clock.at + 9)
  })

  test('leaves what the outcome leaves out', async () => {
    const { leases, resources } = scratch.store
    await put('a', 0)
    const first = await claimOne()
    await leases.apply(first.token, first.row.id, { state: 'Queued', status: { n: 1 } })
    expect(await leases.nextDue()).toBeUndefined()
    await leases.wake(key('a'))
    const second = await claimOne()
    await leases.apply(second.token, second.row.id, { wakeAt: null })
    expect(await resources.get(key('a'))).toMatchObject({ state: 'Queued', status: { n: 1 } })
  })

  test('is refused whole once somebody else took over', async () => {
    const { leases, resources } = scratch.store
    await put('a', 0)
    const slow = await claimOne()
    scratch.clock.at += 30_000
    const quick = await claimOne()
    expect(quick.row.id).toBe(slow.row.id)
    const late = { state: 'Failed', put: [{ key: key('orphan'), props: {}, by: 'loop' }] }
    expect(await leases.apply(slow.token, slow.row.id, late)).toBe(false)
    expect(await resources.get(key('orphan'))).toBeUndefined()
    expect(await leases.apply(quick.token, quick.row.id, { state: 'Completed' })).toBe(true)
    expect(await leases.apply(quick.token, quick.row.id, { state: 'Failed' })).toBe(false)
    expect(await leases.apply('nonsense', quick.row.id, { state: 'Failed' })).toBe(false)
    expect((await resources.get(key('a')))?.state).toBe('Completed')
  })

  test('counts while nobody took over, however late', async () => {
    await put('a', 0)
    const { token, row } = await claimOne()
    scratch.clock.at += 60_000
    expect(await scratch.store.leases.apply(token, row.id, { state: 'Completed' })).toBe(true)
    expect(await claim()).toEqual([])
  })

  test('of a deleted row is refused', async () => {
    await put('a', 0)
    const { token, row } = await claimOne()
    await scratch.store.resources.delete(key('a'))
    expect(await scratch.store.leases.apply(token, row.id, { state: 'Completed' })).toBe(false)
  })

  test('takes nothing back when an effect fails', async () => {
    const { leases, resources } = scratch.store
    await put('a', 0)
    const { token, row } = await claimOne()
    const broken = leases.apply(token, row.id, {
      state: 'Completed',
      effects: async (tx) => {
        await tx.run('INSERT INTO nowhere VALUES (1)')
      },
    })
    await expect(broken).rejects.toThrow('nowhere')
    expect((await resources.get(key('a')))?.state).toBe('NotStarted')
    expect(await leases.apply(token, row.id, { state: 'Completed' })).toBe(true)
  })
})

describe('wakes', () => {
  test('one that arrives while the row is leased is kept, and the earlier time wins', async () => {
    const { leases } = scratch.store
    await put('a', 0)
    const first = await claimOne()
    await leases.wake(key('a'))
    await leases.wake(key('a'), scratch.clock.at + 50)
    expect(await claim()).toEqual([])
    await leases.apply(first.token, first.row.id, { wakeAt: scratch.clock.at + 1000 })
    expect(names(await claim())).toEqual(['a'])
  })

  test('asking and putting wake as well while the row is leased', async () => {
    const { leases, resources } = scratch.store
    await put('a', 0)
    const first = await claimOne()
    await resources.ask(key('a'), { cancel: 1 })
    await leases.apply(first.token, first.row.id, {})
    const second = await claimOne()
    expect(second.row.asks).toEqual({ cancel: 1 })
    await put('a', scratch.clock.at)
    await leases.apply(second.token, second.row.id, { wakeAt: null })
    expect(names(await claim())).toEqual(['a'])
  })

  test('an earlier wake is not put off by a later one', async () => {
    const { leases } = scratch.store
    await put('a', scratch.clock.at + 10)
    await leases.wake(key('a'), scratch.clock.at + 99)
    expect(await leases.nextDue()).toBe(scratch.clock.at + 10)
  })

  test('are rung once a commit', async () => {
    const { leases, resources } = scratch.store
    let rings = 0
    const stop = leases.onWake(() => rings++)
    await resources.putMany(['a', 'b'].map((name) => ({ key: key(name), props: {}, by: 'ada', wakeAt: 0 })))
    expect(rings).toBe(1)
    await put('quiet')
    expect(rings).toBe(1)
    await leases.wake(key('quiet'))
    expect(rings).toBe(2)
    stop()
    await leases.wake(key('a'))
    expect(rings).toBe(2)
  })
})

test('a renewed lease lasts longer, a lost one is not brought back', async () => {
  const { leases } = scratch.store
  await put('a', 0)
  await put('b', 0)
  const [a, b] = await claim()
  scratch.clock.at += 29_000
  await leases.renew([a?.token ?? ''], 30_000)
  scratch.clock.at += 2000
  expect(names(await claim())).toEqual(['b'])
  await leases.renew([b?.token ?? ''], 90_000)
  scratch.clock.at += 30_001
  expect(names(await claim()).sort()).toEqual(['a', 'b'])
})

test('after a restart every lease is broken and its row is due', async () => {
  await put('a', 0)
  await put('b', scratch.clock.at + 1000)
  await claimOne()
  const store = await scratch.reopen()
  expect(await claim()).toEqual([])
  await store.leases.breakAll()
  expect(names(await claim())).toEqual(['a'])
  expect(await store.leases.nextDue()).toBe(scratch.clock.at + 1000)
})

/** A small generator, so that a failing run can be repeated by its seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

test.each([1, 2, 3, 4, 5, 6])(
  'whatever the order of events, no wake is lost and no row has two holders (seed %i)',
  async (seed) => {
    const { leases, resources } = scratch.store
    const random = randomOf(seed)
    const rows = ['a', 'b', 'c', 'd']
    const held = new Map<string, { claim: Claim; until: number }>()
    /** The earliest moment each row was promised a look that has not begun yet. */
    const promised = new Map<string, number>()
    const promise = (name: string, at: number) => promised.set(name, Math.min(at, promised.get(name) ?? at))
    const begin = async () => {
      for (const taken of await claim({ limit: 1 + Math.floor(random() * 3) })) {
        const { name } = taken.row
        const holder = held.get(name)
        if (holder !== undefined)
          expect(holder.until, 'the former holder had its time').toBeLessThanOrEqual(scratch.clock.at)
        held.set(name, { claim: taken, until: scratch.clock.at + 30_000 })
        promised.delete(name)
      }
    }
    const end = async (name: string) => {
      const holder = held.get(name)
      if (holder === undefined) return
      const wakeAt = random() < 0.5 ? null : scratch.clock.at + Math.floor(random() * 5000)
      expect(await leases.apply(holder.claim.token, holder.claim.row.id, { wakeAt })).toBe(true)
      held.delete(name)
      if (wakeAt !== null) promise(name, wakeAt)
    }
    for (const name of rows) await put(name)
    for (let step = 0; step < 300; step++) {
      const name = rows[Math.floor(random() * rows.length)] ?? 'a'
      const chance = random()
      if (chance < 0.3) {
        const at = scratch.clock.at + Math.floor(random() * 3000) - 1000
        await leases.wake(key(name), at)
        promise(name, at)
      } else if (chance < 0.4) {
        await resources.ask(key(name), { step })
        promise(name, scratch.clock.at)
      } else if (chance < 0.6) await begin()
      else if (chance < 0.85) await end(name)
      else scratch.clock.at += Math.floor(random() * (random() < 0.1 ? 40_000 : 500))
    }
    for (const name of rows) await end(name)
    scratch.clock.at += 10_000
    const due = [...promised.keys()].sort()
    expect(names(await claim()).sort()).toEqual(due)
  },
)
