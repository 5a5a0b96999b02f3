import { LazError } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { afterEach, expect, test, vi } from 'vitest'
import { type Bench, openBench } from '../bench.ts'
import { tableOf } from './table.ts'

let bench: Bench | undefined
afterEach(() => bench?.close())

test('what the store was too busy to tell is asked again, as no further change may come', async () => {
  bench = await openBench()
  const { store, workspace } = bench
  let refusals = 0
  // a store that is busy a few times, and else the real one
  const resources: Store['resources'] = Object.create(store.resources, {
    get: {
      value: async (...key: Parameters<Store['resources']['get']>) => {
        if (refusals-- > 0) throw new LazError('ServerBusy', { what: 'another transaction' })
        return store.resources.get(...key)
      },
    },
  })
  const table = tableOf(Object.create(store, { resources: { value: resources } }))
  const key = { scope: workspace.scope, kind: 'online-endpoint', name: 'doors' }
  const put = (percent: number) =>
    store.resources.put({ key, props: { authMode: 'AADToken', traffic: { blue: percent } }, by: 'owner' })
  await put(10)
  const traffic = async () => (await table.find(workspace.guid, 'doors'))?.traffic
  expect(await traffic()).toEqual([['blue', 10]])
  const warned = vi.fn()
  table.log = { warn: warned }
  refusals = 2
  await put(100)
  await vi.waitFor(async () => expect(await traffic()).toEqual([['blue', 100]]), { timeout: 10_000 })
  expect(warned).toHaveBeenCalledTimes(2)
})
