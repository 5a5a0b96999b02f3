// Environments that are really built: with venv and pip, from wheels made here, so that no package index is needed.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBackend } from '../../packages/engine/src/computes/index.ts'
import { playScenario, untilEnd } from '../../packages/engine/src/computes/stand.ts'
import type { EngineSettings } from '../../packages/engine/src/context.ts'
import { realise } from '../../packages/engine/src/environments/index.ts'
import { openRoom, type Room, settings } from '../../packages/engine/src/testing/room.ts'

let room: Room
let wheels: string
const kept = { ...process.env }

/** A wheel is a zip with two kinds of files; Python writes it. */
const makeWheel = `
import sys, zipfile
folder, name, version, requires = sys.argv[1:5]
info = f"{name}-{version}.dist-info"
with zipfile.ZipFile(f"{folder}/{name}-{version}-py3-none-any.whl", "w") as z:
    z.writestr(f"{name}.py", f"VERSION = '{version}'\\n")
    meta = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
    z.writestr(f"{info}/METADATA", meta + (f"Requires-Dist: {requires}\\n" if requires else ""))
    z.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    z.writestr(f"{info}/RECORD", f"{name}.py,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
`

beforeAll(async () => {
  wheels = mkdtempSync(join(tmpdir(), 'laz-wheels-'))
  for (const [name, version, requires] of [
    ['tinything', '1.0', ''],
    ['tinything', '2.0', ''],
    ['needy', '1.0', 'tinything>=9'],
  ] as const) {
    execFileSync('python3', ['-c', makeWheel, wheels, name, version, requires])
  }
  for (const name of Object.keys(process.env)) if (/^(PIP|UV)_/.test(name)) delete process.env[name]
  Object.assign(process.env, { PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels })
  Object.assign(process.env, { UV_OFFLINE: '1', UV_FIND_LINKS: wheels, UV_CACHE_DIR: join(wheels, 'cache') })
  room = await openRoom()
})
afterAll(async () => {
  for (const name of Object.keys(process.env)) if (!(name in kept)) delete process.env[name]
  Object.assign(process.env, kept)
  await room.close()
  rmSync(wheels, { recursive: true, force: true, maxRetries: 20 })
})

let serial = 0
const environment = (pip: string[], more = '') =>
  room.put('environment', `e${serial++}`, {
    image: 'example/base',
    condaFile: `name: tiny\ndependencies:\n  - pip:\n${pip.map((line) => `    - ${line}\n`).join('')}${more}`,
  })

async function get(id: string, more: Partial<EngineSettings> = {}, signal = room.ctx.signal) {
  const lines: string[] = []
  const ctx = { ...room.ctx, signal, settings: { ...settings, ...more } }
  const got = await realise(id, room.scope, ctx, async (line) => {
    lines.push(line)
  })
  return { ...got, log: lines.join('\n') }
}

const folders = () => readdirSync(join(room.home, 'envs')).filter((name) => /^[0-9a-f]{32}$/.test(name))

describe('a conda file becomes a virtual environment', () => {
  test('built once, for five who ask at once and for those who come later', async () => {
    const id = await environment(['tinything==1.0'], 'variables:\n  TINY: "yes"\n')
    const five = await Promise.all(Array.from({ length: 5 }, () => get(id)))
    expect(new Set(five.map((e) => e.path)).size).toBe(1)
    for (const one of five) {
      expect(one).toMatchObject({ how: 'venv', env: { TINY: 'yes', CONDA_DEFAULT_ENV: 'tiny' } })
      expect(one.log.match(/Making a virtual environment/g)).toHaveLength(1)
      expect(one.log).toContain('tinything==1.0')
    }
    const [first] = five
    const python = join(first?.path ?? '', 'bin', 'python')
    expect(execFileSync(python, ['-c', 'import tinything;print(tinything.VERSION)'], { encoding: 'utf8' })).toBe(
      '1.0\n',
    )

    const startedAt = performance.now()
    const later = await get(id)
    expect(performance.now() - startedAt).toBeLessThan(100)
    expect(later).toMatchObject({ fresh: false, path: first?.path, hash: first?.hash })
    expect(folders()).toHaveLength(1)
    // another name for the same content is the same environment
    expect((await get(await environment(['tinything==1.0']))).path).toBe(first?.path)
  })

  test('a command runs in it; what the command installs stays its own', async () => {
    const { env, path } = await get(await environment(['tinything==1.0']))
    await playScenario(
      {
        name: '',
        async run({ backend, task }) {
          const command = [
            'python -c "import tinything;print(tinything.VERSION)"',
            'pip install -q --no-index --find-links "$WHEELS" tinything==2.0 2>&1 | grep -v notice',
            'python -c "import tinything;print(tinything.VERSION)"',
            'echo "$CONDA_PREFIX"; env | grep -c LAZ_PYTHON',
          ].join('\n')
          const one = await task(command, { env: { ...env, WHEELS: wheels } })
          await untilEnd(backend, await backend.start(one))
          const lines = readFileSync(one.logFile, 'utf8').trim().split('\n')
          expect([lines[0], ...lines.slice(-3)]).toEqual(['1.0', '2.0', path, '0'])
        },
      },
      (home) => openBackend('local', { home }),
    )
    const below = execFileSync(join(path ?? '', 'bin', 'python'), ['-c', 'import tinything;print(tinything.VERSION)'], {
      encoding: 'utf8',
    })
    expect(below).toBe('1.0\n')
  })

  test('what breaks off leaves nothing that counts, and is built anew', async () => {
    const id = await environment(['tinything==2.0'])
    const before = new Set(folders())
    const stop = new AbortController()
    const broken = get(id, {}, stop.signal)
    setTimeout(() => stop.abort(new Error('not wanted')), 300)
    await expect(broken).rejects.toThrow('not wanted')
    // as a crash in the middle of a build would leave it: a folder without its marker, a lock of a dead process
    const { hash, path } = await get(id)
    expect(before.has(hash)).toBe(false)
    rmSync(join(path ?? '', '.ready'))
    rmSync(join(path ?? '', 'lib'), { recursive: true })
    mkdirSync(join(room.home, 'envs', `${hash}.lock`))
    writeFileSync(join(room.home, 'envs', `${hash}.lock`, 'owner'), '1 0\n')
    const again = await get(id)
    expect(again).toMatchObject({ fresh: true, path })
    expect(existsSync(join(room.home, 'envs', `${hash}.lock`))).toBe(false)
  })

  test('one who no longer wants it does not take it from the others', async () => {
    const id = await environment(['tinything'])
    const stop = new AbortController()
    const [left, stayed] = [get(id, {}, stop.signal), get(id)]
    setTimeout(() => stop.abort(new Error('not wanted')), 200)
    await expect(left).rejects.toThrow('not wanted')
    expect((await stayed).how).toBe('venv')
  })

  test('a package that cannot be had fails with its name', async () => {
    await expect(get(await environment(['tinything==1.0', 'nobody-has-this==3']))).rejects.toMatchObject({
      code: 'EnvironmentFailed',
      message: expect.stringContaining('nobody-has-this'),
    })
    await expect(get(await environment(['needy']))).rejects.toMatchObject({
      code: 'EnvironmentFailed',
      message: expect.stringMatching(/tinything/),
    })
    expect(folders().every((name) => existsSync(join(room.home, 'envs', name, '.ready')))).toBe(true)
  })

  test('a Python that is not here is replaced by the nearest, which is named', async () => {
    const id = await room.put('environment', 'future', { image: 'x', condaFile: 'dependencies:\n  - python=3.99\n' })
    const got = await get(id)
    expect(got.log).toMatch(/Python 3\.99 is not on this machine: Python 3\.\d+\.\d+ is used instead/)
    expect(got.notes.join()).toContain('3.99')
  })
})

describe('curated environments without an index', () => {
  test('fall back to the machine’s Python within seconds; strict forbids it', async () => {
    const id = 'azureml://registries/azureml/environments/acpt-pytorch-2.8-cuda12.6/labels/latest'
    const got = await get(id)
    // a machine that has all of it needs no warning
    if (!/is the Python/.test(got.log)) expect(got.log).toMatch(/WARNING: no package index can be reached.*torch/)
    expect(got.how).toBe('host')
    if (/is the Python/.test(got.log)) return
    await expect(get(id, { strict: true })).rejects.toMatchObject({ code: 'EnvironmentFailed' })
  })
})
