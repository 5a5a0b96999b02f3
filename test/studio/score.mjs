// What Lighthouse says, the middle of three; what the first page takes over the wire; the policy that pages are sent with.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { executable, flags, openPage, visit } from './browser.mjs'
import { hold, quantile } from './measure.mjs'
import { assert, check } from './report.mjs'

const folder = join(import.meta.dirname, 'lighthouse')
const kB = 1000

export async function score(browser, server) {
  await check('the first pages take at most 150 kB of script and 12 kB of style over the wire', () =>
    wire(browser, server),
  )
  await check('every answer with a page has a strict policy', () => policy(server))
  if (existsSync(join(folder, 'node_modules/lighthouse'))) await lighthouse(server)
  else if (process.env.CI) await check('Lighthouse', () => 'it is not installed: npm install in test/studio/lighthouse')
  else process.stdout.write('Lighthouse is not installed: npm install in test/studio/lighthouse brings it\n')
}

/** Bytes as they came, by the kind of file, of a browser that knows nothing yet. */
async function wire(browser, server) {
  for (const path of ['/', '/jobs']) {
    const { page, wrong, context } = await openPage(browser, server)
    const devtools = await context.newCDPSession(page)
    await devtools.send('Network.enable')
    await devtools.send('Network.setCacheDisabled', { cacheDisabled: true })
    const types = new Map()
    const bytes = {}
    devtools.on('Network.responseReceived', ({ requestId, type }) => types.set(requestId, type))
    devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const type = types.get(requestId) ?? 'Other'
      bytes[type] = (bytes[type] ?? 0) + encodedDataLength
    })
    await visit(page, server.url + path)
    await context.close()
    hold(`${path}: script`, (bytes.Script ?? 0) / kB, { budget: 150, unit: 'kB', factor: 1 })
    hold(`${path}: style`, (bytes.Stylesheet ?? 0) / kB, { budget: 12, unit: 'kB', factor: 1 })
    // one that leaves the origin is among them
    assert(wrong.length === 0, wrong.join('\n'))
  }
}

async function policy(server) {
  for (const path of ['/', '/jobs', '/jobs/any', '/theme.js']) {
    const sent = (await fetch(server.url + path)).headers.get('content-security-policy') ?? ''
    const words = new Map(sent.split(/;\s*/).map((one) => [one.split(' ')[0], one]))
    const scripts = words.get('script-src') ?? words.get('default-src') ?? ''
    assert(/'self'$/.test(scripts), `${path}: scripts may come from "${scripts}"`)
    for (const name of ['object-src', 'base-uri', 'frame-ancestors'])
      assert(words.get(name) === `${name} 'none'`, `${path}: ${name} is "${words.get(name) ?? ''}"`)
  }
}

const desktop = {
  formFactor: 'desktop',
  screenEmulation: { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false },
  throttlingMethod: 'simulate',
  throttling: { rttMs: 40, throughputKbps: 10_240, cpuSlowdownMultiplier: 1, requestLatencyMs: 0 },
}
const bars = { performance: 95, accessibility: 100, 'best-practices': 100 }

async function lighthouse(server) {
  const { default: run } = await import(pathToFileURL(createRequire(join(folder, 'x.js')).resolve('lighthouse')).href)
  const port = await freePort()
  const profile = mkdtempSync(join(tmpdir(), 'laz-lighthouse-'))
  const args = [...flags, `--remote-debugging-port=${port}`]
  const context = await chromium.launchPersistentContext(profile, { executablePath: executable, headless: true, args })
  try {
    const page = await context.newPage()
    await page.goto(server.url + (await server.ticket()))
    const options = { port, output: 'json', logLevel: 'error', onlyCategories: Object.keys(bars), ...desktop }
    for (const path of ['/', '/jobs'])
      await check(`Lighthouse of ${path}: ${Object.values(bars).join('/')} at least`, async () => {
        const results = []
        for (let i = 0; i < 3; i++) results.push((await run(server.url + path, options)).lhr)
        return judge(results)
      })
  } finally {
    await context.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

function judge(results) {
  const wrong = []
  for (const [name, bar] of Object.entries(bars)) {
    const scores = results.map(({ categories }) => Math.round((categories[name]?.score ?? 0) * 100))
    const middle = quantile(scores, 0.5)
    process.stdout.write(`    ${name}: ${scores.join(', ')}, at least ${bar}\n`)
    if (middle < bar) wrong.push(`${name} is ${middle}: ${failed(results[0], name)}`)
  }
  const value = (id) =>
    quantile(
      results.map(({ audits }) => audits[id]?.numericValue ?? Number.NaN),
      0.5,
    )
  process.stdout.write(
    `    first paint ${value('first-contentful-paint').toFixed(0)} ms, largest ${value('largest-contentful-paint').toFixed(0)} ms, ` +
      `blocked ${value('total-blocking-time').toFixed(0)} ms, moved ${value('cumulative-layout-shift').toFixed(3)}\n`,
  )
  return wrong.join('\n')
}

/** Which audits of a category went wrong. */
function failed({ categories, audits }, name) {
  return (categories[name]?.auditRefs ?? [])
    .filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 1)
    .map(({ id }) => `${id} (${audits[id].displayValue ?? audits[id].score})`)
    .join(', ')
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
