/**
 * What is kept of the calls of a deployment, and where: each collection is a folder of a datastore, which a data asset
 * names. `request` and `response` are written by whoever lets calls in; the others by the scoring script, through a
 * receiver that runs beside each replica. Both add lines to files; a datastore that is elsewhere gets the files from a
 * folder of the deployment's own, see `ship.ts`.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  asNumber,
  asObject,
  asString,
  collectionName,
  datastoreUri,
  fail,
  type Issue,
  isLazError,
  isObject,
  type JsonObject,
} from '@lazurite/spec'
import type { Key, Store } from '@lazurite/store'
import { locatePlace } from '../datastores/resolve.ts'
import { findAsset } from '../lookup.ts'
import { workspaceOf } from '../reconcile/workspace.ts'
import { deploymentFolder } from './folder.ts'

/** Collections of whole calls; no script writes them. */
export const payloads = ['request', 'response'] as const

export type Rolling = 'minute' | 'hour' | 'day'

/** A collection that is on, as its deployment says. */
export interface Collection {
  name: string
  /** Share of the calls that is kept. */
  rate: number
  /** Id of the data asset it goes to. */
  dataId?: string
  /** The asset that is made for it when none is named. */
  data: { name?: string; version?: string; path?: string }
}

/** Where the lines of a collection go. */
export interface Sink {
  /** Absolute folder that files are written below. */
  folder: string
  /** `azureml://datastores/<name>/paths/<path>` or the long form: where the files are in the end. */
  uri: string
  rate: number
  dataId: string
  /** The folder is a stop on the way to a datastore elsewhere. */
  elsewhere: boolean
}

export interface Collecting {
  /** ARM id of the deployment, the `source` of every line. */
  source: string
  rolling: Rolling
  /** Headers of calls that are kept, in lower case. */
  headers: string[]
  sinks: Map<string, Sink>
}

/** The collections of a deployment that are on. Wire properties. */
export function collectionsOf(props: JsonObject): Collection[] {
  const given = Object.entries(asObject(asObject(props.dataCollector).collections))
  return given.flatMap(([name, each]) => {
    const one = asObject(each)
    if (asString(one.dataCollectionMode)?.toLowerCase() !== 'enabled') return []
    const rate = Math.min(1, Math.max(0, asNumber(one.samplingRate) ?? 1))
    const dataId = asString(one.dataId) || undefined
    const [asked, data] = [asObject(one.data), {} as Collection['data']]
    for (const key of ['name', 'version', 'path'] as const) {
      const text = asString(asked[key])
      if (text) data[key] = text
    }
    return [{ name, rate, data, ...(dataId === undefined ? {} : { dataId }) }]
  })
}

const isPayload = (name: string) => payloads.some((one) => one === name.toLowerCase())

/** Collections that a scoring script fills. */
export const customOf = (props: JsonObject): Collection[] => collectionsOf(props).filter(({ name }) => !isPayload(name))

function rollingOf(props: JsonObject): Rolling {
  const word = asString(asObject(props.dataCollector).rollingRate)?.toLowerCase()
  return word === 'minute' || word === 'day' ? word : 'hour'
}

/** Never written into a file, whatever is asked for. */
const secretHeaders = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])

function headersOf(props: JsonObject): string[] {
  const asked = asObject(asObject(props.dataCollector).requestLogging).captureHeaders
  const names = Array.isArray(asked) ? asked.map((name) => String(name).toLowerCase().trim()) : []
  return [...new Set(names)].filter((name) => name !== '' && !secretHeaders.has(name))
}

/** Where a collection goes when its deployment names no place. */
const defaultPlace = (endpoint: string, deployment: string, collection: string) =>
  `azureml://datastores/workspaceblobstore/paths/modelDataCollector/${endpoint}/${deployment}/${collection}`

/**
 * Refusals and warnings at the door. `scripted` tells whether there is a script that can fill collections of its own.
 */
export async function admitCollections(
  store: Store,
  at: { scope: string; props: JsonObject },
  scripted: boolean,
): Promise<Issue[]> {
  const { scope, props } = at
  const path = ['properties', 'dataCollector']
  const issues: Issue[] = []
  for (const { name, dataId, data } of collectionsOf(props)) {
    const here = [...path, 'collections', name]
    if (!collectionName.test(name))
      issues.push({ path: here, message: 'cannot be a name here: letters, digits, _, - and . only' })
    else if (!isPayload(name) && !scripted) {
      const message = 'this deployment has no Python script that could fill it; request and response are kept for any'
      issues.push({ path: here, message, severity: 'warning' })
    }
    const place = dataId ?? data.path
    const lack = place === undefined ? undefined : await lackOf(store, scope, place)
    if (lack !== undefined) issues.push({ path: [...here, dataId ? 'dataId' : 'data'], message: lack })
  }
  for (const [name, one] of Object.entries(asObject(asObject(props.dataCollector).collections))) {
    if (asObject(one).clientId === undefined) continue
    const message = 'has no effect: the server itself writes into the datastore'
    issues.push({ path: [...path, 'collections', name, 'clientId'], message, severity: 'warning' })
  }
  const asked = asObject(asObject(props.dataCollector).requestLogging).captureHeaders
  const secret = (Array.isArray(asked) ? asked : []).filter((name) => secretHeaders.has(String(name).toLowerCase()))
  if (secret.length > 0) {
    const message = `${secret.join(', ')} is never written down: it opens doors`
    issues.push({ path: [...path, 'requestLogging', 'captureHeaders'], message, severity: 'warning' })
  }
  return issues
}

async function lackOf(store: Store, scope: string, place: string): Promise<string | undefined> {
  try {
    await locatePlace(store, scope, await placeOf(store, scope, place))
    return undefined
  } catch (error) {
    if (isLazError(error)) return error.message
    throw error
  }
}

/** An id of an asset stands for the place that the asset names. */
async function placeOf(store: Store, scope: string, text: string): Promise<string> {
  if (!text.startsWith('/')) return text
  const found = await findAsset(store, scope, text, 'data')
  if (!('row' in found)) return fail('ResourceNotFound', { kind: 'data', name: text })
  const type = asString(found.row.props.dataType)?.toLowerCase().replace(/_/g, '')
  if (type !== undefined && type !== 'urifolder')
    fail('BadArgument', { what: `The data asset ${found.row.name} is a ${type}, and files are added to a folder` })
  return asString(found.row.props.dataUri) ?? ''
}

/**
 * Makes what the collections of a deployment need: their data assets, unless they are there, and the folders they are
 * written into. Undefined when none is on. Raises ResourceNotFound, NotSupported, PathNotAllowed.
 */
export async function placeCollections(
  { store, home }: { store: Store; home: string },
  key: Pick<Key, 'scope' | 'name'>,
  { uuid, props }: { uuid: string; props: JsonObject },
): Promise<Collecting | undefined> {
  const wanted = collectionsOf(props)
  if (wanted.length === 0) return undefined
  const [endpoint = '', deployment = ''] = key.name.split('/')
  const { id, armId } = await workspaceOf(store, key.scope)
  const sinks = new Map<string, Sink>()
  for (const one of wanted) {
    const asked = one.data.path ?? defaultPlace(endpoint, deployment, one.name)
    const place = await locatePlace(store, key.scope, one.dataId ? await placeOf(store, key.scope, one.dataId) : asked)
    const name = one.data.name ?? `${endpoint}-${deployment}-${one.name}`
    const version = one.data.version ?? '1'
    if (one.dataId === undefined) await makeAsset(store, { scope: key.scope, name, version }, place.uri)
    const own = join(deploymentFolder(home, uuid).collected, one.name)
    if (place.localPath === undefined) writeTarget(own, { scope: key.scope, uri: place.uri })
    sinks.set(one.name, {
      folder: place.localPath ?? own,
      uri: place.uri || datastoreUri(id, 'workspaceblobstore', ''),
      rate: one.rate,
      dataId: one.dataId ?? `${armId}/data/${name}/versions/${version}`,
      elsewhere: place.localPath === undefined,
    })
  }
  const source = `${armId}/onlineEndpoints/${endpoint}/deployments/${deployment}`
  return { source, rolling: rollingOf(props), headers: headersOf(props), sinks }
}

/** One that is there is left as it is, as the official client leaves it. */
async function makeAsset(store: Store, at: { scope: string; name: string; version: string }, uri: string) {
  const key = { ...at, kind: 'data' }
  if (await store.resources.get(key)) return
  const props: JsonObject = {
    dataType: 'uri_folder',
    dataUri: uri,
    isAnonymous: false,
    isArchived: false,
    properties: {},
    tags: {},
  }
  await store.resources.put({ key, props, by: 'lazurite', ifNoneMatch: '*' }).catch(async (error: unknown) => {
    if (!(await store.resources.get(key))) throw error
  })
}

/** Where the files of a folder are to be brought; beside it, so that it outlives the row. */
function writeTarget(folder: string, target: { scope: string; uri: string }): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(`${folder}.target.new`, JSON.stringify(target), { mode: 0o600 })
  renameSync(`${folder}.target.new`, `${folder}.target`)
}

export function readCollecting(status: unknown): Collecting | undefined {
  if (!isObject(status)) return undefined
  const sinks = Object.entries(asObject(status.sinks)).map(([name, given]): [string, Sink] => {
    const one = asObject(given)
    return [
      name,
      {
        folder: asString(one.folder) ?? '',
        uri: asString(one.uri) ?? '',
        rate: asNumber(one.rate) ?? 1,
        dataId: asString(one.dataId) ?? '',
        elsewhere: one.elsewhere === true,
      },
    ]
  })
  const rolling = status.rolling === 'minute' || status.rolling === 'day' ? status.rolling : 'hour'
  const headers = Array.isArray(status.headers) ? status.headers.map(String) : []
  return { source: asString(status.source) ?? '', rolling, headers, sinks: new Map(sinks) }
}

export function printCollecting({ sinks, ...rest }: Collecting): JsonObject {
  const printed = [...sinks].map(([name, sink]): [string, JsonObject] => [name, { ...sink }])
  return { ...rest, sinks: Object.fromEntries(printed) }
}

/** Folder of a moment: `yyyy/MM/dd`, with the hour and the minute where files are begun that often. UTC. */
export function rolled(rolling: Rolling, now: number): string {
  const [date = '', time = ''] = new Date(now).toISOString().split('T')
  const [hour = '', minute = ''] = time.split(':')
  return [...date.split('-'), ...(rolling === 'day' ? [] : [hour]), ...(rolling === 'minute' ? [minute] : [])].join('/')
}
