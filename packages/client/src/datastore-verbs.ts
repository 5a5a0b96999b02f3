// What only datastores do: what lies in them, wherever they are. The server reaches the store; large files go in parts that
// may be sent again.
import { asArray, asNumber, asObject, asString, inLanes, type JsonObject } from '@lazurite/spec'
import type { Datastore } from '../generated/documents.ts'
import { joinBytes } from './bytes.ts'
import { checkSize, type FolderFile, readFileParts } from './folder.ts'
import { Listing, PlainOperations } from './operations.ts'
import type { Progress } from './send-folder.ts'
import { folderOf, type Source } from './upload.ts'

/** A file or folder of a datastore. */
export interface StoredFile {
  name: string
  /** From the root of the datastore. */
  path: string
  folder: boolean
  /** Of files alone. */
  sizeBytes?: number
  modifiedAt?: string
  etag?: string
}

export interface UploadOptions {
  progress?: Progress
  signal?: AbortSignal
}

const wholeBytes = 32 * 2 ** 20
const lanes = 4

/** Where bytes are kept: local folders, S3, Azure storage. */
export class DatastoreVerbs extends PlainOperations<Datastore> {
  /**
   * What lies in a folder of a datastore; with `recursive` every file below it.
   * @example for await (const file of laz.datastores.browse('workspaceblobstore', 'raw')) console.log(file.path)
   */
  browse(name: string, path = '', options: { recursive?: boolean } = {}): Listing<StoredFile> {
    const page = async (marker: string | undefined) => {
      const recursive = options.recursive ? { recursive: 'true' } : {}
      const address = this.#address(name, 'browse', { path, ...recursive, ...(marker === undefined ? {} : { marker }) })
      return asObject(await (await this.client.ask({ path: address })).json())
    }
    return new Listing(async function* () {
      let marker: string | undefined
      do {
        const { value, nextMarker } = await page(marker)
        // the shape of the server's own face
        for (const one of asArray(value)) yield one as unknown as StoredFile
        marker = asString(nextMarker)
      } while (marker !== undefined)
    })
  }

  /** The bytes of a file as they come; `from` and `to` cut out a part. */
  async *read(name: string, path: string, options: { from?: number; to?: number } = {}): AsyncGenerator<Uint8Array> {
    const { from = 0, to } = options
    const range = from > 0 || to !== undefined ? { range: `bytes=${from}-${to === undefined ? '' : to - 1}` } : {}
    const headers = { accept: '*/*', ...range }
    yield* (await this.client.ask({ path: this.#address(name, 'content', { path }), headers })).chunks()
  }

  /** Writes one file whole; what is there is overwritten. */
  async write(name: string, path: string, bytes: Uint8Array): Promise<void> {
    const headers = { 'content-type': 'application/octet-stream' }
    const address = this.#address(name, 'content', { path })
    await (await this.client.ask({ method: 'PUT', path: address, headers, body: bytes })).text()
  }

  /** Removes one file. */
  async remove(name: string, path: string): Promise<void> {
    await (await this.client.ask({ method: 'DELETE', path: this.#address(name, 'content', { path }) })).text()
  }

  /**
   * Puts files into a folder of a datastore under their own names. Large ones go in parts, several at once.
   * See `laz.uploadData`, which names the place by the content and sends nothing twice.
   */
  async upload(name: string, source: Source, path: string, options: UploadOptions = {}): Promise<void> {
    const folder = await folderOf(this.client, source)
    let sentBytes = 0
    const sent = (sizeBytes: number) => {
      sentBytes += sizeBytes
      options.progress?.(sentBytes, folder.sizeBytes)
    }
    await inLanes(folder.files, lanes, async (file) => {
      options.signal?.throwIfAborted()
      const to = `${path.replace(/\/+$/, '')}/${file.path}`.replace(/^\/+/, '')
      if (file.sizeBytes <= wholeBytes || !this.client.platform.digest('md5')) {
        await this.#sendWhole(name, to, file)
        sent(file.sizeBytes)
      } else await this.#sendParts(name, { to, file, sent })
    })
  }

  async #sendWhole(name: string, to: string, file: FolderFile): Promise<void> {
    const parts: Uint8Array[] = []
    for await (const part of readFileParts(file)) parts.push(part)
    const bytes = joinBytes(parts)
    checkSize(file, bytes.length)
    await this.write(name, to, bytes)
  }

  async #sendParts(name: string, o: { to: string; file: FolderFile; sent: (bytes: number) => void }): Promise<void> {
    const { to, file, sent } = o
    const { sizeBytes } = file
    const begun = await this.#post(name, 'uploads', to, { sizeBytes })
    const upload = asString(begun.upload) ?? ''
    const partBytes = asNumber(begun.partBytes) ?? wholeBytes
    const parts = Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, index) => index)
    await inLanes(parts, begun.inOrder === true ? 1 : lanes, async (index) => {
      const body = await file.slice(index * partBytes, Math.min(partBytes, sizeBytes - index * partBytes))
      const digest = this.client.platform.digest('md5')
      digest?.update(body)
      const headers = { 'content-type': 'application/octet-stream', 'content-md5': base64OfHex(digest?.hex() ?? '') }
      const path = this.#address(name, `uploads/${encodeURIComponent(upload)}/parts/${index}`, { path: to })
      await (await this.client.ask({ method: 'PUT', path, headers, body })).text()
      sent(body.length)
    })
    await this.#post(name, `uploads/${encodeURIComponent(upload)}/commit`, to, { sizeBytes, partBytes })
  }

  async #post(name: string, verb: string, path: string, body: JsonObject): Promise<JsonObject> {
    const answer = await this.client.ask({ method: 'POST', path: this.#address(name, verb, { path }), body })
    return asObject(await answer.json())
  }

  #address(name: string, verb: string, query: Record<string, string>): string {
    return `/lazurite/v1${this.wire.path({ name })}/${verb}?${new URLSearchParams(query)}`
  }
}

function base64OfHex(hex: string): string {
  return btoa(hex.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16))))
}
