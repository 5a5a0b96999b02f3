/**
 * The unmodified tritonclient against an endpoint with ONNX models. LAZ_TEST_INFERENCE names a Python with
 * tritonclient[http] and onnxruntime.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startLazurite } from '../slow/laz.ts'

const run = promisify(execFile)
const program = join(import.meta.dirname, 'ask_triton.py')
const deployment = `
name: blue
endpoint_name: models
model: {path: repository, type: triton_model}
instance_type: Standard_DS3_v2
instance_count: 1
`

const python = process.env.LAZ_TEST_INFERENCE
if (!python && process.env.CI) throw new Error('LAZ_TEST_INFERENCE names no Python')

test.skipIf(!python)(
  'tritonclient asks the ONNX models of a repository',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'laz-triton-'))
    const path = `${dirname(python ?? '')}:${process.env.PATH}`
    const lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', PATH: path } })
    try {
      await run(python ?? '', [program, 'save', join(folder, 'repository')])
      writeFileSync(join(folder, 'deployment.yml'), deployment)
      await lazurite.json(['online-endpoint', 'create', '-n', 'models', '--auth-mode', 'aml_token'])
      const words = ['online-deployment', 'create', '-f', 'deployment.yml', '--all-traffic']
      expect(await lazurite.json(words, { cwd: folder })).toMatchObject({ provisioning_state: 'Succeeded' })
      const shown = await lazurite.json<Record<string, string>>(['online-endpoint', 'show', '-n', 'models'])
      const held = await lazurite.json<Record<string, string>>(['online-endpoint', 'get-credentials', '-n', 'models'])
      // as the scripts of Azure's examples cut it
      const address = shown.scoring_uri?.replace(/^http:\/\//, '').replace(/\/score$/, '') ?? ''
      const { stdout } = await run(python ?? '', [program, 'ask', address, held.accessToken ?? ''])
      expect(stdout).toContain('all answered')
    } finally {
      // replicas outlive their server
      await lazurite.laz(['online-endpoint', 'delete', '-n', 'models', '--yes'])
      lazurite.stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
    }
  },
  180_000,
)
