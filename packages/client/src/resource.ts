// Any kind by its table: the same few verbs for all of them. Shapes on the wire are the ARM envelope's.
import {
  asObject,
  asString,
  fail,
  type Json,
  type JsonObject,
  type Kind,
  LazError,
  type WorkspaceId,
  workspaceArmId,
} from '@lazurite/spec'
import type { Ask, Reply } from './http.ts'
import { itemsOf } from './pages.ts'

/** What a collection needs from its client. */
export interface Asking {
  workspace: WorkspaceId
  /** Path that the collections lie below, where it is not the workspace's: a registry's. */
  home?: string | undefined
  ask(ask: Ask): Promise<Reply>
}

/** The ARM envelope of one resource. `name` is the version string for a version. */
export interface Resource {
  id: string
  name: string
  properties: JsonObject
  /** Everything else the envelope holds: type, systemData, tags, location, identity, sku, kind. */
  rest: JsonObject
  /** What `ifMatch` of a later write compares with; absent where the answer was a list or an operation. */
  etag?: string
}

/** What a write asks of what is there. */
export interface Guard {
  /** Only while its etag is still this one; else the write raises PreconditionFailed. */
  ifMatch?: string | undefined
  /** Only when there is nothing yet. */
  onlyNew?: boolean | undefined
}

export interface Which {
  name: string
  /** What a child lies below: the endpoint of a deployment. */
  parent?: string | undefined
  version?: string | undefined
  /** `latest` (newest version not archived), `default`, or a label of the server's. */
  label?: string | undefined
}

export interface ListQuery {
  /** The versions of this name; absent = the names. */
  name?: string | undefined
  /** Those below this one: the deployments of an endpoint. */
  parent?: string | undefined
  archived?: 'active' | 'archived' | 'all'
  /** Newest first. */
  newest?: boolean
  /** Stop after so many. */
  max?: number | undefined
  /** Further query parameters by their wire name. */
  filter?: Record<string, string>
}

export const apiVersion = '2025-01-01-preview'
const listViews = { active: 'ActiveOnly', archived: 'ArchivedOnly', all: 'All' } as const

/** The resources of one kind in one workspace (or, for workspaces, in one resource group). */
export class Collection {
  readonly kind: Kind
  readonly #client: Asking

  constructor(kind: Kind, client: Asking) {
    this.kind = kind
    this.#client = client
  }

  /** URL path of the collection, a resource or a version. */
  path(which?: Partial<Which>): string {
    const segment = encodeURIComponent
    const { scope, shape, collection } = this.kind
    const home = this.#client.home ?? workspaceArmId(this.#client.workspace)
    const under = typeof shape === 'object' ? `/${shape.under}/${segment(which?.parent ?? '')}` : ''
    const base =
      scope === 'resourceGroup' ? home.replace(/\/[^/]+\/[^/]+$/, `/${collection}`) : `${home}${under}/${collection}`
    if (which?.name === undefined) return base
    const named = `${base}/${segment(which.name)}`
    return which.version === undefined ? named : `${named}/versions/${segment(which.version)}`
  }

  /** One resource. Without version or label a versioned kind answers its newest version. Raises ResourceNotFound. */
  async get(which: Which): Promise<Resource> {
    if (this.kind.shape !== 'versioned' || which.version !== undefined)
      return this.#resource({ path: this.#api(this.path(which)) })
    return this.latest(which.name, which.label)
  }

  /** The container of a versioned kind: latestVersion, nextVersion, archived. */
  async container(name: string): Promise<Resource> {
    return this.#resource({ path: this.#api(this.path({ name })) })
  }

  /** The newest version that is not archived, or the version behind a label. Raises VersionNotFound, ResourceNotFound. */
  async latest(name: string, label = 'latest'): Promise<Resource> {
    if (!/^(latest|default)$/i.test(label)) {
      const path = `${this.path({ name })}/labels/${encodeURIComponent(label)}`
      return this.#resource({ path: this.#api(path) })
    }
    for await (const row of this.list({ name, newest: true, max: 1 })) return row
    return fail('ResourceNotFound', { kind: this.kind.name, name })
  }

  /** All of them, page by page. */
  async *list(query: ListQuery = {}): AsyncGenerator<Resource> {
    const filter = new URLSearchParams({
      'api-version': apiVersion,
      listViewType: listViews[query.archived ?? 'active'],
      ...query.filter,
    })
    if (query.newest) filter.set('$orderBy', 'createdtime desc')
    if (query.max !== undefined) filter.set('$top', String(query.max))
    const { parent, name } = query
    const base = name === undefined ? this.path({ parent }) : `${this.path({ name })}/versions`
    for await (const item of itemsOf(this.#client, `${base}?${filter}`, query.max)) yield readResource(item)
  }

  /** Creates or replaces. `beside` goes beside the properties in the envelope (tags, location, identity …). */
  async put(which: Which, properties: JsonObject, beside: JsonObject = {}, guard: Guard = {}): Promise<Resource> {
    return this.#resource({
      method: 'PUT',
      path: this.#api(this.path(which)),
      body: { ...beside, properties },
      headers: guardOf(guard),
    })
  }

  /** Changes what the body names. */
  async patch(which: Which, body: JsonObject, guard: Guard = {}): Promise<Resource> {
    return this.#resource({ method: 'PATCH', path: this.#api(this.path(which)), body, headers: guardOf(guard) })
  }

  /** Removes it; a name that is not there raises ResourceNotFound. */
  async delete(which: Which, query: Record<string, string> = {}, guard: Guard = {}): Promise<void> {
    const path = this.#api(this.path(which), query)
    const answer = await this.#client.ask({ method: 'DELETE', path, headers: guardOf(guard) })
    if (answer.status === 204) fail('ResourceNotFound', { kind: this.kind.name, name: which.name })
    await settle(this.#client, answer)
  }

  /** Archives or restores a version, or the container with all its versions. */
  async archive(which: Which, archived: boolean): Promise<void> {
    const target =
      which.label === undefined
        ? which
        : { name: which.name, version: (await this.latest(which.name, which.label)).name }
    const found = await this.#resource({ path: this.#api(this.path(target)) })
    await this.#resource({
      method: 'PUT',
      path: this.#api(this.path(target)),
      body: { properties: { ...found.properties, isArchived: archived } },
    })
  }

  /** The version that a PUT without a version gets: the highest whole number plus one, `1` at first. */
  async nextVersion(name: string): Promise<string> {
    try {
      return asString((await this.container(name)).properties.nextVersion) ?? '1'
    } catch (error) {
      if (error instanceof LazError && error.http === 404) return '1'
      throw error
    }
  }

  /** A POST action of one resource; a long-running one is waited for. */
  async act(which: Which, action: string, body: Json = {}): Promise<Json> {
    const answer = await this.#client.ask({ method: 'POST', path: this.#api(`${this.path(which)}/${action}`), body })
    return settle(this.#client, answer)
  }

  /** Asks again until `done` says so; `everyMs` grows to a second. */
  async wait(which: Which, done: (resource: Resource) => boolean, signal?: AbortSignal): Promise<Resource> {
    for (let everyMs = 50; ; everyMs = Math.min(1000, everyMs * 1.5)) {
      const now = await this.get(which)
      if (done(now) || signal?.aborted) return now
      await new Promise((go) => setTimeout(go, everyMs))
    }
  }

  #api(path: string, query: Record<string, string> = {}): string {
    return `${path}?${new URLSearchParams({ 'api-version': apiVersion, ...query })}`
  }

  async #resource(ask: Ask): Promise<Resource> {
    const answer = await this.#client.ask(ask)
    const written = ask.method === 'PUT' || ask.method === 'PATCH'
    const body = await settle(this.#client, answer, written ? ask.path : undefined)
    const { etag } = answer.headers
    return { ...readResource(body), ...(etag === undefined ? {} : { etag }) }
  }
}

function guardOf({ ifMatch, onlyNew }: Guard): Record<string, string> {
  return { ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }), ...(onlyNew ? { 'if-none-match': '*' } : {}) }
}

/** Reads the envelope of one resource out of an answer. */
export function readResource(body: Json): Resource {
  const { id, name, properties, ...rest } = asObject(body)
  return { id: asString(id) ?? '', name: asString(name) ?? '', properties: asObject(properties), rest }
}

/**
 * Waits for a long-running answer (202, or 201 with an operation to poll) and gives what came of it; `finalPath` is read
 * again at the end, as a PUT's own answer may have been taken before the work was done.
 */
async function settle(client: Asking, answer: Reply, finalPath?: string): Promise<Json> {
  const operation = answer.headers['azure-asyncoperation']
  const location = answer.headers.location
  const first = await answer.json()
  const poll = operation ?? (answer.status === 202 ? location : undefined)
  if (poll === undefined) return first
  for (let everyMs = 50; ; everyMs = Math.min(1000, everyMs * 1.5)) {
    const now = await client.ask({ path: poll })
    const body = await now.json()
    const state = asString(asObject(body).status)?.toLowerCase()
    if (operation === undefined ? now.status !== 202 : state === 'succeeded') {
      return finalPath === undefined ? body : (await client.ask({ path: finalPath })).json()
    }
    if (operation !== undefined && (state === 'failed' || state === 'canceled')) {
      const error = asObject(asObject(body).error)
      fail('BadArgument', { what: asString(error.message) ?? `The operation ended as ${state}.` })
    }
    await new Promise((go) => setTimeout(go, everyMs))
  }
}
