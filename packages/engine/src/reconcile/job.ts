/**
 * A job's life. Here is what all types share: one state after the other, each on disk before a step acts on it; a cancel
 * request heard in any state; one end, told to the run's record and to the parent in the same transaction. What happens
 * within a state is the business of the job type. States between which nothing acts are walked through in one look.
 */
import { asNumber, asString, canCancel, isFinal, isLazError } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { Bin } from '../bin.ts'
import { explainFailure } from '../jobs/failure.ts'
import { jobTypeOf } from '../jobs/index.ts'
import { takeOver } from '../jobs/inherit.ts'
import { openRecord, tellRun } from '../jobs/record.ts'
import type { JobError } from '../jobs/status.ts'
import type { JobTools, JobType, Work } from '../jobs/type.ts'
import { enter, openWork, statusJson } from '../jobs/work.ts'
import type { LoopTools, Outcome, Reconciler } from '../loop.ts'
import type { MetricWatch } from '../metric-watch.ts'
import type { Placement } from '../place.ts'
import type { Intake } from '../telemetry/intake.ts'

/** What the reconciler of jobs shares with the start of the engine. */
export interface JobRoom {
  placement: Placement
  /** Task id → job, of everything that may be running. */
  running: Map<string, Key>
  bin: Bin
  metrics: MetricWatch
  intake: Intake
}

export function jobReconciler(room: JobRoom): Reconciler {
  const scratch: JobTools['scratch'] = new Map()
  const toolsOf = ({ ctx, errands }: LoopTools): JobTools => ({ ctx, errands, scratch, ...room })
  return {
    async step(row, tools) {
      if (isFinal(row.state)) return {}
      const type = await jobTypeOf(row.props)
      return advance(openWork(row, toolsOf(tools)), type)
    },
    async failed(row, error, tools) {
      const work = openWork(row, toolsOf(tools))
      work.status.error = errorOf(error)
      const type = await jobTypeOf(row.props).catch(() => undefined)
      await tools.errands.drop(row.id)
      await type?.abandon(work)
      enter(work, 'Failed')
      return end(work, type)
    },
  }
}

async function advance(work: Work, type: JobType): Promise<Outcome> {
  await hearCancel(work)
  for (;;) {
    const { state } = work
    if (state === 'Completed' || state === 'Failed' || state === 'Canceled') return end(work, type)
    if (state !== work.row.state && type.durable.has(state)) return { ...outcomeOf(work), again: true }
    const { reuse } = work.status
    const taken = state === 'NotStarted' && reuse?.reused ? reuse.of : undefined
    const next = taken === undefined ? await type.steps[state](work) : await takeOver(work, taken)
    if ('wait' in next) return { ...outcomeOf(work), wakeAt: next.wait }
    enter(work, next.to)
  }
}

/** A request is heard once, and not by a job that is already putting its things away. */
async function hearCancel(work: Work): Promise<void> {
  const asked = asNumber(work.row.asks.cancel)
  if (asked === undefined || asked === work.status.cancelHeard) return
  work.status.cancelHeard = asked
  if (!canCancel(work.state) || work.state === 'Finalizing') return
  await work.tools.errands.drop(work.row.id)
  // also what never came to anything has a record
  if (work.state === 'NotStarted') await openRecord(work)
  enter(work, 'CancelRequested')
}

function outcomeOf(work: Work): Outcome {
  const after = async () => {
    for (const act of work.after) await act()
  }
  const { put, uses, wake } = work
  return { state: work.state, status: statusJson(work.status), put, uses, wake, after }
}

/** The last look: tells the record of the run, gives back what is held, wakes the parent. */
async function end(work: Work, type: JobType | undefined): Promise<Outcome> {
  const { status, tools, row, ctx } = work
  const now = ctx.clock.now()
  status.endedAt = now
  delete status.waiting
  for (const phase of status.phases) phase.to ??= now
  await explainFailure(work)
  await tools.errands.drop(row.id)
  await tellRun(work, { state: work.state, endTime: now })
  work.wake.push(...tools.placement.release(row.id))
  const parent = parentKey(row)
  if (parent) work.wake.push(parent)
  work.after.push(async () => {
    await type?.tidy(work)
    tools.scratch.delete(row.id)
    await ctx.store.series.seal(row.name, row.scope)
  })
  return { ...outcomeOf(work), wakeAt: null }
}

function parentKey(row: Row): Key | undefined {
  return row.parent ? { scope: row.scope, kind: row.kind, name: row.parent } : undefined
}

function errorOf(error: Error): JobError {
  if (!isLazError(error)) {
    return {
      code: 'InternalError',
      message: `Something went wrong inside Lazurite while it worked on this job: ${asString(error.message) ?? 'unknown error'}`,
      hint: 'The server log has the details.',
    }
  }
  const { code, message, hint, details } = error
  const more = (details ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  return { code, message: [message, ...more].join('\n'), ...(hint === undefined ? {} : { hint }) }
}
