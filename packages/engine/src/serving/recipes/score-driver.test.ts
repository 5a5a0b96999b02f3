// The driver of scoring scripts as a process, spoken to by sockets: what scripts find and what callers see.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asObject, asString, type Json } from '@lazurite/spec'
import { afterEach, expect, test } from 'vitest'
import { ownPython } from '../../own-python.ts'

const running: { child: ChildProcess; dir: string }[] = []
afterEach(() => {
  for (const { child, dir } of running.splice(0)) {
    child.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true, maxRetries: 20 })
  }
})

interface Started {
  url: string
  port: number
  child: ChildProcess
  log(): string
  /** Resolves with its exit code. */
  ended: Promise<number | null>
}

async function start(script: string, env: Record<string, string> = {}): Promise<Started> {
  const dir = mkdtempSync(join(tmpdir(), 'laz-score-'))
  writeFileSync(join(dir, 'score.py'), script)
  const words = [ownPython('score_driver.py'), '--entry_script', 'score.py', '--port', '0']
  const child = spawn('python3', words, { cwd: dir, env: { ...process.env, ...env } })
  running.push({ child, dir })
  let said = ''
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const port = await new Promise<number>((resolve) => {
    const take = (data: Buffer) => {
      said += data
      const found = /Ready: http:\/\/127\.0\.0\.1:(\d+)\/score/.exec(said)?.[1]
      if (found) resolve(Number(found))
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    ended.then(() => resolve(0))
  })
  return { url: `http://127.0.0.1:${port}`, port, child, ended, log: () => said }
}

/** Sends bytes as they are, answers everything until the other side hangs up. */
function speak(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'))
    socket.on('data', (data) => (heard += data.toString('latin1')))
    socket.on('close', () => resolve(heard))
    socket.on('error', reject)
  })
}

const post = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/score`, { method: 'POST', body, headers })

/** What was answered, as an object. */
const told = async (answer: Response) => asObject((await answer.json()) as Json) // json() promises JSON

const echo = `
import json, os, sys, threading
def init():
    global model
    model = os.environ.get("AZUREML_MODEL_DIR")
    print("init", model)
    print("aside", file=sys.stderr)
def run(data, request_headers):
    if data == "fail": raise RuntimeError("secret reason")
    if data == "exit": sys.exit(4)
    if data == "none": return None
    if data == "set": return {1, 2}
    main = threading.current_thread() is threading.main_thread()
    return {"data": data, "kind": request_headers.get("X-Kind"), "main": main, "model": model}
`

test('run() gets the body as text and headers on the main thread; its result is JSON', async () => {
  const { url, log } = await start(echo, { AZUREML_MODEL_DIR: '/models/m/1' })
  const answer = await post(url, '{"a": 1}', {
    'x-kind': 'good',
    'x-request-id': 'one',
    'x-ms-client-request-id': 'two',
  })
  expect(await answer.json()).toEqual({ data: '{"a": 1}', kind: 'good', main: true, model: '/models/m/1' })
  const headers = Object.fromEntries(answer.headers)
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'x-request-id': 'one',
    'x-ms-request-id': 'two',
    'x-ms-client-request-id': 'two',
    'x-ms-run-function-failed': 'False',
  })
  expect(headers['x-ms-run-fn-exec-ms']).toMatch(/^\d+\.\d{3}$/)
  expect(await (await post(url, 'none')).text()).toBe('{}')
  const asked = await fetch(`${url}/score?a=1&b=[1,2]&c=x&d=1&d=y`)
  expect(JSON.parse(asString((await told(asked)).data) ?? '')).toEqual({ a: 1, b: [1, 2], c: 'x', d: [1, 'y'] })
  expect(log()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} I \[\d+\] azmlinfsrv\.print - init \/models\/m\/1$/m)
  expect(log()).toMatch(/^aside$/m)
  expect(log()).toMatch(/ azmlinfsrv - POST \/score 200 \d+\.\d{3}ms \d+$/m)
})

test('what goes wrong in run() is a 500 that tells callers nothing, and the next call works', async () => {
  const { url, log } = await start(echo)
  for (const body of ['fail', 'exit', 'set']) {
    const answer = await post(url, body)
    expect(answer.status).toBe(500)
    expect(answer.headers.get('x-ms-run-function-failed')).toBe('True')
    expect((await told(answer)).message).toMatch(/^An unexpected error occurred in scoring script/)
  }
  expect(log()).toContain('secret reason')
  expect((await post(url, 'fine')).status).toBe(200)
  const binary = await fetch(`${url}/score`, { method: 'POST', body: new Uint8Array([0xff, 0xfe]) })
  expect(binary.status).toBe(400)
})

test('health, description, methods, unknown addresses and long ids', async () => {
  const { url } = await start(echo, { SERVICE_NAME: 'mine', AML_CORS_ORIGINS: 'https://a.example, https://b.example' })
  expect(await (await fetch(url)).text()).toBe('Healthy')
  const two = await (await fetch(`${url}/swagger.json`)).json()
  expect(two).toMatchObject({
    swagger: '2.0',
    info: { title: 'mine' },
    paths: { '/score': { post: { operationId: 'RunMLService' } } },
  })
  expect((await told(await fetch(`${url}/swagger.json?version=3.1`))).openapi).toBe('3.1.0')
  expect((await fetch(`${url}/swagger.json?version=9`)).status).toBe(404)
  expect((await fetch(`${url}/nothing`)).status).toBe(404)
  expect((await fetch(`${url}/score`, { method: 'DELETE' })).status).toBe(405)
  expect((await fetch(`${url}/score`, { method: 'OPTIONS' })).status).toBe(200)
  expect((await post(url, 'x', { 'x-request-id': 'a'.repeat(101) })).status).toBe(431)
  const asks = async (origin: string) => (await post(url, 'x', { origin })).headers.get('access-control-allow-origin')
  expect([await asks('https://b.example'), await asks('https://c.example')]).toEqual(['https://b.example', null])
})

test('a run() with @rawhttp answers bytes, and pieces as they come', async () => {
  const { url } = await start(`
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse
def init(): pass
@rawhttp
def run(request):
    if request.method == "POST":
        return AMLResponse(request.get_data()[::-1], 201, {"Content-Type": "image/x", "X-Two": "a,b"})
    if request.args.get("n"):
        return AMLResponse((b"%d;" % n for n in range(int(request.args.get("n")))), 200)
    return AMLResponse("no", 503)
`)
  const made = await fetch(`${url}/score`, { method: 'POST', body: new Uint8Array([1, 2, 255]) })
  expect([made.status, made.headers.get('content-type'), made.headers.get('x-two')]).toEqual([201, 'image/x', 'a, b'])
  expect([...new Uint8Array(await made.arrayBuffer())]).toEqual([255, 2, 1])
  expect(await (await fetch(`${url}/score?n=3`)).text()).toBe('0;1;2;')
  const refused = await fetch(`${url}/score`)
  expect([refused.status, refused.headers.get('x-ms-run-function-failed')]).toEqual([503, 'True'])
})

test.each([
  ['a failing init()', 'def init(): raise ValueError("no model")\ndef run(x): pass', 'no model'],
  ['no run()', 'def init(): pass', 'no function run()'],
  ['a script that cannot be imported', 'import nothing_of_that_name', 'nothing_of_that_name'],
  ['a run() without parameters', 'def init(): pass\ndef run(): pass', 'needs a parameter'],
  ['a run() with **kwargs', 'def init(): pass\ndef run(x, **more): pass', 'no **kwargs'],
])('%s ends the process with 3', async (_, script, why) => {
  const { ended, log } = await start(script)
  expect(await ended).toBe(3)
  expect(log()).toContain(why)
})

test('what could be read in two ways is refused, and what is too large', async () => {
  const { port, url } = await start(echo, { LAZ_SCORE_MAX_BODY_BYTES: '1000' })
  const status = async (text: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(await speak(port, text))?.[1])
  const head = 'POST /score HTTP/1.1\r\nHost: x\r\n'
  expect(await status(`${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).toBe(400)
  expect(await status(`${head}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`)).toBe(400)
  expect(await status(`${head}Content-Length: +1\r\n\r\nx`)).toBe(400)
  expect(await status(`${head}Transfer-Encoding: xchunked\r\n\r\n`)).toBe(400)
  expect(await status(`${head}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n`)).toBe(400)
  expect(await status(`${head}X-A: 1\r\n folded\r\n\r\n`)).toBe(400)
  expect(await status(`${head}X-A : 1\r\n\r\n`)).toBe(400)
  expect(await status(`${head}X-A: 1\nX-B: 2\r\n\r\n`)).toBe(400)
  expect(await status('GET http://elsewhere/ HTTP/1.1\r\n\r\n')).toBe(400)
  expect(await status(`${head}Content-Length: 1001\r\n\r\n`)).toBe(413)
  expect(await status(`${head}Transfer-Encoding: chunked\r\n\r\n3e9\r\n${'x'.repeat(1001)}\r\n0\r\n\r\n`)).toBe(413)
  expect(await status(`${head}X-Long: ${'x'.repeat(70_000)}\r\n\r\n`)).toBe(431)
  expect(await status(`${head}${'A: 1\r\n'.repeat(300)}\r\n`)).toBe(431)
  const chunked = `${head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n`
  expect(await speak(port, chunked)).toContain('"data": "abc"')
  const two = `${head}Content-Length: 1\r\n\r\nx${head}Connection: close\r\nContent-Length: 1\r\n\r\ny`
  expect((await speak(port, two)).match(/"data": "[xy]"/g)).toEqual(['"data": "x"', '"data": "y"'])
  expect((await post(url, 'still here')).status).toBe(200)
})

test('a call that takes longer than allowed is a 500, and the process goes on', async () => {
  const script =
    'import time\ndef init(): pass\ndef run(data):\n    if data == "slow": time.sleep(60)\n    return data\n'
  const { url } = await start(script, { SCORING_TIMEOUT_MS: '50' })
  const late = await post(url, 'slow')
  expect([late.status, (await told(late)).message]).toEqual([500, 'Scoring timeout after 50 ms'])
  expect(await (await post(url, 'fast')).text()).toBe('"fast"')
})

const waiting = `
import os, time
def init(): pass
def run(data):
    if data == "die": os._exit(9)
    if data.startswith("meet"):
        # goes on when as many processes are in run() as there are callers
        folder = data[5:]
        open(os.path.join(folder, str(os.getpid())), "w").close()
        while len(os.listdir(folder)) < 2: time.sleep(0.01)
    return os.getpid()
`

test('several workers work at once, and one that dies is replaced', async () => {
  const { url, log } = await start(waiting, { WORKER_COUNT: '2' })
  const folder = mkdtempSync(join(tmpdir(), 'laz-score-meet-'))
  const pids = await Promise.all([0, 1].map(async () => (await post(url, `meet ${folder}`)).json()))
  rmSync(folder, { recursive: true })
  expect(new Set(pids).size).toBe(2)
  expect((await post(url, 'die')).status).toBe(500)
  expect(log()).toContain('another takes its place')
  const again = await Promise.all([1, 2, 3, 4].map(async () => (await post(url, 'x')).status))
  expect(again).toEqual([200, 200, 200, 200])
})

test('health is answered while run() works, and the end waits for it', async () => {
  const { url, child, ended } = await start(`
import os, time
def init(): pass
def run(data):
    open(data + ".began", "w").close()
    while not os.path.exists(data): time.sleep(0.01)
    return "done"
`)
  const folder = mkdtempSync(join(tmpdir(), 'laz-score-end-'))
  const flag = join(folder, 'go')
  const call = post(url, flag)
  while (!existsSync(`${flag}.began`)) await fetch(url)
  expect(await (await fetch(url)).text()).toBe('Healthy')
  child.kill('SIGTERM')
  writeFileSync(flag, '')
  expect(await (await call).json()).toBe('done')
  expect(await ended).toBe(0)
  rmSync(folder, { recursive: true })
})
