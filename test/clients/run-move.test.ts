/**
 * Moving over from MLflow and back: what its own client tells of the place a team leaves is what it tells of the workspace
 * afterwards, and of the folder that is exported from there. LAZ_TEST_MLFLOW2 and LAZ_TEST_MLFLOW3 as in mlflow.test.ts.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lazurite, root, startLazurite, workspace } from '../slow/laz.ts'

const source = join(root, 'test/clients/run-move')
const run = promisify(execFile)

for (const major of [2, 3] as const) {
  const variable = `LAZ_TEST_MLFLOW${major}`
  const python = process.env[variable]
  if (python !== undefined) describe(`from mlflow ${major}`, () => scenes(python, major))
  else if (process.env.CI === 'true')
    it(`mlflow ${major}`, () => expect.fail(`${variable} must name a Python that has mlflow ${major}`))
  else it.skip(`mlflow ${major} (skipped: ${variable} names no Python that has it)`)
}

/** MLflow 2 leaves a folder, MLflow 3 a database. */
const left = {
  2: { uri: 'mlruns', from: ['./mlruns'] },
  3: { uri: 'mlflow.db', from: ['--from', 'sqlite:///mlflow.db'] },
}

/** MLflow seals the secrets of its webhooks with it. */
const webhookKey = { MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: `${'A'.repeat(43)}=`, MLFLOW_DISABLE_TELEMETRY: 'true' }

function scenes(python: string, major: 2 | 3): void {
  let lazurite: Lazurite
  let folder: string
  beforeAll(async () => {
    lazurite = startLazurite()
    expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
    folder = mkdtempSync(join(tmpdir(), 'laz-move-'))
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  async function mlflow(script: string, args: string[]): Promise<void> {
    const env = {
      ...process.env,
      MLFLOW_TRACKING_TOKEN: lazurite.server().token,
      MLFLOW_ALLOW_FILE_STORE: '1',
      ...webhookKey,
    }
    await run(python, [join(source, script), ...args], { cwd: folder, env })
  }
  const dump = async (uri: string, name: string) => {
    await mlflow('dump.py', [uri, join(folder, name)])
    return JSON.parse(readFileSync(join(folder, name), 'utf8'))
  }
  const bring = (args: string[]) =>
    lazurite.json<{ runs: object; points: number; differences: unknown[] }>(['run', 'import', ...args], { cwd: folder })

  it('a server that does not answer is named, with the reason', async () => {
    const { code, err } = await lazurite.laz(['run', 'import', '--from', 'http://127.0.0.1:1'])
    expect(code).not.toBe(0)
    expect(err).toMatch(/^ERROR: http:\/\/127\.0\.0\.1:1 cannot be reached: \S/)
    expect(err).not.toContain('laz up')
  })

  it('all of it comes, twice is once, and what is exported is the same again', {
    timeout: 600_000,
  }, async () => {
    const { uri, from } = left[major]
    const place = `${major === 3 ? 'sqlite:///' : 'file://'}${folder}/${uri}`
    await mlflow('make.py', [place])
    const there = await dump(place, 'there.json')
    const report = { points: 3 * 31 + 1, models: 1, versions: 1, differences: [] }
    const first = await bring(from)
    expect(first).toMatchObject({ ...report, runs: { new: 4, completed: 0, same: 0 } })
    const here = await dump(`${lazurite.server().url}/mlflow/v2.0${workspace}`, 'here.json')
    expect(here).toEqual(there)
    expect(await bring([uri])).toMatchObject({ ...report, runs: { new: 0, completed: 0, same: 4 } })

    const exported = join(folder, 'exported')
    expect(await lazurite.json(['run', 'export', '--to', exported])).toMatchObject({
      runs: 4,
      points: report.points,
      left: [],
    })
    expect(await dump(`file://${exported}`, 'exported.json')).toEqual(there)
    // the folder comes into a workspace of its own as it is
    await lazurite.json(['workspace', 'create', '-n', 'second'])
    expect(await bring([exported, '-w', 'second'])).toMatchObject({
      ...report,
      runs: { new: 4, completed: 0, same: 0 },
    })
    // and so does one server into another
    await lazurite.json(['workspace', 'create', '-n', 'third'])
    const { url, token } = lazurite.server()
    const address = `http://me:${token}@${new URL(url).host}/mlflow/v2.0${workspace}`
    const third = await bring(['--from', address, '-w', 'third'])
    expect(third).toMatchObject({ ...report, runs: { new: 4, completed: 0, same: 0 } })
    expect(JSON.stringify(third)).not.toContain(token)
    expect(await dump(`${url}/mlflow/v2.0${workspace.replace(/main$/, 'third')}`, 'third.json')).toEqual(there)
  })
  const here = (name: string) => `${lazurite.server().url}/mlflow/v2.0${workspace.replace(/main$/, name)}`
  const traceDump = async (uri: string, script: string) => {
    await mlflow(script, [uri, join(folder, 'traces.json')])
    return JSON.parse(readFileSync(join(folder, 'traces.json'), 'utf8'))
  }
  interface More {
    traces: { new: number; completed: number; same: number }
    differences: unknown[]
    left: string[]
  }

  if (major === 2)
    it('traces whose spans are in files', { timeout: 300_000 }, async () => {
      const place = `file://${folder}/spoken`
      await mlflow('make_spans.py', [place])
      const there = await traceDump(place, 'dump_spans.py')
      await lazurite.json(['workspace', 'create', '-n', 'spoken'])
      const args = ['run', 'import', './spoken', '-w', 'spoken']
      const first = await lazurite.json<More>(args, { cwd: folder })
      expect(first).toMatchObject({ traces: { new: 3, completed: 0, same: 0 }, differences: [] })
      expect(await traceDump(here('spoken'), 'dump_spans.py')).toEqual(there)
      expect(await lazurite.json(args, { cwd: folder })).toMatchObject({ traces: { new: 0, completed: 0, same: 3 } })
    })
  else
    it('traces, evaluation datasets and webhooks, from a database and from a server, also when killed on the way', {
      timeout: 600_000,
    }, async () => {
      const place = `sqlite:///${folder}/more.db`
      await mlflow('make_more.py', [place, '150'])
      const there = await traceDump(place, 'dump_more.py')
      const from = async (source: string, name: string) =>
        lazurite.json<More>(['run', 'import', '--from', source, '-w', name], { cwd: folder })
      const whole = { spans: 304, assessments: 4, evaluations: 1, records: 30, webhooks: 1, differences: [] }

      await lazurite.json(['workspace', 'create', '-n', 'rows'])
      let isOver = false
      const half = from('sqlite:///more.db', 'rows')
        .catch(() => undefined)
        .finally(() => {
          isOver = true
        })
      while (!isOver && !(await hasTraces(here('rows'), lazurite.server().token)))
        await new Promise((next) => setTimeout(next, 5))
      process.kill(lazurite.server().pid, 'SIGKILL')
      await half
      expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
      const rest = await from('sqlite:///more.db', 'rows')
      expect(rest).toMatchObject({ ...whole, left: ['1 prompts'] })
      expect(rest.traces.new).toBeLessThan(153)
      expect(await traceDump(here('rows'), 'dump_more.py')).toEqual(there)
      expect((await from('sqlite:///more.db', 'rows')).traces).toEqual({ new: 0, completed: 0, same: 153 })

      const port = await freePort()
      const server = spawn(
        python,
        ['-m', 'mlflow', 'server', '--backend-store-uri', place, '--port', String(port), '--workers', '1'],
        { cwd: folder, env: { ...process.env, ...webhookKey }, stdio: 'ignore', detached: true },
      )
      try {
        await answers(`http://127.0.0.1:${port}/health`)
        await lazurite.json(['workspace', 'create', '-n', 'asked'])
        const asked = await from(`http://127.0.0.1:${port}`, 'asked')
        expect(asked).toMatchObject({ ...whole, traces: { new: 153, completed: 0, same: 0 }, left: ['1 prompts'] })
        expect(await traceDump(here('asked'), 'dump_more.py')).toEqual(there)
        expect((await from(`http://127.0.0.1:${port}`, 'asked')).traces).toEqual({ new: 0, completed: 0, same: 153 })
      } finally {
        endGroup(server)
      }
    })
}

async function hasTraces(home: string, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const known = await fetch(`${home}/api/2.0/mlflow/experiments/get-by-name?experiment_name=talks`, { headers })
  if (!known.ok) return false
  // what an answer of ours says
  const { experiment } = (await known.json()) as { experiment: { experiment_id: string } }
  const locations = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment.experiment_id } }]
  const body = JSON.stringify({ locations, max_results: 5 })
  const answer = await fetch(`${home}/api/3.0/mlflow/traces/search`, { method: 'POST', headers, body })
  return (await answer.text()).includes('trace_id')
}

/** MLflow's server is several processes. */
function endGroup(server: ChildProcess): void {
  try {
    if (server.pid !== undefined) process.kill(-server.pid, 'SIGKILL')
  } catch {
    // it is gone
  }
}

async function freePort(): Promise<number> {
  return new Promise((found) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => found(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

async function answers(url: string): Promise<void> {
  for (const until = Date.now() + 120_000; Date.now() < until; ) {
    if (
      await fetch(url).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return
    await new Promise((next) => setTimeout(next, 300))
  }
  expect.fail(`${url} does not answer`)
}
