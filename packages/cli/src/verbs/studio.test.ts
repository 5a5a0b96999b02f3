import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openBrowser, pageOf } from './studio.ts'

test.each([
  [undefined, '/'],
  ['', '/'],
  ['/jobs?q=x', '/jobs?q=x'],
  ['jobs', '/jobs'],
  ['compute/cpu', '/compute/cpu'],
  ['jobs?status=Failed', '/jobs?status=Failed'],
  ['brave_fig_63z', '/jobs/brave_fig_63z'],
  ['a b', '/jobs/a%20b'],
])('the page meant by %j is %j', (word, page) => {
  expect(pageOf(word)).toBe(page)
})

test('a browser is asked for only where there is one to see', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laz-browser-'))
  const program = join(folder, 'browser')
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
  try {
    expect(openBrowser('http://127.0.0.1:1/', { BROWSER: program })).toBe(true)
    expect(openBrowser('http://127.0.0.1:1/', { BROWSER: program, SSH_CONNECTION: 'x' })).toBe(false)
    expect(openBrowser('http://127.0.0.1:1/', { BROWSER: join(folder, 'none'), PATH: folder })).toBe(
      process.platform === 'darwin',
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
