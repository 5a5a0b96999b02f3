/**
 * What a pipeline knows of its steps, kept in its own row: which were started, which are over, which never run. A look
 * reads the steps that ended since the last one and nothing of all the others.
 */
import { isFinal, type JobState, jobStates, own } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import { inOrder, readGraph } from './graph.ts'
import { tell } from './journal.ts'
import { jobsOf } from './pipeline-spec.ts'
import type { Work } from './type.ts'
import { scratchOf } from './work.ts'

const finals = Object.keys(jobStates).filter(isFinal)
const unfinished = Object.keys(jobStates).filter((state) => !isFinal(state))

/** The graph, read once as long as the pipeline's own half of the row stays the same. */
export async function planOf(work: Work): Promise<NonNullable<ReturnType<typeof scratchOf>['plan']>> {
  const scratch = scratchOf(work)
  const { etag } = work.row
  if (scratch.plan?.etag === etag) return scratch.plan
  const graph = readGraph(await jobsOf(work.ctx.store, work.key.scope, work.props, work.status.component))
  const plan = { etag, graph, order: inOrder(graph) }
  scratch.plan = plan
  return plan
}

/** Takes down which steps ended since the last look. */
export async function settleSteps(work: Work): Promise<void> {
  const { status, key, ctx } = work
  const { children = {} } = status
  const finished = status.finished ?? {}
  status.finished = finished
  const over = await ctx.store.resources.children(key, { states: finals, after: status.seen ?? 0 })
  if (over.length === 0) {
    await settleGone(work)
    return
  }
  const units = new Map(Object.entries(children).map(([unit, name]) => [name, unit]))
  for (const { name, state, seq } of over) {
    status.seen = Math.max(status.seen ?? 0, seq)
    const unit = units.get(name)
    if (unit === undefined || Object.hasOwn(finished, unit)) continue
    finished[unit] = state as JobState // states of job rows are written by the loop
    tell(work, `Completing processing run id ${name}.`)
  }
}

/** A step that was deleted under our feet did not complete. */
async function settleGone(work: Work): Promise<void> {
  const { status, key, ctx } = work
  const { children = {}, finished = {} } = status
  if (openUnits(work).length === 0) return
  if ((await ctx.store.resources.childCount(key)) >= new Set(Object.values(children)).size) return
  for (const unit of openUnits(work)) {
    const name = own(children, unit) ?? ''
    if ((await ctx.store.resources.get({ ...key, name })) === undefined) finished[unit] = 'Failed'
  }
}

/** Steps that were started and are not known to be over. */
export function openUnits({ status: { children = {}, finished = {} } }: Work): string[] {
  return Object.keys(children).filter((unit) => !Object.hasOwn(finished, unit))
}

/** The steps and control nodes that did not complete. */
export function failedUnits({ status: { finished = {} } }: Work): string[] {
  return Object.keys(finished).filter((unit) => finished[unit] !== 'Completed')
}

/** Asks every step that is not over to stop, once; also those the record does not hold any more. */
export async function cancelSteps(work: Work): Promise<void> {
  const { key, now, ctx } = work
  const { scope, kind } = key
  const { rows } = await ctx.store.resources.list({
    scope,
    kind,
    parent: key.name,
    states: unfinished,
    archived: 'all',
    outside: false,
  })
  for (const row of rows) {
    if (row.asks.cancel === undefined) await ctx.store.resources.ask({ ...key, name: row.name }, { cancel: now })
  }
}

/** The job of a step, as the store has it. */
export async function rowOfUnit(work: Work, unit: string): Promise<Row | undefined> {
  const name = own(work.status.children ?? {}, unit)
  const key: Key | undefined = name === undefined ? undefined : { ...work.key, name }
  return key && work.ctx.store.resources.get(key)
}
