// The ARM face: reads and writes a second, and a long list, beside the leanest fastify handler and json-server.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { root } from '../tools/setup.mjs'
import { call, median, memoryMb, npmPeer, say, startServer } from './tools.mjs'

const assets = 100_000
const lanes = 32
const calls = 3000

const bodyOf = (n) => ({
  properties: {
    dataType: 'uri_file',
    dataUri: `https://example.org/data/${n}.csv`,
    description: 'one of many',
    tags: { n: String(n) },
  },
})

/** A server of one route that keeps bodies in a map: what the framework itself costs. */
const leanest = `
  import fastify from 'fastify'
  const kept = new Map()
  const app = fastify()
  app.put('/data/:name/versions/:version', async (request, reply) => {
    kept.set(request.params.name, { id: request.url, name: request.params.version, ...request.body })
    reply.code(201)
    return kept.get(request.params.name)
  })
  app.get('/data/:name/versions/:version', async (request) => kept.get(request.params.name))
  app.get('/data', async (request) => {
    const value = []
    for (const one of kept.values()) if (value.push(one) === 1000) break
    return { value }
  })
  await app.listen({ port: Number(process.argv[1]), host: '127.0.0.1' })
  console.log('ready')`

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

/** Starts a program and waits until it says that it listens. */
function started(command, args, options, ready) {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options })
    child.stdout.on('data', (text) => ready.test(String(text)) && done(child))
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`${command} ended with ${code}`)))
  })
}

/** Calls a second: `total` calls of `make(n)` by a fixed number of lanes on kept connections. */
async function rate(url, headers, total, make) {
  const agent = new Agent({ keepAlive: true, maxSockets: lanes })
  const one = ({ method, path, body }) =>
    new Promise((done, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body)
      const own =
        text === ''
          ? headers
          : { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      const outgoing = request(new URL(path, url), { method, headers: own, agent }, (incoming) => {
        incoming
          .resume()
          .on('end', () =>
            incoming.statusCode < 400 ? done() : reject(new Error(`${method} ${path}: ${incoming.statusCode}`)),
          )
      })
      outgoing.on('error', reject)
      outgoing.end(text)
    })
  let next = 0
  const start = performance.now()
  const lane = async () => {
    while (next < total) await one(make(next++))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  agent.destroy()
  return total / ((performance.now() - start) / 1000)
}

function subjects(server, lean, db) {
  const arm = (n) => `${server.workspace}/data/asset-${n}/versions/1?api-version=2023-04-01`
  const all = {
    lazurite: {
      url: server.url,
      headers: { authorization: `Bearer ${server.token}` },
      put: (n) => ({ method: 'PUT', path: arm(n), body: bodyOf(n) }),
      get: (n) => ({ method: 'GET', path: arm(n % assets) }),
      list: () => ({ method: 'GET', path: `${server.workspace}/data?api-version=2023-04-01&$top=1000` }),
      pid: server.pid,
    },
    fastify: {
      url: lean.url,
      headers: {},
      put: (n) => ({ method: 'PUT', path: `/data/asset-${n}/versions/1`, body: bodyOf(n) }),
      get: (n) => ({ method: 'GET', path: `/data/asset-${n % assets}/versions/1` }),
      list: () => ({ method: 'GET', path: '/data' }),
      pid: lean.pid,
    },
  }
  if (db)
    all['json-server'] = {
      url: db.url,
      headers: {},
      put: (n) => ({ method: 'POST', path: '/fresh', body: { id: `asset-${n}`, ...bodyOf(n) } }),
      get: (n) => ({ method: 'GET', path: `/data/asset-${n % 1000}` }),
      list: () => ({ method: 'GET', path: '/data?_limit=1000' }),
      pid: db.pid,
    }
  return all
}

async function startPeers(folder) {
  const leanPort = await freePort()
  const lean = await started(
    process.execPath,
    ['--input-type=module', '-e', leanest, String(leanPort)],
    { cwd: join(root, 'packages/server') },
    /ready/,
  )
  const peers = { lean: { url: `http://127.0.0.1:${leanPort}`, pid: lean.pid, child: lean } }
  const bin = npmPeer('json-server', ['json-server@0.17.4'])
  if (!bin) return peers
  const file = join(folder, 'db.json')
  const data = Array.from({ length: assets }, (_, n) => ({ id: `asset-${n}`, ...bodyOf(n) }))
  writeFileSync(file, JSON.stringify({ data, fresh: [] }))
  const port = await freePort()
  const child = spawn(join(bin, 'json-server'), [file, '--port', String(port), '--quiet', '--host', '127.0.0.1'], {
    stdio: 'ignore',
  })
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 100; tries++) {
    const there = await fetch(`${url}/data/asset-1`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (there) return { ...peers, db: { url, pid: child.pid, child } }
    await new Promise((done) => setTimeout(done, 200))
  }
  child.kill()
  return peers
}

export async function measure({ rounds = 5 }) {
  const server = startServer()
  const folder = mkdtempSync(join(tmpdir(), 'laz-bench-arm-'))
  const peers = await startPeers(folder)
  try {
    const all = subjects(server, peers.lean, peers.db)
    say(`${assets} assets …`)
    const { lazurite, ...others } = all
    for (const one of [lazurite, all.fastify]) await rate(one.url, one.headers, assets, one.put)
    const figures = { get: {}, put: {}, list: {} }
    let fresh = assets
    for (let round = -1; round < rounds; round++) {
      for (const [name, one] of Object.entries(all)) {
        // json-server writes its whole file on every POST: a few calls are enough to know
        const writes = name === 'json-server' ? 20 : calls
        const from = fresh
        const seen = {
          get: await rate(one.url, one.headers, calls, one.get),
          put: await rate(one.url, one.headers, writes, (n) => one.put(from + n)),
          list: 1000 / (await rate(one.url, one.headers, 20, one.list)),
        }
        fresh += writes
        if (round >= 0)
          for (const key of Object.keys(seen)) figures[key][name] = [...(figures[key][name] ?? []), seen[key]]
      }
    }
    await call(server, 'GET', `${server.workspace}/data/asset-7/versions/1?api-version=2023-04-01`)
    const row = (label, unit, key) =>
      ['fastify', 'json-server'].map((peer) => ({
        name: label,
        group: 'arm',
        unit,
        lazurite: median(figures[key].lazurite),
        peer_name: peer === 'fastify' ? 'fastify, a map' : peer,
        ...(others[peer]
          ? { peer: median(figures[key][peer]), ratio: median(figures[key].lazurite) / median(figures[key][peer]) }
          : { missing: true }),
        memory_mb: memoryMb(server.pid),
        ...(others[peer] && { peer_memory_mb: memoryMb(others[peer].pid) }),
      }))
    return [
      ...row('GET of an asset version', 'calls/s', 'get'),
      ...row('PUT of a new asset version', 'calls/s', 'put'),
      ...row(`1,000 of ${assets.toLocaleString('en')} assets listed`, 'ms', 'list'),
    ]
  } finally {
    peers.lean.child.kill()
    peers.db?.child.kill()
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
