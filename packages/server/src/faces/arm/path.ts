/**
 * From the path of an ARM request to what it is about. The grammar of the control plane has three shapes (plain,
 * container and versions, children), so one reader driven by the kinds' tables serves every kind there is or will be.
 */
import { fail, type Kind, kindByCollection, kinds, type WorkspaceId } from '@lazurite/spec'

/**
 * What a path names. Names keep their case; fixed segments are read in any case. `of` is what stands behind an action:
 * one of the things that it lists.
 */
export type Target =
  | { at: 'workspaces'; subscription: string; resourceGroup?: string }
  | { at: 'workspace'; id: WorkspaceId; action?: string }
  | { at: 'list'; id: WorkspaceId; kind: Kind; parent?: string }
  | { at: 'item'; id: WorkspaceId; kind: Kind; name: string; action?: string; of?: string }
  | { at: 'versions'; id: WorkspaceId; kind: Kind; name: string }
  | { at: 'version'; id: WorkspaceId; kind: Kind; name: string; version: string; action?: string; of?: string }
  | { at: 'label'; id: WorkspaceId; kind: Kind; name: string; label: string }
  | { at: 'location'; subscription: string; location: string; rest: string[] }
  | { at: 'deployment'; subscription: string; resourceGroup: string; name: string; operations: boolean }
  | { at: 'deployments'; subscription: string; resourceGroup: string }
  | { at: 'registries'; subscription: string; resourceGroup?: string }
  | { at: 'registry'; subscription: string; resourceGroup: string; name: string }

/** Splits a raw path into decoded segments. Raises BadArgument for bad percent-encoding, PathNotAllowed for odd bytes. */
export function segmentsOf(rawPath: string): string[] {
  const segments = rawPath.split('/').filter((part) => part !== '')
  return segments.map((part) => {
    const text = decodeSegment(part)
    if (/[\p{Cc}\\/]/u.test(text) || text === '.' || text === '..')
      fail('PathNotAllowed', { path: JSON.stringify(text) })
    return text
  })
}

function decodeSegment(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return fail('BadArgument', { what: 'The URL cannot be decoded.' })
  }
}

/** Reads the segments of a path under `/subscriptions/{s}`; undefined when nothing answers there. */
export function readTarget(segments: string[]): Target | undefined {
  const [, subscription, ...rest] = segments
  if (subscription === undefined || !is(segments[0], 'subscriptions')) return undefined
  if (is(rest[0], 'resourcegroups') && rest[1] !== undefined) return readGroup(subscription, rest[1], rest.slice(2))
  if (!is(rest[0], 'providers') || !isOurs(rest[1])) return undefined
  if (is(rest[2], 'workspaces') && rest.length === 3) return { at: 'workspaces', subscription }
  if (is(rest[2], 'registries') && rest.length === 3) return { at: 'registries', subscription }
  if (is(rest[2], 'locations') && rest[3] !== undefined) {
    return { at: 'location', subscription, location: rest[3], rest: rest.slice(4) }
  }
  return undefined
}

function readGroup(subscription: string, resourceGroup: string, rest: string[]): Target | undefined {
  // the official client asks for the operations of a deployment with and without the provider in front
  const deployments = is(rest[0], 'providers') && is(rest[1], 'microsoft.resources') ? rest.slice(2) : rest
  if (is(deployments[0], 'deployments')) return readDeployment(subscription, resourceGroup, deployments.slice(1))
  if (!is(rest[0], 'providers') || !isOurs(rest[1])) return undefined
  if (is(rest[2], 'registries') && rest.length <= 4) {
    const [, , , name] = rest
    return name === undefined
      ? { at: 'registries', subscription, resourceGroup }
      : { at: 'registry', subscription, resourceGroup, name }
  }
  if (!is(rest[2], 'workspaces')) return undefined
  const workspace = rest[3]
  if (workspace === undefined) return { at: 'workspaces', subscription, resourceGroup }
  return readInside({ subscription, resourceGroup, workspace }, rest.slice(4))
}

function readDeployment(subscription: string, resourceGroup: string, rest: string[]): Target | undefined {
  const [name, word, ...more] = rest
  if (name === undefined) return { at: 'deployments', subscription, resourceGroup }
  if (word === undefined) return { at: 'deployment', subscription, resourceGroup, name, operations: false }
  const operations = (is(word, 'operations') && more.length === 0) || is(word, 'operationstatuses')
  return operations
    ? { at: 'deployment', subscription, resourceGroup, name, operations: is(word, 'operations') }
    : undefined
}

/** Reads what stands behind the name of a workspace or a registry; `lives` says which kinds are found there. */
export function readInside(
  id: WorkspaceId,
  rest: string[],
  lives: (kind: Kind) => boolean = ({ scope }) => scope === 'workspace',
): Target | undefined {
  const [collection, name, word, value, action, of, ...more] = rest
  if (collection === undefined) return { at: 'workspace', id }
  const kind = kindByCollection(collection)
  if (kind === undefined || !lives(kind) || typeof kind.shape === 'object') {
    return name === undefined ? { at: 'workspace', id, action: collection } : undefined
  }
  if (more.length > 0) return undefined
  if (name === undefined) return { at: 'list', id, kind }
  if (word === undefined) return { at: 'item', id, kind, name: bareName(name) }
  if (kind.shape === 'versioned') {
    const versioned = readVersion(id, kind, bareName(name), [word, value, action, of])
    if (versioned) return versioned
  }
  const child = childKind(kind, word)
  if (child) return readChild(id, child, name, [value, action, of])
  return action === undefined ? { at: 'item', id, kind, name: bareName(name), ...acting(word, value) } : undefined
}

type Tail = (string | undefined)[]

function readVersion(id: WorkspaceId, kind: Kind, name: string, [word, value, ...tail]: Tail): Target | undefined {
  if (is(word, 'versions')) {
    if (value === undefined) return { at: 'versions', id, kind, name }
    return { at: 'version', id, kind, name, version: value, ...acting(...tail) }
  }
  if (is(word, 'labels') && value !== undefined && tail[0] === undefined)
    return { at: 'label', id, kind, name, label: value }
  return undefined
}

function readChild(id: WorkspaceId, kind: Kind, parent: string, [name, ...tail]: Tail): Target {
  if (name === undefined) return { at: 'list', id, kind, parent }
  return { at: 'item', id, kind, name: `${parent}/${name}`, ...acting(...tail) }
}

function acting(action?: string, of?: string): { action?: string; of?: string } {
  return { ...(action === undefined ? {} : { action }), ...(of === undefined ? {} : { of }) }
}

function childKind(parent: Kind, collection: string): Kind | undefined {
  return kinds.find(
    (kind) =>
      typeof kind.shape === 'object' &&
      kind.shape.under === parent.collection &&
      is(collection, kind.collection.toLowerCase()),
  )
}

/** Clients that were handed `azureml:name` put it into the URL as it is. */
function bareName(name: string): string {
  return name.startsWith('azureml:') ? name.slice('azureml:'.length) : name
}

function is(segment: string | undefined, word: string): boolean {
  return segment?.toLowerCase() === word
}

function isOurs(segment: string | undefined): boolean {
  return is(segment, 'microsoft.machinelearningservices')
}
