import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readMade } from './made.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laz-made-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const hash = 'a'.repeat(32)

test('packages, log and times of a virtual environment', async () => {
  const site = join(home, 'envs', hash, 'lib/python3.11/site-packages')
  for (const name of ['Ruamel.Yaml-0.18.dist-info', 'numpy-2.1.0.dist-info', 'numpy'])
    mkdirSync(join(site, name), { recursive: true })
  writeFileSync(join(home, 'envs', hash, '.ready'), JSON.stringify({ requirements: ['numpy'], seconds: 2.5 }))
  writeFileSync(join(home, 'envs', `${hash}.log`), 'Making it.\n')
  const made = await readMade(home, { how: 'venv', python: '3.11.7', hash, notes: ['n'] })
  expect(made).toMatchObject({
    how: 'venv',
    notes: ['n'],
    packages: { numpy: '2.1.0', 'ruamel-yaml': '0.18' },
    requirements: ['numpy'],
    seconds: 2.5,
    log: 'Making it.\n',
  })
})

test('one that was removed, and paths that are none of ours', async () => {
  expect(await readMade(home, { how: 'venv', python: '3.11.7', hash })).toEqual({
    how: 'venv',
    python: '3.11.7',
    notes: [],
  })
  writeFileSync(join(home, 'secret.log'), 'no')
  expect(await readMade(home, { how: 'venv', hash: '../secret' })).not.toHaveProperty('log')
})
