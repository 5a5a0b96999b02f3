// A datastore as a transfer sees it: files by path, sent and fetched through the server, wherever they lie.
import type { Lazurite } from '@lazurite/client'
import { asArray, asObject, asString, type Json, type JsonObject } from '@lazurite/spec'
import { type Patient, patiently } from './lanes.ts'

export interface RemoteFile {
  path: string
  sizeBytes: number
  /** ISO instant; empty where the storage keeps none. */
  modifiedAt: string
}

export class RemoteStore {
  readonly client: Lazurite
  readonly name: string

  constructor(client: Lazurite, name: string) {
    this.client = client
    this.name = name
  }

  address(verb: string, query: Record<string, string>): string {
    const path = this.client.of('datastore').path({ name: this.name })
    return `/lazurite/v1${path}/${verb}?${new URLSearchParams(query)}`
  }

  async json(method: 'GET' | 'POST' | 'DELETE', path: string, body?: Json): Promise<JsonObject> {
    const answer = await this.client.ask({ method, path, ...(body === undefined ? {} : { body }) })
    return asObject(await answer.json())
  }

  async put(path: string, body: Uint8Array, md5: string): Promise<void> {
    const headers = { 'content-type': 'application/octet-stream', 'content-md5': md5 }
    await (await this.client.ask({ method: 'PUT', path, headers, body })).text()
  }

  /** One page of what a folder holds. */
  async page(query: Record<string, string>): Promise<{ value: JsonObject[]; next: string | undefined }> {
    const { value, nextMarker } = await this.json('GET', this.address('browse', query))
    return { value: asArray(value).map(asObject), next: asString(nextMarker) }
  }

  /** Every file at or below a path. Raises FileNotFound. */
  async *files(path: string, patient: Patient): AsyncGenerator<RemoteFile> {
    let marker: string | undefined
    do {
      const query = { path, recursive: 'true', limit: '5000', ...(marker === undefined ? {} : { marker }) }
      const { value, next } = await patiently(patient, () => this.page(query))
      for (const file of value) yield fileOf(file)
      marker = next
    } while (marker !== undefined)
  }
}

function fileOf(file: JsonObject): RemoteFile {
  return {
    path: asString(file.path) ?? '',
    sizeBytes: Number(file.sizeBytes ?? 0),
    modifiedAt: asString(file.modifiedAt) ?? '',
  }
}
