// Callers: one after the other in turn, or several at once.
import { Agent, request } from 'node:http'
import { performance } from 'node:perf_hooks'
import { median } from '../tools.mjs'

/** Callers at once. */
export const lanes = 8
const singles = 600
const seconds = 3
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

/** One POST; resolves to its milliseconds, rejects when it is not 200. */
function post({ port, path, body, headers, agent }) {
  return new Promise((done, reject) => {
    const begun = performance.now()
    const own = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers }
    const asked = request({ host: '127.0.0.1', port, path, method: 'POST', headers: own, agent }, (answer) => {
      let text = ''
      answer.on('data', (part) => {
        text += part
      })
      answer.on('end', () => {
        if (answer.statusCode === 200) done(performance.now() - begun)
        else reject(new Error(`${path}: ${answer.statusCode} ${text.slice(0, 300)}`))
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

export const at = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]

const agentOf = () => new Agent({ keepAlive: true, maxSockets: lanes })

/** Call by call in turn, so that a slow moment of the machine hits all of them. */
export async function latencies(doors, rounds) {
  const times = Object.fromEntries(Object.keys(doors).map((name) => [name, []]))
  const agents = Object.fromEntries(Object.keys(doors).map((name) => [name, agentOf()]))
  for (let n = -50; n < singles * rounds; n++)
    for (const [name, door] of Object.entries(doors)) {
      const ms = await post({ ...door, agent: agents[name] })
      if (n >= 0) times[name].push(ms)
    }
  for (const agent of Object.values(agents)) agent.destroy()
  return times
}

/** Calls a second by several callers. */
async function rate(door) {
  const agent = agentOf()
  let calls = 0
  const begun = performance.now()
  const lane = async () => {
    while (performance.now() - begun < seconds * 1000) {
      await post({ ...door, agent })
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  agent.destroy()
  return calls / ((performance.now() - begun) / 1000)
}

export async function rates(doors, rounds) {
  const all = Object.fromEntries(Object.keys(doors).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const [name, door] of Object.entries(doors)) all[name].push(await rate(door))
  return Object.fromEntries(Object.entries(all).map(([name, values]) => [name, median(values)]))
}

/** Waits until a call is answered with 200; milliseconds since `begun`. */
export async function answered(door, begun, child) {
  for (const end = Date.now() + 120_000; Date.now() < end; ) {
    if (child && child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    if (await post(door).then(() => true, () => false)) return performance.now() - begun // biome-ignore format: one line
    await sleep(10)
  }
  throw new Error(`nothing answers at ${door.path}`)
}
