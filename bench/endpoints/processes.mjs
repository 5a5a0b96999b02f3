// Which processes a server is, and what they hold.
import { readdirSync, readFileSync } from 'node:fs'

/** Resident megabytes of processes; what they share is split between them. */
export function held(pids) {
  let kib = 0
  for (const pid of pids) {
    try {
      kib += Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
    } catch {
      // over by now
    }
  }
  return kib / 1024
}

const pidsWhere = (fits) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return fits(pid)
      } catch {
        return false
      }
    })

/** A process and its children, their children too. */
export function treeOf(root) {
  const parents = new Map(
    pidsWhere(() => true).flatMap((pid) => {
      try {
        return [[pid, /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]]]
      } catch {
        return []
      }
    }),
  )
  const isBelow = (pid) => pid !== undefined && pid !== '0' && (pid === String(root) || isBelow(parents.get(pid)))
  return [...parents.keys()].filter(isBelow)
}

const environOf = (pid) => Object.fromEntries(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])) // biome-ignore format: one line

/** Where the one replica of a deployment listens, and its processes. */
export function replicaOf(server, mark) {
  const pids = pidsWhere((pid) => {
    const env = environOf(pid)
    return env.LAZ_REPLICA_DIR?.startsWith(`${server.home}/serving`) && env.BENCH_MARK === mark
  })
  return { pids, port: Number(environOf(pids.at(-1)).LAZ_PORT) }
}
