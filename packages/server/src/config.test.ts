import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defaultHome, readConfig, settingsTable } from './config.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laz-config-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true, maxRetries: 20 }))

const withFile = (text: string, env: NodeJS.ProcessEnv = {}) => {
  writeFileSync(join(home, 'laz.toml'), text)
  return readConfig(home, env)
}

describe('settings', () => {
  test('have defaults where nothing is said', () => {
    expect(readConfig(home, {})).toEqual({
      home,
      port: undefined,
      hosts: [],
      origins: [],
      logLevel: 'info',
      engine: {},
    })
  })

  test('come from the file', () => {
    const config = withFile(`
# comment
[server]
port = 8080            # why
hosts = ["Gpu-Box", 'gpu-box.lab']
log_level = "warn"
[compute]
cores = 4
environment = "venv"
strict = true
python = "/opt/python/bin/python3"
`)
    expect(config).toMatchObject({ port: 8080, hosts: ['gpu-box', 'gpu-box.lab'], logLevel: 'warn' })
    expect(config.engine).toEqual({ cores: 4, environment: 'venv', strict: true, python: '/opt/python/bin/python3' })
  })

  test('of the environment win over the file', () => {
    const config = withFile('[compute]\ncores = 4\n', {
      LAZ_CORES: '2',
      LAZ_ORIGINS: 'http://a, http://b',
      LAZ_STRICT: 'no',
    })
    expect(config.engine).toEqual({ cores: 2, strict: false })
    expect(config.origins).toEqual(['http://a', 'http://b'])
  })

  test.each([
    ['[server]\nprot = 1', /laz\.toml:2: unknown setting server\.prot/],
    ['[server]\nport = "x"', /laz\.toml:2: must be a bare value/],
    ['[server]\nport = many', /laz\.toml:2: must be a whole number/],
    ['[compute]\nenvironment = "docker"', /laz\.toml:2: must be one of auto, venv, host/],
    ['[compute]\nstrict = maybe', /laz\.toml:2: must be true or false/],
    ['[server]\nhosts = "x"', /laz\.toml:2: must be a list of strings/],
    ['what is this', /laz\.toml:1: expected/],
    ['[__proto__]\npolluted = 1', /laz\.toml:2: unknown setting __proto__\.polluted/],
  ])('that are wrong are named with their place: %s', (text, message) => {
    expect(() => withFile(text)).toThrow(message)
  })

  test('in a variable that are wrong name the variable', () => {
    expect(() => readConfig(home, { LAZ_PORT: 'x' })).toThrow(/LAZ_PORT: must be a whole number/)
  })

  test('have one variable each and a sentence that says what they are for', () => {
    const rows = Object.values(settingsTable)
    expect(new Set(rows.map((row) => row.variable)).size).toBe(rows.length)
    for (const row of rows) expect(row.doc.length).toBeGreaterThan(10)
  })
})

test('the home is LAZ_HOME or a folder in the home of the user', () => {
  expect(defaultHome({ LAZ_HOME: '/x' })).toBe('/x')
  expect(defaultHome({})).toMatch(/\.lazurite$/)
})
