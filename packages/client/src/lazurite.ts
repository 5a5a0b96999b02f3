// The front door of the TypeScript SDK: one server, one workspace, every kind by its name. What differs between Node and
// browsers is handed in.
import { asArray, asObject, fail, kindByName, LazError, type WorkspaceId } from '@lazurite/spec'
import { KindOperations } from '../generated/operations.ts'
import type { Downloaded, DownloadOptions } from './download.ts'
import type { JobQuery } from './find-jobs.ts'
import { type Ask, type Connection, type Reply, request } from './http.ts'
import type { Found } from './job-looks.ts'
import type { BlobPlace } from './place.ts'
import type { Platform } from './platform.ts'
import { Collection, type Resource } from './resource.ts'
import type { Change } from './stream.ts'
import type { CodeOptions, CodeUpload, DataOptions, DataUpload, Source } from './upload.ts'

/** The workspace that a server makes at its first start. */
export const defaultWorkspace: WorkspaceId = {
  subscription: '00000000-0000-0000-0000-000000000001',
  resourceGroup: 'lazurite',
  workspace: 'main',
}

/** Where the server is, who asks, and which workspace is meant. */
export interface LazuriteOptions extends Connection {
  workspace?: WorkspaceId | undefined
  /** Name of a registry: the assets are its, not the workspace's. */
  registry?: string | undefined
  /** Called once when nobody answers; a connection it returns is used from then on. */
  revive?: (() => Promise<Connection | undefined>) | undefined
}

/** The client itself, on whichever platform; programs make the one that their entry point exports. */
export class Lazurite extends KindOperations {
  readonly workspace: WorkspaceId
  readonly registry: string | undefined
  connection: Connection
  /** What this machine gives: how requests travel, whether there are files. */
  readonly platform: Platform
  readonly #revive: LazuriteOptions['revive']

  constructor(options: LazuriteOptions, platform: Platform) {
    super()
    const { url, token, fetch, ca } = options
    this.connection = { url: url.replace(/\/+$/, ''), token, fetch, ca }
    this.workspace = options.workspace ?? defaultWorkspace
    this.registry = options.registry
    this.platform = platform
    this.#revive = options.revive
  }

  /** Path that collections lie below, where it is not the workspace's. */
  get home(): string | undefined {
    if (this.registry === undefined) return undefined
    const { subscription, resourceGroup } = this.workspace
    const group = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}`
    const name = encodeURIComponent(this.registry)
    return `/mferp/managementfrontend${group}/providers/Microsoft.MachineLearningServices/registries/${name}`
  }

  /** The same server, another workspace. */
  in(workspace: WorkspaceId): Lazurite {
    return new Lazurite({ ...this.connection, workspace, revive: this.#revive }, this.platform)
  }

  /** The same server, the assets of a registry: `laz.inRegistry('azureml').environments.get('…')`. */
  inRegistry(registry: string): Lazurite {
    return new Lazurite(
      { ...this.connection, workspace: this.workspace, registry, revive: this.#revive },
      this.platform,
    )
  }

  /**
   * The resources of a kind as the wire has them: job, model, data, environment, … `laz.jobs` and its like speak the
   * language of YAML files instead. Raises BadArgument for a word that names none.
   */
  of(kind: string): Collection {
    return new Collection(kindByName(kind) ?? fail('BadArgument', { what: `There is no kind named ${kind}.` }), this)
  }

  protected override operations<O>(make: new (client: Lazurite, kind: string) => O, kind: string): O {
    return new make(this, kind)
  }

  /** One request with this client's token; raises the error of an answer that is none. */
  async ask(ask: Ask): Promise<Reply> {
    try {
      return await request(this.platform.send, this.connection, ask)
    } catch (error) {
      const gone = error instanceof LazError && error.code === 'ServerUnreachable'
      const revived = gone && this.#revive ? await this.#revive() : undefined
      if (!revived) throw error
      this.connection = revived
      return request(this.platform.send, this.connection, ask)
    }
  }

  /** Registers a folder as code. See uploadCode. */
  async uploadCode(source: Source | undefined, options?: CodeOptions): Promise<CodeUpload> {
    const { uploadCode } = await import('./upload.ts')
    return uploadCode(this, source, options)
  }

  /** Puts a file or folder into a datastore, named by its content. See uploadData. */
  async uploadData(source: Source, options?: DataOptions): Promise<DataUpload> {
    const { uploadData } = await import('./upload.ts')
    return uploadData(this, source, options)
  }

  /** Copies what a datastore URI names into a local folder; goes on where a broken try stopped. */
  async download(from: string | BlobPlace, to: string, options?: DownloadOptions): Promise<Downloaded> {
    const { downloadUri } = await import('./download.ts')
    return downloadUri(this, from, to, options)
  }

  /**
   * The bytes that a datastore URI names, as they come; `from` and `to` cut out a part.
   * @example
   * for await (const part of laz.read('azureml://datastores/workspaceblobstore/paths/a.bin')) …
   */
  async *read(uri: string, options?: { from?: number; to?: number; signal?: AbortSignal }): AsyncGenerator<Uint8Array> {
    const { readUri } = await import('./download.ts')
    yield* readUri(this, uri, options)
  }

  /** The text that a datastore URI names. */
  async readText(uri: string): Promise<string> {
    const decoder = new TextDecoder()
    let text = ''
    for await (const part of this.read(uri)) text += decoder.decode(part, { stream: true })
    return text + decoder.decode()
  }

  /** Jobs as the wire has them, by state, experiment, tags, parameters, metrics and more. See `jobs.find`. */
  async *findJobs(query: JobQuery): AsyncGenerator<Resource> {
    const { findJobs } = await import('./find-jobs.ts')
    yield* findJobs(this, query)
  }

  /** Everything of the workspace by a part of what it is called; 20 unless told, 100 at most. */
  async search(text: string, options: { top?: number } = {}): Promise<Found[]> {
    const base = this.of('job')
      .path()
      .replace(/\/[^/]+$/, '')
    const words = new URLSearchParams({ q: text, ...(options.top === undefined ? {} : { top: String(options.top) }) })
    const answer = asObject(await (await this.ask({ path: `/lazurite/v1${base}/search?${words}` })).json())
    return asArray(answer.value) as unknown as Found[] // the server's own shape
  }

  /**
   * What changes on the server, from now or from a sequence number on, until the signal ends it; with `job`, of that job
   * and what is below it alone. A broken connection loses nothing.
   */
  async *events(options?: { since?: number; signal?: AbortSignal; job?: string }): AsyncGenerator<Change> {
    const { followEvents } = await import('./stream.ts')
    yield* followEvents(this, options)
  }
}
