// The bench of very many runs with a few of them: it fills, asks, deletes half and erases it, through the server's doors.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const runs = 400

interface Row {
  name: string
  unit: string
  lazurite: number
  kb?: number
}

test('a crowd of runs is brought, asked for, and half of it erased', { timeout: 180_000 }, () => {
  const env = {
    ...process.env,
    LAZ_SCALE_RUNS: String(runs),
    LAZ_SCALE_POINTS: '20000',
    LAZ_SCALE_DOORS: '0.5',
    LAZ_SCALE_SECONDS: '0.02',
  }
  const words = [join(root, 'bench/run.mjs'), 'tracking-scale', '--json']
  const done = spawnSync(process.execPath, words, { cwd: root, env, encoding: 'utf8', maxBuffer: 1e8 })
  expect(done.status, done.stderr).toBe(0)
  const { rows } = JSON.parse(done.stdout) as { rows: Row[] } // as bench/run.mjs prints it
  const of = (name: string) => rows.find((row) => row.name === name) ?? expect.fail(`no row ${name}`)
  for (const { name, lazurite } of rows) expect(lazurite, name).toBeGreaterThan(0)
  // pages are not empty: a hundred runs, fifty jobs, a history
  expect(of('search, 100').kb).toBeGreaterThan(40)
  expect(of('jobs, 50 newest').kb).toBeGreaterThan(20)
  expect(of('the first page of a history, 25,000 points').kb).toBeGreaterThan(100)
  expect(of('runs that are left').lazurite).toBe(runs / 2)
  expect(of('most memory of the server while it was filled').lazurite).toBeLessThan(600)
})
