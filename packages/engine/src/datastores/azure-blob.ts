/** A container of an Azure storage account, or of anything that speaks its blob dialect. */
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type {
  BlobServiceClient,
  ContainerClient,
  ContainerListBlobFlatSegmentResponse,
  ContainerListBlobHierarchySegmentResponse,
} from '@azure/storage-blob'
import { asString, fail, inLanes } from '@lazurite/spec'
import { accountUrl, checkHost, type Opening } from './account.ts'
import { Ancestors } from './ancestors.ts'
import { clientOptions, entranceOf } from './azure-identity.ts'
import { statOf } from './azure-stat.ts'
import { retell, takeHead } from './bodies.ts'
import { type Asked, explainRefusal, isMissing, retellError } from './refusal.ts'
import {
  checkPath,
  needParts,
  type PartPlan,
  partCount,
  prefixOf,
  type Storage,
  type StoragePage,
  type StorageParts,
  type StorageStat,
} from './storage.ts'

const blockBytes = 8 << 20
const lanes = 4
const removeLanes = 16

/** Raises BadArgument for a row that names no account or container, NotSupported for hosts that must not be asked. */
export async function openAzureBlob(o: Opening): Promise<Storage> {
  const url = accountUrl(o, 'blob')
  await checkHost(url)
  const container =
    asString(o.props.containerName) || fail('BadArgument', { what: `The datastore ${o.name} names no container.` })
  const service = await openService(o, url)
  return new AzureBlob(service.getContainerClient(container), {
    datastore: o.name,
    place: `${url.host}/${container}`,
    path: '',
  })
}

async function openService(o: Opening, url: URL): Promise<BlobServiceClient> {
  const sdk = await import('@azure/storage-blob')
  const { href, credential } = await entranceOf(o, url, sdk)
  return new sdk.BlobServiceClient(href, credential, clientOptions(o))
}

class AzureBlob implements Storage {
  readonly #container: ContainerClient
  readonly #asked: Asked
  readonly #ancestors: Ancestors
  readonly parts: StorageParts

  constructor(container: ContainerClient, asked: Asked) {
    this.#container = container
    this.#asked = asked
    this.#ancestors = new Ancestors(async (path) => (await this.#file(path)) !== undefined)
    this.parts = this.#partsOf()
  }

  #refuse(path: string): (e: unknown) => never {
    return (e) => explainRefusal(e, { ...this.#asked, path })
  }

  async #file(path: string): Promise<StorageStat | undefined> {
    try {
      const found = await this.#container.getBlobClient(path).getProperties()
      return isFolderMark(path, found.metadata) ? undefined : statOf(path, found)
    } catch (e) {
      if (isMissing(e)) return undefined
      throw e
    }
  }

  async stat(path: string): Promise<StorageStat | undefined> {
    const plain = checkPath(path)
    try {
      const file = plain === '' ? undefined : await this.#file(plain)
      if (file !== undefined) return file
      const first = await this.#container
        .listBlobsFlat({ prefix: prefixOf(plain) })
        .byPage({ maxPageSize: 1 })
        .next()
      const there = plain === '' || (first.value?.segment.blobItems.length ?? 0) > 0
      return there ? { path: plain, folder: true, sizeBytes: 0, modifiedAt: 0 } : undefined
    } catch (e) {
      return this.#refuse(plain)(e)
    }
  }

  async *list(folder: string, after = ''): AsyncIterable<StorageStat> {
    const plain = checkPath(folder)
    try {
      for await (const blob of this.#container.listBlobsFlat({ prefix: prefixOf(plain), includeMetadata: true })) {
        if (blob.name <= after || isFolderMark(blob.name, blob.metadata)) continue
        yield statOf(blob.name, blob.properties)
      }
    } catch (e) {
      this.#refuse(plain)(e)
    }
  }

  async below(folder: string, { marker, limit }: { marker?: string; limit: number }): Promise<StoragePage> {
    const plain = checkPath(folder)
    try {
      const pages = this.#container
        .listBlobsFlat({ prefix: prefixOf(plain), includeMetadata: true })
        .byPage({ maxPageSize: limit, ...(marker === undefined ? {} : { continuationToken: marker }) })
      const page: ContainerListBlobFlatSegmentResponse | undefined = (await pages.next()).value
      const entries = (page?.segment.blobItems ?? [])
        .filter((blob) => !isFolderMark(blob.name, blob.metadata))
        .map((blob) => statOf(blob.name, blob.properties))
      const next = page?.continuationToken
      return { entries, ...(next ? { next } : {}) }
    } catch (e) {
      return this.#refuse(plain)(e)
    }
  }

  async browse(folder: string, { marker, limit }: { marker?: string; limit: number }): Promise<StoragePage> {
    const plain = checkPath(folder)
    try {
      const pages = this.#container
        .listBlobsByHierarchy('/', { prefix: prefixOf(plain), includeMetadata: true })
        .byPage({ maxPageSize: limit, ...(marker === undefined ? {} : { continuationToken: marker }) })
      const page: ContainerListBlobHierarchySegmentResponse | undefined = (await pages.next()).value
      const folders = (page?.segment.blobPrefixes ?? []).map(({ name }) => folderOf(name))
      const files = (page?.segment.blobItems ?? [])
        .filter((blob) => !isFolderMark(blob.name, blob.metadata))
        .map((blob) => statOf(blob.name, blob.properties))
      const next = page?.continuationToken
      return { entries: [...folders, ...files], ...(next ? { next } : {}) }
    } catch (e) {
      return this.#refuse(plain)(e)
    }
  }

  async read(path: string, { start = 0, end }: { start?: number; end?: number } = {}): Promise<Readable> {
    const plain = checkPath(path)
    try {
      const count = end === undefined ? undefined : end - start + 1
      const answer = await this.#container.getBlobClient(plain).download(start, count, { maxRetryRequests: 4 })
      const body = answer.readableStreamBody ?? Readable.from([])
      // the client's own stream is a Readable of Node
      return retell(body as Readable, (e) => retellError(e, { ...this.#asked, path: plain }))
    } catch (e) {
      return this.#refuse(plain)(e)
    }
  }

  async write(path: string, body: Readable): Promise<StorageStat> {
    const plain = checkPath(path)
    try {
      await this.#ancestors.check(plain)
      const blob = this.#container.getBlockBlobClient(plain)
      const head = await takeHead(body, blockBytes)
      if ('whole' in head) await blob.upload(head.whole, head.whole.length)
      else await blob.uploadStream(head.stream, blockBytes, lanes)
      return (await this.#file(plain)) ?? fail('FileNotFound', { path: plain })
    } catch (e) {
      return this.#refuse(plain)(e)
    }
  }

  async remove(path: string): Promise<boolean> {
    const plain = checkPath(path)
    if (plain === '') fail('PathNotAllowed', { path: '/' })
    try {
      const drop = (name: string) => this.#container.getBlobClient(name).deleteIfExists({ deleteSnapshots: 'include' })
      let removed = (await drop(plain)).succeeded
      await inLanes(this.#container.listBlobsFlat({ prefix: prefixOf(plain) }), removeLanes, async ({ name }) => {
        removed = (await drop(name)).succeeded || removed
      })
      this.#ancestors.forget()
      return removed
    } catch (e) {
      return this.#refuse(plain)(e)
    }
  }

  /** Parts are blocks that no list names yet; the service keeps them for a week. */
  #partsOf(): StorageParts {
    const idOf = (upload: string, index: number) =>
      Buffer.from(`${upload}-${String(index).padStart(6, '0')}`).toString('base64')
    const have = async (path: string, upload: string): Promise<number[]> => {
      const list = await this.#container
        .getBlockBlobClient(path)
        .getBlockList('uncommitted')
        .catch((e) => {
          if (isMissing(e)) return undefined
          throw e
        })
      return (list?.uncommittedBlocks ?? []).flatMap(({ name }) => {
        const [of, index] = Buffer.from(name, 'base64').toString().split('-')
        return of === upload && index !== undefined ? [Number(index)] : []
      })
    }
    const at = async <T>(path: string, act: (plain: string) => Promise<T>): Promise<T> => {
      const plain = checkPath(path)
      return act(plain).catch(this.#refuse(plain))
    }
    return {
      start: (path) =>
        at(path, async (plain) => {
          await this.#ancestors.check(plain)
          return { upload: randomBytes(12).toString('hex'), inOrder: false }
        }),
      have: (path, upload) => at(path, (plain) => have(plain, upload)),
      put: (path, upload, { index, body }) =>
        at(path, async (plain) => {
          await this.#container.getBlockBlobClient(plain).stageBlock(idOf(upload, index), body, body.length)
        }),
      commit: (path, upload, plan) =>
        at(path, async (plain) => {
          needParts(await have(plain, upload), plan)
          await this.#commit(plain, upload, plan, idOf)
          return (await this.#file(plain)) ?? fail('FileNotFound', { path: plain })
        }),
      // what no list names goes by itself
      drop: async () => {},
    }
  }

  async #commit(
    path: string,
    upload: string,
    plan: PartPlan & { md5?: string },
    idOf: (upload: string, index: number) => string,
  ) {
    const ids = Array.from({ length: partCount(plan) }, (_, index) => idOf(upload, index))
    const headers = plan.md5 === undefined ? {} : { blobHTTPHeaders: { blobContentMD5: Buffer.from(plan.md5, 'hex') } }
    await this.#container.getBlockBlobClient(path).commitBlockList(ids, headers)
  }
}

/** Accounts with real folders show them as empty blobs, too. */
function isFolderMark(name: string, metadata: Record<string, string> | undefined): boolean {
  return name.endsWith('/') || metadata?.hdi_isfolder === 'true'
}

function folderOf(name: string): StorageStat {
  return { path: name.replace(/\/$/, ''), folder: true, sizeBytes: 0, modifiedAt: 0 }
}
