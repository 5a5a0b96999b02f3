/**
 * Unmodified MLflow clients on a laptop, over https, with nothing but what `laz connect` prints: the stock client of
 * LAZ_TEST_MLFLOW2 and LAZ_TEST_MLFLOW3, and the plugin of LAZ_TEST_AZUREML_MLFLOW, a Python with azureml-mlflow. Where
 * one is not named its test is skipped; in CI it fails.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lazurite, root, startLazurite } from '../slow/laz.ts'

const program = join(root, 'test/clients/mlflow-https/track.py')
const clients = [
  { variable: 'LAZ_TEST_MLFLOW2', connect: 'mlflow', scheme: 'mlflow-artifacts' },
  { variable: 'LAZ_TEST_MLFLOW3', connect: 'mlflow', scheme: 'mlflow-artifacts' },
  { variable: 'LAZ_TEST_AZUREML_MLFLOW', connect: 'azureml-mlflow', scheme: 'azureml' },
]

describe('over https', () => {
  let lazurite: Lazurite
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'laz-mlflow-https-'))
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    expect(await lazurite.laz(['up', '--tls'])).toMatchObject({ code: 0 })
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  for (const { variable, connect, scheme } of clients) {
    const python = process.env[variable]
    const name = `${connect} of ${variable} tracks a run and gets it back with its files`
    if (python) it(name, () => track(python, connect, scheme))
    else if (process.env.CI === 'true')
      it(name, () => expect.fail(`${variable} must name a Python that has ${connect}`))
    else it.skip(`${name} (skipped: ${variable} names no Python that has it)`)
  }

  async function track(python: string, connect: string, scheme: string): Promise<void> {
    const variables = await lazurite.json<Record<string, string>>(['connect', connect])
    const env = { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder, PYTHONWARNINGS: 'ignore', ...variables }
    const child = spawn(python, [program], { env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text
    })
    const code = await new Promise((done, fail) => child.on('close', done).on('error', fail))
    expect(code, err).toBe(0)
    const files = { 'sub/f.txt': 'hello', 'all/f.txt': 'hello', 'all/deep/ü g.txt': 'deep' }
    const { files: found, ...seen } = JSON.parse(err.trim().split('\n').at(-1) ?? '')
    expect(JSON.parse(found['d.json'])).toEqual({ k: [1, 2] })
    expect(found).toEqual({ ...files, 'd.json': found['d.json'] })
    expect(seen).toEqual({
      status: 'FINISHED',
      params: { a: '1' },
      metrics: { m: 0.5 },
      history: [3],
      tag: 'x',
      scheme,
      listed: ['all', 'd.json', 'sub'],
      below: ['all/deep', 'all/f.txt'],
      one: 'hello',
      searched: true,
    })
  }
})
