/** How busy this machine is: processors and memory over the last minutes, its disk, and what its jobs hold of it. */
import { statfs } from 'node:fs/promises'
import { availableParallelism, cpus, freemem, hostname, totalmem } from 'node:os'
import type { FastifyPluginAsync } from 'fastify'
import type { FaceDeps } from '../app.ts'
import { WorkMeter } from '../work-meter.ts'

const everyMs = 5000
const mostSamples = 64

export function machineFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    const meter = new WorkMeter(mostSamples)
    const look = () => meter.note({ at: Date.now(), cpus: cpus(), freeBytes: freemem(), totalBytes: totalmem() })
    look()
    const timer = setInterval(look, everyMs)
    timer.unref()
    app.addHook('onClose', async () => clearInterval(timer))
    app.get('/lazurite/v1/machine', async () => {
      const { machine, cores, memoryMiB, pools } = deps.engine.usage()
      const disk = await statfs(deps.store.home)
      return {
        host: hostname(),
        cores: availableParallelism(),
        memoryBytes: totalmem(),
        disk: { totalBytes: disk.blocks * disk.bsize, freeBytes: disk.bavail * disk.bsize },
        // shares between 0 and 1, the oldest first
        samples: meter.samples.map((sample) => ({ ...sample })),
        // what jobs may have of it, and what those that run hold
        jobs: { ...machine, coresHeld: cores, memoryHeldMiB: memoryMiB },
        pools: Object.entries(pools).map(([id, { busy, waiting }]) => ({ ...poolName(id), busy, waiting })),
      }
    })
  }
}

/** A compute's pool is named by its workspace too; that of this machine is everybody's. */
function poolName(id: string): { scope?: string; compute: string } {
  const cut = id.lastIndexOf('|')
  return cut < 0 ? { compute: id } : { scope: id.slice(0, cut), compute: id.slice(cut + 1) }
}
