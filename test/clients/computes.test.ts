// Computes of the unmodified azure-ai-ml over https. LAZ_TEST_PYTHON names a Python that has it.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from '../slow/laz.ts'

const python = process.env.LAZ_TEST_PYTHON
if (!python && process.env.CI === 'true') throw new Error('LAZ_TEST_PYTHON must name a Python with azure-ai-ml')
if (!python) console.log('computes of azure-ai-ml: skipped; LAZ_TEST_PYTHON names no Python that has it')

const script = join(import.meta.dirname, 'computes.py')

describe.skipIf(!python)('computes of azure-ai-ml', () => {
  let lazurite: Lazurite
  let root: string
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'laz-computes-'))
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', LAZ_CORES: '4', LAZ_MEMORY_MIB: '16000' } })
    expect(await lazurite.laz(['up', '--tls'])).toMatchObject({ code: 0 })
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(root, { recursive: true, force: true })
  })

  test('clusters grow, are resized and shrink; instances start, stop and restart; refusals', async () => {
    const variables = await lazurite.json<Record<string, string>>(['connect', 'python'])
    const env = { PATH: process.env.PATH ?? '', HOME: root, TMPDIR: root, PYTHONWARNINGS: 'ignore', ...variables }
    const { code, out, err } = await run(python ?? '', [script], env)
    expect(code, `${out}\n${err}`).toBe(0)
    expect(JSON.parse(err.trim().split('\n').at(-1) ?? '')).toEqual({
      cluster: [
        [['running', 'first']],
        [
          ['running', 'first'],
          ['running', 'second'],
        ],
        2,
      ],
      instance: [
        ['Running', 'Stopped', 'Running', 'JobRunning', 'Running'],
        '30',
        '0 18 * * *',
        'stop',
        ['Restart', 'Succeeded'],
        'Canceled',
        ['mine'],
      ],
      gone: true,
      refused: [400, 400],
    })
  }, 200_000)
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
