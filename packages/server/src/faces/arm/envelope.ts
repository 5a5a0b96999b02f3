/**
 * A row as ARM shows it: id, name, type, properties, systemData. What the wire puts beside the properties of tracked
 * resources (location, tags, identity, sku, kind) is kept inside the row's props and lifted out here. Secrets never
 * pass; what the loop knows is merged in by `dress.ts`.
 */
import { asObject, isObject, type Json, type JsonObject, type Kind } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { dress } from './dress.ts'
import type { Room } from './room.ts'
import { withoutSecrets } from './secrets.ts'

/** What members of a tracked kind carry beside their properties; the others keep tags inside. */
const besideProperties = ['location', 'tags', 'identity', 'sku', 'kind'] as const

/** The canonical id of a row; client code compares it with case. */
function idOf(kind: Kind, row: Pick<Row, 'name' | 'version'>, { base }: Pick<Room, 'base'>): string {
  if (kind.scope === 'resourceGroup') return base
  if (typeof kind.shape === 'object') {
    const [parent, name] = row.name.split('/')
    return `${base}/${kind.shape.under}/${parent}/${kind.collection}/${name}`
  }
  const id = `${base}/${kind.collection}/${row.name}`
  return row.version === '' ? id : `${id}/versions/${row.version}`
}

function typeOf(kind: Kind, row: Pick<Row, 'version'>, { type }: Pick<Room, 'type'>): string {
  if (kind.scope === 'resourceGroup') return type
  const under = typeof kind.shape === 'object' ? `${kind.shape.under}/` : ''
  return `${type}/${under}${kind.collection}${row.version === '' ? '' : '/versions'}`
}

/** `extra` are properties only a container has: latestVersion, nextVersion. */
export function envelope(kind: Kind, row: Row, room: Room, extra: JsonObject = {}): JsonObject {
  const bare = withoutSecrets(kind, row.props)
  const { properties, beside } = kind.tracked ? liftTracked(bare, room) : { properties: bare, beside: {} }
  const dressed = dress(kind, { ...properties, ...extra }, row, room)
  return {
    id: idOf(kind, row, room),
    name: row.version || (row.name.split('/').at(-1) ?? row.name),
    type: typeOf(kind, row, room),
    ...beside,
    properties: dressed.properties,
    systemData: systemData(row),
    ...(dressed.lazurite === undefined ? {} : { lazurite: dressed.lazurite }),
  }
}

function liftTracked(props: JsonObject, room: Room): { properties: JsonObject; beside: JsonObject } {
  const properties: JsonObject = {}
  const beside: JsonObject = {}
  const lifted: readonly string[] = besideProperties
  for (const [key, value] of Object.entries(props)) (lifted.includes(key) ? beside : properties)[key] = value
  return {
    properties,
    beside: { ...beside, location: beside.location ?? room.location, tags: asObject(beside.tags) },
  }
}

/** Folds a tracked resource's body back into props: the inverse of what `envelope` lifts out. */
export function foldTracked(kind: Kind, body: JsonObject, properties: JsonObject): JsonObject {
  if (!kind.tracked) return properties
  const props = { ...properties }
  for (const key of besideProperties) {
    const value = body[key]
    if (value !== undefined && value !== null) props[key] = value
  }
  return props
}

function systemData(row: Row): JsonObject {
  return {
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    createdByType: 'User',
    lastModifiedAt: row.modifiedAt,
    lastModifiedBy: row.modifiedBy,
    lastModifiedByType: 'User',
  }
}

/** Drops nulls of a mapping, and of the mappings in it: the wire's null and an absent field mean the same. */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  )
}
