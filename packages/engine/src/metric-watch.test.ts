import { setTimeout as sleep } from 'node:timers/promises'
import type { Key } from '@lazurite/store'
import { expect, test } from 'vitest'
import { MetricWatch } from './metric-watch.ts'

const key = (name: string): Key => ({ scope: 's', kind: 'job', name })

test('wakes whoever waits for a metric of a run, and nobody else', () => {
  const woken: string[] = []
  const watch = new MetricWatch(({ name }) => woken.push(name))
  watch.want('s', 'a_0', { metric: 'loss', wake: key('a') })
  watch.want('s', 'b_0', { metric: 'loss', wake: key('b') })
  watch.heard('s', 'a_0', new Set(['acc', 'loss']))
  watch.heard('s', 'b_0', new Set(['acc']))
  watch.heard('other', 'b_0', new Set(['loss']))
  expect(woken).toEqual(['a'])
  watch.drop('s', 'b_0')
  watch.heard('s', 'b_0', new Set(['loss']))
  expect(woken).toEqual(['a'])
  watch.close()
})

test('many values in a row wake at once, and once more when they rest', async () => {
  let woken = 0
  const watch = new MetricWatch(() => woken++)
  for (const run of ['a_0', 'a_1']) watch.want('s', run, { metric: 'loss', wake: key('a') })
  for (let i = 0; i < 1000; i++) watch.heard('s', `a_${i % 2}`, new Set(['loss']))
  expect(woken).toBe(1)
  for (const until = Date.now() + 5000; woken < 2 && Date.now() < until; ) await sleep(5)
  expect(woken).toBe(2)
  watch.close()
})
