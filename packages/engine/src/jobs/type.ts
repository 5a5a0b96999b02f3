/**
 * What a type of job must provide: refusals at the door, and one step for every state. The life common to all jobs
 * (order of states, cancel, the end) is in `reconcile/job.ts`; a step only says what happens in one state and what
 * follows.
 */
import type { Issue, JobState, JsonObject } from '@lazurite/spec'
import type { Key, PutInput, Row, Use } from '@lazurite/store'
import type { Bin } from '../bin.ts'
import type { EngineContext } from '../context.ts'
import type { Errands } from '../errands.ts'
import type { MetricWatch } from '../metric-watch.ts'
import type { Placement } from '../place.ts'
import type { Intake } from '../telemetry/intake.ts'
import type { JobStatus } from './status.ts'
import type { Scratch } from './work.ts'

/** What the reconciler of jobs keeps in memory; all of it can be found again from the rows. */
export interface JobTools {
  ctx: EngineContext
  errands: Errands
  placement: Placement
  /** Task id → job, of everything that may be running. */
  running: Map<string, Key>
  bin: Bin
  /** Wakes a job when a run logs a metric it waits for. */
  metrics: MetricWatch
  /** Takes in what jobs log without any library, and what their machine did. */
  intake: Intake
  scratch: Map<number, Scratch>
}

/** One look at one job. */
export interface Work {
  readonly row: Row
  readonly key: Key
  readonly props: JsonObject
  readonly tools: JobTools
  readonly ctx: EngineContext
  /** Epoch ms of this look. */
  readonly now: number
  /** The state as it will be written. */
  state: JobState
  /** The status as it will be written. */
  readonly status: JobStatus
  /** Rows written and woken in the same transaction. */
  readonly put: PutInput[]
  /** Read and written along the way; noted in the same transaction. */
  readonly uses: Use[]
  readonly wake: Key[]
  /** Done when the look is on disk; lost when the process dies before, so nothing may depend on it. */
  readonly after: (() => Promise<void>)[]
  /** Remembers something for people, once. */
  note(text: string): void
}

/** Go on to another state, or write down what there is and look again later (null: when woken). */
export type Next = { to: JobState } | { wait: number | null }
type Step = (work: Work) => Promise<Next>

export interface Draft {
  scope: string
  props: JsonObject
  ctx: EngineContext
}

export interface JobType {
  /** The wire's `jobType`. */
  readonly jobType: string
  /** Why this job cannot run here, as far as can be told before it runs. */
  admit(draft: Draft): Promise<Issue[]>
  readonly steps: Record<Exclude<JobState, 'Completed' | 'Failed' | 'Canceled'>, Step>
  /** States that are on disk before their step acts. */
  readonly durable: ReadonlySet<JobState>
  /** Lets go of what a job of this type holds outside the store when it fails between two states. */
  abandon(work: Work): Promise<void>
  /** Removes what a final job needs no more. May be repeated. */
  tidy(work: Work): Promise<void>
}
