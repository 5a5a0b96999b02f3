// Acknowledged means committed: a process that writes to a store is killed at random moments, again and again, and
// everything it said was written is there when the store is opened next.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { openStore, type Store } from '@lazurite/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { account, numberOf, type Said, scope } from './store/record.ts'

const rounds = 25
const writer = resolve(import.meta.dirname, 'store/writer.ts')
let home: string

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'laz-crash-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 20 }))

/** Lets the writer run for a while after its first word, kills it, answers the whole lines it got out. */
async function runAndKill(first: number, afterMs: number): Promise<Said[]> {
  const args = ['--conditions=source', '--import=tsx', writer, home, String(first)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  await once(child.stdout, 'data')
  await delay(afterMs)
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  const [, signal] = await closed
  expect(signal).toBe('SIGKILL')
  const whole = Buffer.concat(pieces).toString().split('\n').slice(0, -1)
  return whole.map((line) => JSON.parse(line))
}

const found: Record<Said['what'], (store: Store, name: string) => Promise<number | undefined>> = {
  open: async () => undefined,
  nothing: async () => undefined,
  async row({ resources }, name) {
    return Number((await resources.get({ scope, kind: 'data', name }))?.props.n)
  },
  async batch({ resources }, name) {
    const { rows } = await resources.list({ scope, kind: 'code', name, versions: true })
    const numbers = new Set(rows.map((row) => Number(row.props.n)))
    expect([rows.length, numbers.size], `${name} is in one piece`).toEqual([5, 1])
    return Math.max(...numbers)
  },
  async status({ resources }, name) {
    const row = await resources.get({ scope, kind: 'job', name })
    expect(row?.state, `state and status of ${name} belong together`).toBe(`S${row?.status.n}`)
    return Number(row?.status.n)
  },
  async blob({ bytes }, name) {
    const { stat, body } = await bytes.read(account, 'c', name)
    const n = numberOf(await buffer(body))
    expect(n, `${name} is whole`).toBeDefined()
    if (stat.metadata.n !== undefined) expect(stat.metadata.n, `${name} and what was said of it`).toBe(String(n))
    return n
  },
  async secret({ secrets }, name) {
    return Number(await secrets.open(name))
  },
  async log(_, name) {
    const lines = readFileSync(join(home, 'storage', name), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map(Number)
    for (const [i, line] of lines.entries()) expect(line).toBeGreaterThan(lines[i - 1] ?? -1)
    return lines.at(-1)
  },
  async point({ series }, name) {
    const { points } = await series.history(scope, 'run', name, { max: 1_000_000 })
    for (const { step, value } of points) expect(value).toBe(step / 7)
    return points.at(-1)?.step
  },
}

test(`nothing acknowledged is lost in ${rounds} kills`, async () => {
  const acknowledged = new Map<string, Said>()
  const points = new Map<string, Set<number>>()
  let highest = 0
  for (let round = 0; round < rounds; round++) {
    const said = await runAndKill(highest + 1, Math.random() * 250)
    for (const one of said) {
      highest = Math.max(highest, one.n + 1000)
      acknowledged.set(`${one.what} ${one.name}`, one)
      if (one.what === 'point') points.set(one.name, (points.get(one.name) ?? new Set()).add(one.n))
    }
    const store = await openStore({ home }) // checks the database, and that the lock went with the process
    for (const { what, name, n } of acknowledged.values()) {
      const now = await found[what](store, name)
      if (now !== undefined) expect(now, `${what} ${name} in round ${round}`).toBeGreaterThanOrEqual(n)
    }
    for (const [name, steps] of points) {
      const { points: kept } = await store.series.history(scope, 'run', name, { max: 1_000_000 })
      const have = new Set(kept.map(({ step }) => step))
      expect([...steps].filter((step) => !have.has(step))).toEqual([])
    }
    await store.close()
  }
  expect([...acknowledged.values()].map(({ what }) => what)).toEqual(
    expect.arrayContaining(['row', 'batch', 'status', 'blob', 'secret', 'log', 'point']),
  )
  console.log(`${rounds} kills, ${acknowledged.size} things watched, numbers up to ${highest}`)
})

test('a row that was leased when its worker died is due again', async () => {
  const store = await openStore({ home })
  const key = { scope, kind: 'job', name: 'leased' }
  await store.resources.put({ key, props: {}, by: 'test', state: 'NotStarted', wakeAt: 1 })
  await store.leases.claim({ owner: 'gone', limit: 100, leaseMs: 3_600_000 })
  await store.close()
  const next = await openStore({ home })
  await next.leases.breakAll()
  const due = await next.leases.claim({ owner: 'next', limit: 100, leaseMs: 1000 })
  expect(due.map(({ row }) => row.name)).toContain('leased')
  await next.close()
})
