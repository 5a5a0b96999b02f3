/** Shares of processors and memory in use, from what the system counts. */
import type { CpuInfo } from 'node:os'

export interface Reading {
  /** Epoch milliseconds. */
  at: number
  cpus: readonly Pick<CpuInfo, 'times'>[]
  freeBytes: number
  totalBytes: number
}

/** Shares between 0 and 1. */
export interface Sample {
  at: number
  cpu: number
  memory: number
}

/** Turns readings into shares: the processors' is that of the time since the reading before. */
export class WorkMeter {
  readonly samples: Sample[] = []
  readonly #most: number
  #before: { busy: number; all: number } | undefined

  /** Keeps so many samples, the newest last. */
  constructor(most: number) {
    this.#most = most
  }

  note({ at, cpus, freeBytes, totalBytes }: Reading): void {
    const now = { busy: 0, all: 0 }
    for (const { times } of cpus) {
      const all = times.user + times.nice + times.sys + times.idle + times.irq
      now.all += all
      now.busy += all - times.idle
    }
    const before = this.#before ?? { busy: 0, all: 0 }
    this.#before = now
    const passed = now.all - before.all
    const cpu = passed > 0 ? share(now.busy - before.busy, passed) : (this.samples.at(-1)?.cpu ?? 0)
    this.samples.push({ at, cpu, memory: share(totalBytes - freeBytes, totalBytes) })
    if (this.samples.length > this.#most) this.samples.shift()
  }
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.round(Math.max(0, Math.min(1, part / whole)) * 1000) / 1000 : 0
}
