import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { isLazError } from '@lazurite/spec'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openUnder, withParent } from './files.ts'
import { safeJoin } from './paths.ts'
import { openScratch, type Scratch } from './scratch.ts'

/** Every one of these must be refused wherever a path is taken. */
const hostile = [
  '',
  '.',
  '..',
  './a',
  'a/.',
  'a/./b',
  '../a',
  '../../etc/passwd',
  'a/..',
  'a/../b',
  'a/../../b',
  'a/b/../../../c',
  '/',
  '/etc/passwd',
  '//etc/passwd',
  '///a',
  'a//b',
  'a/',
  'a/b//',
  '..\\a',
  'a\\..\\b',
  'a\\b',
  '\\\\server\\share',
  '\\etc\\passwd',
  'C:',
  'C:\\windows',
  'C:/windows',
  'c:relative',
  'z:..',
  'a\0',
  '\0',
  'a\0.txt',
  '../a\0.png',
  'a\nb',
  'a\rb',
  'a\tb',
  '\u0001',
  'a\u001b[31m',
  'a\u007f',
  '%2e%2e',
  '%2e%2e/a',
  '%2E%2E/a',
  '.%2e/a',
  '%2e./a',
  '%252e%252e/a',
  '%25252e%25252e/a',
  '%252E%252E%252Fa',
  '..%2fa',
  '..%2Fa',
  '..%252fa',
  '..%255ca',
  'a%2f..%2fb',
  'a%2fb',
  'a%5cb',
  '%2fetc%2fpasswd',
  '%5c%5cserver',
  'a%00',
  'a%2500.txt',
  'a/%2e%2e/%2e%2e/b',
  'a/..%2f..%2fb',
  `${'a/'.repeat(2100)}b`,
  'x'.repeat(256),
  'é'.repeat(128),
  'a/\ud800',
  '\udfff/b',
  'link-out',
  'link-out/canary',
  'link-out/new',
  'file-link-out',
  'deep/link-up/canary',
  'dangling',
  'dangling/new',
  'loop',
  'loop/a',
]

/** These look odd and are fine. */
const fine = [
  'a',
  'a/b/c.txt',
  '...',
  '..a',
  'a..',
  'a/..b/c',
  '.hidden',
  '-rf',
  '~',
  '~root/x',
  '$HOME',
  '`id`',
  'a;b',
  'a#b',
  'a?b',
  'a b',
  'ü/ß.txt',
  '日本語',
  '😀',
  'a%20b',
  '100%',
  '%2',
  '%2e',
  '%2e%2e%2e',
  'link-in/a',
  'constructor',
  '__proto__',
  'x'.repeat(255),
]

let outside: string

beforeAll(() => {
  outside = mkdtempSync(join(tmpdir(), 'laz-outside-'))
  writeFileSync(join(outside, 'canary'), 'alive')
})
afterAll(() => rmSync(outside, { recursive: true }))

/** Links of every kind inside a root, all but one leading out of it. */
function plant(root: string): void {
  mkdirSync(join(root, 'deep'))
  mkdirSync(join(root, 'inner'))
  symlinkSync(outside, join(root, 'link-out'))
  symlinkSync(join(outside, 'canary'), join(root, 'file-link-out'))
  symlinkSync('../..', join(root, 'deep', 'link-up'))
  symlinkSync(join(outside, 'nothing'), join(root, 'dangling'))
  symlinkSync('loop', join(root, 'loop'))
  symlinkSync('inner', join(root, 'link-in'))
}

describe('safeJoin', () => {
  let root: string
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'laz-root-'))
    plant(root)
  })
  afterAll(() => rmSync(root, { recursive: true }))

  test('the table is long enough', () => expect(new Set(hostile).size).toBeGreaterThanOrEqual(60))
  test.each(hostile)('refuses %j', (path) => {
    expect(() => safeJoin(root, path)).toThrow(expect.objectContaining({ code: 'PathNotAllowed' }))
  })
  test.each(fine)('lets pass %j', (path) => expect(safeJoin(root, path)).toBe(join(root, path)))

  test('a root that is a link itself is fine, a neighbour with the same beginning is not', () => {
    const link = `${root}-link`
    symlinkSync(root, link)
    mkdirSync(`${root}-evil`)
    symlinkSync(`${root}-evil`, join(root, 'neighbour'))
    expect(safeJoin(link, 'link-in/a')).toBe(join(link, 'link-in/a'))
    expect(() => safeJoin(root, 'neighbour/a')).toThrow()
    rmSync(link)
    rmSync(`${root}-evil`, { recursive: true })
  })

  test('the error shows no control characters and is short', () => {
    try {
      safeJoin(root, `a\u001b[2J${'b'.repeat(9000)}`)
      expect.unreachable()
    } catch (error) {
      const message = isLazError(error) ? error.message : ''
      expect(message).not.toContain('\u001b')
      expect(message.length).toBeGreaterThan(10)
      expect(message.length).toBeLessThan(400)
    }
  })
})

test('a file that comes and goes while it is looked at is no link that leads away', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laz-flicker-'))
  const flicker = spawn('bash', ['-c', 'while :; do : > f; rm f; done'], { cwd: folder, stdio: 'ignore' })
  try {
    const until = Date.now() + 400
    while (Date.now() < until) expect(safeJoin(folder, 'f')).toBe(join(folder, 'f'))
  } finally {
    flicker.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  }
})

describe('a link swapped in after the check', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'laz-swap-'))
    mkdirSync(join(root, 'a'))
    writeFileSync(join(root, 'a', 'canary'), 'inner')
  })
  afterEach(() => rmSync(root, { recursive: true }))

  const swap = () => {
    renameSync(join(root, 'a'), join(root, 'was-a'))
    symlinkSync(outside, join(root, 'a'))
  }

  test('is not read through', () => {
    const path = safeJoin(root, 'a/canary')
    swap()
    expect(() => openUnder(root, path)).toThrow(expect.objectContaining({ code: 'PathNotAllowed' }))
  })

  test('is not written or deleted through', () => {
    const path = safeJoin(root, 'a/canary')
    swap()
    expect(() => withParent(root, path, (p) => rmSync(p))).toThrow(expect.objectContaining({ code: 'PathNotAllowed' }))
    expect(readFileSync(join(outside, 'canary'), 'utf8')).toBe('alive')
  })

  test('while the folder is held open acts on the folder that was checked', () => {
    const path = safeJoin(root, 'a/new')
    withParent(root, path, (p) => {
      swap()
      writeFileSync(p, 'x')
    })
    expect(readFileSync(join(root, 'was-a', 'new'), 'utf8')).toBe('x')
    expect(() => readFileSync(join(outside, 'new'))).toThrow()
  })
})

describe('every blob operation', () => {
  const account = 'laz0123456789ab'
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
    await scratch.store.bytes.createContainer(account, 'c')
    plant(scratch.store.bytes.folder(account, 'c'))
  })
  afterAll(() => scratch.remove())

  test('names of folders are written by nobody, and nothing has such a name', async () => {
    const { bytes } = scratch.store
    await expect(bytes.write(account, 'c', 'a/', Readable.from(['x']))).rejects.toMatchObject({
      code: 'PathNotAllowed',
    })
    await expect(bytes.read(account, 'c', 'a/')).rejects.toMatchObject({ code: 'BlobNotFound' })
    expect(await bytes.stat(account, 'c', 'a/')).toBeUndefined()
  })

  test.each(hostile.filter((path) => path !== 'a/'))('refuses %j', async (path) => {
    const { bytes } = scratch.store
    const refused = { code: 'PathNotAllowed' }
    const body = () => Readable.from(['evil'])
    await expect(bytes.write(account, 'c', path, body())).rejects.toMatchObject(refused)
    await expect(bytes.read(account, 'c', path)).rejects.toMatchObject(refused)
    await expect(bytes.stat(account, 'c', path)).rejects.toMatchObject(refused)
    await expect(bytes.remove(account, 'c', path)).rejects.toMatchObject(refused)
    await expect(bytes.setMetadata(account, 'c', path, { metadata: {} })).rejects.toMatchObject(refused)
    await expect(bytes.stageBlock(account, 'c', path, { id: 'AAAA', body: body() })).rejects.toMatchObject(refused)
    await expect(bytes.commitBlocks(account, 'c', path, [])).rejects.toMatchObject(refused)
    await expect(bytes.blockList(account, 'c', path)).rejects.toMatchObject(refused)
    expect(readFileSync(join(outside, 'canary'), 'utf8')).toBe('alive')
  })

  test.each(['..', '../x', 'a/b', '', 'A', 'c\0', '.incoming', 'c%2e', '-c', 'é', 'c'.repeat(70)])(
    'refuses the container or account %j',
    async (name) => {
      const { bytes } = scratch.store
      await expect(bytes.createContainer(account, name)).rejects.toMatchObject({ code: 'PathNotAllowed' })
      await expect(bytes.deleteContainer(account, name)).rejects.toMatchObject({ code: 'PathNotAllowed' })
      await expect(bytes.list(account, name)).rejects.toMatchObject({ code: 'PathNotAllowed' })
      await expect(bytes.createContainer(name, 'c')).rejects.toMatchObject({ code: 'PathNotAllowed' })
    },
  )

  test('a listing neither follows links out nor climbs by its prefix', async () => {
    const { bytes } = scratch.store
    await bytes.write(account, 'c', 'inner/a', Readable.from(['x']))
    symlinkSync('inner/a', join(bytes.folder(account, 'c'), 'file-link-in'))
    expect((await bytes.list(account, 'c')).blobs.map((b) => b.name)).toEqual(['file-link-in', 'inner/a'])
    expect(await text((await bytes.read(account, 'c', 'file-link-in')).body)).toBe('x')
    for (const prefix of ['../', '/etc/', 'link-out/', 'inner/../', '..%2f/']) {
      await expect(bytes.list(account, 'c', { prefix })).rejects.toMatchObject({ code: 'PathNotAllowed' })
    }
  })
})
