// What happens to blobs beside being written whole: blocks in slots, names to come, folders, changes in place, and the end
// of what nobody came back for.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bytes } from './index.ts'
import { openScratch, type Scratch } from './scratch.ts'

const account = 'laz0123456789ab'
const dayMs = 24 * 3600 * 1000
let scratch: Scratch
let bytes: Bytes

beforeEach(async () => {
  scratch = await openScratch()
  bytes = scratch.store.bytes
  await bytes.createContainer(account, 'c')
})
afterEach(() => scratch.remove())

const base64 = (text: string) => Buffer.from(text).toString('base64')
const write = (name: string, body = name, o: Parameters<Bytes['write']>[4] = {}) =>
  bytes.write(account, 'c', name, Readable.from(body === '' ? [] : [body]), o)
const read = async (name: string) => (await buffer((await bytes.read(account, 'c', name)).body)).toString()
const pathOf = (name: string) => bytes.path(account, 'c', name)
const uploads = () => join(scratch.home, 'blocks', account, 'c')

describe('blocks in slots', () => {
  const stage = (id: string, body: string | Readable, sizeBytes = String(body).length) =>
    bytes.stageBlock(account, 'c', 'big', {
      id: base64(id),
      body: typeof body === 'string' ? Readable.from([body]) : body,
      sizeBytes,
    })
  const commit = (ids: string[], o = {}) => bytes.commitBlocks(account, 'c', 'big', ids.map(base64), o)
  const inode = () => {
    const [folder = ''] = readdirSync(uploads())
    return statSync(join(uploads(), folder, 'slots')).ino
  }

  test('become the blob without a copy when the list names them in order', async () => {
    await Promise.all([stage('x-0001', 'bbbb'), stage('x-0000', 'aaaa')])
    await stage('x-0002', 'cc')
    const before = inode()
    const made = await commit(['x-0000', 'x-0001', 'x-0002'], { metadata: { k: 'v' } })
    expect([made.sizeBytes, await read('big'), statSync(pathOf('big')).ino]).toEqual([10, 'aaaabbbbcc', before])
    expect(await bytes.stat(account, 'c', 'big')).toMatchObject({ metadata: { k: 'v' } })
    expect(readdirSync(uploads())).toEqual([])
    expect(await commit(['x-0000', 'x-0001', 'x-0002'])).toEqual(made)
  })

  test('also when ids are offsets, or say nothing and come in turn', async () => {
    for (const ids of [
      ['00000000', '00100000', '00200000'],
      ['p', 'q', 'r'],
    ]) {
      for (const id of ids) await stage(id, id.slice(0, 1).repeat(100_000))
      const before = inode()
      await commit(ids)
      expect(await read('big')).toBe(ids.map((id) => id.slice(0, 1).repeat(100_000)).join(''))
      expect(statSync(pathOf('big')).ino).toBe(before)
    }
  })

  test('in any other order, repeated, of odd lengths or sent again are copied to the same end', async () => {
    await stage('b1', 'one.')
    await stage('b0', 'nil.')
    await stage('b5', 'longer than the others')
    await stage('b2', 'two')
    await stage('b3', 'end.')
    await stage('b0', 'NIL!')
    await commit(['b3', 'b0', 'b1', 'b5', 'b2', 'b1'])
    expect(await read('big')).toBe('end.NIL!one.longer than the otherstwoone.')
  })

  test('a gap left by a block that is not in the list is not part of the blob', async () => {
    for (const id of ['0', '1', '2']) await stage(id, id.repeat(4))
    await commit(['0', '2'])
    expect(await read('big')).toBe('00002222')
  })

  test('a block that breaks off or lies about its length leaves its place to the next', async () => {
    await stage('0', 'aaaa')
    const breaking = Readable.from(
      (async function* () {
        yield Buffer.from('xx')
        throw new Error('the caller hung up')
      })(),
    )
    await expect(stage('1', breaking, 4)).rejects.toThrow('hung up')
    await expect(stage('1', 'xx', 4)).rejects.toMatchObject({ code: 'BadArgument' })
    await expect(commit(['0', '1'])).rejects.toMatchObject({ code: 'InvalidBlockList' })
    await stage('1', 'bbbb')
    const before = inode()
    await commit(['0', '1'])
    expect([await read('big'), statSync(pathOf('big')).ino]).toEqual(['aaaabbbb', before])
  })

  test('survive a restart, and a refused commit', async () => {
    await stage('0', 'aaaa')
    await write('big', 'old')
    bytes = (await scratch.reopen()).bytes
    await stage('1', 'bbbb')
    expect(await bytes.blockList(account, 'c', 'big')).toEqual([
      { id: base64('0'), sizeBytes: 4 },
      { id: base64('1'), sizeBytes: 4 },
    ])
    await expect(commit(['0', '1'], { ifNoneMatch: '*' })).rejects.toMatchObject({ code: 'BlobAlreadyExists' })
    await expect(commit(['0', '1'], { md5: base64('0123456789abcdef') })).rejects.toMatchObject({ code: 'Md5Mismatch' })
    expect(await read('big')).toBe('old')
    await stage('2', 'cccc')
    await commit(['0', '1', '2'])
    expect(await read('big')).toBe('aaaabbbbcccc')
  })

  test('can come behind what is there', async () => {
    await write('big', 'head ', { metadata: { k: 'v' } })
    await stage('5', 'tail')
    await commit(['5'], { after: true })
    expect(await read('big')).toBe('head tail')
  })
})

test('blobs to come are listed in their places, in pages of every size', async () => {
  for (const name of ['a', 'c/1', 'e']) await write(name)
  for (const name of ['b', 'c/0', 'd/x', 'e'])
    await bytes.stageBlock(account, 'c', name, { id: 'YQ==', body: Readable.from(['x']) })
  const all = async (o: Parameters<Bytes['list']>[2]) => {
    const seen: string[] = []
    for (let marker: string | undefined, more = true; more; ) {
      const page = await bytes.list(account, 'c', {
        ...o,
        uncommitted: true,
        ...(marker === undefined ? {} : { marker }),
      })
      const names = [...page.blobs.map((blob) => blob.name), ...(page.uploads ?? []), ...page.prefixes]
      expect(names.length).toBeLessThanOrEqual(o?.max ?? 5000)
      seen.push(...names.sort())
      marker = page.next
      more = marker !== undefined
    }
    return seen
  }
  for (const max of [1, 2, 3, 100]) {
    expect(await all({ max })).toEqual(['a', 'b', 'c/0', 'c/1', 'd/x', 'e'])
    expect(await all({ max, delimiter: '/' })).toEqual(['a', 'b', 'c/', 'd/', 'e'])
    expect(await all({ max, prefix: 'c/' })).toEqual(['c/0', 'c/1'])
  }
  expect((await bytes.list(account, 'c')).blobs.map((blob) => blob.name)).toEqual(['a', 'c/1', 'e'])
})

describe('folders', () => {
  test('are made, noted, moved and removed with all below', async () => {
    await bytes.folders.make(account, 'c', 'a/b', { metadata: { k: 'v' } })
    expect(await bytes.folders.stat(account, 'c', 'a/b')).toMatchObject({ name: 'a/b', metadata: { k: 'v' } })
    expect(await bytes.folders.stat(account, 'c', 'a')).toMatchObject({ metadata: {} })
    expect(await bytes.folders.stat(account, 'c', 'none')).toBeUndefined()
    await write('a/b/file', 'x', { metadata: { m: '1' } })
    await expect(bytes.folders.make(account, 'c', 'a/b', { onlyNew: true })).rejects.toMatchObject({
      code: 'PathAlreadyExists',
    })
    await expect(bytes.folders.make(account, 'c', 'a/b/file')).rejects.toMatchObject({ code: 'PathConflict' })
    await expect(bytes.folders.remove(account, 'c', 'a/b', false)).rejects.toMatchObject({ code: 'FolderNotEmpty' })
    const at = (path: string) => ({ account, container: 'c', path })
    await bytes.folders.move(at('a'), at('z/y'))
    expect(await bytes.folders.stat(account, 'c', 'z/y/b')).toMatchObject({ metadata: { k: 'v' } })
    expect(await bytes.stat(account, 'c', 'z/y/b/file')).toMatchObject({ metadata: { m: '1' } })
    expect(await bytes.folders.stat(account, 'c', 'a')).toBeUndefined()
    await expect(bytes.folders.move(at('z'), at('z/y/inside'))).rejects.toMatchObject({ code: 'PathConflict' })
    await expect(bytes.folders.move(at('none'), at('q'))).rejects.toMatchObject({ code: 'PathNotFound' })
    expect(await bytes.folders.remove(account, 'c', 'z', true)).toBe(true)
    expect(await bytes.folders.remove(account, 'c', 'z', true)).toBe(false)
    await bytes.folders.make(account, 'c', 'z/y/b')
    expect(await bytes.folders.stat(account, 'c', 'z/y/b')).toMatchObject({ metadata: {} })
    expect((await bytes.list(account, 'c')).blobs).toEqual([])
  })

  test('a file moves with what was said of it, over another', async () => {
    await write('from', 'new', { metadata: { k: 'v' } })
    await write('to', 'old')
    const from = { account, container: 'c', path: 'from' }
    const to = { ...from, path: 'to' }
    await expect(bytes.folders.move(from, to, { ifNoneMatch: '*' })).rejects.toMatchObject({
      code: 'PathAlreadyExists',
    })
    await bytes.folders.move(from, to)
    expect([await read('to'), (await bytes.stat(account, 'c', 'to'))?.metadata]).toEqual(['new', { k: 'v' }])
    expect(existsSync(pathOf('from'))).toBe(false)
  })

  test('are listed when asked for, empty or not', async () => {
    await write('a/b/c')
    await bytes.folders.make(account, 'c', 'a/empty')
    const flat = await bytes.list(account, 'c', { folders: true })
    expect([flat.prefixes, flat.blobs.map((blob) => blob.name)]).toEqual([['a/', 'a/b/', 'a/empty/'], ['a/b/c']])
    const near = await bytes.list(account, 'c', { folders: true, delimiter: '/', prefix: 'a/' })
    expect(near.prefixes).toEqual(['a/b/', 'a/empty/'])
    expect((await bytes.list(account, 'c', { delimiter: '/', prefix: 'a/' })).prefixes).toEqual(['a/b/'])
  })
})

test('files are changed in place and keep what was said of them', async () => {
  const { patches } = bytes
  await patches.create(account, 'c', 'f', { sizeBytes: 10, metadata: { k: 'v' }, contentType: 'x/y' })
  expect(readFileSync(pathOf('f'))).toEqual(Buffer.alloc(10))
  await Promise.all(
    [0, 5].map((start) => patches.write(account, 'c', 'f', { start, bytes: Buffer.from(`part${start}`) })),
  )
  expect(await read('f')).toBe('part0part5')
  const beyond = patches.write(account, 'c', 'f', { start: 8, bytes: Buffer.from('xyz') })
  await expect(beyond).rejects.toMatchObject({ code: 'InvalidRange' })
  const cut = await patches.resize(account, 'c', 'f', { sizeBytes: 4 })
  expect(cut).toMatchObject({ sizeBytes: 4, metadata: { k: 'v' }, contentType: 'x/y' })
  expect(await bytes.stat(account, 'c', 'f')).toEqual(cut)
  await expect(patches.resize(account, 'c', 'none', { sizeBytes: 1 })).rejects.toMatchObject({ code: 'BlobNotFound' })
})

describe('containers', () => {
  test('keep metadata', async () => {
    expect(await bytes.createContainer(account, 'd', { k: 'v' })).toBe(true)
    const made = await bytes.statContainer(account, 'd')
    expect(made).toMatchObject({ name: 'd', metadata: { k: 'v' } })
    expect(await bytes.setContainerMetadata(account, 'd', { other: '1' })).not.toMatchObject({ etag: made?.etag })
    expect((await bytes.statContainer(account, 'd'))?.metadata).toEqual({ other: '1' })
    expect((await bytes.list(account, 'd')).blobs).toEqual([])
    await bytes.deleteContainer(account, 'd')
    expect(await bytes.statContainer(account, 'd')).toBeUndefined()
    await expect(bytes.setContainerMetadata(account, 'd', {})).rejects.toMatchObject({ code: 'ContainerNotFound' })
    await bytes.createContainer(account, 'd')
    expect((await bytes.statContainer(account, 'd'))?.metadata).toEqual({})
  })
})

describe('what nobody came back for', () => {
  test('uploads in pieces go a week after their last block', async () => {
    await bytes.stageBlock(account, 'c', 'old', { id: 'YQ==', body: Readable.from(['x']), sizeBytes: 1 })
    const [folder = ''] = readdirSync(uploads())
    scratch.clock.at = statSync(join(uploads(), folder)).mtimeMs + 6 * dayMs
    await bytes.stageBlock(account, 'c', 'young', { id: 'YQ==', body: Readable.from(['x']), sizeBytes: 1 })
    expect(await bytes.sweep()).toEqual({ blocks: 0, containers: 0 })
    utimesSync(join(uploads(), folder), 1, 1)
    expect(await bytes.sweep()).toEqual({ blocks: 1, containers: 0 })
    expect(await bytes.blockList(account, 'c', 'old')).toEqual([])
    expect(await bytes.blockList(account, 'c', 'young')).toHaveLength(1)
  })

  test('containers for one upload go after two days unless something names them', async () => {
    for (const name of ['11111111-lost', '11111111-kept', '11111111-late']) {
      expect(await bytes.createPending(account, name)).toBe(true)
      await bytes.write(account, name, 'src/train.py', Readable.from(['x']))
    }
    mkdirSync(join(scratch.home, 'storage', account, '11111111-by-hand'))
    writeFileSync(join(scratch.home, 'storage', account, '11111111-by-hand', 'f'), '')
    const key = { scope: 'w', kind: 'code', name: 'k', version: '1' }
    const codeUri = `http://127.0.0.1/${account}/11111111-kept/src`
    await scratch.store.resources.put({ key, props: { codeUri }, by: 'ada' })
    scratch.clock.at += 2 * dayMs
    expect(await bytes.sweep()).toEqual({ blocks: 0, containers: 0 })
    scratch.clock.at += 1
    await bytes.createPending(account, '11111111-young')
    expect(await bytes.sweep()).toEqual({ blocks: 0, containers: 2 })
    expect(await bytes.containers(account)).toEqual(['11111111-by-hand', '11111111-kept', '11111111-young', 'c'])
    await scratch.store.resources.delete(key)
    expect(await bytes.sweep()).toEqual({ blocks: 0, containers: 0 })
    expect((await bytes.statContainer(account, '11111111-kept'))?.metadata).toEqual({})
  })
})
