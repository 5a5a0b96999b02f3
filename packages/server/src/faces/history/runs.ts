/** Runs to be read: one, its details with links to its logs, its children, several at once, its services, its token. */
import {
  asNumber,
  asObject,
  asString,
  fail,
  isFinal,
  isLazError,
  isoNow,
  type Json,
  type JsonObject,
} from '@lazurite/spec'
import { linkTo, listArtifacts, pathIn, placeOfRun } from './artifact-place.ts'
import { type HistoryRoute, needRun, param, queryOf, type Room, type RunRecord, recordOf, runOfPath } from './room.ts'
import { notStarted, type PrintOptions, printDetails, printRun, printServices, textsOf } from './run-print.ts'

const childPage = 200
const idsLimit = 1000
const tokenMs = 24 * 3_600_000
const logFolders = ['user_logs/', 'system_logs/', 'azureml-logs/', 'logs/']

export const runRoutes: HistoryRoute[] = [
  {
    method: 'GET',
    forms: 'INR',
    path: '/runs/:runId',
    runs: true,
    handle: async (room) => show(room, await runOfPath(room)),
  },
  { method: 'GET', forms: 'INR', path: '/runs/:runId/details', runs: true, handle: details },
  { method: 'GET', forms: 'INR', path: '/runs/:runId/children', runs: true, handle: children },
  { method: 'POST', forms: 'IN', path: '/runs/runIds', handle: byIds },
  { method: 'GET', forms: 'R', path: '/runs/:runId/serviceinstances/:nodeId', runs: true, handle: services },
  { method: 'GET', forms: 'INR', path: '/runs/:runId/token', runs: true, handle: renewToken },
]

function optionsOf(room: Room): PrintOptions {
  return { workspaceGuid: room.workspace.guid, userAgent: room.request.headers['user-agent'] }
}

export function show(room: Room, record: RunRecord): JsonObject {
  return printRun(record, optionsOf(room))
}

async function details(room: Room): Promise<JsonObject> {
  const record = await runOfPath(room)
  return printDetails(record, optionsOf(room), await linkLogs(room, record.id))
}

/** Every log file of a run and a link to it: clients fetch those without a token, again and again as they grow. */
async function linkLogs(room: Room, runId: string): Promise<Record<string, string>> {
  const place = placeOfRun(runId)
  const links: [string, string][] = []
  for (const under of logFolders) {
    const { stats } = await listArtifacts(room, place, { under })
    for (const stat of stats) links.push([pathIn(place, stat), linkTo(room, stat.name)])
  }
  return Object.fromEntries(links)
}

/** Steps, and runs that training code started below this one. */
async function children(room: Room): Promise<JsonObject> {
  const parent = await runOfPath(room)
  if (queryOf(room, '$filter') !== undefined) {
    fail('NotSupported', {
      what: 'Filtering children',
      why: 'they are few',
      instead: 'Filter the list when you have it.',
    })
  }
  const top = topOf(room)
  const token = queryOf(room, '$continuationtoken')
  const found = await jobChildren(room, parent, { top, after: token?.slice(1) })
  return {
    value: found.records.map((record) => show(room, record)),
    continuationToken: found.next ?? null,
    nextLink: found.next === undefined ? null : pageLink(room, found.next),
  }
}

interface Page {
  records: RunRecord[]
  next?: string
}

interface PageAsked {
  top: number
  after: string | undefined
}

function topOf(room: Room): number {
  const text = queryOf(room, '$top')
  if (text === undefined) return childPage
  if (!/^[1-9]\d{0,5}$/.test(text)) fail('BadArgument', { what: '$top must be a whole number above 0.' })
  return Math.min(Number(text), childPage)
}

function pageLink(room: Room, token: string): string {
  const url = new URL(room.request.raw.url ?? '/', room.origin)
  url.searchParams.set('$continuationtoken', token)
  return url.toString()
}

async function jobChildren(room: Room, parent: RunRecord, { top, after }: PageAsked): Promise<Page> {
  const { resources, runs } = room.deps.store
  const found = await resources.list({
    scope: room.scope,
    kind: 'job',
    parent: parent.id,
    archived: 'all',
    top,
    ...(after ? { after } : {}),
  })
  const records: RunRecord[] = []
  for (const row of found.rows) records.push(recordOf(row.name, row, await runs.get(room.scope, row.name)))
  return found.next === undefined ? { records } : { records, next: `j${found.next}` }
}

/** Several runs by their ids; what cannot be shown stands among the errors. */
async function byIds(room: Room): Promise<JsonObject> {
  const ids = textsOf(asObject(room.request.body).runIds)
  if (ids.length > idsLimit) fail('TooLarge', { what: 'The list of run ids', limit: `${idsLimit} entries` })
  const runs: [string, JsonObject][] = []
  const errors: [string, JsonObject][] = []
  for (const id of new Set(ids)) {
    try {
      runs.push([id, show(room, await needRun(room, id))])
    } catch (error) {
      if (!isLazError(error)) throw error
      errors.push([id, { error: { code: 'UserError', message: error.message, details: [] } }])
    }
  }
  return { runs: Object.fromEntries(runs), errors: Object.fromEntries(errors) }
}

async function services(room: Room): Promise<JsonObject> {
  const record = await runOfPath(room)
  if (!/^\d{1,6}$/.test(param(room, 'nodeId'))) fail('BadArgument', { what: 'A node is named by its number.' })
  const instances = Object.entries(printServices(record)).map(([name, value]) => {
    const { type, port, status, endpoint, properties } = asObject(value) as Record<string, Json> // made by printServices
    const error = { error: { code: 'NotSupported', message: notStarted, details: [] } }
    const instance = { type, port, status, endpoint, properties, error }
    return [name, asObject(instance)] as const
  })
  return { instances: Object.fromEntries(instances) }
}

/** A running job renews its own token before that ends; a job that is over gets none. */
async function renewToken(room: Room): Promise<JsonObject> {
  const record = await runOfPath(room)
  if (!record.row || record.row.outside || isFinal(record.row.state))
    fail('Forbidden', { what: `another token for the run ${record.id}, which is over` })
  const expiresAt = room.deps.store.clock.now() + tokenMs
  const bearer = { run: `${room.scope}|${record.id}` }
  const token = room.deps.sign.token({ audience: room.origin, expiresAt, bearer, name: record.id })
  return { token, expiryTimeUtc: isoNow(expiresAt) }
}

/** The body of a request that must be a mapping. Raises BadArgument. */
export function bodyOf(room: Room): JsonObject {
  const { body } = room.request
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    fail('BadArgument', { what: 'The body must be a mapping.' })
  return asObject(body)
}

/** A map of texts in a body; numbers and booleans are printed. Raises BadArgument for anything deeper, TooLarge. */
export function textMap(value: Json | undefined, what: string): Record<string, string> {
  const pairs = Object.entries(asObject(value)).filter(([, one]) => one !== null)
  if (pairs.length > idsLimit) fail('TooLarge', { what: `The map ${what}`, limit: `${idsLimit} entries` })
  return Object.fromEntries(pairs.map(([name, one]) => [checkName(name, what), textOf(one, what, name)]))
}

function checkName(name: string, what: string): string {
  if (name === '' || name.length > 250) fail('BadArgument', { what: `A name in ${what} has 1 to 250 characters.` })
  return name
}

function textOf(value: Json, what: string, name: string): string {
  const text =
    asString(value) ?? (asNumber(value) !== undefined || typeof value === 'boolean' ? String(value) : undefined)
  if (text === undefined) fail('BadArgument', { what: `${what}.${name.slice(0, 100)} must be a text.` })
  return text.slice(0, 8000)
}

/** Epoch milliseconds of an ISO 8601 instant; undefined for anything else. */
export function instantOf(value: Json | undefined): number | undefined {
  const at = Date.parse(asString(value) ?? '')
  return Number.isNaN(at) ? undefined : at
}
