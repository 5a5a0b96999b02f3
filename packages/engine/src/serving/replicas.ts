/**
 * One look at the replicas of a deployment: what ended is started again, later each time; what answers is ready; what is
 * no longer wanted is drained before it is ended. Every replica stands in the row before its process is asked for, and a
 * start that was interrupted is asked for again under the same name, which starts it at most once.
 */
import { mkdirSync } from 'node:fs'
import { asObject, asString, isoToSeconds } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { Backend, Handle, Observation } from '../computes/backend.ts'
import type { EngineContext } from '../context.ts'
import { freePorts } from '../distribute.ts'
import type { Task } from '../task.ts'
import { flightId, flightsOf } from './flights.ts'
import { deploymentFolder, turnLog } from './folder.ts'
import { readPlan } from './prepare.ts'
import { type Prober, probesOf } from './prober.ts'
import type { ReplicaPlan } from './recipe.ts'
import { whatItSaid } from './said.ts'
import { type Replica, type ServingStatus, taskIdOf } from './status.ts'

/** Attempts of a replica that was never ready, before its revision is given up. */
const mostStarts = 4
const firstPauseMs = 100
const mostPauseMs = 30_000
/** A replica that was ready for so long did not fall over at once. */
const steadyMs = 60_000
const lookMs = 500
/** The least time between the last call a replica may be given and its end. */
const drainSlackMs = 500
/** Beside the time a call may take: its body may come slowly, and its answer be read slowly. */
const drainMostMs = 600_000
const drainLookMs = 100

export interface Ward {
  row: Row
  key: Key
  it: ServingStatus
  ctx: EngineContext
  backend: Backend
  prober: Prober
  /** Task id → row, of everything that may be running. */
  running: Map<string, Key>
  wake(): void
  now: number
}

/** Why a revision will not get ready. */
export interface Verdict {
  revision: string
  why: string
}

export interface Tended {
  /** Epoch ms of the next look that is needed; undefined when only an event can change something. */
  at?: number
  verdict?: Verdict
}

const isUp = ({ state }: Replica) => state !== 'Draining' && state !== 'Stopped'

/** Replicas of a revision that are not on their way out. */
export const upOf = (it: ServingStatus, revision: string | undefined): Replica[] =>
  [...it.replicas.values()].filter((one) => one.revision === revision && isUp(one))

export const readyOf = (it: ServingStatus, revision: string | undefined): Replica[] =>
  upOf(it, revision).filter(({ state }) => state === 'Ready')

export async function addReplica({ it, now, ctx }: Ward, revision: string): Promise<void> {
  const [port = 0] = await freePorts(1)
  const plan = readPlan(ctx.home, it.uuid, revision)
  it.count += 1
  const id = `r${it.count}`
  const fresh = { state: 'Starting', startedAt: now, restarts: 0, crashes: 0, notBefore: 0 } as const
  const ways = { score: plan?.routes.score ?? '/score', passes: plan?.passes === true }
  it.replicas.set(id, { id, port, revision, ...fresh, ...ways })
}

/** No new call reaches it any more; it is ended when those under way are over. */
export function drain(ward: Ward, replica: Replica): void {
  if (!isUp(replica)) return
  const wasReady = replica.state === 'Ready'
  replica.state = 'Draining'
  replica.endAt = ward.now + (wasReady ? drainSlackMs : 0)
  ward.prober.forget(taskIdOf(ward.it, replica))
}

/** What a call may take; Azure's default. */
export function requestTimeoutMs({ props }: Pick<Row, 'props'>): number {
  const text = asString(asObject(props.requestSettings).requestTimeout)
  return (isoToSeconds(text ?? '') ?? 5) * 1000
}

/** Looks at all of them once. Those that are new in the row are started only when they stand in it on disk. */
export async function tend(ward: Ward): Promise<Tended> {
  const all = [...ward.it.replicas.values()]
  const handles = all.map((one) => handleOf(ward, one))
  const seen = await ward.backend.observe(handles)
  const tended: Tended = {}
  const later = (at: number | undefined) => {
    if (at !== undefined) tended.at = Math.min(at, tended.at ?? at)
  }
  for (const replica of all) {
    const taskId = taskIdOf(ward.it, replica)
    ward.running.set(taskId, ward.key)
    if (!isUp(replica)) {
      later(await end(ward, replica, seen.get(taskId)))
      continue
    }
    const { at, verdict } = await look(ward, replica, seen.get(taskId))
    later(at)
    if (verdict) tended.verdict ??= verdict
  }
  return tended
}

async function look(ward: Ward, replica: Replica, seen: Observation | undefined): Promise<Tended> {
  const { it, now } = ward
  const plan = readPlan(ward.ctx.home, it.uuid, replica.revision)
  if (!plan) return { verdict: { revision: replica.revision, why: 'what was prepared for it is gone' } }
  if (!seen) {
    if (replica.notBefore > now) return { at: replica.notBefore }
    // in the row of this look or an earlier one, which is on disk; one that was lost without a trace is another boot
    if (replica.state !== 'Starting') return fallen(ward, replica, undefined)
    if (!onDisk(ward, replica)) return { at: now }
    await start(ward, replica, plan)
    return { at: now + lookMs }
  }
  if (seen.phase === 'done' || seen.phase === 'lost') return fallen(ward, replica, seen)
  const health = ward.prober.watch(taskIdOf(it, replica), {
    port: replica.port,
    ...probesOf(ward.row.props, plan.routes),
    known: replica.state === 'Ready',
    changed: ward.wake,
  })
  if (!health.alive) {
    await ward.backend.stop(handleOf(ward, replica), ward.ctx.settings.graceMs)
    replica.state = 'Failing'
    return { at: now + lookMs }
  }
  if (health.ready === true) {
    replica.state = 'Ready'
    replica.readyAt ??= now
    return {}
  }
  if (health.ready === false) {
    replica.state = 'Failing'
    return {}
  }
  return comingUp(ward, replica, plan)
}

/** One that runs and has never answered: how long it may take, its probes say. */
async function comingUp(ward: Ward, replica: Replica, plan: ReplicaPlan): Promise<Tended> {
  const { ready } = probesOf(ward.row.props, plan.routes)
  const patienceMs = ready.initialDelayMs + ready.periodMs * ready.failures
  const due = replica.startedAt + patienceMs
  if (ward.now < due) return { at: due }
  const why = `it did not answer ${ready.path} within ${Math.round(patienceMs / 1000)} seconds`
  await ward.backend.stop(handleOf(ward, replica), ward.ctx.settings.graceMs)
  return { verdict: { revision: replica.revision, why: why + tailOfLog(ward, replica) }, at: ward.now + lookMs }
}

function onDisk({ row, it }: Ward, replica: Replica): boolean {
  const known = asObject(asObject(row.status.replicas)[replica.id])
  return known.handle === taskIdOf(it, replica)
}

const tailOfLog = ({ ctx, it }: Ward, { id }: Replica) => whatItSaid(deploymentFolder(ctx.home, it.uuid).replicaLog(id))

/** Its process is over though nobody asked for it. */
async function fallen(ward: Ward, replica: Replica, seen: Observation | undefined): Promise<Tended> {
  const { now, ctx } = ward
  const why =
    seen?.message ?? (seen?.signal ? `it was ended by ${seen.signal}` : `it ended with ${seen?.exitCode ?? '?'}`)
  const steady = replica.readyAt !== undefined && now - replica.readyAt > steadyMs
  const wasReady = replica.readyAt !== undefined
  await forget(ward, replica)
  replica.crashes = steady ? 1 : replica.crashes + 1
  ctx.log.warn(
    { deployment: ward.row.name, replica: replica.id, crashes: replica.crashes },
    `a replica fell over: ${why}`,
  )
  const [port = 0] = await freePorts(1)
  const notBefore = now + Math.min(mostPauseMs, firstPauseMs * 3 ** (replica.crashes - 1))
  replica.restarts += 1
  Object.assign(replica, { port, state: 'Starting', startedAt: now, notBefore })
  if (wasReady || replica.crashes < mostStarts) return { at: notBefore }
  const told = `its process does not stay up: ${why}${tailOfLog(ward, replica)}`
  return { at: notBefore, verdict: { revision: replica.revision, why: told } }
}

/** Ends a draining one when its time has come, and removes it when it is over. Answers when to look again. */
async function end(ward: Ward, replica: Replica, seen: Observation | undefined): Promise<number | undefined> {
  const over = !seen || seen.phase === 'done' || seen.phase === 'lost'
  if (over) {
    await forget(ward, replica)
    ward.it.replicas.delete(replica.id)
    return undefined
  }
  const due = replica.endAt ?? 0
  if (ward.now < due) return due
  // hears of it later than the row, or has calls that are not answered yet
  const flight = flightsOf(ward.ctx.store).get(flightId(ward.key, replica))
  const most = due + requestTimeoutMs(ward.row) + drainMostMs
  if (flight && (flight.open || flight.busy > 0) && ward.now < most) return ward.now + drainLookMs
  await ward.backend.stop(handleOf(ward, replica), ward.ctx.settings.graceMs)
  return ward.now + lookMs
}

async function forget(ward: Ward, replica: Replica): Promise<void> {
  const handle = handleOf(ward, replica)
  ward.prober.forget(handle.taskId)
  ward.running.delete(handle.taskId)
  await ward.backend.clean(handle)
}

function handleOf({ ctx, it }: Ward, replica: Replica): Handle {
  const taskId = taskIdOf(it, replica)
  return { taskId, backend: 'local', dir: deploymentFolder(ctx.home, it.uuid).boot(taskId) }
}

async function start(ward: Ward, replica: Replica, plan: ReplicaPlan): Promise<void> {
  const { ctx, it, backend } = ward
  const folder = deploymentFolder(ctx.home, it.uuid)
  const { taskId, dir } = handleOf(ward, replica)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const logFile = folder.replicaLog(replica.id)
  turnLog(logFile)
  replica.startedAt = ward.now
  const task: Task = {
    id: taskId,
    dir,
    cwd: plan.cwd,
    command: plan.command,
    env: { ...plan.env, LAZ_PORT: String(replica.port), LAZ_REPLICA: replica.id, LAZ_REPLICA_DIR: dir },
    logFile,
    processes: [],
    graceMs: ctx.settings.graceMs,
  }
  const handle = await backend.start(task)
  // deleted in this very moment: nobody else would end it
  if (!(await ctx.store.resources.get(ward.key))) await backend.stop(handle, 0)
}
