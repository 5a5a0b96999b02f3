/**
 * A pipeline: whoever is ready becomes a job of its own, and a job that ends wakes the pipeline. What was started is in
 * the same transaction as the record of it, so no step is ever started twice or forgotten.
 */
import { randomUUID } from 'node:crypto'
import { asObject, fail, isFinal, type JobState, type JsonObject, own } from '@lazurite/spec'
import type { Key, PutInput, Row } from '@lazurite/store'
import { artifactsPath } from '../run-folder.ts'
import { admitPipeline } from './admit-pipeline.ts'
import { type Graph, type Node, readGraph, sourceOf } from './graph.ts'
import { settleJournal, tell, writeJournal } from './journal.ts'
import { settingOf } from './pipeline-settings.ts'
import { jobsOf } from './pipeline-spec.ts'
import { openRecord, tellRun } from './record.ts'
import { resumeProperties, reuseFor, reuseProperties } from './reuse.ts'
import { specOfNode } from './spec-of-node.ts'
import { type JobStatus, readJobStatus } from './status.ts'
import { nodeId, stepProps } from './step.ts'
import type { Sources } from './step-inputs.ts'
import type { JobType, Next, Work } from './type.ts'
import { componentOf, noteComponent } from './uses.ts'
import { enteredAt } from './work.ts'

export const pipeline: JobType = {
  jobType: 'Pipeline',
  admit: admitPipeline,
  durable: new Set(['CancelRequested', 'Finalizing']),
  steps: {
    NotStarted: begin,
    Preparing: async () => ({ to: 'Running' }),
    Queued: async () => ({ to: 'Starting' }),
    Provisioning: async () => ({ to: 'Starting' }),
    Starting: async () => ({ to: 'Running' }),
    Running: run,
    NotResponding: async () => ({ to: 'Running' }),
    Paused: async () => ({ to: 'Queued' }),
    CancelRequested: cancel,
    Finalizing: finish,
  },
  async abandon(work) {
    await cancelSteps(work, await openSteps(work))
  },
  async tidy() {},
}

async function begin(work: Work): Promise<Next> {
  await openRecord(work)
  work.status.startedAt = work.now
  const whole = work.status.component ?? (await componentOf(work))
  if (whole) work.status.component = whole
  noteComponent(work)
  await tellRun(work, { state: 'Running', startTime: work.now })
  return { to: 'Preparing' }
}

async function run(work: Work): Promise<Next> {
  await writeJournal(work)
  settleJournal(work)
  const { status, props } = work
  const graph = readGraph(await jobsOf(work.ctx.store, work.key.scope, props))
  const open = await openSteps(work)
  const failed = settleSteps(work, open)
  const running = open.filter(({ row }) => !row || !isFinal(row.state))
  const goesOn = settingOf(props, 'continue_on_step_failure') !== false
  if (failed.length > 0 && !goesOn) {
    if (!status.stopping) {
      status.stopping = `the step ${failed[0]} failed`
      tell(work, 'Execution of experiment failed, update experiment status and cancel running nodes.')
    }
    await cancelSteps(work, running)
  }
  skipSteps(status, graph)
  const started = status.stopping ? [] : await startSteps(work, graph)
  work.after.push(() => writeJournal(work))
  return running.length + started.length > 0 ? { wait: null } : { to: 'Finalizing' }
}

interface OpenStep {
  node: string
  key: Key
  row: Row | undefined
}

/** Steps that were started and are not known to be over. */
async function openSteps(work: Work): Promise<OpenStep[]> {
  const { children = {}, finished = {} } = work.status
  const open = Object.entries(children).filter(([node]) => !Object.hasOwn(finished, node))
  return Promise.all(
    open.map(async ([node, name]) => {
      const key: Key = { scope: work.key.scope, kind: work.key.kind, name }
      return { node, key, row: await work.ctx.store.resources.get(key) }
    }),
  )
}

/** Takes down which steps are over. Answers the nodes that did not complete, earlier ones included. */
function settleSteps(work: Work, open: OpenStep[]): string[] {
  const finished = work.status.finished ?? {}
  work.status.finished = finished
  for (const { node, key, row } of open) {
    // a step that was deleted under our feet did not complete
    const state = row ? (row.state as JobState) : 'Failed' // states of job rows are written by the loop
    if (!isFinal(state)) continue
    finished[node] = state
    tell(work, `Completing processing run id ${key.name}.`)
  }
  return Object.keys(finished).filter((node) => finished[node] !== 'Completed')
}

/** Steps behind one that did not complete will never run. */
function skipSteps(status: JobStatus, graph: Graph): void {
  const { children = {}, finished = {}, skipped = {} } = status
  status.skipped = skipped
  for (let changed = true; changed; ) {
    changed = false
    for (const { key, after } of graph.values()) {
      if (Object.hasOwn(children, key) || Object.hasOwn(skipped, key)) continue
      const dead = after.find(
        (node) => Object.hasOwn(skipped, node) || (own(finished, node) ?? 'Completed') !== 'Completed',
      )
      if (dead === undefined && !status.stopping) continue
      skipped[key] = dead === undefined ? (status.stopping ?? '') : `the step ${dead}, which it needs, did not complete`
      changed = true
    }
  }
}

/** Starts every step whose needs are met. */
async function startSteps(work: Work, graph: Graph): Promise<string[]> {
  const { status } = work
  const { children = {}, finished = {}, skipped = {} } = status
  status.children = children
  const ready = [...graph.values()].filter(
    ({ key, after }) =>
      !Object.hasOwn(children, key) &&
      !Object.hasOwn(skipped, key) &&
      after.every((node) => own(finished, node) === 'Completed'),
  )
  const names: string[] = []
  for (const node of ready) {
    const name = randomUUID()
    work.put.push(await stepRow(work, graph, node, name))
    children[node.key] = name
    names.push(`${nodeId(work.row.name, node.key)}:${name}`)
  }
  if (names.length > 0) {
    tell(work, `Submitting ${names.length} runs, first five are: ${names.slice(0, 5).join(',')}`)
  }
  return names
}

async function stepRow(work: Work, graph: Graph, node: Node, name: string): Promise<PutInput> {
  const { ctx, key, row, props, status } = work
  const spec = await specOfNode(ctx.store, key.scope, node)
  if ('issue' in spec) return fail('BadArgument', { what: `The step ${node.key} cannot start: ${spec.issue.message}` })
  const upstream: Record<string, string> = {}
  const around = { pipeline: row.name, props, sources: sourcesOf(work, graph, upstream) }
  const step = await stepProps(around, node, spec)
  const deterministic = spec.spec.is_deterministic !== false
  const known =
    spec.type === 'pipeline'
      ? {}
      : await reuseFor(ctx.store, { scope: key.scope, step, deterministic, pipeline: props, node })
  const { scope, name: component, version } = spec.component
  const made = scope === undefined ? {} : { component: { scope, name: component, version } }
  const facts = { rootRunId: status.rootRunId, ...known, ...made, upstream }
  const resumed = spec.type === 'pipeline' ? await resumeProperties(ctx.store, key.scope, props, node.key) : {}
  const birth: JsonObject = JSON.parse(JSON.stringify(facts)) // drops what is undefined
  return {
    key: { scope: key.scope, kind: key.kind, name },
    props: { ...step, properties: { ...asObject(step.properties), ...reuseProperties(known), ...resumed } },
    by: row.createdBy,
    state: 'NotStarted',
    status: birth,
    parent: row.name,
    wakeAt: work.now,
  }
}

/** What a node can refer to; notes in `upstream` which assets the outputs are that it does refer to. */
function sourcesOf(work: Work, graph: Graph, upstream: Record<string, string>): Sources {
  return {
    graph,
    inputs: asObject(work.props.inputs),
    async output(node, output) {
      const job = own(work.status.children ?? {}, node) ?? fail('BadArgument', { what: `There is no step ${node}` })
      if (output === 'artifacts') {
        return { uri: `azureml://datastores/workspaceartifactstore/paths/${artifactsPath(job)}/`, type: 'uri_folder' }
      }
      const row = await work.ctx.store.resources.get({ scope: work.key.scope, kind: work.key.kind, name: job })
      const found = row && own(readJobStatus(row.status).outputs ?? {}, output)
      if (found?.assetId !== undefined) upstream[found.uri] = found.assetId
      return found ?? fail('BadArgument', { what: `The step ${node} has no output ${output}` })
    },
  }
}

async function cancel(work: Work): Promise<Next> {
  await writeJournal(work)
  settleJournal(work)
  const open = await openSteps(work)
  settleSteps(work, open)
  work.status.stopping = 'the pipeline was cancelled'
  const running = open.filter(({ row }) => row && !isFinal(row.state))
  await cancelSteps(work, running)
  skipSteps(work.status, readGraph(await jobsOf(work.ctx.store, work.key.scope, work.props)))
  work.after.push(() => writeJournal(work))
  return running.length > 0 ? { wait: null } : { to: 'Finalizing' }
}

/** Asks every step to stop, once. */
async function cancelSteps(work: Work, steps: OpenStep[]): Promise<void> {
  for (const { key, row } of steps) {
    if (!row || isFinal(row.state) || row.asks.cancel !== undefined) continue
    await work.ctx.store.resources.ask(key, { cancel: work.now })
  }
}

async function finish(work: Work): Promise<Next> {
  await writeJournal(work)
  settleJournal(work)
  const { status, props } = work
  const graph = readGraph(await jobsOf(work.ctx.store, work.key.scope, props))
  status.outputs = await pipelineOutputs(work, graph)
  if (enteredAt(status, 'CancelRequested') !== undefined) return { to: 'Canceled' }
  const failed = Object.entries(status.finished ?? {}).filter(([, state]) => state !== 'Completed')
  if (failed.length === 0) return { to: 'Completed' }
  const names = failed.map(([node]) => `/${node}`).join(', ')
  status.error = {
    code: 'NodeFailed',
    message: `Pipeline has failed child jobs. Failed nodes: ${names}. For more details and logs, please go to the job detail page and check the child jobs.`,
    hint: `See the log of a step with: laz job stream -n ${status.children?.[failed[0]?.[0] ?? ''] ?? '<step>'}`,
  }
  return { to: 'Failed' }
}

/** Outputs of the pipeline: those of the steps they are bound to. */
async function pipelineOutputs(work: Work, graph: Graph): Promise<NonNullable<JobStatus['outputs']>> {
  const outputs: NonNullable<JobStatus['outputs']> = {}
  for (const [name, declared] of Object.entries(asObject(work.props.outputs))) {
    const source = sourceOf(graph, name, declared)
    const job = source && own(work.status.children ?? {}, source.node)
    if (!source || !job) continue
    const row = await work.ctx.store.resources.get({ scope: work.key.scope, kind: work.key.kind, name: job })
    const found = row && own(readJobStatus(row.status).outputs ?? {}, source.output)
    if (found) outputs[name] = found
  }
  return outputs
}
