/**
 * AutoML and Spark jobs with the unmodified azure-ai-ml over https, on real data with the real libraries: environments
 * are made from the package index. Needs LAZ_TEST_PYTHON, an index, and Java for Spark; skipped without, but not in CI.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lazurite, root, startLazurite } from '../slow/laz.ts'

const program = join(root, 'test/clients/azure_ai_ml/automl.py')
const python = process.env.LAZ_TEST_PYTHON ?? ''
const lacks = (command: string, args: string[]) => spawnSync(command, args, { timeout: 60_000 }).status !== 0
const missing = python
  ? lacks('python3', ['-m', 'pip', 'download', '--no-deps', '-q', '-d', tmpdir(), 'six'])
    ? 'no package index can be reached'
    : undefined
  : 'LAZ_TEST_PYTHON names no Python that has azure-ai-ml'

if (!missing) describe('azure-ai-ml', scenes)
else if (process.env.CI === 'true') it('AutoML and Spark', () => expect.fail(missing))
else it.skip(`AutoML and Spark (skipped: ${missing})`)

function scenes(): void {
  let lazurite: Lazurite
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'laz-automl-'))
    lazurite = startLazurite()
    expect(await lazurite.laz(['up', '--tls'])).toMatchObject({ code: 0 })
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  async function run(what: string): Promise<{ out: string; err: string; seen: Record<string, unknown> }> {
    const variables = await lazurite.json<Record<string, string>>(['connect', 'python'])
    const own = mkdtempSync(join(folder, what))
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: own,
      PYTHONWARNINGS: 'ignore',
      LAZ_TEST_FOLDER: own,
      ...variables,
    }
    const child = spawn(python, [program, what], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text
    })
    await new Promise((done, fail) => child.on('close', done).on('error', fail))
    const last = err.trim().split('\n').at(-1) ?? ''
    if (!last.startsWith('{')) expect.fail(`${out.slice(-2000)}\n${err.slice(-4000)}`)
    return { out, err, seen: JSON.parse(last) }
  }

  it('runs AutoML on tables, and what it finds can be used', { timeout: 1_800_000 }, async () => {
    const { seen } = await run('automl')
    expect(seen).toEqual({
      classification: ['Completed', 'ClassificationJob', 'AUCWeighted', ['_0', '_1', '_2', '_3', '_setup']],
      best: 'Completed',
      downloaded: ['MLmodel', 'confusion_matrix.json', 'model.pkl'],
      used: ['Completed', ["['large', 'small']", '<best>']],
      forecast: ['Completed', true],
      refused: true,
    })
  })

  it('runs Spark programs, alone and as steps', { timeout: 1_800_000 }, async () => {
    if (lacks('java', ['-version'])) {
      if (process.env.CI === 'true') expect.fail('Spark needs Java')
      return
    }
    const { seen } = await run('spark')
    expect(seen).toEqual({ spark: ['Completed', expect.any(String), ['rows 120 cores local[1]'], 'Completed'] })
  })
}
