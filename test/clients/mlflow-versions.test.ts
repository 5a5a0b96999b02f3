/**
 * Unmodified MLflow clients of two majors and two years, each with the libraries of its time. The variables below name
 * Python interpreters that have them; LAZ_TEST_TORCH and LAZ_TEST_LIGHTNING name folders of packages, PyTorch's and those
 * of PyTorch Lightning alone. Where one is not named its tests are skipped; in CI they fail.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lazurite, root, startLazurite, workspace } from '../slow/laz.ts'

const programs = join(root, 'test/clients/mlflow-versions')
const versions = [
  { variable: 'LAZ_TEST_MLFLOW29', version: '2.9' },
  { variable: 'LAZ_TEST_MLFLOW216', version: '2.16' },
  { variable: 'LAZ_TEST_MLFLOW2', version: '2.22' },
  { variable: 'LAZ_TEST_MLFLOW31', version: '3.1' },
  { variable: 'LAZ_TEST_MLFLOW3', version: '3.17' },
]

interface Seen {
  version: string
  run?: string
  name?: string
}

let lazurite: Lazurite
let folder: string
let connection: Record<string, string>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'laz-mlflow-versions-'))
  lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
  connection = await lazurite.json<Record<string, string>>(['connect', 'mlflow'])
})
afterAll(() => {
  lazurite?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

for (const { variable, version } of versions) describe(`mlflow ${version}`, () => scenes(variable, version))

function scenes(variable: string, version: string): void {
  const major = Number(version.split('.')[0])
  const python = process.env[variable]
  const scene = (name: string, needs: readonly string[], act: (python: string) => Promise<void>) => {
    const absent = needs.filter((each) => !process.env[each])
    if (python && absent.length === 0) it(name, () => act(python))
    else if (process.env.CI === 'true') it(name, () => expect.fail(`${absent.join(', ')} must be set`))
    else it.skip(`${name} (skipped: ${absent.join(', ')} not set)`)
  }
  const program = (name: string, words: string[], act: (seen: Seen) => Promise<void>, packages: string[] = []) =>
    scene(name, [variable, ...packages], async (interpreter) => {
      const seen = await run(interpreter, words, packages)
      expect(seen.version).toMatch(new RegExp(`^${version.replace('.', '\\.')}\\.`))
      await act(seen)
    })

  program('runs are written, read, searched, nested, deleted and restored', ['tracking.py'], async ({ run: name }) => {
    const { status, body } = await lazurite.http('GET', `/history/v1.0${workspace}/runs/${name}/children`)
    expect(status, body).toBe(200)
    const children = (JSON.parse(body).value as { displayName: string; status: string }[]).sort((a, b) =>
      a.displayName < b.displayName ? -1 : 1,
    )
    expect(children.map((child) => child.displayName)).toEqual(['child 0', 'child 2', 'child 3', 'renamed'])
    expect(children.map((child) => child.status)).toEqual(Array(4).fill('Completed'))
  })

  program('models are logged, registered, named, staged and loaded', ['registry.py'], async ({ name, run: made }) => {
    const shown = ['model', 'show', '-n', String(name), '-v', '2']
    expect(await lazurite.json(shown)).toMatchObject({
      type: 'mlflow_model',
      description: 'a steep line',
      tags: { from: 'second' },
      job_name: made,
    })
  })

  for (const library of ['sklearn', 'xgboost', 'lightgbm']) {
    program(`autolog of ${library}`, ['autolog.py', library], ({ run: name }) => expectCompleted(name))
  }
  if (version === '3.17') {
    const packages = ['LAZ_TEST_TORCH', 'LAZ_TEST_LIGHTNING']
    program('autolog of PyTorch Lightning', ['by_lightning.py'], ({ run: name }) => expectCompleted(name), packages)
  }
  if (major >= 3) {
    program('traces are kept, found, judged and deleted', ['traces.py'], ({ run: name }) => expectCompleted(name))
  }
}

async function expectCompleted(name: string | undefined): Promise<void> {
  const { status, body } = await lazurite.http('GET', `/mlflow/v2.0${workspace}/api/2.0/mlflow/runs/get?run_id=${name}`)
  expect(status, body).toBe(200)
  expect(JSON.parse(body).run.info.status).toBe('FINISHED')
}

/** Runs a program with nothing but what `laz connect mlflow` prints; the last line of its stderr says what it saw. */
async function run(python: string, words: string[], packages: string[]): Promise<Seen> {
  const [program = '', ...rest] = words
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    TMPDIR: folder,
    PYTHONWARNINGS: 'ignore',
    PYTHONPATH: packages.map((variable) => process.env[variable]).join(':'),
    OMP_NUM_THREADS: '1',
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
    GIT_PYTHON_REFRESH: 'quiet',
    ...connection,
  }
  const child = spawn(python, [join(programs, program), ...rest], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text
    })
  }
  const code = await new Promise((done, fail) => child.on('close', done).on('error', fail))
  expect(code, said.slice(-6000)).toBe(0)
  const last = said.split('\n').findLast((line) => line.startsWith('{"version"'))
  return JSON.parse(last ?? fail(said))
}

function fail(said: string): never {
  throw new Error(`the program told nothing of what it saw:\n${said.slice(-6000)}`)
}
