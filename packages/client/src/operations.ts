// What can be done with the resources of a kind, in the language of YAML files. Nothing here asks which kind it is: the
// kind's table says what its documents hold, whether it has versions, and what it lies below.
import { fail, type Issue, type Json, type JsonObject, type Kind, kindByName, kinds, LazError } from '@lazurite/spec'
import { documentOf, type Saved, textOf } from './document.ts'
import type { Lazurite } from './lazurite.ts'
import { resolveDocument, type UploadProgress } from './resolve.ts'
import type { Collection, Guard, ListQuery, Resource, Which } from './resource.ts'
import { bare, type Creatable, differenceOf, needName, sourceOf, warningsOf, withoutServed } from './written.ts'
import type { Source } from './yaml-file.ts'

/** How a document is written. */
export interface WriteOptions extends Guard {
  /** Told of uploads as they go. */
  progress?: UploadProgress
  /** Told what the tables and the server warn of; by default nobody is. */
  warn?: (warning: Issue) => void
}

/** Which of them a list has. */
export interface ListOptions {
  /** `active` by default. */
  archived?: 'active' | 'archived' | 'all'
  /** Newest first. */
  newest?: boolean
  /** Stop after so many. */
  max?: number
  /** Further query parameters of the REST API, e.g. `{ tags: 'a=1' }`. */
  filter?: Record<string, string>
}

/** A list that is fetched page by page while it is read. */
export class Listing<T> implements AsyncIterable<T> {
  readonly #read: () => AsyncGenerator<T>

  constructor(read: () => AsyncGenerator<T>) {
    this.#read = read
  }

  [Symbol.asyncIterator](): AsyncGenerator<T> {
    return this.#read()
  }

  /** All of it at once. */
  async toArray(): Promise<T[]> {
    const all: T[] = []
    for await (const one of this) all.push(one)
    return all
  }
}

/** What all shapes share. Programs meet its children: `laz.jobs`, `laz.models`, `laz.onlineDeployments`. */
export abstract class Operations<D extends object> {
  protected readonly client: Lazurite
  /** The kind's table. */
  readonly kind: Kind

  constructor(client: Lazurite, kind: string) {
    this.client = client
    this.kind = kindByName(kind) ?? fail('BadArgument', { what: `There is no kind named ${kind}.` })
  }

  /** The same resources as the wire has them. */
  get wire(): Collection {
    return this.client.of(this.kind.name)
  }

  protected abstract which(document: JsonObject): Promise<Which> | Which

  /**
   * Creates it, or replaces what has its name. Local files that it names are uploaded, inline parts registered, references
   * resolved; a kind with versions gets the next one when the document names none.
   * Raises ValidationFailed with every problem and its place.
   */
  async createOrUpdate(document: Creatable<D>, options: WriteOptions = {}): Promise<Saved<D>> {
    const source = this.prepare(sourceOf(document, this.client))
    const { properties, beside, warnings } = await resolveDocument(this.client, this.kind, source, options)
    const target = await this.which(source.yaml)
    const made = await this.put(target, properties, beside, options)
    for (const warning of [...warnings, ...warningsOf(made)]) options.warn?.(warning)
    return documentOf<D>(this.kind, made)
  }

  /** The same as createOrUpdate, as one says it of jobs. */
  create(document: Creatable<D>, options: WriteOptions = {}): Promise<Saved<D>> {
    return this.createOrUpdate(document, options)
  }

  /** Last touches before a document is read. */
  protected prepare(source: Source): Source {
    return source
  }

  protected async put(which: Which, properties: JsonObject, beside: JsonObject, guard: Guard): Promise<Resource> {
    return this.wire.put(which, properties, beside, guard)
  }

  protected async updateAt(which: Which, change: Change<D>, options: WriteOptions): Promise<Saved<D>> {
    const again = typeof change === 'function' && options.ifMatch === undefined
    for (let attempt = 1; ; attempt++) {
      const now = await this.wire.get(which)
      const target = this.kind.shape === 'versioned' ? { name: which.name, version: now.name } : which
      const before = withoutServed(documentOf<JsonObject>(this.kind, now))
      // a document of this kind, as its table printed the type
      const wanted = typeof change === 'function' ? change(before as unknown as D) : { ...before, ...change }
      const body = await this.#changeOf(before, wanted, options)
      if (Object.keys(body).length === 0) return documentOf<D>(this.kind, now)
      try {
        const guard = { ifMatch: options.ifMatch ?? now.etag }
        return documentOf<D>(this.kind, await this.wire.patch(target, { properties: {}, ...body }, guard))
      } catch (error) {
        const raced = error instanceof LazError && error.http === 412
        if (!raced || !again || attempt >= 5) throw error
      }
    }
  }

  async #changeOf(before: JsonObject, wanted: unknown, options: WriteOptions): Promise<JsonObject> {
    const source = sourceOf(wanted as Creatable<D>, this.client)
    const [old, now] = await Promise.all([
      resolveDocument(this.client, this.kind, sourceOf(before as Creatable<D>, this.client)),
      resolveDocument(this.client, this.kind, source, options),
    ])
    return differenceOf({ ...old.beside, properties: old.properties }, { ...now.beside, properties: now.properties })
  }

  protected listing(query: ListQuery): Listing<Saved<D>> {
    const { kind, wire } = this
    return new Listing(async function* () {
      for await (const one of wire.list(query)) yield documentOf<D>(kind, one)
    })
  }

  /** A POST action of one of them, waited for when it takes long; its answer as it came. */
  act(which: Which, action: string, body: Json = {}): Promise<Json> {
    return this.wire.act(which, action, body)
  }
}

/** What an update gives: the keys that change, or a function from what is there to what shall be. */
export type Change<D> = Partial<D> | ((now: D) => D)

/** Resources with a name: jobs, computes, datastores, endpoints, schedules, workspaces … */
export class PlainOperations<D extends object> extends Operations<D> {
  protected which(document: JsonObject): Which | Promise<Which> {
    return { name: needName(this.kind, document) }
  }

  /** One of them by its name. Raises ResourceNotFound. */
  async get(name: string): Promise<Saved<D>> {
    return documentOf<D>(this.kind, await this.wire.get({ name: bare(this.kind, name).name }))
  }

  /** All of them, page by page as they are read. */
  list(options: ListOptions = {}): Listing<Saved<D>> {
    return this.listing(options)
  }

  /**
   * Changes some keys of one of them. A function is asked again when somebody else was faster.
   * @example await laz.computes.update('cpu', { max_instances: 8 })
   */
  update(name: string, change: Change<D>, options: WriteOptions = {}): Promise<Saved<D>> {
    return this.updateAt({ name }, change, options)
  }

  /** Removes it; waits until it is gone. Raises ResourceNotFound. */
  async delete(name: string, guard: Guard = {}): Promise<void> {
    await this.wire.delete({ name }, {}, guard)
  }

  /** Hides it from lists. */
  archive(name: string): Promise<void> {
    return this.wire.archive({ name }, true)
  }

  /** Shows it in lists again. */
  restore(name: string): Promise<void> {
    return this.wire.archive({ name }, false)
  }
}

/** Deployments, which lie below an endpoint: `parent` is its name. */
export class ChildOperations<D extends object> extends Operations<D> {
  protected which(document: JsonObject): Which {
    const parent = textOf(document, this.parentKey)
    if (parent === undefined)
      fail('BadArgument', { what: `The ${this.kind.name} does not say where it belongs.` }, { target: this.parentKey })
    return { name: needName(this.kind, document), parent }
  }

  /** The key of the document that names what it lies below. */
  get parentKey(): string {
    const under = typeof this.kind.shape === 'object' ? this.kind.shape.under : ''
    const parent = kinds.find((kind) => kind.collection === under)?.name ?? 'parent'
    return `${parent.split('-').at(-1)}_name`
  }

  /** One of them. Raises ResourceNotFound. */
  async get(parent: string, name: string): Promise<Saved<D>> {
    return documentOf<D>(this.kind, await this.wire.get({ parent, name }))
  }

  /** Those below one parent. */
  list(parent: string, options: ListOptions = {}): Listing<Saved<D>> {
    return this.listing({ ...options, parent })
  }

  /** Changes some keys of one of them. */
  update(parent: string, name: string, change: Change<D>, options: WriteOptions = {}): Promise<Saved<D>> {
    return this.updateAt({ parent, name }, change, options)
  }

  /** Removes it; waits until it is gone. Raises ResourceNotFound. */
  async delete(parent: string, name: string, guard: Guard = {}): Promise<void> {
    await this.wire.delete({ parent, name }, {}, guard)
  }
}
