import { afterEach, beforeEach, expect, it } from 'vitest'
import { openScratch, type Scratch } from './scratch.ts'
import type { SeriesPoint } from './series.ts'

const scope = 'sub/group/main'
let scratch: Scratch
beforeEach(async () => {
  scratch = await openScratch()
})
afterEach(() => scratch.remove())

/** Numbers that look random and are the same every time. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (state * 48271) % 2147483647
    return state % sides
  }
}

const nameOf = ({ step, timestamp, value }: { step: number; timestamp: number; value: number }) =>
  `${step}|${timestamp}|${value === 0 ? 0 : value}`
const values = [0, -0, 1, -1, 0.5, 1e300, Number.NaN, Infinity, -Infinity, 5e-324]

it.each([1, 3])('whatever comes in whatever order, sealed whenever: series %d holds each point once', async (seed) => {
  const { series, runs } = scratch.store
  const throwDice = dice(seed * 7919)
  await runs.create(scope, { runId: 'r', experimentId: '0' })
  const held = new Map<string, Map<string, SeriesPoint>>([
    ['a', new Map()],
    ['b', new Map()],
  ])
  const range = 10 ** (1 + seed)
  const check = async () => {
    for (const [key, points] of held) {
      expect(await series.count(scope, 'r', key)).toBe(points.size)
      const found: SeriesPoint[] = []
      for (let after: string | undefined; ; ) {
        const page = await series.history(scope, 'r', key, { max: 200 + throwDice(3000), ...(after ? { after } : {}) })
        found.push(...page.points)
        after = page.next
        if (after === undefined) break
      }
      expect(found.map(nameOf).sort()).toEqual([...points.keys()].sort())
      const times = found.map((p) => p.timestamp)
      expect(times).toEqual([...times].sort((x, y) => x - y))
    }
    for (const last of await series.latest(scope, 'r')) {
      const all = [...(held.get(last.key)?.values() ?? [])]
      const step = Math.max(...all.map((p) => p.step))
      const timestamp = Math.max(...all.filter((p) => p.step === step).map((p) => p.timestamp))
      expect(last).toMatchObject({ step, timestamp, count: all.length })
      const numbers = all.map((p) => p.value).filter((value) => !Number.isNaN(value))
      expect([last.min, last.max]).toEqual([Math.min(...numbers), Math.max(...numbers)])
    }
  }
  for (let round = 0; round < 12; round += 1) {
    const many = [1, 3, 60, 511, 513, 1500, 3000][throwDice(7)] ?? 1
    const sent: SeriesPoint[] = []
    for (let i = 0; i < many; i += 1) {
      const key = throwDice(4) === 0 ? 'b' : 'a'
      const step = throwDice(10) === 0 ? -throwDice(range) : throwDice(range)
      const point = { key, step, timestamp: 1000 + throwDice(range), value: values[throwDice(values.length)] ?? 0 }
      sent.push(point, ...(throwDice(20) === 0 ? [point] : []))
      const known = held.get(key)
      if (!known?.has(nameOf(point))) known?.set(nameOf(point), point)
    }
    // as clients do that heard no answer, and several at once
    const again = throwDice(3) === 0 ? [sent.slice(0, 700)] : []
    const cut = throwDice(sent.length)
    const parts = [sent.slice(0, cut), sent.slice(cut), ...again].filter((part) => part.length > 0)
    await Promise.all(parts.map((part) => series.append(scope, 'r', part)))
    if (throwDice(4) === 0) await series.seal(throwDice(2) === 0 ? 'r' : undefined)
    if (round === 6) await check()
  }
  await check()
  await series.seal('r')
  await check()
})
