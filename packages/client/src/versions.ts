// What only assets have: versions, labels, lineage, sharing.
import { asArray, asObject, asString, type JsonObject, LazError } from '@lazurite/spec'
import { documentOf, type Saved, textOf } from './document.ts'
import { type Change, type Listing, type ListOptions, Operations, type WriteOptions } from './operations.ts'
import { apiVersion, type Guard, type Resource, type Which } from './resource.ts'
import { bare, needName } from './written.ts'

/** Assets with versions: models, data, environments, components, code … A name alone means the newest version. */
export class VersionedOperations<D extends object> extends Operations<D> {
  protected which(document: JsonObject): Which {
    return { name: needName(this.kind, document), version: textOf(document, 'version') }
  }

  protected override async put(
    which: Which,
    properties: JsonObject,
    beside: JsonObject,
    guard: Guard,
  ): Promise<Resource> {
    for (let attempt = 1; ; attempt++) {
      const version = which.version ?? (await this.wire.nextVersion(which.name))
      try {
        return await super.put({ ...which, version }, properties, beside, guard)
      } catch (error) {
        // somebody else took the number meanwhile
        const taken = error instanceof LazError && error.http === 409 && which.version === undefined
        if (!taken || attempt >= 5) throw error
      }
    }
  }

  /**
   * One version: by name and version, or as `name:3`, `name@latest`, `azureml:name:3`. A bare name is its newest version.
   * Raises ResourceNotFound, VersionNotFound.
   */
  async get(name: string, version?: string): Promise<Saved<D>> {
    return documentOf<D>(this.kind, await this.wire.get(bare(this.kind, name, version)))
  }

  /** The names; each with its newest version as `latest_version`. */
  list(options: ListOptions = {}): Listing<Saved<D>> {
    return this.listing(options)
  }

  /** The versions of one name. */
  versions(name: string, options: ListOptions = {}): Listing<Saved<D>> {
    return this.listing({ ...options, name })
  }

  /** The version that a document without one would get. */
  nextVersion(name: string): Promise<string> {
    return this.wire.nextVersion(name)
  }

  /** Changes what may change of a version: description, tags, stage and the like. */
  update(name: string, version: string, change: Change<D>, options: WriteOptions = {}): Promise<Saved<D>> {
    return this.updateAt({ name, version }, change, options)
  }

  /** Removes a version, or all of them. Raises ResourceNotFound, and refuses what is in use. */
  async delete(name: string, version?: string, guard: Guard = {}): Promise<void> {
    await this.wire.delete({ name, version }, {}, guard)
  }

  /** Hides a version from lists and from `@latest`, or all versions. */
  archive(name: string, version?: string): Promise<void> {
    return this.wire.archive({ name, version }, true)
  }

  /** Shows it again. */
  restore(name: string, version?: string): Promise<void> {
    return this.wire.archive({ name, version }, false)
  }

  /** The labels of a name, each with the version it stands for. */
  async labels(name: string): Promise<Record<string, string>> {
    const body = asObject(await (await this.client.ask({ path: this.#own(name, 'labels') })).json())
    const pairs = asArray(body.value).map(asObject)
    return Object.fromEntries(
      pairs.map((one) => [asString(one.label) ?? asString(one.name) ?? '', asString(one.version) ?? '']),
    )
  }

  /** Lets `name@label` mean this version from now on. */
  async setLabel(name: string, label: string, version: string): Promise<void> {
    const path = this.#own(name, 'labels', label)
    await (await this.client.ask({ method: 'PUT', path, body: { version } })).text()
  }

  /** Takes a label away. */
  async removeLabel(name: string, label: string): Promise<void> {
    await (await this.client.ask({ method: 'DELETE', path: this.#own(name, 'labels', label) })).text()
  }

  /** Which jobs wrote and read a version, and as what. */
  async lineage(name: string, version: string): Promise<Lineage[]> {
    const path = this.#own(name, 'versions', version, 'lineage')
    const body = asObject(await (await this.client.ask({ path })).json())
    // the shape of the server's own face
    return asArray(body.value) as unknown as Lineage[]
  }

  /**
   * Copies a version of this workspace into a registry, under its own name and version unless told.
   * @example await laz.models.share('iris', '3', 'team')
   */
  async share(
    name: string,
    version: string,
    registry: string,
    as: { name?: string; version?: string } = {},
  ): Promise<Saved<D>> {
    const source = await this.wire.get({ name, version })
    const there = this.client.inRegistry(registry)
    const destinationName = as.name ?? name
    const destinationVersion = as.version ?? version
    const answer = await there.ask({
      method: 'POST',
      path: `${there.home}/import?api-version=${apiVersion}`,
      body: { properties: { referenceType: 'Id', destinationName, destinationVersion, sourceAssetId: source.id } },
    })
    await answer.text()
    const target = { name: destinationName, version: destinationVersion }
    return documentOf<D>(this.kind, await there.of(this.kind.name).get(target))
  }

  /** Address of our own face, which has words that ARM has none for. */
  #own(name: string, ...rest: string[]): string {
    const path = this.wire.path({ name }).replace(/^\/mferp\/managementfrontend/, '')
    return `/lazurite/v1${[path, ...rest.map(encodeURIComponent)].join('/')}`
  }
}

/** One use of a version. */
export interface Lineage {
  job: string
  direction: 'read' | 'written'
  /** Name of the input or output. */
  as: string
  at: string
}
