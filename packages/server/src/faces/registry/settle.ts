/**
 * What happens to the address of an asset's bytes on its way into a registry: they are brought into the storage of the
 * registry and hashed, and the address that is kept names them there. One line a kind that has bytes.
 */
import { hashBehind, isRegistryScope, keepInRegistry } from '@lazurite/engine'
import { asObject, asString, at, fail, type JsonObject, type Kind, setKey } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { placeOf } from '../arm/place.ts'
import type { Room } from '../arm/room.ts'
import type { Settled } from '../arm/settle.ts'

/** Where the properties of a kind name bytes. */
const fields: Readonly<Record<string, readonly string[]>> = {
  code: ['codeUri'],
  data: ['dataUri'],
  model: ['modelUri'],
  environment: ['build', 'contextUri'],
}

/** Whether the room is that of a registry. */
export function inRegistry(room: Pick<Room, 'workspace'>): boolean {
  return isRegistryScope(room.workspace.scope)
}

/** Raises ValidationFailed, SnapshotIntegrity, and what finding and copying the bytes raises. */
export async function settleInRegistry(kind: Kind, props: JsonObject, room: Room, name: string): Promise<Settled> {
  const uri = addressOf(kind, props)
  if (uri === undefined) return { props }
  const { scope } = room.workspace
  const kept = await keepInRegistry(contextOf(room), room.workspace, { scope, uri })
  if (!kept) return onTheWeb(kind) ? { props } : refuseWeb(kind, uri)
  const declared = asObject(props.properties)
  if (declared.hash_version === '202208' && declared.hash_sha256 !== undefined && declared.hash_sha256 !== kept.hash) {
    fail('SnapshotIntegrity', { name }, { target: 'properties.hash_sha256' })
  }
  const { hash, files, sizeBytes } = kept
  // code is found again by the hash in its properties
  const marks = kind.name === 'code' ? { properties: { ...declared, hash_sha256: hash, hash_version: '202208' } } : {}
  return { props: { ...withAddress(kind, props, kept.uri), ...marks }, status: { hash, files, sizeBytes } }
}

/** Data may stay where it is on the web; what is run or loaded lies in the registry, or nobody can vouch for it. */
function onTheWeb({ name }: Kind): boolean {
  return name === 'data'
}

function refuseWeb(kind: Kind, uri: string): never {
  const path = [...(fields[kind.name] ?? [])]
  const message = `${uri.slice(0, 200)} is not in the storage of this server`
  const hint = 'upload the files first: PUT tempdatarefs/<name>/versions/<version> gives the place'
  return fail('ValidationFailed', { kind: kind.name }, { target: path.join('.'), details: [{ path, message, hint }] })
}

/** The same bytes are the same content, wherever they come from this time. */
export async function compareInRegistry(kind: Kind, before: Row, props: JsonObject, room: Room): Promise<JsonObject> {
  const uri = addressOf(kind, props)
  const kept = addressOf(kind, before.props)
  if (uri === undefined || kept === undefined || uri.replace(/\/+$/, '') === kept.replace(/\/+$/, '')) return props
  const hash = await hashBehind(contextOf(room), room.workspace.scope, uri)
  return hash !== undefined && hash === before.status.hash ? withAddress(kind, props, kept) : props
}

/**
 * The bytes that lie in the registry for a version, or for all versions of a container: what to call for each when the
 * rows are gone. Bytes that another version names as well stay.
 */
export async function ownBytes(room: Room, kind: Kind, row: Row): Promise<(() => Promise<void>)[]> {
  const { resources, bytes } = room.deps.store
  const { account } = room.workspace.storage
  const { scope, name } = row
  const rows =
    row.version === ''
      ? (await resources.list({ scope, kind: kind.name, name, versions: true, archived: 'all' })).rows
      : [row]
  const containers = new Set<string>()
  for (const each of rows) {
    const place = await placeOf(room, addressOf(kind, each.props) ?? '')
    if (place) containers.add(place.container)
  }
  return [...containers].map((container) => async () => {
    const kinds = Object.keys(fields)
    const others = await resources.mentions({ scope, kinds, text: `/${container}/`, top: 1 })
    if (others.length === 0) await bytes.deleteContainer(account, container)
  })
}

/** What our own clients are told of bytes in a registry: where they can be fetched, and what they are. */
export function heldBytes(kind: Kind, row: Row, { origin, workspace }: Room): JsonObject | undefined {
  const uri = addressOf(kind, row.props) ?? ''
  const host = `https://${workspace.storage.account}.blob.laz.test`
  if (!uri.startsWith(`${host}/`)) return undefined
  const { hash = null, files = null, sizeBytes = null } = row.status
  return { url: `${origin}/${workspace.storage.account}${uri.slice(host.length)}`, hash, files, sizeBytes }
}

function contextOf({ deps }: Room) {
  return { store: deps.store, signal: deps.closing }
}

function addressOf(kind: Kind, props: JsonObject): string | undefined {
  const path = Object.hasOwn(fields, kind.name) ? fields[kind.name] : undefined
  return path && asString(at(props, [...path]))
}

function withAddress(kind: Kind, props: JsonObject, uri: string): JsonObject {
  const [head = '', inner] = fields[kind.name] ?? []
  const next = { ...props }
  setKey(next, head, inner === undefined ? uri : { ...asObject(props[head]), [inner]: uri })
  return next
}
