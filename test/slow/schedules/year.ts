// Lives through a stretch of time with one schedule an expression: looks when the look before said, on a clock of its own,
// and collects the moments of the jobs that are to be written. Asked on stdin as cron.py is.
import { readFileSync } from 'node:fs'
import { setImmediate as breathe } from 'node:timers/promises'
import { asObject, asString, type JsonObject } from '@lazurite/spec'
import { openStore, type Row } from '@lazurite/store'
import { look } from '../../../packages/engine/src/schedules/look.ts'

interface Asked {
  zone: string
  from: number
  to: number
  expressions: string[]
  home: string
}

const minuteMs = 60_000
const { zone, from, to, expressions, home }: Asked = JSON.parse(readFileSync(0, 'utf8'))
const clock = { at: from * minuteMs, now: () => clock.at }
const store = await openStore({ home, clock })
const fired: Record<string, number[]> = {}
for (const [index, expression] of expressions.entries()) {
  clock.at = from * minuteMs
  const props: JsonObject = {
    trigger: { triggerType: 'Cron', expression, timeZone: zone },
    action: { actionType: 'CreateJob', jobDefinition: { jobType: 'Command', command: 'true' } },
  }
  const key = { scope: 's/g/w', kind: 'schedule', name: `s${index}` }
  let row: Row = (await store.resources.put({ key, props, by: 'tester', state: 'Creating' })).row
  const moments: number[] = []
  fired[expression] = moments
  for (;;) {
    const { put = [], wakeAt, ...outcome } = await look(row, { store, clock })
    for (const job of put) {
      const time = asString(asObject(asObject(job.props).properties)['lazurite.scheduledTime']) ?? ''
      moments.push(Date.parse(time) / minuteMs)
    }
    row = { ...row, state: outcome.state ?? row.state, status: outcome.status ?? row.status }
    if (wakeAt === undefined || wakeAt === null || wakeAt >= to * minuteMs) break
    clock.at = wakeAt
    if (moments.length % 500 === 0) await breathe()
  }
}
await store.close()
process.stdout.write(JSON.stringify(fired))
