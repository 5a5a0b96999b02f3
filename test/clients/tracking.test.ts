/**
 * What a tracking server that speaks MLflow's REST dialect does, checked on Lazurite and, where LAZ_TEST_MLFLOW3 names a
 * Python with the whole of mlflow 3, on `mlflow server` too: test by test, ours passes at least what theirs passes. What
 * was seen is kept in tracking/seen.json, which docs/reference/mlflow.md is printed from; LAZ_SEEN=write keeps it anew.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lazurite, root, startLazurite, workspace } from '../slow/laz.ts'

const suite = join(root, 'test/clients/tracking')
const seenFile = join(suite, 'seen.json')
const mlflow = process.env.LAZ_TEST_MLFLOW3

interface Result {
  check: string
  outcome: 'passed' | 'failed'
  why: string | null
}

interface Seen {
  mlflow: string
  checks: number
  theirs: number
  ours: number
  areas: { area: string; checks: number; theirs: number; ours: number }[]
  differences: { check: string; theirs: string }[]
}

let scratch: string
let lazurite: Lazurite
let ours: Result[]

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'laz-tracking-'))
  lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
  const { url, token } = lazurite.server()
  ours = await check(mlflow ?? 'python3', { TRACKING_URL: `${url}/mlflow/v2.0${workspace}`, TRACKING_TOKEN: token })
})

afterAll(() => {
  lazurite?.stop()
  rmSync(scratch, { recursive: true, force: true, maxRetries: 20 })
})

it('Lazurite passes every check', () => {
  expect(ours.length).toBeGreaterThan(1000)
  expect(ours.filter((r) => r.outcome === 'failed').map((r) => `${r.check}\n  ${r.why}`)).toEqual([])
})

const theirs = mlflow || process.env.CI === 'true' ? describe : describe.skip
theirs('beside mlflow server (needs LAZ_TEST_MLFLOW3, a Python with mlflow 3)', () => {
  it('passes at least what it passes, and differs where the docs say', async () => {
    if (!mlflow) expect.fail('LAZ_TEST_MLFLOW3 must name a Python that has mlflow 3')
    const server = await startTheirs(mlflow)
    try {
      const results = await check(mlflow, { TRACKING_URL: server.url })
      const failed = new Set(ours.filter((r) => r.outcome === 'failed').map((r) => r.check))
      expect(results.filter((r) => r.outcome === 'passed' && failed.has(r.check)).map((r) => r.check)).toEqual([])
      const seen = sum(server.version, results)
      if (process.env.LAZ_SEEN === 'write') writeFileSync(seenFile, `${JSON.stringify(seen, null, 1)}\n`)
      const kept: Seen = JSON.parse(readFileSync(seenFile, 'utf8'))
      // another version of theirs may differ elsewhere
      if (kept.mlflow === seen.mlflow) expect(seen).toEqual(kept)
    } finally {
      server.stop()
    }
  })
})

/** Runs the suite; its checks in their order. */
function check(python: string, env: Record<string, string>): Promise<Result[]> {
  const file = join(scratch, `results-${Math.random()}.json`)
  return new Promise((done, fail) => {
    const child = spawn(python, [join(suite, 'suite.py'), '--json', file], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    child.stdout.on('data', (text) => {
      out += text
    })
    child.on('error', fail)
    child.on('close', () => {
      try {
        done(JSON.parse(readFileSync(file, 'utf8')))
      } catch {
        fail(new Error(out.slice(-2000)))
      }
    })
  })
}

async function startTheirs(python: string) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const words = [
    ...['server', '--workers', '1', '--port', String(port), '--backend-store-uri', `sqlite:///${scratch}/theirs.db`],
    ...['--artifacts-destination', join(scratch, 'theirs')],
  ]
  const child: ChildProcess = spawn(join(dirname(python), 'mlflow'), words, {
    cwd: scratch,
    detached: true,
    env: {
      ...process.env,
      MLFLOW_DISABLE_TELEMETRY: 'true',
      PATH: `${dirname(python)}:${process.env.PATH}`,
    },
    stdio: 'ignore',
  })
  const stop = () => {
    if (child.pid === undefined || child.exitCode !== null) return
    process.kill(-child.pid, 'SIGKILL') // its own group: the workers go along
  }
  for (let looks = 0; looks < 600; looks += 1) {
    const version = await fetch(`${url}/version`).then(
      (answer) => answer.text(),
      () => undefined,
    )
    if (version !== undefined) return { url, version, stop }
    await new Promise((done) => setTimeout(done, 100))
  }
  stop()
  throw new Error('mlflow server did not start')
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function sum(version: string, results: readonly Result[]): Seen {
  const passed = (list: readonly Result[]) => list.filter((r) => r.outcome === 'passed').length
  const areaOf = (r: Result) => r.check.split(':')[0] ?? ''
  const areas = [...new Set(results.map(areaOf))].map((area) => {
    const of = (list: readonly Result[]) => list.filter((r) => areaOf(r) === area)
    return { area, checks: of(results).length, theirs: passed(of(results)), ours: passed(of(ours)) }
  })
  const differences = results
    .filter((r) => r.outcome === 'failed')
    .map((r) => ({ check: r.check, theirs: shorten(r.why ?? '') }))
  return { mlflow: version, checks: results.length, theirs: passed(results), ours: passed(ours), areas, differences }
}

/** What a failed check found, without what differs from run to run. */
function shorten(why: string): string {
  const status = /^(\d{3}) expected: .*? -> (\d{3}) /s.exec(why)
  if (status) return `answers ${status[2]}, not ${status[1]}`
  const code = /^([A-Z_]+) expected: .*?"error_code": "([A-Z_]+)"/s.exec(why)
  if (code) return `says ${code[2]}, not ${code[1]}`
  if (/^\/.*\/ expected: /s.test(why)) return 'says it in other words'
  const other = / -> (\d{3}) .*?(?:"error_code": "([A-Z_]+)"|$)/s.exec(why)
  if (other) return other[2] ? `answers ${other[1]}, ${other[2]}` : `answers ${other[1]}`
  const found = /^expected (.*), found (.*)$/s.exec(why)
  const plain = found && !/[0-9a-f]{12}/.test(why) ? `finds ${found[2]}` : undefined
  return plain !== undefined && plain.length < 120 ? plain : 'answers something else'
}
