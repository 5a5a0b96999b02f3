// Tracking beside `mlflow server`: the same requests, the same runs, in one run. `lazurite` and `peer` are processor
// milliseconds of the server for one request; `ratio` says how many times as much of it Lazurite does in a second of
// processor time. LAZ_BENCH_RUNS: how many runs the small and the large search see.
import { say } from './tools.mjs'
import { artifacts } from './tracking/artifacts.mjs'
import { searches } from './tracking/searches.mjs'
import { pictures, spaces } from './tracking/series.mjs'
import { ours, theirs } from './tracking/servers.mjs'
import { writes } from './tracking/writes.mjs'

/** Which parts, for a look at one of them: LAZ_BENCH_PARTS=write,search. */
const parts = { write: writes, artifact: artifacts, space: spaces, search: searches, read: pictures }

export async function measure({ rounds = 1 }) {
  const wanted = process.env.LAZ_BENCH_PARTS?.split(',') ?? Object.keys(parts)
  const rows = []
  const stores = process.env.LAZ_BENCH_POSTGRES ? [undefined, process.env.LAZ_BENCH_POSTGRES] : [undefined]
  for (const store of stores) {
    for (const part of wanted) {
      const mine = ours({ store })
      const other = process.env.LAZ_BENCH_ALONE ? undefined : await theirs({ store })
      try {
        say(`${part}${store ? ', on PostgreSQL' : ''} …`)
        const found = await parts[part]({ mine, other, rounds, onPostgres: store !== undefined })
        rows.push(...found.map((row) => named(row, { store, other })))
      } finally {
        mine.end()
        await other?.end()
      }
    }
  }
  return rows
}

function named(row, { store, other }) {
  const { name, group, unit, lazurite, peer, ...more } = row
  const full = store ? `${name}, PostgreSQL` : name
  const { alone, ...rest } = more
  if (alone) return { name: full, group, unit, lazurite, ...rest }
  const beside = { peer_name: 'mlflow server' }
  if (!other) return { name: full, group, unit, lazurite, ...beside, missing: true, ...more }
  return { name: full, group, unit, lazurite, peer, ...beside, ratio: peer / lazurite, ...more }
}
