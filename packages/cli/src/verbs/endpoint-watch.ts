// What a running endpoint tells: numbers about its calls, and its logs as they grow.
import type { Lazurite } from '@lazurite/client'
import { asArray, asNumber, asObject, asString, isLazError, type JsonObject } from '@lazurite/spec'
import { type Args, textOf, wholeOf } from '../args.ts'
import type { Run } from '../command.ts'
import type { Shown } from '../output.ts'
import { whichOf } from '../reach.ts'
import { type Session, untilInterrupted } from '../session.ts'

/** Calls by deployment since the server started: how many, how many failed, how long they took. */
export const metrics: Run = async (session, args) => {
  const client = await session.client()
  const { name } = whichOf(args)
  const path = `/lazurite/v1${client.of('online-endpoint').path({ name })}/metrics`
  const told = asObject(await (await client.ask({ path })).json())
  const [ready, collected] = [asObject(told.ready), asObject(told.collected)]
  const calls = asObject(told.deployments)
  const names = [...new Set([...Object.keys(ready), ...Object.keys(calls)])].filter((one) => one !== '')
  const value = names.sort().map((deployment): JsonObject => {
    const {
      calls: count = 0,
      failed = 0,
      callsPerSecond = 0,
      statuses = {},
      latency = {},
    } = asObject(calls[deployment])
    const about = { calls: count, failed, callsPerSecond, statuses, latency }
    const kept = collected[deployment]
    return { deployment, ready: ready[deployment] ?? null, ...about, ...(kept ? { collected: kept } : {}) }
  })
  const refused = asObject(calls[''])
  const some = asNumber(refused.calls) ?? 0
  if (some > 0) session.say(`${some} calls reached no deployment: ${statusesOf(refused)}.`)
  return { value, shown: columns }
}

const columns: Shown[] = [
  { title: 'deployment', of: (row) => String(row.deployment) },
  { title: 'ready', of: (row) => text(row.ready) },
  { title: 'calls', of: (row) => text(row.calls) },
  { title: 'failed', of: (row) => text(row.failed) },
  { title: 'per second', of: (row) => text(row.callsPerSecond) },
  { title: 'mean ms', of: (row) => text(asObject(row.latency).meanMs) },
  { title: 'p50 ms', of: (row) => text(asObject(row.latency).p50Ms) },
  { title: 'p99 ms', of: (row) => text(asObject(row.latency).p99Ms) },
  { title: 'answers', of: statusesOf },
]

/** 200: 12, 424: 1 */
function statusesOf(row: JsonObject): string {
  return Object.entries(asObject(row.statuses))
    .map(([status, count]) => `${status}: ${String(count)}`)
    .join(', ')
}

function text(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(3))) : ''
}

const lookMs = 500

/** The last lines, then every line that comes, until Ctrl-C, or until the deployment is deleted. */
export async function followDeployment(session: Session, args: Args): Promise<void> {
  const client = await session.client()
  const path = `/lazurite/v1${client.of('online-deployment').path(whichOf(args))}/logs`
  const container = textOf(args, 'container')
  const query = new URLSearchParams({ tail: String(wholeOf(args, 'lines') ?? 50), ...(container ? { container } : {}) })
  await untilInterrupted(async (signal) => {
    let last = ''
    let told = false
    while (!signal.aborted) {
      const answer = await looked(client, `${path}?${query}`)
      if (answer === 'gone') return
      // a server that is being started again is waited for
      if (answer === undefined && !told) session.say('The server is gone; waiting for it …')
      told = answer === undefined
      const parts = asArray(answer?.parts).map(asObject)
      for (const { instance, text: lines } of parts) {
        const name = asString(instance) ?? ''
        if (name !== last && name !== '' && (last !== '' || parts.length > 1))
          await session.write(`Instance ${name}:\n`)
        last = name
        await session.write(asString(lines) ?? '')
      }
      const cursor = asString(answer?.cursor)
      if (cursor !== undefined) query.set('cursor', cursor)
      await pause(lookMs, signal)
    }
  })
}

async function looked(client: Lazurite, path: string): Promise<JsonObject | 'gone' | undefined> {
  try {
    return asObject(await (await client.ask({ path })).json())
  } catch (error) {
    if (!isLazError(error)) throw error
    if (error.http === 404) return 'gone'
    if (error.code === 'ServerUnreachable') return undefined
    throw error
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
