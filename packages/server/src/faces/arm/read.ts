/** GET of any kind: one resource, one version, a label, a page of a list. */
import { builtIn, findLabelled, isNewestLabel, isSystemScope, withSystemRegistry } from '@lazurite/engine'
import { asObject, asString, fail, type JsonObject, type Kind, kindByCollection } from '@lazurite/spec'
import type { Head, Key, ListQuery, Row } from '@lazurite/store'
import { envelope } from './envelope.ts'
import { placeOf } from './place.ts'
import { readListAsk } from './query.ts'
import type { Room } from './room.ts'

/** Containers of inline assets: thousands of versions nobody named. */
const anonymousNames = new Set(['CliV2AnonymousEnvironment', 'CliV2AnonymousModel', 'azureml_anonymous'])

/** Raises ResourceNotFound or VersionNotFound. */
export async function getRow(room: Room, kind: Kind, key: Key): Promise<Row> {
  const row = (await room.deps.store.resources.get(key)) ?? builtIn(key)
  if (row) return row
  const { name, version } = key
  if (!version) fail('ResourceNotFound', { kind: kind.name, name })
  if (isNewestLabel(version)) return getLabel(room, kind, name, version)
  return fail('VersionNotFound', { kind: kind.name, name, version })
}

/** The version behind a label. Raises VersionNotFound. */
export async function getLabel(room: Room, kind: Kind, name: string, label: string): Promise<Row> {
  const key = { scope: room.workspace.scope, kind: kind.name, name }
  const newest = isNewestLabel(label) ? builtIn({ ...key, version: 'latest' }) : undefined
  const row = (await findLabelled(room.deps.store, key, label)) ?? newest
  return row ?? fail('VersionNotFound', { kind: kind.name, name, version: `@${label}` })
}

/** A row with what only a container shows. */
export async function show(room: Room, kind: Kind, row: Row): Promise<JsonObject> {
  return (await showAll(room, kind, [row]))[0] as JsonObject // one row in, one document out
}

/** Rows of one scope, with what only containers show; `$expand=latest` brings the newest version along, which is ours. */
export async function showAll(room: Room, kind: Kind, rows: readonly Row[]): Promise<JsonObject[]> {
  const containers = kind.shape === 'versioned' ? rows.filter((row) => row.version === '') : []
  const heads = await headsOf(room, kind, containers)
  const withLatest = room.query.get('$expand')?.toLowerCase() === 'latest'
  return rows.map((row) => {
    const head = row.version === '' ? heads.get(row.name) : undefined
    if (!head) return envelope(kind, row, room)
    const dataType = asString(head.latest?.props.dataType)
    const shown = envelope(kind, row, room, {
      latestVersion: head.latest?.version ?? null,
      nextVersion: head.nextVersion,
      ...(dataType === undefined ? {} : { dataType }),
    })
    if (!withLatest || !head.latest) return shown
    return { ...shown, lazurite: { ...asObject(shown.lazurite), latest: envelope(kind, head.latest, room) } }
  })
}

async function headsOf(room: Room, kind: Kind, containers: readonly Row[]): Promise<Map<string, Head>> {
  const { store } = room.deps
  const scope = containers[0]?.scope
  if (scope === undefined) return new Map()
  const { resources } = isSystemScope(scope) ? withSystemRegistry(store) : store
  const names = containers.map((row) => row.name)
  return resources.heads(scope, kind.name, names)
}

/** A page of plain resources, of containers, or of the children of one resource. */
export async function listItems(room: Room, kind: Kind, parent: string | undefined): Promise<JsonObject> {
  const ask = readListAsk(room.query, { descending: kind.states !== undefined })
  const roots: Partial<ListQuery> =
    parent !== undefined
      ? { parent: await neededParent(room, kind, parent) }
      : kind.actions?.cancel === undefined
        ? {}
        : { parent: room.query.get('parentJobName') ?? '' }
  const page = await collect(room, { scope: room.workspace.scope, kind: kind.name, ...ask.page, ...roots }, (row) => {
    if (kind.shape === 'versioned' && anonymousNames.has(row.name)) return false
    return ask.keep(row)
  })
  return printPage(room, kind, page)
}

/** The name of a parent that is there. Raises ResourceNotFound. */
async function neededParent(room: Room, { shape }: Kind, name: string): Promise<string> {
  const kind = typeof shape === 'object' ? kindByCollection(shape.under) : undefined
  const row = kind && (await room.deps.store.resources.get({ scope: room.workspace.scope, kind: kind.name, name }))
  return row?.name ?? fail('ResourceNotFound', { kind: kind?.name ?? 'resource', name })
}

/** A page of the versions of one name; with `hash`, the versions of any name that have this content. */
export async function listVersions(room: Room, kind: Kind, name: string): Promise<JsonObject> {
  const ask = readListAsk(room.query, { descending: true })
  const hash = room.query.get('hash')
  const query = { scope: room.workspace.scope, kind: kind.name, versions: true, ...ask.page }
  if (hash === undefined) {
    // an archived container hides all its versions, whatever they are themselves
    const container = await room.deps.store.resources.get({ scope: query.scope, kind: query.kind, name })
    if (container?.archived && query.archived === 'active') return { value: [] }
    const published = container ? undefined : builtIn({ scope: query.scope, kind: query.kind, name, version: 'latest' })
    if (published) return printPage(room, kind, { rows: query.archived === 'archived' ? [] : [published] })
    const archived = container?.archived && query.archived === 'archived' ? ('all' as const) : query.archived
    const page = await collect(room, { ...query, name, ...(archived ? { archived } : {}) }, ask.keep)
    return printPage(room, kind, page)
  }
  // the name in the path is one the client just invented: the question is about the content alone
  const where = [{ path: ['properties', 'hash_sha256'], equals: hash }]
  const { rows } = await room.deps.store.resources.list({ ...query, where, top: 20 })
  for (const row of rows) if (await isThere(room, row)) return printPage(room, kind, { rows: [row] })
  return { value: [] }
}

/** Whether the bytes of a registered folder still lie where they were. */
async function isThere(room: Room, row: Row): Promise<boolean> {
  const place = await placeOf(room, asString(row.props.codeUri) ?? '')
  if (!place) return false
  const { blobs, prefixes } = await room.deps.store.bytes
    .list(place.account, place.container, { prefix: place.path, max: 1 })
    .catch(() => ({ blobs: [], prefixes: [] }))
  return blobs.length + prefixes.length > 0
}

interface Page {
  rows: Row[]
  next?: string
}

/** Reads on until something was found or a bounded number of rows was looked at: a filter may drop whole pages. */
async function collect(room: Room, query: ListQuery, keep: (row: Row) => boolean): Promise<Page> {
  let after = query.after
  for (let pages = 0; ; pages += 1) {
    const { after: _, ...rest } = query
    const { rows, next } = await room.deps.store.resources.list({ ...rest, ...(after === undefined ? {} : { after }) })
    const kept = rows.filter(keep)
    if (kept.length > 0 || next === undefined || pages === 20)
      return { rows: kept, ...(next === undefined ? {} : { next }) }
    after = next
  }
}

async function printPage(room: Room, kind: Kind, page: Page): Promise<JsonObject> {
  const value = await showAll(room, kind, page.rows)
  if (page.next === undefined) return { value }
  const path = (room.request.raw.url ?? '').split('?')[0]
  return { value, nextLink: `${room.origin}${path}?${room.query.nextPage(page.next)}` }
}
