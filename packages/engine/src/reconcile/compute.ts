/**
 * Computes that run on this machine: clusters are pools of nodes, instances are process groups, everything else is only
 * kept. Jobs in the queue of a compute are told of every change that may let them go.
 */
import {
  asArray,
  asNumber,
  asObject,
  asString,
  type Issue,
  isLazError,
  isoToSeconds,
  type JsonObject,
  provisioningStates,
} from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { Draft } from '../jobs/type.ts'
import type { LoopTools, Outcome, Reconciler } from '../loop.ts'
import { sizeOf } from '../sizes.ts'
import { capacityOf, computeName, poolOf } from '../slot.ts'
import { nodesAtOnce, nodesIn, stepCluster } from './compute-cluster.ts'
import { moveInstance } from './compute-instance.ts'
import { checkTimes } from './compute-times.ts'
import type { JobRoom } from './job.ts'

type Mover = (row: Row, tools: LoopTools, room: JobRoom) => Promise<Outcome>

/** `computeType` in small letters → what moves it; the rest has come to rest by being written. */
const movers: Record<string, Mover> = { amlcompute: moveCluster, computeinstance: moveInstance }

export function computeReconciler(room: JobRoom): Reconciler {
  return {
    async step(row, tools) {
      const type = asString(row.props.computeType)?.toLowerCase() ?? ''
      const mover = Object.hasOwn(movers, type) ? movers[type] : undefined
      const outcome = mover ? await mover(row, tools, room) : { wakeAt: null }
      const settled = row.state === '' || Object.hasOwn(provisioningStates, row.state) ? 'Succeeded' : row.state
      const state = outcome.state ?? settled
      const capacity = capacityKey({ ...row, status: outcome.status ?? row.status })
      const status: JsonObject = { ...(outcome.status ?? row.status), capacity }
      const wake = capacity === asString(row.status.capacity) ? [] : await queueOf(row, tools)
      return { ...outcome, state, status, wake, wakeAt: outcome.wakeAt ?? null }
    },
    async failed(row, error) {
      const { code, message } = isLazError(error) ? error : { code: 'InternalError', message: error.message }
      const moved = row.status.uuid === undefined ? {} : { state: 'Unusable', want: 'rest' }
      const status: JsonObject = { ...row.status, ...moved, error: { code, message } }
      return { state: 'Failed', status, wakeAt: null } satisfies Outcome
    },
  }
}

async function moveCluster(row: Row, { ctx }: LoopTools, { placement }: JobRoom): Promise<Outcome> {
  const pool = poolOf(row.scope, row.name)
  const { cores, memoryMiB, gpus } = ctx.settings
  const busy = placement.busyNodes(pool)
  const outcome = stepCluster(row, { busy, machine: { cores, memoryMiB, gpus }, now: ctx.clock.now() })
  const ready = nodesIn({ ...row, status: outcome.status ?? row.status }).map(({ index }) => index)
  placement.setNodes(pool, { most: capacityOf(row).most, ready })
  return outcome
}

/** Changes when jobs that wait may find other conditions. */
function capacityKey(row: Row): string {
  const { most, open, perNode } = capacityOf(row)
  return `${open ? most : 0} ${perNode ?? 'cores'} ${asString(asObject(row.props.properties).vmSize) ?? ''}`
}

/** What a size means on this machine, where that is less than its name says; and numbers that contradict each other. */
export async function admitCompute({ props, ctx }: Draft): Promise<Issue[]> {
  const single = asString(props.computeType)?.toLowerCase() === 'computeinstance'
  const own = single ? checkInstance(props, ctx.clock.now()) : checkScale(props, ctx.settings)
  return [...own, ...checkSize(props, ctx.settings)]
}

/** Also what an instance here cannot do is told: programs in containers. */
function checkInstance(props: JsonObject, now: number): Issue[] {
  const inner = asObject(props.properties)
  const issues = checkTimes(props, now)
  const idle = asString(inner.idleTimeBeforeShutdown)
  if (idle !== undefined && (isoToSeconds(idle) ?? 0) <= 0) {
    const message = `${JSON.stringify(idle.slice(0, 40))} is no length of time.`
    issues.push({ path: ['properties', 'idleTimeBeforeShutdown'], message, hint: 'Write it as PT30M.' })
  }
  for (const [index, one] of asArray(inner.customServices ?? inner.customApplications).entries()) {
    const name = asString(asObject(one).name) ?? index
    const message = `The application ${name} is kept and not started: it is a container, and an instance here runs processes.`
    const hint = 'Start the program in a startup script, or in a terminal of the instance.'
    issues.push({ path: ['properties', 'customServices', index], message, hint, severity: 'warning' })
  }
  return issues
}

function checkSize(props: JsonObject, { cores, memoryMiB, gpus }: Draft['ctx']['settings']): Issue[] {
  const name = asString(asObject(props.properties).vmSize)
  if (!name) return []
  const path = ['properties', 'vmSize']
  const size = sizeOf(name)
  if (!size) {
    return [{ path, message: `The size ${name} is not known here; a node is taken as one core.`, severity: 'warning' }]
  }
  if (size.cores <= cores && size.memoryMiB <= memoryMiB && size.gpus <= gpus) return []
  const message = `A node of size ${name} has ${size.cores} cores, ${size.memoryMiB} MiB and ${size.gpus} GPUs; this machine gives its jobs ${cores} cores, ${memoryMiB} MiB and ${gpus} GPUs at most, and nodes are cut to that.`
  return [{ path, message, severity: 'warning' }]
}

function checkScale(props: JsonObject, machine: Draft['ctx']['settings']): Issue[] {
  const inner = asObject(props.properties)
  const scale = asObject(inner.scaleSettings)
  const [least, most] = [asNumber(scale.minNodeCount), asNumber(scale.maxNodeCount)]
  const perNode = asNumber(asObject(inner.propertyBag).jobsPerNode)
  const path = ['properties', 'scaleSettings']
  const issues: Issue[] = []
  for (const [name, count] of [
    ['minNodeCount', least],
    ['maxNodeCount', most],
  ] as const) {
    if (count !== undefined && count < 0) issues.push({ path: [...path, name], message: 'It must not be negative.' })
  }
  if (least !== undefined && most !== undefined && least > most) {
    const message = `The minimum of ${least} nodes is more than the maximum of ${most}.`
    issues.push({ path: [...path, 'minNodeCount'], message })
  }
  if (perNode !== undefined && (perNode < 1 || perNode > 64)) {
    issues.push({ path: ['properties', 'propertyBag', 'jobsPerNode'], message: 'It must be from 1 to 64.' })
  }
  const fits = nodesAtOnce({ props }, machine)
  if (issues.length === 0 && least !== undefined && least > fits) {
    const message = `This machine has room for ${fits} nodes of that size at work; of the minimum of ${least} no more are kept.`
    issues.push({ path: [...path, 'minNodeCount'], message, severity: 'warning' })
  }
  return issues
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
      outside: false,
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
