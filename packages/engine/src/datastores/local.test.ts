import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { scenarios } from './conformance.ts'
import { openFolder } from './local.ts'

let top: string
let root: string
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'laz-folder-'))
  root = join(top, 'root')
  mkdirSync(root)
})
afterEach(() => rmSync(top, { recursive: true, force: true, maxRetries: 20 }))

describe('a folder: what any storage must do', () => {
  test.each(scenarios.map((s) => [s.name, s] as const))('%s', (_, scenario) => scenario.run(openFolder(root)))
})

test('links that leave the folder are neither read, written, removed nor listed', async () => {
  const canary = join(top, 'canary')
  mkdirSync(canary)
  writeFileSync(join(canary, 'secret.txt'), 'secret')
  symlinkSync(canary, join(root, 'out'))
  symlinkSync(join(canary, 'secret.txt'), join(root, 'file'))
  const storage = openFolder(root)
  for (const path of ['out/secret.txt', 'file', 'out']) {
    await expect(storage.stat(path)).rejects.toMatchObject({ code: 'PathNotAllowed' })
    await expect(storage.remove(path)).rejects.toMatchObject({ code: 'PathNotAllowed' })
    await expect(storage.write(path, Readable.from(['x']))).rejects.toMatchObject({ code: 'PathNotAllowed' })
  }
  const listed = []
  for await (const file of storage.list('')) listed.push(file.path)
  expect(listed).toEqual([])
  expect(readFileSync(join(canary, 'secret.txt'), 'utf8')).toBe('secret')
  expect(existsSync(canary)).toBe(true)
})
