// Schedules and jobs of several processes of the unmodified azure-ai-ml over https. LAZ_TEST_PYTHON names a Python that has it.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from '../slow/laz.ts'

const python = process.env.LAZ_TEST_PYTHON
if (!python && process.env.CI === 'true') throw new Error('LAZ_TEST_PYTHON must name a Python with azure-ai-ml')
if (!python) console.log('schedules of azure-ai-ml: skipped; LAZ_TEST_PYTHON names no Python that has it')

const script = join(import.meta.dirname, 'schedules.py')

describe.skipIf(!python)('schedules of azure-ai-ml', () => {
  let lazurite: Lazurite
  let root: string
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'laz-schedules-'))
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    expect(await lazurite.laz(['up', '--tls'])).toMatchObject({ code: 0 })
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(root, { recursive: true, force: true })
  })

  test('start jobs at their time, by hand, with settings, once more; every time zone; refusals', async () => {
    const variables = await lazurite.json<Record<string, string>>(['connect', 'python'])
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: root,
      TMPDIR: root,
      PYTHONWARNINGS: 'ignore',
      ...variables,
      LAZ_TEST_FOLDER: root,
      AZUREML_RUN_POLLING_INTERVAL_MIN: '1',
      AZUREML_RUN_POLLING_INTERVAL_MAX: '1',
    }
    const { code, out, err } = await run(python ?? '', [script], env)
    expect(code, `${out}\n${err}`).toBe(0)
    expect(JSON.parse(err.trim().split('\n').at(-1) ?? '')).toEqual({
      'at once': ['Succeeded', true, 1, true, true, 'Completed', 'tick'],
      'by hand': ['Completed', 'settings', true, 'CreateJob'],
      existing: ['Completed', 'again', 'once'],
      zones: expect.any(Number),
      refused: [400, 400, 400],
      left: [],
      several: [
        'Completed',
        true,
        [0, 1, 2, 3].map((rank) => `std_log_process_${rank}.txt`),
        [0, 1, 2, 3].map((rank) => `${rank}.txt`),
      ],
    })
  }, 300_000)
})

function run(command: string, args: string[], env: NodeJS.ProcessEnv) {
  return new Promise<{ code: number; out: string; err: string }>((done, fail) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text
    })
    child.on('error', fail)
    child.on('close', (code) => done({ code: code ?? -1, out, err }))
  })
}
