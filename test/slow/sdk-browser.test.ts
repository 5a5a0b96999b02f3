// The SDK in a real browser: its browser entry in one module, in a page that a small web server hands out beside the API,
// as a reverse proxy does. The page lists, submits a job with files from memory, and follows its log.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../packages/server/src/fixture.ts'
import { root } from './laz.ts'

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-component-update'],
  ...['--disable-background-networking', '--disable-sync', '--disable-dev-shm-usage'],
]

let code: Uint8Array
beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'packages/client/src/browser/index.ts')],
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    minify: true,
    conditions: ['source'],
    write: false,
    logLevel: 'error',
  })
  code = outputFiles[0]?.contents ?? new Uint8Array()
})

const script = `
import { command, filesOf, Input, Lazurite, parse } from '/sdk.js'
const told = {}
try {
  const laz = new Lazurite({ url: location.origin, token: TOKEN })
  told.datastores = (await laz.datastores.list().toArray()).map((one) => one.name)
  const job = await laz.jobs.create(command({
    code: filesOf({ 'main.py': 'import sys\\nprint("from a page:", open(sys.argv[1]).read())' }, 'src'),
    command: 'python3 main.py \${{inputs.words}}',
    environment: 'azureml:host@latest',
    compute: 'azureml:local',
    inputs: { words: Input({ type: 'uri_file', path: filesOf([new File(['hello'], 'words.txt')]) }) },
  }))
  told.log = ''
  for await (const text of laz.jobs.stream(job.name)) told.log += text
  told.status = (await laz.jobs.wait(job.name)).status
  told.jobs = (await laz.jobs.list().toArray()).map((one) => one.name).includes(job.name)
  told.yaml = parse('command: ls').document.command
  told.refused = await laz.uploadData('/etc/passwd').catch((error) => error.code)
  told.missing = await laz.models.get('nothing').catch((error) => error.code)
} catch (error) {
  told.error = String(error?.stack ?? error) + JSON.stringify(error?.details ?? '')
}
await fetch('/done', { method: 'POST', body: JSON.stringify(told) })
`

interface Told {
  datastores?: string[]
  log?: string
  status?: string
  jobs?: boolean
  yaml?: string
  refused?: string
  missing?: string
  error?: string
}

/** Hands out the page and its module; everything else goes to the server as it came. */
function serve(api: TestServer, done: (told: Told) => void): Server {
  const pages: Record<string, [string, string | Uint8Array]> = {
    '/page': ['text/html', '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>'],
    '/page.js': ['text/javascript', script.replace('TOKEN', JSON.stringify(api.token))],
    '/sdk.js': ['text/javascript', code],
  }
  return createServer((incoming, answer) => {
    const page = pages[incoming.url ?? '']
    if (page) return answer.setHeader('content-type', page[0]).end(page[1])
    if (incoming.url === '/done') {
      let text = ''
      incoming.on('data', (part) => {
        text += part
      })
      incoming.on('end', () => {
        answer.end()
        done(JSON.parse(text))
      })
      return
    }
    const { method, url, headers } = incoming
    const onward = request(
      { host: '127.0.0.1', port: api.port, method: method ?? 'GET', path: url ?? '/', headers },
      (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers)
        got.pipe(answer)
      },
    )
    onward.on('error', () => answer.destroy())
    incoming.pipe(onward)
  })
}

const ends: (() => unknown)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

test('the browser entry is one module without anything of Node, and small', () => {
  const text = Buffer.from(code).toString()
  expect(text).not.toMatch(/(?:from|import|require)\s*\(?\s*["'](?:node:|fs|http|crypto)/)
  const gzipped = gzipSync(code).length
  console.log(`browser bundle: ${code.length} bytes, ${gzipped} gzipped`)
  expect(gzipped).toBeLessThan(140_000)
})

test.skipIf(!chromium && process.env.CI !== 'true')('a page lists, submits a job and follows its log', async () => {
  if (!chromium) throw new Error('no Chromium was found, and in CI a skipped test is a failure')
  const api = await startTestServer()
  ends.push(() => api.end())
  const told = await new Promise<Told>((done, failed) => {
    const page = serve(api, done)
    page.listen(0, '127.0.0.1', () => {
      // a listening TCP server has an address with a port
      const { port } = page.address() as AddressInfo
      const profile = mkdtempSync(join(tmpdir(), 'laz-chromium-'))
      const browser: ChildProcess = spawn(
        chromium,
        [...flags, `--user-data-dir=${profile}`, '--remote-debugging-port=0', `http://127.0.0.1:${port}/page`],
        // a group of its own: Chromium's helper processes write into the profile until they end too
        { stdio: 'ignore', detached: true },
      )
      browser.on('error', failed)
      browser.on('exit', (exit) => failed(new Error(`the browser ended with ${exit}`)))
      const timer = setTimeout(() => failed(new Error('the page said nothing within a minute')), 60_000)
      ends.push(async () => {
        clearTimeout(timer)
        const gone = new Promise((over) => browser.once('close', over))
        browser.removeAllListeners('exit')
        // a browser that was started has a number
        process.kill(-(browser.pid as number), 'SIGKILL')
        await gone
        rmSync(profile, { recursive: true, force: true, maxRetries: 20 })
        page.closeAllConnections()
        page.close()
      })
    })
  })
  expect(told.error).toBeUndefined()
  expect(told).toMatchObject({
    status: 'Completed',
    log: 'from a page: hello\n',
    jobs: true,
    yaml: 'ls',
    refused: 'NotSupported',
    missing: 'ResourceNotFound',
  })
  expect(told.datastores).toContain('workspaceblobstore')
})
