import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let server: TestServer
let tools: string
const path = process.env.PATH
beforeAll(async () => {
  // a stand-in of an application: it listens on the port it is given and answers to its key alone
  tools = mkdtempSync(join(tmpdir(), 'laz-tools-'))
  const program = `#!/usr/bin/env python3
import http.server, json, os, sys
port = int([a for a in sys.argv if a.startswith("--port=")][0][7:])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ok = "token " + os.environ["JUPYTER_TOKEN"] == self.headers.get("authorization") or os.environ["JUPYTER_TOKEN"] in self.path
        self.send_response(200 if ok else 403); self.end_headers()
        self.wfile.write(b"[]" if "kernels" in self.path else b"lab " + os.getcwd().encode())
    def log_message(self, *a): print("served", self.command, flush=True)
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
`
  writeFileSync(join(tools, 'jupyter-lab'), program, { mode: 0o755 })
  process.env.PATH = `${tools}${delimiter}${path}`
  server = await startTestServer()
})
afterAll(async () => {
  process.env.PATH = path
  await server.ask('DELETE', `${server.ws}/computes/one`)
  await until(async () => (await server.store.resources.list({ kind: 'compute' })).rows.length === 0, 'the end')
  await server.end()
  rmSync(tools, { recursive: true, force: true, maxRetries: 20 })
})

async function until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  for (let i = 0; i < 1000; i++) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return expect.fail(`waited too long for ${what}`)
}
const own = (verb: string) => `/lazurite/v1${server.ws}/computes/one/${verb}`
const shown = async () => (await server.ask('GET', `${server.ws}/computes/one`)).json()
const put = (properties: object, name = 'one') =>
  server.ask('PUT', `${server.ws}/computes/${name}`, {
    location: 'local',
    properties: { computeType: 'ComputeInstance', properties: { vmSize: 'STANDARD_DS1_V2', ...properties } },
  })

test('an instance shows what answers on it, and hands out the key when asked', async () => {
  await put({})
  const row = await until(async () => {
    const answer = await shown()
    return answer.properties.properties.state === 'Running' && answer
  }, 'the instance')
  expect(row.properties.provisioningState).toBe('Succeeded')
  const [lab] = row.properties.properties.applications
  expect(lab).toEqual({
    displayName: 'JupyterLab',
    endpointUri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
  })
  const opened = (await server.ask('POST', own('applications/jupyterlab/open'))).json()
  expect(opened.url).toBe(`${lab.endpointUri}lab?token=${opened.key}`)
  expect(JSON.stringify(row)).not.toContain(opened.key)
  expect(server.logged()).not.toContain(opened.key)
  const page = await until(() => fetch(opened.url).catch(() => undefined), 'the application')
  expect(await page.text()).toMatch(/^lab .*Users/)
  expect((await fetch(lab.endpointUri)).status).toBe(403)
  const [listed] = await until(async () => {
    const { value } = (await server.ask('GET', own('applications'))).json()
    return value[0].state === 'running' && value
  }, 'the application to listen')
  expect(listed).toMatchObject({ name: 'jupyterlab', starts: 1 })
  const none = await server.ask('POST', own('applications/rstudio/open'))
  expect([none.statusCode, none.json().error.message]).toEqual([
    expect.any(Number),
    expect.stringMatching(/jupyterlab/),
  ])
})

test('a terminal is read as a stream, typed into, resized and closed', async () => {
  const made = (await server.ask('POST', own('terminals'), { name: 'mine', columns: 100, rows: 30 })).json()
  expect(made).toEqual({ name: 'mine' })
  const headers = { authorization: `Bearer ${server.token}` }
  const answer = await fetch(`${server.url}${own('terminals/mine/output')}`, { headers })
  expect(answer.status).toBe(200)
  let text = ''
  const reading = (async () => {
    for await (const bytes of answer.body ?? []) text += Buffer.from(bytes).toString('latin1')
  })()
  const type = (line: string) =>
    fetch(`${server.url}${own('terminals/mine/input')}`, { method: 'POST', headers, body: `${line}\n` })
  expect((await type('stty size; echo a""b')).status).toBe(200)
  await until(async () => /30 100[\s\S]*ab/.test(text), 'the answer of the shell')
  await server.ask('POST', own('terminals/mine/resize'), { columns: 44, rows: 11 })
  await type('stty size')
  await until(async () => text.includes('11 44'), 'the new size')
  const listed = (await server.ask('GET', own('terminals'))).json().value
  expect(listed).toMatchObject([{ name: 'mine', clients: 1, busy: false }])
  expect((await server.ask('DELETE', own('terminals/mine'))).statusCode).toBe(200)
  await reading
  expect((await server.ask('GET', own('terminals'))).json().value).toEqual([])
  expect((await server.ask('DELETE', own('terminals/mine'))).statusCode).toBe(404)
  expect((await server.ask('GET', own('terminals/mine/output'))).statusCode).toBe(404)
})

test('only the owner gets in, and only with words that make sense', async () => {
  expect((await server.knock('GET', own('terminals'))).statusCode).toBe(401)
  expect((await server.knock('POST', own('terminals'))).statusCode).toBe(401)
  for (const body of [{ name: '../x' }, { columns: 0 }, { rows: 'many' }, []]) {
    expect((await server.ask('POST', own('terminals'), body)).statusCode, JSON.stringify(body)).toBe(400)
  }
  expect((await server.ask('GET', own('logs/..%2F..%2Ftoken'))).statusCode).toBe(404)
  expect((await server.ask('GET', own('logs/jupyterlab?offset=x'))).statusCode).toBe(400)
  expect((await server.ask('GET', own('logs/jupyterlab'))).json().text).toMatch(/served GET/)
  expect((await server.ask('GET', own('logs'))).json().value).toContainEqual({
    name: 'jupyterlab',
    sizeBytes: expect.any(Number),
  })
})

test('a stopped instance says so; a cluster has no terminals', async () => {
  await server.ask('POST', `${server.ws}/computes/one/stop`)
  await until(async () => (await shown()).properties.properties.state === 'Stopped', 'the stop')
  const refused = await server.ask('GET', own('terminals'))
  expect([refused.statusCode, refused.json().error.code]).toEqual([409, 'Conflict'])
  expect((await server.ask('GET', own('logs/jupyterlab'))).statusCode).toBe(200)
  await server.ask('PUT', `${server.ws}/computes/many`, {
    location: 'local',
    properties: {
      computeType: 'AmlCompute',
      properties: { vmSize: 'STANDARD_DS1_V2', scaleSettings: { maxNodeCount: 2 } },
    },
  })
  const cluster = await server.ask('GET', own('terminals').replace('/one/', '/many/'))
  expect(cluster.json().error.message).toMatch(/AmlCompute/)
  expect((await server.ask('GET', `${server.ws}/computes/many`)).json().properties.properties).toMatchObject({
    allocationState: 'Steady',
    currentNodeCount: 0,
  })
  await server.ask('DELETE', `${server.ws}/computes/many`)
})

test('a server that ends its work stops the instances too', async () => {
  await put({}, 'last-one')
  const state = async () =>
    (await server.store.resources.list({ kind: 'compute' })).rows.find(({ name }) => name === 'last-one')?.status
  await until(async () => (await state())?.state === 'Running', 'the instance')
  await server.endWork(20_000)
  expect(await state()).toMatchObject({ state: 'Stopped', up: false })
  await server.ask('DELETE', `${server.ws}/computes/last-one`)
})
