/**
 * Changes that callers may make to a run: its labels, its tags, events, cancel. What becomes of a job is decided by the
 * loop alone, so a status that is sent for a job is taken note of by nobody; for the run of a program that no loop moves
 * it is the status.
 */
import {
  asArray,
  asObject,
  asString,
  canCancel,
  fail,
  isFinal,
  isLazError,
  type Json,
  type JsonObject,
  own,
} from '@lazurite/spec'
import type { RunStatus } from '@lazurite/store'
import {
  findRun,
  type HistoryRoute,
  isMoved,
  needRun,
  param,
  type Room,
  type RunRecord,
  recordOf,
  runOfPath,
} from './room.ts'
import { textsOf } from './run-print.ts'
import { bodyOf, instantOf, show, textMap } from './runs.ts'

const tries = 5
const batchLimit = 1000

export const changeRoutes: HistoryRoute[] = [
  {
    method: 'PATCH',
    forms: 'INR',
    path: '/runs/:runId',
    runs: true,
    handle: (room) => change(room, param(room, 'runId'), bodyOf(room)),
  },
  { method: 'PATCH', forms: 'IN', path: '/batch/runs', runs: true, handle: changeMany },
  { method: 'PATCH', forms: 'IN', path: '/runs/:runId/tags', runs: true, handle: changeTags },
  { method: 'DELETE', forms: 'INR', path: '/runs/:runId/tags', runs: true, handle: deleteTags },
  { method: 'POST', forms: 'INR', path: '/runs/:runId/events', runs: true, handle: event },
  { method: 'POST', forms: 'INR', path: '/batch/events', runs: true, handle: events },
  { method: 'POST', forms: 'IN', path: '/runs/:runId/cancel', handle: cancel },
]

/** Fields of a run that a change may carry; the others are made by the server and come back unchanged. */
const changeable = ['displayName', 'name', 'description', 'tags', 'properties', 'hidden'] as const

/** Changes a run; makes it first when there is none, as SDKs do for child runs. */
async function change(room: Room, id: string, body: JsonObject): Promise<JsonObject> {
  const record = (await findRun(room, id)) ? await needRun(room, id) : await makeRun(room, id, body)
  const given = Object.fromEntries(changeable.flatMap((name) => (body[name] == null ? [] : [[name, body[name]]])))
  if (record.row) await relabelJob(room, record, given)
  await relabelRun(room, record, { ...given, status: body.status ?? null, endTimeUtc: body.endTimeUtc ?? null })
  return show(room, await needRun(room, id))
}

async function changeMany(room: Room): Promise<JsonObject> {
  const asked = asArray(bodyOf(room).runs).map(asObject)
  if (asked.length > batchLimit) fail('TooLarge', { what: 'The list of runs', limit: `${batchLimit} entries` })
  const runs: [string, JsonObject][] = []
  const errors: [string, JsonObject][] = []
  for (const body of asked) {
    const id = asString(body.runId) ?? fail('BadArgument', { what: 'Every entry of runs needs a runId.' })
    try {
      runs.push([id, await change(room, id, body)])
    } catch (error) {
      errors.push([id, asError(error)])
    }
  }
  return { runs: Object.fromEntries(runs), errors: Object.fromEntries(errors) }
}

function asError(error: unknown): JsonObject {
  if (!isLazError(error)) throw error
  return { error: { code: 'UserError', message: error.message, details: [] } }
}

/** A job may only make runs below its own, which are then its to write. */
async function makeRun(room: Room, id: string, body: JsonObject): Promise<RunRecord> {
  const { caller } = room.request
  const { runs } = room.deps.store
  const parentRunId = asString(body.parentRunId)
  const job = caller.run?.job
  if (caller.kind === 'run' && parentRunId !== job) fail('Forbidden', { what: `run ${id}` })
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(id)) {
    fail('InvalidName', { kind: 'run', name: id.slice(0, 100), why: 'use letters, digits, -, _ and .' })
  }
  const parent = parentRunId === undefined ? undefined : await needRun(room, parentRunId)
  const experimentId = parent?.run?.experimentId ?? (await experimentAsked(room, body))
  const run = await runs.create(room.scope, {
    runId: id,
    experimentId,
    user: caller.name,
    startTime: instantOf(body.startTimeUtc) ?? room.deps.store.clock.now(),
    ...(asString(body.displayName) === undefined ? {} : { name: asString(body.displayName) ?? id }),
    ...(parentRunId === undefined ? {} : { parentRunId }),
    ...(job === undefined ? {} : { madeBy: job }),
  })
  return (await findRun(room, id)) ?? recordOf(id, undefined, run)
}

async function experimentAsked(room: Room, body: JsonObject): Promise<string> {
  const name = param(room, 'experimentName')
  const id = param(room, 'experimentId') || asString(body.experimentId)
  const found = await room.deps.store.runs.experiment(room.scope, name ? { name, create: true } : { id: id ?? '0' })
  return found?.id ?? fail('ResourceNotFound', { kind: 'experiment', name: id ?? name })
}

/** The labels of a job live in its row, where ARM shows them; another writer in between means to look again. */
async function relabelJob(room: Room, record: RunRecord, given: JsonObject): Promise<void> {
  const { resources } = room.deps.store
  const key = { scope: room.scope, kind: 'job', name: record.id }
  const by = room.request.caller.name
  for (let left = tries; ; left--) {
    const row = (await resources.get(key)) ?? fail('ResourceNotFound', { kind: 'run', name: record.id })
    const next: JsonObject = { ...row.props }
    const name = given.displayName ?? given.name
    if (name !== undefined)
      next.displayName = asString(name) ?? fail('BadArgument', { what: 'displayName must be a text.' })
    if (given.description !== undefined) next.description = String(given.description).slice(0, 8000)
    for (const map of ['tags', 'properties'] as const) {
      if (given[map] !== undefined) next[map] = { ...asObject(row.props[map]), ...textMap(given[map], map) }
    }
    try {
      const { row: written } = await resources.put({ key, props: next, by, ifMatch: row.etag })
      if (typeof given.hidden === 'boolean' && given.hidden !== written.archived) {
        await resources.setArchived(key, given.hidden, by)
      }
      return
    } catch (error) {
      if (!isLazError(error) || error.code !== 'PreconditionFailed' || left <= 1) throw error
    }
  }
}

/** What MLflow shows of the same run: labels of what the loop moves, and what becomes of all else. */
async function relabelRun(room: Room, record: RunRecord, given: JsonObject): Promise<void> {
  const { runs } = room.deps.store
  const { id, run } = record
  if (!run || run.lifecycle === 'deleted') return
  if (isMoved(record)) {
    const tags = textMap(given.tags, 'tags')
    if (Object.keys(tags).length > 0) await runs.setTags(room.scope, id, tags)
    const name = asString(given.displayName) ?? asString(given.name)
    if (name !== undefined) await runs.update(room.scope, id, { name })
    return
  }
  const status = runStatus(asString(given.status))
  const endTime = instantOf(given.endTimeUtc)
  if (status === undefined && endTime === undefined) return
  await runs.update(room.scope, id, {
    ...(status === undefined ? {} : { status }),
    ...(endTime === undefined ? {} : { endTime }),
  })
}

const statuses: Record<string, RunStatus> = {
  Completed: 'FINISHED',
  Failed: 'FAILED',
  Canceled: 'KILLED',
  NotStarted: 'SCHEDULED',
  Queued: 'SCHEDULED',
  Preparing: 'SCHEDULED',
  Starting: 'SCHEDULED',
  Running: 'RUNNING',
  Finalizing: 'RUNNING',
}

function runStatus(text: string | undefined): RunStatus | undefined {
  if (text === undefined) return undefined
  return own(statuses, text) ?? fail('BadArgument', { what: `A run has no status ${text.slice(0, 50)}.` })
}

async function changeTags(room: Room): Promise<JsonObject> {
  const record = await runOfPath(room)
  const body = bodyOf(room)
  await removeTags(room, record, textsOf(body.tagsToDelete))
  return change(room, record.id, { tags: body.tagsToModify ?? {} })
}

async function deleteTags(room: Room): Promise<JsonObject> {
  const record = await runOfPath(room)
  await removeTags(room, record, textsOf(room.request.body as Json)) // what the JSON parser made
  return show(room, await needRun(room, record.id))
}

/** A tag that is not there is as good as deleted. */
async function removeTags(room: Room, { id, row, run }: RunRecord, names: string[]): Promise<void> {
  if (names.length === 0) return
  const { resources, runs } = room.deps.store
  if (row) {
    const left = Object.entries(asObject(row.props.tags)).filter(([name]) => !names.includes(name))
    const props = { ...row.props, tags: Object.fromEntries(left) }
    const key = { scope: room.scope, kind: 'job', name: id }
    await resources.put({ key, props, by: room.request.caller.name, ifMatch: row.etag })
  }
  for (const name of names) {
    if (run && Object.hasOwn(run.tags, name)) await runs.deleteTag(room.scope, id, name)
  }
}

/** The last word of an event's name → the status it stands for. */
const eventStatus: Record<string, RunStatus> = {
  start: 'RUNNING',
  started: 'RUNNING',
  completed: 'FINISHED',
  complete: 'FINISHED',
  failed: 'FAILED',
  canceled: 'KILLED',
  cancelled: 'KILLED',
}

async function event(room: Room): Promise<JsonObject> {
  const record = await runOfPath(room)
  await takeEvent(room, bodyOf(room), record.id)
  return {}
}

async function events(room: Room): Promise<JsonObject> {
  const asked = asArray(bodyOf(room).events).map(asObject)
  if (asked.length > batchLimit) fail('TooLarge', { what: 'The list of events', limit: `${batchLimit} entries` })
  const errors: JsonObject[] = []
  const successes: string[] = []
  for (const one of asked) {
    try {
      successes.push(await takeEvent(room, one, asString(eventData(one).RunId ?? eventData(one).runId) ?? ''))
    } catch (error) {
      errors.push({ key: one, value: asError(error) })
    }
  }
  return { errors, successes }
}

function eventData(body: JsonObject): JsonObject {
  return asObject(body.data)
}

async function takeEvent(room: Room, body: JsonObject, id: string): Promise<string> {
  const name = asString(body.name) ?? ''
  const status = own(eventStatus, name.split('.').at(-1)?.toLowerCase() ?? '')
  const record = await needRun(room, id)
  if (status === undefined) {
    fail('NotSupported', {
      what: `The event ${name.slice(0, 100)}`,
      why: 'only the start and the end of a run are kept',
      instead: 'Print it: standard output is the log of the run.',
    })
  }
  if (isMoved(record) || !record.run) return id
  const data = eventData(body)
  const at = instantOf(data.EndTime ?? data.StartTime) ?? room.deps.store.clock.now()
  const time = status === 'RUNNING' ? { startTime: at } : { endTime: at }
  await room.deps.store.runs.update(room.scope, id, { status, ...time })
  return id
}

async function cancel(room: Room): Promise<JsonObject> {
  const record = await runOfPath(room)
  const row = record.row ?? fail('ResourceNotFound', { kind: 'run', name: record.id })
  if (row.state !== 'Canceled' && row.asks.cancel === undefined) {
    if (isFinal(row.state) || !canCancel(row.state)) fail('InvalidTransition', { from: row.state, to: 'Canceled' })
    const { resources, runs, clock } = room.deps.store
    const now = clock.now()
    if (row.outside) await runs.update(room.scope, record.id, { status: 'KILLED', endTime: now })
    else await resources.ask({ scope: room.scope, kind: 'job', name: record.id }, { cancel: now })
  }
  return show(room, await needRun(room, record.id))
}
