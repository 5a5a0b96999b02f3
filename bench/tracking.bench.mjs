// Tracking beside `mlflow server`: the same requests, the same runs, in one run. `lazurite` and `peer` are processor
// milliseconds of the server for one request; `ratio` says how many times as much of it Lazurite does in a second of
// processor time. LAZ_BENCH_RUNS: how many runs the small and the large search see; LAZ_BENCH_POSTGRES: a server of it, on
// which writes and searches are measured too: `ratio` is of the servers' own processor time, `ratio_with_database` counts
// what all processes of the database used meanwhile, on both sides.
import { say } from './tools.mjs'
import { artifacts } from './tracking/artifacts.mjs'
import { searches } from './tracking/searches.mjs'
import { pictures, spaces } from './tracking/series.mjs'
import { databases, ours, theirs } from './tracking/servers.mjs'
import { writes } from './tracking/writes.mjs'

/** Which parts, for a look at one of them: LAZ_BENCH_PARTS=write,search. */
const parts = { write: writes, artifact: artifacts, space: spaces, search: searches, read: pictures }

export async function measure() {
  const wanted = process.env.LAZ_BENCH_PARTS?.split(',') ?? Object.keys(parts)
  const rows = []
  for (const part of wanted) rows.push(...(await measurePart(part)))
  const { LAZ_BENCH_POSTGRES: address } = process.env
  for (const part of ['write', 'search'].filter((one) => address && wanted.includes(one))) {
    const stores = await databases(address)
    try {
      rows.push(...(await measurePart(part, stores)))
    } finally {
      await stores.drop()
    }
  }
  return rows
}

async function measurePart(part, stores) {
  const mine = ours({ store: stores?.mine, database: stores?.database })
  const other = process.env.LAZ_BENCH_ALONE
    ? undefined
    : await theirs({ store: stores?.other, database: stores?.database })
  try {
    say(`${part}${stores ? ', on PostgreSQL' : ''} …`)
    return (await parts[part]({ mine, other })).map((row) => named(row, { store: stores !== undefined, other }))
  } finally {
    mine.end()
    await other?.end()
  }
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
