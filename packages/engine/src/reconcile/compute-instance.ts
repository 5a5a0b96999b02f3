/**
 * A compute instance is one task that starts everything else: terminals, applications, scripts. What is wanted of it
 * (up or down) and what is so stands in its row before anything acts, so a server that comes back goes on from there:
 * it finds the task again, starts it when it never came to that, and starts nothing twice.
 */
import { asNumber, asObject, asString, fail, isoToSeconds } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { Backend, Handle, Observation } from '../computes/backend.ts'
import {
  instanceFolder,
  instanceTaskId,
  readApplications,
  readReport,
  scriptsIn,
  untilUp,
} from '../computes/instance-folder.ts'
import { planInstance } from '../computes/instance-plan.ts'
import type { LoopTools, Outcome } from '../loop.ts'
import { poolOf } from '../slot.ts'
import { logTail } from './compute-log.ts'
import { type Instance, openInstance, printInstance, type Trigger } from './compute-state.ts'
import { timesOf } from './compute-times.ts'
import type { JobRoom } from './job.ts'

/** Time before the first attempt to start a process again that fell over. */
const soonMs = 50
/** While something is on its way; whoever ends it tells, mostly. */
const lookMs = 1_000
/** A process that lasted this long did not fall over at once. */
const steadyMs = 60_000
const mostCrashes = 3
/** How often a running instance is looked at when nothing is due. */
const calmMs = 60_000

interface Look {
  row: Row
  key: Key
  it: Instance
  tools: LoopTools
  room: JobRoom
  now: number
}

/** When to look again: at once, or at a time. */
type Next = { again: true } | { at: number | null }

/** One look at an instance. */
export async function moveInstance(row: Row, tools: LoopTools, room: JobRoom): Promise<Outcome> {
  const { scope, kind, name } = row
  const it = openInstance(row)
  const look: Look = { row, key: { scope, kind, name }, it, tools, room, now: tools.ctx.clock.now() }
  const scheduled = hearTimes(look)
  hearAsks(look)
  const next = await drive(look)
  const outcome = { state: provisioningOf(row, it), status: printInstance(row, it) }
  if ('again' in next) return { ...outcome, again: true }
  const due = [next.at, scheduled].filter((at) => at !== null && at !== undefined)
  return { ...outcome, wakeAt: due.length > 0 ? Math.min(...due) : null }
}

async function drive(look: Look): Promise<Next> {
  const { it } = look
  if (it.want === 'rest') return { at: null }
  if (it.want === 'down' || it.again) return goDown(look)
  return goUp(look)
}

/** A creation is over when the instance runs, or will not. */
function provisioningOf(row: Row, { want, lastOperation: { operationName, operationStatus } }: Instance): string {
  if (operationName === 'Create') {
    if (operationStatus === 'InProgress') return 'Creating'
    if (want === 'rest') return 'Failed'
  }
  return row.state === 'Failed' && want === 'rest' ? 'Failed' : 'Succeeded'
}

function begin({ it }: Look, operationName: string, { trigger, at }: { trigger: Trigger; at: number }): void {
  const operationTime = new Date(at).toISOString()
  it.lastOperation = { operationName, operationTime, operationStatus: 'InProgress', operationTrigger: trigger }
  it.want = operationName === 'Stop' ? 'down' : 'up'
  it.again = operationName === 'Restart' && it.up
  it.crashes = 0
  delete it.error
}

/** People's wishes, in the order in which they were uttered; whoever polls sees that the newest was heard. */
function hearAsks(look: Look): void {
  const { row, it } = look
  const asks = Object.keys(it.asksDone)
    .map((name) => ({ name, at: asNumber(row.asks[name]) ?? 0 }))
    .filter(({ name, at }) => at !== 0 && at !== it.asksDone[name])
    .sort((a, b) => a.at - b.at)
  for (const { name, at } of asks) {
    it.asksDone[name] = at
    begin(look, name.charAt(0).toUpperCase() + name.slice(1), { trigger: 'User', at })
  }
}

/** What the clock wants; answers when it wants something next. Of what was missed only the last counts. */
function hearTimes(look: Look): number | undefined {
  const { row, it, now } = look
  // what was written a moment ago has missed nothing
  const since = Math.max(it.timesSeen, Date.parse(row.modifiedAt) || 0)
  const { last, next } = timesOf(row, since, now)
  if (last) it.timesSeen = now
  const up = it.want === 'up'
  if (last && (last.action === 'start') !== up) {
    begin(look, last.action === 'start' ? 'Start' : 'Stop', { trigger: 'Schedule', at: last.at })
  }
  return next
}

async function goUp(look: Look): Promise<Next> {
  const { it, room, tools } = look
  if (!it.up) {
    it.boot++
    it.up = true
    delete it.readyAt
    it.state = it.boot === 1 ? 'Creating' : it.lastOperation.operationName === 'Restart' ? 'Restarting' : 'Starting'
    return { again: true }
  }
  const { handle, backend } = taskOf(look)
  room.running.set(handle.taskId, look.key)
  let seen = (await backend.observe([handle])).get(handle.taskId)
  if (!seen && it.readyAt === undefined) {
    await start(look, backend)
    seen = { phase: 'starting' }
  }
  if (!seen || seen.phase === 'done' || seen.phase === 'lost') return fallen(look, seen)
  const folder = instanceFolder(tools.ctx.home, it)
  const report = readReport(folder)
  if (report?.phase === 'ready') return it.readyAt === undefined ? risen(look) : watch(look, report.lastActive)
  if (report && scriptsIn(folder) > 0) it.state = 'SettingUp'
  const told = await tools.errands.run({ id: look.row.id, key: look.key }, `rise ${it.boot}`, (s) => untilUp(folder, s))
  return told ? { again: true } : { at: look.now + lookMs }
}

async function start(look: Look, backend: Backend): Promise<void> {
  const { row, it, tools, key } = look
  const handle = await backend.start(await planInstance(tools.ctx, row, it))
  // deleted in this very moment: nobody else would end it
  if (!(await tools.ctx.store.resources.get(key))) await backend.stop(handle, 0)
}

function risen(look: Look): Next {
  const { it, now, tools } = look
  it.state = 'Running'
  it.readyAt = now
  it.lastActive = now
  if (it.lastOperation.operationStatus === 'InProgress') it.lastOperation.operationStatus = 'Succeeded'
  const planned = readApplications(instanceFolder(tools.ctx.home, it))
  it.applications = planned.map(({ name, displayName, port }) => ({ name, displayName, port }))
  return { again: true }
}

/** A running instance: is it used, and by when would it be idle for too long? */
function watch(look: Look, reported: number): Next {
  const { row, it, now, room } = look
  if (it.lastOperation.operationStatus === 'InProgress') {
    // it was asked to run while it ran
    it.lastOperation.operationStatus = 'Succeeded'
    return { again: true }
  }
  const busy = room.placement.busyNodes(poolOf(row.scope, row.name)).size > 0
  it.lastActive = busy ? now : Math.max(it.lastActive ?? 0, reported)
  const text = asString(asObject(row.props.properties).idleTimeBeforeShutdown)
  const seconds = text === undefined ? undefined : isoToSeconds(text)
  if (seconds === undefined || seconds <= 0) return { at: now + calmMs }
  const due = it.lastActive + seconds * 1000
  if (due > now) return { at: Math.min(due, now + calmMs) }
  begin(look, 'Stop', { trigger: 'IdleShutdown', at: now })
  return { again: true }
}

/** The process is over though nobody asked for it. */
async function fallen(look: Look, seen: Observation | undefined): Promise<Next> {
  const { it, now, tools } = look
  const folder = instanceFolder(tools.ctx.home, it)
  const report = readReport(folder)
  const lasted = it.readyAt === undefined ? 0 : now - it.readyAt
  await forget(look)
  if (report?.phase === 'setup-failed') {
    const what = report.script ?? 'setup'
    const tail = logTail(`${folder.logs}/${what}.log`)
    return giveUp(look, 'SetupFailed', `The ${what.replace('-', ' ')} ${report.message ?? 'failed'}.${tail}`)
  }
  it.crashes = lasted > steadyMs ? 1 : it.crashes + 1
  if (it.crashes > mostCrashes) {
    const why = seen?.message ?? (seen?.signal ? `it was ended by ${seen.signal}` : `it ended with ${seen?.exitCode}`)
    const tail = logTail(`${folder.logs}/instance.log`)
    return giveUp(look, 'Unusable', `The process of the instance does not stay up: ${why}.${tail}`)
  }
  it.state = 'Restarting'
  return { at: now + soonMs * 4 ** it.crashes }
}

function giveUp({ it }: Look, state: 'SetupFailed' | 'Unusable', message: string): Next {
  const { operationName } = it.lastOperation
  it.state = state
  it.want = 'rest'
  it.error = { code: state, message }
  it.lastOperation.operationStatus = `${operationName}Failed`
  return { at: null }
}

/** First its jobs, then its process, then it is down; and up again when that was the wish. */
async function goDown(look: Look): Promise<Next> {
  const { it, now, tools } = look
  it.state = it.again ? 'Restarting' : 'Stopping'
  if (it.up) {
    // no job is given the node any more before its jobs are asked to go
    if (look.row.status.state !== it.state) return { again: true }
    if (await cancelJobs(look)) return { at: now + lookMs }
    const { handle, backend } = taskOf(look)
    look.room.running.set(handle.taskId, look.key)
    const seen = (await backend.observe([handle])).get(handle.taskId)
    if (seen && seen.phase !== 'done' && seen.phase !== 'lost') {
      await backend.stop(handle, tools.ctx.settings.graceMs)
      return { at: now + lookMs }
    }
    await forget(look)
  }
  if (it.again) {
    it.again = false
    return { again: true }
  }
  it.state = 'Stopped'
  if (it.lastOperation.operationStatus === 'InProgress') it.lastOperation.operationStatus = 'Succeeded'
  return { at: null }
}

/** True as long as a job has the node. */
async function cancelJobs({ row, tools, room, it }: Look): Promise<boolean> {
  const pool = poolOf(row.scope, row.name)
  room.placement.setNodes(pool, { most: 0, ready: [] })
  if (it.readyAt === undefined || room.placement.busyNodes(pool).size === 0) return false
  const { store, clock } = tools.ctx
  const { rows } = await store.resources.list({
    scope: row.scope,
    kind: 'job',
    states: ['Starting', 'Running', 'NotResponding'],
    archived: 'all',
    outside: false,
  })
  for (const job of rows) {
    if (asObject(job.status.node).compute !== row.name || job.asks.cancel !== undefined) continue
    await store.resources.ask(job, { cancel: clock.now() })
  }
  return true
}

/** Nothing of the boot is needed any more; the next one is another task. */
async function forget(look: Look): Promise<void> {
  const { handle, backend } = taskOf(look)
  await backend.clean(handle)
  look.room.running.delete(handle.taskId)
  look.it.up = false
  look.it.applications = []
  delete look.it.readyAt
}

function taskOf({ it, tools }: Look): { handle: Handle; backend: Backend } {
  const backend =
    tools.ctx.backends.get('local') ??
    fail('NotSupported', {
      what: 'A compute instance',
      why: 'this machine cannot run processes for it',
      instead: 'Look into server.log, mend what it says, and restart the server.',
    })
  const { boot } = instanceFolder(tools.ctx.home, it)
  return { backend, handle: { taskId: instanceTaskId(it), backend: 'local', dir: boot } }
}
