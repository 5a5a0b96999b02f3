// What lies in a container, asked in the storage dialect.
import type { Lazurite } from './lazurite.ts'

export interface BlobEntry {
  name: string
  sizeBytes: number
}

/** The blobs below a prefix of a container. */
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
        path: `${place.base}?${query}&${place.query}`,
        signed: true,
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
