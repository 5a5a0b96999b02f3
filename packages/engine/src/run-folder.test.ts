import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepOutputs, makeKeptFolders, makeRunFolder, type RunFolder, shareArtifacts } from './run-folder.ts'

let root: string
let folder: RunFolder
const { signal } = new AbortController()

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'laz-run-folder-'))
  mkdirSync(join(root, 'runs'))
  const run = join(root, 'runs', 'u')
  folder = {
    root: run,
    wd: join(run, 'wd'),
    data: join(run, 'data'),
    attempt: join(run, 'attempt-1'),
    staged: join(run, 'staged'),
    artifacts: join(root, 'artifacts'),
  }
  await makeRunFolder(folder)
  await makeKeptFolders(folder)
})
afterEach(() => rmSync(root, { recursive: true, force: true, maxRetries: 20 }))

const write = (path: string, text: string) => {
  mkdirSync(join(folder.wd, path, '..'), { recursive: true })
  writeFileSync(join(folder.wd, path), text)
}
const kept = (path: string) => readFileSync(join(folder.artifacts, path), 'utf8')

test('files are kept under their paths, growing ones included, replaced ones anew', async () => {
  write('outputs/a/b/c.txt', 'deep')
  write('logs/l.txt', 'one\n')
  expect(await keepOutputs(folder, signal)).toEqual([])
  appendFileSync(join(folder.wd, 'logs/l.txt'), 'two\n')
  expect(kept('logs/l.txt')).toBe('one\ntwo\n')
  rmSync(join(folder.wd, 'logs/l.txt'))
  write('logs/l.txt', 'new\n')
  await keepOutputs(folder, signal)
  expect([kept('outputs/a/b/c.txt'), kept('logs/l.txt')]).toEqual(['deep', 'new\n'])
})

test('what others put there meanwhile stays, and a file never takes the place of a folder', async () => {
  mkdirSync(join(folder.artifacts, 'outputs/model'), { recursive: true })
  writeFileSync(join(folder.artifacts, 'outputs/model/logged.txt'), 'by the tracking server')
  write('outputs/model', 'a file')
  write('outputs/other', 'kept')
  expect((await keepOutputs(folder, signal)).join()).toContain('outputs/model was not kept')
  expect([kept('outputs/model/logged.txt'), kept('outputs/other')]).toEqual(['by the tracking server', 'kept'])
  expect(readdirSync(join(folder.artifacts, 'outputs')).sort()).toEqual(['model', 'other'])
})

test('links are followed inside the working directory only, and never round in circles', async () => {
  write('src/inside.txt', 'inside')
  writeFileSync(join(root, 'secret'), 'outside')
  symlinkSync(join(folder.wd, 'src/inside.txt'), join(folder.wd, 'outputs/good'))
  symlinkSync(join(root, 'secret'), join(folder.wd, 'outputs/bad'))
  symlinkSync('..', join(folder.wd, 'outputs/round'))
  symlinkSync('nowhere', join(folder.wd, 'outputs/dangling'))
  const notes = await keepOutputs(folder, signal)
  expect(kept('outputs/good')).toBe('inside')
  expect(lstatSync(join(folder.artifacts, 'outputs/good')).isFile()).toBe(true)
  expect(readdirSync(join(folder.artifacts, 'outputs'))).toEqual(['good'])
  expect(notes).toHaveLength(3)
})

test('outputs that became a link or a file themselves are left alone', async () => {
  rmSync(join(folder.wd, 'outputs'), { recursive: true })
  symlinkSync(root, join(folder.wd, 'outputs'))
  rmSync(join(folder.wd, 'logs'), { recursive: true })
  write('logs', 'a file')
  expect(await keepOutputs(folder, signal)).toEqual([])
  expect(existsSync(join(folder.artifacts, 'outputs'))).toBe(false)
})

test('a snapshot that brings its own outputs keeps them', async () => {
  write('outputs/from-the-snapshot.txt', 'x')
  await makeKeptFolders(folder)
  await keepOutputs(folder, signal)
  expect(kept('outputs/from-the-snapshot.txt')).toBe('x')
})

test('an interrupted attempt to make the folder leaves nothing to the next', async () => {
  write('half-copied', 'x')
  await makeRunFolder(folder)
  expect(readdirSync(folder.wd)).toEqual([])
})

test('shared artifacts outlive the original', async () => {
  write('outputs/o', 'o')
  await keepOutputs(folder, signal)
  const other = join(root, 'other')
  await shareArtifacts(folder.artifacts, other, signal)
  await shareArtifacts(folder.artifacts, other, signal)
  rmSync(folder.artifacts, { recursive: true })
  expect(readFileSync(join(other, 'outputs/o'), 'utf8')).toBe('o')
})

test('a link that a command put where its outputs are kept leads nothing elsewhere', async () => {
  const outside = join(root, 'outside')
  mkdirSync(outside)
  symlinkSync(outside, join(folder.artifacts, 'outputs'))
  mkdirSync(join(folder.artifacts, 'logs'))
  symlinkSync(outside, join(folder.artifacts, 'logs/deep'))
  write('outputs/a.txt', 'a')
  write('logs/deep/b.txt', 'b')
  write('logs/c.txt', 'c')
  const notes = await keepOutputs(folder, signal)
  expect(notes).toEqual([
    expect.stringMatching(/^outputs was not kept: a link/),
    expect.stringMatching(/^logs\/deep .*link/),
  ])
  expect(readdirSync(outside)).toEqual([])
  expect(kept('logs/c.txt')).toBe('c')
  rmSync(folder.artifacts, { recursive: true })
  symlinkSync(outside, folder.artifacts)
  expect(await keepOutputs(folder, signal)).toEqual([expect.stringMatching(/^Nothing was kept: a link/)])
  expect(readdirSync(outside)).toEqual([])
})
