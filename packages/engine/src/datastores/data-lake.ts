/** A file system of a Data Lake Gen2 account, or a lakehouse of OneLake, which speaks the same. */
import { Readable } from 'node:stream'
import type {
  DataLakeFileClient,
  DataLakeFileSystemClient,
  DataLakeServiceClient,
  FileSystemListPathsResponse,
} from '@azure/storage-file-datalake'
import { asObject, asString, fail } from '@lazurite/spec'
import { accountUrl, checkHost, hostUrl, type Opening } from './account.ts'
import { clientOptions, entranceOf } from './azure-identity.ts'
import { type FileFacts, statOf } from './azure-stat.ts'
import { takeHead } from './bodies.ts'
import { FoldersElsewhere, type Halves, type Tree, unlessMissing } from './folders-elsewhere.ts'
import { type Storage, type StoragePage, type StorageStat, trimPath } from './storage.ts'

const chunkBytes = 8 << 20
const lanes = 4

/** Raises BadArgument for a row that names no account or file system, NotSupported for hosts that must not be asked. */
export async function openDataLake(o: Opening): Promise<Storage> {
  const url = accountUrl(o, 'dfs')
  const named =
    asString(o.props.filesystem) || fail('BadArgument', { what: `The datastore ${o.name} names no file system.` })
  return openLake(o, { url, fileSystem: named, base: '' })
}

/** The files of a lakehouse: its workspace is the file system, and they lie below `<name>.Lakehouse/Files`. */
export async function openOneLake(o: Opening): Promise<Storage> {
  const url = hostUrl(o)
  const workspace = trimPath(asString(o.props.oneLakeWorkspaceName) ?? '')
  const artifact = trimPath(asString(asObject(o.props.artifact).artifactName) ?? '')
  if ([workspace, artifact].some((name) => name === '' || name === '..' || /[/\\?#]/.test(name))) {
    fail('BadArgument', { what: `The datastore ${o.name} names no usable workspace and lakehouse.` })
  }
  // in OneLake a thing has an id in place of its name, and then no type behind it
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(artifact)
  const folder = isId || /\.lakehouse$/i.test(artifact) ? artifact : `${artifact}.Lakehouse`
  return openLake(o, { url, fileSystem: workspace, base: `${folder}/Files/` })
}

interface Place {
  url: URL
  fileSystem: string
  /** Before every path; empty, or with a slash at its end. */
  base: string
}

async function openLake(o: Opening, { url, fileSystem, base }: Place): Promise<Storage> {
  await checkHost(url)
  const service = await openService(o, url)
  const place = [url.host, fileSystem, trimPath(base)].filter((part) => part !== '').join('/')
  return new FoldersElsewhere(lakeTree(service.getFileSystemClient(fileSystem), base), { datastore: o.name, place })
}

async function openService(o: Opening, url: URL): Promise<DataLakeServiceClient> {
  const sdk = await import('@azure/storage-file-datalake')
  const { href, credential } = await entranceOf(o, url, sdk)
  return new sdk.DataLakeServiceClient(href, credential, clientOptions(o))
}

function lakeTree(fs: DataLakeFileSystemClient, base: string): Tree {
  const file = (path: string): DataLakeFileClient => fs.getFileClient(base + path)
  const level = async (folder: string, page: { marker?: string; limit: number }): Promise<StoragePage> => {
    const path = trimPath(base + folder)
    const pages = fs.listPaths({ recursive: false, ...(path === '' ? {} : { path }) }).byPage({
      maxPageSize: page.limit,
      ...(page.marker === undefined ? {} : { continuationToken: page.marker }),
    })
    const found: FileSystemListPathsResponse | undefined = (await pages.next()).value
    const entries = (found?.pathItems ?? []).map(({ name = '', isDirectory, ...facts }) =>
      statOfPath(name.slice(base.length), isDirectory === true, facts),
    )
    const next = found?.continuation
    return { entries, ...(next ? { next } : {}) }
  }
  return {
    level,
    async entry(path) {
      if (path === '') {
        await unlessMissing(level('', { limit: 1 }))
        return { path, folder: true, sizeBytes: 0, modifiedAt: 0 }
      }
      const found = await unlessMissing(file(path).getProperties())
      return found && statOfPath(path, isFolder(found), found)
    },
    async implied(path) {
      const below = await unlessMissing(level(path, { limit: 1 }))
      const there = below?.entries.some((entry) => entry.path.startsWith(`${path}/`))
      return there ? { path, folder: true, sizeBytes: 0, modifiedAt: 0 } : undefined
    },
    async makeFolder(path) {
      await fs.getDirectoryClient(base + path).createIfNotExists()
    },
    async download(path, start, count) {
      const answer = await file(path).read(start, count, { maxRetryRequests: 4 })
      if (isFolder(answer)) fail('FileNotFound', { path })
      // the client's own stream is a Readable of Node
      return (answer.readableStreamBody ?? Readable.from([])) as Readable
    },
    async create(path) {
      await file(path).create()
    },
    async fill(path, body) {
      const head = await takeHead(body, chunkBytes)
      if (!('whole' in head)) {
        await file(path).uploadStream(head.stream, { chunkSize: chunkBytes, maxConcurrency: lanes })
      } else if (head.whole.length > 0) await file(path).append(head.whole, 0, head.whole.length, { flush: true })
    },
    async move(from, to) {
      await file(from).move(pathOf(fs), (base + to).split('/').map(encodeURIComponent).join('/'))
    },
    async removeFile(path) {
      await file(path).delete()
    },
    async removeFolder(path) {
      // of a very large folder an answer says how far it came
      while ((await fs.getDirectoryClient(base + path).delete(true)).continuation) {}
    },
    halves: lakeHalves(file),
  }
}

/** Behind a gateway the account stands before the file system, and the client forgets it when it moves a file. */
function pathOf(fs: DataLakeFileSystemClient): string {
  return trimPath(new URL(fs.url).pathname)
}

/** A part is there when it is flushed, and then the file is longer by it: what is there is told by the size alone. */
function lakeHalves(file: (path: string) => DataLakeFileClient): Halves {
  const sizeOf = async (half: string) => (await file(half).getProperties()).contentLength ?? 0
  return {
    inOrder: true,
    async begin(half) {
      await file(half).create()
    },
    async have(half, partBytes) {
      return Array.from({ length: Math.ceil((await sizeOf(half)) / partBytes) }, (_, index) => index)
    },
    async put(half, partBytes, { index, body }) {
      const at = index * partBytes
      const sizeBytes = await sizeOf(half)
      // sent before, and the answer was lost on the way
      if (sizeBytes >= at + body.length) return
      if (sizeBytes !== at) fail('InvalidBlockList', { block: `part ${Math.ceil(sizeBytes / partBytes)}` })
      await file(half).append(body, at, body.length, { flush: true })
    },
    async finish(half, { sizeBytes }) {
      if ((await sizeOf(half)) !== sizeBytes) fail('InvalidBlockList', { block: 'a part of another size' })
    },
    async drop(half) {
      await file(half).deleteIfExists()
    },
  }
}

function isFolder({ metadata }: { metadata?: Record<string, string> }): boolean {
  return metadata?.hdi_isfolder === 'true'
}

function statOfPath(path: string, folder: boolean, facts: FileFacts): StorageStat {
  if (folder) return { path, folder, sizeBytes: 0, modifiedAt: facts.lastModified?.getTime() ?? 0 }
  return statOf(path, facts)
}
