/** What calls an endpoint had, since the server started: counts, errors, how long they took. */
import type { JsonObject } from '@lazurite/spec'

/** Upper edges in milliseconds; what took longer is in the last bucket. */
const edges = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000]
const rateSeconds = 60

interface Tally {
  calls: number
  statuses: Map<number, number>
  buckets: number[]
  sumMs: number
  /** Calls by second, of the last minute. */
  seconds: Map<number, number>
}

const tallies = new WeakMap<object, Map<string, Tally>>()

/** Notes a call that is over; `of` is what the counts live as long as. */
export function count(of: object, deployment: string, call: { status: number; ms: number; now: number }): void {
  const all = tallies.get(of) ?? new Map<string, Tally>()
  tallies.set(of, all)
  const tally = all.get(deployment) ?? fresh()
  all.set(deployment, tally)
  tally.calls += 1
  tally.statuses.set(call.status, (tally.statuses.get(call.status) ?? 0) + 1)
  const at = edges.findIndex((edge) => call.ms <= edge)
  const bucket = at < 0 ? edges.length : at
  tally.buckets[bucket] = (tally.buckets[bucket] ?? 0) + 1
  tally.sumMs += call.ms
  const second = Math.floor(call.now / 1000)
  tally.seconds.set(second, (tally.seconds.get(second) ?? 0) + 1)
  for (const old of tally.seconds.keys()) {
    if (old > second - rateSeconds) break
    tally.seconds.delete(old)
  }
}

const fresh = (): Tally => ({
  calls: 0,
  statuses: new Map(),
  buckets: edges.map(() => 0).concat(0),
  sumMs: 0,
  seconds: new Map(),
})

/** By deployment; `''` are calls that reached none. */
export function metricsOf(of: object, now: number): JsonObject {
  const entries = [...(tallies.get(of) ?? [])].map(([name, tally]): [string, JsonObject] => [name, print(tally, now)])
  return Object.fromEntries(entries)
}

function print(tally: Tally, now: number): JsonObject {
  const since = Math.floor(now / 1000) - rateSeconds
  const recent = [...tally.seconds].filter(([second]) => second > since).reduce((sum, [, calls]) => sum + calls, 0)
  const failed = [...tally.statuses].filter(([status]) => status >= 400).reduce((sum, [, calls]) => sum + calls, 0)
  return {
    calls: tally.calls,
    failed,
    callsPerSecond: recent / rateSeconds,
    statuses: Object.fromEntries([...tally.statuses].map(([status, calls]) => [String(status), calls])),
    latency: {
      meanMs: tally.calls === 0 ? 0 : tally.sumMs / tally.calls,
      p50Ms: quantile(tally, 0.5),
      p90Ms: quantile(tally, 0.9),
      p99Ms: quantile(tally, 0.99),
      buckets: tally.buckets.map((calls, index) => ({ upToMs: edges[index] ?? null, calls })),
    },
  }
}

/** The upper edge of the bucket that holds it; the last edge for what took longer still. */
function quantile({ calls, buckets }: Tally, share: number): number {
  let seen = 0
  for (const [index, n] of buckets.entries()) {
    seen += n
    if (n > 0 && seen >= calls * share) return edges[index] ?? edges.at(-1) ?? 0
  }
  return 0
}
