/**
 * Traces by unmodified MLflow clients: told by decorators, searched, assessed, summed up, by the owner and by a job with
 * its own token. LAZ_TEST_MLFLOW3 names a Python interpreter with mlflow 3.17 or newer. Where it is not named the tests
 * are skipped; in CI they fail.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lazurite, root, startLazurite } from '../slow/laz.ts'

const python = process.env.LAZ_TEST_MLFLOW3
const folder = join(root, 'test/clients/mlflow')

if (python !== undefined) describe('traces of mlflow 3', () => scenes(python))
else if (process.env.CI === 'true')
  it('traces of mlflow 3', () => expect.fail('LAZ_TEST_MLFLOW3 must name a Python that has mlflow 3'))
else it.skip('traces of mlflow 3 (skipped: LAZ_TEST_MLFLOW3 names no Python that has it)')

function scenes(interpreter: string): void {
  let lazurite: Lazurite
  beforeAll(async () => {
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
  })
  afterAll(() => lazurite?.stop())

  it('are told, found, judged and deleted by their owner', async () => {
    const { url, token } = lazurite.server()
    const env = { MLFLOW_TRACKING_URI: url, MLFLOW_TRACKING_TOKEN: token, EXPERIMENT: 'traces' }
    const { code, said } = await run(interpreter, env)
    expect(code, said).toBe(0)
    expect(said).toContain('all of it holds')
  }, 300_000)

  it('are told by a job with its own token, into its own experiment', async () => {
    const set = (word: string) => ['--set', word]
    const words = [
      ...set(`command=${interpreter} traces.py`),
      ...set('experiment_name=traces of jobs'),
      ...set('environment_variables.MLFLOW_HTTP_REQUEST_MAX_RETRIES=1'),
    ]
    const job = await lazurite.laz(['job', 'create', '-f', 'job.yml', '-n', 'tracing', '--stream', ...words], {
      cwd: folder,
    })
    expect(job, `${job.out}\n${job.err}`).toMatchObject({ code: 0 })
    expect(job.out).toContain('all of it holds')
  }, 300_000)
}

function run(interpreter: string, env: Record<string, string>): Promise<{ code: number | null; said: string }> {
  return new Promise((done, fail) => {
    const child = spawn(interpreter, ['-W', 'ignore', 'traces.py'], { cwd: folder, env: { ...process.env, ...env } })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    child.on('error', fail)
    child.on('close', (code) => done({ code, said }))
  })
}
