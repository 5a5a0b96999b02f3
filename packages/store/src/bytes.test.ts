import { createHash, randomBytes } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bytes } from './index.ts'
import { openScratch, type Scratch } from './scratch.ts'
import { compareUtf8 } from './walk.ts'

const account = 'laz0123456789ab'
let scratch: Scratch
let bytes: Bytes

beforeEach(async () => {
  scratch = await openScratch()
  bytes = scratch.store.bytes
  await bytes.createContainer(account, 'c')
})
afterEach(() => scratch.remove())

const write = (name: string, body: string | Buffer = name, o: Parameters<Bytes['write']>[4] = {}) =>
  bytes.write(account, 'c', name, Readable.from(body.length === 0 ? [] : [body]), o)
const read = async (name: string, range: { start?: number; end?: number } = {}) =>
  (await buffer((await bytes.read(account, 'c', name, range)).body)).toString()
const stat = (name: string) => bytes.stat(account, 'c', name)
const pathOf = (name: string) => bytes.path(account, 'c', name)
const incoming = () => readdirSync(join(scratch.home, 'blocks', '.incoming'))
const md5 = (body: string | Buffer) => createHash('md5').update(body).digest('base64')

describe('write', () => {
  test('makes a file one can read with any tool, and keeps what the upload said', async () => {
    const written = await write('a/b.bin', 'hello', { contentType: 'x/y', metadata: { k: 'v' }, md5: md5('hello') })
    expect(written).toMatchObject({
      name: 'a/b.bin',
      sizeBytes: 5,
      contentType: 'x/y',
      metadata: { k: 'v' },
      md5: md5('hello'),
    })
    expect(readFileSync(join(scratch.home, 'storage', account, 'c', 'a', 'b.bin'), 'utf8')).toBe('hello')
    bytes = (await scratch.reopen()).bytes
    expect(await stat('a/b.bin')).toEqual(written)
    expect(await read('a/b.bin')).toBe('hello')
  })

  test('takes bodies of every size', async () => {
    for (const size of [0, 1, 256 * 1024 - 1, 256 * 1024, 3 * 1024 * 1024 + 7]) {
      const body = randomBytes(size)
      const chunks = Array.from({ length: Math.ceil(size / 65536) }, (_, i) =>
        body.subarray(i * 65536, (i + 1) * 65536),
      )
      const written = await bytes.write(account, 'c', 'big', Readable.from(chunks), { md5: md5(body) })
      expect(written.sizeBytes).toBe(size)
      expect(readFileSync(pathOf('big')).equals(body)).toBe(true)
    }
    expect(incoming()).toEqual([])
  })

  test('is refused with nothing left behind', async () => {
    await write('a', 'old')
    await expect(write('a', 'new', { md5: md5('other') })).rejects.toMatchObject({ code: 'Md5Mismatch' })
    await expect(write('a', 'much too long', { maxBytes: 5 })).rejects.toMatchObject({ code: 'TooLarge' })
    const breaking = Readable.from(
      (async function* () {
        yield Buffer.alloc(700_000)
        throw new Error('the caller hung up')
      })(),
    )
    await expect(bytes.write(account, 'c', 'a', breaking)).rejects.toThrow('hung up')
    await expect(bytes.write(account, 'none', 'a', Readable.from(['x']))).rejects.toMatchObject({
      code: 'ContainerNotFound',
    })
    expect(await read('a')).toBe('old')
    expect(incoming()).toEqual([])
  })

  test('leaves a refused body open, so that an answer can be sent', async () => {
    await write('a')
    const untouched = Readable.from(['x', 'y'])
    await expect(bytes.write(account, 'c', 'a', untouched, { ifNoneMatch: '*' })).rejects.toMatchObject({
      code: 'BlobAlreadyExists',
    })
    const halfRead = Readable.from(['123456', 'rest'])
    await expect(bytes.write(account, 'c', 'a', halfRead, { maxBytes: 3 })).rejects.toMatchObject({ code: 'TooLarge' })
    expect([untouched.destroyed, halfRead.destroyed]).toEqual([false, false])
  })

  test('conditions', async () => {
    await expect(write('a', 'x', { ifMatch: '*' })).rejects.toMatchObject({ code: 'PreconditionFailed' })
    const first = await write('a', 'one', { ifNoneMatch: '*' })
    await expect(write('a', 'two', { ifNoneMatch: '*' })).rejects.toMatchObject({ code: 'BlobAlreadyExists' })
    await expect(write('a', 'two', { ifNoneMatch: first.etag })).rejects.toMatchObject({ code: 'PreconditionFailed' })
    const second = await write('a', 'two', { ifMatch: first.etag })
    expect(second.etag).not.toBe(first.etag)
    await expect(write('a', 'six', { ifMatch: first.etag })).rejects.toMatchObject({ code: 'PreconditionFailed' })
    expect(await read('a')).toBe('two')
  })

  test('of many at once that must be the first, one wins', async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) => write('a', `body ${i}`, { ifNoneMatch: '*' })),
    )
    expect(tries.filter((t) => t.status === 'fulfilled')).toHaveLength(1)
    const winner = tries.findIndex((t) => t.status === 'fulfilled')
    expect(await read('a')).toBe(`body ${winner}`)
  })

  test('a name cannot be file and folder', async () => {
    await write('a', 'file')
    await expect(write('a/b')).rejects.toMatchObject({ code: 'PathConflict' })
    await expect(write('a/b/c')).rejects.toMatchObject({ code: 'PathConflict' })
    await write('d/e')
    await expect(write('d')).rejects.toMatchObject({ code: 'PathConflict' })
    expect(await read('a')).toBe('file')
    await bytes.remove(account, 'c', 'd/e')
    await write('d', 'now a file')
    expect(await read('d')).toBe('now a file')
    expect(incoming()).toEqual([])
  })
})

describe('stat', () => {
  test('of a file that a job wrote comes from the file', async () => {
    mkdirSync(join(bytes.folder(account, 'c'), 'outputs'))
    writeFileSync(pathOf('outputs/metrics.json'), '{}')
    const found = await stat('outputs/metrics.json')
    expect(found).toMatchObject({ sizeBytes: 2, contentType: 'application/json', metadata: {} })
    expect(await stat('outputs/metrics.json')).toEqual(found)
    expect(await stat('outputs')).toBeUndefined()
    expect(await stat('outputs/'), 'clients ask for the marker of a folder').toBeUndefined()
    expect(await stat('outputs/none')).toBeUndefined()
    expect(await stat('outputs/metrics.json/deeper')).toBeUndefined()
  })

  test('forgets what the upload said once the file is another', async () => {
    const uploaded = await write('a', 'hello', { metadata: { k: 'v' }, md5: md5('hello'), contentType: 'x/y' })
    appendFileSync(pathOf('a'), '!')
    const appended = await stat('a')
    expect(appended).toMatchObject({ sizeBytes: 6, metadata: {}, contentType: 'application/octet-stream' })
    expect(appended).not.toHaveProperty('md5')
    expect(appended?.etag).not.toBe(uploaded.etag)
    writeFileSync(pathOf('a'), 'HELLO')
    utimesSync(pathOf('a'), 1, 1)
    expect(await stat('a')).toMatchObject({ sizeBytes: 5, metadata: {}, lastModified: 1000 })
  })

  test('metadata can be replaced, also of a file nobody uploaded', async () => {
    writeFileSync(pathOf('a.txt'), 'x')
    const before = await stat('a.txt')
    const after = await bytes.setMetadata(account, 'c', 'a.txt', { metadata: { upload_status: 'completed' } })
    expect(after).toMatchObject({ metadata: { upload_status: 'completed' }, contentType: 'text/plain' })
    expect(after.etag).not.toBe(before?.etag)
    expect(await stat('a.txt')).toEqual(after)
    const guarded = bytes.setMetadata(account, 'c', 'a.txt', { metadata: {}, ifMatch: before?.etag ?? '' })
    await expect(guarded).rejects.toMatchObject({ code: 'PreconditionFailed' })
    await expect(bytes.setMetadata(account, 'c', 'none', { metadata: {} })).rejects.toMatchObject({
      code: 'BlobNotFound',
    })
  })
})

describe('read', () => {
  test('whole and in part', async () => {
    await write('a', '0123456789')
    expect(await read('a')).toBe('0123456789')
    expect(await read('a', { start: 3 })).toBe('3456789')
    expect(await read('a', { start: 3, end: 3 })).toBe('3')
    expect(await read('a', { start: 8, end: 99 })).toBe('89')
    await expect(read('a', { start: 10 })).rejects.toMatchObject({ code: 'InvalidRange', facts: { size: 10 } })
    await expect(read('a', { start: 5, end: 4 })).rejects.toMatchObject({ code: 'InvalidRange' })
  })

  test('of nothing', async () => {
    await write('empty', '')
    expect(await read('empty')).toBe('')
    await expect(read('empty', { start: 0, end: 9 })).rejects.toMatchObject({ code: 'InvalidRange' })
    await expect(read('none')).rejects.toMatchObject({ code: 'BlobNotFound' })
    await expect(read('empty/below')).rejects.toMatchObject({ code: 'BlobNotFound' })
    await expect(bytes.read(account, 'none', 'a')).rejects.toMatchObject({ code: 'ContainerNotFound' })
  })

  test('gives what was there when it began', async () => {
    await write('log', 'one')
    const growing = await bytes.read(account, 'c', 'log')
    appendFileSync(pathOf('log'), ' two')
    expect((await buffer(growing.body)).toString()).toBe('one')
    const replaced = await bytes.read(account, 'c', 'log')
    await write('log', 'another')
    expect((await buffer(replaced.body)).toString()).toBe('one two')
    expect(replaced.stat.sizeBytes).toBe(7)
  })
})

describe('remove', () => {
  test('takes the file and what was known of it', async () => {
    const { etag } = await write('a', 'x', { metadata: { k: 'v' } })
    await expect(bytes.remove(account, 'c', 'a', { ifMatch: 'other' })).rejects.toMatchObject({
      code: 'PreconditionFailed',
    })
    expect(await bytes.remove(account, 'c', 'a', { ifMatch: etag })).toBe(true)
    expect(await bytes.remove(account, 'c', 'a')).toBe(false)
    expect(existsSync(pathOf('a'))).toBe(false)
    await expect(bytes.remove(account, 'none', 'a')).rejects.toMatchObject({ code: 'ContainerNotFound' })
  })
})

describe('containers', () => {
  test('come, are listed and go with all they hold', async () => {
    expect(await bytes.createContainer(account, 'c')).toBe(false)
    expect(await bytes.createContainer(account, 'b')).toBe(true)
    expect(await bytes.containers(account)).toEqual(['b', 'c'])
    expect(await bytes.containers('laz000000000000')).toEqual([])
    await write('a/b', 'x', { metadata: { k: 'v' } })
    expect(await bytes.deleteContainer(account, 'c')).toBe(true)
    expect(await bytes.deleteContainer(account, 'c')).toBe(false)
    expect(await bytes.hasContainer(account, 'c')).toBe(false)
    await expect(bytes.list(account, 'c')).rejects.toMatchObject({ code: 'ContainerNotFound' })
    expect(incoming()).toEqual([])
    await bytes.createContainer(account, 'c')
    expect((await bytes.list(account, 'c')).blobs).toEqual([])
  })
})

describe('list', () => {
  const names = async (o: Parameters<Bytes['list']>[2] = {}) => {
    const seen: string[] = []
    let marker: string | undefined
    do {
      const page = await bytes.list(account, 'c', { ...o, ...(marker === undefined ? {} : { marker }) })
      expect(page.blobs.length + page.prefixes.length).toBeLessThanOrEqual(o.max ?? 5000)
      seen.push(...[...page.blobs.map((b) => b.name), ...page.prefixes].sort(compareUtf8))
      marker = page.next
    } while (marker !== undefined)
    return seen
  }
  const tricky = [
    'a',
    'a-b',
    'a.txt',
    'a0',
    'b/c',
    'b/c.d/e',
    'b/c0',
    'b-',
    'b/d/e/f',
    'b0',
    'Z',
    'é',
    '\uffee',
    '😀',
    'z/1',
    'z/10',
    'z/2',
  ]
  const byUtf8 = (list: string[]) =>
    list
      .map((n) => Buffer.from(n))
      .sort(Buffer.compare)
      .map(String)

  test('is in the order of UTF-8 bytes, whatever the page', async () => {
    const fits = tricky.filter((name) => name !== 'b/c')
    for (const name of fits) await write(name)
    for (const max of [1, 2, 3, 5, 100]) expect(await names({ max })).toEqual(byUtf8(fits))
  })

  test('by prefix and by folder', async () => {
    for (const name of tricky.filter((n) => n !== 'b/c')) await write(name)
    expect(await names({ prefix: 'b/' })).toEqual(['b/c.d/e', 'b/c0', 'b/d/e/f'])
    expect(await names({ prefix: 'b/c' })).toEqual(['b/c.d/e', 'b/c0'])
    expect(await names({ prefix: 'z/1' })).toEqual(['z/1', 'z/10'])
    expect(await names({ prefix: 'none' })).toEqual([])
    expect(await names({ prefix: 'none/below' })).toEqual([])
    expect(await names({ prefix: 'a/below' })).toEqual([])
    for (const max of [1, 2, 50]) {
      expect(await names({ delimiter: '/', prefix: 'b', max })).toEqual(['b-', 'b/', 'b0'])
      expect(await names({ delimiter: '/', prefix: 'b/', max })).toEqual(['b/c.d/', 'b/c0', 'b/d/'])
    }
    const top = await bytes.list(account, 'c', { delimiter: '/' })
    expect(top.prefixes).toEqual(['b/', 'z/'])
  })

  test('knows no folders without files, and no strange entries', async () => {
    mkdirSync(join(bytes.folder(account, 'c'), 'empty/deeper'), { recursive: true })
    writeFileSync(join(bytes.folder(account, 'c'), 'back\\slash'), '')
    expect(await names()).toEqual([])
    expect(await names({ delimiter: '/' })).toEqual([])
  })

  test('carries what uploads said', async () => {
    await write('up', 'x', { metadata: { k: 'v' } })
    writeFileSync(pathOf('job'), 'y')
    const { blobs } = await bytes.list(account, 'c')
    expect(blobs).toEqual([await stat('job'), await stat('up')])
    expect(blobs[1]?.metadata).toEqual({ k: 'v' })
  })

  test('refuses foreign markers and other delimiters', async () => {
    await expect(bytes.list(account, 'c', { marker: 'a' })).rejects.toMatchObject({ code: 'BadArgument' })
    await expect(bytes.list(account, 'c', { delimiter: '-' })).rejects.toMatchObject({ code: 'NotSupported' })
  })

  test('ten thousand entries come page by page', async () => {
    const folder = join(bytes.folder(account, 'c'), 'many')
    mkdirSync(folder)
    for (let i = 0; i < 10_000; i++) writeFileSync(join(folder, `f${i}`), '')
    const seen = await names({ prefix: 'many/', max: 4000 })
    expect(seen).toHaveLength(10_000)
    expect(new Set(seen).size).toBe(10_000)
    expect(seen.slice(0, 3)).toEqual(['many/f0', 'many/f1', 'many/f10'])
  })
})

test('a folder moved away under a running store is a missing container, not a crash', async () => {
  await write('a')
  renameSync(bytes.folder(account, 'c'), `${bytes.folder(account, 'c')}-gone`)
  expect(await stat('a')).toBeUndefined()
  await expect(read('a')).rejects.toMatchObject({ code: 'ContainerNotFound' })
  await expect(write('a')).rejects.toMatchObject({ code: 'ContainerNotFound' })
})
