/**
 * Computes are pools of slots of this machine: there is nothing to provision, so a new one is ready at once, and an
 * instance runs or is stopped by a word. Jobs in its queue are told of every change.
 */
import { asNumber, asObject, asString, type Issue, type JsonObject, provisioningStates } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { Draft } from '../jobs/type.ts'
import type { LoopTools, Outcome, Reconciler } from '../loop.ts'
import { sizeOf } from '../sizes.ts'
import { computeName } from '../slot.ts'

export const computeReconciler: Reconciler = {
  async step(row, tools) {
    const settled = row.state === '' || Object.hasOwn(provisioningStates, row.state) ? 'Succeeded' : row.state
    const status = statusOf(row)
    return { state: settled, status, wakeAt: null, wake: await queueOf(row, tools) }
  },
  async failed(row, error) {
    const status: JsonObject = { ...row.status, error: { code: 'InternalError', message: error.message } }
    return { state: 'Failed', status, wakeAt: null } satisfies Outcome
  },
}

/** What a size means on this machine, where that is less than its name says. */
export async function admitCompute({ props, ctx }: Draft): Promise<Issue[]> {
  const name = asString(asObject(props.properties).vmSize)
  if (!name) return []
  const path = ['properties', 'vmSize']
  const size = sizeOf(name)
  if (!size) {
    return [{ path, message: `The size ${name} is not known here; a node is taken as one core.`, severity: 'warning' }]
  }
  const { cores, memoryMiB, gpus } = ctx.settings
  if (size.cores <= cores && size.memoryMiB <= memoryMiB && size.gpus <= gpus) return []
  const message = `A node of size ${name} has ${size.cores} cores, ${size.memoryMiB} MiB and ${size.gpus} GPUs; this machine gives its jobs ${cores} cores, ${memoryMiB} MiB and ${gpus} GPUs at most, and nodes are cut to that.`
  return [{ path, message, severity: 'warning' }]
}

const asksOfInstance = ['start', 'stop', 'restart'] as const

function statusOf(row: Row): JsonObject {
  if (asString(row.props.computeType)?.toLowerCase() !== 'computeinstance') {
    return { ...row.status, allocationState: 'Steady' }
  }
  // every ask that was ever made, 0 for none: whoever polls sees that the newest one has been answered
  const done = Object.fromEntries(asksOfInstance.map((name) => [name, asNumber(row.asks[name]) ?? 0]))
  const before = asObject(row.status.asksDone)
  const newest = asksOfInstance
    .filter((name) => (done[name] ?? 0) !== 0 && done[name] !== before[name])
    .sort((a, b) => (done[a] ?? 0) - (done[b] ?? 0))
    .at(-1)
  if (!newest) return { state: 'Running', ...row.status, asksDone: done }
  const operation = {
    operationName: newest.charAt(0).toUpperCase() + newest.slice(1),
    operationTime: new Date(done[newest] ?? 0).toISOString(),
    operationStatus: 'Succeeded',
    operationTrigger: 'User',
  }
  return { ...row.status, state: newest === 'stop' ? 'Stopped' : 'Running', lastOperation: operation, asksDone: done }
}

/** Jobs that wait for this compute. */
async function queueOf(row: Row, { ctx }: LoopTools): Promise<Key[]> {
  const keys: Key[] = []
  let after: string | undefined
  do {
    const page = await ctx.store.resources.list({
      scope: row.scope,
      kind: 'job',
      states: ['Queued'],
      archived: 'all',
      top: 500,
      ...(after === undefined ? {} : { after }),
    })
    for (const { scope, kind, name, props } of page.rows) {
      if (computeName(props) === row.name) keys.push({ scope, kind, name })
    }
    after = page.next
  } while (after !== undefined)
  return keys
}
