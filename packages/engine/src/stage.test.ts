import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bringIn, openOut, type StageIn, type StageOut, takeOut } from './stage.ts'
import { openRoom, type Room, settings } from './testing/room.ts'

let room: Room
let folder: string
let file: string
beforeAll(async () => {
  room = await openRoom()
  folder = room.upload('in/folder', { 'a.txt': 'aaa', 'sub/b.txt': 'b' })
  file = `${room.upload('in', { 'one file.csv': '1,2\n' })}/one file.csv`
})
afterAll(() => room.close())

const input = (o: Partial<StageIn>): StageIn => ({
  name: 'x',
  type: 'uri_folder',
  uri: folder,
  mode: 'ReadOnlyMount',
  ...o,
})
const output = (o: Partial<StageOut>): StageOut => ({
  name: 'o',
  type: 'uri_folder',
  uri: 'azureml://datastores/workspaceblobstore/paths/out/',
  mode: 'ReadWriteMount',
  ...o,
})
let serial = 0
const dest = (name = 'INPUT_x') => join(room.scratch(`stage-${serial++}`), name)
const read = (path: string) => readFileSync(path, 'utf8')

describe('inputs', () => {
  test('a mounted folder is a folder: nobody is led out of it, nothing is copied, removing it removes no data', async () => {
    const to = dest()
    expect(await bringIn(input({}), to, room.scope, room.ctx)).toEqual({ path: to })
    expect(realpathSync(join(to, 'sub/b.txt'))).toBe(join(realpathSync(to), 'sub/b.txt'))
    expect(lstatSync(join(to, 'sub/b.txt')).ino).toBe(lstatSync(room.at('in/folder/sub/b.txt')).ino)
    expect(read(join(to, 'sub/b.txt'))).toBe('b')
    rmSync(to, { recursive: true })
    expect(read(room.at('in/folder/sub/b.txt'))).toBe('b')
  })

  test('a mounted folder of very many files is one link', async () => {
    room.upload('crowd', Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`${n}.txt`, ''])))
    const to = dest()
    await bringIn(input({ uri: 'azureml://datastores/workspaceblobstore/paths/crowd/' }), to, room.scope, room.ctx)
    expect(readlinkSync(to)).toBe(room.at('crowd'))
  })

  test('a mounted file keeps its name, in a folder of its own', async () => {
    const to = dest()
    const { path } = await bringIn(input({ type: 'uri_file', uri: file }), to, room.scope, room.ctx)
    expect(path).toBe(join(to, 'one file.csv'))
    expect(read(path)).toBe('1,2\n')
    expect(lstatSync(to).isDirectory()).toBe(true)
  })

  test('a download is a copy: changing it changes nothing else', async () => {
    const to = dest()
    const { path } = await bringIn(input({ mode: 'Download' }), to, room.scope, room.ctx)
    writeFileSync(join(path, 'a.txt'), 'mine')
    expect(read(room.at('in/folder/a.txt'))).toBe('aaa')
    const one = await bringIn(input({ type: 'uri_file', uri: file, mode: 'Download' }), dest(), room.scope, room.ctx)
    expect(lstatSync(one.path).isFile()).toBe(true)
  })

  test('direct hands over the address in long form and moves nothing', async () => {
    const to = dest()
    const short = 'azureml://datastores/workspaceblobstore/paths/in/folder/'
    const { path } = await bringIn(input({ mode: 'Direct', uri: short }), to, room.scope, room.ctx)
    expect(path).toBe(`${folder}/`)
    const web = await bringIn(input({ mode: 'Direct', uri: 'https://example.com/x.csv' }), to, room.scope, room.ctx)
    expect(web.path).toBe('https://example.com/x.csv')
    expect(existsSync(to)).toBe(false)
  })

  test('models and tables are what they are: a file or a folder', async () => {
    const asFile = await bringIn(input({ type: 'custom_model', uri: file }), dest(), room.scope, room.ctx)
    expect(read(asFile.path)).toBe('1,2\n')
    const asFolder = await bringIn(input({ type: 'mlflow_model' }), dest(), room.scope, room.ctx)
    expect(readdirSync(asFolder.path)).toEqual(['a.txt', 'sub'])
    // a folder without an MLTable may still be bound to a table input
    const table = await bringIn(input({ type: 'mltable' }), dest(), room.scope, room.ctx)
    expect(readdirSync(table.path)).toEqual(['a.txt', 'sub'])
  })

  test('what is not there is said, with the input’s name and its place', async () => {
    const uri = 'azureml://datastores/workspaceblobstore/paths/in/nothing'
    await expect(bringIn(input({ uri }), dest(), room.scope, room.ctx)).rejects.toMatchObject({
      code: 'InputMissing',
      message: expect.stringMatching(/input x .*workspaces\/Main\/datastores\/workspaceblobstore\/paths\/in\/nothing/),
    })
    await expect(bringIn(input({ uri: 'azureml:none:1' }), dest(), room.scope, room.ctx)).rejects.toMatchObject({
      code: 'InputMissing',
      message: expect.stringContaining('azureml:none:1'),
    })
    await expect(bringIn(input({ type: 'uri_file' }), dest(), room.scope, room.ctx)).rejects.toThrow(/is a folder/)
  })

  test('a folder that links elsewhere is not copied out of its datastore', async () => {
    room.upload('evil', { 'a.txt': 'a' })
    symlinkSync('/etc', room.at('evil/etc'))
    const uri = 'azureml://datastores/workspaceblobstore/paths/evil'
    await expect(bringIn(input({ uri, mode: 'Download' }), dest(), room.scope, room.ctx)).rejects.toMatchObject({
      code: 'PathNotAllowed',
    })
    for (const way of ['evil/etc', 'evil/etc/hostname']) {
      const inner = `azureml://datastores/workspaceblobstore/paths/${way}`
      await expect(bringIn(input({ uri: inner }), dest(), room.scope, room.ctx)).rejects.toMatchObject({
        code: 'PathNotAllowed',
      })
    }
  })
})

describe('inputs from the web', () => {
  test('a file is fetched under its own name; private hosts only when allowed', async () => {
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/data/')) response.end('id,x\n')
      else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // listening on a port: the address is an object
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const open = { ...room.ctx, settings: { ...settings, privateHosts: true } }
    const uri = `${base}/data/iris%20set.csv?sig=secret`
    const got = await bringIn(input({ type: 'uri_file', uri }), dest(), room.scope, open)
    expect(got.path).toMatch(/\/iris set\.csv$/)
    expect(read(got.path)).toBe('id,x\n')
    await expect(bringIn(input({ type: 'uri_file', uri }), dest(), room.scope, room.ctx)).rejects.toMatchObject({
      code: 'NotSupported',
      message: expect.not.stringContaining('secret'),
    })
    const gone = input({ type: 'uri_file', uri: `${base}/gone.csv` })
    await expect(bringIn(gone, dest(), room.scope, open)).rejects.toMatchObject({ code: 'InputMissing' })
    const asFolder = input({ uri: `${base}/data/` })
    await expect(bringIn(asFolder, dest(), room.scope, open)).rejects.toMatchObject({ code: 'NotSupported' })
    const big = { ...open, settings: { ...open.settings, maxDownloadBytes: 2 } }
    const to = dest()
    await expect(bringIn(input({ type: 'uri_file', uri }), to, room.scope, big)).rejects.toMatchObject({
      code: 'TooLarge',
    })
    expect(readdirSync(to)).toEqual([])
    server.closeAllConnections()
    server.close()
  })

  test('no name in a URL leaves the input’s folder', async () => {
    const server = createServer((_, response) => response.end('x'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // listening on a port: the address is an object
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const open = { ...room.ctx, settings: { ...settings, privateHosts: true } }
    for (const path of ['/..%2f..%2fevil', '/%2e%2e', '/a%00b', '/', '/a%5cb', `/${'x'.repeat(5000)}`]) {
      const to = dest()
      const got = await bringIn(input({ type: 'uri_file', uri: base + path }), to, room.scope, open)
      expect(readdirSync(to), path).toHaveLength(1)
      expect(got.path.startsWith(`${to}/`), path).toBe(true)
      expect(got.path.slice(to.length + 1), path).not.toMatch(/\/|^\.\.?$/)
    }
    server.close()
  })
})

describe('tables by their paths', () => {
  const table = (text: string) => {
    room.upload('table', {
      'data/a1.csv': 'a1',
      'data/a2.csv': 'a2',
      'data/b.txt': 'b',
      'deep/x/y/c.csv': 'c',
      MLTable: text,
    })
    return 'azureml://datastores/workspaceblobstore/paths/table'
  }
  const under = (to: string) => join(to, room.workspace.storage.account, room.workspace.storage.blobstore, 'table')

  test.each([
    ['paths:\n  - pattern: ./data/*.csv\n', ['data/a1.csv', 'data/a2.csv']],
    ['paths:\n  - pattern: "**/*.csv"\n', ['data/a1.csv', 'data/a2.csv', 'deep/x/y/c.csv']],
    ['paths:\n  - file: data/b.txt\n  - folder: ./deep\n', ['data/b.txt', 'deep/x/y/c.csv']],
    ['paths:\n  - pattern: data/a[!1].csv\n', ['data/a2.csv']],
    ['paths: [{pattern: "**/*.csv"}]\ntransformations: [{skip: 1}, {take: 1}]\n', ['data/a2.csv']],
    [
      `paths: [{pattern: "data/*"}]\ntransformations:
  - extract_columns_from_partition_format: "table/data/{name}.{ending}"
  - keep_columns: [name, ending]
  - filter: "col('ending') == 'txt' or col('name') == 'a1'"\n`,
      ['data/a1.csv', 'data/b.txt'],
    ],
    [
      'paths:\n  - pattern: azureml://datastores/workspaceblobstore/paths/table/data/a?.csv\n',
      ['data/a1.csv', 'data/a2.csv'],
    ],
  ])('%j', async (text, expected) => {
    const uri = table(text)
    for (const mode of ['EvalMount', 'EvalDownload'] as const) {
      const to = dest()
      await bringIn(input({ type: 'mltable', uri, mode }), to, room.scope, room.ctx)
      const found = readdirSync(to, { recursive: true, encoding: 'utf8' }).filter((path) =>
        statSync(join(to, path)).isFile(),
      )
      expect(found.map((path) => join(to, path).slice(under(to).length + 1)).sort()).toEqual(expected)
      expect(lstatSync(join(under(to), expected[0] ?? '')).isSymbolicLink()).toBe(mode === 'EvalMount')
    }
  })

  test.each([
    [
      'paths:\n  - file: data/a1.csv\ntransformations:\n  - read_delimited:\n      delimiter: ","\n',
      'NotSupported',
      /read_delimited/,
    ],
    ['paths: [{file: data/b.txt}]\ntransformations: [{explode: all}]\n', 'NotSupported', /explode/],
    ['paths: [{file: data/b.txt}]\ntransformations: [{skip: 1}]\n', 'InputMissing', /leave no file/],
    ['paths:\n  - file: ../../../etc/passwd\n', 'PathNotAllowed', /etc/],
    ['paths:\n  - pattern: nothing/*.csv\n', 'InputMissing', /nothing/],
    ['paths: []\n', 'BadArgument', /no paths/],
    ['paths: [\n', 'BadArgument', /cannot be read/],
  ])('refused: %j', async (text, code, message) => {
    const uri = table(text)
    await expect(
      bringIn(input({ type: 'mltable', uri, mode: 'EvalMount' }), dest(), room.scope, room.ctx),
    ).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

describe('outputs', () => {
  test('a mounted folder is the place itself: what is written is there at once', async () => {
    const to = dest('o')
    const { path } = await openOut(output({}), to, room.scope, room.ctx)
    expect(path).toBe(join(to, 'out'))
    expect(lstatSync(path).isDirectory()).toBe(true)
    writeFileSync(join(path, 'x.txt'), 'hello')
    expect(read(room.at('out/x.txt'))).toBe('hello')
    expect(await takeOut(output({}), path, room.scope, room.ctx)).toEqual({
      uri: expect.stringMatching(/\/datastores\/workspaceblobstore\/paths\/out\/$/),
      sizeBytes: 5,
      files: 1,
    })
  })

  test('a file output is the path of a file to create', async () => {
    const one = output({ type: 'uri_file', uri: 'azureml://datastores/workspaceblobstore/paths/files/deep/result.csv' })
    for (const mode of ['ReadWriteMount', 'Upload'] as const) {
      const { path } = await openOut({ ...one, mode }, dest('o'), room.scope, room.ctx)
      expect(path).toMatch(/\/o\/result\.csv$/)
      expect(existsSync(path)).toBe(false)
      writeFileSync(path, mode)
      const taken = await takeOut({ ...one, mode }, path, room.scope, room.ctx)
      expect(taken).toMatchObject({ files: 1, sizeBytes: mode.length })
      expect(read(room.at('files/deep/result.csv'))).toBe(mode)
      unlinkSync(room.at('files/deep/result.csv'))
    }
  })

  test('an upload arrives at the end, over what is there', async () => {
    room.upload('merge', { 'keep.txt': 'keep', 'same.txt': 'old' })
    const up = output({ mode: 'Upload', uri: 'azureml://datastores/workspaceblobstore/paths/merge/' })
    const { path } = await openOut(up, dest('o'), room.scope, room.ctx)
    mkdirSync(join(path, 'sub'))
    writeFileSync(join(path, 'same.txt'), 'new')
    writeFileSync(join(path, 'sub/n.txt'), 'n')
    expect(existsSync(room.at('merge/sub'))).toBe(false)
    for (let twice = 0; twice < 2; twice++) {
      expect(await takeOut(up, path, room.scope, room.ctx)).toMatchObject({ files: 3 })
    }
    expect([
      read(room.at('merge/keep.txt')),
      read(room.at('merge/same.txt')),
      read(room.at('merge/sub/n.txt')),
    ]).toEqual(['keep', 'new', 'n'])
  })

  test.each(['replaced', 'with a blank'])('a script that makes the folder %s anew loses nothing', async (name) => {
    const own = output({ uri: `azureml://datastores/workspaceblobstore/paths/${name}/` })
    const { path } = await openOut(own, dest('o'), room.scope, room.ctx)
    rmSync(path, { recursive: true })
    mkdirSync(path)
    writeFileSync(join(path, 'x.txt'), 'x')
    expect(await takeOut(own, path, room.scope, room.ctx)).toMatchObject({ files: 1 })
    expect(read(room.at(`${name}/x.txt`))).toBe('x')
  })

  test('an upload does not carry away what its links lead to', async () => {
    const up = output({ mode: 'Upload', uri: 'azureml://datastores/workspaceblobstore/paths/leak/' })
    const { path } = await openOut(up, dest('o'), room.scope, room.ctx)
    symlinkSync('/etc/passwd', join(path, 'x'))
    await expect(takeOut(up, path, room.scope, room.ctx)).rejects.toMatchObject({ code: 'PathNotAllowed' })
    expect(existsSync(room.at('leak/x'))).toBe(false)
  })

  test('direct is the address; places that cannot be written are refused', async () => {
    const { path } = await openOut(output({ mode: 'Direct' }), dest('o'), room.scope, room.ctx)
    expect(path).toMatch(/^azureml:\/\/subscriptions\/.*\/paths\/out\/$/)
    await expect(openOut(output({ uri: 'https://example.com/x' }), dest(), room.scope, room.ctx)).rejects.toMatchObject(
      {
        code: 'NotSupported',
      },
    )
    const up = output({ uri: 'azureml://datastores/workspaceblobstore/paths/../x' })
    await expect(openOut(up, dest(), room.scope, room.ctx)).rejects.toMatchObject({ code: 'PathNotAllowed' })
    room.upload('', { plain: 'file' })
    const onFile = output({ uri: 'azureml://datastores/workspaceblobstore/paths/plain/' })
    await expect(openOut(onFile, dest(), room.scope, room.ctx)).rejects.toMatchObject({ code: 'PathConflict' })
  })
})
