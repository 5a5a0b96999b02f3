// What lies in a container, asked in the storage dialect.
import { asObject, asString, fail } from '@lazurite/spec'
import type { Lazurite } from './lazurite.ts'

export interface BlobEntry {
  name: string
  sizeBytes: number
}

/** The blobs below a prefix of a container; an empty query asks with the client's own token. */
export async function listBlobs(
  client: Lazurite,
  place: { base: string; query: string },
  prefix: string,
): Promise<BlobEntry[]> {
  const found: BlobEntry[] = []
  let marker = ''
  do {
    const query = new URLSearchParams({
      restype: 'container',
      comp: 'list',
      prefix,
      maxresults: '5000',
      ...(marker ? { marker } : {}),
    })
    const text = await (
      await client.ask({
        path: `${place.base}?${query}${place.query === '' ? '' : `&${place.query}`}`,
        signed: place.query !== '',
        headers: { accept: 'application/xml' },
      })
    ).text()
    for (const [, blob = ''] of text.matchAll(/<Blob>(.*?)<\/Blob>/gs)) {
      found.push({ name: xmlText(blob, 'Name'), sizeBytes: Number(xmlText(blob, 'Content-Length')) })
    }
    marker = xmlText(text, 'NextMarker')
  } while (marker !== '')
  return found
}

function xmlText(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? ''
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, digits: string) => String.fromCodePoint(Number(digits)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&amp;/g, '&')
}

/** URL of a blob below a container's address. */
export function blobPath(base: string, blob: string, query: string): string {
  return `${base}/${blob.split('/').map(encodeURIComponent).join('/')}?${query}`
}

/** A container on our own server, and the signature that opens it. */
export interface Container {
  base: string
  query: string
}

/** Address of a datastore's container on our own server, with a fresh signature; undefined for a store elsewhere. */
export async function findContainer(client: Lazurite, name: string): Promise<Container | undefined> {
  const store = await client.of('datastore').get({ name })
  const account = asString(store.properties.accountName) ?? ''
  const container =
    asString(store.properties.containerName) ??
    asString(store.properties.fileShareName) ??
    asString(store.properties.filesystem)
  if (!/^laz[0-9a-f]{12}$/.test(account) || container === undefined) return undefined
  const secrets = asObject(
    await client.of('datastore').act({ name }, 'listSecrets', { expirableSecret: true, expireAfterHours: 1 }),
  )
  return {
    base: `${client.connection.url}/${account}/${container}`,
    query: (asString(secrets.sasToken) ?? '').replace(/^\?/, ''),
  }
}

/** The same where there is no other way. Raises NotSupported for a store elsewhere. */
export async function openDatastore(client: Lazurite, name: string): Promise<Container> {
  return (
    (await findContainer(client, name)) ??
    fail('NotSupported', {
      what: `Naming the address of a blob in the datastore ${name}`,
      why: 'it lies outside this server',
      instead: 'Use laz.datastores.browse, read, write and upload, which reach it through the server.',
    })
  )
}

/** The last bytes of a blob, whole lines alone when it is longer; empty when it is not there. */
export async function readTail(client: Lazurite, datastore: string, blob: string, sizeBytes: number): Promise<string> {
  const { base, query } = await openDatastore(client, datastore)
  const path = blobPath(base, blob, query)
  const head = await client.ask({ method: 'HEAD', path, signed: true, accept: [404] })
  await head.text()
  const total = Number(head.headers['content-length'] ?? 0)
  if (head.status === 404 || total === 0) return ''
  const from = Math.max(0, total - sizeBytes)
  const answer = await client.ask({
    path,
    signed: true,
    headers: { accept: '*/*', range: `bytes=${from}-${total - 1}` },
  })
  const text = await answer.text()
  return from === 0 ? text : text.slice(text.indexOf('\n') + 1)
}
