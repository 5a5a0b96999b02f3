/**
 * Where a job's time went, from submission to its end, without a gap: what the loop wrote down phase by phase, put under
 * the four headings that people think in.
 */
import { isFinal } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { type JobStatus, type Phase, readJobStatus } from './status.ts'

export type Stage = 'queued' | 'preparing' | 'running' | 'finalizing'

export interface Stretch {
  /** A state of the job, or what took time within one. */
  name: string
  stage: Stage
  /** Epoch ms. */
  from: number
  /** Absent while it goes on. */
  to?: number
  seconds: number
  /** What came of it: the node it got, how the environment was made. */
  detail?: string
}

export interface Timeline {
  phases: Stretch[]
  /** Seconds by heading; a heading that nothing stands under is 0. */
  stages: Record<Stage, number>
  /** From submission to the end, or to now. */
  totalSeconds: number
}

/** What is not named here belongs to the heading of the phase before it. */
const stages: Readonly<Record<string, Stage>> = {
  NotStarted: 'queued',
  Queued: 'queued',
  Provisioning: 'queued',
  Paused: 'queued',
  Preparing: 'preparing',
  Environment: 'preparing',
  Starting: 'preparing',
  Staging: 'preparing',
  Running: 'running',
  NotResponding: 'running',
  CancelRequested: 'finalizing',
  Finalizing: 'finalizing',
}

const details: Readonly<Record<string, (status: Partial<JobStatus>) => string | undefined>> = {
  Preparing: ({ environment }) => environment?.how,
  Environment: ({ environment }) => environment?.how,
  Queued: ({ node, waiting }) => waiting ?? node?.name,
  Running: ({ exitCode, signal }) => signal ?? (exitCode === undefined ? undefined : `exit code ${exitCode}`),
}

/** `now` in epoch ms: where the phase that still goes on ends for this look. */
export function timelineOf(row: Pick<Row, 'createdAt' | 'status'>, now: number): Timeline {
  const status = readJobStatus(row.status)
  const born = Date.parse(row.createdAt)
  const all = withoutGap(born, status.phases ?? [])
  const totals: Record<Stage, number> = { queued: 0, preparing: 0, running: 0, finalizing: 0 }
  let stage: Stage = 'queued'
  const phases = all.map(({ name, from, to: until }, i): Stretch => {
    stage = (Object.hasOwn(stages, name) ? stages[name] : undefined) ?? stage
    const to = until ?? all[i + 1]?.from ?? status.endedAt
    const seconds = Math.max(0, (to ?? now) - from) / 1000
    totals[stage] += seconds
    const detail = Object.hasOwn(details, name) ? details[name]?.(status) : undefined
    return {
      name,
      stage,
      from,
      ...(to === undefined ? {} : { to }),
      seconds,
      ...(detail === undefined ? {} : { detail }),
    }
  })
  return { phases, stages: totals, totalSeconds: phases.reduce((sum, { seconds }) => sum + seconds, 0) }
}

/** With the time between the row and the loop's first look at it; a final state is no phase. */
function withoutGap(born: number, written: readonly Phase[]): Phase[] {
  const lasting = written.filter(({ name }) => !isFinal(name))
  const [first, ...rest] = lasting
  if (first?.name === 'NotStarted') return [{ ...first, from: Math.min(born, first.from) }, ...rest]
  if (first !== undefined && first.from <= born) return lasting
  return [{ name: 'NotStarted', from: born, ...(first === undefined ? {} : { to: first.from }) }, ...lasting]
}
