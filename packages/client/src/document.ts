// Documents in the language of YAML files, between programs and the wire: what a program wrote becomes plain JSON, what the
// server answered becomes a document again.
import {
  asObject,
  asString,
  camel,
  type Field,
  fail,
  isObject,
  type Json,
  type JsonObject,
  type Kind,
  parseArmId,
  setKey,
  snake,
  toYaml,
} from '@lazurite/spec'
import type { Folder } from './folder.ts'
import type { Resource } from './resource.ts'
import { isBuilt, Wire } from './wiring.ts'

/** What the server adds to a document. */
export interface Served {
  /** Its full id. */
  readonly id: string
  readonly name: string
  /** Its version, where its kind has versions. */
  readonly version?: string
  /** The newest version, where a container of versions was asked for. */
  readonly latest_version?: string
  /** What `ifMatch` of a later write compares with. */
  readonly etag?: string
  /** What the server alone knows: times, reasons, places, warnings. */
  readonly lazurite?: JsonObject
}

/** A document as the server has it. */
export type Saved<D> = D & Served

const folderMark = '.lazurite-folder-'

/** Folders that a document holds in place of paths, by the path that stands for each. */
export type Folders = Map<string, Folder>

/**
 * What a program wrote as plain JSON: builders give their documents, bindings their expressions, folders of files the name
 * they are found by. Raises BadArgument for what no document can hold.
 */
export function plainDocument(value: unknown, folders: Folders): JsonObject {
  const plain = toPlain(isBuilt(value) ? value.document() : value, [], folders)
  return isObject(plain ?? null)
    ? asObject(plain)
    : fail('BadArgument', { what: 'A document is a mapping of keys and values.' })
}

function toPlain(value: unknown, at: readonly (string | number)[], folders: Folders): Json | undefined {
  if (value === undefined) return undefined
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value
    return fail('BadArgument', { what: `${at.join('.')} is ${value}, which no document can hold.` })
  }
  if (value instanceof Wire) return value.toString()
  if (isBuilt(value)) return toPlain(value.document(), at, folders)
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map((item, i) => toPlain(item, [...at, i], folders) ?? null)
  if (typeof value !== 'object')
    return fail('BadArgument', { what: `${at.join('.')} is a ${typeof value}, which no document can hold.` })
  if (isFolder(value)) {
    const path = `./${folderMark}${folders.size}`
    folders.set(path.slice(2), value)
    return path
  }
  const plain: JsonObject = {}
  for (const [key, inner] of Object.entries(value)) {
    const json = toPlain(inner, [...at, key], folders)
    if (json !== undefined) setKey(plain, key, json)
  }
  return plain
}

/** Only filesOf makes such objects; no document of any kind has these four keys. */
function isFolder(value: object): value is Folder {
  return 'files' in value && 'single' in value && 'sizeBytes' in value && 'name' in value
}

/** The resource in the spelling of a YAML file, with what only the server knows. */
export function documentOf<D>(kind: Kind, resource: Resource): Saved<D> {
  const id = parseArmId(resource.id)
  const isVersion = id?.version !== undefined || /\/versions\/[^/]+$/.test(resource.id)
  const [, registryName, registryVersion] =
    /^azureml:\/\/registries\/[^/]+\/[^/]+\/([^/]+)(?:\/versions\/([^/]+))?/.exec(resource.id) ?? []
  const about: JsonObject = {
    id: resource.id,
    name: isVersion ? (id?.name ?? registryName ?? resource.name) : resource.name,
    ...(isVersion ? { version: id?.version ?? registryVersion ?? resource.name } : {}),
    ...whereNeeded('latest_version', resource.properties.latestVersion),
    ...besideOf(kind, resource),
    creation_context: spelt(asObject(resource.rest.systemData)),
    ...(resource.etag === undefined ? {} : { etag: resource.etag }),
    ...whereNeeded('lazurite', resource.rest.lazurite),
  }
  // the kind's table says what the document holds, and the types are printed from that table
  return toYaml(kind.name, resource.properties, about) as unknown as Saved<D>
}

function whereNeeded(key: string, value: Json | undefined): JsonObject {
  return value === undefined || value === null ? {} : { [key]: value }
}

/** What stands beside the properties: location, tags, identity, sku … under the names of the table. */
function besideOf(kind: Kind, resource: Resource): JsonObject {
  const id = parseArmId(resource.id)
  const found: JsonObject = {}
  for (const [name, field] of besideFields(kind)) {
    const wire = field.wire ?? camel(name)
    const value = name === 'resource_group' ? id?.resourceGroup : resource.rest[wire]
    if (value === undefined || value === null) continue
    if (field.t === 'wrap') setKey(found, name, asObject(value)[field.key ?? ''] ?? null)
    else setKey(found, name, isObject(value) && field.t === 'object' ? spelt(value) : value)
  }
  if (typeof kind.shape === 'object') {
    const parent = new RegExp(`/${kind.shape.under}/([^/]+)/`, 'i').exec(resource.id)?.[1]
    if (parent !== undefined) setKey(found, 'endpoint_name', decodeURIComponent(parent))
  }
  return found
}

/** Fields of the table, and of its variants, that stand beside the properties. */
function besideFields(kind: Kind): [string, Field][] {
  const tables = [
    kind.fields.fields ?? {},
    ...Object.values(kind.fields.variants ?? {}).map((variant) => variant.fields),
  ]
  return tables
    .flatMap((table) => Object.entries(table))
    .filter(
      ([name, field]) =>
        field.beside && !['id', 'name', 'version', 'latest_version', 'creation_context'].includes(name),
    )
}

/** Keys of the wire in the spelling of YAML; values that are not there are left out. */
function spelt(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === null ? [] : [[snake(key), key === 'type' ? speltWord(inner) : inner]],
    ),
  )
}

const speltWord = (word: Json) =>
  typeof word === 'string'
    ? word
        .split(',')
        .map((part) => snake(part.trim()))
        .join(',')
    : word

/** The part of what a conversion laid beside the properties that goes over the wire; names and paths do not. */
export function envelopeOf(beside: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(beside).filter(([key]) => envelopeKeys.has(key)))
}

const envelopeKeys = new Set(['location', 'tags', 'identity', 'sku', 'kind'])

/** The text of a document's key, numbers too. */
export function textOf(document: JsonObject, key: string): string | undefined {
  const value = document[key]
  return asString(value) ?? (typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined)
}
