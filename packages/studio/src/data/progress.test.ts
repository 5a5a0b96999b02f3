import { expect, test } from 'vitest'
import { progressOf } from './progress.ts'

const metric = (key: string, last: number, step = 0) => ({ key, last, step, at: 0, count: 1 })

test('epochs done of those it was given, and the time left at that pace', () => {
  expect(progressOf({ params: { epochs: '20' }, metrics: [metric('epoch', 5), metric('loss', 1, 900)] }, 60)).toEqual({
    share: 0.25,
    words: 'epoch 5 of 20',
    secondsLeft: 180,
  })
})

test('without a metric of that name the furthest step counts, unless it is more than there are', () => {
  const params = { max_steps: '100' }
  expect(progressOf({ params, metrics: [metric('loss', 1, 49), metric('system/cpu', 1, 99)] }, 10)?.share).toBe(0.5)
  expect(progressOf({ params, metrics: [metric('loss', 1, 4900)] }, 10)).toBeUndefined()
  expect(progressOf({ params, metrics: [] }, 10)).toBeUndefined()
})

test('nothing is told without a whole, and no time left at the very beginning', () => {
  expect(progressOf({ params: {}, metrics: [metric('epoch', 5)] }, 60)).toBeUndefined()
  expect(progressOf({ params: { epochs: '1000' }, metrics: [metric('epoch', 1)] }, 60)?.secondsLeft).toBeUndefined()
})
