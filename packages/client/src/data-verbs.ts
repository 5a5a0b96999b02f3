// What only data has: a look at what is in it.
import { asObject, type JsonObject } from '@lazurite/spec'
import type { Data } from '../generated/documents.ts'
import { VersionedOperations } from './versions.ts'

/** A named file, folder or table. */
export class DataVerbs extends VersionedOperations<Data> {
  /** The first rows, lines or files of a version, as the server reads it. */
  preview(name: string, version: string): Promise<JsonObject> {
    return this.#look(name, version, 'preview')
  }

  /** What is in the columns of a version: types, counts, ranges. */
  profile(name: string, version: string): Promise<JsonObject> {
    return this.#look(name, version, 'profile')
  }

  async #look(name: string, version: string, verb: string): Promise<JsonObject> {
    const path = `/lazurite/v1${this.wire.path({ name, version })}/${verb}`
    return asObject(await (await this.client.ask({ path })).json())
  }
}
