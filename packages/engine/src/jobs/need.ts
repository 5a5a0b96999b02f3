/** What a job that runs a process asks of the queue of its compute. */
import type { Issue, JsonObject } from '@lazurite/spec'
import type { Key } from '@lazurite/store'
import type { EngineContext } from '../context.ts'
import type { Need } from '../place.ts'
import { type Slot, slotOf } from '../slot.ts'
import type { JobStatus } from './status.ts'

export async function needOf(
  ctx: Pick<EngineContext, 'store' | 'settings'>,
  job: { key: Key; rowId: number; props: JsonObject; status: Partial<JobStatus>; since: number },
): Promise<{ slot: Slot; need: Need } | { issue: Issue }> {
  const { cores, memoryMiB, gpus } = ctx.settings
  const { scope } = job.key
  const slot = await slotOf({ store: ctx.store, scope, props: job.props, machine: { cores, memoryMiB, gpus } })
  if ('issue' in slot) return slot
  const { pool, poolNodes, perNode, nodes, node } = slot
  // experiments take turns, so that a long queue of one leaves room for the others
  const group = `${scope}|${job.status.experimentName ?? ''}`
  return {
    slot,
    need: { rowId: job.rowId, key: job.key, pool, poolNodes, perNode, nodes, node, group, since: job.since },
  }
}
