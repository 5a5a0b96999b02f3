/** Where the outputs of a job are: by name as assets (run data), then each asset as the place its bytes lie at. */
import {
  asArray,
  asObject,
  asString,
  datastoreUri,
  fail,
  type JsonObject,
  kindByCollection,
  parseArmId,
  parseUri,
} from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { type HistoryRoute, needRun, type Room } from './room.ts'
import { outputAsset } from './run-print.ts'
import { bodyOf, show } from './runs.ts'
import { typeWord } from './types-of-assets.ts'

const idsLimit = 1000

export const outputRoutes: HistoryRoute[] = [
  { method: 'POST', forms: 'R', path: '/rundata', runs: true, handle: runData },
  { method: 'POST', forms: 'R', path: '/batchrundata', runs: true, handle: manyRunData },
]

export const dataRoutes: HistoryRoute[] = [
  { method: 'POST', forms: 'R', path: '/dataversion/batchGetResolvedUris', handle: (room) => resolveAll(room, asData) },
]

export const modelRoutes: HistoryRoute[] = [
  { method: 'POST', forms: 'R', path: '/models/batchGetResolvedUris', handle: (room) => resolveAll(room, asModel) },
]

async function runData(room: Room): Promise<JsonObject> {
  const id = asString(bodyOf(room).runId) ?? fail('BadArgument', { what: 'The body must name a runId.' })
  return dataOf(room, id)
}

async function dataOf(room: Room, id: string): Promise<JsonObject> {
  const record = await needRun(room, id)
  return { runMetadata: show(room, record), runDefinition: null, jobSpecification: null, systemSettings: null }
}

async function manyRunData(room: Room): Promise<JsonObject> {
  const ids = asArray(bodyOf(room).runIds).flatMap((id) => (typeof id === 'string' ? [id] : []))
  if (ids.length > idsLimit) fail('TooLarge', { what: 'The list of run ids', limit: `${idsLimit} entries` })
  const runs: [string, JsonObject][] = []
  for (const id of new Set(ids)) runs.push([id, await dataOf(room, id)])
  return { runs: Object.fromEntries(runs), errors: {} }
}

interface Located {
  uri: string
  type: string
}

async function resolveAll(room: Room, print: (room: Room, at: Located) => JsonObject): Promise<JsonObject> {
  const asked = asArray(bodyOf(room).values).flatMap((id) => (typeof id === 'string' ? [id] : []))
  if (asked.length > idsLimit) fail('TooLarge', { what: 'The list of assets', limit: `${idsLimit} entries` })
  const values: [string, JsonObject][] = []
  for (const id of new Set(asked)) values.push([id, print(room, await locate(room, id))])
  return { values: Object.fromEntries(values) }
}

const asData = (room: Room, { uri, type }: Located): JsonObject => ({
  uri,
  type: typeWord(type, room.request.headers['user-agent']),
})

const asModel = (_room: Room, { uri }: Located): JsonObject => ({ path: uri })

/** Raises ResourceNotFound for an asset that is not there, or that lies in another workspace. */
async function locate(room: Room, id: string): Promise<Located> {
  const asset = readAsset(room, id)
  if (asset === undefined) fail('ResourceNotFound', { kind: 'asset', name: id.slice(0, 200) })
  const { collection, name, version } = asset
  const kind = kindByCollection(collection)?.name ?? 'asset'
  const row = await room.deps.store.resources.get({ scope: room.scope, kind, name, version })
  const found = (row && fromRow(row)) ?? (await fromJob(room, name))
  if (found === undefined) fail('ResourceNotFound', { kind, name: `${name}:${version}` })
  return { uri: longUri(room, found.uri), type: found.type }
}

function readAsset(room: Room, id: string): { collection: string; name: string; version: string } | undefined {
  const arm = parseArmId(id)
  if (arm?.collection !== undefined && arm.name !== undefined && arm.version !== undefined) {
    const { collection, name, version } = arm
    const { subscription, resourceGroup, workspace } = room.workspace.id
    const here = [subscription, resourceGroup, workspace].join('/').toLowerCase()
    const there = [arm.subscription, arm.resourceGroup, arm.workspace].join('/').toLowerCase()
    return here === there ? { collection, name, version } : undefined
  }
  const uri = parseUri(id)
  if (uri.form !== 'asset' || uri.version === undefined) return undefined
  if (uri.workspaceGuid !== undefined && uri.workspaceGuid.toLowerCase() !== room.workspace.guid.toLowerCase())
    return undefined
  return { collection: uri.collection, name: uri.name, version: uri.version }
}

function fromRow({ props }: Row): Located | undefined {
  const uri = asString(props.dataUri) ?? asString(props.modelUri)
  const type = asString(props.dataType) ?? asString(props.modelType) ?? 'uri_folder'
  return uri === undefined ? undefined : { uri, type }
}

/** An output that was registered as nothing goes by a name made of its job and itself. */
async function fromJob(room: Room, name: string): Promise<Located | undefined> {
  for (let cut = name.indexOf('_output_'); cut > 0; cut = name.indexOf('_output_', cut + 1)) {
    const job = name.slice('azureml_'.length, cut)
    const output = name.slice(cut + '_output_'.length)
    const row = await room.deps.store.resources.get({ scope: room.scope, kind: 'job', name: job })
    const made = asObject(asObject(row?.status.outputs)[output])
    const uri = asString(made.uri)
    if (outputAsset(job, output) === name && uri !== undefined)
      return { uri, type: asString(made.type) ?? 'uri_folder' }
  }
  return undefined
}

/** Clients take a datastore URI apart by its long form. */
function longUri(room: Room, text: string): string {
  const uri = parseUri(text)
  return uri.form === 'datastore' ? datastoreUri(uri.workspace ?? room.workspace.id, uri.datastore, uri.path) : text
}
