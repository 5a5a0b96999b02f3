import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Bin } from './bin.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'laz-bin-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true, maxRetries: 20 }))

function folder(name: string): string {
  mkdirSync(join(root, name, 'deep'), { recursive: true })
  writeFileSync(join(root, name, 'deep', 'file'), 'x')
  return join(root, name)
}

test('what is thrown away is gone from its place at once, and from the disk soon', async () => {
  const bin = new Bin(join(root, 'bin'))
  for (const name of ['a', 'b', 'c']) {
    const path = folder(name)
    await bin.throwAway(path)
    expect(existsSync(path)).toBe(false)
  }
  await expect.poll(() => readdirSync(join(root, 'bin'))).toEqual([])
})

test('throwing away what is not there is fine', async () => {
  const bin = new Bin(join(root, 'bin'))
  await bin.throwAway(join(root, 'nothing'))
  await bin.throwAway(join(root, 'nothing'))
})

test('what an earlier process left is taken apart', async () => {
  folder('bin/left')
  const bin = new Bin(join(root, 'bin'))
  await bin.empty()
  await expect.poll(() => readdirSync(join(root, 'bin'))).toEqual([])
})
