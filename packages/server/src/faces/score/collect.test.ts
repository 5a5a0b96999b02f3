import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readWorkspace } from '@lazurite/engine'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'
import { flushCollected } from './collect.ts'

let s: TestServer
let files: string
beforeAll(async () => {
  s = await startTestServer()
  const [row] = (await s.store.resources.list({ kind: 'workspace', archived: 'all' })).rows
  if (!row) throw new Error('no workspace')
  const { storage } = readWorkspace(row)
  files = s.store.bytes.folder(storage.account, storage.blobstore)
  mkdirSync(join(files, 'code'), { recursive: true })
  writeFileSync(join(files, 'code/score.py'), script)
  await put('codes/echo/versions/1', { codeUri: 'azureml://datastores/workspaceblobstore/paths/code' })
  await put('onlineEndpoints/echo', { authMode: 'Key' })
}, 60_000)
afterAll(async () => {
  await s.ask('DELETE', `${s.ws}/onlineEndpoints/echo`)
  const serving = join(s.home, 'serving')
  await vi.waitFor(() => expect(existsSync(serving) ? readdirSync(serving) : []).toEqual([]), { timeout: 30_000 })
  await s.end()
}, 60_000)

/** Answers what it is sent, and collects as the Collector of azureml-ai-monitoring does: its requests, by hand. */
const script = `
import json, os, urllib.request
def init():
    pass
def collect(name, data, correlation):
    url = "http://%s:%s/modeldata/log" % (os.environ["AZUREML_MDC_HOST"], os.environ["AZUREML_MDC_PORT"])
    headers = {"Content-Type": "application/json", "trace-id": "t-" + correlation, "ce-time": "1700000000",
               "ce-type": "azureml.inference." + name, "ce-collect-data-type": "pandas.core.frame.DataFrame",
               "ce-agent": "azureml-ai-monitoring/1.0.0", "ce-x-request-id": correlation, "ce-model-version": "default"}
    try:
        return urllib.request.urlopen(urllib.request.Request(url, json.dumps(data).encode(), headers)).status
    except urllib.error.HTTPError as error:
        return error.code
def run(data, request_headers):
    if "AZUREML_MDC_PORT" not in os.environ: return {"echo": data}
    asked = json.loads(data)
    config = json.load(open(os.environ["AZUREML_MDC_CONFIG_PATH"]))
    kept = [collect(name, [{"n": 1.50}], asked["id"]) for name in asked["names"]]
    return {"kept": kept, "config": config}
`

async function put(path: string, properties: object) {
  const answer = await s.ask('PUT', `${s.ws}/${path}`, { properties, location: 'here' })
  expect([200, 201], answer.body).toContain(answer.statusCode)
  return answer.json()
}

const props = (dataCollector: object, more: object = {}) => ({
  endpointComputeType: 'Managed',
  codeConfiguration: { codeId: `${s.ws}/codes/echo/versions/1`, scoringScript: 'score.py' },
  environmentId: 'azureml:host@latest',
  requestSettings: { requestTimeout: 'PT20S', maxConcurrentRequestsPerInstance: 20 },
  dataCollector,
  ...more,
})
const on = (more: object = {}) => ({ dataCollectionMode: 'enabled', ...more })

async function deploy(name: string, dataCollector: object) {
  const path = `onlineEndpoints/echo/deployments/${name}`
  await put(path, props(dataCollector))
  await vi.waitFor(
    async () => {
      const { provisioningState } = (await s.ask('GET', `${s.ws}/${path}`)).json().properties
      expect(provisioningState).toBe('Succeeded')
    },
    { timeout: 30_000, interval: 50 },
  )
}

async function call(deployment: string | undefined, body: string | Buffer, headers: Record<string, string> = {}) {
  const { primaryKey } = (await s.ask('POST', `${s.ws}/onlineEndpoints/echo/listKeys`)).json()
  const { scoringUri } = (await s.ask('GET', `${s.ws}/onlineEndpoints/echo`)).json().properties
  const answer = await fetch(`${s.url}${new URL(scoringUri).pathname}?size=1`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${primaryKey}`,
      ...(deployment === undefined ? {} : { 'azureml-model-deployment': deployment }),
      'content-type': 'application/json',
      ...headers,
    },
    body: body as string, // a Buffer is a body as well
  })
  return { status: answer.status, id: answer.headers.get('x-request-id'), text: await answer.text() }
}

/** Files of a folder by their path below it. */
const below = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((one) =>
    one.isFile() ? [join(one.parentPath, one.name)] : [],
  )

async function linesOf(deployment: string, collection: string, count: number) {
  const folder = join(files, 'modelDataCollector/echo', deployment, collection)
  return vi.waitFor(
    async () => {
      await flushCollected()
      const found = below(folder).filter((file) => file.endsWith('.jsonl'))
      const lines = found.flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n'))
      expect(lines).toHaveLength(count)
      return lines.map((line) => ({ ...JSON.parse(line), line }))
    },
    { timeout: 10_000 },
  )
}

describe('what calls ask and are answered', () => {
  test('is kept as lines of JSON, in folders by the hour', async () => {
    await deploy('blue', {
      collections: { request: on(), response: on(), other: { dataCollectionMode: 'Disabled' } },
      requestLogging: { captureHeaders: ['X-Kept', 'authorization'] },
    })
    const { id, text } = await call('blue', '{"n":\n 1.50}', { 'x-kept': 'yes', 'x-other': 'no' })
    const [asked] = await linesOf('blue', 'request', 1)
    expect(asked).toMatchObject({
      specversion: '1.0',
      source: expect.stringMatching(/\/workspaces\/main\/onlineEndpoints\/echo\/deployments\/blue$/),
      type: 'azureml.inference.request',
      datacontenttype: 'application/json',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      data: { n: 1.5 },
      path: '/score?size=1',
      method: 'POST',
      headers: { 'x-kept': 'yes' },
      contentrange: 'bytes 0-11/12',
      correlationid: id,
      xrequestid: id,
    })
    // numbers are as they were sent
    expect(asked.line).toContain('1.50')
    expect(asked.line).not.toContain('Bearer')
    const [answered] = await linesOf('blue', 'response', 1)
    expect(answered).toMatchObject({ type: 'azureml.inference.response', data: JSON.parse(text), correlationid: id })
    const [file = ''] = below(join(files, 'modelDataCollector/echo/blue/request'))
    expect(file).toMatch(/\/request\/\d{4}\/\d\d\/\d\d\/\d\d\/[0-9a-f]{12}-front\.jsonl$/)
    const { collected } = (await s.ask('GET', `/lazurite/v1${s.ws}/onlineEndpoints/echo/metrics`)).json()
    expect(collected.blue).toEqual({ kept: 2, lost: 0 })
  }, 60_000)

  test('a look at its description is none, a question without a body is one', async () => {
    const { primaryKey } = (await s.ask('POST', `${s.ws}/onlineEndpoints/echo/listKeys`)).json()
    const { swaggerUri, scoringUri } = (await s.ask('GET', `${s.ws}/onlineEndpoints/echo`)).json().properties
    const headers = { authorization: `Bearer ${primaryKey}`, 'azureml-model-deployment': 'blue' }
    const get = async (uri: string, query = '') =>
      (await fetch(`${s.url}${new URL(uri).pathname}${query}`, { headers })).status
    expect([await get(swaggerUri), await get(scoringUri, '?n=2')]).toEqual([200, 200])
    const [, asked] = await linesOf('blue', 'request', 2)
    expect(asked).toMatchObject({ method: 'GET', path: '/score?n=2', data: '', contentrange: 'bytes */0' })
  })

  test('its data asset is made, and is none that a deployment without collections gets', async () => {
    const { properties } = (await s.ask('GET', `${s.ws}/data/echo-blue-request/versions/1`)).json()
    expect(properties).toMatchObject({
      dataType: 'uri_folder',
      dataUri: expect.stringMatching(/workspaceblobstore\/paths\/modelDataCollector\/echo\/blue\/request$/),
    })
    expect((await s.ask('GET', `${s.ws}/data/echo-blue-other/versions/1`)).statusCode).toBe(404)
    const { collections } = (await s.ask('GET', `${s.ws}/onlineEndpoints/echo/deployments/blue`)).json().properties
      .dataCollector
    expect(collections.request.dataId).toMatch(/\/data\/echo-blue-request\/versions\/1$/)
  })

  test('what is large or no text has a file of its own', async () => {
    const large = Buffer.alloc(5 << 20, 'x')
    expect((await call('blue', large, { 'content-type': 'text/plain' })).status).toBe(200)
    const binary = Buffer.from([0xff, 0x00, 0xfe])
    expect((await call('blue', binary, { 'content-type': 'application/octet-stream' })).status).toBe(424)
    const lines = (await linesOf('blue', 'request', 4)).slice(2)
    const sizes = lines.map(({ data, datainblob, contentrange }) => {
      expect(datainblob).toBe('true')
      const [, path = ''] = /\/paths\/(.*)$/.exec(data) ?? []
      return [statSync(join(files, path)).size, contentrange]
    })
    expect(sizes).toEqual([
      [5 << 20, `bytes 0-${(5 << 20) - 1}/${5 << 20}`],
      [3, 'bytes 0-2/3'],
    ])
    const answers = (await linesOf('blue', 'response', 4)).slice(1)
    expect(answers.map(({ statuscode }) => statuscode)).toEqual(['200', '200', '400'])
  }, 60_000)

  test('a share of the calls is kept whole, to a place of its own, by the day', async () => {
    const data = { name: 'sampled', version: '7', path: 'azureml://datastores/workspaceblobstore/paths/elsewhere/in' }
    await deploy('green', {
      collections: { request: on({ samplingRate: 0.5, data }), response: on({ samplingRate: 0.5 }) },
      rollingRate: 'Day',
    })
    for (let n = 0; n < 60; n++) await call('green', JSON.stringify({ n }))
    await flushCollected()
    const [file = ''] = below(join(files, 'elsewhere/in'))
    expect(file).toMatch(/\/in\/\d{4}\/\d\d\/\d\d\/[0-9a-f]{12}-front\.jsonl$/)
    const asked = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).correlationid)
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.length).toBeLessThan(55)
    const answered = await linesOf('green', 'response', asked.length)
    expect(answered.map(({ correlationid }) => correlationid)).toEqual(asked)
    const { properties } = (await s.ask('GET', `${s.ws}/data/sampled/versions/7`)).json()
    expect(properties.dataUri).toMatch(/elsewhere\/in$/)
  }, 60_000)

  test('a folder that leads elsewhere is not followed', async () => {
    const folder = join(files, 'modelDataCollector/echo/linked/request')
    mkdirSync(dirname(folder), { recursive: true })
    mkdirSync(join(s.home, 'outside'))
    await deploy('linked', { collections: { request: on() } })
    mkdirSync(folder, { recursive: true })
    symlinkSync(join(s.home, 'outside'), join(folder, String(new Date().getUTCFullYear())))
    expect((await call('linked', '{}')).status).toBe(200)
    await flushCollected()
    expect(readdirSync(join(s.home, 'outside'))).toEqual([])
    const { collected } = (await s.ask('GET', `/lazurite/v1${s.ws}/onlineEndpoints/echo/metrics`)).json()
    expect(collected.linked).toEqual({ kept: 0, lost: 1 })
  }, 60_000)
})

test('calls begin to be kept, and cease to be, without a new replica', async () => {
  const replicas = async () =>
    (await s.ask('GET', `${s.ws}/onlineEndpoints/echo/deployments/plain`)).json().lazurite.replicas
  await deploy('plain', { collections: { request: { dataCollectionMode: 'Disabled' } } })
  const before = await replicas()
  await call('plain', '{"n": 1}')
  await deploy('plain', { collections: { request: on() } })
  // the front hears of it a moment later
  const metrics = `/lazurite/v1${s.ws}/onlineEndpoints/echo/metrics`
  await vi.waitFor(async () => expect((await s.ask('GET', metrics)).json().collected.plain).toBeDefined())
  await call('plain', '{"n": 2}')
  const [only] = await linesOf('plain', 'request', 1)
  expect(only.data).toEqual({ n: 2 })
  expect(await replicas()).toEqual(before)
}, 60_000)

test('copies of calls are kept for the deployment that gets them', async () => {
  await deploy('copied', { collections: { request: on(), response: on() } })
  await put('onlineEndpoints/echo', { authMode: 'Key', traffic: { plain: 100 }, mirrorTraffic: { copied: 50 } })
  const ids: (string | null)[] = []
  const metrics = async () => (await s.ask('GET', `/lazurite/v1${s.ws}/onlineEndpoints/echo/metrics`)).json()
  // half of them are copied; the front hears of the shares a moment later
  await vi.waitFor(
    async () => {
      ids.push((await call(undefined, '{"n": 3}')).id)
      expect((await metrics()).collected.copied?.kept).toBeGreaterThanOrEqual(2)
    },
    { timeout: 30_000, interval: 20 },
  )
  await put('onlineEndpoints/echo', { authMode: 'Key', traffic: {}, mirrorTraffic: {} })
  const file = below(join(files, 'modelDataCollector/echo/copied/request'))[0] ?? ''
  const [first = ''] = readFileSync(file, 'utf8').split('\n')
  expect(JSON.parse(first)).toMatchObject({ data: { n: 3 } })
  expect(ids).toContain(JSON.parse(first).correlationid)
}, 60_000)

describe('what a scoring script collects', () => {
  test('is taken down beside its replica', async () => {
    await deploy('custom', { collections: { model_inputs: on({ samplingRate: 0.25 }) }, rollingRate: 'minute' })
    const { status, text } = await call(
      'custom',
      JSON.stringify({ id: 'abc', names: ['model_inputs', 'other', '../x'] }),
    )
    expect(status, text).toBe(200)
    const { kept, config } = JSON.parse(text)
    expect(kept).toEqual([200, 404, 404])
    expect(config.collections).toEqual({ model_inputs: { enabled: true, sampleRatePercentage: 25 } })
    const [line] = await linesOf('custom', 'model_inputs', 1)
    expect(line).toMatchObject({
      id: 't-abc',
      type: 'azureml.inference.model_inputs',
      time: '2023-11-14T22:13:20Z',
      data: [{ n: 1.5 }],
      correlationid: 'abc',
      xrequestid: 'abc',
      modelversion: 'default',
      collectdatatype: 'pandas.core.frame.DataFrame',
      agent: 'azureml-ai-monitoring/1.0.0',
      contentrange: 'bytes 0-11/12',
    })
    const [file = ''] = below(join(files, 'modelDataCollector/echo/custom/model_inputs'))
    expect(file).toMatch(/\/model_inputs\/2023\/11\/14\/22\/13\/[0-9a-f]{12}-r1\.jsonl$/)
  }, 60_000)
})

test('what has no effect is warned of', async () => {
  const dataCollector = {
    collections: { request: on({ clientId: 'x' }), model_inputs: on() },
    requestLogging: { captureHeaders: ['Authorization', 'x-mine'] },
  }
  const made = await put('onlineEndpoints/echo/deployments/warned', props(dataCollector))
  const told = made.lazurite.warnings.map(({ path }: { path: string[] }) => path.slice(2).join('.'))
  expect(told).toEqual(['collections.request.clientId', 'requestLogging.captureHeaders'])
  await s.ask('DELETE', `${s.ws}/onlineEndpoints/echo/deployments/warned`)
})

test('collections that go nowhere are refused at the door', async () => {
  const ask = (dataCollector: object) =>
    s.ask('PUT', `${s.ws}/onlineEndpoints/echo/deployments/never`, {
      location: 'here',
      properties: props(dataCollector),
    })
  const missing = await ask({ collections: { request: on({ data: { path: 'azureml://datastores/none/paths/x' } }) } })
  expect(missing.statusCode, missing.body).toBe(400)
  expect(missing.body).toContain('none')
  const asset = await ask({ collections: { request: on({ dataId: `${s.ws}/data/none/versions/1` }) } })
  expect(asset.statusCode, asset.body).toBe(400)
  const one = { dataType: 'uri_file', dataUri: 'azureml://datastores/workspaceblobstore/paths/one.txt' }
  await put('data/one/versions/1', one)
  const file = await ask({ collections: { request: on({ dataId: `${s.ws}/data/one/versions/1` }) } })
  expect([file.statusCode, file.body]).toEqual([400, expect.stringMatching(/added to a folder/)])
  const yearly = await ask({ collections: { request: on() }, rollingRate: 'Year' })
  expect([yearly.statusCode, yearly.body]).toEqual([400, expect.stringMatching(/rolling.*Minute/i)])
  const climbing = await ask({ collections: { '../up': on() } })
  expect(climbing.statusCode, climbing.body).toBe(400)
  expect((await s.ask('GET', `${s.ws}/onlineEndpoints/echo/deployments/never`)).statusCode).toBe(404)
})
