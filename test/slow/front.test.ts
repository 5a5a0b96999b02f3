// The front of online endpoints under stress: replicas come, go and die while it is called, servers are killed, and callers
// are slow or mean.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agent, constantLoad, type Door, open, type Raw, score, statusOf } from './front/calls.ts'
import { type Lazurite, startLazurite, workspace } from './laz.ts'

const script = `
import json, os, time
def init():
    if os.environ.get("FAILS"): raise ValueError("the weights are wrong")
    if os.environ.get("STUCK"):
        print("looking for weights", flush=True)
        time.sleep(3600)
    time.sleep(float(os.environ.get("SLOW", "0")))
def run(data):
    asked = json.loads(data)
    if asked.get("id"):
        with open(os.environ["SEEN"], "a") as seen: seen.write(asked["id"] + "\\n")
    if asked.get("die"): os._exit(9)
    if asked.get("big"): return "x" * asked["big"]
    time.sleep(asked.get("sleep", 0))
    return {"who": os.environ["WHO"], "pid": os.getpid(), "length": len(data)}
`

let server: Lazurite
let folder: string
let seen: string
let to: Door
beforeAll(async () => {
  server = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  folder = mkdtempSync(join(tmpdir(), 'laz-front-'))
  seen = join(folder, 'seen')
  mkdirSync(join(folder, 'code'))
  writeFileSync(join(folder, 'code', 'score.py'), script)
  writeFileSync(join(folder, 'endpoint.yml'), 'name: front\nauth_mode: key\n')
  const made = await server.laz(['online-endpoint', 'create', '-f', join(folder, 'endpoint.yml')])
  expect(made.code, made.err).toBe(0)
  await deploy('blue', { env: { WHO: 'first' } })
  await until(async () => (await look('blue')).state === 'Succeeded', 'the first deployment')
  const shared = { location: 'here', properties: { authMode: 'Key', traffic: { blue: 100 } } }
  expect((await server.http('PUT', item(), shared)).status).toBe(200)
  const { scoringUri } = JSON.parse((await server.http('GET', item())).body).properties
  const { primaryKey } = JSON.parse((await server.http('POST', item('/listKeys'))).body)
  to = { url: new URL(scoringUri), key: primaryKey }
}, 120_000)
afterAll(async () => {
  agent.destroy()
  await server.http('DELETE', item())
  const serving = join(server.home, 'serving')
  await until(async () => !existsSync(serving) || readdirSync(serving).length === 0, 'the sweep')
  server.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
}, 60_000)

const item = (path = '') => `${workspace}/onlineEndpoints/front${path}?api-version=2024-04-01`

async function until(look: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 90_000; Date.now() < end; ) {
    if (await look().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect.fail(`waited too long for ${what}`)
}

interface Wanted {
  env: Record<string, string>
  count?: number
  probe?: string
}

/** Writes the YAML of a deployment and applies it without waiting. */
async function deploy(name: string, { env, count = 1, probe = '' }: Wanted): Promise<void> {
  const variables = Object.entries({ SEEN: seen, ...env }).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`)
  writeFileSync(
    join(folder, `${name}.yml`),
    `name: ${name}\nendpoint_name: front\ncode_configuration:\n  code: ./code\n  scoring_script: score.py\n` +
      `environment: azureml:host@latest\ninstance_type: Standard_DS3_v2\ninstance_count: ${count}\n` +
      `environment_variables:\n${variables.join('')}` +
      `request_settings:\n  max_concurrent_requests_per_instance: 100\n  request_timeout_ms: 60000\n${probe}`,
  )
  const done = await server.laz(['online-deployment', 'create', '-f', join(folder, `${name}.yml`), '--no-wait'])
  expect(done.code, done.err).toBe(0)
}

interface Looked {
  state: string
  replicas: { id: string; state: string; restarts: number }[]
  error: { message?: string }
}

async function look(name: string): Promise<Looked> {
  const { status, body } = await server.http('GET', item(`/deployments/${name}`))
  expect(status, body).toBe(200)
  const { properties, lazurite } = JSON.parse(body)
  return { state: properties.provisioningState, replicas: lazurite?.replicas ?? [], error: lazurite?.error ?? {} }
}

/** All replicas there are serve, and there are so many. */
const settled = (name: string, count: number) =>
  until(async () => {
    const { state, replicas } = await look(name)
    return state === 'Succeeded' && replicas.length === count && replicas.every((one) => one.state === 'Ready')
  }, `${count} replicas of ${name}`)

/** Ids of calls that a script has run, and how often. */
function runs(): Map<string, number> {
  const all = new Map<string, number>()
  const lines = existsSync(seen) ? readFileSync(seen, 'utf8').split('\n') : []
  for (const id of lines.filter(Boolean)) all.set(id, (all.get(id) ?? 0) + 1)
  return all
}

const twice = () => [...runs()].filter(([, times]) => times > 1)

async function restart(): Promise<void> {
  const { pid } = server.server()
  process.kill(pid, 'SIGKILL')
  await until(async () => !existsSync(`/proc/${pid}`), 'the end of the server')
  const up = await server.laz(['up'])
  expect(up.code, up.err).toBe(0)
}

const head = (path: string, key: string) =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`

/** Callers that send a head or a body a byte at a time, or read nothing of a large answer. */
function openSlowCallers() {
  const dripping = (text: string, drop: string) => {
    const one = open(to, text)
    const timer = setInterval(() => one.socket.writable && one.socket.write(drop), 1_000)
    one.socket.on('close', () => clearInterval(timer))
    return one
  }
  const start = head(to.url.pathname, to.key)
  const many = <T>(make: () => T) => Array.from({ length: 50 }, make)
  const big = JSON.stringify({ big: 64 << 20 })
  const asks = `${start}Content-Length: ${big.length}\r\n\r\n${big}`
  const readers = [open(to, asks), open(to, asks)]
  for (const { socket } of readers) socket.pause()
  const bodies = `${start}Content-Length: 1000\r\n\r\n{`
  return {
    heads: many(() => dripping(start, 'X-Slow: 1\r\n')),
    bodies: many(() => dripping(bodies, ' ')),
    readers,
  }
}

describe('the front of an online endpoint', () => {
  test('a rolling update of a single instance drops no call', async () => {
    await settled('blue', 1)
    const load = constantLoad(to, 4)
    await deploy('blue', { env: { WHO: 'second', SLOW: '0.5' } })
    await until(async () => load.who.has('second'), 'the new revision')
    await settled('blue', 1)
    await load.end()
    expect([...load.statuses.keys()], JSON.stringify([...load.statuses])).toEqual([200])
    expect(load.who).toEqual(new Set(['first', 'second']))
  })

  test('a call that takes longer than the update is answered all the same', async () => {
    const slow = score(to, { sleep: 4 })
    const load = constantLoad(to, 2)
    await deploy('blue', { env: { WHO: 'third' } })
    await until(async () => load.who.has('third'), 'the new revision')
    await load.end()
    expect([...load.statuses.keys()]).toEqual([200])
    expect(await slow).toMatchObject({ status: 200, body: { who: 'second' } })
    await settled('blue', 1)
  })

  test('a server that is killed during an update drops what it had at hand, and nothing later', async () => {
    const load = constantLoad(to, 4)
    await deploy('blue', { env: { WHO: 'fourth', SLOW: '2' } })
    await until(async () => (await look('blue')).replicas.length === 2, 'the replica of the new revision')
    await restart()
    await until(async () => load.who.has('fourth'), 'the new revision')
    await settled('blue', 1)
    await load.end()
    // 0: a connection that was cut by the kill, or could not be made while there was no server
    expect([...load.statuses.keys()].filter((status) => status !== 0)).toEqual([200])
    expect(load.who).toEqual(new Set(['third', 'fourth']))
  })

  test('more instances and fewer drop no call, whichever replica goes', async () => {
    const load = constantLoad(to, 4)
    await deploy('blue', { env: { WHO: 'fourth', SLOW: '2' }, count: 3 })
    await settled('blue', 3)
    await deploy('blue', { env: { WHO: 'fourth', SLOW: '2' }, count: 1 })
    await settled('blue', 1)
    // of several instances at once
    await deploy('blue', { env: { WHO: 'fifth' }, count: 2 })
    await settled('blue', 2)
    await until(async () => load.who.has('fifth'), 'the new revision')
    await load.end()
    expect([...load.statuses.keys()], JSON.stringify([...load.statuses])).toEqual([200])
  })

  test('replicas that crash under load are replaced; only calls that they had are lost, and none runs twice', async () => {
    const load = constantLoad(to, 4)
    for (let n = 0; n < 4; n++) {
      await until(async () => {
        const { replicas } = await look('blue')
        const restarts = replicas.reduce((sum, one) => sum + one.restarts, 0)
        return restarts === n && replicas.filter(({ state }) => state === 'Ready').length === 2
      }, 'two replicas')
      expect((await score(to, { die: true, id: `die-${n}` })).status).toBe(424)
    }
    await settled('blue', 2)
    await load.end()
    const failed = [...load.statuses].filter(([status]) => status !== 200)
    // what a crash takes along: no more than all callers at once; while one replica is down, the other serves
    expect(
      failed.every(([status, times]) => status === 424 && times <= 16),
      JSON.stringify(failed),
    ).toBe(true)
    expect(load.statuses.get(200)).toBeGreaterThan(0)
    expect(twice()).toEqual([])
    for (let n = 0; n < 4; n++) expect(runs().get(`die-${n}`)).toBe(1)
  })

  test('a single instance that crashes is missed until it is back, and says so', async () => {
    await deploy('blue', { env: { WHO: 'single' } })
    await settled('blue', 1)
    const { pid } = (await score(to, {})).body
    expect((await score(to, { die: true })).status).toBe(424)
    const statuses = new Set<number>()
    await until(async () => {
      const { status, body } = await score(to, {})
      statuses.add(status)
      return status === 200 && body.pid !== pid
    }, 'another process')
    statuses.delete(200)
    expect([...statuses].filter((status) => status !== 424 && status !== 503)).toEqual([])
    await settled('blue', 1)
  })

  test('a model that never gets ready is told with its log and gets no call', async () => {
    await deploy('raises', { env: { WHO: 'raises', FAILS: 'yes' } })
    const probe = 'readiness_probe:\n  initial_delay: 1\n  period: 1\n  timeout: 1\n  failure_threshold: 2\n'
    await deploy('sticks', { env: { WHO: 'sticks', STUCK: 'yes' }, probe })
    const shares = { blue: 50, raises: 25, sticks: 25 }
    await server.http('PUT', item(), { location: 'here', properties: { authMode: 'Key', traffic: shares } })
    const load = constantLoad(to, 2)
    for (const name of ['raises', 'sticks'])
      await until(async () => (await look(name)).state === 'Failed', `the verdict on ${name}`)
    await load.end()
    expect((await look('raises')).error.message).toContain('the weights are wrong')
    expect((await look('sticks')).error.message).toContain('looking for weights')
    expect(load.who).toEqual(new Set(['single']))
    expect([...load.statuses.keys()].sort()).toEqual([200, 503])
    const whole = { location: 'here', properties: { authMode: 'Key', traffic: { blue: 100 } } }
    await server.http('PUT', item(), whole)
  })

  test('what could be read in two ways is refused', async () => {
    const start = head(to.url.pathname, to.key)
    const chunks = 'Transfer-Encoding: chunked\r\n'
    const mean: Record<string, string> = {
      'a length beside chunks': `${start}Content-Length: 4\r\n${chunks}\r\n0\r\n\r\n`,
      'chunks beside a length': `${start}${chunks}Content-Length: 4\r\n\r\n0\r\n\r\n`,
      'two lengths': `${start}Content-Length: 4\r\nContent-Length: 6\r\n\r\nabcd`,
      'the same length twice': `${start}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`,
      'a list of lengths': `${start}Content-Length: 2, 2\r\n\r\n{}`,
      'a length with a sign': `${start}Content-Length: +2\r\n\r\n{}`,
      'a length beyond all numbers': `${start}Content-Length: 18446744073709551618\r\n\r\n{}`,
      'a folded header': `${start}X-A: b\r\n c: d\r\nContent-Length: 2\r\n\r\n{}`,
      'a folded coding': `${start}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`,
      'bare line feeds': start.replaceAll('\r\n', '\n').concat('Content-Length: 2\n\n{}'),
      'a bare line feed in a value': `${start}X-A: b\n${chunks}\r\n0\r\n\r\n`,
      'a bare carriage return': `${start}X-A: b\r${chunks}\r\n0\r\n\r\n`,
      'a space before the colon': `${start}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
      'two codings': `${start}${chunks}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
      'a coding that is none': `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
      'a coding behind a control character': `${start}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`,
      'a coding before the chunks': `${start}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      'chunks in HTTP/1.0': `${start.replace('1.1', '1.0')}${chunks}\r\n0\r\n\r\n`,
      'a chunk with a bare line feed': `${start}${chunks}\r\n2\n{}\n0\n\n`,
      'a chunk of negative size': `${start}${chunks}\r\n-2\r\n{}\r\n0\r\n\r\n`,
      'a chunk beyond all numbers': `${start}${chunks}\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n`,
      'a zero byte': `${start}X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}`,
      'two hosts': `${start}Host: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}`,
    }
    const before = runs().size
    for (const [what, text] of Object.entries(mean))
      expect(await statusOf(to, text), what).toSatisfy((status) => status === 400 || status === 421 || status === 403)
    expect(runs().size).toBe(before)
    // and what follows a call on its connection is a call of its own
    const one = `${start}Content-Length: 2\r\n\r\n{}`
    const { socket, all } = open(to, `${one}${one.replace(to.key, 'wrong')}`)
    setTimeout(() => socket.end(), 1_000)
    expect((await all).match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401'])
  })

  test('headers and bodies have their sizes', async () => {
    const start = head(to.url.pathname, to.key)
    const length = 'Content-Length: 2\r\n\r\n{}'
    expect(await statusOf(to, `${start}X-Large: ${'x'.repeat(40_000)}\r\n${length}`)).toBe(431)
    const many = Array.from({ length: 4_000 }, (_, n) => `X-${n}: 1\r\n`).join('')
    expect(await statusOf(to, `${start}${many}${length}`)).toBe(431)
    expect(await statusOf(to, `${start}Content-Length: ${(100 << 20) + 1}\r\n\r\n`)).toBe(413)
    expect(await upload(101)).toBe(413)
    expect(await upload(30)).toBe(200)
  })

  test('large bodies are passed on as they come, and held by nobody on the way', async () => {
    const before = peakMiB()
    const statuses = await Promise.all(Array.from({ length: 6 }, () => upload(60)))
    expect(new Set(statuses)).toEqual(new Set([200]))
    // of 360 MiB
    expect(peakMiB() - before).toBeLessThan(120)
  })

  test('the key stands nowhere: not in a log, not in a file, not in an answer that nobody asked for', async () => {
    for (const authorization of [
      to.key,
      `bearer  ${to.key}`,
      `Basic ${to.key}`,
      `Bearer ${to.key} x`,
      `Bearer ${to.key}x`,
    ])
      await score(to, {}, { authorization })
    await score(to, { die: true })
    await until(async () => (await score(to, {})).status === 200, 'another process')
    await server.laz(['online-endpoint', 'invoke', '-n', 'front', '--request-file', join(folder, 'endpoint.yml')])
    const { secondaryKey } = JSON.parse((await server.http('POST', item('/listKeys'))).body)
    const files = readdirSync(server.home, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name))
    expect(files.some((file) => file.endsWith('.log') && statSync(file).size > 0)).toBe(true)
    const holding = files.filter((file) => {
      const bytes = readFileSync(file)
      return bytes.includes(to.key) || bytes.includes(secondaryKey)
    })
    expect(holding).toEqual([])
    const told = await Promise.all([item(), item('/deployments/blue')].map((path) => server.http('GET', path)))
    for (const { body } of told) expect(body).not.toContain(to.key)
    // thousands of calls a second would be thousands of lines
    const log = files.find((file) => file.endsWith('server.log')) ?? ''
    expect(readFileSync(log, 'utf8')).not.toContain(to.url.pathname)
  })

  test('slow callers are told or cut, and hold nobody meanwhile', async () => {
    const { heads, bodies, readers } = openSlowCallers()
    const load = constantLoad(to, 2)
    const told = async (all: Raw[]) => (await Promise.all(all.map((one) => one.all))).map((text) => text.slice(9, 12))
    expect(new Set(await told(heads))).toEqual(new Set(['408']))
    expect(new Set(await told(bodies))).toEqual(new Set(['408']))
    // what the kernels hold is read, and then the connection is over before the answer is
    for (const { socket } of readers) socket.resume()
    for (const { all } of readers) expect((await all).length).toBeLessThan(64 << 20)
    await load.end()
    expect([...load.statuses.keys()]).toEqual([200])
    expect(readers).toHaveLength(2)
  })
})

/** The most memory that the server has held so far. */
function peakMiB(): number {
  const status = readFileSync(`/proc/${server.server().pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
}

/** A body of so many MiB in chunks; the status that comes back. */
function upload(mebibytes: number): Promise<number | undefined> {
  const chunk = Buffer.alloc(1 << 20, ' ')
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${to.key}`, 'content-type': 'application/json' }
    const asked = request(to.url, { method: 'POST', headers }, (answer) => {
      resolve(answer.statusCode)
      answer.resume()
    })
    asked.on('error', () => resolve(undefined))
    const send = (left: number) => {
      if (asked.destroyed) return
      if (left === 0) asked.end('{}')
      else asked.write(chunk, () => send(left - 1))
    }
    send(mebibytes)
  })
}
