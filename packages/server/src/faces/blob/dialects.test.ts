// The official clients of Data Lake and of Azure Files against the same plain files.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import {
  DataLakeServiceClient,
  StorageSharedKeyCredential as LakeKey,
  newPipeline as lakePipeline,
} from '@azure/storage-file-datalake'
import {
  StorageSharedKeyCredential as ShareKey,
  ShareServiceClient,
  newPipeline as sharePipeline,
} from '@azure/storage-file-share'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerToken } from '../bench.ts'
import { account, type FaceServer, startFaces } from '../face-server.ts'
import { blobFace } from './routes.ts'

let server: FaceServer
const retryOptions = { maxTries: 1 }

beforeAll(async () => {
  server = await startFaces([blobFace])
})
afterAll(async () => {
  expect(server.faults).toEqual([])
  await server.close()
})

const onDisk = (container: string, name: string) => server.store.bytes.path(account, container, name)
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'fine',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  )

/** The clients' own moves forget an account that stands in the path. */
async function move(to: string, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(`${server.url}/${account}/${to}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${ownerToken}`, ...headers },
  })
  expect([await answer.text(), answer.ok]).toEqual(['', true])
}

describe('a data lake', () => {
  const open = () => {
    const pipeline = lakePipeline(new LakeKey(account, server.key), { retryOptions })
    return new DataLakeServiceClient(`${server.url}/${account}`, pipeline).getFileSystemClient('lake')
  }
  beforeAll(() => open().create())

  test('takes files in pieces and gives them back', async () => {
    const file = open().getFileClient('deep/down/ä file.bin')
    const body = randomBytes(3 * 1024 * 1024 + 5)
    await file.create({ metadata: { k: 'v' }, pathHttpHeaders: { contentType: 'x/y' } })
    expect(readFileSync(onDisk('lake', 'deep/down/ä file.bin'))).toHaveLength(0)
    for (let at = 0; at < body.length; at += 1024 * 1024) {
      const part = body.subarray(at, at + 1024 * 1024)
      await file.append(part, at, part.length)
    }
    expect((await file.getProperties()).contentLength).toBe(0)
    expect(await outcome(file.flush(body.length - 1))).toBe('InvalidQueryParameterValue')
    await file.flush(body.length)
    expect((await file.readToBuffer()).equals(body)).toBe(true)
    expect(await file.getProperties()).toMatchObject({ metadata: { k: 'v' }, contentType: 'x/y' })
    const tail = Buffer.from('more')
    await file.append(tail, body.length, tail.length)
    await file.flush(body.length + tail.length)
    expect(readFileSync(onDisk('lake', 'deep/down/ä file.bin')).equals(Buffer.concat([body, tail]))).toBe(true)
    const big = randomBytes(20 * 1024 * 1024)
    await file.upload(big, { chunkSize: 1024 * 1024, maxConcurrency: 4, singleUploadThreshold: 1024 })
    expect((await file.readToBuffer()).equals(big)).toBe(true)
  })

  test('knows folders', async () => {
    const fs = open()
    const folder = fs.getDirectoryClient('f')
    await folder.create({ metadata: { a: '1' } })
    expect([await folder.exists(), await fs.getDirectoryClient('none').exists()]).toEqual([true, false])
    await folder.setMetadata({ upload_status: 'completed' })
    expect((await folder.getProperties()).metadata).toMatchObject({ upload_status: 'completed' })
    await folder.getSubdirectoryClient('sub').getFileClient('x').upload(Buffer.from('x'))
    await folder.getSubdirectoryClient('empty').create()
    const listed = []
    for await (const item of fs.listPaths({ path: 'f', recursive: true }))
      listed.push([item.name, item.isDirectory === true, item.contentLength])
    expect(listed).toEqual([
      ['f/empty', true, 0],
      ['f/sub', true, 0],
      ['f/sub/x', false, 1],
    ])
    const near = []
    for await (const page of fs.listPaths({ path: 'f' }).byPage({ maxPageSize: 1 }))
      near.push(...(page.pathItems ?? []).map((item) => item.name))
    expect(near).toEqual(['f/empty', 'f/sub'])
    expect(await outcome(folder.delete(false))).toBe('DirectoryNotEmpty')
    await move('lake/g', { 'x-ms-rename-source': '/lake/f' })
    expect([existsSync(onDisk('lake', 'f')), readFileSync(onDisk('lake', 'g/sub/x'), 'utf8')]).toEqual([false, 'x'])
    await fs.getDirectoryClient('g').delete(true)
    expect(existsSync(onDisk('lake', 'g'))).toBe(false)
    expect(await outcome(fs.getFileClient('g/sub/x').delete())).toBe('PathNotFound')
  })

  test('refuses by name what plain files do not have', async () => {
    const file = open().getFileClient('plain')
    await file.upload(Buffer.from('x'))
    const refused = await Promise.allSettled([
      file.setPermissions({
        owner: { read: true, write: true, execute: true },
        group: { read: true, write: false, execute: false },
        other: { read: false, write: false, execute: false },
        stickyBit: false,
        extendedAcls: false,
      }),
      file.getAccessControl(),
      file.setExpiry('NeverExpire'),
      file.getDataLakeLeaseClient().acquireLease(15),
      file.create({ permissions: '0777' }),
    ])
    const statuses = refused.map((one) => one.status === 'rejected' && one.reason.statusCode)
    expect(statuses).toEqual(refused.map(() => 400))
  })
})

describe('a file share', () => {
  const open = () => {
    const pipeline = sharePipeline(new ShareKey(account, server.key), { retryOptions })
    return new ShareServiceClient(`${server.url}/${account}`, pipeline)
  }
  const share = () => open().getShareClient('share')
  beforeAll(() => share().create())

  test('takes files range by range and gives them back', async () => {
    const folder = share().getDirectoryClient('LocalUpload')
    await folder.create()
    const file = folder.getFileClient('ä b.bin')
    const body = randomBytes(9 * 1024 * 1024 + 3)
    await file.uploadData(body, {
      rangeSize: 1024 * 1024,
      concurrency: 4,
      fileHttpHeaders: { fileContentType: 'x/y', fileCacheControl: 'no-store' },
      metadata: { k: 'v' },
    })
    expect(readFileSync(onDisk('share', 'LocalUpload/ä b.bin')).equals(body)).toBe(true)
    expect((await file.downloadToBuffer()).equals(body)).toBe(true)
    const found = await file.getProperties()
    expect(found).toMatchObject({ contentType: 'x/y', cacheControl: 'no-store', metadata: { k: 'v' } })
    await file.clearRange(0, 1024)
    expect(readFileSync(onDisk('share', 'LocalUpload/ä b.bin')).subarray(0, 1024).equals(Buffer.alloc(1024))).toBe(true)
    await file.resize(10)
    expect([(await file.getProperties()).contentLength, (await file.getRangeList()).rangeList]).toEqual([
      10,
      [{ start: 0, end: 9 }],
    ])
    expect(await outcome(file.uploadRange('12345678901', 0, 11))).toBe('InvalidRange')
    await file.setMetadata({ other: '1' })
    expect((await file.getProperties()).metadata).toEqual({ other: '1' })
    await file.delete()
    expect(await file.exists()).toBe(false)
    expect(await outcome(file.uploadRange('x', 0, 1))).toBe('ResourceNotFound')
  })

  test('knows folders', async () => {
    const folder = share().getDirectoryClient('d')
    await folder.create({ metadata: { k: 'v' } })
    expect(await outcome(folder.create())).toBe('ResourceAlreadyExists')
    expect((await folder.getProperties()).metadata).toEqual({ k: 'v' })
    await folder.setMetadata({ upload_status: 'completed' })
    expect((await folder.getProperties()).metadata).toEqual({ upload_status: 'completed' })
    await folder.getDirectoryClient('sub').create()
    await folder.getFileClient('1.txt').create(3)
    const listed = []
    for await (const item of folder.listFilesAndDirectories()) listed.push(`${item.kind} ${item.name}`)
    expect(listed.sort()).toEqual(['directory sub', 'file 1.txt'])
    expect(await outcome(folder.delete())).toBe('DirectoryNotEmpty')
    const source = `${server.url}/${account}/share/d/1.txt`
    await move('share/d/2.txt?comp=rename', { 'x-ms-file-rename-source': source })
    await folder.deleteFile('2.txt')
    await folder.getDirectoryClient('sub').delete()
    await folder.delete()
    expect([await folder.exists(), await share().getDirectoryClient('').exists()]).toEqual([false, true])
  })

  test('is listed, and says what it does not do', async () => {
    const names = []
    for await (const item of open().listShares()) names.push(item.name)
    expect(names).toContain('share')
    expect(await share().exists()).toBe(true)
    expect(await open().getShareClient('nowhere').exists()).toBe(false)
    const file = share().getDirectoryClient('').getFileClient('f')
    await file.create(1)
    const refused = await Promise.allSettled([
      share().createSnapshot(),
      share().getStatistics(),
      share().createPermission('O:S-1-5-21-1G:S-1-5-21-1D:'),
      file.listHandles().next(),
      file.setProperties({ filePermission: 'O:S-1-5-21' }),
    ])
    const statuses = refused.map((one) => one.status === 'rejected' && one.reason.statusCode)
    expect(statuses).toEqual(refused.map(() => 400))
  })
})
