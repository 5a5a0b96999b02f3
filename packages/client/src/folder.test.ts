import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { tarOf } from './archive.ts'
import { type Folder, hashFolder as hashWith } from './folder.ts'
import { scanFolder, scanIncludes } from './scan.ts'
import { sha256 } from './sha256.ts'

const hashFolder = (folder: Folder) => hashWith(folder, sha256())

const root = mkdtempSync(join(tmpdir(), 'laz-folder-'))
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 20 }))

let count = 0
function folder(files: Record<string, string>): string {
  const path = join(root, String(count++))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return path
}

describe('the content hash', () => {
  test('counts, paths and sizes first, then all bytes, in the order of lower-cased paths', async () => {
    const path = folder({ 'b.txt': 'two', 'A/z.txt': 'one', 'a.txt': '', 'Ä.txt': 'three' })
    const text = '4#A/z.txt#3#a.txt#0#b.txt#3#Ä.txt#5onetwothree'
    // `a.txt` sorts before `a/z.txt`: the dot comes before the slash
    const expected = text.replace('#A/z.txt#3#a.txt#0', '#a.txt#0#A/z.txt#3')
    expect(await hashFolder(await scanFolder(path))).toBe(createHash('sha256').update(expected).digest('hex'))
  })

  test('the same whether files are kept in memory or read in parts', async () => {
    const large = 'x'.repeat(3 * 2 ** 20)
    const path = folder({ 'large.bin': large, 'small.txt': 's' })
    const expected = createHash('sha256')
      .update(`2#large.bin#${large.length}#small.txt#1`)
      .update(large)
      .update('s')
      .digest('hex')
    expect(await hashFolder(await scanFolder(path))).toBe(expected)
  })
})

describe('scanning', () => {
  test('.amlignore wins over .gitignore, only at the root, and is uploaded itself', async () => {
    const path = folder({
      '.amlignore': '*.log\n',
      '.gitignore': '*.py\n',
      'a.py': '1',
      'b.log': '2',
      'sub/.amlignore': '*',
      'sub/c.py': '3',
    })
    const { files } = await scanFolder(path)
    expect(files.map((f) => f.path)).toEqual(['.amlignore', '.gitignore', 'a.py', 'sub/.amlignore', 'sub/c.py'])
  })

  test('one file is its own snapshot', async () => {
    const path = folder({ 'only.py': '1' })
    const { files, single } = await scanFolder(join(path, 'only.py'))
    expect([single, files.map((f) => f.path)]).toEqual([true, ['only.py']])
  })

  test('links inside are followed, links that leave and loops are refused', async () => {
    const inside = folder({ 'data/x.txt': 'x' })
    symlinkSync('data', join(inside, 'link'))
    expect((await scanFolder(inside)).files.map((f) => f.path)).toEqual(['data/x.txt', 'link/x.txt'])
    const leaving = folder({ 'a.txt': 'a' })
    symlinkSync('/etc/hostname', join(leaving, 'secret'))
    await expect(scanFolder(leaving)).rejects.toMatchObject({
      code: 'PathNotAllowed',
      message: expect.stringContaining('outside the folder'),
    })
    const loop = folder({ 'a/b.txt': 'a' })
    symlinkSync('..', join(loop, 'a/up'))
    await expect(scanFolder(loop)).rejects.toThrow('link to a folder that contains it')
    const dangling = folder({ 'a.txt': 'a' })
    symlinkSync('nowhere', join(dangling, 'gone'))
    await expect(scanFolder(dangling)).rejects.toMatchObject({ code: 'FileNotFound' })
  })

  test('nothing to upload is an error, an absent folder too', async () => {
    await expect(scanFolder(folder({ '.amlignore': '*' }))).rejects.toThrow('no files to upload')
    await expect(scanFolder(join(root, 'absent'))).rejects.toMatchObject({ code: 'FileNotFound' })
  })

  test('includes lie beside the files; a clash is refused', async () => {
    const code = folder({ 'main.py': '1' })
    const shared = folder({ 'lib/a.py': '2', 'lib/b/c.py': '3', 'main.py': '4' })
    const lib = { absolute: join(shared, 'lib'), at: 'lib' }
    expect((await scanFolder(code, [lib])).files.map((f) => f.path)).toEqual(['lib/a.py', 'lib/b/c.py', 'main.py'])
    expect((await scanIncludes([lib])).files.map((f) => f.path)).toEqual(['lib/a.py', 'lib/b/c.py'])
    await expect(scanFolder(code, [{ absolute: join(shared, 'main.py'), at: 'main.py' }])).rejects.toThrow(
      'brings main.py',
    )
  })
})

describe('the tar stream', () => {
  test('is what tar unpacks: long and foreign names, empty files, executables', async () => {
    const long = `${'deep/'.repeat(30)}file.txt`
    const path = folder({
      'run.sh': 'echo hi',
      'empty.txt': '',
      [long]: 'long',
      'ünï — 日本.txt': 'foreign',
      'big.bin': 'y'.repeat(700_000),
    })
    execFileSync('chmod', ['755', join(path, 'run.sh')])
    const { files } = await scanFolder(path)
    const parts: Uint8Array[] = []
    for await (const part of tarOf(files)) parts.push(part)
    const out = join(root, 'unpacked')
    mkdirSync(out)
    execFileSync('tar', ['-xf', '-', '-C', out], { input: Buffer.concat(parts) })
    for (const file of files) expect(readFileSync(join(out, file.path), 'utf8')).toBe(readFileSync(file.from, 'utf8'))
    expect(statSync(join(out, 'run.sh')).mode & 0o111).not.toBe(0)
    expect(statSync(join(out, 'empty.txt')).size).toBe(0)
  })

  test('a file that changed since it was counted ends it', async () => {
    const path = folder({ 'a.txt': 'before' })
    const { files } = await scanFolder(path)
    writeFileSync(join(path, 'a.txt'), 'after it was counted')
    const drain = async () => {
      for await (const _ of tarOf(files));
    }
    await expect(drain()).rejects.toThrow('changed while it was read')
  })
})
