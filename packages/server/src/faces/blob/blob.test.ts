import { createHash, randomBytes } from 'node:crypto'
import {
  AnonymousCredential,
  BlobSASPermissions,
  BlobServiceClient,
  type ContainerClient,
  generateBlobSASQueryParameters,
  newPipeline,
  type RestError,
  StorageSharedKeyCredential,
} from '@azure/storage-blob'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { account, type FaceServer, startFaces } from '../face-server.ts'
import { blobFace } from './routes.ts'

let server: FaceServer
let service: BlobServiceClient
let container: ContainerClient
const retryOptions = { maxTries: 1 }

beforeAll(async () => {
  server = await startFaces([blobFace])
  service = new BlobServiceClient(
    `${server.url}/${account}`,
    newPipeline(new StorageSharedKeyCredential(account, server.key), { retryOptions }),
  )
  container = service.getContainerClient('data')
  await container.create()
})

afterAll(async () => {
  expect(server.faults).toEqual([])
  await server.close()
})

const codeOf = (error: unknown) => (error as RestError).code // what the client throws
async function codeFrom(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(() => 'no error', codeOf)
}

test('a small blob comes back with its properties and metadata', async () => {
  const blob = container.getBlockBlobClient('folder/sub folder/ümlaut+&.txt')
  const body = 'hello\nworld'
  const put = await blob.upload(body, body.length, {
    metadata: { upload_status: 'completed', Name: 'x y' },
    blobHTTPHeaders: {
      blobContentType: 'text/plain; charset=utf-8',
      blobCacheControl: 'no-cache',
      blobContentLanguage: 'de',
      blobContentEncoding: 'identity',
      blobContentDisposition: 'attachment; filename=x',
      blobContentMD5: createHash('md5').update(body).digest(),
    },
  })
  expect(put.etag).toMatch(/^".+"$/)
  const properties = await blob.getProperties()
  expect(properties.metadata).toMatchObject({ upload_status: 'completed', name: 'x y' })
  expect(properties).toMatchObject({
    contentType: 'text/plain; charset=utf-8',
    cacheControl: 'no-cache',
    contentLanguage: 'de',
    contentEncoding: 'identity',
    contentDisposition: 'attachment; filename=x',
    contentLength: 11,
    blobType: 'BlockBlob',
    etag: put.etag,
    leaseState: 'available',
  })
  expect(Math.abs(Number(properties.lastModified) - Date.now())).toBeLessThan(60_000)
  expect((await blob.downloadToBuffer()).toString()).toBe(body)
  expect(server.store.bytes.path(account, 'data', 'folder/sub folder/ümlaut+&.txt')).toContain('ümlaut+&.txt')
})

test('ranges, of the whole, of a part, of nothing and of an empty blob', async () => {
  const blob = container.getBlockBlobClient('ranges')
  await blob.upload('0123456789', 10)
  expect((await blob.downloadToBuffer(3, 4)).toString()).toBe('3456')
  const part = await blob.download(8)
  expect([part._response.status, part.contentRange, part.contentLength]).toEqual([206, 'bytes 8-9/10', 2])
  expect(await codeFrom(blob.download(10, 5))).toBe('InvalidRange')
  const empty = container.getBlockBlobClient('empty')
  await empty.upload('', 0)
  expect(await codeFrom(empty.download(0, 5))).toBe('InvalidRange')
  expect((await empty.download()).contentLength).toBe(0)
  const digested = await blob.download(0, 10, { rangeGetContentMD5: true })
  expect(Buffer.from(digested.contentMD5 ?? []).toString('base64')).toBe(
    createHash('md5').update('0123456789').digest('base64'),
  )
})

test('100 MB in parallel blocks and back, byte for byte', async () => {
  const body = randomBytes(100 * 1024 * 1024)
  const blob = container.getBlockBlobClient('big.bin')
  await blob.uploadData(body, { blockSize: 8 * 1024 * 1024, concurrency: 4, maxSingleShotSize: 1024 })
  const back = await blob.downloadToBuffer(0, undefined, { concurrency: 4 })
  expect(back.equals(body)).toBe(true)
  await blob.delete()
})

test('blocks wait until they are committed, in the order of the list', async () => {
  const blob = container.getBlockBlobClient('blocks/joined')
  const ids = ['b', 'a', 'c'].map((name) => Buffer.from(name).toString('base64'))
  for (const [at, id] of ids.entries()) await blob.stageBlock(id, `part ${at} `, 7)
  expect(await blob.exists()).toBe(false)
  const waiting = await blob.getBlockList('uncommitted')
  expect(waiting.uncommittedBlocks?.map((block) => block.size)).toEqual([7, 7, 7])
  await blob.commitBlockList([...ids].reverse(), { metadata: { a: '1' } })
  expect((await blob.downloadToBuffer()).toString()).toBe('part 2 part 1 part 0 ')
  expect((await blob.getProperties()).metadata).toEqual({ a: '1' })
  expect(await codeFrom(blob.commitBlockList([Buffer.from('never').toString('base64')]))).toBe('InvalidBlockList')
})

test('conditions are judged as the service does', async () => {
  const blob = container.getBlockBlobClient('conditional')
  const { etag = '' } = await blob.upload('one', 3)
  const refused = async (conditions: object) => codeFrom(blob.upload('two', 3, { conditions }))
  expect(await refused({ ifNoneMatch: '*' })).toBe('BlobAlreadyExists')
  expect(await refused({ ifMatch: '"0x1"' })).toBe('ConditionNotMet')
  expect(await refused({ ifNoneMatch: etag })).toBe('ConditionNotMet')
  expect(await refused({ ifUnmodifiedSince: new Date(0) })).toBe('ConditionNotMet')
  expect(await refused({ ifMatch: etag })).toBe('no error')
  expect(await codeFrom(blob.download(0, 1, { conditions: { ifMatch: etag } }))).toBe('ConditionNotMet')
  const now = (await blob.getProperties()).etag ?? ''
  const unchanged = await fetch(`${blob.url}?${server.sas('r', 'data')}`, { headers: { 'if-none-match': now } })
  expect([unchanged.status, unchanged.headers.get('etag')]).toEqual([304, now])
  expect(await codeFrom(container.getBlockBlobClient('absent').upload('x', 1, { conditions: { ifMatch: etag } }))).toBe(
    'ConditionNotMet',
  )
})

test('metadata and properties change apart from each other', async () => {
  const blob = container.getBlockBlobClient('meta')
  await blob.upload('x', 1, {
    metadata: { a: '1' },
    blobHTTPHeaders: { blobContentType: 'text/x', blobCacheControl: 'c' },
  })
  await blob.setMetadata({ b: '2' })
  const first = await blob.getProperties()
  expect([first.metadata, first.contentType, first.cacheControl]).toEqual([{ b: '2' }, 'text/x', 'c'])
  await blob.setHTTPHeaders({ blobContentType: 'text/y' })
  const second = await blob.getProperties()
  expect([second.metadata, second.contentType, second.cacheControl]).toEqual([{ b: '2' }, 'text/y', undefined])
  expect(await codeFrom(blob.setMetadata({}, { conditions: { ifMatch: '"0x1"' } }))).toBe('ConditionNotMet')
})

test('lists flat, by hierarchy and in pages', async () => {
  const listed = service.getContainerClient('listed')
  await listed.create()
  const names = ['a.txt', 'b/1.txt', 'b/2.txt', 'b/c/3.txt', 'd.txt', 'x&<y>.txt']
  for (const name of names) await listed.getBlockBlobClient(name).upload(name, name.length, { metadata: { n: 'v' } })
  const flat = []
  for await (const page of listed.listBlobsFlat({ includeMetadata: true }).byPage({ maxPageSize: 2 })) {
    expect(page.segment.blobItems.length).toBeLessThanOrEqual(2)
    for (const item of page.segment.blobItems) flat.push([item.name, item.properties.contentLength, item.metadata])
  }
  expect(flat).toEqual(names.map((name) => [name, name.length, { n: 'v' }]))
  const seen = []
  for await (const item of listed.listBlobsByHierarchy('/', { prefix: 'b/' })) seen.push(`${item.kind} ${item.name}`)
  expect(seen.sort()).toEqual(['blob b/1.txt', 'blob b/2.txt', 'prefix b/c/'])
  const found = []
  for await (const item of service.listContainers()) found.push(item.name)
  expect(found).toEqual(expect.arrayContaining(['data', 'listed']))
  await listed.delete()
  expect(await codeFrom(listed.getProperties())).toBe('ContainerNotFound')
  expect(await listed.exists()).toBe(false)
  expect((await listed.createIfNotExists()).succeeded).toBe(true)
  expect((await listed.createIfNotExists()).succeeded).toBe(false)
})

test('copies within the account, by the proof the source brings', async () => {
  const source = container.getBlockBlobClient('copy/source')
  await source.upload('copied', 6, { metadata: { k: 'v' }, blobHTTPHeaders: { blobContentType: 'text/z' } })
  const target = container.getBlockBlobClient('copy/target')
  const poller = await target.beginCopyFromURL(source.url)
  expect((await poller.pollUntilDone()).copyStatus).toBe('success')
  const properties = await target.getProperties()
  expect([properties.metadata, properties.contentType]).toEqual([{ k: 'v' }, 'text/z'])
  const other = container.getBlockBlobClient('copy/other')
  await other.syncUploadFromURL(`${source.url}?${server.sas('r', 'data', 'copy/source')}`)
  expect((await other.downloadToBuffer()).toString()).toBe('copied')
  expect(await codeFrom(target.syncCopyFromURL(`${source.url}?${server.sas('w', 'data')}`))).toBe(
    'AuthorizationPermissionMismatch',
  )
  expect(await codeFrom(target.syncCopyFromURL('http://169.254.169.254/latest/meta-data'))).toBe('UnsupportedHeader')
  expect(await codeFrom(target.syncCopyFromURL(`${container.url}/nothing`))).toBe('BlobNotFound')
})

test('deletes, and says what is not there', async () => {
  const blob = container.getBlockBlobClient('gone')
  await blob.upload('x', 1)
  expect((await blob.deleteIfExists()).succeeded).toBe(true)
  expect((await blob.deleteIfExists()).succeeded).toBe(false)
  expect(await blob.exists()).toBe(false)
  expect(await codeFrom(service.getContainerClient('nowhere').getBlockBlobClient('x').upload('x', 1))).toBe(
    'ContainerNotFound',
  )
  expect((await service.getAccountInfo()).skuName).toBe('Standard_LRS')
})

test('a service SAS made by the official client opens what it says and no more', async () => {
  await container.getBlockBlobClient('signed/a').upload('A', 1)
  await container.getBlockBlobClient('signed/b').upload('B', 1)
  const credential = new StorageSharedKeyCredential(account, server.key)
  const sas = generateBlobSASQueryParameters(
    {
      containerName: 'data',
      blobName: 'signed/a',
      permissions: BlobSASPermissions.parse('r'),
      expiresOn: new Date(Date.now() + 60_000),
    },
    credential,
  ).toString()
  expect(await (await fetch(`${container.url}/signed/a?${sas}`)).text()).toBe('A')
  expect((await fetch(`${container.url}/signed/b?${sas}`)).status).toBe(403)
  const put = await fetch(`${container.url}/signed/a?${sas}`, {
    method: 'PUT',
    body: 'X',
    headers: { 'x-ms-blob-type': 'BlockBlob' },
  })
  expect([put.status, put.headers.get('x-ms-error-code')]).toEqual([403, 'AuthorizationPermissionMismatch'])
})

test('our own signature works in the official client', async () => {
  const open = new BlobServiceClient(
    `${server.url}/${account}?${server.sas('racwl', 'data')}`,
    newPipeline(new AnonymousCredential(), { retryOptions }),
  ).getContainerClient('data')
  await open.getBlockBlobClient('by-sas').upload('x', 1)
  expect((await open.getBlockBlobClient('by-sas').downloadToBuffer()).toString()).toBe('x')
  expect(await codeFrom(open.getBlockBlobClient('by-sas').delete())).toBe('AuthorizationPermissionMismatch')
})

test('a wrong digest refuses the upload and leaves nothing', async () => {
  const put = (name: string, headers: Record<string, string>) =>
    fetch(`${container.url}/${name}?${server.sas('rw', 'data')}`, {
      method: 'PUT',
      body: '123456789',
      headers: { 'x-ms-blob-type': 'BlockBlob', ...headers },
    })
  const wrongMd5 = await put('digest', { 'content-md5': createHash('md5').update('other').digest('base64') })
  expect([wrongMd5.status, wrongMd5.headers.get('x-ms-error-code')]).toEqual([400, 'Md5Mismatch'])
  const wrongCrc = await put('digest', { 'x-ms-content-crc64': Buffer.alloc(8).toString('base64') })
  expect([wrongCrc.status, wrongCrc.headers.get('x-ms-error-code')]).toEqual([400, 'Crc64Mismatch'])
  expect(await container.getBlockBlobClient('digest').exists()).toBe(false)
  const crc = Buffer.from('ae8b14860a799888', 'hex').reverse().toString('base64')
  const right = await put('digest', { 'x-ms-content-crc64': crc })
  expect([right.status, right.headers.get('x-ms-content-crc64')]).toEqual([201, crc])
})

test('what is not supported is refused by its name', async () => {
  const blob = container.getBlockBlobClient('plain')
  await blob.upload('x', 1)
  const refusals = [
    blob.createSnapshot(),
    blob.setTags({ a: 'b' }),
    blob.setAccessTier('Cool'),
    blob.undelete(),
    container.getAppendBlobClient('x').create(),
    container.getPageBlobClient('x').create(512),
    container.getBlobLeaseClient().acquireLease(15),
    service.setProperties({ cors: [] }),
    container.create({ access: 'blob' }),
    blob.stageBlockFromURL('YQ==', `${container.url}/plain`),
    blob.abortCopyFromURL('x'),
    blob.setLegalHold(true),
    service.findBlobsByTags('a=1').next(),
  ]
  for (const refusal of refusals) {
    const error = await refusal.then(
      () => undefined,
      (e: RestError) => e,
    )
    expect(error?.statusCode).toBe(400)
    expect(error?.message).toMatch(/is not supported/)
  }
})
