import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EngineSettings } from '../context.ts'
import { makeOverlay, pythonVariable } from '../overlay.ts'
import { openRoom, type Room, settings } from '../testing/room.ts'
import { realise } from './index.ts'

const run = promisify(execFile)

let room: Room
beforeAll(async () => {
  room = await openRoom()
})
afterAll(() => room.close())

async function realised(environmentId: string | undefined, more: Partial<EngineSettings> = {}) {
  const lines: string[] = []
  const note = async (line: string) => {
    lines.push(line)
  }
  const ctx = { ...room.ctx, settings: { ...settings, ...more } }
  return { ...(await realise(environmentId, room.scope, ctx, note)), log: lines.join('\n') }
}

/** As if somebody had found out a moment ago that no index answers. */
function goOffline() {
  mkdirSync(join(room.home, 'envs'), { recursive: true })
  writeFileSync(join(room.home, 'envs', 'index-unreachable'), '')
}

describe('the machine’s Python', () => {
  test.each([
    undefined,
    'azureml:host@latest',
    'azureml:host:1',
    'azureml://registries/azureml/environments/host/labels/latest',
  ])('is what %s means: at once, without a word', async (id) => {
    await realised(undefined)
    const startedAt = performance.now()
    const got = await realised(id)
    expect(performance.now() - startedAt).toBeLessThan(50)
    expect(got).toMatchObject({ how: 'host', fresh: false, notes: [], log: '' })
    const { stdout } = await run('sh', ['-c', 'python -c "import sys;print(sys.version.split()[0])"'], {
      env: { PATH: got.env.PATH },
    })
    expect(stdout.trim()).toBe(got.python)
  })

  test('an environment of the workspace may be called host too', async () => {
    await room.put('environment', 'host', { image: 'example/own' }, '7')
    expect((await realised('azureml:host:7')).log).toContain('example/own')
  })
})

describe('what is only an image', () => {
  test('runs with the machine’s Python, and the log says what is not there', async () => {
    const id = await room.put('environment', 'img', { image: 'mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04' })
    const got = await realised(id)
    expect(got.how).toBe('host')
    expect(got.log).toMatch(/No container engine .*openmpi4\.1\.0/)
    expect(got.notes.join()).toContain('openmpi4.1.0')
  })

  test('a build context likewise', async () => {
    const id = await room.put('environment', 'ctx', {
      build: { contextUri: 'http://x/y/', dockerfilePath: 'my/Dockerfile' },
    })
    expect((await realised(id)).log).toMatch(/my\/Dockerfile/)
  })

  test('strict refuses it by name', async () => {
    const id = await room.put('environment', 'img2', { image: 'example/thing:1' })
    await expect(realised(id, { strict: true })).rejects.toMatchObject({
      code: 'NotSupported',
      message: expect.stringContaining('example/thing:1'),
    })
  })

  test('Windows is refused', async () => {
    const id = await room.put('environment', 'win', { image: 'w', osType: 'Windows' })
    await expect(realised(id)).rejects.toMatchObject({ code: 'NotSupported' })
  })
})

describe('curated environments', () => {
  test.each([
    'azureml:AzureML-sklearn-1.5@latest',
    'azureml://registries/azureml/environments/sklearn-1.5/labels/latest',
  ])('%s without an index is the machine’s Python, with a warning, at once', async (id) => {
    goOffline()
    await realised(id)
    const startedAt = performance.now()
    const got = await realised(id)
    expect(performance.now() - startedAt).toBeLessThan(50)
    expect(got.how).toBe('host')
    // a machine that has every package needs no warning
    expect(got.log).toMatch(/WARNING: no package index.*mlflow|is the Python/)
  })

  test('the setting host keeps to the machine’s Python and says what it lacks', async () => {
    const got = await realised('azureml:AzureML-responsibleai-tabular:1', { environment: 'host' })
    expect(got.how).toBe('host')
    expect(got.log).toMatch(/lacks .*raiutils/)
  })

  test('a name nobody knows runs, and says so; strict refuses it', async () => {
    expect((await realised('azureml:AzureML-Unheard-Of@latest')).log).toContain('Unheard-Of')
    await expect(realised('azureml:AzureML-Unheard-Of@latest', { strict: true })).rejects.toMatchObject({
      code: 'NotSupported',
    })
  })

  test('what does not exist is refused', async () => {
    await expect(realised('azureml:nothing:1')).rejects.toMatchObject({ code: 'ResourceNotFound' })
    await expect(realised('azureml://registries/other/environments/x/versions/1')).rejects.toMatchObject({
      code: 'ResourceNotFound',
      message: expect.stringContaining('no registry of that name'),
    })
  })

  test('that no index answers is forgotten after a while', async () => {
    goOffline()
    const marker = join(room.home, 'envs', 'index-unreachable')
    const { indexReachable } = await import('./install.ts')
    expect(await indexReachable('/nonexistent/python', join(room.home, 'envs'))).toBe(false)
    utimesSync(marker, new Date(0), new Date(0))
    // asked again, by a Python that cannot answer: still no, and remembered anew
    expect(await indexReachable('/nonexistent/python', join(room.home, 'envs'))).toBe(false)
    expect(existsSync(marker)).toBe(true)
  })
})

describe('conda files', () => {
  test('under the setting host only say what is missing', async () => {
    const condaFile =
      'dependencies:\n  - python=3.99\n  - gcc\n  - pip: [surely-nobody-has-this]\nvariables: {MODE: fast}\n'
    const id = await room.put('environment', 'c', { image: 'example/base', condaFile })
    const got = await realised(id, { environment: 'host' })
    expect(got.env.MODE).toBe('fast')
    expect(got.log).toMatch(/example\/base/)
    expect(got.log).toMatch(/gcc is left out/)
    expect(got.log).toMatch(/lacks surely-nobody-has-this/)
  })
})

describe('the layer a task gets over its Python', () => {
  test('sees the packages below it, and keeps what is put into it', async () => {
    const { env } = await realised(undefined)
    const folder = join(room.scratch('layer'), 'it’s a place', 'python')
    const bin = makeOverlay(folder, env[pythonVariable] ?? '')
    makeOverlay(folder, env[pythonVariable] ?? '')
    const below =
      'import sys,site,json,os;print(json.dumps([sys.prefix,sys.prefix!=sys.base_prefix,"json" in sys.modules]))'
    const { stdout } = await run(join(bin, 'python'), ['-c', below])
    expect(JSON.parse(stdout)).toEqual([folder, true, true])
    const site = (
      await run(join(bin, 'python'), ['-c', 'import sysconfig;print(sysconfig.get_path("purelib"))'])
    ).stdout.trim()
    expect(site.startsWith(folder)).toBe(true)
    writeFileSync(join(site, 'mine.py'), 'VALUE = 7\n')
    expect((await run(join(bin, 'python3'), ['-c', 'import mine;print(mine.VALUE)'])).stdout).toBe('7\n')
  })

  test('over a virtual environment it sees that one’s packages, and not the machine’s', async () => {
    const { env } = await realised(undefined)
    const below = room.scratch('below')
    writeFileSync(join(below, 'deep.py'), 'VALUE = 8\n')
    writeFileSync(join(below, 'more.pth'), `${room.scratch('further')}\n`)
    writeFileSync(join(room.scratch('further'), 'further.py'), 'VALUE = 9\n')
    const text = JSON.stringify({ ...JSON.parse(env[pythonVariable] ?? ''), site: below })
    const bin = makeOverlay(join(room.scratch('layer2'), 'python'), text)
    const { stdout } = await run(join(bin, 'python'), ['-c', 'import deep,further,sys;print(deep.VALUE,further.VALUE)'])
    expect(stdout).toBe('8 9\n')
  })
})
