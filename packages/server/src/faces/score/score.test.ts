import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { dirname, join } from 'node:path'
import { deploymentFolder, readServing, readWorkspace } from '@lazurite/engine'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
let files: string
let scope: string
beforeAll(async () => {
  s = await startTestServer()
  const [row] = (await s.store.resources.list({ kind: 'workspace', archived: 'all' })).rows
  if (!row) throw new Error('no workspace')
  const workspace = readWorkspace(row)
  scope = workspace.scope
  files = s.store.bytes.folder(workspace.storage.account, workspace.storage.blobstore)
  lay('models/model', { 'weight.txt': '100' })
  await put('models/adder/versions/1', { modelUri: at('models/model'), modelType: 'custom_model' })
  await put('codes/adder/versions/1', { codeUri: lay('codes/adder', { 'score.py': script }) })
  await put('onlineEndpoints/adder', { authMode: 'Key' })
})
afterAll(async () => {
  for (const name of ['adder', 'other']) await s.ask('DELETE', `${s.ws}/onlineEndpoints/${name}`)
  await vi.waitFor(() => expect(folders()).toEqual([]), { timeout: 10_000 })
  await s.end()
})

const folders = () => readdirSync(join(s.home, 'serving'))

const at = (path: string) => `azureml://datastores/workspaceblobstore/paths/${path}`

function lay(path: string, named: Record<string, string>): string {
  for (const [name, text] of Object.entries(named)) {
    mkdirSync(dirname(join(files, path, name)), { recursive: true })
    writeFileSync(join(files, path, name), text)
  }
  return at(path)
}

const put = async (path: string, properties: object, more: object = {}) => {
  const answer = await s.ask('PUT', `${s.ws}/${path}`, { properties, location: 'here', ...more })
  expect([200, 201], answer.body).toContain(answer.statusCode)
  return answer.json()
}

/** Adds the number the model holds to what it is sent. */
const script = `
import json, os, time
def init():
    global weight
    if os.environ.get("FAILS"): raise ValueError("the weights are wrong")
    weight = int(open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model", "weight.txt")).read())
    print("loaded", weight)
def run(data, request_headers):
    asked = json.loads(data)
    if asked.get("die"): os._exit(9)
    if asked.get("raise"): raise ValueError("no such number")
    time.sleep(asked.get("sleep", 0))
    shown = {k.lower(): v for k, v in request_headers.items()}
    return {"sum": asked.get("n", 0) + weight, "who": os.environ.get("WHO"), "pid": os.getpid(), "headers": shown}
`

const deployment = (env: Record<string, string> = {}, more: object = {}) => ({
  endpointComputeType: 'Managed',
  model: `${s.ws}/models/adder/versions/1`,
  codeConfiguration: { codeId: `${s.ws}/codes/adder/versions/1`, scoringScript: 'score.py' },
  environmentId: 'azureml:host@latest',
  environmentVariables: env,
  requestSettings: { requestTimeout: 'PT3S', maxConcurrentRequestsPerInstance: 4 },
  ...more,
})

const rest = async (path: string) => {
  await vi.waitFor(
    async () => {
      const { provisioningState } = (await s.ask('GET', `${s.ws}/${path}`)).json().properties
      expect(['Succeeded', 'Failed']).toContain(provisioningState)
    },
    { timeout: 20_000, interval: 30 },
  )
  return (await s.ask('GET', `${s.ws}/${path}`)).json()
}

const keysOf = async (name: string) => (await s.ask('POST', `${s.ws}/onlineEndpoints/${name}/listKeys`)).json()
const addressOf = async (name: string): Promise<string> => {
  const { scoringUri } = (await s.ask('GET', `${s.ws}/onlineEndpoints/${name}`)).json().properties
  return `${s.url}${new URL(scoringUri).pathname}`
}

async function score(body: unknown, headers: Record<string, string> = {}, name = 'adder') {
  const { primaryKey } = await keysOf(name)
  const answer = await fetch(await addressOf(name), {
    method: 'POST',
    headers: { authorization: `Bearer ${primaryKey}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, body: text.startsWith('{') ? JSON.parse(text) : {} }
}

const rowOf = async (name: string) => {
  const row = await s.store.resources.get({ scope, kind: 'online-deployment', name })
  if (!row) throw new Error(`no ${name}`)
  return row
}

describe('an online endpoint', () => {
  test('answers with its key and with nothing else', async () => {
    await put('onlineEndpoints/adder/deployments/blue', deployment({ WHO: 'blue' }))
    expect((await rest('onlineEndpoints/adder/deployments/blue')).properties.provisioningState).toBe('Succeeded')
    expect((await score({ n: 1 })).status).toBe(404)
    await put('onlineEndpoints/adder', { authMode: 'Key', traffic: { blue: 100 } })
    const answer = await score({ n: 1 }, { 'x-ms-client-request-id': 'mine<>1', 'x-request-id': 'theirs' })
    expect(answer.body).toMatchObject({ sum: 101, who: 'blue' })
    expect(answer.headers.get('azureml-model-deployment')).toBe('blue')
    expect(answer.headers.get('x-ms-client-request-id')).toBe('mine1')
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.body.headers.authorization).toBeUndefined()
    expect(answer.body.headers['x-request-id']).toBe(answer.headers.get('x-request-id'))
    expect((await score({ n: 1 }, { authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await score({ n: 1 }, { authorization: `Bearer ${s.token}` })).status).toBe(401)
    const { primaryKey } = await keysOf('adder')
    expect(s.logged()).not.toContain(primaryKey)
  })

  test('a failure of the script is the model’s, and stands in the log', async () => {
    const answer = await score({ raise: true })
    expect(answer.status).toBe(424)
    expect(answer.headers.get('ms-azureml-model-error-statuscode')).toBe('500')
    const logs = await s.ask('POST', `${s.ws}/onlineEndpoints/adder/deployments/blue/getLogs`, { tail: 50 })
    expect(logs.json().content).toContain('no such number')
    expect(logs.json().content).toContain('loaded 100')
    const prepared = { tail: 50, containerType: 'StorageInitializer' }
    const storage = await s.ask('POST', `${s.ws}/onlineEndpoints/adder/deployments/blue/getLogs`, prepared)
    expect(storage.json().content).toContain('adder:1')
  })

  test('has limits: time, calls at once, size', async () => {
    await put('onlineEndpoints/adder/deployments/blue', {
      ...deployment({ WHO: 'blue' }),
      requestSettings: { requestTimeout: 'PT0.9S', maxConcurrentRequestsPerInstance: 1 },
    })
    await rest('onlineEndpoints/adder/deployments/blue')
    const many = await Promise.all(Array.from({ length: 5 }, () => score({ sleep: 0.2 })))
    expect(many.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(2)
    expect(many.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1)
    expect((await score({ sleep: 1.2 })).status).toBe(408)
    const url = new URL(await addressOf('adder'))
    const { primaryKey } = await keysOf('adder')
    const status = await new Promise((resolve) => {
      const headers = { authorization: `Bearer ${primaryKey}`, 'content-length': String(200 << 20) }
      const call = request(url, { method: 'POST', headers }, (answer) => {
        resolve(answer.statusCode)
        call.destroy()
      })
      call.on('error', () => {})
      call.flushHeaders()
    })
    expect(status).toBe(413)
    await put('onlineEndpoints/adder/deployments/blue', deployment({ WHO: 'blue' }))
    await rest('onlineEndpoints/adder/deployments/blue')
  })

  test('a larger body is passed on as it comes', async () => {
    const answer = await score({ n: 2, filler: 'x'.repeat(3 << 20) })
    expect(answer.body).toMatchObject({ sum: 102 })
  })

  test('splits traffic, hears the header, mirrors, and counts', async () => {
    await put('onlineEndpoints/adder/deployments/green', deployment({ WHO: 'green' }))
    await rest('onlineEndpoints/adder/deployments/green')
    expect((await score({}, { 'azureml-model-deployment': 'green' })).body.who).toBe('green')
    expect((await score({}, { 'azureml-model-deployment': 'none' })).status).toBe(404)
    await put('onlineEndpoints/adder', { authMode: 'Key', traffic: { blue: 50, green: 50 } })
    const who = new Set<string>()
    for (let n = 0; n < 40 && who.size < 2; n++) who.add((await score({})).body.who)
    expect([...who].sort()).toEqual(['blue', 'green'])
    await put('onlineEndpoints/adder', { authMode: 'Key', traffic: { blue: 100 }, mirrorTraffic: { green: 50 } })
    for (let n = 0; n < 30; n++) expect((await score({})).body.who).toBe('blue')
    const metrics = await s.ask('GET', `/lazurite/v1${s.ws}/onlineEndpoints/adder/metrics`)
    expect(metrics.json().deployments['green (mirror)'].calls).toBeGreaterThan(2)
    expect(metrics.json().deployments.blue.latency.p50Ms).toBeGreaterThan(0)
    const [replica] = metrics.json().replicas.blue
    expect(replica).toMatchObject({ state: 'Ready', restarts: 0, processes: expect.any(Number) })
    expect(replica.memoryBytes).toBeGreaterThan(1_000_000)
    await put('onlineEndpoints/adder', { authMode: 'Key', traffic: { blue: 100 }, mirrorTraffic: {} })
  })

  test('a new key ends the old one at once; swagger needs one too', async () => {
    const { primaryKey } = await keysOf('adder')
    await s.ask('POST', `${s.ws}/onlineEndpoints/adder/regenerateKeys`, { keyType: 'Primary' })
    expect((await score({}, { authorization: `Bearer ${primaryKey}` })).status).toBe(401)
    expect((await score({})).status).toBe(200)
    const swagger = (await addressOf('adder')).replace(/score$/, 'swagger.json')
    expect((await fetch(swagger)).status).toBe(401)
    const key = (await keysOf('adder')).primaryKey
    const told = await fetch(swagger, { headers: { authorization: `Bearer ${key}` } })
    expect(await told.json()).toMatchObject({ swagger: '2.0' })
  })

  test('a replica that dies is started again, under another process', async () => {
    const before = (await score({})).body.pid
    expect((await score({ die: true })).status).toBe(424)
    await vi.waitFor(async () => expect((await score({})).status).toBe(200), { timeout: 10_000, interval: 50 })
    expect((await score({})).body.pid).not.toBe(before)
  })

  test('a revision that never gets ready is reported with its log, and the one before serves on', async () => {
    await put('onlineEndpoints/adder/deployments/blue', deployment({ WHO: 'bad', FAILS: 'yes' }))
    const failed = await rest('onlineEndpoints/adder/deployments/blue')
    expect(failed.properties.provisioningState).toBe('Failed')
    expect(failed.lazurite.error.message).toContain('the weights are wrong')
    expect((await score({})).body.who).toBe('blue')
  })

  test('a rolling update drops no call', async () => {
    let going = true
    const statuses: Record<number, number> = {}
    const callers = Array.from({ length: 3 }, async () => {
      while (going) {
        const { status } = await score({ sleep: 0.01 })
        statuses[status] = (statuses[status] ?? 0) + 1
      }
    })
    await put('onlineEndpoints/adder/deployments/blue', deployment({ WHO: 'new' }))
    await rest('onlineEndpoints/adder/deployments/blue')
    await vi.waitFor(async () => expect(readServing((await rowOf('adder/blue')).status)?.replicas.size).toBe(1), {
      timeout: 10_000,
      interval: 50,
    })
    going = false
    await Promise.all(callers)
    expect(Object.keys(statuses)).toEqual(['200'])
    expect((await score({})).body.who).toBe('new')
  })

  test('more instances are more processes', async () => {
    const sku = { name: 'Default', capacity: 2 }
    await put('onlineEndpoints/adder/deployments/blue', deployment({ WHO: 'new' }), { sku })
    await rest('onlineEndpoints/adder/deployments/blue')
    const pids = new Set(
      (await Promise.all(Array.from({ length: 8 }, () => score({ sleep: 0.1 })))).map((a) => a.body.pid),
    )
    expect(pids.size).toBe(2)
  })

  test('instances follow the load, down to none; the next call brings one up', async () => {
    const scaleSettings = {
      scaleType: 'TargetUtilization',
      minInstances: 0,
      maxInstances: 2,
      pollingInterval: 'PT0.05S',
    }
    await put('onlineEndpoints/adder/deployments/blue', deployment({ WHO: 'new' }, { scaleSettings }))
    await vi.waitFor(
      async () =>
        expect(readServing((await rowOf('adder/blue')).status)).toMatchObject({ want: 0, replicas: new Map() }),
      { timeout: 15_000, interval: 50 },
    )
    expect((await score({ n: 5 })).body).toMatchObject({ sum: 105, who: 'new' })
    await put('onlineEndpoints/adder/deployments/blue', deployment({ WHO: 'new' }))
    await rest('onlineEndpoints/adder/deployments/blue')
  })

  test('a token of its own opens an endpoint of tokens', async () => {
    await put('onlineEndpoints/other', { authMode: 'AMLToken', traffic: { only: 100 } })
    await put('onlineEndpoints/other/deployments/only', deployment({ WHO: 'only' }))
    await rest('onlineEndpoints/other/deployments/only')
    expect((await score({}, {}, 'other')).status).toBe(401)
    const { accessToken } = (await s.ask('POST', `${s.ws}/onlineEndpoints/other/token`)).json()
    expect((await score({}, { authorization: `Bearer ${accessToken}` }, 'other')).body.who).toBe('only')
    expect((await score({}, { authorization: `Bearer ${accessToken}x` }, 'other')).status).toBe(401)
  })

  test('what is deleted is gone with its processes', async () => {
    const { uuid } = readServing((await rowOf('adder/green')).status) ?? { uuid: '' }
    const pid = (await score({}, { 'azureml-model-deployment': 'green' })).body.pid
    await s.ask('DELETE', `${s.ws}/onlineEndpoints/adder/deployments/green`)
    const { root } = deploymentFolder(s.home, uuid)
    await vi.waitFor(() => expect(existsSync(root)).toBe(false), { timeout: 10_000, interval: 50 })
    expect(existsSync(`/proc/${pid}`)).toBe(false)
    expect((await score({}, { 'azureml-model-deployment': 'green' })).status).toBe(404)
  })

  test('what a deployment is made of is not deleted', async () => {
    const answer = await s.ask('DELETE', `${s.ws}/models/adder/versions/1`)
    expect(answer.statusCode).toBe(409)
    expect(answer.body).toContain('adder/blue')
  })

  test('a Kubernetes deployment is kept and warned of', async () => {
    const body = { properties: { ...deployment(), endpointComputeType: 'Kubernetes' }, location: 'here' }
    const made = await s.ask('PUT', `${s.ws}/onlineEndpoints/adder/deployments/far`, body)
    expect(made.body).toContain('nothing answers')
    await rest('onlineEndpoints/adder/deployments/far')
    expect((await score({}, { 'azureml-model-deployment': 'far' })).status).toBe(503)
  })

  test('without a scoring script a plain model is refused at the door', async () => {
    const { codeConfiguration: _, ...bare } = deployment()
    const answer = await s.ask('PUT', `${s.ws}/onlineEndpoints/adder/deployments/bare`, {
      properties: bare,
      location: 'here',
    })
    expect(answer.statusCode).toBeGreaterThanOrEqual(400)
    expect(answer.body).toContain('code_configuration')
  })
})
