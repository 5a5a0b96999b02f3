import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readWorkspace } from '@lazurite/engine'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
let files: string
beforeAll(async () => {
  s = await startTestServer()
  const { rows } = await s.store.resources.list({ kind: 'workspace', archived: 'all' })
  const [row] = rows
  if (!row) throw new Error('no workspace')
  const { account, blobstore } = readWorkspace(row).storage
  files = s.store.bytes.folder(account, blobstore)
  await deploy()
})
afterAll(() => s.end())

const at = (path: string) => `azureml://datastores/workspaceblobstore/paths/${path}`

function lay(path: string, named: Record<string, string>): string {
  for (const [name, text] of Object.entries(named)) {
    mkdirSync(dirname(join(files, path, name)), { recursive: true })
    writeFileSync(join(files, path, name), text)
  }
  return at(path)
}

const put = async (path: string, properties: object, more: object = {}) => {
  const answer = await s.ask('PUT', `${s.ws}/${path}`, { properties, ...more })
  expect([200, 201], answer.body).toContain(answer.statusCode)
  return answer.json()
}

/** Adds the number the model holds to the length of each file. */
const script = `
import glob, os
def init():
    global weight, out
    folder = glob.glob(os.environ["AZUREML_MODEL_DIR"] + "/*/")[0]
    weight = int(open(os.path.join(folder, "weight.txt")).read())
    out = os.environ["AZUREML_BI_OUTPUT_PATH"]
    assert os.environ["WORD"] == "said"
def run(batch):
    if os.environ.get("OWN_FILES"):
        for path in batch:
            open(os.path.join(out, os.path.basename(path) + ".scored"), "w").write("own")
    assert len(batch) <= 2
    return ["%s %d" % (os.path.basename(path), len(open(path).read()) + weight) for path in batch]
`

const settings = (more: object = {}) => ({
  model: { referenceType: 'Id', assetId: `${s.ws}/models/adder/versions/1` },
  codeConfiguration: { codeId: `${s.ws}/codes/scorer/versions/1`, scoringScript: 'score.py' },
  environmentId: 'azureml:host@latest',
  environmentVariables: { WORD: 'said' },
  compute: `${s.ws}/computes/local`,
  miniBatchSize: 2,
  maxConcurrencyPerInstance: 2,
  outputFileName: 'told.csv',
  retrySettings: { maxRetries: 1, timeout: 'PT20S' },
  loggingLevel: 'info',
  ...more,
})

async function deploy() {
  lay('models/model', { 'weight.txt': '100' })
  await put('models/adder/versions/1', { modelUri: at('models/model'), modelType: 'custom_model' })
  await put('codes/scorer/versions/1', { codeUri: lay('codes/scorer', { 'score.py': script }) })
  lay('data', { a: 'x', b: 'xx', c: 'xxx', d: 'xxxx', e: 'xxxxx' })
  await put('batchEndpoints/scorer', { authMode: 'aadToken' }, { location: 'here' })
  await put('batchEndpoints/scorer/deployments/words', settings())
  await put(
    'batchEndpoints/scorer/deployments/own',
    settings({ outputAction: 'SummaryOnly', environmentVariables: { WORD: 'said', OWN_FILES: '1' } }),
  )
  await put('batchEndpoints/scorer', { authMode: 'aadToken', defaults: { deploymentName: 'words' } })
}

const addressOf = async () => (await s.ask('GET', `${s.ws}/batchEndpoints/scorer`)).json().properties.scoringUri

async function invoke(body: object, headers: Record<string, string> = {}) {
  const path = new URL(await addressOf()).pathname
  const answer = await s.ask('POST', path, body, headers)
  return { status: answer.statusCode, body: answer.json(), text: answer.body }
}

const over = (name: string) =>
  vi.waitFor(
    async () => {
      const job = (await s.ask('GET', `${s.ws}/jobs/${name}`)).json()
      expect(job.properties.status).toMatch(/Completed|Failed|Canceled/)
      return job
    },
    { timeout: 40_000, interval: 50 },
  )

async function score(body: object, headers: Record<string, string> = {}) {
  const called = await invoke(body, headers)
  expect(called.status, called.text).toBe(201)
  const job = await over(called.body.name)
  expect(job.properties.status, JSON.stringify(job)).toBe('Completed')
  return { called: called.body, job, folder: job.properties.outputs.score.uri.split('/paths/')[1] as string }
}

const folder = (uri = at('data')) => ({ UriFolder: { jobInputType: 'UriFolder', uri } })
const told = ['a 101', 'b 102', 'c 103', 'd 104', 'e 105']
const rows = (path: string) => readFileSync(join(files, path), 'utf8').trim().split('\n').sort()

describe('a call of a deployment of a model', () => {
  test('starts a pipeline with one parallel step, whose output score has the rows', async () => {
    const { called, job, folder: results } = await score({ properties: { inputData: folder() } })
    expect(called).toMatchObject({
      id: `${s.ws}/batchEndpoints/scorer/jobs/${called.name}`,
      name: expect.stringMatching(/^batchjob-[0-9a-f-]{36}$/),
      type: 'Microsoft.MachineLearningServices/workspaces/batchEndpoints/jobs',
      properties: { status: 'NotStarted', interactionEndpoints: { Studio: { endpoint: expect.any(String) } } },
    })
    expect(job.properties).toMatchObject({
      jobType: 'Pipeline',
      experimentName: 'scorer',
      tags: { 'azureml.batchrun': 'true' },
    })
    expect(rows(join(results, 'told.csv'))).toEqual(told)
    const children = (await s.ask('GET', `${s.ws}/jobs?parentJobName=${called.name}`)).json().value
    expect(children.map((one: { properties: { displayName: string } }) => one.properties.displayName)).toEqual([
      'batchscoring',
    ])
  }, 60_000)
})
