import type { Key } from '@lazurite/store'
import { expect, test } from 'vitest'
import { Errands } from './errands.ts'

const row = (id: number) => ({ id, key: { scope: 's', kind: 'job', name: `j${id}` } })

function setUp(patienceMs = 5) {
  const woken: string[] = []
  return { woken, errands: new Errands({ patienceMs, wake: (key: Key) => void woken.push(key.name) }) }
}

/** Work whose end is in the test's hand. */
function slow<T>() {
  let finish: (value: T) => void = () => {}
  let starts = 0
  let aborted = false
  const done = new Promise<T>((resolve) => {
    finish = resolve
  })
  return {
    work: (signal: AbortSignal) => {
      starts++
      signal.addEventListener('abort', () => {
        aborted = true
        finish('late' as T)
      })
      return done
    },
    finish: (value: T) => finish(value),
    starts: () => starts,
    aborted: () => aborted,
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('quick work is done at once and wakes nobody', async () => {
  const { errands, woken } = setUp(1000)
  expect(await errands.run(row(1), 'a', async () => 42)).toEqual({ value: 42 })
  await settled()
  expect(woken).toEqual([])
})

test('slow work lets the row go, wakes it, and hands over its result once', async () => {
  const { errands, woken } = setUp()
  const { work, finish, starts } = slow<string>()
  expect(await errands.run(row(1), 'a', work)).toBeUndefined()
  expect(await errands.run(row(1), 'a', work)).toBeUndefined()
  finish('there')
  await settled()
  expect(woken).toEqual(['j1'])
  expect(await errands.run(row(1), 'a', work)).toEqual({ value: 'there' })
  expect(starts()).toBe(1)
})

test('what the work throws, the row gets, now or later', async () => {
  const { errands } = setUp()
  await expect(errands.run(row(1), 'a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  let refuse: (error: Error) => void = () => {}
  const work = () =>
    new Promise((_, reject) => {
      refuse = reject
    })
  expect(await errands.run(row(1), 'b', work)).toBeUndefined()
  refuse(new Error('later'))
  await settled()
  await expect(errands.run(row(1), 'b', work)).rejects.toThrow('later')
})

test('dropped work is told to stop, and nobody is woken with a result nobody asked for', async () => {
  const { errands } = setUp()
  const mine = slow<string>()
  const other = slow<string>()
  await errands.run(row(1), 'a', mine.work)
  await errands.run(row(2), 'a', other.work)
  await errands.drop(1)
  expect([mine.aborted(), other.aborted()]).toEqual([true, false])
  await errands.close()
  expect(other.aborted()).toBe(true)
})
