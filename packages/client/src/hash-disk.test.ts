import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Folder, hashFolder } from './folder.ts'
import { hashOnDisk } from './hash-disk.ts'
import { scanFolder } from './scan.ts'

const root = mkdtempSync(join(tmpdir(), 'laz-hash-'))
const home = process.env.LAZ_HOME
beforeAll(() => {
  process.env.LAZ_HOME = join(root, 'home')
  mkdirSync(process.env.LAZ_HOME)
})
afterAll(() => {
  if (home === undefined) delete process.env.LAZ_HOME
  else process.env.LAZ_HOME = home
  rmSync(root, { recursive: true, force: true, maxRetries: 20 })
})

/** Files that were written long ago. */
function folder(name: string, files: Record<string, string>): string {
  const path = join(root, name)
  for (const [file, text] of Object.entries(files)) write(join(path, file), text)
  return path
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const settle = () => new Promise((done) => setTimeout(done, 60))

function plain(scanned: Folder): Promise<string> {
  const hash = createHash('sha256')
  return hashFolder(scanned, { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') })
}

describe('a folder that was hashed before', () => {
  test('is recognised without being read, and tells which files are not as before', async () => {
    const path = folder('known', { 'a.py': 'one', 'b/c.py': 'two' })
    await settle()
    const first = await hashOnDisk(await scanFolder(path))
    expect(first).toMatchObject({ read: true, hash: await plain(await scanFolder(path)) })
    expect(first.changed).toBeUndefined()
    expect(await hashOnDisk(await scanFolder(path))).toEqual({ hash: first.hash, read: false, changed: [] })

    write(join(path, 'b/c.py'), 'TWO')
    write(join(path, 'new.py'), '')
    await settle()
    const second = await hashOnDisk(await scanFolder(path))
    expect(second).toMatchObject({ read: true, hash: await plain(await scanFolder(path)) })
    expect([...(second.changed ?? [])].sort()).toEqual(['b/c.py', 'new.py'])
    rmSync(join(path, 'a.py'))
    expect((await hashOnDisk(await scanFolder(path))).changed).toEqual(['a.py'])
  })

  test('a file of the same size and the same old time is found out by its own change', async () => {
    const path = folder('disguised', { 'a.py': 'aaa' })
    utimesSync(join(path, 'a.py'), 1, 1)
    await settle()
    const before = await hashOnDisk(await scanFolder(path))
    write(join(path, 'a.py'), 'bbb')
    utimesSync(join(path, 'a.py'), 1, 1)
    await settle()
    const after = await hashOnDisk(await scanFolder(path))
    expect(after.read).toBe(true)
    expect(after.hash).not.toBe(before.hash)
  })

  test('what was written a moment ago is not remembered: it may change again in the same tick', async () => {
    const path = folder('fresh', { 'a.py': 'aaa' })
    const soon = Date.now() / 1000 + 60
    utimesSync(join(path, 'a.py'), soon, soon)
    await hashOnDisk(await scanFolder(path))
    expect((await hashOnDisk(await scanFolder(path))).read).toBe(true)
  })

  test('a memory that is no memory is none', async () => {
    const path = folder('torn', { 'a.py': 'aaa' })
    await settle()
    const { hash } = await hashOnDisk(await scanFolder(path))
    const memories = join(root, 'home/cache/snapshots')
    for (const name of readdirSync(memories)) writeFileSync(join(memories, name), '{"version":1,"hash":"x","lin')
    expect(await hashOnDisk(await scanFolder(path))).toMatchObject({ read: true, hash })
  })
})

describe('read ahead by several threads', () => {
  test('the same hash, for many small files and for large ones', async () => {
    const files: Record<string, string> = { 'empty.txt': '', 'large.bin': 'x' }
    for (let i = 0; i < 40; i++) files[`d${i % 7}/f${i}.py`] = `print(${i})\n`
    const path = folder('many', files)
    truncateSync(join(path, 'large.bin'), 25 * 2 ** 20 + 7)
    const hash = await plain(await scanFolder(path))
    const scanned = await scanFolder(path)
    expect(await hashOnDisk(scanned, 3)).toMatchObject({ read: true, hash })
    const small = scanned.files.find((file) => file.path === 'd0/f0.py')
    expect(new TextDecoder().decode(small?.bytes)).toBe('print(0)\n')
  })

  test('a file that is not as long as it was, or gone, ends it by name', async () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, 'text']))
    const path = folder('changing', { ...files, large: '' })
    truncateSync(join(path, 'large'), 25 * 2 ** 20)
    for (const harm of [() => write(join(path, 'f9'), 'longer text'), () => rmSync(join(path, 'f9'))]) {
      const scanned = await scanFolder(path)
      harm()
      await expect(hashOnDisk(scanned, 2)).rejects.toThrow(/f9 changed while it was read/)
      write(join(path, 'f9'), 'text')
    }
  })
})
