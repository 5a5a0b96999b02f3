/**
 * Brings an asset of a workspace (or of another registry) into a registry, with its bytes and with all it needs: the
 * code, environment and components of a component go along. Every write is the write of the ARM face, so doing it again
 * changes nothing, and other content under the same version is a conflict that names the difference.
 */
import { findAsset, isSystemScope, workspaceOf } from '@lazurite/engine'
import {
  asObject,
  asString,
  fail,
  isObject,
  type Json,
  type JsonObject,
  type Kind,
  kindByCollection,
  kindByName,
  parseRef,
  parseUri,
  printUri,
  setKey,
  type Uri,
} from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { Room } from '../arm/room.ts'
import { putResource } from '../arm/write.ts'

interface Asked {
  source: Row
  name: string
  version: string
}

/** What the body of an import asks for. Raises BadArgument, ResourceNotFound. */
export async function readImport(room: Room, body: JsonObject): Promise<Asked & { kind: Kind }> {
  const props = asObject(body.properties ?? body)
  const text = asString(props.sourceAssetId) ?? ''
  const uri = parseUri(text)
  const kind = uri.form === 'asset' || uri.form === 'registry' ? kindByCollection(uri.collection) : undefined
  const homeless = uri.form === 'asset' && uri.workspace === undefined && uri.workspaceGuid === undefined
  if (!kind?.registry || homeless) {
    const what =
      'sourceAssetId must name a version of an asset: azureml://locations/<location>/workspaces/<workspace id>/<collection>/<name>/versions/<version>'
    return fail(
      'BadArgument',
      { what: `${what}, not ${JSON.stringify(text.slice(0, 300))}.` },
      { target: 'sourceAssetId' },
    )
  }
  const found = await findAsset(room.deps.store, room.workspace.scope, text, kind.collection)
  if (!('row' in found)) {
    return fail('ResourceNotFound', { kind: kind.name, name: found.missing }, { target: 'sourceAssetId' })
  }
  const { row } = found
  return {
    kind,
    source: row,
    name: asString(props.destinationName) || row.name,
    version: asString(props.destinationVersion) || row.version,
  }
}

/** Shares one asset; answers the id it has in the registry. */
export async function share(room: Room, kind: Kind, asked: Asked, seen = new Map<string, string>()): Promise<string> {
  const { source, name, version } = asked
  const mark = [source.scope, source.kind, source.name, source.version].join('|')
  const known = seen.get(mark)
  if (known !== undefined) return known
  const id = `${room.base}/${kind.collection}/${name}/versions/${version}`
  seen.set(mark, id)
  const properties: JsonObject = { ...source.props, isArchived: false }
  const field = addresses[kind.name]
  if (field !== undefined && properties[field] !== undefined) properties[field] = await addressOf(room, kind, source)
  if (isObject(properties.componentSpec)) {
    const spec = await walk({ room, scope: source.scope, seen }, properties.componentSpec, 0)
    properties.componentSpec = { ...asObject(spec), name, version }
  }
  await putResource(room, kind, { scope: room.workspace.scope, kind: kind.name, name, version }, { properties })
  return id
}

/** Properties that name bytes; they are fetched by way of the asset itself, wherever it keeps them. */
const addresses: Readonly<Record<string, string>> = { code: 'codeUri', data: 'dataUri', model: 'modelUri' }

async function addressOf(room: Room, kind: Kind, { scope, name, version }: Row): Promise<string> {
  const home = await workspaceOf(room.deps.store, scope)
  const which = { collection: kind.collection, name, version }
  const uri: Uri =
    home.registry === undefined
      ? { form: 'asset', ...which, workspaceGuid: home.guid }
      : { form: 'registry', ...which, registry: home.registry }
  return printUri(uri)
}

/**
 * The body of a PUT into a registry, with everything that a component in it refers to brought along: what lies in a
 * workspace is shared, so that the registry depends on none. Other bodies come back as they are.
 */
export async function bringAlong(room: Room, body: unknown): Promise<unknown> {
  const properties = isObject(body) ? asObject(body.properties) : {}
  if (!isObject(body) || !isObject(properties.componentSpec)) return body
  const at = { room, scope: room.workspace.scope, seen: new Map<string, string>() }
  return { ...body, properties: { ...properties, componentSpec: await walk(at, properties.componentSpec, 0) } }
}

/** Keys of a component's spec whose texts name other assets. */
const references: Readonly<Record<string, string>> = {
  code: 'code',
  environment: 'environment',
  component: 'component',
  trial: 'component',
}
/** Names below these are the author's own. */
const verbatim = new Set(['inputs', 'outputs', 'environment_variables', 'tags', 'properties', 'search_space'])

interface Walk {
  room: Room
  scope: string
  seen: Map<string, string>
}

const deepest = 60

async function walk(at: Walk, value: Json, depth: number): Promise<Json> {
  if (depth > deepest) fail('BadArgument', { what: 'The component is nested too deeply for a registry.' })
  if (Array.isArray(value)) return Promise.all(value.map((each) => walk(at, each, depth + 1)))
  if (!isObject(value)) return value
  const next: JsonObject = {}
  for (const [key, inner] of Object.entries(value)) {
    const of = Object.hasOwn(references, key) ? references[key] : undefined
    const text = asString(inner)
    if (verbatim.has(key)) setKey(next, key, inner)
    else setKey(next, key, of !== undefined && text ? await move(at, of, text) : await walk(at, inner, depth + 1))
  }
  return next
}

/** The id under which what a component refers to is known to every workspace; it is shared on the way. */
async function move({ room, scope, seen }: Walk, of: string, text: string): Promise<string> {
  const kind = kindByName(of) ?? fail('InternalError', {})
  const bare = text.replace(/^azureml:(?=\/(?!\/)|azureml:)/i, '')
  // a label of a registry stays a label; what is no reference (code in a repository) is not ours to move
  if (/^azureml:\/\/registries\//i.test(bare) || !parseRef(bare, kind.collection)?.prefixed) return text
  const found = await findAsset(room.deps.store, scope, bare, kind.collection)
  if (!('row' in found)) {
    // the machine's own Python needs no row anywhere
    if (of === 'environment' && /^azureml:host(@|:|$)/i.test(bare)) return text
    return fail('ResourceNotFound', { kind: of, name: found.missing })
  }
  const { row } = found
  if (isSystemScope(row.scope)) return text
  const home = await workspaceOf(room.deps.store, row.scope)
  if (home.registry === undefined) {
    return share(room, kind, { source: row, name: row.name, version: row.version }, seen)
  }
  const { collection } = kind
  return printUri({ form: 'registry', registry: home.registry, collection, name: row.name, version: row.version })
}
