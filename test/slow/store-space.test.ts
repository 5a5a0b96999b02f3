// What is deleted gives its space back to the disk, also while the server goes on, in bounded memory.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '@lazurite/store'
import { expect, test } from 'vitest'

const scope = 'sub/rg/ws'
const points = 2_000_000
const piece = 100_000

test.skipIf(process.env.LAZ_STORE !== undefined)(
  'half of the runs deleted is half of the file given back',
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'laz-space-'))
    const store = await openStore({ home })
    const bytes = () => statSync(join(home, 'laz.db')).size + statSync(join(home, 'laz.db-wal')).size
    try {
      for (const runId of ['stays', 'goes']) {
        await store.runs.create(scope, { runId, experimentId: '0' })
        for (let from = 0; from < points; from += piece) {
          const some = Array.from({ length: piece }, (_, i) => {
            const step = from + i
            return { key: 'loss', step, timestamp: step * 10, value: Math.random() }
          })
          await store.series.append(scope, runId, some)
        }
      }
      await sleep(3000)
      const full = statSync(join(home, 'laz.db')).size
      console.info(`${(full / (2 * points)).toFixed(2)} bytes a point`)
      expect(full / (2 * points)).toBeLessThan(12)
      const before = process.memoryUsage().rss
      await store.erasing.erase({ scope, rows: [], runs: ['goes'] })
      expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
      const until = Date.now() + 60_000
      while (statSync(join(home, 'laz.db')).size > 0.75 * full && Date.now() < until) await sleep(250)
      expect(statSync(join(home, 'laz.db')).size).toBeLessThan(0.75 * full)
      expect(bytes()).toBeLessThan(full + 70e6)
      const { points: first } = await store.series.history(scope, 'stays', 'loss', { max: 3 })
      expect(first.map(({ step }) => step)).toEqual([0, 1, 2])
      expect((await store.series.latest(scope, 'stays'))[0]?.count).toBe(points)
    } finally {
      await store.close()
      rmSync(home, { recursive: true, force: true })
    }
  },
)
