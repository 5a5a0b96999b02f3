import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from './migrations.ts'
import { openRuns, type Runs } from './runs.ts'
import { bookOf, dropDatabase, openTestSql } from './scratch.ts'
import { openSeries, type Series, type SeriesPoint } from './series.ts'
import type { Sql } from './sql.ts'

const scope = 'sub/rg/ws'
const clock = { now: () => 1_700_000_000_000 }

let home: string
let sql: Sql
let runs: Runs
let series: Series

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'laz-series-'))
  await open()
  await runs.create(scope, { runId: 'r1', experimentId: '0' })
})

afterEach(async () => {
  await series.close()
  await sql.close()
  await dropDatabase(home)
  await rm(home, { recursive: true })
})

async function open(): Promise<void> {
  const path = join(home, 'laz.db')
  sql = await openTestSql(path)
  await migrate(sql, path, 0)
  runs = openRuns(sql, bookOf(sql, clock))
  series = openSeries(sql, clock)
}

const point = (step: number, value: number, timestamp = 1000 + step, key = 'loss'): SeriesPoint => ({
  key,
  value,
  timestamp,
  step,
})
const curve = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => point(from + i, Math.cos((from + i) / 100)))
const count = async (table: string) => (await sql.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n

describe('append', () => {
  it('keeps points, numbers that are none, and answers in order of time, step and value', async () => {
    await series.append(scope, 'r1', [
      point(3, 1, 7),
      point(1, Number.NaN, 7),
      point(2, Infinity, 5),
      point(2, -Infinity, 5),
    ])
    const { points } = await series.history(scope, 'r1', 'loss')
    expect(points.map((p) => [p.timestamp, p.step, p.value])).toEqual([
      [5, 2, -Infinity],
      [5, 2, Infinity],
      [7, 1, Number.NaN],
      [7, 3, 1],
    ])
  })

  it('ignores exact duplicates, NaN too, and counts them once', async () => {
    const batch = [point(1, 0.5), point(2, Number.NaN)]
    await series.append(scope, 'r1', batch)
    await Promise.all([series.append(scope, 'r1', batch), series.append(scope, 'r1', batch)])
    expect((await series.history(scope, 'r1', 'loss')).points).toHaveLength(2)
    expect((await series.latest(scope, 'r1'))[0]?.count).toBe(2)
  })

  it('ignores duplicates of points that are sealed, and keeps newcomers among them', async () => {
    await series.append(scope, 'r1', curve(0, 600))
    await series.seal()
    expect(await count('tail')).toBe(0)
    await series.append(scope, 'r1', [...curve(100, 200), point(150, 42)])
    const { points } = await series.history(scope, 'r1', 'loss')
    expect(points).toHaveLength(601)
    expect((await series.latest(scope, 'r1'))[0]).toMatchObject({ count: 601, step: 599, max: 42, maxStep: 150 })
  })

  it('knows the latest by step, then time, then value', async () => {
    await series.append(scope, 'r1', [point(5, 1, 10), point(5, 2, 9), point(5, 0.5, 10), point(4, 9, 99)])
    await series.append(scope, 'r1', [point(1, 7, 100)])
    expect(await series.latest(scope, 'r1')).toEqual([
      { key: 'loss', value: 1, timestamp: 10, step: 5, count: 5, min: 0.5, minStep: 5, max: 9, maxStep: 4 },
    ])
  })

  it('refuses unknown and deleted runs without harm to neighbours in the same commit', async () => {
    await runs.create(scope, { runId: 'gone', experimentId: '0' })
    await runs.update(scope, 'gone', { lifecycle: 'deleted' })
    const results = await Promise.allSettled([
      series.append(scope, 'nobody', [point(1, 1)]),
      series.append(scope, 'r1', [point(1, 1)]),
      series.append(scope, 'gone', [point(1, 1)]),
      series.append('other/scope/x', 'r1', [point(1, 1)]),
    ])
    expect(results.map((r) => r.status)).toEqual(['rejected', 'fulfilled', 'rejected', 'rejected'])
    expect(await series.keys(scope, 'r1')).toEqual(['loss'])
  })

  it('refuses steps that a double cannot count', async () => {
    await expect(async () => series.append(scope, 'r1', [point(2 ** 60, 1)])).rejects.toThrow(/53 bits/)
    await expect(async () => series.append(scope, 'r1', [point(0.5, 1)])).rejects.toThrow(/53 bits/)
  })

  it('commits what arrives together at once', async () => {
    let transactions = 0
    const counting: Sql = { ...sql, transaction: (body) => sql.transaction(body).finally(() => (transactions += 1)) }
    const other = openSeries(counting, clock)
    await Promise.all(Array.from({ length: 50 }, (_, i) => other.append(scope, 'r1', [point(i, i)])))
    expect(transactions).toBe(1)
    expect((await series.history(scope, 'r1', 'loss')).points).toHaveLength(50)
  })

  it('has everything acknowledged on disk', async () => {
    await series.append(scope, 'r1', curve(0, 700))
    await series.close()
    await sql.close()
    await open()
    expect((await series.history(scope, 'r1', 'loss')).points).toHaveLength(700)
  })
})

describe('seal', () => {
  it('happens by itself from 512 points on, joins small chunks and loses nothing', async () => {
    for (let from = 0; from < 10_000; from += 500) await series.append(scope, 'r1', curve(from, from + 500))
    await series.close()
    expect(await count('tail')).toBeLessThan(512)
    expect(await count('chunks')).toBeLessThanOrEqual(5)
    const { points } = await series.history(scope, 'r1', 'loss')
    expect(points).toEqual(curve(0, 10_000))
  })

  it('at the end of a run takes tails worth it', async () => {
    await series.append(scope, 'r1', [...curve(0, 100), point(1, 1, 1, 'few')])
    await series.seal('r1')
    expect(await count('tail')).toBe(1)
    expect((await series.history(scope, 'r1', 'loss')).points).toEqual(curve(0, 100))
  })

  it('moves all of a tail or nothing of it', async () => {
    await series.append(scope, 'r1', curve(0, 300))
    const failing: Sql = {
      ...sql,
      transaction: (body) =>
        sql.transaction((tx) =>
          body({
            ...tx,
            run: (text, values) =>
              text.startsWith('UPDATE series') ? Promise.reject(new Error('cut')) : tx.run(text, values),
          }),
        ),
    }
    await expect(openSeries(failing, clock).seal('r1')).rejects.toThrow('cut')
    expect([await count('tail'), await count('chunks')]).toEqual([300, 0])
    expect((await series.history(scope, 'r1', 'loss')).points).toHaveLength(300)
  })

  it('makes up at the next start for what a crash kept from it', async () => {
    await series.append(scope, 'r1', curve(0, 300))
    await sql.run('UPDATE series SET tail_n = 600')
    const restarted = openSeries(sql, clock)
    await restarted.close()
    expect([await count('tail'), await count('chunks')]).toEqual([0, 1])
    expect((await restarted.history(scope, 'r1', 'loss')).points).toEqual(curve(0, 300))
  })

  it('keeps points that come late and out of order', async () => {
    await series.append(scope, 'r1', curve(1000, 1600))
    await series.append(scope, 'r1', curve(0, 600))
    await series.append(scope, 'r1', curve(500, 1100))
    await series.close()
    expect((await series.history(scope, 'r1', 'loss')).points).toEqual(curve(0, 1600))
  })
})

describe('history', () => {
  it('comes in pages over chunks and tail', async () => {
    for (let from = 0; from < 5000; from += 1000) await series.append(scope, 'r1', curve(from, from + 1000))
    await series.append(scope, 'r1', curve(5000, 5100))
    await series.close()
    const seen: SeriesPoint[] = []
    let after: string | undefined
    do {
      const page = await series.history(scope, 'r1', 'loss', { max: 700, ...(after ? { after } : {}) })
      seen.push(...page.points)
      after = page.next
    } while (after)
    expect(seen).toEqual(curve(0, 5100))
  })

  it('splits points of one instant over pages', async () => {
    const same = [Number.NaN, 3, 1, Infinity, 2].map((value) => point(1, value, 5))
    await series.append(scope, 'r1', same)
    const values: number[] = []
    let after: string | undefined
    do {
      const page = await series.history(scope, 'r1', 'loss', { max: 1, ...(after ? { after } : {}) })
      values.push(...page.points.map((p) => p.value))
      after = page.next
    } while (after)
    expect(values).toEqual([1, 2, 3, Infinity, Number.NaN])
  })

  it('is empty for what is not there and refuses foreign tokens', async () => {
    expect(await series.history(scope, 'r1', 'nothing')).toEqual({ points: [] })
    expect(await series.history(scope, 'nobody', 'loss')).toEqual({ points: [] })
    await series.append(scope, 'r1', [point(1, 1)])
    await expect(series.history(scope, 'r1', 'loss', { after: 'bm9uc2Vuc2U' })).rejects.toThrow(/page token/)
  })
})

describe('sample', () => {
  it('is exact where the range holds few points', async () => {
    await series.append(scope, 'r1', curve(0, 3000))
    expect(await series.sample(scope, 'r1', 'loss', { width: 320, from: 100, to: 200 })).toEqual(curve(100, 201))
  })

  it.each([5_000, 60_000])('keeps spikes and ends of %i points', async (n) => {
    const all = curve(0, n)
    const spike = Math.floor(n / 3)
    all[spike] = point(spike, 1e6)
    for (let at = 0; at < n; at += 5000) await series.append(scope, 'r1', all.slice(at, at + 5000))
    await series.close()
    const sample = await series.sample(scope, 'r1', 'loss', { width: 100 })
    expect(sample.length).toBeLessThanOrEqual(202)
    expect(sample).toContainEqual(all[spike])
    expect(sample[0]).toEqual(all[0])
    expect(sample.at(-1)).toEqual(all[n - 1])
    expect(sample.map((p) => p.step)).toEqual(sample.map((p) => p.step).toSorted((a, b) => a - b))
  })

  it('spreads points of one step by time', async () => {
    const all = Array.from({ length: 1000 }, (_, i) => point(0, i, i))
    await series.append(scope, 'r1', all)
    expect(await series.sample(scope, 'r1', 'loss', { width: 50 })).toHaveLength(100)
  })
})

describe('who listens', () => {
  it('hears of points after their commit, once an append, and of none that were refused', async () => {
    const heard: [string, string[], number][] = []
    const stop = series.onPoints((_, runId, keys) => heard.push([runId, [...keys], heard.length]))
    await Promise.all([
      series.append(scope, 'r1', [point(0, 1), point(1, 2, 1001, 'acc'), point(2, 3)]),
      series.append(scope, 'nobody', [point(0, 1)]).catch(() => undefined),
      series.append(scope, 'r1', [point(3, 4)]),
    ])
    expect(heard).toEqual([
      ['r1', ['loss', 'acc'], 0],
      ['r1', ['loss'], 1],
    ])
    expect((await series.latest(scope, 'r1')).find((p) => p.key === 'loss')?.count).toBe(3)
    stop()
    await series.append(scope, 'r1', [point(4, 5)])
    expect(heard).toHaveLength(2)
  })
})

describe('columns', () => {
  it('hold what is sealed and what is not, in no order, and nothing of what is not there', async () => {
    const odd = [Number.NaN, Infinity, -Infinity].map((value, i) => point(5000 + i, value))
    await series.append(scope, 'r1', curve(0, 1300))
    await series.seal('r1')
    await series.append(scope, 'r1', [...curve(1300, 1310), ...odd])
    const { step, timestamp, value } = await series.columns(scope, 'r1', 'loss')
    const read = [...step].map((one, i) => [timestamp[i], one, value[i]]).sort((a, b) => Number(a[1]) - Number(b[1]))
    const { points } = await series.history(scope, 'r1', 'loss')
    expect(read).toEqual(points.map((p) => [p.timestamp, p.step, p.value]))
    expect(await count('chunks')).toBeGreaterThan(0)
    expect((await series.columns(scope, 'r1', 'none')).value.length).toBe(0)
  })
})

describe('pictures of very long series', () => {
  const n = 700_000
  const value = (step: number) => (step === 123_457 ? 99 : step === 600_001 ? Number.NaN : Math.sin(step / 50_000))
  const piece = (from: number, size: number) =>
    Array.from({ length: size }, (_, i) => point(from + i, value(from + i), 1000 + from + i))

  it('come from rollups of rollups, with every spike and both ends', async () => {
    for (let from = 0; from < n; from += 50_000) await series.append(scope, 'r1', piece(from, 50_000))
    const levels = await sql.all<{ level: number; n: number }>(
      'SELECT level, count(*) AS n FROM rollups GROUP BY level ORDER BY level',
    )
    expect(levels.map(({ level }) => level)).toEqual([0, 1])
    const whole = await series.sample(scope, 'r1', 'loss', { width: 30 })
    expect(whole.length).toBeLessThanOrEqual(62)
    expect(whole[0]?.step).toBe(0)
    expect(whole.at(-1)?.step).toBe(n - 1)
    expect(whole.some((p) => p.value === 99 && p.step === 123_457)).toBe(true)
    expect(whole.every((p) => Object.is(p.value, value(p.step)))).toBe(true)
    const part = await series.sample(scope, 'r1', 'loss', { width: 100, from: 123_000, to: 124_000 })
    expect(part.some((p) => p.value === 99)).toBe(true)
    const few = await series.sample(scope, 'r1', 'loss', { width: 100, from: 123_400, to: 123_500 })
    expect(few.map((p) => p.step)).toEqual(Array.from({ length: 101 }, (_, i) => 123_400 + i))
    const [latest] = await series.latest(scope, 'r1')
    expect(latest).toMatchObject({ count: n, max: 99, maxStep: 123_457 })
  }, 60_000)

  it('keep each point once when large pieces come again, beside small ones', async () => {
    await series.append(scope, 'r1', piece(0, 100))
    await series.append(scope, 'r1', piece(50, 2000))
    await series.append(scope, 'r1', piece(0, 3000))
    await series.append(scope, 'r1', piece(2990, 20))
    const { points } = await series.history(scope, 'r1', 'loss')
    expect(points.map((p) => p.step)).toEqual(Array.from({ length: 3010 }, (_, i) => i))
    expect((await series.latest(scope, 'r1'))[0]?.count).toBe(3010)
  })
})
