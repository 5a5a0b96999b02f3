/** Experiments as run history names them: looked up by name or id, made by name, relabelled by id. */
import { asNumber, asObject, asString, fail, isoNow, type JsonObject } from '@lazurite/spec'
import type { Experiment, View } from '@lazurite/store'
import { type HistoryRoute, param, type Room } from './room.ts'
import { textsOf } from './run-print.ts'
import { bodyOf, textMap } from './runs.ts'

const pageSize = 100
/** Where a description is kept, under the name MLflow gives it. */
const noteTag = 'mlflow.note.content'

export const experimentRoutes: HistoryRoute[] = [
  { method: 'GET', forms: 'IN', path: '', runs: true, handle: async (room) => print(await readable(room)) },
  { method: 'POST', forms: 'N', path: '', runs: true, handle: make },
  { method: 'PATCH', forms: 'I', path: '', handle: relabel },
  { method: 'DELETE', forms: 'I', path: '', handle: remove },
  { method: 'POST', forms: 'I', path: '/tags::delete', handle: deleteTags },
  { method: 'POST', forms: 'R', path: '/experiments::query', handle: query },
]

function print({ id, name, tags, createdAt, lifecycle, updatedAt }: Experiment): JsonObject {
  const { [noteTag]: description = null, ...rest } = tags
  return {
    experimentId: id,
    name,
    description,
    createdUtc: isoNow(createdAt),
    tags: rest,
    archivedTime: lifecycle === 'deleted' ? isoNow(updatedAt) : null,
    retainForLifetimeOfWorkspace: false,
    artifactLocation: null,
  }
}

function asked(room: Room): { id: string } | { name: string } {
  const id = param(room, 'experimentId')
  return id === '' ? { name: param(room, 'experimentName') } : { id }
}

async function needed(room: Room): Promise<Experiment> {
  const wanted = asked(room)
  const found = await room.deps.store.runs.experiment(room.scope, wanted)
  return found ?? fail('ResourceNotFound', { kind: 'experiment', name: 'id' in wanted ? wanted.id : wanted.name })
}

/** A job sees the experiment it belongs to. */
async function readable(room: Room): Promise<Experiment> {
  const { caller } = room.request
  const experiment = await needed(room)
  if (caller.kind === 'owner') return experiment
  const own = await room.deps.store.runs.head(room.scope, caller.run?.job ?? '')
  if (own?.experimentId !== experiment.id) fail('Forbidden', { what: `experiment ${experiment.name}` })
  return experiment
}

/** Making one that exists answers it: SDKs make the experiment of every run they start. */
async function make(room: Room): Promise<JsonObject> {
  const name = param(room, 'experimentName')
  if (room.request.caller.kind !== 'owner') return print(await readable(room))
  const made = await room.deps.store.runs.experiment(room.scope, { name, create: true })
  return made ? print(made) : fail('ResourceNotFound', { kind: 'experiment', name })
}

async function relabel(room: Room): Promise<JsonObject> {
  const { id } = await needed(room)
  const body = bodyOf(room)
  const { runs } = room.deps.store
  const description = asString(body.description)
  const tags = { ...textMap(body.tags, 'tags'), ...(description === undefined ? {} : { [noteTag]: description }) }
  for (const [key, value] of Object.entries(tags)) await runs.setExperimentTag(room.scope, id, { key, value })
  const name = asString(body.name)
  if (name !== undefined) await runs.renameExperiment(room.scope, id, name)
  if (typeof body.archive === 'boolean') await setArchived(room, id, body.archive)
  return print(await needed(room))
}

async function setArchived(room: Room, id: string, archive: boolean): Promise<void> {
  const { runs } = room.deps.store
  const lifecycle = archive ? 'deleted' : 'active'
  const now = await runs.experiment(room.scope, { id })
  if (now && now.lifecycle !== lifecycle) await runs.setExperimentLifecycle(room.scope, id, lifecycle)
}

async function remove(room: Room): Promise<JsonObject> {
  const { id } = await needed(room)
  await setArchived(room, id, true)
  return {}
}

async function deleteTags(room: Room): Promise<JsonObject> {
  const { id, tags } = await needed(room)
  for (const name of textsOf(bodyOf(room).tags)) {
    if (Object.hasOwn(tags, name)) await room.deps.store.runs.deleteExperimentTag(room.scope, id, name)
  }
  return { errors: {} }
}

const views: Record<string, View> = { ActiveOnly: 'active', ArchivedOnly: 'deleted', All: 'all', Default: 'active' }

async function query(room: Room): Promise<JsonObject> {
  const body = asObject(room.request.body)
  const filter = asString(body.filter)
  if (filter !== undefined && filter !== '') {
    fail('NotSupported', {
      what: 'A filter of experiments in this dialect',
      why: 'the search of MLflow is the one that is kept',
      instead: 'Use the MLflow client, or filter the list.',
    })
  }
  const view =
    views[asString(body.viewType) ?? 'Default'] ?? fail('BadArgument', { what: 'viewType is not understood.' })
  const from = Number(asString(body.continuationToken) ?? '0')
  if (!Number.isSafeInteger(from) || from < 0)
    fail('BadArgument', { what: 'The continuationToken is not one of ours.' })
  const top = Math.min(Math.max(1, asNumber(body.top) ?? pageSize), 1000)
  const all = await room.deps.store.runs.listExperiments(room.scope, { view })
  const next = from + top < all.length ? String(from + top) : null
  return { value: all.slice(from, from + top).map(print), continuationToken: next, nextLink: null }
}
