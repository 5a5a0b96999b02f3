/**
 * What the token of a job reaches: its own experiment to read, its own run and the runs it made to write, models to
 * register and to read. The owner reaches everything.
 */
import { fail } from '@lazurite/spec'
import type { LoggedModel, RunHead, TraceInfo } from '@lazurite/store'
import { type Call, isOwnRun } from './call.ts'

/** Refuses tokens of runs in other workspaces, and callers without any token. */
export function assertWorkspace(call: Pick<Call, 'caller' | 'scope'>): void {
  const { caller, scope } = call
  if (caller.kind === 'owner') return
  if (caller.kind !== 'run' || !caller.run) fail('Unauthorized')
  if (caller.run.scope !== scope) fail('Forbidden', { what: 'another workspace' })
}

/** The experiment of the job whose token calls; undefined for the owner, who is not bound to one. */
export async function ownExperiment(call: Call): Promise<string | undefined> {
  if (call.caller.kind === 'owner') return undefined
  const job = call.caller.run?.job ?? ''
  const run = await call.store.runs.head(call.scope, job)
  return run ? run.experimentId : fail('Forbidden', { what: 'anything before its run exists' })
}

/** Raises Forbidden unless the caller may read (and add runs to) the experiment. */
export async function assertExperiment(call: Call, experimentId: string): Promise<void> {
  const own = await ownExperiment(call)
  if (own !== undefined && own !== experimentId) fail('Forbidden', { what: `experiment ${experimentId}` })
}

export function assertOwner(call: Call, what: string): void {
  if (call.caller.kind !== 'owner') fail('Forbidden', { what })
}

/** A run the caller may read. Raises RunNotFound, Forbidden. */
export async function readableRun(call: Call, runId: string): Promise<RunHead> {
  const run = await call.store.runs.head(call.scope, runId)
  if (!run) fail('RunNotFound', { run: runId })
  if (!isOwnRun(call.caller, run)) await assertExperiment(call, run.experimentId)
  return run
}

/** A run the caller may write to, active unless said otherwise. Raises RunNotFound, Forbidden, RunDeleted. */
export async function writableRun(call: Call, runId: string, o: { deleted?: boolean } = {}): Promise<RunHead> {
  const run = await call.store.runs.head(call.scope, runId)
  if (!run) fail('RunNotFound', { run: runId })
  if (!isOwnRun(call.caller, run)) fail('Forbidden', { what: `run ${runId}` })
  if (run.lifecycle !== 'active' && !o.deleted) fail('RunDeleted', { run: runId })
  return run
}

/** The same for what refuses runs that are not there, or deleted, by itself: the owner's need no look of their own. */
export async function writableRunId(call: Call, runId: string): Promise<string> {
  return call.caller.kind === 'owner' ? runId : (await writableRun(call, runId)).runId
}

/** A logged model the caller may read. Raises LoggedModelNotFound, Forbidden. */
export async function readableModel(call: Call, modelId: string): Promise<LoggedModel> {
  const model = await call.store.runs.models.get(call.scope, modelId)
  if (!model) fail('LoggedModelNotFound', { model: modelId })
  await assertExperiment(call, model.experimentId)
  return model
}

/** A logged model the caller may change: it made it, or a run of its own did. */
export async function writableModel(call: Call, modelId: string): Promise<LoggedModel> {
  const model = await call.store.runs.models.get(call.scope, modelId)
  if (!model) fail('LoggedModelNotFound', { model: modelId })
  if (call.caller.kind === 'owner' || model.user === call.caller.name) return model
  const run = model.sourceRunId === undefined ? undefined : await call.store.runs.head(call.scope, model.sourceRunId)
  if (!run || !isOwnRun(call.caller, run)) fail('Forbidden', { what: `logged model ${modelId}` })
  return model
}

/** Traces the caller may read; what is not there is left out. Raises Forbidden. */
export async function readableTraces(call: Call, traceIds: readonly string[]): Promise<TraceInfo[]> {
  const traces = await call.store.traces.get(call.scope, traceIds)
  for (const id of new Set(traces.map((trace) => trace.experimentId))) await assertExperiment(call, id)
  return traces
}

/** Raises TraceNotFound, Forbidden. */
export async function readableTrace(call: Call, traceId: string): Promise<TraceInfo> {
  return (await readableTraces(call, [traceId]))[0] ?? fail('TraceNotFound', { trace: traceId })
}

/** Raises Forbidden for traces that are there and that somebody else made. */
export async function writableTraces(call: Call, traceIds: Iterable<string>): Promise<TraceInfo[]> {
  const traces = await call.store.traces.get(call.scope, [...traceIds])
  const { caller } = call
  const foreign = traces.find((trace) => caller.kind !== 'owner' && trace.madeBy !== caller.run?.job)
  if (foreign) fail('Forbidden', { what: `trace ${foreign.traceId}` })
  return traces
}

/** Raises TraceNotFound, Forbidden. */
export async function writableTrace(call: Call, traceId: string): Promise<TraceInfo> {
  return (await writableTraces(call, [traceId]))[0] ?? fail('TraceNotFound', { trace: traceId })
}
