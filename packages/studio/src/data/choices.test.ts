import { expect, test } from 'vitest'
import { type Choice, fit, fitting } from './choices.ts'

const choice = (title: string, beside = ''): Choice => ({ id: title, title, beside, icon: 'play' })

test('beginnings are better than middles, words better than letters in order', () => {
  const scores = ['jobs', 'Jobs', 'New job', 'subjob', 'jump over a bridge'].map((title) => fit(title, 'job'))
  expect(scores).toEqual([4, 4, 3, 2, 1])
  expect(fit('models', 'job')).toBe(0)
  expect(fit('anything', '')).toBe(1)
})

test('the best come first, and many letters want more than an order', () => {
  const all = [choice('Environments'), choice('Endpoints'), choice('New endpoint'), choice('Compute', 'g c')]
  expect(fitting(all, 'end').map(({ title }) => title)).toEqual(['Endpoints', 'New endpoint'])
  expect(fitting(all, '').length).toBe(4)
  expect(fitting(all, 'ct')).toHaveLength(1)
})
