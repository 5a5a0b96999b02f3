/**
 * PUT, PATCH and DELETE of any kind. A version never changes once made: the same content again is the same answer, other
 * content is a conflict that names the difference; only its labels (tags, description, archive) may move.
 */
import {
  asObject,
  asString,
  at,
  canonWire,
  checkName,
  checkWire,
  errorsOf,
  fail,
  type Issue,
  isObject,
  type Json,
  type JsonObject,
  type Kind,
  kindByCollection,
  sameJson,
} from '@lazurite/spec'
import type { Key, Row, Use } from '@lazurite/store'
import { compareInRegistry, inRegistry } from '../registry/settle.ts'
import { tellRun } from '../run-tags.ts'
import { withKeys } from './endpoint-keys.ts'
import { envelope, foldTracked, withoutNulls } from './envelope.ts'
import type { Room } from './room.ts'
import { misplacedSecrets, sealSecrets, withoutSecrets } from './secrets.ts'
import { type Settled, settle } from './settle.ts'

/** Properties that may change on a version and on a job that exists; everything else is its content. */
const labels = new Set(['tags', 'description', 'properties', 'displayName', 'isArchived', 'stage', 'provisioningState'])
/** What envelopes add and clients send back when they PUT what they got. */
const added = new Set([
  'status',
  'parameters',
  'latestVersion',
  'nextVersion',
  'provisioningState',
  'environmentType',
  'autoRebuild',
  'scoringUri',
  'swaggerUri',
])
const addedInside: Record<string, ReadonlySet<string>> = {
  services: new Set(['Tracking', 'Studio']),
  outputs: new Set(['default']),
}

export interface Written {
  row: Row
  created: boolean
  warnings: Issue[]
}

/** Creates or replaces; `key.version` '' is a container. Raises ValidationFailed, VersionConflict, PreconditionFailed. */
export async function putResource(room: Room, kind: Kind, key: Key, body: unknown): Promise<Written> {
  const props = readProps(kind, key, body, room)
  const { resources } = room.deps.store
  const before = await resources.get(key)
  checkIfMatch(room, before)
  const above = await parentOf(room, kind, key)
  if (kind.shape === 'versioned' && !key.version) return putContainer(room, key, props, before)
  // what a program elsewhere runs has no content here to judge
  const issues = before?.outside ? [] : validate(kind, props)
  if (before && isFixed(kind)) return relabel(room, kind, before, props)
  issues.push(...(await room.deps.engine.admit(kind.name, key.scope, props)))
  refuseErrors(kind, issues)
  if (!before) await refuseUsedName(room, kind, key)
  const settled = await settle(kind, before ? props : withKeys(kind, props), room, key.name)
  const sealed = await sealSecrets(room.deps.store, kind, key, withoutArchived(settled.props))
  const birth = {
    ...(settled.status === undefined ? {} : { status: settled.status }),
    ...(above === undefined ? {} : { parent: above }),
    ...firstState(kind),
    ...(kind.moves ? { wakeAt: room.deps.store.clock.now() } : {}),
    archived: props.isArchived === true,
  }
  const guard = before ? { ifMatch: before.etag } : { ifNoneMatch: '*' as const }
  try {
    const { row, created } = await resources.put({
      key,
      props: sealed,
      by: room.request.caller.name,
      uses: usesOf(key, settled),
      ...birth,
      ...guard,
    })
    return { row, created, warnings: created ? [...issues, ...idleWarning(kind, key)] : issues }
  } catch (error) {
    const raced = !before && (await resources.get(key))
    if (raced && isFixed(kind)) return relabel(room, kind, raced, props)
    throw error
  }
}

/** An asset made of what a job left is something that the job wrote. */
function usesOf(key: Key, { from }: Settled): Use[] {
  if (!from || !key.version) return []
  const { scope, kind, name, version } = key
  return [{ asset: { scope, kind, name, version }, job: { scope, name: from.job }, direction: 'written', as: from.as }]
}

/** The name of what a child belongs to, which must be there; undefined for what stands alone. */
async function parentOf({ deps }: Room, { shape }: Kind, key: Key): Promise<string | undefined> {
  if (typeof shape !== 'object') return undefined
  const [name = ''] = key.name.split('/')
  const kind = kindByCollection(shape.under)
  if (kind && !(await deps.store.resources.get({ scope: key.scope, kind: kind.name, name })))
    fail('ResourceNotFound', { kind: kind.name, name })
  return name
}

/** What is only kept says so when it is made. */
function idleWarning({ name, idle }: Kind, key: Key): Issue[] {
  if (!idle) return []
  const message = `the ${name} ${key.name} is kept as it is: ${idle.why}`
  return [{ path: [], message, hint: idle.instead, severity: 'warning' }]
}

/** The run of a deleted job keeps its name for good: two jobs must never share one history. */
async function refuseUsedName(room: Room, kind: Kind, key: Key): Promise<void> {
  if (kind.actions?.cancel === undefined) return
  const { runs, erasing } = room.deps.store
  if (!(await runs.head(key.scope, key.name)) && !(await erasing.isRetired(key.scope, key.name))) return
  const message = 'a run of this name exists or was deleted; names of runs are used once'
  fail(
    'ResourceExists',
    { kind: kind.name, name: key.name },
    { target: 'name', details: [{ path: ['name'], message }] },
  )
}

/** Being archived is a fact of the row, not of its properties. */
function withoutArchived(props: JsonObject): JsonObject {
  const { isArchived: _, ...rest } = props
  return rest
}

/** Whether the content of something that exists is settled for good: versions, and work that has a history. */
function isFixed(kind: Kind): boolean {
  return kind.shape === 'versioned' || kind.actions?.cancel !== undefined
}

/** What nothing moves is where it will ever be. */
function firstState({ states = {}, moves }: Kind): { state: string } | Record<string, never> {
  const first = moves ? Object.keys(states)[0] : Object.keys(states).find((state) => state === 'Succeeded')
  return first === undefined ? {} : { state: first }
}

function readProps(kind: Kind, key: Key, body: unknown, room: Room): JsonObject {
  if (!isObject(body))
    fail('ValidationFailed', { kind: kind.name }, { details: [{ path: [], message: 'the body must be a mapping' }] })
  const given = body.properties ?? {}
  if (!isObject(given)) {
    fail(
      'ValidationFailed',
      { kind: kind.name },
      { target: 'properties', details: [{ path: ['properties'], message: 'must be a mapping' }] },
    )
  }
  checkKey(kind, key)
  const own = withoutAdded(given)
  const props = asObject(withoutNulls(canonWire(kind.name, foldTracked(kind, body, own))))
  const placed = kind.tracked && props.location === undefined ? { ...props, location: room.location } : props
  return kind.prepare ? kind.prepare(placed) : placed
}

/** A caller may PUT what it got: what the envelope added is not the caller's. */
function withoutAdded(given: JsonObject): JsonObject {
  const own = Object.entries(given).filter(([name]) => !added.has(name))
  return Object.fromEntries(
    own.map(([name, value]) => {
      const inside = Object.hasOwn(addedInside, name) ? addedInside[name] : undefined
      if (!inside || !isObject(value)) return [name, value]
      return [name, Object.fromEntries(Object.entries(value).filter(([inner]) => !inside.has(inner)))]
    }),
  )
}

function checkKey(kind: Kind, key: Key): void {
  // only what belongs to another has the name of that before its own
  const own = typeof kind.shape === 'object' ? (key.name.split('/').at(-1) ?? '') : key.name
  const issue = checkName(kind.name, own)
  if (issue) fail('ValidationFailed', { kind: kind.name }, { target: 'name', details: [issue] })
  if (key.version && !/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,254}$/.test(key.version)) {
    const message = `${JSON.stringify(key.version.slice(0, 60))} cannot be a version: letters, digits, -, _ and . only`
    fail('ValidationFailed', { kind: kind.name }, { target: 'version', details: [{ path: ['version'], message }] })
  }
}

function validate(kind: Kind, props: JsonObject): Issue[] {
  const issues = [...checkWire(kind.name, props), ...(kind.check?.(props) ?? []), ...misplacedSecrets(kind, props)]
  refuseErrors(kind, issues)
  return issues
}

function refuseErrors(kind: Kind, issues: Issue[]): void {
  const errors = errorsOf(issues)
  if (errors.length > 0)
    fail('ValidationFailed', { kind: kind.name }, { target: errors[0]?.path.join('.') ?? '', details: errors })
}

/** If-Match of the request against what is there. */
export function checkIfMatch(room: Room, row: Row | undefined): void {
  const wanted = room.request.headers['if-match']
  if (wanted !== undefined && wanted !== '*' && bareTag(wanted) !== row?.etag) fail('PreconditionFailed')
  if (wanted === '*' && !row) fail('PreconditionFailed')
  if (room.request.headers['if-none-match'] === '*' && row) fail('PreconditionFailed')
}

export function bareTag(header: string): string {
  return header.replace(/^W\//, '').replace(/^"|"$/g, '')
}

/** A container holds only its labels; its versions are put under it. */
async function putContainer(room: Room, key: Key, props: JsonObject, before: Row | undefined): Promise<Written> {
  const { resources } = room.deps.store
  const by = room.request.caller.name
  // labels have an address of their own; a container that is put back as it was read changes none
  const { labels: _, ...given } = withoutArchived(props)
  const merged = { ...before?.props, ...given }
  const { row, created } = await resources.put({ key, props: merged, by })
  const wanted = props.isArchived
  const archived =
    typeof wanted === 'boolean' && wanted !== row.archived ? await resources.setArchived(key, wanted, by) : row
  return { row: archived, created, warnings: [] }
}

/** PUT on something whose content is settled: moves its labels, or tells what differs. */
async function relabel(room: Room, kind: Kind, before: Row, props: JsonObject): Promise<Written> {
  const settledNow = kind.immutable ? props : withoutSecrets(kind, props)
  const difference = await firstDifference(room, kind, before, settledNow)
  if (difference !== undefined) conflict(kind, before, difference)
  const { resources } = room.deps.store
  const by = room.request.caller.name
  const moved = Object.fromEntries(Object.entries(props).filter(([name]) => labels.has(name) && name !== 'isArchived'))
  const next: JsonObject = {
    ...before.props,
    ...moved,
    ...keepHashes(before, moved),
    ...movedInside(kind, before, props),
  }
  let row = before
  if (!sameJson(next, before.props))
    row = (await resources.put({ key: before, props: next, by, ifMatch: before.etag })).row
  if (kind.actions?.cancel !== undefined) await tellRun(room.deps.store, before, row)
  const wanted = props.isArchived
  if (typeof wanted === 'boolean' && wanted !== row.archived) row = await resources.setArchived(before, wanted, by)
  return { row, created: false, warnings: [] }
}

/** Labels that stand inside a mapping whose content is settled. */
function movedInside(kind: Kind, before: Row, props: JsonObject): JsonObject {
  const changed = Object.entries(kind.aside ?? {}).flatMap(([name, { labels: names }]) => {
    const given = asObject(props[name])
    const moved = Object.entries(given).filter(([key]) => names.includes(key))
    return moved.length === 0
      ? []
      : [[name, { ...asObject(before.props[name]), ...Object.fromEntries(moved) }] as const]
  })
  return Object.fromEntries(changed)
}

/** `properties` is the caller's map, but what was recorded about the content in it stays. */
function keepHashes(before: Row, moved: JsonObject): JsonObject {
  const kept = asObject(before.props.properties)
  if (moved.properties === undefined || kept.hash_sha256 === undefined) return {}
  const { hash_sha256, hash_version } = kept
  return { properties: { ...asObject(moved.properties), hash_sha256, hash_version: hash_version ?? '202208' } }
}

function conflict(kind: Kind, row: Row, difference: string): never {
  if (row.version !== '') {
    fail(
      'VersionConflict',
      { kind: kind.name, name: row.name, version: row.version, difference },
      { target: difference },
    )
  }
  const message = 'cannot change once it exists; only displayName, description, tags, properties and isArchived can'
  const details: Issue[] = [{ path: [difference], message, hint: `submit the changed ${kind.name} under another name` }]
  fail('ResourceExists', { kind: kind.name, name: row.name }, { target: difference, details })
}

/** The first property of the content that the new body would change. What it leaves out, it does not change. */
async function firstDifference(room: Room, kind: Kind, before: Row, props: JsonObject): Promise<string | undefined> {
  const now = kind.shape === 'versioned' ? await settleForCompare(room, kind, before, props) : props
  const paths =
    kind.immutable?.map((path) => path.split('.')) ??
    Object.keys(now)
      .filter((name) => !labels.has(name))
      .map((name) => [name])
  const shown = withoutAdded(asObject(envelope(kind, before, room).properties))
  for (const path of paths) {
    const content = (from: JsonObject) => contentAt(kind, from, path)
    const wanted = content(now)
    if (wanted === undefined) continue
    const field = path.at(-1) ?? ''
    // what a GET shows may be more than what was sent once, and clients send it back
    if (!sameContent(content(before.props), wanted, field) && !sameContent(content(shown), wanted, field))
      return path.join('.')
  }
  return undefined
}

/** What stands at a path, without the labels and echoes that the kind's table names inside it. */
function contentAt(kind: Kind, props: JsonObject, path: string[]): Json | undefined {
  const value = at(props, path)
  const beside = kind.aside?.[path.join('.')]
  if (!beside || !isObject(value)) return value
  const names = new Set([...beside.labels, ...beside.echoes])
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.has(name)))
}

/** Addresses are compared in the form they are kept in; code by its bytes, wherever the second upload put them. */
async function settleForCompare(room: Room, kind: Kind, before: Row, props: JsonObject): Promise<JsonObject> {
  if (inRegistry(room) && kind.registry) return compareInRegistry(kind, before, props, room)
  const hash = asString(before.status.hash)
  const declared = asString(asObject(props.properties).hash_sha256)
  if (hash !== undefined && declared === hash) return { ...props, codeUri: before.props.codeUri ?? null }
  return (await settle(kind, props, room, before.name)).props
}

function sameContent(kept: Json | undefined, wanted: Json, field: string): boolean {
  const [a, b] = [comparable(kept ?? null, field), comparable(wanted, field)]
  return sameJson(a, b)
}

/** Empty mappings, nulls and absent fields say the same; an address means the same with and without its last slash. */
function comparable(value: Json, field: string): Json {
  if (typeof value === 'string' && /uri$/i.test(field)) return value.replace(/\/+$/, '')
  if (!isObject(value)) return value
  const entries = Object.entries(value)
    .map(([name, inner]): [string, Json] => [name, comparable(inner, name)])
    .filter(([, inner]) => inner !== null && !(isObject(inner) && Object.keys(inner).length === 0))
  return Object.fromEntries(entries)
}

/** Merges a PATCH into what is there: mappings field by field, null removes. Raises ResourceNotFound. */
export async function patchResource(room: Room, kind: Kind, key: Key, body: unknown): Promise<Written> {
  const before = await room.deps.store.resources.get(key)
  if (!before) fail('ResourceNotFound', { kind: kind.name, name: key.name })
  if (!isObject(body))
    fail('ValidationFailed', { kind: kind.name }, { details: [{ path: [], message: 'the body must be a mapping' }] })
  const { properties, ...beside } = body
  const change = { ...asObject(properties), ...(kind.tracked ? foldTracked(kind, beside, {}) : {}) }
  if (!kind.tracked && isObject(beside.tags) && change.tags === undefined) change.tags = beside.tags
  return putResource(room, kind, key, { properties: merge(before.props, change) })
}

function merge(base: JsonObject, change: JsonObject): JsonObject {
  const next = { ...base }
  for (const [key, value] of Object.entries(change)) {
    const old = next[key]
    if (value === null) delete next[key]
    else next[key] = isObject(old) && isObject(value) && key !== 'tags' ? merge(old, value) : value
  }
  return next
}
