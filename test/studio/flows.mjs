// What people do, with the keyboard alone; what a login for reading alone may not; what strange names and bytes may not.
import { openPage, visit } from './browser.mjs'
import { assert, check } from './report.mjs'

export async function flows(browser, server) {
  await keyboard(browser, server)
  await readingAlone(browser, server)
  await logins(browser, server)
  await harmless(browser, server)
  await narrow(browser, server)
}

async function withPage(browser, server, o, work) {
  const { page, wrong, context } = await openPage(browser, server, o)
  try {
    await work(page)
    assert(wrong.length === 0, wrong.join('\n'))
  } finally {
    await context.close()
  }
}

/** Presses Tab until what is wanted has the focus, which must be in sight all the way. */
async function tabTo(page, wanted, most = 80) {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab')
    const seen = await page.evaluate(() => {
      const element = document.activeElement
      const { top, left, bottom, right, width } = element.getBoundingClientRect()
      const words = element.getAttribute('aria-label') ?? element.textContent ?? ''
      const inside = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth
      return { words: words.trim(), inside, width, role: element.getAttribute('role') ?? element.tagName.toLowerCase() }
    })
    assert(seen.inside || seen.width === 0, `the focus on "${seen.words.slice(0, 40)}" is out of sight`)
    if (wanted.test(`${seen.role} ${seen.words}`)) return
  }
  throw new Error(`${wanted} was not reached by ${most} tabs`)
}

async function keyboard(browser, server) {
  await check('keyboard: open a failed job and read why', () =>
    withPage(browser, server, {}, async (page) => {
      await visit(page, `${server.url}/jobs?status=Failed`)
      await tabTo(page, /^grid/)
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/jobs\/calm_lamp/)
      await page.getByText('CUDA out of memory').first().waitFor({ timeout: 15_000 })
    }),
  )
  await check('keyboard: select three jobs and compare them', () =>
    withPage(browser, server, {}, async (page) => {
      await visit(page, `${server.url}/jobs?q=train`)
      await tabTo(page, /^grid/)
      for (const key of ['ArrowDown', 'x', 'ArrowDown', 'x', 'ArrowDown', 'x']) await page.keyboard.press(key)
      await page.getByText('3 selected').waitFor()
      await page.keyboard.press('c')
      await page.waitForURL(/\/compare/)
      await page.getByRole('heading', { name: 'Compare 3 jobs' }).waitFor()
      await page.getByRole('heading', { name: 'train/loss' }).waitFor({ timeout: 15_000 })
    }),
  )
  await check('keyboard: jump to a model by its name', () =>
    withPage(browser, server, {}, async (page) => {
      await visit(page, `${server.url}/`)
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: 'Jump to' }).waitFor()
      await page.keyboard.type('flowers')
      const option = page.getByRole('option', { name: /flowers.*model/ })
      await option.waitFor()
      for (let i = 0; i < 20 && (await option.getAttribute('aria-selected')) !== 'true'; i++)
        await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/models\/flowers/)
    }),
  )
  await check('keyboard: letters go places, and not while something is typed', () =>
    withPage(browser, server, {}, async (page) => {
      await visit(page, `${server.url}/jobs`)
      await page.keyboard.press('g')
      await page.keyboard.press('c')
      await page.waitForURL(/\/compute$/)
      await visit(page, `${server.url}/jobs`)
      await page.keyboard.press('/')
      await page.keyboard.type('gc')
      await page.waitForURL(/q=gc/)
    }),
  )
}

/** Words of buttons that change something. */
const changing =
  /^(?:new|delete|remove|cancel|stop|start|restart|archive|restore|save|send|register|deploy|resubmit|upload|update|add)\b/i

async function readingAlone(browser, server) {
  await check('a login for reading alone is offered nothing that changes', () =>
    withPage(browser, server, { readOnly: true }, async (page) => {
      const offered = []
      for (const path of [
        '/',
        '/jobs',
        '/jobs/amber_rat',
        '/compute',
        '/compute/cpu-cluster',
        '/models/flowers/1',
        '/data/flowers/1',
        '/endpoints/flowers',
        '/schedules/nightly',
        '/datastores',
        '/settings',
      ]) {
        await visit(page, server.url + path)
        const words = await page
          .locator('main button, main a.button')
          .evaluateAll((all) => all.map((one) => (one.getAttribute('aria-label') ?? one.textContent ?? '').trim()))
        offered.push(...words.filter((word) => changing.test(word)).map((word) => `${path}: ${word}`))
      }
      assert(offered.length === 0, offered.join('\n'))
    }),
  )
  await check('a login for reading alone is refused what it asks all the same', () =>
    withPage(browser, server, { readOnly: true }, async (page) => {
      const { arm } = await places(page)
      const status = await page.evaluate(
        async (path) => (await fetch(path, { method: 'DELETE' })).status,
        `${arm}/jobs/amber_rat?api-version=2024-10-01`,
      )
      assert(status === 403, `it answered ${status}`)
    }),
  )
}

async function places(page) {
  const { workspace } = await page.evaluate(async () => (await fetch('/lazurite/v1/session')).json())
  const { subscription, resourceGroup, workspace: name } = workspace
  return {
    arm: `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${name}`,
  }
}

async function logins(browser, server) {
  await check('a stranger is asked for the token, and let in with it', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${server.url}/jobs`)
    await page.getByLabel(/token of this server/).fill(server.token)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Jobs' }).waitFor()
    await context.close()
  })
  await check('a login that runs out asks again above the page; what was typed stays', () =>
    withPage(browser, server, {}, async (page) => {
      await visit(page, `${server.url}/jobs`)
      await page.getByRole('searchbox', { name: 'Search jobs' }).fill('typed')
      await page.context().clearCookies()
      await page.getByRole('searchbox', { name: 'Search jobs' }).fill('typed before')
      const dialog = page.getByRole('dialog', { name: 'Log in again' })
      await dialog.waitFor({ timeout: 15_000 })
      await dialog.getByLabel(/token of this server/).fill(server.token)
      await page.keyboard.press('Enter')
      await dialog.waitFor({ state: 'detached' })
      const typed = await page.getByRole('searchbox', { name: 'Search jobs' }).inputValue()
      assert(typed === 'typed before', `what was typed is "${typed}"`)
    }),
  )
  await check('a restart of the server is survived without a reload', () =>
    withPage(browser, server, {}, async (page) => {
      await visit(page, `${server.url}/jobs`)
      await page.evaluate(() => {
        globalThis.sameDocument = true
      })
      await server.restart()
      await page.getByText('Live', { exact: true }).waitFor({ timeout: 40_000 })
      await server.run('job', 'create', '-f', 'failing.yml', '--set', 'name=after_all', '-o', 'none')
      await page
        .getByRole('row', { name: /runs out of memory/ })
        .nth(1)
        .waitFor({ timeout: 30_000 })
      assert(await page.evaluate(() => globalThis.sameDocument === true), 'the page was loaded anew')
    }),
  )
}

async function harmless(browser, server) {
  await check('names that are markup are letters', () =>
    withPage(browser, server, {}, async (page) => {
      for (const path of [
        '/',
        '/jobs',
        '/jobs/dusty_reef',
        '/compare?jobs=dusty_reef,amber_rat',
        '/compare?jobs=dusty_reef,amber_rat&tab=relations',
      ]) {
        await visit(page, server.url + path)
        assert((await page.locator('main img[src="x"]').count()) === 0, `${path} has made an element of a name`)
      }
    }),
  )
  await check('colours of logs are no markup', () =>
    withPage(browser, server, {}, async (page) => {
      await visit(page, `${server.url}/jobs/calm_lamp?tab=logs`)
      const text = await page.locator('main').textContent()
      assert(!text.includes('\u001b') && !text.includes('[31m'), 'codes of colours are shown as text')
    }),
  )
}

async function narrow(browser, server) {
  await check('320 pixels are enough: nothing but tables is wider', () =>
    withPage(browser, server, { viewport: { width: 320, height: 640 } }, async (page) => {
      const wide = []
      for (const path of [
        '/',
        '/jobs',
        '/jobs/amber_rat',
        '/compute',
        '/compute/cpu-cluster',
        '/endpoints/flowers',
        '/compare?jobs=amber_rat,brave_fig',
      ]) {
        await visit(page, server.url + path)
        const width = await page.evaluate(() => document.documentElement.scrollWidth)
        if (width > 321) wide.push(`${path}: ${width}`)
      }
      assert(wide.length === 0, wide.join('\n'))
    }),
  )
}
