/** A node that is a Spark program: its own, or that of a component. */
import { asObject, asString, type Issue, type Json, type JsonObject } from '@lazurite/spec'
import { slotOf } from '../../slot.ts'
import { bindingsOf, field, type Node } from '../graph.ts'
import { pipelineCompute } from '../pipeline-settings.ts'
import { admitSparkNode } from '../spark-admit.ts'
import { bareId, type NodeSpec } from '../spec-of-node.ts'
import { camelKeys, fillDeep } from './fill.ts'
import type { NodeType } from './type.ts'

export const spark: NodeType = {
  async props({ sources }, _shared, node, spec) {
    const own = { ...plainProps(node, spec), ...identityOf(node) }
    const filled = asObject(await fillDeep(sources, own))
    return standsAlone(node) ? { ...filled, computeId: 'serverless' } : filled
  },
  async admit(draft, { node, spec }) {
    const { wire } = node
    const own = asString(field(wire, 'componentId', 'component')) ? ['componentId'] : []
    const props = plainProps(node, spec)
    const issues = await admitSparkNode(
      { ...draft, props },
      { code: [...own, 'code'], environment: [...own, 'environment'] },
    )
    return [...issues, ...(await checkPlace({ ...draft, props: { ...props, ...computeOf(node, draft.props) } }))]
  },
}

/** What the job has of its own; bindings are still in it. */
function plainProps(node: Node, { spec }: NodeSpec): JsonObject {
  const say = (...names: string[]): Json | undefined => field(node.wire, ...names) ?? field(spec, ...names)
  const some: Record<string, Json | undefined> = {
    codeId: bareId(say('codeId', 'code_id', 'code')),
    entry: camelKeys(say('entry')),
    pyFiles: say('pyFiles', 'py_files'),
    jars: say('jars'),
    files: say('files'),
    archives: say('archives'),
    conf: { ...asObject(spec.conf), ...asObject(node.wire.conf) },
    args: say('args'),
    environmentId: bareId(say('environmentId', 'environment_id', 'environment')),
    resources: camelKeys(say('resources')),
  }
  const known = Object.entries(some).filter((pair): pair is [string, Json] => pair[1] !== undefined)
  return { jobType: 'Spark', ...Object.fromEntries(known) }
}

const identities: Record<string, string> = {
  useridentity: 'UserIdentity',
  managed: 'Managed',
  managedidentity: 'Managed',
  amltoken: 'AMLToken',
}

/** In a node it is spelt otherwise than in a job, and the official client reads no job whose identity has no known type. */
function identityOf({ wire }: Node): JsonObject {
  const { type, identityType, ...rest } = camelKeys(wire.identity) ?? {}
  const word = (asString(identityType) ?? asString(type) ?? '').toLowerCase().replaceAll('_', '')
  const known = Object.hasOwn(identities, word) ? identities[word] : undefined
  return known === undefined ? {} : { identity: { ...rest, identityType: known } }
}

function ownCompute({ wire }: Node): string | undefined {
  return asString(field(wire, 'computeId', 'compute_id', 'compute'))
}

/** A node that names its resources has no part in the compute of the pipeline. */
function standsAlone(node: Node): boolean {
  return !ownCompute(node) && field(node.wire, 'resources') !== undefined
}

function computeOf(node: Node, pipeline: JsonObject): JsonObject {
  const compute = ownCompute(node) ?? (standsAlone(node) ? undefined : pipelineCompute(pipeline))
  return compute ? { computeId: compute } : {}
}

async function checkPlace({ scope, props, ctx }: Parameters<NodeType['admit']>[0]): Promise<Issue[]> {
  // a compute that is an input of a component is known only where the component is used
  if (bindingsOf(props.computeId).length > 0) return []
  const { cores, memoryMiB, gpus } = ctx.settings
  const slot = await slotOf({ store: ctx.store, scope, props, machine: { cores, memoryMiB, gpus } })
  return 'issue' in slot ? [{ ...slot.issue, path: ['compute'] }] : []
}
