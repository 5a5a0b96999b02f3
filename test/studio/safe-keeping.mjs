// What was typed and what is watched outlives a login that runs out and a server that goes away.
import { openPage, visit } from './browser.mjs'
import { assert, check } from './report.mjs'
import { seedGoing } from './safe-seed.mjs'

async function withPage(browser, server, work) {
  const { page, context } = await openPage(browser, server)
  page.setDefaultTimeout(20_000)
  try {
    await page.evaluate(() => undefined)
    await work(page, server)
  } finally {
    await context.close()
  }
}

const box = (page, name) => page.getByRole('textbox', { name, exact: true })

/** The login is gone, as after a week; the cookie is what it hangs on. */
const forget = (page) => page.context().clearCookies()

async function comeBack(page, server) {
  const dialog = page.getByRole('dialog', { name: 'Log in again' })
  await dialog.waitFor()
  await dialog.getByLabel(/token of this server/).fill('wrong')
  await page.keyboard.press('Enter')
  await dialog.getByRole('alert').waitFor()
  // neither Escape nor a click beside it closes it, or what is below
  await page.keyboard.press('Escape')
  await page.mouse.click(5, 5)
  await dialog.getByLabel(/token of this server/).fill(server.token)
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
}

export async function keeping(browser, server) {
  await seedGoing(server, 'long_elm')
  const each = (name, work) => check(`keeping: ${name}`, () => withPage(browser, server, work))
  await each('a form is made after its login ran out', form)
  await each('a job by steps is made after its login ran out', steps)
  await each('a question above the page is answered after its login ran out', above)
  await each('a description and a tag are saved after their login ran out', words)
  await each('a login made in another tab is enough', otherTab)
  await each('a page that only looks is told that its login ran out', idle)
  await check('keeping: a restart leaves pages as they are', () => restart(browser, server))
}

async function form(page, server) {
  await visit(page, `${server.url}/new/compute?type=amlcompute`)
  await box(page, 'Name').fill('typed-before')
  await box(page, 'Max instances').fill('3')
  await forget(page)
  await page.getByRole('button', { name: 'Create' }).click()
  await comeBack(page, server)
  // it was sent, and is sent again by itself
  await page.waitForURL(/\/compute\/typed-before/)
  await page.getByRole('heading', { name: 'typed-before' }).waitFor()
}

async function steps(page, server) {
  const code = server.write('typed/main.py', 'print("typed")\n').replace(/\/main\.py$/, '')
  await visit(page, `${server.url}/new/job`)
  await box(page, 'Display name').fill('typed by steps')
  await page.getByRole('link', { name: /Next: Script/ }).click()
  await forget(page)
  await page.getByLabel('Code: pick a folder').setInputFiles(code)
  await box(page, 'Command').fill('python3 main.py')
  const dialog = page.getByRole('dialog', { name: 'Log in again' })
  // who typed when the login ran out is asked once something is wanted of the server
  if (await dialog.isVisible()) await comeBack(page, server)
  await page.getByRole('link', { name: /Next: Environment/ }).click()
  await page.waitForTimeout(500)
  if (await dialog.isVisible()) await comeBack(page, server)
  await page.getByRole('radio', { name: /^host/ }).check()
  await page.getByRole('link', { name: /Next: Compute/ }).click()
  await page.getByRole('link', { name: /Next: Review/ }).click()
  await forget(page)
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await comeBack(page, server)
  await page.waitForURL(/\/jobs\/\w+/)
  await page.getByRole('heading', { name: 'typed by steps' }).waitFor()
}

async function above(page, server) {
  await visit(page, `${server.url}/jobs/amber_rat`)
  await page.getByRole('button', { name: 'Resubmit' }).click()
  const dialog = page.getByRole('dialog', { name: 'Resubmit' })
  await dialog.getByRole('textbox', { name: 'Display name' }).fill('typed above')
  await forget(page)
  await dialog.getByRole('button', { name: /^Submit/ }).click()
  await comeBack(page, server)
  await page.getByRole('heading', { name: 'typed above' }).waitFor()
}

async function words(page, server) {
  await visit(page, `${server.url}/models/flowers/1`)
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await box(page, 'Description').fill('typed into a description')
  await box(page, 'New tag').fill('typed=yes')
  await forget(page)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await comeBack(page, server)
  await page.getByText('typed into a description').waitFor()
  assert((await box(page, 'New tag').inputValue()) === 'typed=yes', 'what was typed as a tag is gone')
  await box(page, 'New tag').press('Enter')
  await page.getByRole('button', { name: 'Remove the tag typed' }).waitFor()
}

async function otherTab(page, server) {
  await visit(page, `${server.url}/jobs`)
  await page.getByRole('searchbox', { name: 'Search jobs' }).fill('typed')
  await forget(page)
  await page.getByRole('searchbox', { name: 'Search jobs' }).fill('typed before')
  const dialog = page.getByRole('dialog', { name: 'Log in again' })
  await dialog.waitFor()
  const other = await page.context().newPage()
  await other.goto(server.url + (await server.ticket()))
  await other.locator('main h1').first().waitFor()
  await other.close()
  await page.bringToFront()
  await page.evaluate(() => dispatchEvent(new Event('focus')))
  await dialog.waitFor({ state: 'detached' })
  const typed = await page.getByRole('searchbox', { name: 'Search jobs' }).inputValue()
  assert(typed === 'typed before', `what was typed is "${typed}"`)
}

async function idle(page, server) {
  await visit(page, `${server.url}/jobs/long_elm`)
  await forget(page)
  await comeBack(page, server)
  await page.getByRole('heading', { name: 'goes on' }).waitFor()
}

/** The last number of a step that the log shows. */
async function lastStep(page) {
  const lines = await page.locator('.log-line').allTextContents()
  return Math.max(-1, ...lines.map((line) => Number(/step (\d+)$/.exec(line)?.[1] ?? -1)))
}

async function restart(browser, server) {
  const paths = [
    '/jobs/long_elm',
    '/jobs',
    '/jobs/long_elm?tab=logs',
    '/new/compute?type=amlcompute',
    '/jobs/long_elm?tab=metrics',
  ]
  const { page: first, context } = await openPage(browser, server)
  const open = [first]
  while (open.length < paths.length) open.push(await context.newPage())
  for (const [i, page] of open.entries()) {
    page.setDefaultTimeout(40_000)
    await visit(page, server.url + paths[i])
    await page.evaluate(() => {
      globalThis.sameDocument = true
    })
  }
  const [job, list, log, form, chart] = open
  await box(form, 'Name').fill('typed-through')
  await log
    .getByText(/^step \d+$/)
    .first()
    .waitFor()
  const before = await lastStep(log)
  await server.run('down')
  await job.getByText('Reconnecting').waitFor()
  // what is asked of nobody says so and is kept
  await form.getByRole('button', { name: 'Create' }).click()
  await form.getByRole('alert').waitFor()
  assert((await box(form, 'Name').inputValue()) === 'typed-through', 'what was typed is gone while the server is away')
  for (const page of [job, list, log, chart])
    assert((await page.getByRole('alert').count()) === 0, `${page.url()} broke while the server was away`)
  await server.run('up')
  for (const page of open) await page.getByText('Live', { exact: true }).waitFor()
  await form.getByRole('button', { name: 'Create' }).click()
  await form.waitForURL(/\/compute\/typed-through/)
  await job.locator('.head').getByText('Running').waitFor()
  await log.waitForFunction(
    (least) =>
      [...document.querySelectorAll('.log-line')].some(
        (line) => Number(/step (\d+)$/.exec(line.textContent)?.[1] ?? -1) > least,
      ),
    before + 5,
  )
  await server.run('job', 'create', '-f', 'failing.yml', '--set', 'name=after_return', '-o', 'none')
  await list
    .getByRole('row', { name: /runs out of memory/ })
    .nth(1)
    .waitFor()
  // a page that was not loaded before is loaded now
  await list.getByRole('link', { name: 'Endpoints' }).click()
  await list.getByRole('heading', { name: 'Endpoints' }).first().waitFor()
  await server.run('job', 'cancel', '-n', 'long_elm')
  await job.locator('.head').getByText('Canceled').waitFor()
  for (const page of open)
    assert(await page.evaluate(() => globalThis.sameDocument === true), `${page.url()} was loaded anew`)
  await context.close()
}
