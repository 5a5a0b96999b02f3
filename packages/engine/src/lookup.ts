/** Finds what a reference means: a version of an asset in a workspace or in a registry of this server. */
import {
  asObject,
  asString,
  canonCollection,
  fail,
  kindByCollection,
  own,
  parseRef,
  parseUri,
  type Ref,
  scopeOf,
  type Uri,
} from '@lazurite/spec'
import type { Key, Row, Store } from '@lazurite/store'
import { isCuratedName } from './environments/curated.ts'
import { workspaceOfGuid } from './reconcile/workspace.ts'
import { findRegistry, isRegistryScope, registryScope } from './registries.ts'
import { drawerOf, environmentRow, isSystemScope } from './system-registry.ts'

export type Found = { row: Row } | { missing: string; hint?: string }

/** Labels that always name the newest version; clients also send the last one as a version. */
const newestLabels = new Set(['latest', 'default', 'azureml_default'])

/** Whether nobody can set that label: it always names the newest version. */
export function isNewestLabel(label: string): boolean {
  return newestLabels.has(label.toLowerCase())
}

/** Labels of a container, by name. */
export function labelsOf(container: Row | undefined): Record<string, string> {
  const pairs = Object.entries(asObject(container?.props.labels))
  return Object.fromEntries(
    pairs.flatMap(([label, version]) => (typeof version === 'string' ? [[label, version]] : [])),
  )
}

/** The version behind a label: the newest one, or the one its owner set it to. */
export async function findLabelled(store: Store, key: Key, label: string): Promise<Row | undefined> {
  const { scope, kind, name } = key
  const drawer = drawerOf(store, scope)
  if (isNewestLabel(label)) return drawer.latest({ scope, kind, name })
  const version = own(labelsOf(await drawer.get({ scope, kind, name })), label)
  return version === undefined ? undefined : drawer.get({ scope, kind, name, version })
}

/**
 * The asset behind `azureml:name:1`, `azureml:name@latest`, an ARM id, an `azureml://` asset or registry URI, or a bare
 * name. `collection` is what is expected where the text is not explicit. No version means the newest.
 */
export async function findAsset(store: Store, scope: string, text: string, collection: string): Promise<Found> {
  const ref = refOf(text, collection)
  if (!ref) return { missing: `${text} is no reference to one of the ${collection}` }
  const kind = kindByCollection(ref.collection)?.name
  if (!kind || canonCollection(ref.collection) !== canonCollection(collection)) {
    return { missing: `${text} is one of the ${ref.collection}, where one of the ${collection} is needed` }
  }
  const home = await homeOf(store, scope, ref)
  if (home === undefined) {
    const hint = 'See which workspaces there are with: laz workspace list'
    return { missing: `the workspace ${ref.workspaceGuid} is not part of this server`, hint }
  }
  const key = { scope: home, kind, name: ref.name }
  const row = await versionOf(store, key, ref)
  return row ? { row } : missing(store, key, ref)
}

type Asked = Ref & { workspaceGuid?: string }

/** The scope an asset lies in, by the names or the guid of its home. */
async function homeOf(store: Store, scope: string, ref: Asked): Promise<string | undefined> {
  if (ref.registry) return registryScope(ref.registry)
  if (ref.workspace) return scopeOf(ref.workspace)
  if (ref.workspaceGuid === undefined) return scope
  return (await workspaceOfGuid(store, ref.workspaceGuid))?.scope
}

async function versionOf(store: Store, key: Key, ref: Ref): Promise<Row | undefined> {
  const { version, label } = ref
  if (label !== undefined) return findLabelled(store, key, label)
  if (version === undefined || version === 'azureml_default') return findLabelled(store, key, 'latest')
  return drawerOf(store, key.scope).get({ ...key, version })
}

async function missing(store: Store, key: Key, ref: Ref): Promise<Found> {
  const { kind, name, scope } = key
  if (isSystemScope(scope)) return ofSystem(key, ref)
  // curated environments need no copy in a workspace
  if (kind === 'environment' && !isRegistryScope(scope) && isCuratedName(name)) {
    return { row: environmentRow(name, /^\d+$/.test(ref.version ?? '') ? (ref.version ?? '1') : '1') }
  }
  if (ref.registry && !(await findRegistry(store, ref.registry))) {
    return {
      missing: `the ${kind} ${name} lies in the registry ${ref.registry}, and there is no registry of that name on this server`,
      hint: `Make the registry ${ref.registry} with what you need of it, or use an asset of the workspace.`,
    }
  }
  const where = ref.registry ? ` in the registry ${ref.registry}` : ''
  const which =
    ref.label !== undefined && !isNewestLabel(ref.label)
      ? ` labelled ${ref.label}`
      : ref.version === undefined || ref.version === 'azureml_default'
        ? ''
        : ` with version ${ref.version}`
  return { missing: `there is no ${kind} ${name}${which}${where}` }
}

/** Of what Azure ML publishes, environments mean something here; a name nobody has heard of means a Python, and says so. */
function ofSystem({ kind, name }: Key, ref: Ref): Found {
  if (kind === 'environment' && (ref.label === undefined || /^[\w.-]+$/.test(ref.label))) {
    return { row: environmentRow(name, /^\d+$/.test(ref.version ?? '') ? (ref.version ?? '1') : '1') }
  }
  return {
    missing: `the ${kind} ${name} of the registry ${ref.registry} is published by Azure ML and is not part of this server`,
    hint: `Put a ${kind} of your own in its place, in the workspace or in a registry of yours.`,
  }
}

function refOf(text: string, collection: string): Asked | undefined {
  if (/^azureml:\/\/locations\//i.test(text)) {
    const uri = parseUri(text, collection)
    return uri.form === 'asset' ? { ...uri, prefixed: true } : undefined
  }
  const direct = parseRef(text.replace(/^azureml:(?=azureml:)/i, ''), collection)
  if (direct) return direct
  const uri: Uri = parseUri(text, collection)
  return uri.form === 'asset' ? { ...uri, prefixed: true } : undefined
}

/** Raises ResourceNotFound for what `findAsset` did not find, with the reason where it is more than its absence. */
export function refuseMissing(found: { missing: string; hint?: string }, kind: string, name: string): never {
  if (found.hint === undefined) return fail('ResourceNotFound', { kind, name })
  const details = [{ path: [], message: found.missing, hint: found.hint }]
  return fail('ResourceNotFound', { kind, name: `${name}: ${found.missing}` }, { details })
}

/** What a row of a versioned asset is called in sentences. */
export function describeAsset(row: Pick<Row, 'kind' | 'name' | 'version' | 'scope'>): string {
  const where = isRegistryScope(row.scope) ? ` of the registry ${row.scope.slice('registries/'.length)}` : ''
  return `${row.kind} ${row.name}:${row.version}${where}`
}

/** The recorded hash of an asset's bytes. */
export function hashOf(row: Row): string | undefined {
  return asString(row.status.hash) ?? asString(asObject(row.props.properties).hash_sha256)
}

/** The id in a reference, however it is wrapped. */
export function idOf(value: unknown): string | undefined {
  const { assetId, id } = asObject(value)
  return (asString(value) ?? asString(assetId) ?? asString(id)) || undefined
}
