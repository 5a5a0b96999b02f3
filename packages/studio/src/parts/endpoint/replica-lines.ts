// The numbers of one replica over the looks at it.
import type { Look } from './replicas.tsx'

interface ReplicaLines {
  /** Percent of one processor between a look and the one before. */
  cpu: (number | undefined)[]
  /** Megabytes. */
  memory: (number | undefined)[]
}

/** `name`: deployment and replica. Where it was not there, or began anew, there is no number. */
export function replicaLines(past: readonly Look[], name: string): ReplicaLines {
  const [deployment = '', id] = name.split('/')
  const seen = past.map(({ at, numbers }) => ({ at, one: numbers.replicas?.[deployment]?.find((r) => r.id === id) }))
  const cpu = seen.map(({ at, one }, i) => {
    const before = seen[i - 1]
    const [from, to] = [before?.one, one]
    if (from?.cpuSeconds === undefined || to?.cpuSeconds === undefined || from.restarts !== to.restarts)
      return undefined
    const seconds = (at - (before?.at ?? at)) / 1000
    // a process that ended takes its time with it
    return seconds > 0 && to.cpuSeconds >= from.cpuSeconds
      ? (100 * (to.cpuSeconds - from.cpuSeconds)) / seconds
      : undefined
  })
  return { cpu, memory: seen.map(({ one }) => (one?.memoryBytes === undefined ? undefined : one.memoryBytes / 1e6)) }
}
