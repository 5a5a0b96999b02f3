import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bytes } from './index.ts'
import { openScratch, type Scratch } from './scratch.ts'
import { Slots } from './slots.ts'

const account = 'laz0123456789ab'
let scratch: Scratch
let bytes: Bytes

beforeEach(async () => {
  scratch = await openScratch()
  bytes = scratch.store.bytes
  await bytes.createContainer(account, 'c')
})
afterEach(() => scratch.remove())

const write = (name: string, body: string) => bytes.write(account, 'c', name, Readable.from([body]))
const read = async (name: string) => (await buffer((await bytes.read(account, 'c', name)).body)).toString()
const stat = (name: string) => bytes.stat(account, 'c', name)
const incoming = () => readdirSync(join(scratch.home, 'blocks', '.incoming'))
const md5 = (body: string) => createHash('md5').update(body).digest('base64')

describe('blocks', () => {
  const id = (n: number) => Buffer.from(String(n).padStart(6, '0')).toString('base64')
  const stage = (n: number, body: string, name = 'big') =>
    bytes.stageBlock(account, 'c', name, { id: id(n), body: Readable.from([body]) })
  const commit = (ids: number[], o = {}) => bytes.commitBlocks(account, 'c', 'big', ids.map(id), o)

  test('a mark that cannot be written refuses its block and frees its slot', async () => {
    const slots = new Slots(join(scratch.home, 'upload'))
    const slot = slots.take('aa', id(0), 4)
    if (!slot) throw new Error('no slot')
    // a folder in the place of the mark stands for a disk that takes nothing more
    mkdirSync(join(scratch.home, 'upload', 'aa.at'))
    expect(() => slots.fill('aa', slot, 4)).toThrow()
    rmSync(join(scratch.home, 'upload', 'aa.at'), { recursive: true, force: true })
    expect(slots.busy).toBe(false)
    expect(slots.get('aa')).toBeUndefined()
    expect(slots.take('aa', id(0), 4)).toEqual(slot)
  })

  test('are joined in the order of the list and then forgotten', async () => {
    await Promise.all([stage(2, 'two '), stage(1, 'one '), stage(3, 'three '), stage(9, 'never')])
    await stage(2, 'TWO ')
    expect(await bytes.blockList(account, 'c', 'big')).toEqual([
      { id: id(1), sizeBytes: 4 },
      { id: id(2), sizeBytes: 4 },
      { id: id(3), sizeBytes: 6 },
      { id: id(9), sizeBytes: 5 },
    ])
    expect(await stat('big')).toBeUndefined()
    const made = await commit([3, 1, 2, 1], { contentType: 'x/y', metadata: { k: 'v' } })
    expect(made).toMatchObject({ sizeBytes: 18, contentType: 'x/y', metadata: { k: 'v' } })
    expect(await read('big')).toBe('three one TWO one ')
    expect(await bytes.blockList(account, 'c', 'big')).toEqual([])
  })

  test('survive a restart', async () => {
    await stage(1, 'kept')
    bytes = (await scratch.reopen()).bytes
    await commit([1])
    expect(await read('big')).toBe('kept')
  })

  test('a list sent again is answered with what it made', async () => {
    await stage(1, 'one')
    const made = await commit([1])
    expect(await commit([1])).toEqual(made)
    await expect(commit([1, 1])).rejects.toMatchObject({ code: 'InvalidBlockList' })
    await write('big', 'other')
    await expect(commit([1])).rejects.toMatchObject({ code: 'InvalidBlockList' })
  })

  test('a refused list keeps blob and blocks', async () => {
    await write('big', 'before')
    await stage(1, 'one')
    await expect(commit([1, 2])).rejects.toMatchObject({ code: 'InvalidBlockList', facts: { block: id(2) } })
    await expect(commit([1], { ifNoneMatch: '*' })).rejects.toMatchObject({ code: 'BlobAlreadyExists' })
    await expect(commit([1], { md5: md5('two') })).rejects.toMatchObject({ code: 'Md5Mismatch' })
    expect(await read('big')).toBe('before')
    await commit([1], { md5: md5('one') })
    expect(await read('big')).toBe('one')
  })

  test('ids that are none are refused', async () => {
    for (const bad of ['', '..', '../../x', 'a b', Buffer.alloc(65).toString('base64')]) {
      const staged = bytes.stageBlock(account, 'c', 'big', { id: bad, body: Readable.from(['x']) })
      await expect(staged).rejects.toMatchObject({ code: 'BadArgument' })
    }
    await expect(stage(1, 'x', '../up')).rejects.toMatchObject({ code: 'PathNotAllowed' })
  })

  test('nobody came back for are swept after a week', async () => {
    await stage(1, 'one')
    await stage(1, 'one', 'fresh')
    const [folder] = readdirSync(join(scratch.home, 'blocks', account, 'c'))
      .map((name) => join(scratch.home, 'blocks', account, 'c', name))
      .filter((path) => statSync(path).isDirectory())
    utimesSync(folder ?? '', 1, 1)
    writeFileSync(join(scratch.home, 'blocks', '.incoming', 'broken'), 'half')
    bytes = (await scratch.reopen()).bytes
    expect(existsSync(folder ?? '')).toBe(false)
    expect(readdirSync(join(scratch.home, 'blocks', account, 'c'))).toHaveLength(1)
    expect(incoming()).toEqual([])
  })
})
