// How a resource looks to people: the YAML spelling of `az ml … show`, and the columns its kind shows in a table.
import type { Resource } from '@lazurite/client'
import {
  asArray,
  asObject,
  asString,
  at,
  besideYaml,
  isObject,
  type Json,
  type JsonObject,
  type Kind,
  parseArmId,
  parseUri,
  toYaml,
} from '@lazurite/spec'
import type { Shown } from './output.ts'
import { agoText } from './paint.ts'
import type { Session } from './session.ts'

/** The resource in the spelling of a YAML file, with what only the server knows: id, version, status, creation context. */
export function describe(kind: Kind, resource: Resource): JsonObject {
  // warnings were said when it was written
  const { warnings: _, ...facts } = asObject(resource.rest.lazurite)
  return { ...brief(kind, resource), ...(Object.keys(facts).length > 0 ? { lazurite: facts } : {}) }
}

/** Says what the server warned of when it took a resource. */
export function sayWarnings(session: Pick<Session, 'say'>, resource: Resource): void {
  for (const warning of asArray(asObject(resource.rest.lazurite).warnings).map(asObject)) {
    const { path, message, hint } = warning
    const where = Array.isArray(path) ? path.join('.') : asString(path)
    const words = `${where ? `${where}: ` : ''}${asString(message) ?? ''}`
    session.say(`Warning: ${words}${asString(hint) ? ` (${asString(hint)})` : ''}`)
  }
}

/** The same without what only our own clients tell: for lists. */
export function brief(kind: Kind, resource: Resource): JsonObject {
  const id = parseArmId(resource.id) ?? registryId(resource.id)
  const isVersion = id?.version !== undefined
  const { systemData } = resource.rest
  const about: JsonObject = {
    id: resource.id,
    name: isVersion ? (id?.name ?? resource.name) : resource.name,
    ...(isVersion ? { version: id?.version ?? resource.name } : {}),
    ...present('latest_version', resource.properties.latestVersion),
    ...(kind.scope === 'resourceGroup' && id && 'resourceGroup' in id ? { resource_group: id.resourceGroup } : {}),
    ...besideYaml(kind.name, resource.rest),
    creation_context: spelt(asObject(systemData)),
  }
  return toYaml(kind.name, resource.properties, about)
}

/** `azureml://registries/r/models/n/versions/v`. */
function registryId(id: string): { name: string; version?: string } | undefined {
  const uri = parseUri(id)
  return uri.form === 'registry' ? uri : undefined
}

function present(key: string, value: Json | undefined): JsonObject {
  return value === undefined || value === null ? {} : { [key]: value }
}

/** Keys of the wire in the spelling of YAML; values that are not there are left out. */
export function spelt(value: JsonObject): JsonObject {
  const snake = (key: string) => key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[snake(key), inner]])),
  )
}

const titles: Readonly<Record<string, string>> = {
  'creation_context.created_at': 'created',
  display_name: 'display name',
  experiment_name: 'experiment',
  latest_version: 'latest',
  resource_group: 'resource group',
}

const stateWords = new Set(['status', 'state', 'provisioning_state'])

/** The columns of a kind's table, filled from described resources. */
export function shownOf(kind: Kind, now: number): Shown[] {
  return kind.columns.map((column) => ({
    title: titles[column] ?? column.replace(/_/g, ' '),
    state: stateWords.has(column),
    of: (row) => cellOf(row, column, now),
  }))
}

function cellOf(row: JsonObject, column: string, now: number): string {
  const key = column === 'created' ? 'creation_context.created_at' : column
  const value = at(row, key.split('.')) ?? (column === 'version' ? row.latest_version : undefined)
  if (key.endsWith('_at') && typeof value === 'string') return agoText(value, now)
  return cellText(value ?? null)
}

/** The id of something in short: azureml:name:version; the URI of something in a datastore without its workspace. */
function shortRef(text: string): string {
  const id = /^(azureml:)?\/subscriptions\//i.test(text) ? parseArmId(text.replace(/^azureml:/, '')) : undefined
  // a datastore of whatever workspace: the workspace is the one that was asked
  if (id?.name === undefined) return text.replace(/^azureml:\/\/subscriptions\/.*\/(?=datastores\/)/i, 'azureml://')
  return `azureml:${id.name}${id.version === undefined ? '' : `:${id.version}`}`
}

function cellText(value: Json): string {
  if (value === null) return ''
  if (typeof value === 'string') return shortRef(value)
  if (isObject(value)) return asString(asObject(value).type) ?? Object.keys(value).join(', ')
  return Array.isArray(value) ? value.map((item) => cellText(item)).join(', ') : String(value)
}

/** Epoch milliseconds of an instant that is told as a number or as ISO text; undefined when there is none. */
export function instantOf(value: Json | undefined): number | undefined {
  const at = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}
