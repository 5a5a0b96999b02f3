/**
 * The unmodified azure-ai-ml over https: one of each noun, with `MLClient(DefaultAzureCredential(), …)` and nothing but
 * the variables that `laz connect` prints. LAZ_TEST_PYTHON names a Python with the newest release, LAZ_TEST_PYTHON_OLD
 * one with the oldest that is served. Where one is not named its tests are skipped; in CI they fail.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lazurite, root, startLazurite } from '../slow/laz.ts'
import { keepVerdicts } from './report.ts'

const program = join(root, 'test/clients/azure_ai_ml/program.py')

for (const variable of ['LAZ_TEST_PYTHON', 'LAZ_TEST_PYTHON_OLD']) {
  const python = process.env[variable]
  if (python) describe(`azure-ai-ml of ${variable}`, () => scenes(python))
  else if (process.env.CI === 'true')
    it(`azure-ai-ml of ${variable}`, () => expect.fail(`${variable} must name a Python that has azure-ai-ml`))
  else it.skip(`azure-ai-ml (skipped: ${variable} names no Python that has it)`)
}

interface Report {
  version: string
  well: string[]
  wrong: Record<string, string>
}

function scenes(python: string): void {
  let lazurite: Lazurite
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'laz-program-'))
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    expect(await lazurite.laz(['up', '--tls'])).toMatchObject({ code: 0 })
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  /** Only what `laz connect` prints, and what any program needs to start. */
  async function run(
    words: string[],
    more: Record<string, string> = {},
    file = program,
  ): Promise<{ out: string; err: string }> {
    const variables = await lazurite.json<Record<string, string>>(['connect', 'python'])
    expect(variables.ARM_CLOUD_METADATA_URL).toMatch(/^https:\/\/localhost:\d+\//)
    const env = { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder, PYTHONWARNINGS: 'ignore', ...variables }
    const child = spawn(python, [file, ...words], { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text
    })
    await new Promise((done, fail) => child.on('close', done).on('error', fail))
    return { out, err }
  }

  it('does everything with one of each noun, and gets back what it gave', async () => {
    const { out, err } = await run([])
    const report = JSON.parse(err.trim().split('\n').at(-1) ?? '') as Report
    keepVerdicts(`azure-ai-ml ${report.version}`, [
      ...report.well.map((operation) => ({ operation, verdict: 'works' as const })),
      ...Object.entries(report.wrong).map(([operation, reason]) => ({
        operation,
        verdict: 'differs' as const,
        reason,
      })),
    ])
    expect(report.wrong).toEqual({})
    for (const [noun, count] of Object.entries(counts))
      expect(report.well.filter((step) => step.split(' ')[0] === noun).length, noun).toBe(count)
    expect(out).toMatch(/--- stream command_\w+\n(?:.*\n)*ran with hey \['one\.csv', 'two\.csv'\]\n(?:.*\n)*--- end/)
  })

  it('gets tokens by every kind of credential, for this server alone', async () => {
    const { ARM_CLOUD_METADATA_URL: at } = await lazurite.json<Record<string, string>>(['connect', 'python'])
    const { err } = await run([], {}, join(program, '../credentials.py'))
    expect(JSON.parse(err.trim().split('\n').at(-1) ?? '')).toEqual({
      'app service': new URL(at ?? '').origin,
      workspace: 'https://ml.azure.laz.test',
      environment: new URL(at ?? '').origin,
      default: 'https://management.azure.com',
      elsewhere: true,
    })
  })

  it('leaves no secret in the log', () => {
    const { token, identitySecret } = JSON.parse(readFileSync(join(lazurite.home, 'server.json'), 'utf8'))
    const log = readFileSync(join(lazurite.home, 'server.log'), 'utf8')
    for (const secret of ['S3cret', 'a2V5LW9mLWFjY291bnQ', token, identitySecret]) expect(log).not.toContain(secret)
  })

  it('is told in words it can show when it knows no secret, or does not trust us', async () => {
    const wrong = await run(['datastore default'], { IDENTITY_HEADER: 'wrong', MSI_SECRET: 'wrong' })
    expect(wrong.err).toMatch(/no valid token|401|Unauthorized|DefaultAzureCredential failed/)
    const stranger = await run(['datastore default'], { REQUESTS_CA_BUNDLE: '/etc/hostname' })
    expect(stranger.err).toMatch(/certificate|CERTIFICATE|TLS|SSL|invalid path/i)
  })
}

/** How many steps there are of each noun. */
const counts: Record<string, number> = {
  workspace: 2,
  compute: 5,
  datastore: 8,
  environment: 4,
  data: 5,
  model: 3,
  component: 4,
  connection: 2,
  schedule: 1,
  registry: 5,
  job: 5,
  endpoint: 2,
}
