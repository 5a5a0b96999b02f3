import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { create, extract, Header, type HeaderData, Pax } from 'tar'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownerToken } from '../bench.ts'
import { account, type FaceServer, startFaces } from '../face-server.ts'
import { unpackArchive } from './archive-in.ts'
import { blobFace } from './routes.ts'

let server: FaceServer
let work: string
let folder: string

beforeAll(async () => {
  server = await startFaces([blobFace])
  await server.store.bytes.createContainer(account, 'data')
  folder = server.store.bytes.folder(account, 'data')
  work = mkdtempSync(join(tmpdir(), 'laz-tar-'))
})

afterAll(async () => {
  expect(server.faults).toEqual([])
  await server.close()
  rmSync(work, { recursive: true, force: true, maxRetries: 20 })
})

function put(prefix: string, body: Buffer, type = 'application/x-tar'): Promise<Response> {
  return fetch(`${server.url}/${account}/data/${prefix}?comp=archive`, {
    method: 'PUT',
    body: new Uint8Array(body),
    headers: { authorization: `Bearer ${ownerToken}`, 'content-type': type },
  })
}

/** A tar by hand: what no honest packer would make. */
function tarOf(entries: (HeaderData & { body?: string })[], end = true): Buffer {
  const blocks: Buffer[] = []
  for (const { body = '', ...facts } of entries) {
    const header = new Header({ mode: 0o644, type: 'File', size: Buffer.byteLength(body), ...facts })
    const block = Buffer.alloc(512)
    if (header.encode(block)) blocks.push(new Pax({ path: facts.path ?? '' }).encode())
    blocks.push(block, Buffer.from(body), Buffer.alloc((512 - (Buffer.byteLength(body) % 512)) % 512))
  }
  if (end) blocks.push(Buffer.alloc(1024))
  return Buffer.concat(blocks)
}

test('a folder goes in as one tar and comes out as one tar', async () => {
  const source = join(work, 'source')
  const long = 'n'.repeat(120)
  mkdirSync(join(source, 'deep', long), { recursive: true })
  mkdirSync(join(source, 'hollow'))
  writeFileSync(join(source, 'a.txt'), 'A')
  writeFileSync(join(source, 'run.sh'), '#!/bin/sh', { mode: 0o755 })
  writeFileSync(join(source, 'empty'), '')
  writeFileSync(join(source, 'deep', long, 'ümlaut.txt'), 'B'.repeat(1000))
  writeFileSync(join(source, 'deep', 'big.bin'), Buffer.alloc(3_000_000, 7))
  const packed = await buffer(create({ cwd: source, gzip: true }, ['.']) as unknown as Readable) // it is one
  const answer = await put('some/prefix', packed, 'application/x-tar+gzip')
  expect(answer.status).toBe(201)
  expect(await answer.json()).toEqual({ files: 5, sizeBytes: 3_001_010 })
  expect(readFileSync(join(folder, 'some/prefix/a.txt'), 'utf8')).toBe('A')
  expect(statSync(join(folder, 'some/prefix/run.sh')).mode & 0o100).toBe(0o100)
  const back = await fetch(`${server.url}/${account}/data/some/prefix?comp=archive`, {
    headers: { authorization: `Bearer ${ownerToken}` },
  })
  const target = join(work, 'target')
  mkdirSync(target)
  writeFileSync(join(work, 'back.tar'), Buffer.from(await back.arrayBuffer()))
  await extract({ cwd: target, file: join(work, 'back.tar'), strict: true })
  expect(readdirSync(target).sort()).toEqual(['a.txt', 'deep', 'empty', 'run.sh'])
  expect(readFileSync(join(target, 'deep', long, 'ümlaut.txt'), 'utf8')).toBe('B'.repeat(1000))
  expect(statSync(join(target, 'deep', 'big.bin')).size).toBe(3_000_000)
  const missing = await fetch(`${server.url}/${account}/data/no/such?comp=archive`, {
    headers: { authorization: `Bearer ${ownerToken}` },
  })
  expect(missing.status).toBe(404)
})

const good = { path: 'good.txt', body: 'good' }

test.each<[string, Buffer, string]>([
  ['a climb', tarOf([good, { path: '../evil.txt', body: 'x' }]), '..'],
  ['a hidden climb', tarOf([good, { path: 'a/b/../../../evil.txt', body: 'x' }]), '..'],
  ['an absolute path', tarOf([good, { path: '/tmp/evil.txt', body: 'x' }]), 'absolute'],
  ['a drive', tarOf([good, { path: 'C:/evil.txt', body: 'x' }]), 'absolute'],
  ['a backslash', tarOf([good, { path: '..\\evil.txt', body: 'x' }]), 'backslash'],
  ['a control character', tarOf([good, { path: 'a\u0001b', body: 'x' }]), 'control'],
  ['a symbolic link', tarOf([good, { path: 'l', type: 'SymbolicLink', linkpath: '/etc/passwd' }]), 'SymbolicLink'],
  ['a hard link', tarOf([good, { path: 'l', type: 'Link', linkpath: 'good.txt' }]), 'Link'],
  ['a device', tarOf([good, { path: 'd', type: 'CharacterDevice' }]), 'CharacterDevice'],
  ['a pipe', tarOf([good, { path: 'p', type: 'FIFO' }]), 'FIFO'],
  ['a name twice', tarOf([good, good]), 'twice'],
  ['no end', tarOf([good], false), 'cut off'],
  ['a cut in the middle of a file', tarOf([{ path: 'x', body: 'y'.repeat(5000) }]).subarray(0, 2000), 'cut off'],
  ['bytes after the end', Buffer.concat([tarOf([good]), Buffer.alloc(3_000_000, 1)]), 'more bytes'],
  ['a broken checksum', Buffer.concat([tarOf([good], false), Buffer.alloc(512, 65), Buffer.alloc(1024)]), 'checksum'],
  ['text', Buffer.from('this is not a tar, only some words that go on for a while'), 'cut off'],
  ['nothing', Buffer.alloc(0), 'cut off'],
  ['a gzip in a gzip', gzipSync(gzipSync(tarOf([good]))), 'twice'],
  ['half a gzip', gzipSync(tarOf([good, { path: 'x', body: 'abc'.repeat(9999) }])).subarray(0, 150), 'its end'],
  ['zstd', Buffer.from('28b52ffd0000000000000000', 'hex'), 'zstd'],
  ['a size that lies', tarOf([good, { path: 'x', size: 2_000_000 }]), 'cut off'],
])('%s is refused and nothing of the archive stays', async (_what, body, why) => {
  const answer = await put('refused', body)
  const text = await answer.text()
  expect([answer.status, text]).toEqual([400, expect.stringContaining('refused')])
  expect(text).toContain(why)
  expect((await server.store.bytes.list(account, 'data', { prefix: 'refused/' })).blobs).toEqual([])
  for (const place of [folder, join(folder, '..'), join(folder, '../..'), server.home]) {
    expect(existsSync(join(place, 'evil.txt'))).toBe(false)
  }
})

test('counts, sizes and ratios are bounded', async () => {
  const limits = { entries: 10, totalBytes: 1000, ratio: 20, ratioFromBytes: 4096 }
  const into = { bytes: server.store.bytes, account, container: 'data', prefix: 'bounded', limits }
  const unpack = (body: Buffer) => unpackArchive(Readable.from([body]), into)
  const many = Array.from({ length: 11 }, (_, i) => ({ path: `f${i}` }))
  await expect(unpack(tarOf(many))).rejects.toThrow(/more than 10 entries/)
  await expect(unpack(tarOf([{ path: 'x', body: 'y'.repeat(1001) }]))).rejects.toThrow(/more than 1000 bytes/)
  const bomb = gzipSync(tarOf([{ path: 'x', size: 1_000_000_000, body: '\0'.repeat(500_000) }]))
  await expect(
    unpackArchive(Readable.from([bomb]), { ...into, limits: { ...limits, totalBytes: 1e12 } }),
  ).rejects.toThrow(/20 times its size/)
  expect((await server.store.bytes.list(account, 'data', { prefix: 'bounded/' })).blobs).toEqual([])
})

test('the largest folder is a setting', async () => {
  const answer = await put('large', tarOf([{ path: 'x', size: 65 * 1024 ** 2 }]))
  expect([answer.status, await answer.text()]).toEqual([
    400,
    expect.stringContaining(`more than ${64 * 1024 ** 2} bytes`),
  ])
})

test('an archive without a name of its kind, a place or the right is refused', async () => {
  expect((await put('x', tarOf([good]), 'application/zip')).status).toBe(415)
  const url = `${server.url}/${account}`
  const headers = { 'content-type': 'application/x-tar' }
  const body = new Uint8Array(tarOf([good]))
  const read = await fetch(`${url}/data/x?comp=archive&${server.sas('rl', 'data')}`, { method: 'PUT', body, headers })
  expect(read.status).toBe(403)
  const nowhere = await fetch(`${url}/nowhere/x?comp=archive`, {
    method: 'PUT',
    body,
    headers: { ...headers, authorization: `Bearer ${ownerToken}` },
  })
  expect(nowhere.status).toBe(404)
})

test('2,000 small files take one request', async () => {
  const entries = Array.from({ length: 2_000 }, (_, i) => ({ path: `d${i % 10}/f${i}.txt`, body: `file ${i}` }))
  const answer = await put('many', tarOf(entries))
  expect(await answer.json()).toMatchObject({ files: 2_000 })
  expect(readFileSync(join(folder, 'many/d9/f1999.txt'), 'utf8')).toBe('file 1999')
})
