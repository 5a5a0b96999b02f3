// Online endpoints as their callers have them: the command line makes them, ten thousand calls split as they should, and
// replicas outlive the server that started them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite, workspace } from './laz.ts'

let server: Lazurite
beforeAll(async () => {
  server = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  const folder = join(server.home, 'mine')
  mkdirSync(join(folder, 'code'), { recursive: true })
  mkdirSync(join(folder, 'model'), { recursive: true })
  writeFileSync(join(folder, 'code', 'score.py'), script)
  writeFileSync(join(folder, 'model', 'weight.txt'), '7')
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('endpoint.yml', 'name: split\nauth_mode: key\n')
  for (const [name, count] of [
    ['blue', 2],
    ['green', 1],
  ] as const) {
    write(
      `${name}.yml`,
      `name: ${name}\nendpoint_name: split\nmodel:\n  path: ./model\ncode_configuration:\n  code: ./code\n` +
        `  scoring_script: score.py\nenvironment: azureml:host@latest\ninstance_type: Standard_DS3_v2\ninstance_count: ${count}\n` +
        `environment_variables:\n  WHO: ${name}\nrequest_settings:\n  max_concurrent_requests_per_instance: 100\n`,
    )
  }
  const made = await server.laz(['online-endpoint', 'create', '-f', join(folder, 'endpoint.yml')])
  expect(made.code, made.err).toBe(0)
  for (const name of ['blue', 'green']) {
    const deployed = await server.laz(['online-deployment', 'create', '-f', join(folder, `${name}.yml`)])
    expect(deployed.code, deployed.err).toBe(0)
    await until(async () => (await show(`deployments/${name}`)).provisioningState === 'Succeeded', name)
  }
  await traffic({ blue: 90, green: 10 })
}, 120_000)
afterAll(async () => {
  await server.http('DELETE', `${workspace}/onlineEndpoints/split?api-version=2024-04-01`)
  const serving = join(server.home, 'serving')
  await until(async () => !existsSync(serving) || readdirSync(serving).length === 0, 'the sweep')
  server.stop()
}, 60_000)

const script = `
import json, os
def init():
    global weight
    weight = int(open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model", "weight.txt")).read())
def run(data):
    asked = json.loads(data)
    if asked.get("die"): os._exit(9)
    return {"sum": asked.get("n", 0) + weight, "who": os.environ["WHO"], "pid": os.getpid()}
`

async function until(look: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await look().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect.fail(`waited too long for ${what}`)
}

async function show(path: string) {
  const { status, body } = await server.http('GET', `${workspace}/onlineEndpoints/split/${path}?api-version=2024-04-01`)
  expect(status, body).toBe(200)
  return JSON.parse(body).properties
}

const item = (path = '') => `${workspace}/onlineEndpoints/split${path}?api-version=2024-04-01`

async function traffic(shares: Record<string, number>): Promise<void> {
  const put = await server.http('PUT', item(), { location: 'here', properties: { authMode: 'Key', traffic: shares } })
  expect([200, 201], put.body).toContain(put.status)
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 })

async function door(): Promise<{ url: URL; key: string }> {
  const { scoringUri } = JSON.parse((await server.http('GET', item())).body).properties
  const { primaryKey } = JSON.parse((await server.http('POST', item('/listKeys'))).body)
  return { url: new URL(scoringUri), key: primaryKey }
}

interface Scored {
  status: number
  who?: string
  pid?: number
}

function call(
  { url, key }: { url: URL; key: string },
  body: object,
  more: Record<string, string> = {},
): Promise<Scored> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more }
  return new Promise((resolve) => {
    const asked = request(url, { method: 'POST', headers, agent }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, ...(text.startsWith('{') ? JSON.parse(text) : {}) }),
      )
    })
    asked.on('error', () => resolve({ status: 0 }))
    asked.end(JSON.stringify(body))
  })
}

/** Sends raw bytes and answers the first line that comes back. */
function raw(url: URL, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(url.port), '127.0.0.1', () => socket.write(text))
    let got = ''
    socket.on('data', (part) => {
      got += part.toString('latin1')
      if (got.includes('\r\n')) socket.destroy()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(got.split('\r\n')[0] ?? ''))
  })
}

describe('an online endpoint with two deployments', () => {
  test('ten thousand calls split within the binomial bound', async () => {
    const to = await door()
    const seen: Record<string, number> = {}
    let left = 10_000
    const caller = async () => {
      while (left-- > 0) {
        const { status, who } = await call(to, { n: 1 })
        const name = status === 200 ? (who ?? '') : String(status)
        seen[name] = (seen[name] ?? 0) + 1
      }
    }
    await Promise.all(Array.from({ length: 8 }, caller))
    expect((seen.blue ?? 0) + (seen.green ?? 0), JSON.stringify(seen)).toBe(10_000)
    // five standard deviations of a share of one tenth
    expect(Math.abs((seen.green ?? 0) - 1_000)).toBeLessThan(150)
  }, 180_000)

  test('a replica that dies is replaced while the other serves', async () => {
    const to = await door()
    const blue = { 'azureml-model-deployment': 'blue' }
    expect((await call(to, { die: true }, blue)).status).toBe(424)
    const after = []
    for (let n = 0; n < 50; n++) after.push((await call(to, { n }, blue)).status)
    expect(new Set(after)).toEqual(new Set([200]))
    await until(async () => {
      const { body } = await server.http('GET', item('/deployments/blue'))
      return JSON.parse(body).lazurite.ready === 2
    }, 'two replicas')
  }, 60_000)

  test('the command line calls it', async () => {
    const file = join(server.home, 'request.json')
    writeFileSync(file, '{"n": 5}')
    const words = ['online-endpoint', 'invoke', '-n', 'split', '--request-file', file]
    const named = await server.laz([...words, '-d', 'green'])
    expect(named.code, named.err).toBe(0)
    expect(JSON.parse(named.out)).toMatchObject({ sum: 12, who: 'green' })
    const wrong = await server.laz([...words, '-d', 'none'])
    expect(wrong.code).not.toBe(0)
    expect(wrong.err).toContain('none')
  })

  test('a killed server finds its replicas again', async () => {
    const green = { 'azureml-model-deployment': 'green' }
    const { pid } = await call(await door(), {}, green)
    expect(pid).toBeGreaterThan(0)
    process.kill(server.server().pid, 'SIGKILL')
    await until(async () => !existsSync(`/proc/${server.server().pid}`), 'the end of the server')
    expect(existsSync(`/proc/${pid}`)).toBe(true)
    const up = await server.laz(['up'])
    expect(up.code, up.err).toBe(0)
    const again = await call(await door(), {}, green)
    expect(again).toMatchObject({ status: 200, pid })
    const processes = spawnSync('pgrep', ['-f', `${server.home}/serving`], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n')
    expect(processes.length).toBeGreaterThanOrEqual(3)
  }, 60_000)

  test('smuggled and oversized headers are refused', async () => {
    const { url, key } = await door()
    const head = `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: Bearer ${key}\r\n`
    expect(await raw(url, `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).toContain(' 400 ')
    expect(await raw(url, `${head}Content-Length: 4\r\nContent-Length: 6\r\n\r\nabcd`)).toContain(' 400 ')
    expect(await raw(url, `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`)).toContain(' 400 ')
    expect(await raw(url, `${head}X-Large: ${'x'.repeat(40_000)}\r\n\r\n`)).toContain(' 431 ')
    expect(await raw(url, `${head}Content-Length: ${1 << 30}\r\n\r\n`)).toContain(' 413 ')
  }, 30_000)

  test('callers that send slowly hold nobody', async () => {
    const to = await door()
    const head = `POST ${to.url.pathname} HTTP/1.1\r\nHost: ${to.url.host}\r\nAuthorization: Bearer ${to.key}\r\n`
    const slow = Array.from({ length: 300 }, () => {
      const socket = connect(Number(to.url.port), '127.0.0.1', () =>
        socket.write(`${head}Content-Length: 100\r\n\r\n{`),
      )
      socket.on('error', () => {})
      return socket
    })
    await new Promise((resolve) => setTimeout(resolve, 500))
    for (let n = 0; n < 20; n++) expect((await call(to, { n })).status).toBe(200)
    for (const socket of slow) socket.destroy()
  }, 30_000)
})
