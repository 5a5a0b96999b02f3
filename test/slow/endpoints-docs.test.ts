// The tour of docs/endpoints.md is a program: its lines are run as they stand, in the clone, by a shell whose `laz` is ours.
// The other examples with its model follow.
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

test('the example of a batch endpoint names every flower of a file', async () => {
  const at = (name: string) => join(root, 'examples/iris', name)
  await server.json(['batch-endpoint', 'create', '-f', at('batch-endpoint.yml')])
  await server.json(['batch-deployment', 'create', '-f', at('batch-deployment.yml'), '--set-default'])
  const job = await server.json<{ name: string }>([
    'batch-endpoint',
    'invoke',
    '-n',
    'iris-files',
    '--input',
    at('data/iris.csv'),
  ])
  expect((await server.laz(['job', 'stream', '-n', job.name])).code).toBe(0)
  const out = join(server.home, 'scored')
  expect((await server.laz(['job', 'download', '-n', job.name, '--output-name', 'score', '-p', out])).code).toBe(0)
  const rows = readFileSync(join(out, 'named-outputs/score/species.csv'), 'utf8').trim().split('\n')
  const truth = readFileSync(at('data/iris.csv'), 'utf8').trim().split('\n').slice(1)
  const right = truth.filter((line, row) => rows.includes(`iris.csv ${row} ${line.split(',').at(-1)}`))
  expect(rows).toHaveLength(150)
  expect(right.length).toBeGreaterThan(135)
}, 120_000)

test('the example of a package starts by itself', async () => {
  const out = join(server.home, 'iris-package')
  const words = ['model', 'package', '-n', 'iris-classifier', '-v', '1', '-f', join(root, 'examples/iris/package.yml')]
  expect((await server.laz([...words, '-p', out])).code).toBe(0)
  const child = spawn('bash', [join(out, 'start.sh'), '--prepare'], { stdio: 'ignore' })
  expect(await new Promise((done) => child.on('close', done))).toBe(0)
  expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain('iris-classifier:1')
}, 60_000)
