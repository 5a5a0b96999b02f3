import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseArgs } from './args.ts'
import { connect, isAlive, readServerFile } from './daemon.ts'
import { homeOf, readDefaults, workspaceOf } from './session.ts'
import { globalFlags, workspaceFlags } from './surface.ts'

const root = mkdtempSync(join(tmpdir(), 'laz-session-'))
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 20 }))

const args = (line: string) => parseArgs(line === '' ? [] : line.split(' '), [...workspaceFlags, ...globalFlags])
const built = { subscription: '00000000-0000-0000-0000-000000000001', resourceGroup: 'lazurite', workspace: 'main' }

describe('which workspace is meant', () => {
  test('flags, then the environment, then kept defaults, then the first workspace', () => {
    const env = { AZURE_DEFAULTS_GROUP: 'env-g', AZURE_DEFAULTS_WORKSPACE: 'env-w' }
    const kept = { group: 'kept-g', workspace: 'kept-w', subscription: 'kept-s' }
    expect(workspaceOf(args('-g g -w w --subscription s'), env, kept)).toEqual({
      subscription: 's',
      resourceGroup: 'g',
      workspace: 'w',
    })
    expect(workspaceOf(args(''), env, kept)).toEqual({
      subscription: 'kept-s',
      resourceGroup: 'env-g',
      workspace: 'env-w',
    })
    expect(workspaceOf(args('-w w'), {}, kept)).toEqual({
      subscription: 'kept-s',
      resourceGroup: 'kept-g',
      workspace: 'w',
    })
    expect(workspaceOf(args(''), { AZURE_DEFAULTS_GROUP: '' }, {})).toEqual(built)
  })

  test('a kept file that is broken counts as empty', () => {
    expect(readDefaults(root)).toEqual({})
    for (const text of ['{', 'null', '[]', '"x"', '{"workspace": 5, "group": ""}']) {
      writeFileSync(join(root, 'defaults.json'), text)
      expect(readDefaults(root)).toEqual({})
    }
    writeFileSync(join(root, 'defaults.json'), '{"workspace": "w"}')
    expect(readDefaults(root)).toEqual({ workspace: 'w' })
  })

  test('the home: what was said, LAZ_HOME, or a folder of the user', () => {
    expect(homeOf({ LAZ_HOME: '/a' }, '/b')).toBe('/b')
    expect(homeOf({ LAZ_HOME: '/a' })).toBe('/a')
    expect(homeOf({ LAZ_HOME: '' })).toMatch(/\.lazurite$/)
  })
})

describe('finding the server', () => {
  const note = { pid: 1, port: 5, url: 'http://127.0.0.1:5', token: 't' }
  const home = (text: string | undefined) => {
    const path = mkdtempSync(join(root, 'home-'))
    mkdirSync(path, { recursive: true })
    if (text !== undefined) writeFileSync(join(path, 'server.json'), text)
    return path
  }

  test('a note that is absent, half written or something else is none', () => {
    expect(readServerFile(home(JSON.stringify(note)))).toEqual(note)
    for (const text of [undefined, '', '{"pid": 1', 'null', '{"pid":"1","url":"x","token":"t"}'])
      expect(readServerFile(home(text))).toBeUndefined()
  })

  test('the note is believed, LAZ_URL wins over it, a named home wins over LAZ_URL', async () => {
    const start = () => Promise.reject(new Error('started'))
    const found = home(JSON.stringify(note))
    const ask = { home: found, workspace: built, start }
    expect((await connect({ ...ask, env: {}, given: false })).connection).toEqual({ url: note.url, token: 't' })
    const env = { LAZ_URL: 'http://127.0.0.1:9', LAZ_TOKEN: 'other' }
    expect((await connect({ ...ask, env, given: false })).connection).toEqual({
      url: 'http://127.0.0.1:9',
      token: 'other',
    })
    expect((await connect({ ...ask, env, given: true })).connection.url).toBe(note.url)
    await expect(connect({ ...ask, home: home(undefined), env: {}, given: false })).rejects.toThrow('started')
  })

  test('a process is alive or not', () => {
    expect(isAlive(process.pid)).toBe(true)
    expect(isAlive(2 ** 22 - 1)).toBe(false)
  })
})
