/**
 * Pipelines of the unmodified azure-ai-ml, written with `@pipeline`: nested and registered components, overrides, named
 * outputs, conditions, loops, failure, cancel, over https. LAZ_TEST_PYTHON names a Python that has it.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite } from '../slow/laz.ts'

const python = process.env.LAZ_TEST_PYTHON
if (!python && process.env.CI === 'true') throw new Error('LAZ_TEST_PYTHON must name a Python with azure-ai-ml')
if (!python) console.log('pipelines of azure-ai-ml: skipped; LAZ_TEST_PYTHON names no Python that has it')

describe.skipIf(!python)('@pipeline of azure-ai-ml', () => {
  let lazurite: Lazurite
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'laz-dsl-'))
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    expect(await lazurite.laz(['up', '--tls'])).toMatchObject({ code: 0 })
  })
  afterAll(() => {
    lazurite?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('runs as it is written, and answers as it should', { timeout: 600_000 }, async () => {
    const variables = await lazurite.json<Record<string, string>>(['connect', 'python'])
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      TMPDIR: folder,
      PYTHONWARNINGS: 'ignore',
      ...variables,
      LAZ_TEST_FOLDER: folder,
    }
    const { code, out, err } = await run(python ?? '', [join(root, 'test/clients/pipelines/program.py')], env)
    expect(code, `${out}\n${err}`).toBe(0)
    expect(JSON.parse(err.trim().split('\n').at(-1) ?? '')).toEqual({
      nested: [
        'Completed',
        { end: 'Completed', one: 'Completed', part: 'Completed' },
        'second\ninner\nhello moin\n',
        '3\n',
      ],
      'registered output': '7',
      'inner steps': { first: 'Completed', second: 'Completed' },
      settings: ['serverless', true, ['end', 'one', 'part']],
      dumped: true,
      'pipeline component': ['Completed', ['then', 'used']],
      'condition True': ['Completed', { decide: 'Completed', yes: 'Completed' }],
      'condition False': ['Completed', { decide: 'Completed', no: 'Completed' }],
      'condition read back': 'if_else',
      do_while: [
        'Completed',
        { 'body.1': 'Completed', 'body.2': 'Completed', 'body.3': 'Completed', write_text: 'Completed' },
      ],
      parallel_for: [
        'Completed',
        { 'body.0': 'Completed', 'body.1': 'Completed', 'body.2': 'Completed', write_text: 'Completed' },
      ],
      gathered: ['[4,9,16]'],
      failure: true,
      failed: ['Failed', { bad: 'Failed', write_text_1: 'Completed' }],
      cancelled: ['Canceled', ['Canceled']],
      refused: [400, true],
    })
  })
})

function run(
  program: string,
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number; out: string; err: string }> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
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
