// Programs of the unmodified azure-ai-ml against a server of their own, over https, pointed there by the environment
// variables of `laz connect` alone. LAZ_TEST_PYTHON names a Python that has the client.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { type Lazurite, startLazurite } from '../slow/laz.ts'

const python = process.env.LAZ_TEST_PYTHON

/** True when such tests of `what` may run; says why when not, and throws in CI. */
export function hasSdk(what: string): boolean {
  if (python) return true
  if (process.env.CI === 'true') throw new Error('LAZ_TEST_PYTHON must name a Python with azure-ai-ml')
  console.log(`${what} of azure-ai-ml: skipped; LAZ_TEST_PYTHON names no Python that has it`)
  return false
}

export interface SdkPrograms {
  lazurite: Lazurite
  /** Home of the programs, and where they keep files. */
  folder: string
  /** Runs a script of this folder; what it says in its last line on the error stream, which must be JSON. */
  run(script: string, ...args: string[]): Promise<unknown>
  end(): void
}

/** Starts a server for programs, with settings; `files` are written where the programs find them, path → text. */
export async function openPrograms(
  files: Record<string, string> = {},
  settings: Record<string, string> = {},
): Promise<SdkPrograms> {
  const folder = mkdtempSync(join(tmpdir(), 'laz-sdk-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', ...settings } })
  expect(await lazurite.laz(['up', '--tls'])).toMatchObject({ code: 0 })
  return {
    lazurite,
    folder,
    async run(script, ...args) {
      const variables = await lazurite.json<Record<string, string>>(['connect', 'python'])
      const { code, out, err } = await runPython([join(import.meta.dirname, script), ...args], {
        PATH: process.env.PATH ?? '',
        HOME: folder,
        TMPDIR: folder,
        PYTHONWARNINGS: 'ignore',
        ...variables,
        LAZ_TEST_FOLDER: folder,
        AZUREML_RUN_POLLING_INTERVAL_MIN: '1',
        AZUREML_RUN_POLLING_INTERVAL_MAX: '1',
      })
      expect(code, `${out}\n${err}`).toBe(0)
      return JSON.parse(err.trim().split('\n').at(-1) ?? '')
    },
    end() {
      lazurite.stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}

function runPython(args: string[], env: Record<string, string>) {
  return new Promise<{ code: number; out: string; err: string }>((done, fail) => {
    const child = spawn(python ?? '', args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
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
