import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
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
  lay('kept', { 'a.txt': 'x' })
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

  test('takes other sizes, a name, an experiment and a place for this once', async () => {
    const { called, job } = await score({
      properties: {
        InputData: { anything: { JobInputType: 'uriFile', Uri: at('data/c') } },
        OutputData: { output_name: { JobOutputType: 'UriFile', Uri: at('results/mine.txt') } },
        MiniBatchSize: 1,
        error_threshold: '0',
        retrySettings: { maxRetries: 0, timeout: 'PT1M' },
        compute: { instanceCount: 1 },
        name: 'once',
        properties: { experimentName: 'elsewhere', note: 'n' },
        tags: { who: 'me' },
      },
    })
    expect(called.name).toBe('once')
    expect(job.properties).toMatchObject({
      experimentName: 'elsewhere',
      tags: { who: 'me', 'azureml.batchrun': 'true' },
      properties: { note: 'n' },
    })
    const children = await s.store.resources.list({ kind: 'job', parent: 'once' })
    expect(children.rows[0]?.props.parallel).toMatchObject({
      miniBatchSize: '1',
      errorThreshold: 0,
      maxRetries: 0,
      timeoutSeconds: 60,
      maxConcurrencyPerInstance: 2,
    })
    expect(rows('results/mine.txt')).toEqual(['c 103'])
    const folderOut = { outputDataset: { datastoreId: `${s.ws}/datastores/workspaceblobstore`, path: 'results/old' } }
    await score({ properties: { inputData: folder(at('data/a')), ...folderOut, outputFileName: 'rows.txt' } })
    expect(rows('results/old/rows.txt')).toEqual(['a 101'])
  }, 60_000)

  test('of summary_only leaves files to the script; the header names the deployment', async () => {
    const { folder: results } = await score(
      { properties: { inputData: folder() } },
      { 'azureml-model-deployment': 'own' },
    )
    expect(readdirSync(join(files, results)).sort()).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.scored`))
  }, 60_000)

  test('with the same request id twice is one call', async () => {
    const headers = { 'repeatability_request-id': 'f1f2' }
    const outputData = { o: { jobOutputType: 'UriFile', uri: at('results/twice.txt') } }
    const body = { properties: { inputData: folder(at('data/a')), outputData } }
    const one = await invoke(body, headers)
    await over(one.body.name)
    const two = await invoke(body, headers)
    expect([one.status, two.status, two.body.name], two.text).toEqual([201, 201, one.body.name])
  }, 60_000)

  test('is listed below the endpoint and the deployment, and nowhere else', async () => {
    const list = async (path: string) => {
      const answer = await s.ask('GET', `/mferp/managementfrontend${s.ws}/batchEndpoints/${path}`)
      return answer.json().value.map((job: { name: string }) => job.name)
    }
    const all = await list('scorer/jobs')
    expect(all).toContain('once')
    const own = await list('scorer/deployments/own/jobs')
    const words = await list('scorer/deployments/words/jobs')
    expect(own).toHaveLength(1)
    expect([...own, ...words].sort()).toEqual([...all].sort())
    const one = await s.ask('GET', `${s.ws}/batchEndpoints/scorer/jobs/once`)
    expect(one.json()).toMatchObject({ name: 'once', properties: { status: 'Completed' } })
    expect((await s.ask('GET', `${s.ws}/batchEndpoints/scorer/deployments/own/jobs/once`)).statusCode).toBe(404)
  })

  test.each([
    ['without input', {}, /exactly one input.*has 0/],
    ['with two inputs', { inputData: { a: folder().UriFolder, b: folder().UriFolder } }, /exactly one input/],
    ['with a value', { inputData: { a: { jobInputType: 'Literal', value: '1' } } }, /takes data alone/],
    ['with an odd type', { inputData: { a: { jobInputType: 'Spreadsheet', uri: 'x' } } }, /type spreadsheet/],
    ['with data that is not there', { inputData: { a: { jobInputType: 'UriFolder', uri: 'azureml:none:1' } } }, /none/],
    ['with two outputs', { inputData: folder(), outputData: { a: at('a/'), b: at('b/') } }, /one output/],
    ['with a folder as the name of a file', { inputData: folder(), outputFileName: '../x' }, /without a folder/],
    ['with half a file', { inputData: folder(), miniBatchSize: 0.5 }, /miniBatchSize/],
    [
      'over a file',
      { inputData: folder(), outputData: { o: { type: 'UriFile', uri: at('kept/a.txt') } } },
      /a file at/,
    ],
    [
      'over a file in a folder',
      {
        inputData: folder(),
        outputFileName: 'rows.txt',
        outputData: { o: { type: 'UriFolder', uri: at('results/old') } },
      },
      /called rows.txt already/,
    ],
    ['with a name that is taken', { inputData: folder(), name: 'once' }, /once/],
  ])('%s is refused, and starts nothing', async (_, properties, why) => {
    const before = (await s.ask('GET', `${s.ws}/batchEndpoints/scorer/jobs`)).json().value.length
    const { status, text } = await invoke({ properties })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(text).toMatch(why)
    expect((await s.ask('GET', `${s.ws}/batchEndpoints/scorer/jobs`)).json().value).toHaveLength(before)
  })

  test('needs a token, an endpoint and a deployment that are there', async () => {
    const path = new URL(await addressOf()).pathname
    expect((await s.knock('POST', path, {}, {})).statusCode).toBe(401)
    expect((await s.ask('POST', path.replace('scorer', 'nobody'), {})).statusCode).toBe(404)
    const answer = await invoke({}, { 'azureml-model-deployment': 'nobody' })
    expect([answer.status, answer.text]).toEqual([404, expect.stringMatching(/scorer\/nobody/)])
  })
})

describe('a call of a deployment of a pipeline component', () => {
  beforeAll(async () => {
    await put('components/joiner/versions/1', {
      componentSpec: {
        name: 'joiner',
        version: '1',
        type: 'pipeline',
        inputs: { texts: { type: 'uri_folder' }, word: { type: 'string', default: 'usual' } },
        outputs: { joined: { type: 'uri_folder' } },
        jobs: {
          join: {
            type: 'command',
            command:
              'cat ${{inputs.texts}}/* > ${{outputs.joined}}/all; echo ${{inputs.word}} >> ${{outputs.joined}}/all',
            environment: 'azureml:host@latest',
            inputs: { texts: '${{parent.inputs.texts}}', word: '${{parent.inputs.word}}' },
            outputs: { joined: '${{parent.outputs.joined}}' },
          },
        },
      },
    })
    await put('batchEndpoints/joiner', { authMode: 'aadToken', defaults: { deploymentName: 'one' } })
    await put('batchEndpoints/joiner/deployments/one', {
      deploymentConfiguration: {
        deploymentConfigurationType: 'PipelineComponent',
        componentId: { referenceType: 'Id', assetId: `${s.ws}/components/joiner/versions/1` },
        settings: { default_compute: 'local' },
      },
    })
  })
  const ask = async (properties: object) => {
    const answer = await s.ask('POST', `${s.ws}/batchEndpoints/joiner/jobs`, { properties })
    return { status: answer.statusCode, body: answer.json(), text: answer.body }
  }

  test('starts the component with the inputs and outputs of the call, under their names', async () => {
    const texts = { jobInputType: 'UriFolder', uri: at('data') }
    const called = await ask({
      inputData: { texts, word: { jobInputType: 'Literal', value: 'other' } },
      outputData: { joined: { jobOutputType: 'UriFolder', uri: at('results/joined') } },
    })
    expect(called.status, called.text).toBe(201)
    const job = await over(called.body.name)
    expect(job.properties.status, JSON.stringify(job)).toBe('Completed')
    expect(readFileSync(join(files, 'results/joined/all'), 'utf8')).toBe(`${'x'.repeat(15)}other\n`)
    const usual = await ask({ inputData: { texts } })
    const again = await over(usual.body.name)
    const uri: string = again.properties.outputs.joined.uri
    expect(readFileSync(join(files, uri.split('/paths/')[1] ?? '', 'all'), 'utf8')).toContain('usual')
  }, 60_000)

  test('cut from a job starts that job again, with inputs of its own and results elsewhere', async () => {
    const texts = { jobInputType: 'uri_folder', uri: at('data') }
    await put('jobs/model-run', {
      jobType: 'Pipeline',
      componentId: `${s.ws}/components/joiner/versions/1`,
      settings: { default_compute: 'local' },
      inputs: { texts, word: { jobInputType: 'literal', value: 'first' } },
      outputs: { joined: { jobOutputType: 'uri_folder' } },
    })
    const first = await over('model-run')
    await put('batchEndpoints/joiner/deployments/again', {
      deploymentConfiguration: {
        deploymentConfigurationType: 'PipelineComponent',
        jobDefinition: 'azureml:model-run',
        settings: { default_compute: 'local' },
      },
    })
    const word = { jobInputType: 'Literal', value: 'second' }
    const called = await s.ask('POST', `${s.ws}/batchEndpoints/joiner/deployments/again/jobs`, {
      properties: { inputData: { word } },
    })
    expect(called.statusCode, called.body).toBe(201)
    const job = await over(called.json().name)
    expect(job.properties.status, JSON.stringify(job)).toBe('Completed')
    const placeOf = (one: typeof job) => join(files, one.properties.outputs.joined.uri.split('/paths/')[1], 'all')
    expect(readFileSync(placeOf(job), 'utf8')).toBe(`${'x'.repeat(15)}second\n`)
    expect(readFileSync(placeOf(first), 'utf8')).toBe(`${'x'.repeat(15)}first\n`)
  }, 60_000)

  test('with inputs that the component lacks is refused with those it has', async () => {
    const refused = await ask({ inputData: { pictures: { jobInputType: 'UriFolder', uri: at('data') } } })
    expect([refused.status, refused.text]).toEqual([
      400,
      expect.stringMatching(/no input pictures; it has texts, word/),
    ])
    expect((await ask({})).status).toBe(400)
  })
})

describe('a deployment', () => {
  test.each([
    ['a model that is not there', { model: { assetId: 'azureml:nobody:1' } }, /no model nobody with version 1/],
    ['code that is not there', { codeConfiguration: { codeId: 'azureml:nobody:1', scoringScript: 'a.py' } }, /code/],
    ['a script outside of its code', { codeConfiguration: { scoringScript: '../a.py' } }, /does not lie in the code/],
    ['a component that is not there', { deploymentConfiguration: { componentId: 'azureml:nobody:1' } }, /nobody/],
  ])('with %s is refused', async (_, properties, why) => {
    const answer = await s.ask('PUT', `${s.ws}/batchEndpoints/scorer/deployments/bad`, { properties })
    expect([answer.statusCode, answer.body]).toEqual([400, expect.stringMatching(why)])
    expect((await s.ask('GET', `${s.ws}/batchEndpoints/scorer/deployments/bad`)).statusCode).toBe(404)
  })

  test('on a compute that is not there yet is kept with a warning; its calls are refused', async () => {
    const made = await put('batchEndpoints/scorer/deployments/later', settings({ compute: `${s.ws}/computes/later` }))
    expect(made.lazurite.warnings).toEqual([expect.objectContaining({ path: ['compute'] })])
    const called = await invoke({ properties: { inputData: folder() } }, { 'azureml-model-deployment': 'later' })
    expect([called.status, called.text]).toEqual([400, expect.stringMatching(/later/)])
  })
})

test('what a deployment is made of is not deleted', async () => {
  for (const path of ['models/adder/versions/1', 'codes/scorer/versions/1', 'components/joiner/versions/1']) {
    const answer = await s.ask('DELETE', `${s.ws}/${path}`)
    expect([path, answer.statusCode, answer.body]).toEqual([path, 409, expect.stringMatching(/deployment/)])
  }
})

test('a schedule calls an endpoint', async () => {
  const schedule = (endpointName: string) => ({
    trigger: { triggerType: 'Cron', expression: '0 8 * * *', timeZone: 'UTC' },
    action: {
      actionType: 'InvokeBatchEndpoint',
      endpointInvocationDefinition: { endpointName, properties: { inputData: folder(at('data/b')) } },
    },
  })
  const refused = await s.ask('PUT', `${s.ws}/schedules/lost`, { properties: schedule('nobody') })
  expect([refused.statusCode, refused.body]).toEqual([400, expect.stringMatching(/nobody/)])
  await put('schedules/nightly', schedule('scorer'))
  const started = (await s.ask('POST', `${s.ws}/schedules/nightly/trigger`)).json()
  const job = await over(started.submissionId)
  expect(job.properties).toMatchObject({ status: 'Completed', properties: { 'azureml.endpointname': 'scorer' } })
  const listed = (await s.ask('GET', `${s.ws}/batchEndpoints/scorer/jobs`)).json().value
  expect(listed[0].name).toBe(started.submissionId)
}, 60_000)
