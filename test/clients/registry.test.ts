// The unmodified azure-ai-ml client in registries, over https. LAZ_TEST_PYTHON names a Python that has it.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Server, startServer } from '@lazurite/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const python = process.env.LAZ_TEST_PYTHON
if (!python && process.env.CI === 'true') throw new Error('LAZ_TEST_PYTHON must name a Python with azure-ai-ml')
if (!python) console.log('azure-ai-ml in registries: skipped; LAZ_TEST_PYTHON names no Python that has it')

const quiet = () => {}
const log = {
  fatal: quiet,
  error: quiet,
  warn: quiet,
  info: quiet,
  debug: quiet,
  trace: quiet,
  silent: quiet,
  level: 'silent',
  child: () => log,
}

describe.skipIf(!python)('azure-ai-ml in registries', () => {
  let server: Server
  let root: string
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'laz-registries-'))
    server = await startServer({ home: join(root, 'home'), log, tls: true, env: { LAZ_ENVIRONMENT: 'host' } })
  })
  afterAll(async () => {
    await server?.close()
    rmSync(root, { recursive: true, force: true, maxRetries: 20 })
  })

  test('makes a registry, fills it, shares with it, runs on it', async () => {
    const { url = '', bundle = '' } = server.tls.place() ?? {}
    const env = {
      ...process.env,
      ARM_CLOUD_METADATA_URL: `${url}/metadata/endpoints?api-version=2019-05-01`,
      REGISTRY_DISCOVERY_ENDPOINT_URL: `${url}/`,
      REQUESTS_CA_BUNDLE: bundle,
      IDENTITY_ENDPOINT: `${url}/msi/token`,
      IDENTITY_HEADER: server.sign.identitySecret,
      AZURE_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000001',
      AZURE_DEFAULTS_GROUP: 'lazurite',
      AZURE_DEFAULTS_WORKSPACE: 'main',
      AZUREML_RUN_POLLING_INTERVAL_MIN: '1',
      AZUREML_RUN_POLLING_INTERVAL_MAX: '1',
      PYTHONWARNINGS: 'ignore',
    }
    const { code, out, err } = await run(python ?? '', [join(import.meta.dirname, 'registry.py')], env)
    expect(code, `${out}\n${err}`).toBe(0)
    const id = (collection: string, name: string, version: string) =>
      `azureml://registries/shared/${collection}/${name}/versions/${version}`
    expect(JSON.parse(err.trim().split('\n').at(-1) ?? '')).toEqual({
      registry: ['shared', { team: 'all' }, ['shared']],
      environment: [id('environments', 'env', '1'), '1', 'python:3.11', 'd', { a: 'b' }],
      'environment build': true,
      'environment latest': '2',
      'environment versions': ['2', '1'],
      'environment archived': ['1'],
      environments: ['env'],
      'environment again': true,
      'environment other': 409,
      model: [id('models', 'net', '1'), '1', 'custom_model'],
      'model again': id('models', 'net', '1'),
      'model other': 409,
      'model download': [
        ['net/model/deep/more.txt', 'more'],
        ['net/model/weights.txt', 'weights'],
      ],
      'model next': '2',
      'model latest': '2',
      'models archived': [],
      'models restored': ['net'],
      data: [id('data', 'words', '1'), 'uri_file', 'some'],
      'data latest': '1',
      component: [
        id('components', 'copy_file', '1'),
        '1',
        expect.stringContaining('azureml://registries/shared/codes/'),
      ],
      components: ['copy_file'],
      'component environment': expect.stringContaining('registries/azureml/environments/sklearn-1.5/labels/latest'),
      'model shared': [id('models', 'theirs', '1'), '1'],
      'model shared again': 'ValidationException',
      'data shared': id('data', 'table', '2'),
      'environment shared': 'python:3.10',
      missing: 404,
      promoted: ['more', 'weights'],
      job: 'Completed',
      'job output': ['weightsa word\n'],
      pipeline: 'Completed',
      system: true,
      'system latest': 'azureml://registries/azureml/environments/sklearn-1.5/versions/1',
      'system read only': 400,
      'registry in use': 409,
    })
  })
})

function run(
  program: string,
  words: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}
