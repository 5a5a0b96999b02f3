// How a resource looks to people: the YAML spelling of `az ml … show`, and the columns its kind shows in a table.
import type { Resource } from '@lazurite/client'
import {
  asObject,
  asString,
  at,
  isObject,
  type Json,
  type JsonObject,
  type Kind,
  parseArmId,
  toYaml,
} from '@lazurite/spec'
import type { Shown } from './output.ts'
import { agoText } from './paint.ts'

/** The resource in the spelling of a YAML file, with what only the server knows: id, version, status, creation context. */
export function describe(kind: Kind, resource: Resource): JsonObject {
  const id = parseArmId(resource.id)
  const isVersion = id?.version !== undefined
  const about: JsonObject = {
    ...resource.rest,
    id: resource.id,
    name: isVersion ? (id?.name ?? resource.name) : resource.name,
    ...(isVersion ? { version: id?.version ?? resource.name } : {}),
    ...(id ? { resourceGroup: id.resourceGroup } : {}),
  }
  return toYaml(kind.name, resource.properties, about)
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

function cellText(value: Json): string {
  if (value === null) return ''
  if (isObject(value)) return asString(asObject(value).type) ?? Object.keys(value).join(', ')
  return Array.isArray(value) ? value.map((item) => cellText(item)).join(', ') : String(value)
}
