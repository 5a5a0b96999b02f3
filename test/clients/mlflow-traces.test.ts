/**
 * Traces by unmodified MLflow clients: told by decorators, searched, assessed, summed up, by the owner and by a job with
 * its own token. LAZ_TEST_MLFLOW3 names a Python interpreter with mlflow 3.17 or newer, LAZ_TEST_MLFLOW2 one with mlflow
 * 2.22 and opentelemetry-sdk<1.35, beyond which that client tells no traces. Where one is not named its tests are
 * skipped; in CI they fail.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lazurite, root, startLazurite } from '../slow/laz.ts'

const folder = join(root, 'test/clients/mlflow')

for (const { variable, scenes } of [
  { variable: 'LAZ_TEST_MLFLOW3', scenes: newScenes },
  { variable: 'LAZ_TEST_MLFLOW2', scenes: oldScenes },
]) {
  const python = process.env[variable]
  const name = `traces of mlflow ${variable.at(-1)}`
  if (python !== undefined) describe(name, () => scenes(python))
  else if (process.env.CI === 'true') it(name, () => expect.fail(`${variable} must name a Python that has mlflow`))
  else it.skip(`${name} (skipped: ${variable} names no Python that has it)`)
}

let lazurite: Lazurite
beforeAll(async () => {
  lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
})
afterAll(() => lazurite?.stop())

function owner(experiment: string): Record<string, string> {
  const { url, token } = lazurite.server()
  return { MLFLOW_TRACKING_URI: url, MLFLOW_TRACKING_TOKEN: token, EXPERIMENT: experiment }
}

function oldScenes(interpreter: string): void {
  it('are told, found, tagged and deleted', async () => {
    const { code, said } = await run([interpreter, 'traces_old.py'], owner('old traces'))
    expect(code, said).toBe(0)
    expect(said).toContain('all of it holds')
  }, 120_000)
}

function newScenes(interpreter: string): void {
  it('are told, found, judged and deleted by their owner', async () => {
    const { code, said } = await run([interpreter, 'traces.py'], owner('traces'))
    expect(code, said).toBe(0)
    expect(said).toContain('all of it holds')
  }, 300_000)

  it('of a library’s own calls are told, where openai is installed', async () => {
    const { code, said } = await run([interpreter, 'traces_openai.py'], owner('calls of a library'))
    expect(code, said).toBe(0)
    expect(said).toMatch(process.env.CI === 'true' ? /all of it holds/ : /all of it holds|openai is not installed/)
  }, 300_000)

  it('become records of evaluation datasets', async () => {
    const { code, said } = await run([interpreter, 'evaluations.py'], owner('datasets'))
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

function run(
  [interpreter = '', program = '']: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; said: string }> {
  return new Promise((done, fail) => {
    const child = spawn(interpreter, ['-W', 'ignore', program], { cwd: folder, env: { ...process.env, ...env } })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    child.on('error', fail)
    child.on('close', (code) => done({ code, said }))
  })
}
