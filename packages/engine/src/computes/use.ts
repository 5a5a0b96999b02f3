/** What the processes of tasks take of this machine: found by the id in the environment they were started with. */
import { readdir, readFile } from 'node:fs/promises'

export interface ProcessUse {
  /** Of user and system, since each process began; it falls when one ends. */
  cpuSeconds: number
  /** Resident; what processes share is counted with each. */
  memoryBytes: number
  processes: number
}

const marker = 'LAZ_TASK_ID='
/** What Linux tells programs a second has. */
const ticksPerSecond = 100
const pageBytes = 4096

/** By the id of the task; of tasks without a process here there is none. On machines without /proc there are none. */
export async function useOf(taskIds: ReadonlySet<string>): Promise<Map<string, ProcessUse>> {
  const found = new Map<string, ProcessUse>()
  if (taskIds.size === 0) return found
  const names = await readdir('/proc').catch(() => [])
  for (const pid of names) {
    if (!/^\d+$/.test(pid)) continue
    const id = taskOf(await quietly(`/proc/${pid}/environ`))
    if (id === undefined || !taskIds.has(id)) continue
    const [stat, statm] = [await quietly(`/proc/${pid}/stat`), await quietly(`/proc/${pid}/statm`)]
    // the name of the program, in parentheses, may hold blanks and parentheses
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const known = found.get(id) ?? { cpuSeconds: 0, memoryBytes: 0, processes: 0 }
    known.cpuSeconds += ((Number(fields[11]) || 0) + (Number(fields[12]) || 0)) / ticksPerSecond
    known.memoryBytes += (Number(statm.split(' ')[1]) || 0) * pageBytes
    known.processes += 1
    found.set(id, known)
  }
  return found
}

function taskOf(environ: string): string | undefined {
  return environ
    .split('\0')
    .find((pair) => pair.startsWith(marker))
    ?.slice(marker.length)
}

/** A process may be gone, or somebody else's. */
function quietly(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '')
}
