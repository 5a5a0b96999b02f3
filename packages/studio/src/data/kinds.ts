// Resources of any kind, by its table: asked for under keys that begin with the kind's name, written by the SDK.
import {
  apiVersion,
  ChildOperations,
  type Collection,
  type Edit,
  LazError,
  Lazurite,
  PlainOperations,
  VersionedOperations,
  type Which,
} from '@lazurite/client'
import { fail, type JsonObject, type Kind, kindByName } from '@lazurite/spec'
import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { ApiError, ask, knownAgain } from './api.ts'
import { type Described, describe } from './described.ts'
import { localPart, type Page, type Resource, useWorkspace } from './queries.ts'
import type { WorkspaceId } from './session.ts'

export type { Edit }

/** The SDK, as whoever is logged in. */
export function clientOf(workspace: WorkspaceId, registry?: string): Lazurite {
  const send: typeof fetch = async (input, init) => {
    for (;;) {
      const answer = await fetch(input, init)
      const isHeld = answer.status === 401 && !(init?.body instanceof ReadableStream)
      if (!isHeld || !(await knownAgain(init?.signal))) return answer
    }
  }
  return new Lazurite({ url: location.origin, fetch: send, workspace, registry })
}

export function useClient(registry?: string): Lazurite {
  const { id } = useWorkspace()
  return useMemo(() => clientOf(id, registry), [id, registry])
}

/** Raises what the SDK raises as the pages show it: with its lines, and its way out. */
export async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw asApiError(error)
  }
}

export function asApiError(error: unknown): unknown {
  if (!(error instanceof LazError)) return error
  const details = (error.details ?? []).map(({ path, message, hint }) => {
    const where = path.length > 0 ? `${path.join('.')}: ` : ''
    return `${where}${message}${hint ? ` (${hint})` : ''}`
  })
  return new ApiError(error.http, error.code, error.message, [...details, ...(error.hint ? [error.hint] : [])])
}

export function needKind(name: string): Kind {
  return kindByName(name) ?? fail('ResourceNotFound', { kind: 'kind', name })
}

/** What a list is asked for. */
export interface KindList {
  /** Part of a name. */
  text?: string
  /** `key=value`, or a key. */
  tags?: string
  archived?: 'active' | 'archived' | 'all'
  order?: string
  registry?: string | undefined
  /** The versions of this name; else the names. */
  of?: string | undefined
  parent?: string | undefined
}

const views = { active: 'ActiveOnly', archived: 'ArchivedOnly', all: 'All' }
const pageSize = '200'

/** A list, page by page. Rows are described as the kind's table says. */
export function useKindList(kind: Kind, list: KindList, enabled = true) {
  const client = useClient(list.registry)
  const words = new URLSearchParams({
    'api-version': apiVersion,
    $top: pageSize,
    $orderBy: list.order || 'createdtime desc',
    listViewType: views[list.archived ?? 'active'],
    ...(kind.shape === 'versioned' && list.of === undefined ? { $expand: 'latest' } : {}),
    ...(list.text ? { searchText: list.text } : {}),
    ...(list.tags ? { tags: list.tags } : {}),
  })
  const base = pathOf(client.of(kind.name), list)
  const query = useInfiniteQuery<Page, Error, InfiniteData<Page, string>, unknown[], string>({
    queryKey: [kind.name, undefined, 'list', base, words.toString()],
    initialPageParam: `${base}?${words}`,
    queryFn: ({ pageParam, signal }) => ask<Page>(pageParam, { signal }),
    getNextPageParam: ({ nextLink }) => (nextLink ? localPart(nextLink) : undefined),
    placeholderData: keepPreviousData,
    enabled,
  })
  const rows = useMemo(
    () => (query.data?.pages ?? []).flatMap(({ value }) => value.map((one) => describe(kind, one))),
    [query.data, kind],
  )
  return { ...query, rows }
}

function pathOf(all: Collection, { of, parent }: KindList): string {
  return of === undefined ? all.path({ parent }) : `${all.path({ name: of })}/versions`
}

/** One of them; without a version the newest of a versioned kind. */
export interface ItemKey {
  name: string
  version?: string | undefined
  parent?: string | undefined
  registry?: string | undefined
}

export function useItem(kind: Kind, { name, version, parent, registry }: ItemKey) {
  const client = useClient(registry)
  const whole = parent === undefined ? name : `${parent}/${name}`
  return useQuery({
    queryKey: [kind.name, whole, version ?? 'newest', registry],
    queryFn: async ({ signal }): Promise<Resource> => {
      const all = client.of(kind.name)
      const which: Which = { name, version, parent }
      if (kind.shape !== 'versioned' || version !== undefined)
        return ask<Resource>(`${all.path(which)}?api-version=${apiVersion}`, { signal })
      return newest(all, name, signal)
    },
  })
}

/** The newest version that is not archived; of what is archived as a whole, the newest of all. */
async function newest(all: Collection, name: string, signal: AbortSignal): Promise<Resource> {
  const words = { 'api-version': apiVersion, $top: '1', $orderBy: 'createdtime desc' }
  const path = `${all.path({ name })}/versions`
  for (const view of [views.active, views.archived]) {
    const page = await ask<Page>(`${path}?${new URLSearchParams({ ...words, listViewType: view })}`, { signal })
    if (page.value[0]) return page.value[0]
  }
  throw new ApiError(404, 'ResourceNotFound', `There is no ${all.kind.name} named ${name}.`)
}

/** The verbs of a kind in the language of YAML files. */
export function operationsOf(client: Lazurite, kind: Kind) {
  if (kind.shape === 'versioned') return new VersionedOperations<JsonObject>(client, kind.name)
  if (typeof kind.shape === 'object') return new ChildOperations<JsonObject>(client, kind.name)
  return new PlainOperations<JsonObject>(client, kind.name)
}

/** Removes one of them; a name that has no versions left goes with its last one. */
export async function removeItem(client: Lazurite, kind: Kind, which: Which): Promise<void> {
  const all = client.of(kind.name)
  await all.delete(which)
  if (which.version === undefined) return
  for await (const _ of all.list({ name: which.name, archived: 'all', max: 1 })) return
  await all.delete({ name: which.name })
}

/** Changes description, tags and the like of one of them, on the wire. */
export async function patchItem(
  client: Lazurite,
  kind: Kind,
  key: ItemKey,
  change: { tags?: Record<string, string>; properties?: JsonObject },
): Promise<void> {
  const { tags, properties = {} } = change
  const inside = kind.tracked || tags === undefined ? properties : { ...properties, tags }
  const beside = kind.tracked && tags !== undefined ? { tags } : {}
  await told(client.of(kind.name).patch(key, { ...beside, properties: inside }))
}

export type { Described }
