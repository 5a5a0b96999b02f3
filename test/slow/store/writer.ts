// Writes to a store as fast as it can and says, one line each, what was acknowledged. It is meant to be killed.
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openStore, type Store } from '@lazurite/store'
import { account, bodyOf, type Said, scope } from './record.ts'

const [home = '', first = '0'] = process.argv.slice(2)
const store = await openStore({ home })
await store.leases.breakAll()
await store.bytes.createContainer(account, 'c')
await store.runs.create(scope, { runId: 'run', experimentId: '0' })

let n = Number(first)
/** A pipe takes this at once or not at all, so a line that was read was written after its acknowledgement. */
const say = (said: Said) => writeSync(1, `${JSON.stringify(said)}\n`)

const writers: ((store: Store, n: number, slot: number) => Promise<Said>)[] = [
  async ({ resources }, n, slot) => {
    const name = `row-${slot}`
    await resources.put({
      key: { scope, kind: 'data', name },
      props: { n, filler: 'x'.repeat(n % 5000) },
      by: 'writer',
    })
    return { what: 'row', name, n }
  },
  async ({ resources }, n, slot) => {
    const inputs = [0, 1, 2, 3, 4].map((part) => ({
      key: { scope, kind: 'code', name: `batch-${slot}`, version: String(part) },
      props: { n },
      by: 'writer',
    }))
    await resources.putMany(inputs)
    return { what: 'batch', name: `batch-${slot}`, n }
  },
  async ({ leases, resources }, n, slot) => {
    const key = { scope, kind: 'job', name: `job-${slot}` }
    await resources.put({ key, props: {}, by: 'writer', state: 'NotStarted', wakeAt: Date.now(), keepExisting: true })
    await leases.wake(key, 0)
    for (;;) {
      const [claim] = await leases.claim({ owner: 'writer', limit: 1, leaseMs: 60_000 })
      if (claim === undefined) return { what: 'nothing', name: '', n }
      const applied = await leases.apply(claim.token, claim.row.id, { state: `S${n}`, status: { n } })
      if (applied) return { what: 'status', name: claim.row.name, n }
    }
  },
  async ({ bytes }, n, slot) => {
    const name = `folder/blob-${slot}`
    await bytes.write(account, 'c', name, Readable.from([bodyOf(n)]), { metadata: { n: String(n) } })
    return { what: 'blob', name, n }
  },
  async ({ bytes }, n, slot) => {
    const name = `blocks-${slot}`
    const body = bodyOf(n)
    const id = (part: number) => Buffer.from(`${n}-${part}`).toString('base64')
    const half = Math.floor(body.length / 2)
    await bytes.stageBlock(account, 'c', name, { id: id(0), body: Readable.from([body.subarray(0, half)]) })
    await bytes.stageBlock(account, 'c', name, { id: id(1), body: Readable.from([body.subarray(half)]) })
    await bytes.commitBlocks(account, 'c', name, [id(0), id(1)], { metadata: { n: String(n) } })
    return { what: 'blob', name, n }
  },
  async ({ secrets }, n, slot) => {
    await secrets.seal(`secret-${slot}`, String(n))
    return { what: 'secret', name: `secret-${slot}`, n }
  },
  async ({ logs }, n, slot) => {
    await logs.append(join(home, 'storage', `log-${slot}`), `${n}\n`)
    return { what: 'log', name: `log-${slot}`, n }
  },
  async ({ series }, n, slot) => {
    await series.append(scope, 'run', [{ key: `m${slot}`, value: n / 7, timestamp: n, step: n }])
    return { what: 'point', name: `m${slot}`, n }
  },
]

/** Every slot of every writer is one line of work, so that what is acknowledged for it only ever grows. */
const lines = writers.flatMap((write) => [0, 1, 2].map((slot) => ({ write, slot })))
say({ what: 'open', name: '', n })
await Promise.all(
  lines.map(async ({ write, slot }) => {
    for (;;) say(await write(store, n++, slot))
  }),
)
