// The official Python clients, unmodified, against a started server: storage with azure-storage-blob, jobs with
// azure-ai-ml. LAZ_TEST_PYTHON names a Python that has both.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accountKey, defaultWorkspace, type Server, startServer } from '@lazurite/server'
import { asArray, asObject, asString, type JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, expect, test } from 'vitest'

const python = process.env.LAZ_TEST_PYTHON
const why = 'LAZ_TEST_PYTHON names no Python that has azure-ai-ml and azure-storage-blob'
if (python === undefined) console.log(`the tests of the official clients for Azure do not run: ${why}`)
const withClients = python === undefined && process.env.CI !== 'true' ? test.skip : test

let home: string
let server: Server
let account: string
let container: string

const { subscription, resourceGroup, workspace } = defaultWorkspace
const ws = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
const quiet = { level: 'silent', info() {}, error() {}, debug() {}, fatal() {}, warn() {}, trace() {}, silent() {} }
const log = { ...quiet, child: () => log } as unknown as Parameters<typeof startServer>[0]['log'] // all a server calls

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'laz-clients-'))
  server = await startServer({ home, log, env: { LAZ_ENVIRONMENT: 'host' } })
  const store = asObject((await ask(`${ws}/datastores/workspaceblobstore`)).properties)
  account = asString(store.accountName) ?? ''
  container = asString(store.containerName) ?? ''
})

afterAll(async () => {
  await server.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 20 })
})

async function ask(path: string): Promise<JsonObject> {
  const headers = { authorization: `Bearer ${server.token}` }
  return asObject(await (await fetch(`${server.url}${path}?api-version=2024-01-01`, { headers })).json())
}

interface Ran {
  code: number | null
  passed: string[]
  text: string
}

/** Runs a script with facts on its standard input; what it says in lines `passed …` is what it checked. */
function run(script: string, facts: JsonObject): Promise<Ran> {
  const metadata = `${server.url}/metadata/endpoints?api-version=2019-05-01`
  if (python === undefined) throw new Error(why)
  const child: ChildProcess = spawn(python, [join(import.meta.dirname, script)], {
    env: { ...process.env, ARM_CLOUD_METADATA_URL: metadata, PYTHONWARNINGS: 'ignore' },
  })
  child.stdin?.end(JSON.stringify({ url: server.url, ...facts }))
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (text += String(part)))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const passed = [...text.matchAll(/^passed (.*)$/gm)].map((match) => match[1] ?? '')
      resolve({ code, passed, text })
    })
  })
}

withClients('storage', async () => {
  const key = accountKey(server.store.secrets.key(), account).toString('base64')
  const share = asString(asObject((await ask(`${ws}/datastores/workspacefilestore`)).properties).fileShareName) ?? ''
  const expiresAt = Date.now() + 3_600_000
  const sas = server.sign.sas({ account, container, permissions: 'racwdl', expiresAt })
  const share_sas = server.sign.sas({ account, container: share, permissions: 'racwdl', expiresAt })
  const { code, passed, text } = await run('storage.py', { account, container, sas, key, share, share_sas })
  expect({ code, passed }, text).toEqual({
    code: 0,
    passed: [
      'small blobs',
      'empty blobs',
      'large blobs in blocks',
      'lists',
      'copies',
      'conditions',
      'blocks by hand',
      'the account key',
      'signatures of the account, batches, metadata of containers',
      'refusals by name',
      'a data lake',
      'a file share',
      'uploads of assets by the ML client',
      'uploads of assets by the ML client into a data lake',
      'uploads of assets by the ML client into a file share',
    ],
  })
})

withClients('jobs', async () => {
  const grant = { audience: 'https://ml.azure.laz.test', expiresAt: Date.now() + 86_400_000, name: 'owner' }
  const token = server.sign.token({ ...grant, bearer: { owner: true } })
  const environment = 'azureml:AzureML-sklearn-1.5@latest'
  const { code, passed, text } = await run('history.py', { token, environment, ...defaultWorkspace })
  expect({ code, passed }, text).toEqual({
    code: 0,
    passed: [
      'streaming a job',
      'the error of a failed job',
      'labels of a job',
      'outputs of a job',
      'downloads of a job',
      'a pipeline and its children',
    ],
  })
  const jobs = asArray((await ask(`${ws}/jobs`)).value)
  expect(jobs.length).toBeGreaterThan(5)
})
