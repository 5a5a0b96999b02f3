// Lists of blobs, a page at a time: files in the order of their names, what uploads said of them, and blobs to come.
import { fail } from '@lazurite/spec'
import { type BlobPage, type ListOptions, readStats } from './blob.ts'
import { listUploads } from './blocks.ts'
import { needContainer, type Shelf } from './place.ts'
import { compareUtf8, type WalkPage, type WalkQuery, walkPage } from './walk.ts'

const pageBlobs = 5000

/** See Bytes.list. */
export async function listBlobs(
  shelf: Shelf,
  where: { account: string; container: string; root: string },
  o: ListOptions,
): Promise<BlobPage> {
  needContainer(where)
  if (o.delimiter !== undefined && o.delimiter !== '/') {
    fail('NotSupported', {
      what: `The delimiter ${o.delimiter}`,
      why: 'blobs are plain files in folders',
      instead: 'Use /.',
    })
  }
  const after = o.marker === undefined ? undefined : parseMarker(o.marker)
  const max = Math.max(1, o.max ?? pageBlobs)
  const q = { prefix: o.prefix ?? '', shallow: o.delimiter !== undefined, after, max, folders: o.folders === true }
  const walked = await walkPage(where.root, q)
  const page: WalkPage & { uploads?: string[] } = o.uncommitted
    ? withUploads(walked, q, listUploads(shelf, where.account, where.container))
    : walked
  const blobs = await readStats(shelf.sql, where, page.files)
  return {
    blobs,
    prefixes: page.prefixes,
    ...(page.last === undefined ? {} : { next: printMarker(page.last) }),
    ...(page.uploads === undefined ? {} : { uploads: page.uploads }),
  }
}

/** A page with the names of blobs to come in their places; what no longer fits waits for the next page. */
function withUploads(page: WalkPage, q: WalkQuery, names: string[]): WalkPage & { uploads: string[] } {
  const there = new Set([...page.files.map((file) => file.name), ...page.prefixes])
  const waiting = new Map<string, string | undefined>()
  for (const name of names) {
    if (!name.startsWith(q.prefix)) continue
    const cut = q.shallow ? name.indexOf('/', q.prefix.length) : -1
    const shown = cut < 0 ? name : name.slice(0, cut + 1)
    const inPage = page.last === undefined || compareUtf8(shown, page.last) <= 0
    if (inPage && !there.has(shown) && (q.after === undefined || compareUtf8(shown, q.after) > 0)) {
      waiting.set(shown, cut < 0 ? name : undefined)
    }
  }
  const all = [...there, ...waiting.keys()].sort(compareUtf8)
  const last = all.length > q.max ? all[q.max - 1] : page.last
  const kept = (name: string) => last === undefined || compareUtf8(name, last) <= 0
  return {
    files: page.files.filter((file) => kept(file.name)),
    prefixes: [...page.prefixes, ...[...waiting].flatMap(([name, blob]) => (blob === undefined ? [name] : []))]
      .filter(kept)
      .sort(compareUtf8),
    uploads: [...waiting].flatMap(([name, blob]) => (blob !== undefined && kept(name) ? [name] : [])).sort(compareUtf8),
    ...(last === undefined ? {} : { last }),
  }
}

const markerSign = 'l1.'

function printMarker(name: string): string {
  return markerSign + Buffer.from(name).toString('base64url')
}

function parseMarker(marker: string): string {
  if (!marker.startsWith(markerSign)) fail('BadArgument', { what: 'The marker is not one this list handed out.' })
  return Buffer.from(marker.slice(markerSign.length), 'base64url').toString()
}
