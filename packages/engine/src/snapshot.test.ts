import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copyHashed, hashFolder, placeSnapshot } from './snapshot.ts'
import { openRoom, type Room } from './testing/room.ts'

let room: Room
beforeAll(async () => {
  room = await openRoom()
})
afterAll(() => room.close())

const files = { 'b.py': 'print(2)\n', 'A.py': 'print(1)\n', 'sub/z.txt': 'größe', 'sub/__init__.py': '' }

async function register(name: string, path: string, hash?: string): Promise<string> {
  const { account, blobstore } = room.workspace.storage
  const recorded = hash ?? (await hashFolder(room.at(path))).hash
  return room.put('code', name, {
    codeUri: `http://127.0.0.1:1/${account}/${blobstore}/${path}`,
    properties: { hash_sha256: recorded, hash_version: '202208' },
  })
}

describe('hashFolder', () => {
  test('follows the published rule', async () => {
    room.upload('hash', files)
    // written down by hand: count, then names and sizes, then bytes, in the order of lower-cased paths
    const order = ['A.py', 'b.py', 'sub/__init__.py', 'sub/z.txt'] as const
    const hash = createHash('sha256').update('4')
    for (const name of order) hash.update(`#${name}#${Buffer.byteLength(files[name])}`)
    for (const name of order) hash.update(files[name])
    expect(await hashFolder(room.at('hash'))).toEqual({ hash: hash.digest('hex'), files: 4, sizeBytes: 25 })
  })

  test('a single file counts as a folder that holds it', async () => {
    const expected = createHash('sha256').update('1#A.py#9print(1)\n').digest('hex')
    expect(await hashFolder(room.at('hash/A.py'))).toMatchObject({ hash: expected, files: 1 })
  })

  test('gives the same for files read whole and in pieces', async () => {
    const big = 'x'.repeat(3_000_000)
    room.upload('big', { 'big.bin': big, 'small.txt': 'a' })
    const expected = createHash('sha256').update(`2#big.bin#3000000#small.txt#1${big}a`).digest('hex')
    expect((await hashFolder(room.at('big'))).hash).toBe(expected)
    expect((await copyHashed(room.at('big'), room.scratch('big'))).hash).toBe(expected)
  })
})

describe('placeSnapshot', () => {
  test('copies the folder’s content and answers its hash', async () => {
    room.upload('code', { ...files, 'run.sh': '#!/bin/sh\necho hi\n' })
    chmodSync(room.at('code/b.py'), 0o755)
    const codeId = await register('ok', 'code')
    const wd = room.scratch('ok')
    const placed = await placeSnapshot(codeId, room.scope, wd, room.ctx)
    expect(placed).toEqual({ hash: (await hashFolder(room.at('code'))).hash, files: 5 })
    expect(readFileSync(join(wd, 'sub/z.txt'), 'utf8')).toBe('größe')
    expect(statSync(join(wd, 'b.py')).mode & 0o111).not.toBe(0)
    expect(statSync(join(wd, 'run.sh')).mode & 0o111).not.toBe(0)
    expect(statSync(join(wd, 'A.py')).mode & 0o111).toBe(0)
    writeFileSync(join(wd, 'A.py'), 'changed by the job')
    expect(readFileSync(room.at('code/A.py'), 'utf8')).toBe('print(1)\n')
  })

  test('what was changed after it was registered does not run', async () => {
    room.upload('tampered', files)
    const codeId = await register('tampered', 'tampered')
    writeFileSync(room.at('tampered/b.py'), 'print(3)\n')
    await expect(placeSnapshot(codeId, room.scope, room.scratch('t1'), room.ctx)).rejects.toMatchObject({
      code: 'SnapshotIntegrity',
    })
    writeFileSync(room.at('tampered/b.py'), 'print(2)\n')
    writeFileSync(room.at('tampered/extra.py'), '')
    await expect(placeSnapshot(codeId, room.scope, room.scratch('t2'), room.ctx)).rejects.toMatchObject({
      code: 'SnapshotIntegrity',
    })
  })

  test('code without a recorded hash, or without bytes, does not run', async () => {
    const { account, blobstore } = room.workspace.storage
    const bare = await room.put('code', 'bare', { codeUri: `https://${account}.blob.x/${blobstore}/code` })
    await expect(placeSnapshot(bare, room.scope, room.scratch('bare'), room.ctx)).rejects.toMatchObject({
      code: 'SnapshotIntegrity',
    })
    const gone = await register('gone', 'nothing-here', 'ab')
    await expect(placeSnapshot(gone, room.scope, room.scratch('gone'), room.ctx)).rejects.toMatchObject({
      code: 'SnapshotIntegrity',
    })
    await expect(placeSnapshot('azureml:never:1', room.scope, room.scratch('never'), room.ctx)).rejects.toMatchObject({
      code: 'ResourceNotFound',
    })
  })

  test('links inside are followed, links out of the folder are refused', async () => {
    room.upload('links', { 'real/a.txt': 'a' })
    symlinkSync('real', room.at('links/alias'))
    const inside = await register('inside', 'links')
    const wd = room.scratch('inside')
    expect((await placeSnapshot(inside, room.scope, wd, room.ctx)).files).toBe(2)
    expect(readFileSync(join(wd, 'alias/a.txt'), 'utf8')).toBe('a')
    for (const [name, target] of [
      ['abs', '/etc'],
      ['up', '../../..'],
      ['file', '/etc/hostname'],
      ['nowhere', 'missing'],
    ] as const) {
      room.upload(`out-${name}`, { 'a.txt': 'a' })
      symlinkSync(target, room.at(`out-${name}/link`))
      const codeId = await register(`out-${name}`, `out-${name}`, 'ab')
      await expect(placeSnapshot(codeId, room.scope, room.scratch(name), room.ctx)).rejects.toMatchObject({
        code: 'PathNotAllowed',
      })
    }
  })

  test('a link to a folder above does not go on for ever', async () => {
    room.upload('loop', { 'sub/a.txt': 'a' })
    symlinkSync('..', room.at('loop/sub/up'))
    expect((await hashFolder(room.at('loop'))).files).toBe(1)
  })

  test('ten thousand files are a matter of a moment', async () => {
    mkdirSync(room.at('many'), { recursive: true })
    for (let i = 0; i < 10_000; i++) {
      if (i % 100 === 0) mkdirSync(room.at(`many/d${i / 100}`))
      writeFileSync(room.at(`many/d${Math.floor(i / 100)}/f${i}.txt`), `file ${i}\n`)
    }
    const codeId = await register('many', 'many')
    let ticks = 0
    const beat = setInterval(() => {
      ticks += 1
    }, 5)
    const placed = await placeSnapshot(codeId, room.scope, room.scratch('many'), room.ctx)
    clearInterval(beat)
    expect(placed.files).toBe(10_000)
    // others had their turn meanwhile
    expect(ticks).toBeGreaterThan(3)
  })

  test('stops when it is no longer wanted', async () => {
    const codeId = 'azureml:many:1'
    const stop = new AbortController()
    const placing = placeSnapshot(codeId, room.scope, room.scratch('stopped'), { ...room.ctx, signal: stop.signal })
    setTimeout(() => stop.abort(new Error('not wanted')), 20)
    await expect(placing).rejects.toThrow('not wanted')
  })
})
