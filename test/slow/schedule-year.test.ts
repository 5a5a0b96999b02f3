// A year of schedules in Europe/Berlin: each look as the loop takes it, at the moment the look before asked for, held
// against a cron that looks at the wall every minute.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, expect, test } from 'vitest'
import { root } from './laz.ts'

const folder = mkdtempSync(join(tmpdir(), 'laz-year-'))
const bundle = join(root, 'node_modules', `.schedule-year-${process.pid}.mjs`)
afterAll(() => {
  rmSync(bundle, { force: true })
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

const minuteMs = 60_000
const [from, to] = [Date.parse('2025-12-31T23:00:00Z') / minuteMs, Date.parse('2026-12-31T23:00:00Z') / minuteMs]
const expressions = [
  '* * * * *',
  '*/7 * * * *',
  '30 2 * * *',
  '0 * * * *',
  '15 2,3 * * *',
  '0 1-4 * * 0',
  '*/20 2 * * *',
  '0 0 1 * *',
  '5 4 29 3,10 *',
  '0 12 13 * 5',
  '59 23 31 12 *',
  '1-59/29 0-23/5 */3 * 1-5',
]

/** Runs a program with a text on its stdin; answers what it printed. */
function run(command: string, args: string[], input: string): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    child.on('error', fail)
    child.on('close', (code) => (code === 0 ? done(out) : fail(new Error(`${command} ended with ${code}`))))
    child.stdin.end(input)
  })
}

test('fires exactly as a reference cron does', { timeout: 1_800_000 }, async () => {
  await build({
    entryPoints: [join(import.meta.dirname, 'schedules/year.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    external: ['@photostructure/sqlite'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  })
  const asked = JSON.stringify({ zone: 'Europe/Berlin', from, to, expressions, home: join(folder, 'home') })
  const [ours, reference] = await Promise.all([
    run(process.execPath, [bundle], asked),
    run('python3', [join(import.meta.dirname, 'schedules/cron.py')], asked),
  ])
  const [told, wanted] = [JSON.parse(ours), JSON.parse(reference)] as [
    Record<string, number[]>,
    Record<string, number[]>,
  ]
  expect(wanted['* * * * *']).toHaveLength(525_600)
  for (const expression of expressions) {
    expect(told[expression]?.length, expression).toBe(wanted[expression]?.length)
    expect(
      told[expression]?.every((moment, i) => moment === wanted[expression]?.[i]),
      expression,
    ).toBe(true)
  }
})
