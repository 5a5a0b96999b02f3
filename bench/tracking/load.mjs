// The same requests to either server, from one light client: how many a second of the server's own processor time.
import { request } from 'node:http'
import { performance } from 'node:perf_hooks'
import { cpuSeconds } from './servers.mjs'

/** One request; the body of its answer as bytes, unpacked when it came packed and is wanted. */
export function send(server, method, path, body, type = 'application/json') {
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
    const headers = { ...server.headers, 'accept-encoding': 'gzip, deflate' }
    if (bytes) Object.assign(headers, { 'content-type': type, 'content-length': bytes.length })
    const outgoing = request(new URL(server.url + path), { method, headers, agent: server.agent }, (incoming) => {
      const parts = []
      incoming.on('data', (part) => parts.push(part))
      incoming.on('end', () => {
        const answer = Buffer.concat(parts)
        if (incoming.statusCode === 200) resolve({ answer, packed: incoming.headers['content-encoding'] === 'gzip' })
        else reject(new Error(`${server.name}: ${method} ${path}: ${incoming.statusCode} ${answer.subarray(0, 400)}`))
      })
      incoming.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(bytes)
  })
}

export async function ask(server, method, path, body) {
  const { answer, packed } = await send(server, method, `/api/2.0/mlflow/${path}`, body)
  const { gunzipSync } = await import('node:zlib')
  return JSON.parse((packed ? gunzipSync(answer) : answer).toString() || '{}')
}

/**
 * Processor milliseconds of the server and wall milliseconds a call: repeated until the server has worked for
 * `seconds`, or `most` calls were made. Before that it warms up for `warm` seconds. `databaseMs` is what all processes of
 * the database used meanwhile, where it is one of this machine.
 */
export async function cost(server, act, { seconds = 2, most = 5000, warm = 0.7 } = {}) {
  const pids = server.pids()
  const spend = async (limit, count, first) => {
    const [before, from] = [cpuSeconds(pids), performance.now()]
    const theirs = server.database && cpuSeconds(server.database())
    let calls = 0
    let spent = 0
    while (calls < count) {
      await act(server, first + calls)
      calls++
      if (calls % 8 !== 0 && calls > 8) continue
      spent = cpuSeconds(pids) - before
      if (spent >= limit || performance.now() - from > 8000 * limit) break
    }
    spent = cpuSeconds(pids) - before
    const wallMs = (performance.now() - from) / calls
    const more = server.database ? { databaseMs: ((cpuSeconds(server.database()) - theirs) * 1000) / calls } : {}
    return { cpuMs: (spent * 1000) / calls, wallMs, calls, ...more }
  }
  const { calls } = await spend(warm, most, 0)
  return spend(seconds, most, calls)
}

/** What a row says of a call's cost beside the server's own processor time. */
export function beside(mine, other) {
  const walls = { wall_ms: mine.wallMs, peer_wall_ms: other?.wallMs }
  if (mine.databaseMs === undefined) return walls
  const [a, b] = [mine, other].map((one) => one && one.cpuMs + one.databaseMs)
  return {
    ...walls,
    database_ms: mine.databaseMs,
    peer_database_ms: other?.databaseMs,
    ...(b ? { ratio_with_database: b / a } : {}),
  }
}
