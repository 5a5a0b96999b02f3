/**
 * The system registry: the environments Azure ML publishes, under the names people's files use, each with what it means
 * on this machine. Nothing of it is stored; it is read from the table of curated environments, and cannot be changed.
 */
import { type JsonObject, storageOf } from '@lazurite/spec'
import type { Head, Key, ListQuery, Resources, Row, Store } from '@lazurite/store'
import { type Curated, curatedCatalog, curatedOf, isCuratedName } from './environments/curated.ts'
import type { Workspace } from './reconcile/workspace.ts'

export const systemRegistry = 'azureml'
const scope = `registries/${systemRegistry}`
const guid = '00000000-0000-0000-0000-00000a20ee10'
const group = { subscription: '00000000-0000-0000-0000-000000000000', resourceGroup: systemRegistry }
/** It is as old as the product: rows that are not stored have no birthday of their own. */
const since = '2025-01-01T00:00:00.0000000+00:00'

export function isSystemScope(text: string): boolean {
  return text === scope
}

export const systemHome: Workspace = {
  id: { ...group, workspace: systemRegistry },
  scope,
  armId: `/subscriptions/${group.subscription}/resourceGroups/${group.resourceGroup}/providers/Microsoft.MachineLearningServices/registries/${systemRegistry}`,
  guid,
  storage: storageOf(guid),
  registry: systemRegistry,
}

/** The row of the registry itself. */
export const systemRow: Row = {
  ...blank('registry', systemRegistry, ''),
  scope: `${group.subscription}/${group.resourceGroup}`,
  props: { location: 'local', description: 'What Azure ML publishes, as far as it means something on this machine.' },
  status: { registryId: guid, ...group },
}

type Reads = 'get' | 'latest' | 'list' | 'nextVersion' | 'heads'

/** What reads of a scope go through: the table for the system registry, the store for every other one. */
export function drawerOf(store: Store, at: string): Pick<Resources, Reads> {
  return isSystemScope(at) ? drawer : store.resources
}

/** A store whose system registry can be read like any other scope. */
export function withSystemRegistry(store: Store): Store {
  return { ...store, resources: { ...store.resources, ...drawer } }
}

const drawer: Pick<Resources, Reads> = {
  get: async (key) => find(key),
  latest: async (key) => newest(key),
  list: async (query) => page(query),
  nextVersion: async (_, kind, name) => nextAfter(newest({ scope, kind, name })),
  heads: async (_, kind, names) => new Map(names.flatMap((name) => headOf({ scope, kind, name }))),
}

function nextAfter(latest: Row | undefined): string {
  return String(Number(latest?.version ?? 0) + 1)
}

function headOf(key: Key): [string, Head][] {
  const latest = newest(key)
  return latest ? [[key.name, { latest, nextVersion: nextAfter(latest) }]] : []
}

function find({ kind, name, version = '' }: Key): Row | undefined {
  if (kind === 'registry') return systemRow
  const known = kind === 'environment' ? entryOf(name) : undefined
  if (!known) return undefined
  if (version === '') return blank(kind, known.name, '')
  return /^\d{1,9}$/.test(version) ? environmentRow(known.name, version) : undefined
}

function newest({ kind, name }: Key): Row | undefined {
  const known = kind === 'environment' ? entryOf(name) : undefined
  return known && environmentRow(known.name, known.versions.at(-1) ?? '1')
}

/** Names that have a rule of their own, under the spelling of the catalog where it has one. */
function entryOf(name: string): { name: string; versions: readonly string[] } | undefined {
  const bare = name.replace(/^azureml-/i, '')
  const listed = curatedCatalog.find((entry) => entry.name.toLowerCase() === bare.toLowerCase())
  if (listed) return listed
  return curatedOf(bare).unknown ? undefined : { name: bare, versions: ['1'] }
}

function page(query: ListQuery): { rows: Row[]; next?: string } {
  if (query.kind !== 'environment' || query.archived === 'archived') return { rows: [] }
  const all =
    query.versions === true
      ? versionsOf(query.name)
      : curatedCatalog
          .filter((entry) => query.name === undefined || entry.name === query.name)
          .map((entry) => blank('environment', entry.name, ''))
  const sorted = query.descending === true ? all.reverse() : all
  const from = Number(query.after ?? 0)
  const top = query.top ?? sorted.length
  const rows = sorted.slice(from, from + top)
  return from + top < sorted.length ? { rows, next: String(from + top) } : { rows }
}

function versionsOf(name: string | undefined): Row[] {
  const known = name === undefined ? undefined : entryOf(name)
  return (known?.versions ?? []).map((version) => environmentRow(known?.name ?? '', version))
}

/**
 * What a workspace shows under a name that is reserved for what Azure ML publishes, where it has nothing of that name: the
 * environment of the system registry. Undefined for any other name.
 */
export function builtIn({ kind, name, version = '' }: Key): Row | undefined {
  if (kind !== 'environment' || !isCuratedName(name)) return undefined
  const row = version === 'latest' ? newest({ scope, kind, name }) : find({ scope, kind, name, version })
  return row && { ...row, name }
}

/** A curated environment as a version: what it means here, told in words and as a conda file. */
export function environmentRow(name: string, version: string): Row {
  const bare = name.replace(/^azureml-/i, '')
  const curated = curatedOf(bare)
  return { ...blank('environment', bare, version), props: propsOf(curated) }
}

function propsOf(curated: Curated): JsonObject {
  return {
    description: meaningOf(curated),
    ...(curated.host ? {} : { condaFile: condaOf(curated) }),
    osType: 'Linux',
    isAnonymous: false,
    tags: {},
    properties: {},
  }
}

/** What a curated environment is on this machine, in a few sentences. */
export function meaningOf({ python, packages, host, lacks }: Curated): string {
  const what = host
    ? 'On this machine: its own Python, without any build.'
    : `On this machine: Python ${python ?? '3'} with ${packages.join(', ')}; a virtual environment, or the machine's own ` +
      'Python where that holds them. Every version means the same.'
  return lacks.length === 0 ? what : `${what} Not here: ${lacks.join('; ')}.`
}

function condaOf({ name, python, packages }: Curated): string {
  const lines = [`name: ${name}`, 'dependencies:', `  - python=${python ?? '3'}`, '  - pip', '  - pip:']
  return `${[...lines, ...packages.map((line) => `      - ${line}`)].join('\n')}\n`
}

function blank(kind: string, name: string, version: string): Row {
  return {
    id: 0,
    scope,
    kind,
    name,
    version,
    props: {},
    status: {},
    asks: {},
    state: '',
    archived: false,
    etag: 'builtin',
    seq: 0,
    createdAt: since,
    createdBy: 'Lazurite',
    modifiedAt: since,
    modifiedBy: 'Lazurite',
  }
}
