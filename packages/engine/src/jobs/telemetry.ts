/** Which files a job leaves for the server to read while it runs, and which of its processes run where. */

import { membersOf } from '../distribute.ts'
import type { Source } from '../telemetry/source.ts'
import type { NodeProcesses } from '../telemetry/system.ts'
import { crewOfJob } from './crew.ts'
import { placeOf } from './launch.ts'
import { mainLogOf } from './main-log.ts'
import type { Work } from './type.ts'

/** Of the attempt that is under way. */
export async function sourceOf(work: Work): Promise<Source> {
  const { folder } = await placeOf(work)
  return {
    key: work.key,
    by: work.row.createdBy,
    dir: folder.attempt,
    logFile: `${folder.artifacts}/${mainLogOf(work.props)}`,
    nodes: nodesOf(work),
  }
}

/** Several nodes have names in the names of their metrics, as MLflow has them; a single one has none. */
function nodesOf(work: Work): NodeProcesses[] {
  const { node } = work.status
  if (!node || node.nodes.length < 2) return [{ name: '' }]
  const members = membersOf(crewOfJob(work), [])
  return node.nodes.map((number, i) => ({
    name: `${node.compute}-${number}`,
    processes: new Set(members.filter((member) => member.node === i).map((member) => member.name)),
  }))
}
