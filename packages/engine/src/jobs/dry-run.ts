/**
 * What would happen to a job that nobody submitted: the refusals at the door, and for every step whether it would be
 * reused or run, and why. Nothing is written. Steps behind one that runs get new inputs, so they run too.
 */
import { asObject, asString, errorsOf, type Issue, type JsonObject, own } from '@lazurite/spec'
import type { EngineContext } from '../context.ts'
import type { Pending } from '../pending.ts'
import { type Graph, inOrder, type Node, originsOf, readGraph } from './graph.ts'
import { jobTypeOf } from './index.ts'
import { jobsOf } from './pipeline-spec.ts'
import { resumeProperties, reuseFor } from './reuse.ts'
import { filesOfCode } from './reuse-files.ts'
import type { Change, FilesOf } from './reuse-why.ts'
import { specOfNode } from './spec-of-node.ts'
import type { JobStatus } from './status.ts'
import { stepProps } from './step.ts'
import type { Sources } from './step-inputs.ts'

export interface PlannedStep {
  /** Path of node keys. */
  step: string
  /** `later`: a control node decides while the pipeline runs. */
  decision: 'reused' | 'runs' | 'later'
  why: string
  of?: string
  since?: string
  changes?: Change[]
}

export interface DryRun {
  issues: Issue[]
  /** In the order in which they could run; empty for a job without steps, and for one that is refused. */
  steps: PlannedStep[]
}

interface Planning {
  pending: Pending
  scope: string
  into: PlannedStep[]
  /** Addresses of outputs that there are not yet → what they will be. */
  coming: Map<string, string>
}

type Outputs = NonNullable<JobStatus['outputs']>

/** What became of a node: its outputs where they are known now; undefined where it runs. */
type Fates = Map<string, Outputs | undefined>

export async function dryRun(
  ctx: EngineContext,
  pending: Pending,
  job: { scope: string; name: string; props: JsonObject },
): Promise<DryRun> {
  const { scope, props, name } = job
  const type = await jobTypeOf(props)
  const issues = await type.admit({ scope, props, ctx: { ...ctx, store: pending.store } })
  const steps: PlannedStep[] = []
  if (errorsOf(issues).length > 0) return { issues, steps }
  const planning = { pending, scope, into: steps, coming: new Map<string, string>() }
  if (type.jobType === 'Pipeline') await plan(planning, { pipeline: name, props, path: [] })
  return { issues, steps }
}

interface Inside {
  /** Name of the pipeline's job, which there is not yet. */
  pipeline: string
  props: JsonObject
  path: string[]
}

/** Answers the outputs of the pipeline that are known now; undefined when a step of it runs. */
async function plan(planning: Planning, inside: Inside): Promise<Outputs | undefined> {
  const { pending, scope } = planning
  const graph = readGraph(await jobsOf(pending.store, scope, inside.props))
  const fates: Fates = new Map()
  for (const node of inOrder(graph)) fates.set(node.key, await planNode(planning, inside, { graph, node, fates }))
  if ([...fates.values()].some((fate) => fate === undefined)) return undefined
  const outputs: Outputs = {}
  for (const [name, declared] of Object.entries(asObject(inside.props.outputs))) {
    for (const { node, output } of originsOf(graph, name, declared)) {
      const found = own(fates.get(node) ?? {}, output)
      if (found) outputs[name] = found
    }
  }
  return outputs
}

interface Case {
  graph: Graph
  node: Node
  fates: Fates
}

async function planNode(planning: Planning, inside: Inside, one: Case): Promise<Outputs | undefined> {
  const { pending, scope, into } = planning
  const { node, graph } = one
  const step = [...inside.path, node.key].join('/')
  const decider = node.control ? node.key : node.after.find((key) => graph.get(key)?.control)
  if (decider !== undefined || node.loop !== undefined) {
    into.push({ step, decision: 'later', why: `${node.loop ?? decider} decides while the pipeline runs` })
    return undefined
  }
  const spec = await specOfNode(pending.store, scope, node)
  if ('issue' in spec) return undefined
  const around = { pipeline: inside.pipeline, props: inside.props, sources: sourcesOf(planning, inside, one) }
  const props = await stepProps(around, node, spec)
  if (spec.type === 'pipeline') {
    const resumed = await resumeProperties(pending.store, scope, inside.props, node.key)
    const inner = { ...props, properties: { ...asObject(props.properties), ...resumed } }
    return plan(planning, {
      pipeline: `${inside.pipeline}/${node.key}`,
      props: inner,
      path: [...inside.path, node.key],
    })
  }
  const filesOf: FilesOf = async (store, ref) => pending.filesOf(ref) ?? filesOfCode(store, ref)
  const deterministic = spec.spec.is_deterministic !== false
  const asked = { scope, step: props, deterministic, pipeline: inside.props, node }
  const { reuse, outputs } = await reuseFor(pending.store, asked, { filesOf, mostFiles: Number.POSITIVE_INFINITY })
  const { reused = false, why = '', of, since, changes } = reuse ?? {}
  into.push({
    step,
    decision: reused ? 'reused' : 'runs',
    why: reused ? why : forward(planning, why),
    ...(of === undefined ? {} : { of }),
    ...(since === undefined ? {} : { since }),
    ...(changes === undefined ? {} : { changes: changes.map((change) => withoutComing(planning, change)) }),
  })
  return reused ? (outputs ?? {}) : undefined
}

/** What is said of steps that ran is said of steps that will. */
function forward({ coming }: Planning, why: string): string {
  const said = why.replaceAll('which ran again', 'which runs again').replaceAll('was submitted with', 'has')
  return [...coming].reduce((text, [uri, words]) => text.replaceAll(uri, words), said)
}

function withoutComing({ coming }: Planning, change: Change): Change {
  const words = change.now === undefined ? undefined : coming.get(change.now)
  return words === undefined ? change : { ...change, now: words }
}

/** Outputs of steps that would be reused are known; of those that would run they will be somewhere new. */
function sourcesOf({ coming }: Planning, { pipeline, props, path }: Inside, { graph, fates }: Case): Sources {
  return {
    graph,
    inputs: asObject(props.inputs),
    async output(node, output) {
      const known = own(fates.get(node) ?? {}, output)
      if (known) return known
      const uri = `azureml://datastores/workspaceblobstore/paths/azureml/${pipeline}.${node}/${output}/`
      coming.set(uri, `the new output ${output} of ${[...path, node].join('/')}`)
      return {
        uri,
        type: asString(asObject(own(asObject(graph.get(node)?.wire.outputs), output)).type) ?? 'uri_folder',
      }
    },
  }
}
