import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Bytes } from './index.ts'
import { openScratch, type Scratch } from './scratch.ts'

const account = 'laz0123456789ab'
let scratch: Scratch
let bytes: Bytes

beforeEach(async () => {
  scratch = await openScratch()
  bytes = scratch.store.bytes
  await bytes.createContainer(account, 'c')
})
afterEach(() => scratch.remove())

const incoming = () => readdirSync(join(scratch.home, 'blocks', '.incoming'))
const small = (name: string, text = 'x') => ({ name, body: Buffer.from(text) })

test('writes all of them, over what was there', async () => {
  const o = { contentType: 'x/y', metadata: { k: 'v' } }
  await bytes.write(account, 'c', 'd/1', Readable.from(['old']), o)
  await bytes.writeMany(
    account,
    'c',
    Array.from({ length: 300 }, (_, i) => small(`d/${i}`, `new ${i}`)),
  )
  expect(readFileSync(bytes.path(account, 'c', 'd/299'), 'utf8')).toBe('new 299')
  const replaced = await bytes.stat(account, 'c', 'd/1')
  expect(replaced).toMatchObject({ sizeBytes: 5, contentType: 'application/octet-stream', metadata: {} })
  expect(incoming()).toEqual([])
})

test('keeps that a file may be run', async () => {
  await bytes.writeMany(account, 'c', [{ ...small('run.sh'), executable: true }, small('plain')])
  const mode = (name: string) => statSync(bytes.path(account, 'c', name)).mode & 0o100
  expect([mode('run.sh'), mode('plain')]).toEqual([0o100, 0])
})

test('names the one it refuses and keeps nothing on its way', async () => {
  await bytes.write(account, 'c', 'taken', Readable.from(['x']))
  const blobs = ['a', 'taken/b', 'z'].map((name) => small(name))
  await expect(bytes.writeMany(account, 'c', blobs)).rejects.toMatchObject({ code: 'PathConflict' })
  expect(await bytes.stat(account, 'c', 'z')).toBeUndefined()
  const climb = bytes.writeMany(account, 'c', [small('../climb')])
  await expect(climb).rejects.toMatchObject({ code: 'PathNotAllowed' })
  await expect(bytes.writeMany(account, 'absent', blobs)).rejects.toMatchObject({ code: 'ContainerNotFound' })
  expect(incoming()).toEqual([])
})
