import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store, type Use } from './index.ts'
import { database, dropDatabase } from './scratch.ts'

let home: string
let store: Store
let now = Date.parse('2026-01-01T00:00:00Z')

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'laz-lineage-'))
  store = await openStore({ home, ...database(home), clock: { now: () => now } })
})
afterEach(async () => {
  await store.close()
  await dropDatabase(home)
  rmSync(home, { recursive: true, force: true, maxRetries: 20 })
})

const use = (job: string, direction: Use['direction'], as: string, version = '1'): Use => ({
  asset: { scope: 'registries/r', kind: 'model', name: 'm', version },
  job: { scope: 's/g/w', name: job },
  direction,
  as,
})

const put = (name: string, uses: Use[]) =>
  store.resources.put({ key: { scope: 's/g/w', kind: 'data', name, version: '1' }, props: {}, by: 'me', uses })

test('a use is written with its row, once, and read from both sides, also after a restart', async () => {
  await put('a', [use('j1', 'written', 'out'), use('j1', 'read', 'in', '2')])
  now += 60_000
  await put('b', [use('j2', 'read', 'model'), use('j1', 'written', 'out')])
  await store.close()
  store = await openStore({ home, ...database(home), clock: { now: () => now } })
  expect(await store.lineage.ofAsset({ scope: 'registries/r', kind: 'model', name: 'm', version: '1' })).toEqual([
    { ...use('j2', 'read', 'model'), at: '2026-01-01T00:01:00.0000000+00:00' },
    { ...use('j1', 'written', 'out'), at: '2026-01-01T00:00:00.0000000+00:00' },
  ])
  const ofJob = await store.lineage.ofJob('s/g/w', 'j1')
  expect(ofJob.map((note) => [note.asset.version, note.direction, note.as])).toEqual([
    ['1', 'written', 'out'],
    ['2', 'read', 'in'],
  ])
})

test('uses are counted by name, each job once', async () => {
  await put('a', [use('j1', 'written', 'out'), use('j1', 'read', 'in', '2'), use('j2', 'read', 'in')])
  now += 60_000
  await put('b', [use('j2', 'read', 'model', '2')])
  const counts = await store.lineage.countUses('registries/r', 'model', ['m', 'none'])
  expect([...counts]).toEqual([['m', { read: 2, written: 1, lastAt: now }]])
})

test('a refused write leaves no use', async () => {
  await put('a', [])
  const again = store.resources.put({
    key: { scope: 's/g/w', kind: 'data', name: 'a', version: '1' },
    props: {},
    by: 'me',
    ifNoneMatch: '*',
    uses: [use('j1', 'written', 'out')],
  })
  await expect(again).rejects.toMatchObject({ code: 'PreconditionFailed' })
  expect(await store.lineage.ofJob('s/g/w', 'j1')).toEqual([])
})

test('uses are written with the outcome of a look, if it still counts', async () => {
  await store.resources.put({ key: { scope: 's/g/w', kind: 'job', name: 'j1' }, props: {}, by: 'me', wakeAt: now })
  const [claim] = await store.leases.claim({ owner: 'x', limit: 1, leaseMs: 1000 })
  const uses = [use('j1', 'read', 'in')]
  expect(await store.leases.apply('stale', claim?.row.id ?? 0, { uses })).toBe(false)
  expect(await store.lineage.ofJob('s/g/w', 'j1')).toEqual([])
  expect(await store.leases.apply(claim?.token ?? '', claim?.row.id ?? 0, { uses })).toBe(true)
  expect(await store.lineage.ofJob('s/g/w', 'j1')).toHaveLength(1)
  await store.lineage.forget('s/g/w')
  expect(await store.lineage.ofJob('s/g/w', 'j1')).toEqual([])
})

test('the newest version of an archived container is none, until it is restored', async () => {
  await put('a', [])
  const key = { scope: 's/g/w', kind: 'data', name: 'a' }
  expect((await store.resources.latest(key))?.version).toBe('1')
  await store.resources.setArchived(key, true, 'me')
  expect(await store.resources.latest(key)).toBeUndefined()
  await store.resources.setArchived(key, false, 'me')
  expect((await store.resources.latest(key))?.version).toBe('1')
})

test('rows that mention a text are found by scope, kind and state', async () => {
  const at = (scope: string, name: string, state: string, text: string) =>
    store.resources.put({ key: { scope, kind: 'job', name }, props: { deep: { text } }, by: 'me', state })
  await at('s/g/w', 'a', 'Queued', 'azureml:env:"1"')
  await at('s/g/w', 'b', 'Completed', 'azureml:env:"1"')
  await at('s/g/other', 'c', 'Queued', 'azureml:env:"1"')
  const names = async (q: object) => {
    const rows = await store.resources.mentions({ kinds: ['job'], text: 'env:"1"', top: 10, ...q })
    return rows.map((row) => row.name)
  }
  expect(await names({})).toEqual(['a', 'b', 'c'])
  expect(await names({ scope: 's/g/w', states: ['Queued'] })).toEqual(['a'])
  expect(await names({ text: 'nothing' })).toEqual([])
  expect(await names({ kinds: ['data'] })).toEqual([])
})

test('a use is never older than the row it was written with, however the clock ticks', async () => {
  await store.close()
  store = await openStore({ home, ...database(home), clock: { now: () => now++ } })
  const key = { scope: 'registries/r', kind: 'model', name: 'm', version: '1' }
  const { row } = await store.resources.put({ key, props: {}, by: 'me', uses: [use('j', 'written', 'artifacts')] })
  const [note] = await store.lineage.ofAsset(key)
  expect(note && note.at >= row.createdAt).toBe(true)
})
