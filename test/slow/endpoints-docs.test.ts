// The tour of docs/endpoints.md is a program: its lines are run as they stand, in the clone, by a shell whose `laz` is ours.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite } from './laz.ts'

let server: Lazurite
beforeAll(() => {
  server = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
})
afterAll(() => server?.stop(), 60_000)

const page = readFileSync(join(root, 'docs/endpoints.md'), 'utf8')
const tour = /^## A tour\n([\s\S]*?)^## /m.exec(page)?.[1] ?? ''
const lines = [...tour.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '').join('')

test('every line of the tour does what it says', async () => {
  const bin = join(root, 'packages/cli/bin/laz.cjs')
  const script = `set -euo pipefail\nlaz() { '${process.execPath}' '${bin}' "$@"; }\n${lines}`
  const child = spawn('bash', ['-c', script], {
    cwd: root,
    env: { ...process.env, LAZ_HOME: server.home, LAZ_ENVIRONMENT: 'host' },
  })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  const code = await new Promise((done) => child.on('close', done))
  expect(code, `${out}\n${err}`).toBe(0)
  // by its shares, by its address, by its name
  expect(out.split('"species": ["setosa", "versicolor", "virginica"]')).toHaveLength(4)
  expect(out).toContain('knows setosa, versicolor, virginica')
  expect(out).toContain('Preparing revision')
}, 180_000)
