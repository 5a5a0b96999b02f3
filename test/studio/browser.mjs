// Chromium as Debian has it, with nothing that speaks to anybody but our server.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
export const executable = process.env.LAZ_CHROMIUM ?? '/usr/bin/chromium'
export const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--enable-precise-memory-info'],
]

export function openBrowser() {
  return chromium.launch({
    executablePath: executable,
    headless: true,
    args: flags,
  })
}

/** A logged-in page, and what went wrong on it: errors of scripts, of the policy, requests that leave the origin. */
export async function openPage(browser, server, { theme = 'light', readOnly = false, ...more } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: theme,
    // what turns is still
    reducedMotion: 'reduce',
    ...more,
  })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url })
  const page = await context.newPage()
  const wrong = []
  page.on('pageerror', (error) => wrong.push(`script: ${error.message}`))
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !/Failed to load resource/.test(text)) wrong.push(`console: ${text}`)
  })
  page.on('request', (request) => {
    const url = request.url()
    if (/^https?:/.test(url) && !url.startsWith(server.url)) wrong.push(`request to ${url}`)
  })
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.goto(server.url + (await server.ticket(readOnly)))
  return { page, wrong, context }
}

/** Goes there and waits until it is drawn and nothing is being loaded. */
export async function visit(page, url) {
  await page.goto(url)
  await page.locator('main h1, main h2').first().waitFor({ timeout: 20_000 })
  await page.evaluate(() => document.fonts.ready)
  await page
    .waitForFunction(() => !/Loading .* …/.test(document.querySelector('main')?.textContent ?? ''), undefined, {
      timeout: 15_000,
    })
    .catch(() => undefined)
  await page.waitForTimeout(350)
}

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe has to say, a line each. */
export async function findBarriers(page) {
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate(
    (runOnly) => globalThis.axe.run(document, { runOnly, resultTypes: ['violations'] }),
    tags,
  )
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map(({ target }) => target.join(' '))
        .slice(0, 3)
        .join(' | ')}`,
  )
}
