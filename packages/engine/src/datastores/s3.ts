/** A bucket of S3, or of anything that speaks its dialect. Ours: Azure ML has no such type. */
import { Readable } from 'node:stream'
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3'
import { asObject, asString, fail, inLanes } from '@lazurite/spec'
import { checkHost, type Opening } from './account.ts'
import { Ancestors } from './ancestors.ts'
import { retell, takeHead } from './bodies.ts'
import { type Asked, explainRefusal, isMissing, retellError } from './refusal.ts'
import {
  checkPath,
  needParts,
  partCount,
  prefixOf,
  type Storage,
  type StoragePage,
  type StorageParts,
  type StorageStat,
} from './storage.ts'

type Sdk = typeof import('@aws-sdk/client-s3')

const partBytes = 8 << 20
const lanes = 4

/** Raises BadArgument for a row that names no bucket, NotSupported for hosts that must not be asked. */
export async function openS3(o: Opening): Promise<Storage> {
  const { name, props } = o
  const bucket = asString(props.bucketName) || fail('BadArgument', { what: `The datastore ${name} names no bucket.` })
  const endpoint = endpointOf(o)
  if (endpoint !== undefined) await checkHost(endpoint)
  const sdk = await import('@aws-sdk/client-s3')
  const given = keysOf(o)
  const client = new sdk.S3Client({
    region: asString(props.region) || 'us-east-1',
    forcePathStyle: typeof props.pathStyle === 'boolean' ? props.pathStyle : endpoint !== undefined,
    maxAttempts: 4,
    // servers that are not Amazon's know MD5 alone
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
    ...(given === undefined ? {} : { credentials: given }),
    // the keys of this machine are shown to Amazon alone
    ...(given === undefined && endpoint !== undefined ? { signer: { sign: async (request) => request } } : {}),
  })
  const place = `${endpoint?.host ?? 's3.amazonaws.com'}/${bucket}`
  return new S3({ sdk, client, bucket, asked: { datastore: name, place, path: '' } })
}

function endpointOf({ name, props }: Opening): URL | undefined {
  const text = asString(props.endpoint)
  if (text === undefined || text === '') return undefined
  const url = /^https?:\/\//i.test(text) ? text : `https://${text}`
  return URL.canParse(url)
    ? new URL(url)
    : fail('BadArgument', { what: `The endpoint of the datastore ${name} is no address.` })
}

function keysOf({ name, props, secrets }: Opening): { accessKeyId: string; secretAccessKey: string } | undefined {
  const accessKeyId = asString(asObject(props.credentials).accessKeyId) || asString(secrets.accessKeyId)
  const secretAccessKey = asString(secrets.secretAccessKey)
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey }
  if (!accessKeyId && !secretAccessKey) return undefined
  return fail('BadArgument', { what: `The datastore ${name} has half of its access key: set its credentials again.` })
}

interface Inside {
  sdk: Sdk
  client: S3Client
  bucket: string
  asked: Asked
}

interface ObjectFacts {
  Size?: number | undefined
  ContentLength?: number | undefined
  LastModified?: Date | undefined
  ETag?: string | undefined
}

class S3 implements Storage {
  readonly #in: Inside
  readonly #ancestors: Ancestors
  readonly parts: StorageParts

  constructor(inside: Inside) {
    this.#in = inside
    this.#ancestors = new Ancestors(async (path) => (await this.#file(path)) !== undefined)
    this.parts = partsOf(inside, {
      at: (path, act) => this.#at(path, act),
      check: (path) => this.#ancestors.check(path),
      file: async (path) => (await this.#file(path)) ?? fail('FileNotFound', { path }),
    })
  }

  async #at<T>(path: string, act: (plain: string) => Promise<T>): Promise<T> {
    const plain = checkPath(path)
    try {
      return await act(plain)
    } catch (e) {
      return explainRefusal(e, { ...this.#in.asked, path: plain })
    }
  }

  async #file(path: string): Promise<StorageStat | undefined> {
    const { sdk, client, bucket } = this.#in
    try {
      return statOf(path, await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: path })))
    } catch (e) {
      if (isMissing(e)) return undefined
      // a file on the way to the path, where the server keeps plain files
      if (e instanceof Error && /ParentIsObject|400/.test(`${e.name} ${metadataOf(e)}`)) return undefined
      throw e
    }
  }

  stat(path: string): Promise<StorageStat | undefined> {
    return this.#at(path, async (plain) => {
      const file = plain === '' ? undefined : await this.#file(plain)
      if (file !== undefined) return file
      const { sdk, client, bucket } = this.#in
      const found = await client.send(
        new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefixOf(plain), MaxKeys: 1 }),
      )
      const there = plain === '' || (found.KeyCount ?? 0) > 0
      return there ? { path: plain, folder: true, sizeBytes: 0, modifiedAt: 0 } : undefined
    })
  }

  async *list(folder: string, after = ''): AsyncIterable<StorageStat> {
    const plain = checkPath(folder)
    const { sdk, client, bucket, asked } = this.#in
    try {
      const query = { Bucket: bucket, Prefix: prefixOf(plain), ...(after === '' ? {} : { StartAfter: after }) }
      for await (const page of sdk.paginateListObjectsV2({ client }, query)) {
        for (const found of page.Contents ?? []) {
          const key = found.Key ?? ''
          if (!key.endsWith('/') && key > after) yield statOf(key, found)
        }
      }
    } catch (e) {
      explainRefusal(e, { ...asked, path: plain })
    }
  }

  browse(folder: string, { marker, limit }: { marker?: string; limit: number }): Promise<StoragePage> {
    return this.#at(folder, async (plain) => {
      const { sdk, client, bucket } = this.#in
      const page = await client.send(
        new sdk.ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefixOf(plain),
          Delimiter: '/',
          MaxKeys: Math.min(limit, 1000),
          ...(marker === undefined ? {} : { ContinuationToken: marker }),
        }),
      )
      const folders = (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => ({
        path: Prefix.replace(/\/$/, ''),
        folder: true,
        sizeBytes: 0,
        modifiedAt: 0,
      }))
      const files = (page.Contents ?? [])
        .filter(({ Key = '/' }) => !Key.endsWith('/'))
        .map((found) => statOf(found.Key ?? '', found))
      const next = page.IsTruncated ? page.NextContinuationToken : undefined
      return { entries: [...folders, ...files], ...(next === undefined ? {} : { next }) }
    })
  }

  read(path: string, { start = 0, end }: { start?: number; end?: number } = {}): Promise<Readable> {
    return this.#at(path, async (plain) => {
      const { sdk, client, bucket, asked } = this.#in
      const range = start === 0 && end === undefined ? {} : { Range: `bytes=${start}-${end ?? ''}` }
      const answer = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: plain, ...range }))
      const body = answer.Body instanceof Readable ? answer.Body : Readable.from([])
      return retell(body, (e) => retellError(e, { ...asked, path: plain }))
    })
  }

  write(path: string, body: Readable): Promise<StorageStat> {
    return this.#at(path, async (plain) => {
      await this.#ancestors.check(plain)
      const { sdk, client, bucket } = this.#in
      const head = await takeHead(body, partBytes)
      if ('whole' in head) {
        await client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: plain, Body: head.whole }))
      } else {
        const { Upload } = await import('@aws-sdk/lib-storage')
        const params = { Bucket: bucket, Key: plain, Body: head.stream }
        await new Upload({ client, params, partSize: partBytes, queueSize: lanes }).done()
      }
      return (await this.#file(plain)) ?? fail('FileNotFound', { path: plain })
    })
  }

  remove(path: string): Promise<boolean> {
    return this.#at(path, async (plain) => {
      if (plain === '') fail('PathNotAllowed', { path: '/' })
      const { sdk, client, bucket } = this.#in
      const drop = (key: string) => client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }))
      let removed = (await this.#file(plain)) !== undefined
      if (removed) await drop(plain)
      await inLanes(this.list(plain), lanes, async (file) => {
        await drop(file.path)
        removed = true
      })
      this.#ancestors.forget()
      return removed
    })
  }
}

interface Around {
  at<T>(path: string, act: (plain: string) => Promise<T>): Promise<T>
  check(path: string): Promise<void>
  file(path: string): Promise<StorageStat>
}

/** Parts are those of a multipart upload; the bucket's own rules say how long they are kept. */
function partsOf({ sdk, client, bucket }: Inside, { at, check, file }: Around): StorageParts {
  const listed = async (path: string, upload: string): Promise<CompletedPart[]> => {
    const found: CompletedPart[] = []
    let marker = ''
    for (;;) {
      const query = {
        Bucket: bucket,
        Key: path,
        UploadId: upload,
        ...(marker === '' ? {} : { PartNumberMarker: marker }),
      }
      const page = await client.send(new sdk.ListPartsCommand(query))
      for (const { PartNumber, ETag } of page.Parts ?? []) found.push({ PartNumber, ETag })
      // a server may name a next page where there is none
      const next = page.IsTruncated ? (page.NextPartNumberMarker ?? '') : ''
      if (next === '' || Number(next) <= Number(marker)) break
      marker = next
    }
    return found
  }
  return {
    start: (path) =>
      at(path, async (plain) => {
        await check(plain)
        const made = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket: bucket, Key: plain }))
        return { upload: made.UploadId ?? fail('FileNotFound', { path: plain }), inOrder: false }
      }),
    have: (path, upload) =>
      at(path, async (plain) => (await listed(plain, upload)).map(({ PartNumber = 0 }) => PartNumber - 1)),
    put: (path, upload, { index, body }) =>
      at(path, async (plain) => {
        const target = { Bucket: bucket, Key: plain, UploadId: upload, PartNumber: index + 1 }
        await client.send(new sdk.UploadPartCommand({ ...target, Body: body }))
      }),
    commit: (path, upload, plan) =>
      at(path, async (plain) => {
        const there = await listed(plain, upload)
        needParts(
          there.map(({ PartNumber = 0 }) => PartNumber - 1),
          plan,
        )
        const Parts = there.filter(({ PartNumber = 0 }) => PartNumber <= partCount(plan))
        const target = { Bucket: bucket, Key: plain, UploadId: upload }
        await client.send(new sdk.CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } }))
        return file(plain)
      }),
    drop: (path, upload) =>
      at(path, async (plain) => {
        await client
          .send(new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key: plain, UploadId: upload }))
          .catch((e) => {
            if (!isMissing(e)) throw e
          })
      }),
  }
}

function metadataOf(e: Error): string {
  const { $metadata } = e as Error & { $metadata?: { httpStatusCode?: number } }
  return String($metadata?.httpStatusCode ?? '')
}

function statOf(path: string, { Size, ContentLength, LastModified, ETag = '' }: ObjectFacts): StorageStat {
  const etag = ETag.replaceAll('"', '')
  return {
    path,
    folder: false,
    sizeBytes: Size ?? ContentLength ?? 0,
    modifiedAt: LastModified?.getTime() ?? 0,
    ...(etag === '' ? {} : { etag }),
    // of an object sent in one piece the tag is its digest
    ...(/^[0-9a-f]{32}$/.test(etag) ? { md5: etag } : {}),
  }
}
