// Very many runs and one very long one on a server of its own: filled through its API, asked, half of it deleted.
// LAZ_SCALE_RUNS and LAZ_SCALE_POINTS say how many (a million, and a hundred million). A tenth of both goes through the
// server's own doors, or the part that LAZ_SCALE_DOORS says (1 is all of it, and takes hours); the rest through the
// writers of the store behind these doors. LAZ_SCALE_HOME is a folder for the home that is kept and, when it is filled
// already, only asked.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { memoryMb, say } from './tools.mjs'
import { deleteHalf, runsLeft, spaceBack } from './tracking/scale-delete.mjs'
import { fillLong, fillRuns, fillStore, longRun } from './tracking/scale-fill.mjs'
import { questions } from './tracking/scale-questions.mjs'
import { firstAndCost } from './tracking/scale-timing.mjs'
import { ours } from './tracking/servers.mjs'

const runs = Number(process.env.LAZ_SCALE_RUNS ?? 1_000_000)
const points = Number(process.env.LAZ_SCALE_POINTS ?? 100_000_000)
const { LAZ_SCALE_HOME: kept } = process.env
const doors = Number(process.env.LAZ_SCALE_DOORS ?? 0.1)
/** Which parts: LAZ_BENCH_PARTS=fill,ask,delete. */
const parts = process.env.LAZ_BENCH_PARTS?.split(',') ?? ['fill', 'ask', 'delete']

export async function measure() {
  const server = ours({ ...(kept ? { home: kept } : {}) })
  const rows = []
  try {
    await server.up()
    if (parts.includes('fill') && !(await isFilled(server))) rows.push(...(await fill(server)))
    if (parts.includes('ask')) rows.push(...(await askAll(server)))
    if (parts.includes('delete')) rows.push(...(await takeAway(server)))
    return rows
  } finally {
    server.end()
  }
}

const row = (name, unit, lazurite, more = {}) => ({ name, group: 'scale', unit, lazurite, ...more })
const megabytes = (server) => server.files() / 1e6

async function isFilled(server) {
  return existsSync(join(server.home, `filled-${runs}-${points}`))
}

async function fill(server) {
  const [someRuns, somePoints] = [Math.ceil(runs * doors), Math.ceil(points * doors)]
  const a = await fillRuns(server, { from: 0, to: someRuns })
  const b = await fillLong(server, { to: somePoints })
  const peak = memoryMb(server.pid, 'VmHWM')
  server.down()
  await fillStore(server, { runs: { from: someRuns, to: runs }, points: { from: somePoints, to: points } })
  await server.up()
  if (kept) writeFileSync(join(server.home, `filled-${runs}-${points}`), '')
  const told = [
    row(`${someRuns.toLocaleString('en')} runs, each brought by one request`, 'cpu-ms a run', a.cpuMs, { wall_s: a.seconds }),
    row(`${somePoints.toLocaleString('en')} points of one series, by log-batch`, 'cpu-µs a point', 1000 * b.cpuMs, { wall_s: b.seconds }),
    row('the database, once all are in', 'MB', megabytes(server)),
    row('most memory of the server while it was filled', 'MB', peak),
  ] // biome-ignore format: a row a line
  for (const one of told) say(JSON.stringify(one))
  return told
}

async function restart(server) {
  server.down()
  await server.up()
}

async function askAll(server) {
  const rows = []
  for (const [name, act] of Object.entries(await questions(server, { runs, points }))) {
    const { firstMs, wallMs, cpuMs, bytes } = await firstAndCost(server, act)
    rows.push(row(name, 'ms', wallMs, { first_ms: firstMs, cpu_ms: cpuMs, kb: bytes / 1000 }))
    say(`${name}: ${wallMs.toFixed(1)} ms (first ${firstMs.toFixed(1)}), ${cpuMs.toFixed(1)} cpu-ms`)
  }
  rows.push(row('most memory of the server while it was asked', 'MB', memoryMb(server.pid, 'VmHWM')))
  return rows
}

async function takeAway(server) {
  await restart(server)
  const before = megabytes(server)
  const { marked, erased } = await deleteHalf(server, { runs, longRun })
  const after = await spaceBack(server)
  const rows = [
    row('half of the runs deleted by a client', 'cpu-ms a run', marked.cpuMs, { wall_s: marked.seconds }),
    row('laz run gc of them and of the long one', 'cpu-ms a run', erased.cpuMs, { wall_s: erased.seconds }),
    row('runs that are left', 'runs', await runsLeft(server)),
    row('the database before', 'MB', before),
    row('the database after', 'MB', after.bytes / 1e6, { settled_s: after.seconds }),
    row('most memory of the server meanwhile', 'MB', memoryMb(server.pid, 'VmHWM')),
  ]
  for (const one of rows) say(JSON.stringify(one))
  return rows
}
