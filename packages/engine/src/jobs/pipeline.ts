/**
 * A pipeline: whoever is ready becomes a job of its own, and a job that ends wakes the pipeline. What was started is in
 * the same transaction as the record of it, so no step is ever started twice or forgotten.
 */
import { asObject, own } from '@lazurite/spec'
import { admitPipeline } from './admit-pipeline.ts'
import { beginLoop, decide, driveLoops, leaveOut } from './control-flow.ts'
import { bindingsOf, type Graph, type Node, originsOf } from './graph.ts'
import { settleJournal, tell, writeJournal } from './journal.ts'
import { parentJob } from './parent-job.ts'
import { cancelSteps, failedUnits, openUnits, planOf, rowOfUnit, settleSteps } from './pipeline-record.ts'
import { settingOf } from './pipeline-settings.ts'
import { startSteps, type Unit } from './pipeline-start.ts'
import { openRecord, tellRun } from './record.ts'
import { specOfNode } from './spec-of-node.ts'
import { type JobStatus, readJobStatus } from './status.ts'
import type { Next, Work } from './type.ts'
import { componentOf, noteComponent } from './uses.ts'
import { enteredAt } from './work.ts'

export const pipeline = parentJob({
  jobType: 'Pipeline',
  admit: admitPipeline,
  begin,
  run,
  cancel,
  finish,
  abandon: cancelSteps,
})

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
  await settleSteps(work)
  await stopSteps(work)
  const more = await goOn(work)
  work.after.push(() => writeJournal(work))
  // what was started in the look that decided to stop is asked to stop in the next
  if (more || (work.status.stopping && !work.status.stopped)) return { wait: work.now }
  return openUnits(work).length > 0 ? { wait: null } : { to: 'Finalizing' }
}

/** Starts what can start, again as long as that settles something for others. Answers true when the next look has more. */
async function goOn(work: Work): Promise<boolean> {
  const { graph, order } = await planOf(work)
  for (;;) {
    await stopOnFailure(work)
    const before = settled(work.status)
    const ready = [...(await driveLoops(work, graph)), ...(await moveOn(work, graph, order))]
    const more = await startSteps(work, graph, ready)
    if (more || settled(work.status) === before) return more
  }
}

function settled({ finished = {}, skipped = {}, loops = {} }: JobStatus): number {
  return Object.keys(finished).length + Object.keys(skipped).length + Object.keys(loops).length
}

async function stopOnFailure(work: Work): Promise<void> {
  const { status, props } = work
  if (status.stopping || settingOf(props, 'continue_on_step_failure') !== false) return
  const [failed] = failedUnits(work)
  if (failed === undefined) return
  status.stopping = `the step ${failed} failed`
  tell(work, 'Execution of experiment failed, update experiment status and cancel running nodes.')
  await stopSteps(work)
}

/** Asks the steps of a pipeline that is stopping to stop, once: again only for those that are not on disk yet. */
async function stopSteps(work: Work): Promise<void> {
  const { status } = work
  if (!status.stopping || status.stopped) return
  await cancelSteps(work)
  status.stopped = work.put.length === 0
}

/** Goes through the nodes in order: who cannot run is skipped, conditions decide, loops begin. Answers who is ready. */
async function moveOn(work: Work, graph: Graph, order: Node[]): Promise<Unit[]> {
  const { status } = work
  const ready: Unit[] = []
  status.skipped ??= {}
  for (const node of order) {
    const { key, control, loop } = node
    if (isTaken(status, node)) continue
    const dead = await deadEnd(work, graph, node)
    if (dead?.bypass) leaveOut(work, key, dead.why)
    else if (dead || status.stopping) status.skipped = { ...status.skipped, [key]: dead?.why ?? status.stopping ?? '' }
    else if (!node.after.every((other) => isMet(status, other))) continue
    else if (control?.is === 'if_else') await decide(work, graph, node, control)
    else if (control?.is === 'do_while') status.finished = { ...status.finished, [key]: 'Completed' }
    else if (control) await beginLoop(work, graph, node)
    else if (loop !== undefined) await beginLoop(work, graph, graph.get(loop) ?? node)
    else ready.push({ unit: key, node })
  }
  return ready
}

/** Over, on its way, or never to run. */
function isTaken({ children = {}, finished = {}, skipped = {}, loops = {} }: JobStatus, node: Node): boolean {
  const { key, control, loop } = node
  if (Object.hasOwn(finished, key) || Object.hasOwn(skipped, key) || Object.hasOwn(children, key)) return true
  // a loop that goes round is over when its body is
  return Object.hasOwn(loops, control && control.is !== 'do_while' ? key : (loop ?? ''))
}

function isMet({ finished = {}, bypassed = {} }: JobStatus, node: string): boolean {
  return own(finished, node) === 'Completed' || own(bypassed, node) === true
}

/** Why a node can never run: what it needs did not complete, or was left out and it cannot do without. */
async function deadEnd(work: Work, graph: Graph, node: Node): Promise<{ why: string; bypass: boolean } | undefined> {
  const { finished = {}, skipped = {}, bypassed = {} } = work.status
  for (const other of node.after) {
    if (own(bypassed, other) === true) {
      if (!isBranch(graph, other) && (await canDoWithout(work, node, other))) continue
      return { why: `the step ${other}, which it needs, was left out`, bypass: true }
    }
    if (!Object.hasOwn(skipped, other) && (own(finished, other) ?? 'Completed') === 'Completed') continue
    return { why: `the step ${other}, which it needs, did not complete`, bypass: false }
  }
  return undefined
}

function isBranch(graph: Graph, key: string): boolean {
  return graph.get(key)?.control?.is === 'if_else'
}

/** Every input that would come from the other node is optional. */
async function canDoWithout(work: Work, node: Node, other: string): Promise<boolean> {
  if (node.control) return false
  const spec = await specOfNode(work.ctx.store, work.key.scope, node)
  if ('issue' in spec) return false
  const ports = asObject(spec.spec.inputs)
  return Object.entries(asObject(node.wire.inputs))
    .filter(([, raw]) => bindingsOf(raw).some(([area, name]) => area === 'jobs' && name === other))
    .every(([name]) => asObject(own(ports, name)).optional === true)
}

async function cancel(work: Work): Promise<Next> {
  await writeJournal(work)
  settleJournal(work)
  await settleSteps(work)
  work.status.stopping ??= 'the pipeline was cancelled'
  await stopSteps(work)
  await goOn(work)
  work.after.push(() => writeJournal(work))
  return openUnits(work).length > 0 ? { wait: null } : { to: 'Finalizing' }
}

async function finish(work: Work): Promise<Next> {
  await writeJournal(work)
  settleJournal(work)
  const { status } = work
  const { graph } = await planOf(work)
  status.outputs = await pipelineOutputs(work, graph)
  if (enteredAt(status, 'CancelRequested') !== undefined) return { to: 'Canceled' }
  // the body of a loop stands for its last iteration, which has a name of its own
  const failed = failedUnits(work).filter(
    (unit) => graph.get(unit)?.loop === undefined || !own(status.children ?? {}, unit),
  )
  if (failed.length === 0) return { to: 'Completed' }
  status.error = errorOf(status, failed)
  return { to: 'Failed' }
}

function errorOf({ children = {}, problems = {} }: JobStatus, failed: string[]): NonNullable<JobStatus['error']> {
  const names = failed.map((unit) => `/${unit}`).join(', ')
  const why = failed.flatMap((unit) => (Object.hasOwn(problems, unit) ? [`/${unit}: ${problems[unit]}`] : []))
  const text = `Pipeline has failed child jobs. Failed nodes: ${names}. For more details and logs, please go to the job detail page and check the child jobs.`
  const job = failed.map((unit) => own(children, unit)).find((name) => name !== undefined)
  return {
    code: 'NodeFailed',
    message: [text, ...why].join('\n'),
    ...(job === undefined ? {} : { hint: `See the log of a step with: laz job stream -n ${job}` }),
  }
}

/** Outputs of the pipeline: those of the steps they are bound to; of several branches the one that ran. */
async function pipelineOutputs(work: Work, graph: Graph): Promise<NonNullable<JobStatus['outputs']>> {
  const { status } = work
  const outputs: NonNullable<JobStatus['outputs']> = {}
  for (const [name, declared] of Object.entries(asObject(work.props.outputs))) {
    for (const { node, output } of originsOf(graph, name, declared)) {
      const row = await rowOfUnit(work, node)
      const whole = own(status.loops ?? {}, node)?.outputs ?? (row && readJobStatus(row.status).outputs)
      const found = own(whole ?? {}, output)
      if (found) outputs[name] ??= found
    }
  }
  return outputs
}
