/** The nodes of a cluster that are up, the jobs on each, and how many wait. Ours: ARM's listNodes names one job a node. */
import { asArray, asObject, fail, type JsonObject } from '@lazurite/spec'
import type { ComputeCall } from './call.ts'

const atWork = ['Starting', 'Running', 'NotResponding', 'CancelRequested', 'Finalizing']
const mostJobs = 1000

export async function showNodes({ room, row }: ComputeCall): Promise<JsonObject> {
  if (row.props.computeType !== 'AmlCompute')
    fail('NotSupported', {
      what: `Listing the nodes of ${row.name}`,
      why: 'only a cluster has nodes that come and go',
      instead: 'Show the compute itself.',
    })
  const { resources } = room.deps.store
  const { rows } = await resources.list({
    scope: row.scope,
    kind: 'job',
    states: atWork,
    archived: 'all',
    outside: false,
    top: mostJobs,
  })
  const jobs = new Map<number, string[]>()
  for (const job of rows) {
    const { compute, nodes } = asObject(job.status.node)
    if (compute !== row.name) continue
    for (const index of asArray(nodes).map(Number)) jobs.set(index, [...(jobs.get(index) ?? []), job.name])
  }
  const { busy = 0, waiting = 0 } = room.deps.engine.usage().pools[`${row.scope}|${row.name}`] ?? {}
  const nodes = room.deps.engine.nodes(row)
  return {
    busy,
    waiting,
    value: nodes.map(({ index, state }) => ({ name: `${row.name}-${index}`, state, jobs: jobs.get(index) ?? [] })),
  }
}
