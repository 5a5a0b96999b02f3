/**
 * What a caller has not sent yet, beside what is there: assets as they would be registered, and the files of codes by their
 * hashes. A look at a job that nobody submitted needs them; nothing of it is kept.
 */
import {
  asArray,
  asNumber,
  asObject,
  asString,
  fail,
  type JsonObject,
  kindByCollection,
  parseArmId,
} from '@lazurite/spec'
import type { Key, Row, Store } from '@lazurite/store'
import type { CodeFile } from './jobs/reuse-files.ts'

export interface Pending {
  store: Store
  /** Files of a code that was not sent; undefined for any other. */
  filesOf(code: { scope: string; name: string; version: string }): CodeFile[] | undefined
}

/**
 * A store with more in it than there is. Raises BadArgument for what is no list of assets.
 * @param given `[{id, properties, files?: [[path, sizeBytes, sha256], …]}, …]`; ids are ARM ids of versions
 */
export function withPending(store: Store, scope: string, given: JsonObject[]): Pending {
  const rows = new Map<string, Row>()
  const files = new Map<string, CodeFile[]>()
  for (const one of given) {
    const row = rowOf(scope, one)
    rows.set(addressOf(row), row)
    const listed = asArray(one.files).map(fileOf)
    if (listed.length > 0) files.set(addressOf(row), listed)
  }
  const { get } = store.resources
  const resources: Store['resources'] = { ...store.resources, get: async (key) => rows.get(addressOf(key)) ?? get(key) }
  return { store: { ...store, resources }, filesOf: (code) => files.get(addressOf({ ...code, kind: 'code' })) }
}

function addressOf({ scope, kind, name, version = '' }: Key): string {
  return [scope, kind, name, version].join('\n')
}

function rowOf(scope: string, one: JsonObject): Row {
  const id = parseArmId(asString(one.id) ?? '')
  const kind = id?.collection === undefined ? undefined : kindByCollection(id.collection)
  if (!id?.name || !id.version || kind?.shape !== 'versioned') {
    return fail('BadArgument', { what: `${JSON.stringify(one.id ?? null)} is no id of a version of an asset` })
  }
  return {
    id: 0,
    scope,
    kind: kind.name,
    name: id.name,
    version: id.version,
    props: asObject(one.properties),
    status: {},
    asks: {},
    state: '',
    archived: false,
    etag: 'pending',
    seq: 0,
    createdAt: '',
    createdBy: '',
    modifiedAt: '',
    modifiedBy: '',
  }
}

function fileOf(one: unknown): CodeFile {
  const [path, size, hash] = Array.isArray(one) ? one : []
  const sizeBytes = asNumber(size)
  const sha = asString(hash)
  if (typeof path !== 'string' || sizeBytes === undefined || sha === undefined) {
    return fail('BadArgument', { what: 'The files of a code are [path, size in bytes, sha256]' })
  }
  return { path, sizeBytes, sha256: async () => sha }
}
