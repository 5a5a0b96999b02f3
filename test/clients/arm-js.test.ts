// The official client for JavaScript, unmodified, over https with the credential everybody uses: every operation it has
// is called once, and what came of each is the page docs/reference/arm-operations.md. LAZ_WRITE_PAGES=1 writes the page.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { defaultWorkspace, type Server, startServer } from '@lazurite/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keepVerdicts } from './report.ts'

const root = resolve(import.meta.dirname, '../..')
const page = join(root, 'docs/reference/arm-operations.md')
const installed = existsSync(join(import.meta.dirname, 'js/node_modules/@azure/arm-machinelearning'))
const why = 'the packages of test/clients/js are not installed'
if (!installed && process.env.CI === 'true') throw new Error(why)
if (!installed) console.log(`the test of the official client for JavaScript does not run: ${why}`)
const withClient = installed ? test : test.skip

interface Verdict {
  group: string
  operation: string
  verdict: 'works' | 'refused by name' | 'differs'
  reason?: string
}

const quiet = { level: 'silent', info() {}, error() {}, debug() {}, fatal() {}, warn() {}, trace() {}, silent() {} }
const log = { ...quiet, child: () => log } as unknown as Parameters<typeof startServer>[0]['log'] // all a server calls

let home: string
let server: Server
let seen: Verdict[] = []

beforeAll(async () => {
  if (!installed) return
  home = mkdtempSync(join(tmpdir(), 'laz-arm-js-'))
  server = await startServer({ home, log, tls: true, env: { LAZ_ENVIRONMENT: 'host' } })
  seen = await callEverything()
  const rows = seen.map(({ group, operation, ...rest }) => ({ operation: `${group} ${operation}`, ...rest }))
  keepVerdicts('@azure/arm-machinelearning', rows)
}, 300_000)

afterAll(async () => {
  if (!installed) return
  await server.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 20 })
})

/** Runs the driver with nothing but environment variables to point it here. */
async function callEverything(): Promise<Verdict[]> {
  const place = server.tls.place()
  if (!place) throw new Error('the server does not listen on https')
  const driver = spawn(process.execPath, [join(import.meta.dirname, 'js/arm-js.mjs')], {
    env: {
      PATH: process.env.PATH,
      NODE_EXTRA_CA_CERTS: place.ca,
      IDENTITY_ENDPOINT: `${server.url}/msi/token`,
      IDENTITY_HEADER: server.sign.identitySecret,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  driver.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  driver.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  const { subscription, resourceGroup, workspace } = defaultWorkspace
  driver.stdin.end(JSON.stringify({ url: place.url, subscription, resourceGroup, workspace, location: 'local' }))
  const code = await new Promise((done) => driver.on('close', done))
  if (code !== 0) throw new Error(`the driver ended with ${code}\n${out}\n${err}`)
  return JSON.parse(out) as Verdict[] // what the driver prints
}

function printPage(rows: readonly Verdict[]): string {
  const count = (verdict: Verdict['verdict']) => rows.filter((row) => row.verdict === verdict).length
  const cell = (text = '') => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  return [
    '# Operations of the official client for JavaScript',
    '',
    'Every operation of `@azure/arm-machinelearning` 2.1.1, called once against a started server over https with',
    '`DefaultAzureCredential`. An operation *works* when its status is one the client expects, every answer fits the',
    "client's own model of it, what was written comes back as it was sent, and what was deleted is gone.",
    '`node tools/arm-operations.mjs` calls them again and writes this page.',
    '',
    `${rows.length} operations: ${count('works')} work, ${count('refused by name')} are refused by name, ${count('differs')} differ.`,
    '',
    '| group | operation | verdict | reason |',
    '|---|---|---|---|',
    ...rows.map((row) => `| ${row.group} | ${row.operation} | ${row.verdict} | ${cell(row.reason)} |`),
    '',
  ].join('\n')
}

withClient('every operation works or is refused by name', () => {
  expect(seen.length).toBeGreaterThan(140)
  expect(seen.filter((row) => row.verdict === 'differs')).toEqual([])
  expect(seen.filter((row) => row.verdict === 'refused by name' && !row.reason)).toEqual([])
})

withClient('the page says what was seen', () => {
  const text = printPage(seen)
  if (process.env.LAZ_WRITE_PAGES === '1') writeFileSync(page, text)
  expect(existsSync(page) ? readFileSync(page, 'utf8') : '', 'node tools/arm-operations.mjs writes it').toBe(text)
})
