// Where a URI leads: a container of this server is asked in the storage dialect, a store elsewhere through the server.
import { asArray, asNumber, asObject, asString, fail, parseUri } from '@lazurite/spec'
import { type BlobEntry, blobPath, findContainer, listBlobs } from './blobs.ts'
import type { Lazurite } from './lazurite.ts'

/** A place whose files can be listed and read, all with the same few headers. */
export interface Place {
  /** What the URI names, from the root of its datastore, no slash at the end. */
  path: string
  /** The addresses carry their own proof. */
  signed: boolean
  /** Every file whose path begins so. */
  list(): Promise<BlobEntry[]>
  /** Address of a file: it knows GET, HEAD, ranges and If-Match. */
  at(name: string): string
}

/**
 * Where a datastore URI, `azureml:<data>:<version>` or the id of an asset leads. Raises NotSupported for a URI of another
 * kind.
 */
export async function placeOfUri(client: Lazurite, uri: string): Promise<Place> {
  const parsed = parseUri(uri)
  if (parsed.form === 'asset') return placeOfUri(client, await uriOfAsset(client, parsed, uri))
  if (parsed.form !== 'datastore') {
    return fail('NotSupported', {
      what: `Reading ${uri}`,
      why: 'it is not in a datastore of the workspace',
      instead: 'Fetch it from where it lies.',
    })
  }
  const home = parsed.workspace ? client.in(parsed.workspace) : client
  const path = parsed.path.replace(/\/+$/, '')
  const container = await findContainer(home, parsed.datastore)
  if (!container) return elsewhere(home, parsed.datastore, path)
  return inContainer(home, { ...container, path })
}

/** Blobs below a path of a container: its address, the signature to ask it with, the path. */
export interface BlobPlace {
  base: string
  query: string
  path: string
}

/** The same as a place that is read like any other. */
export function inContainer(client: Lazurite, at: BlobPlace): Place {
  const { base, query } = at
  const path = at.path.replace(/\/+$/, '')
  return {
    path,
    signed: query !== '',
    list: () => listBlobs(client, at, path),
    at: (name) => blobPath(base, name, query),
  }
}

interface AssetUri {
  collection: string
  name: string
  version?: string
  label?: string
}

async function uriOfAsset(
  client: Lazurite,
  { collection, name, version, label }: AssetUri,
  uri: string,
): Promise<string> {
  const kind = collection === 'models' ? 'model' : 'data'
  const { properties } = await client.of(kind).get({ name, version, label })
  return (
    asString(properties.dataUri) ??
    asString(properties.modelUri) ??
    fail('BadArgument', { what: `${uri} has no files.` })
  )
}

function elsewhere(client: Lazurite, datastore: string, path: string): Place {
  const face = `/lazurite/v1${client.of('datastore').path({ name: datastore })}`
  const list = async () => {
    const found: BlobEntry[] = []
    let marker: string | undefined
    do {
      const query = new URLSearchParams({ path, recursive: 'true', ...(marker === undefined ? {} : { marker }) })
      const page = asObject(await (await client.ask({ path: `${face}/browse?${query}` })).json())
      for (const one of asArray(page.value).map(asObject))
        if (one.folder !== true) found.push({ name: asString(one.path) ?? '', sizeBytes: asNumber(one.sizeBytes) ?? 0 })
      marker = asString(page.nextMarker)
    } while (marker !== undefined)
    return found
  }
  return { path, signed: false, list, at: (name) => `${face}/content?${new URLSearchParams({ path: name })}` }
}
