// The unmodified azure-ai-ml client against a server. LAZ_TEST_PYTHON names a Python that has it.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Server, startServer } from '@lazurite/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const python = process.env.LAZ_TEST_PYTHON
if (!python && process.env.CI === 'true') throw new Error('LAZ_TEST_PYTHON must name a Python with azure-ai-ml')
if (!python) console.log('azure-ai-ml: skipped; LAZ_TEST_PYTHON names no Python that has it')

const script = join(import.meta.dirname, 'azure-ai-ml.py')
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

describe.skipIf(!python)('azure-ai-ml', () => {
  let server: Server
  let root: string
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'laz-aml-'))
    mkdirSync(join(root, 'src'))
    writeFileSync(
      join(root, 'src/main.py'),
      'import sys, time\nprint("ran with", sys.argv[2], flush=True)\ntime.sleep(3)\nopen(sys.argv[1] + "/o.txt", "w").write("x")\n',
    )
    writeFileSync(
      join(root, 'component.yml'),
      [
        'name: train_c',
        'version: 1',
        'type: command',
        'inputs:',
        '  lr: {type: number, default: 0.1}',
        'outputs:',
        '  out: {type: uri_folder}',
        'code: ./src',
        'environment: azureml:AzureML-sklearn-1.5@latest',
        'command: python3 main.py ${{outputs.out}} ${{inputs.lr}}',
      ].join('\n'),
    )
    server = await startServer({ home: join(root, 'home'), log, env: { LAZ_ENVIRONMENT: 'host' } })
  })
  afterAll(async () => {
    await server?.close()
    rmSync(root, { recursive: true, force: true, maxRetries: 20 })
  })

  test('does its everyday work', async () => {
    const env = {
      ...process.env,
      LAZ_URL: server.url,
      LAZ_TOKEN: server.token,
      LAZ_IDENTITY: server.sign.identitySecret,
      LAZ_TEST_FOLDER: root,
      PYTHONWARNINGS: 'ignore',
    }
    const { code, out, err } = await run(python ?? '', [script], env)
    expect(code, `${out}\n${err}`).toBe(0)
    const seen = JSON.parse(err.trim().split('\n').at(-1) ?? '')
    const work = 'azureml://subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/lazurite/workspaces/main'
    expect(seen).toEqual({
      workspace: 'main',
      workspaces: ['main'],
      'default datastore': 'workspaceblobstore',
      'datastore secret': 'a2V5',
      datastores: [
        'bds',
        'workspaceartifactstore',
        'workspaceblobstore',
        'workspacefilestore',
        'workspaceworkingdirectory',
      ],
      'environment versions': ['1', '2'],
      'environment latest': 'b',
      'environment active': ['1'],
      data: `${work}/datastores/workspaceblobstore/paths/x/y.csv`,
      model: '1',
      cluster: expect.stringMatching(/succeeded/i),
      'instance stopped': expect.stringMatching(/stopped/i),
      'instance started': expect.stringMatching(/running/i),
      job: ['Completed', '/runs/sdk_job'],
      'job tags': { k: 'v' },
      'jobs archived': [],
      'jobs restored': ['sdk_job'],
      cancelled: 'Canceled',
      component: '1',
      pipeline: 'Completed',
      steps: ['Completed'],
      refused: [400, 'ValidationError', 'environmentId'],
      missing: 'ResourceNotFound',
    })
    expect(out).toMatch(/--- stream\n(.*\n)*ran with 0\.1\n(.*\n)*--- end of stream/)
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
