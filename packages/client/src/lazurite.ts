// The front door of the TypeScript SDK: one server, one workspace, every kind by its name. Runs in Node and in browsers;
// what needs a file system is loaded when it is called.
import { fail, kindByName, LazError, type WorkspaceId } from '@lazurite/spec'
import type { Downloaded } from './download.ts'
import { type Answer, type Ask, type Connection, request } from './http.ts'
import { Collection } from './resource.ts'
import type { CodeOptions, CodeUpload, DataUpload, Progress } from './upload.ts'

/** The workspace that a server makes at its first start. */
export const defaultWorkspace: WorkspaceId = {
  subscription: '00000000-0000-0000-0000-000000000001',
  resourceGroup: 'lazurite',
  workspace: 'main',
}

export interface LazuriteOptions extends Connection {
  workspace?: WorkspaceId | undefined
  /** Called once when nobody answers; a connection it returns is used from then on. */
  revive?: (() => Promise<Connection | undefined>) | undefined
}

/**
 * @example
 * const laz = new Lazurite({ url: 'http://127.0.0.1:8080', token })
 * for await (const job of laz.of('job').list()) console.log(job.name, job.properties.status)
 */
export class Lazurite {
  readonly workspace: WorkspaceId
  connection: Connection
  readonly #revive: LazuriteOptions['revive']

  constructor(options: LazuriteOptions) {
    this.connection = { url: options.url.replace(/\/+$/, ''), token: options.token, fetch: options.fetch }
    this.workspace = options.workspace ?? defaultWorkspace
    this.#revive = options.revive
  }

  /** The same server, another workspace. */
  in(workspace: WorkspaceId): Lazurite {
    return new Lazurite({ ...this.connection, workspace, revive: this.#revive })
  }

  /** The resources of a kind: job, model, data, environment, … Raises BadArgument for a word that names none. */
  of(kind: string): Collection {
    return new Collection(kindByName(kind) ?? fail('BadArgument', { what: `There is no kind named ${kind}.` }), this)
  }

  /** One request with this client's token; raises the error of an answer that is none. */
  async ask(ask: Ask): Promise<Answer> {
    try {
      return await request(this.connection, ask)
    } catch (error) {
      const gone = error instanceof LazError && error.code === 'ServerUnreachable'
      const revived = gone && this.#revive ? await this.#revive() : undefined
      if (!revived) throw error
      this.connection = revived
      return request(this.connection, ask)
    }
  }

  /** Registers a folder as code. See uploadCode. */
  async uploadCode(path: string | undefined, options?: CodeOptions): Promise<CodeUpload> {
    const { uploadCode } = await import('./upload.ts')
    return uploadCode(this, path, options)
  }

  /** Puts a file or folder into a datastore. See uploadData. */
  async uploadData(
    path: string,
    options?: { datastore?: string | undefined; progress?: Progress | undefined },
  ): Promise<DataUpload> {
    const { uploadData } = await import('./upload.ts')
    return uploadData(this, path, options)
  }

  /** Copies what a datastore URI names into a local folder. */
  async download(uri: string, to: string): Promise<Downloaded> {
    const { downloadUri } = await import('./download.ts')
    return downloadUri(this, uri, to)
  }
}
