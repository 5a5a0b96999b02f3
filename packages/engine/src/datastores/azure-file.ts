/** A file share of an Azure storage account. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type {
  DirectoryListFilesAndDirectoriesSegmentResponse,
  ShareClient,
  ShareDirectoryClient,
  ShareFileClient,
  ShareServiceClient,
} from '@azure/storage-file-share'
import { asString, fail, inLanes } from '@lazurite/spec'
import { accessOf, accountUrl, checkHost, type Opening } from './account.ts'
import { clientOptions, entranceOf } from './azure-identity.ts'
import { statOf } from './azure-stat.ts'
import { takeHead } from './bodies.ts'
import { FoldersElsewhere, type Halves, type Tree, unlessMissing } from './folders-elsewhere.ts'
import { partCount, prefixOf, type Storage, type StoragePage, trimPath } from './storage.ts'

/** The most that one request may write. */
const rangeBytes = 4 << 20
const lanes = 4
const removeLanes = 16
const mostGrowthBytes = 1 << 30

/** Raises BadArgument for a row that names no account or share, NotSupported for hosts that must not be asked. */
export async function openAzureFile(o: Opening): Promise<Storage> {
  const url = accountUrl(o, 'file')
  await checkHost(url)
  const named =
    asString(o.props.fileShareName) || fail('BadArgument', { what: `The datastore ${o.name} names no file share.` })
  const service = await openService(o, url)
  return new FoldersElsewhere(shareTree(service.getShareClient(named)), {
    datastore: o.name,
    place: `${url.host}/${named}`,
  })
}

async function openService(o: Opening, url: URL): Promise<ShareServiceClient> {
  const { how } = accessOf(o, url)
  if (how !== 'key' && how !== 'sas') {
    fail('NotSupported', {
      what: `Opening the file share of the datastore ${o.name} with what its credentials are`,
      why: 'a share opens to an account key or a signature alone',
      instead: 'Give the datastore an account_key or a sas_token.',
    })
  }
  const sdk = await import('@azure/storage-file-share')
  const { href, credential } = await entranceOf(o, url, sdk)
  return new sdk.ShareServiceClient(href, credential, clientOptions(o))
}

function shareTree(share: ShareClient): Tree {
  const root = share.rootDirectoryClient
  const file = (path: string): ShareFileClient => root.getFileClient(path)
  const folder = (path: string): ShareDirectoryClient => (path === '' ? root : share.getDirectoryClient(path))
  const tree: Tree = {
    level: (path, page) => level(folder(path), path, page),
    objectionTo: (path) => (/["\\:|<>*?]/.test(path) ? 'no file share takes any of " \\ : | < > * ?' : undefined),
    async entry(path) {
      const found = path === '' ? undefined : await unlessMissing(file(path).getProperties())
      if (found) return statOf(path, found)
      const { lastModified } = (await unlessMissing(folder(path).getProperties())) ?? {}
      return lastModified && { path, folder: true, sizeBytes: 0, modifiedAt: lastModified.getTime() }
    },
    async makeFolder(path) {
      await folder(path).createIfNotExists()
    },
    async download(path, start, count) {
      const answer = await file(path).download(start, count, { maxRetryRequests: 4 })
      // the client's own stream is a Readable of Node
      return (answer.readableStreamBody ?? Readable.from([])) as Readable
    },
    async create(path, sizeBytes) {
      await file(path).create(sizeBytes)
    },
    fill: (path, body) => fill(file(path), body),
    async move(from, to) {
      await file(from).rename(way(share) + to, { replaceIfExists: true })
    },
    async removeFile(path) {
      await file(path).delete()
    },
    async removeFolder(path) {
      await removeBelow(share, path)
    },
    halves: shareHalves(file),
  }
  return tree
}

async function level(
  folder: ShareDirectoryClient,
  path: string,
  { marker, limit }: { marker?: string; limit: number },
): Promise<StoragePage> {
  const pages = folder
    .listFilesAndDirectories({ includeTimestamps: true, includeEtag: true })
    .byPage({ maxPageSize: limit, ...(marker === undefined ? {} : { continuationToken: marker }) })
  const found: DirectoryListFilesAndDirectoriesSegmentResponse | undefined = (await pages.next()).value
  const { directoryItems = [], fileItems = [] } = found?.segment ?? {}
  const entries = [
    ...directoryItems.map(({ name }) => ({
      path: prefixOf(path) + name,
      folder: true,
      sizeBytes: 0,
      modifiedAt: 0,
    })),
    ...fileItems.map(({ name, properties }) => statOf(prefixOf(path) + name, properties)),
  ]
  const next = found?.continuationToken
  return { entries, ...(next ? { next } : {}) }
}

/** How long it will be is not known before it is there: the file grows ahead of what comes, and is cut at the end. */
async function fill(file: ShareFileClient, body: Readable): Promise<void> {
  const head = await takeHead(body, rangeBytes)
  if ('whole' in head) {
    if (head.whole.length === 0) return
    await file.resize(head.whole.length)
    await writeRanges(file, 0, head.whole)
    return
  }
  let sizeBytes = 0
  let roomBytes = 0
  const pieces = async function* () {
    for await (const piece of inPieces(head.stream)) {
      if (sizeBytes + piece.length > roomBytes) {
        roomBytes += Math.min(Math.max(roomBytes, lanes * rangeBytes), mostGrowthBytes)
        await file.resize(roomBytes)
      }
      yield { at: sizeBytes, piece }
      sizeBytes += piece.length
    }
  }
  await inLanes(pieces(), lanes, ({ at, piece }) => writeRanges(file, at, piece))
  await file.resize(sizeBytes)
}

async function* inPieces(body: Readable): AsyncIterable<Buffer> {
  let held: Buffer[] = []
  let heldBytes = 0
  for await (const chunk of body) {
    let rest: Buffer = chunk
    while (heldBytes + rest.length >= rangeBytes) {
      const cut = rangeBytes - heldBytes
      yield Buffer.concat([...held, rest.subarray(0, cut)])
      rest = rest.subarray(cut)
      held = []
      heldBytes = 0
    }
    if (rest.length > 0) held.push(rest)
    heldBytes += rest.length
  }
  if (heldBytes > 0) yield Buffer.concat(held)
}

async function writeRanges(file: ShareFileClient, at: number, body: Buffer): Promise<void> {
  for (let done = 0; done < body.length; done += rangeBytes) {
    const range = body.subarray(done, done + rangeBytes)
    await file.uploadRange(range, at + done, range.length)
  }
}

/** Behind a gateway the account stands before the share, and the client forgets it when it moves a file. */
function way(share: ShareClient): string {
  const path = trimPath(new URL(share.url).pathname)
  return path.includes('/') ? `../${path}/` : ''
}

async function removeBelow(share: ShareClient, path: string): Promise<void> {
  const folder = share.getDirectoryClient(path)
  const folders: string[] = []
  await inLanes(folder.listFilesAndDirectories(), removeLanes, async ({ kind, name }) => {
    if (kind === 'directory') folders.push(name)
    else await folder.getFileClient(name).deleteIfExists()
  })
  for (const name of folders) await removeBelow(share, `${path}/${name}`)
  await folder.deleteIfExists()
}

/** Beside the file lies a second one, a byte for each part, that marks those which are whole. */
function shareHalves(file: (path: string) => ShareFileClient): Halves {
  const map = (half: string) => file(`${half}.map`)
  return {
    inOrder: false,
    async begin(half, plan) {
      await file(half).create(plan.sizeBytes)
      await map(half).create(partCount(plan))
    },
    async have(half) {
      const { readableStreamBody } = await map(half).download(0, undefined, { maxRetryRequests: 4 })
      const marks = await buffer(readableStreamBody ?? Readable.from([]))
      return [...marks.keys()].filter((index) => marks[index] === 1)
    },
    async put(half, partBytes, { index, body }) {
      await writeRanges(file(half), index * partBytes, body)
      await map(half).uploadRange(Buffer.of(1), index, 1)
    },
    async finish(half, { sizeBytes, md5 }) {
      const { contentLength } = await file(half).getProperties()
      if (contentLength !== sizeBytes) fail('InvalidBlockList', { block: 'a part of another size' })
      if (md5 !== undefined) await file(half).setHttpHeaders({ fileContentMD5: Buffer.from(md5, 'hex') })
      await map(half).deleteIfExists()
    },
    async drop(half) {
      await file(half).deleteIfExists()
      await map(half).deleteIfExists()
    },
  }
}
