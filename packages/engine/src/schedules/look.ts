/**
 * One look at a schedule: which of its moments have come since the last, which jobs that means, when the next comes. The
 * jobs are written in the transaction that takes the moments down as done, so each moment starts its job once, whenever
 * the server dies; and a moment is done for good, whatever the machine's clock does.
 */
import { createHash } from 'node:crypto'
import { asNumber, asObject, asString, isFinal, isLazError, type JsonObject, stableStringify } from '@lazurite/spec'
import type { PutInput, Row } from '@lazurite/store'
import type { EngineContext } from '../context.ts'
import type { Outcome } from '../loop.ts'
import { draftOf, type StartedBy } from './draft.ts'
import { type Timetable, timetableOf } from './timetable.ts'

export interface ScheduleStatus {
  /** Of the trigger and the switch: counting begins anew when it changes. */
  seen?: string
  /** Moments up to here are done, epoch ms. */
  done?: number
  /** The next moment, ISO 8601. */
  next?: string
  last?: { due: string; at: string; job: string; by: StartedBy }
  /** Moments that passed while nothing could be started, and started nothing: how many in all, and the newest such gap. */
  missed?: { count: number; from: string; to: string; why: string }
  error?: { at: string; message: string }
}

/** Later than this, a moment was missed. */
const lateMs = 60_000
/** Nobody waits for that many jobs. */
const mostAtOnce = 100
/** Moments older than the last ones looked through are counted no more. */
const mostCounted = 600_000

export async function look(row: Row, ctx: Pick<EngineContext, 'store' | 'clock'>): Promise<Outcome> {
  const now = ctx.clock.now()
  const before = asObject(row.status) as ScheduleStatus // written below and by nobody else
  const startsJobs = asString(asObject(row.props.action).actionType)?.toLowerCase() === 'createjob'
  const seen = createHash('sha256')
    .update(stableStringify([row.props.trigger ?? null, row.props.isEnabled !== false]))
    .digest('hex')
  if (row.props.isEnabled === false || !startsJobs) {
    const { next: _, ...status } = before
    return { state: 'Succeeded', status: json({ ...status, seen, done: now }), wakeAt: null }
  }
  const made = Math.floor(Date.parse(row.createdAt) / 1000) * 1000
  const timetable = timetableOf(asObject(row.props.trigger), made)
  // a schedule counts from its birth; one that was changed, switched on or kept by an older version from now
  const born = before.seen === undefined && row.state !== 'Succeeded'
  const done = before.seen === seen ? (before.done ?? now) : born ? made - 1 : now
  const due = momentsOf(timetable, done, now)
  const status: ScheduleStatus = { ...before, seen, done: Math.max(done, due.at(-1)?.at ?? done) }
  const put = due.length === 0 ? [] : await start(row, due, { ctx, status, now })
  const next = timetable.after(Math.max(now, status.done ?? now))
  if (next === undefined) delete status.next
  else status.next = new Date(next).toISOString()
  return { state: 'Succeeded', status: json(status), put, wakeAt: next ?? null }
}

interface Moment {
  at: number
  late: boolean
}

/** Moments after `done` and up to now; of very many the last ones. */
function momentsOf(timetable: Timetable, done: number, now: number): Moment[] {
  const moments: Moment[] = []
  for (let at = timetable.after(done); at !== undefined && at <= now; at = timetable.after(at)) {
    moments.push({ at, late: now - at > lateMs })
    if (moments.length >= mostCounted) break
  }
  return moments
}

interface Round {
  ctx: Pick<EngineContext, 'store' | 'clock'>
  status: ScheduleStatus
  now: number
}

/** The jobs of the moments that have come, as the schedule's policies will have it; takes down what is left out. */
async function start(row: Row, due: Moment[], round: Round): Promise<PutInput[]> {
  const { ctx, status, now } = round
  const policies = asObject(row.props.properties)
  const chosen = choose(due, asString(policies['lazurite.missed']) ?? 'latest')
  const left = due.filter((moment) => !chosen.includes(moment))
  if (left.length > 0) miss(status, left, 'nothing could be started at the time')
  if (chosen.length > 0 && policies['lazurite.overlap'] === 'skip' && (await stillRuns(row, round))) {
    miss(status, chosen, 'the job before was still running')
    return []
  }
  const put: PutInput[] = []
  for (const { at, late } of policies['lazurite.overlap'] === 'skip' ? chosen.slice(-1) : chosen) {
    const by = late ? 'missed' : 'clock'
    try {
      const { name, props } = await draftOf(ctx.store, row, { due: at, by })
      const key = { scope: row.scope, kind: 'job', name }
      put.push({ key, props, by: row.createdBy, state: 'NotStarted', wakeAt: now, ifNoneMatch: '*' })
      status.last = { due: iso(at), at: iso(now), job: name, by }
      delete status.error
    } catch (error) {
      if (!isLazError(error)) throw error
      status.error = { at: iso(now), message: error.message }
    }
  }
  return put
}

/** Moments on time start their jobs; of those missed the policy's. */
function choose(due: Moment[], policy: string): Moment[] {
  const inTime = due.filter((moment) => !moment.late)
  const late = due.filter((moment) => moment.late)
  if (policy === 'all') return due.slice(-mostAtOnce)
  if (policy === 'skip' || inTime.length > 0) return inTime
  return late.slice(-1)
}

function miss(status: ScheduleStatus, moments: Moment[], why: string): void {
  const [first, last] = [moments[0]?.at ?? 0, moments.at(-1)?.at ?? 0]
  const count = (asNumber(status.missed?.count) ?? 0) + moments.length
  status.missed = { count, from: iso(first), to: iso(last), why }
}

async function stillRuns(row: Row, { ctx, status }: Round): Promise<boolean> {
  if (!status.last) return false
  const job = await ctx.store.resources.get({ scope: row.scope, kind: 'job', name: status.last.job })
  return job !== undefined && !isFinal(job.state)
}

function iso(instant: number): string {
  return new Date(instant).toISOString()
}

/** `undefined` members do not exist in the store. */
function json(status: ScheduleStatus): JsonObject {
  return JSON.parse(JSON.stringify(status)) as JsonObject // what went through JSON is JSON
}
