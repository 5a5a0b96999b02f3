// What a running endpoint tells: numbers about its calls, and its logs as they grow.
import { asNumber, asObject, type JsonObject } from '@lazurite/spec'
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

/** The last lines, then every line that comes, until Ctrl-C, or until the deployment is deleted. */
export async function followDeployment(session: Session, args: Args): Promise<void> {
  const client = await session.client()
  const { name, parent = '' } = whichOf(args)
  const container = textOf(args, 'container') === 'storage-initializer' ? 'storage-initializer' : 'inference-server'
  await untilInterrupted(async (signal) => {
    let last: string | undefined
    let told = false
    const away = () => {
      if (!told) session.say('The server is gone; waiting for it …')
      told = true
    }
    const options = { lines: wholeOf(args, 'lines') ?? 50, container, signal, away } as const
    for await (const { instance, text: lines } of client.onlineDeployments.follow(parent, name, options)) {
      told = false
      if (instance !== last && instance !== '') await session.write(`Instance ${instance}:\n`)
      last = instance
      await session.write(lines)
    }
  })
}
