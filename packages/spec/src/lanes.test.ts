import { expect, test } from 'vitest'
import { inLanes } from './lanes.ts'

async function* slowly<T>(items: T[]) {
  for (const item of items) {
    await Promise.resolve()
    yield item
  }
}

test.each([
  ['a list', (items: number[]) => items],
  ['a stream', slowly],
])('everything of %s once, never more at a time than there are lanes', async (_, source) => {
  const done: number[] = []
  let now = 0
  let most = 0
  await inLanes(source([1, 2, 3, 4, 5, 6, 7]), 3, async (item) => {
    most = Math.max(most, ++now)
    await new Promise((go) => setImmediate(go))
    now--
    done.push(item)
  })
  expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(most).toBe(3)
})

test('the first failure ends it: what is under way finishes, nothing more begins', async () => {
  const begun: number[] = []
  let finished = 0
  const work = inLanes([1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item)
    await new Promise((go) => setImmediate(go))
    if (item === 1) throw new Error('one')
    finished++
  })
  await expect(work).rejects.toThrow('one')
  expect(begun).toEqual([1, 2])
  expect(finished).toBe(1)
})
