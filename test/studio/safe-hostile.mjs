// Artifacts, logs, names and descriptions that would act if a page let them.
import { readFileSync } from 'node:fs'
import { openPage, visit } from './browser.mjs'
import { assert, check } from './report.mjs'
import { fileNames } from './safe-seed.mjs'

/** Refusals of the policy are what it is for. */
const refusal =
  /Failed to read a named property|Content Security Policy|Content-Security-Policy|sandbox|Blocked script execution|Unsafe attempt|Blocked (?:form|opening)|ERR_BLOCKED|X-Frame-Options|frame-ancestors/i

async function withPage(browser, server, work) {
  const { page, wrong, context } = await openPage(browser, server)
  page.setDefaultTimeout(10_000)
  const opened = []
  context.on('page', (other) => opened.push(other.url()))
  const strays = []
  // what the policy stops is asked of nobody
  page.on('response', (response) => {
    // a page that stands alone may lead itself away: it is kept where it is
    if (response.status() === 204) return
    const request = response.request()
    const url = request.url()
    if (/[?&](?:leak|left|led|opened|framed|object)\b/.test(url)) strays.push(`${request.method()} ${url}`)
    if (!['GET', 'HEAD'].includes(request.method()) && !/\/(?:query|fields|sparks|facts|together)\b/.test(url))
      strays.push(`${request.method()} ${url}`)
  })
  try {
    await work(page, server)
    const bad = [...wrong.filter((one) => !refusal.test(one)), ...opened.map((url) => `opened ${url}`), ...strays]
    assert(bad.length === 0, bad.join('\n'))
  } finally {
    await context.close()
  }
}

export async function hostile(browser, server) {
  const each = (name, work) => check(`harmless: ${name}`, () => withPage(browser, server, work))
  await each('a page of artifacts, shown', shownPage)
  await each('a page of artifacts whose scripts run', runPage)
  await each('artifacts opened by their address', byAddress)
  await each('a picture that is a program', picture)
  await each('markdown and notebooks', markdown)
  await each('names of files', names)
  await each('codes of terminals in logs', logs)
  await each('names, tags, descriptions, parameters everywhere', everywhere)
  await each('commands to copy from addresses', commands)
  await each('tables that are saved', tables)
}

const outputs = (server, path) =>
  `${server.url}/jobs/strange_one?tab=outputs&of=artifacts&file=${encodeURIComponent(`outputs/${path}`)}`

/** The page around is what it was. */
async function untouched(page, where) {
  assert(page.url().includes(where), `the page was led to ${page.url()}`)
  assert(!(await page.title()).includes('taken over'), 'the title was changed')
  assert((await page.locator('main h1').count()) > 0, 'the page is gone')
}

async function shownPage(page, server) {
  await visit(page, outputs(server, 'page.html'))
  const frame = page.frameLocator('iframe.paper')
  await frame.getByRole('heading', { name: 'Report' }).waitFor()
  await page.waitForTimeout(1500)
  assert((await frame.locator('#did li').count()) === 0, 'its scripts ran')
  for (const id of ['#send', '#leave', '#open', '#run'])
    await frame
      .locator(id)
      .click({ timeout: 2000 })
      .catch(() => undefined)
  await page.waitForTimeout(500)
  await untouched(page, 'strange_one')
}

async function runPage(page, server) {
  await visit(page, outputs(server, 'page.html'))
  await page.getByRole('checkbox', { name: /Run its scripts/ }).check()
  const frame = page.frameLocator('iframe.paper')
  await frame.getByText('ran', { exact: true }).waitFor()
  await page.waitForTimeout(700)
  const did = await frame
    .locator('#did li')
    .allTextContents()
    .catch(() => ['ran'])
  const bad = did.filter((one) => !['ran', 'worked'].includes(one))
  assert(bad.length === 0, `it ${bad.join(', ')}`)
  await untouched(page, 'strange_one')
}

async function byAddress(page, server) {
  const { own, mlflow, blob } = await page.evaluate(async () => {
    const { workspace: w } = await (await fetch('/lazurite/v1/session')).json()
    const arm = `/subscriptions/${w.subscription}/resourceGroups/${w.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${w.workspace}`
    const store = await (await fetch(`${arm}/datastores/workspaceartifactstore?api-version=2024-10-01`)).json()
    const { accountName, containerName } = store.properties
    return { own: `/lazurite/v1${arm}`, mlflow: `/mlflow/v2.0${arm}`, blob: `/${accountName}/${containerName}` }
  })
  const place = 'ExperimentRun/dcid.strange_one/outputs'
  for (const name of ['page.html', 'picture.svg', 'notes.md']) {
    const path = encodeURIComponent(`${place}/${name}`)
    for (const url of [
      `${own}/datastores/workspaceartifactstore/content?path=${path}`,
      `${own}/datastores/workspaceartifactstore/page?path=${path}`,
      `${blob}/${place}/${name}`,
      `${mlflow}/get-artifact?run_id=strange_one&path=outputs/${name}`,
    ]) {
      const { status, headers } = await page.evaluate(async (url) => {
        const answer = await fetch(url)
        return { status: answer.status, headers: Object.fromEntries(answer.headers) }
      }, url)
      if (status >= 400) continue
      const policy = headers['content-security-policy'] ?? ''
      const saved = /^attachment/.test(headers['content-disposition'] ?? '')
      assert(headers['x-content-type-options'] === 'nosniff', `${url} may be taken for something else`)
      assert(saved || /(?:^|;)\s*sandbox/.test(policy), `${url} is shown with this origin`)
      assert(!/allow-same-origin|allow-top|allow-popups|allow-forms/.test(policy), `${url}: ${policy}`)
    }
  }
  // by itself it may lead itself elsewhere: not here
  await page.route('**/settings?*', (route) => route.fulfill({ status: 204 }))
  await page.goto(
    `${server.url}${own}/datastores/workspaceartifactstore/page?path=${encodeURIComponent(`${place}/page.html`)}`,
    { waitUntil: 'commit' },
  )
  await page.getByText('ran', { exact: true }).waitFor()
  const did = await page.locator('#did li').allTextContents()
  const bad = did.filter((one) => !['ran', 'worked', 'read the page', 'changed the page'].includes(one))
  assert(bad.length === 0, `by itself it ${bad.join(', ')}`)
}

async function picture(page, server) {
  await visit(page, outputs(server, 'picture.svg'))
  await page.locator('img.picture').waitFor()
  await page.waitForTimeout(500)
  assert((await page.locator('main svg script').count()) === 0, 'it is part of the page')
  await untouched(page, 'strange_one')
}

/** No element of the page holds what text of people might have made. */
async function elements(page) {
  return page.evaluate(() => {
    const bad = []
    const icons = 'svg:not(.markdown svg)'
    for (const one of document.querySelectorAll('main *, [role=dialog] *')) {
      for (const { name, value } of one.attributes) {
        if (name.startsWith('on')) bad.push(`${one.tagName} has ${name}`)
        if (
          ['href', 'src', 'action', 'formaction', 'xlink:href'].includes(name) &&
          /^\W*(?:javascript|vbscript|data:text)/i.test(value.replace(/\s/g, ''))
        )
          bad.push(`${one.tagName} leads to ${value.slice(0, 40)}`)
      }
      if (/^(?:SCRIPT|OBJECT|EMBED|BASE|META|MATH)$/i.test(one.tagName) && !one.closest(icons))
        bad.push(`a ${one.tagName}`)
      if (one.tagName === 'IMG' && /^x$|far\.test/.test(one.getAttribute('src') ?? ''))
        bad.push(`a picture of ${one.getAttribute('src')}`)
      if (one.closest('.markdown') && /^(?:FORM|INPUT|BUTTON|IFRAME|STYLE|LINK)$/.test(one.tagName))
        bad.push(`a ${one.tagName} of markdown`)
    }
    return bad
  })
}

async function markdown(page, server) {
  for (const [name, text] of [
    ['notes.md', 'Notes'],
    ['book.ipynb', 'told plainly'],
  ]) {
    await visit(page, outputs(server, name))
    await page.locator('main').getByText(text).first().waitFor()
    await page.waitForTimeout(300)
    const bad = await elements(page)
    assert(bad.length === 0, `${name}: ${bad.join(', ')}`)
    const far = page.locator('.markdown a[href^="https://far.test"]').first()
    assert((await far.getAttribute('rel'))?.includes('noopener'), `${name}: a link of the web is handed this page`)
    await untouched(page, 'strange_one')
  }
}

async function names(page, server) {
  await visit(page, `${server.url}/jobs/strange_one?tab=outputs&of=artifacts&file=outputs`)
  for (const name of fileNames) {
    await visit(page, outputs(server, name))
    await page.waitForTimeout(150)
    const bad = await elements(page)
    assert(bad.length === 0, `${name}: ${bad.join(', ')}`)
    const main = await page.locator('main').textContent()
    assert(!/Not found|did not work/.test(main), `${name} is not found: ${main.slice(-200)}`)
    await untouched(page, 'strange_one')
  }
}

async function logs(page, server) {
  for (const path of ['/jobs/strange_two?tab=logs', '/jobs/strange_two', '/jobs/strange_one']) {
    await visit(page, server.url + path)
    await page.getByText('the last line').first().waitFor()
    const text = await page.locator('main').textContent()
    assert(!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u009b]/.test(text), `${path}: codes are shown`)
    assert(!/\]8;|\]0;|\[2J|\]52;/.test(text), `${path}: what is left of codes is shown`)
    assert(!/[02];taken over/.test(text), `${path}: a title is shown`)
    const bad = await elements(page)
    assert(bad.length === 0, `${path}: ${bad.join(', ')}`)
    for (const link of await page.locator('[role=log] a').all()) {
      const href = (await link.getAttribute('href')) ?? ''
      assert(/^https:\/\/far\.test\//.test(href), `a link leads to ${href}`)
      assert((await link.getAttribute('rel'))?.includes('noopener'), 'a link of a log is handed this page')
    }
    const turned = await page.evaluate(() =>
      [...document.querySelectorAll('[role=log] > *, .log-line')].some(
        (line) => line.textContent.includes('\u202e') && getComputedStyle(line).unicodeBidi === 'normal',
      ),
    )
    assert(!turned, `${path}: a line is turned with what stands beside it`)
  }
  const clipboard = await page.evaluate(() => navigator.clipboard.readText().catch(() => ''))
  assert(!clipboard.includes('taken over'), 'a log has written to the clipboard')
}

async function everywhere(page, server) {
  for (const path of [
    ...['/', '/jobs', '/jobs?q=script', '/jobs/strange_one', '/jobs/strange_two', '/jobs/strange_one?tab=metrics'],
    ...[
      '/jobs/strange_one?tab=system',
      '/jobs/strange_one?tab=lineage',
      '/jobs/strange_one?tab=images',
      '/jobs/strange_one?tab=code',
    ],
    ...['', '&tab=parameters', '&tab=relations', '&tab=logs', '&tab=outputs'].map(
      (tab) => `/compare?jobs=strange_one,strange_two${tab}`,
    ),
    ...[
      '/data',
      '/data/strange/1',
      '/data/strange/1?tab=preview',
      '/data/strange/1?tab=profile',
      '/data/strange/1?tab=yaml',
    ],
    ...['/models', '/models/strange/1', '/models/strange/1?tab=artifacts', '/models/strange/1?tab=yaml'],
    ...['/lineage?focus=model:strange:1', '/jobs/<img src=x onerror=alert(1)>', '/models/"><script>alert(1)</script>'],
    ...[
      '/jobs?q="><img src=x onerror=alert(1)>',
      '/settings?tab=javascript:alert(1)',
      '/compare?jobs=<b>,javascript:alert(1)',
    ],
    ...[
      '/data/strange/1?tab=consume',
      '/new/data?from=strange:1',
      '/new/job?from=strange_one',
      '//far.test/page',
      '/w/..%2f..%2f',
    ],
  ]) {
    await page.goto(server.url + path.replaceAll(' ', '%20')).catch(() => undefined)
    await page
      .locator('main h1, main h2')
      .first()
      .waitFor({ timeout: 4000 })
      .catch(() => undefined)
    await page.waitForTimeout(500)
    const bad = await elements(page)
    assert(bad.length === 0, `${path}: ${bad.join(', ')}`)
    assert(page.url().startsWith(server.url), `${path} led to ${page.url()}`)
  }
  await visit(page, `${server.url}/jobs`)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Jump to' }).fill('<script>')
  await page.waitForTimeout(600)
  const bad = await elements(page)
  assert(bad.length === 0, `the palette: ${bad.join(', ')}`)
}

/** What a page gives to copy into a terminal holds nothing of an address that a terminal would run. */
async function commands(page, server) {
  const bait = 'x;touch $(id)`id`|\'"&'
  const bare = (command) => command.replace(/'[^']*'|"(?:[^"\\$`]|\\.)*"|\\./g, '')
  for (const path of [
    `/jobs?q=${encodeURIComponent(bait)}`,
    `/jobs?q=${encodeURIComponent(`tag:${bait}`)}`,
    `/data?q=${encodeURIComponent(bait)}`,
    `/models?tags=${encodeURIComponent(bait)}`,
    `/compare?jobs=${encodeURIComponent(bait)},amber_rat`,
    `/jobs/${encodeURIComponent(bait)}`,
    `/models/${encodeURIComponent(bait)}/1`,
    `/datastores/workspaceblobstore?tab=browse&path=${encodeURIComponent(bait)}`,
    `/jobs/amber_rat?tab=outputs&of=artifacts&file=${encodeURIComponent(bait)}`,
    `/lineage?focus=${encodeURIComponent(`data:${bait}:1`)}`,
    `/new/data?name=${encodeURIComponent(bait)}`,
    ...fileNames
      .slice(0, 3)
      .map((name) => `/jobs/strange_one?tab=outputs&of=artifacts&file=${encodeURIComponent(`outputs/${name}`)}`),
    '/jobs/strange_one?tab=outputs&of=artifacts&file=outputs%2F%24(touch%20x)%3B%60x%60.txt',
  ]) {
    await visit(page, server.url + path).catch(() => undefined)
    for (const command of await page.locator('.twin code').allTextContents())
      assert(!/[;|&`<>]|\$\(/.test(bare(command)), `${path}: ${command}`)
  }
}

async function saved(page, act) {
  const [download] = await Promise.all([page.waitForEvent('download'), act()])
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') }
}

/** No cell begins as a formula does, but for numbers. */
function formulas(text) {
  const cells = [...text.matchAll(/(?:^|,|\r?\n)("(?:[^"]|"")*"|[^,\r\n]*)/g)].map(([, cell]) =>
    cell.replace(/^"|"$/g, ''),
  )
  return cells.filter(
    (cell) => /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(cell) && !/^[+-]?(?:\d|\.\d|Infinity)[\d.e+-]*$/i.test(cell),
  )
}

async function tables(page, server) {
  await visit(page, `${server.url}/jobs/strange_one?tab=metrics`)
  const card = page.locator('section.card', { has: page.locator('canvas') }).first()
  await card.locator('canvas').first().waitFor()
  for (const menu of await page.locator('section.card button[aria-haspopup=menu]').all()) {
    await menu.click()
    const { text } = await saved(page, () => page.getByRole('menuitem', { name: /CSV/ }).click())
    assert(formulas(text).length === 0, `a chart is saved with ${formulas(text).join(' and ')}`)
  }
  let count = 0
  for (const path of [
    '/jobs?q=script',
    '/jobs',
    '/compare?jobs=strange_one,strange_two&tab=parameters',
    '/compare?jobs=strange_one,strange_two',
  ]) {
    await visit(page, server.url + path)
    for (const menu of await page.locator('main [aria-haspopup=menu]', { hasText: /export|save|more/i }).all())
      await menu.click().catch(() => undefined)
    for (const button of await page.locator('main :is(button, a, [role=menuitem])', { hasText: /csv/i }).all()) {
      const { text } = await saved(page, () => button.click())
      assert(formulas(text).length === 0, `${path} is saved with ${formulas(text).join(' and ')}`)
      count += 1
    }
  }
  process.stdout.write(`    charts and ${count} tables\n`)
}
