/** One look at one job: the row as it was claimed, and what will be written about it. */
import { randomUUID } from 'node:crypto'
import { asString, type JobState, type JsonObject, jobStates, move } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { Realised } from '../environments/index.ts'
import type { Graph, Node } from './graph.ts'
import type { Place } from './launch.ts'
import { type JobStatus, readJobStatus } from './status.ts'
import type { JobTools, Work } from './type.ts'

/** What is cheaper to remember than to find out again. */
export interface Scratch {
  environment?: Realised
  place?: Place
  /** Epoch ms: when what a running process wrote was last shown. */
  keptAt?: number
  /** The graph of a pipeline, and every node after those it waits for; the caller's half it was read from. */
  plan?: { etag: string; graph: Graph; order: Node[] }
  /** How long the execution log is that was written last. */
  journalBytes?: number
}

export function openWork(row: Row, tools: JobTools): Work {
  const key: Key = { scope: row.scope, kind: row.kind, name: row.name }
  const status = { ...newStatus(row), ...structuredClone(readJobStatus(row.status)) }
  const work: Work = {
    row,
    key,
    props: row.props,
    tools,
    ctx: tools.ctx,
    now: tools.ctx.clock.now(),
    state: stateOf(row),
    status,
    put: [],
    uses: [],
    wake: [],
    after: [],
    note(text) {
      status.notes ??= []
      if (!status.notes.includes(text)) status.notes.push(text)
    },
  }
  if (status.phases.length === 0) beginPhase(work, work.state)
  return work
}

/** What is remembered about the job of this look. */
export function scratchOf(work: Work): Scratch {
  const { scratch } = work.tools
  const known = scratch.get(work.row.id)
  if (known) return known
  const fresh: Scratch = {}
  scratch.set(work.row.id, fresh)
  return fresh
}

/** The state of a job row; one that was never looked at is NotStarted. */
export function stateOf(row: Row): JobState {
  return (row.state || 'NotStarted') as JobState // states of job rows are written by the loop and at birth only
}

/** Moves on, by the table; closes the phase and opens the next. Raises InvalidTransition. */
export function enter(work: Work, to: JobState): void {
  const from = work.state
  if (from === to) return
  work.state = move(jobStates, from, to)
  beginPhase(work, to)
}

/** Says what the time goes to from now on. */
export function beginPhase(work: Work, name: string): void {
  const now = work.ctx.clock.now()
  const last = work.status.phases.at(-1)
  if (last && last.to === undefined) last.to = now
  work.status.phases.push({ name, from: now })
}

/** When the job entered a state, epoch ms. */
export function enteredAt(status: Pick<JobStatus, 'phases'>, state: JobState): number | undefined {
  return status.phases.findLast((phase) => phase.name === state)?.from
}

/** The status as the store keeps it: `undefined` members do not exist there. */
export function statusJson(status: JobStatus): JsonObject {
  return status as unknown as JsonObject // JSON by its declaration; the store writes it as text and drops `undefined`
}

function newStatus(row: Row): JobStatus {
  return {
    attempt: 1,
    runUuid: randomUUID().replaceAll('-', ''),
    experimentId: '',
    experimentName: asString(row.props.experimentName) || 'Default',
    rootRunId: row.name,
    phases: [],
  }
}
