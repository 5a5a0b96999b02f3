// Traces and runs by keyboard: what failed is found, judged and taken back; a login for reading alone is offered none of it.
import { openPage, visit } from './browser.mjs'
import { assert, check } from './report.mjs'
import { runs, traceId } from './traces.mjs'

export async function tracing(browser, server) {
  const withPage = async (o, work) => {
    const { page, wrong, context } = await openPage(browser, server, o)
    try {
      await work(page)
      assert(wrong.length === 0, wrong.join('\n'))
    } finally {
      await context.close()
    }
  }
  await check('traces: words find one, Enter opens it, arrows walk through its steps', () =>
    withPage({}, async (page) => {
      await visit(page, `${server.url}/traces`)
      await page.keyboard.press('/')
      await page.keyboard.type("trace.status = 'ERROR'")
      await page.keyboard.press('Enter')
      await page.getByRole('row', { name: 'answer, Error' }).waitFor()
      assert((await page.getByRole('row', { name: /^answer/ }).count()) === 1, 'others are shown')
      await page.getByRole('grid', { name: 'Traces' }).focus()
      for (const key of ['ArrowDown', 'Enter']) await page.keyboard.press(key)
      await page.waitForURL(new RegExp(`/traces/${traceId(3)}`))
      // what failed deepest stands open
      await page.getByText('TimeoutError: the shop did not answer').first().waitFor()
      await page.getByRole('tree', { name: 'Spans' }).focus()
      for (const key of ['Home', 'ArrowRight']) await page.keyboard.press(key)
      await page.getByRole('heading', { name: 'retrieve' }).waitFor()
      for (const key of ['Home', 'ArrowLeft']) await page.keyboard.press(key)
      assert((await page.getByRole('treeitem').count()) === 1, 'what was closed is shown')
    }),
  )
  await check('traces: what is thought of one is said, and taken back', () =>
    withPage({}, async (page) => {
      await visit(page, `${server.url}/traces/${traceId(2)}`)
      await page.getByRole('button', { name: 'Add' }).first().click()
      await page.getByLabel('Name').fill('helpful')
      await page.getByLabel('Value').fill('no')
      await page.getByLabel('Why').fill('It says nothing.')
      await page.getByRole('button', { name: 'Save' }).click()
      const said = page.locator('.assessments li').filter({ hasText: 'helpful' })
      await said.getByText('It says nothing.').waitFor()
      assert((await said.locator('.chip').textContent()) === 'no', 'it says something else')
      await said.getByRole('button', { name: 'Delete helpful' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
      await said.waitFor({ state: 'detached' })
    }),
  )
  await check('traces: a filter that cannot be read is refused in its own words', () =>
    withPage({}, async (page) => {
      await visit(page, `${server.url}/traces?q=${encodeURIComponent("colour = 'red'")}`)
      await page
        .getByRole('alert')
        .getByText(/colour/)
        .waitFor()
    }),
  )
  await check('traces: one is deleted after a question', () =>
    withPage({}, async (page) => {
      await visit(page, `${server.url}/experiments/support?tab=traces&order=timestamp_ms%20ASC`)
      await page.getByRole('grid', { name: 'Traces' }).focus()
      for (const key of ['ArrowDown', ' ']) await page.keyboard.press(key)
      await page.getByText('1 selected').waitFor()
      await page.getByRole('button', { name: 'Delete' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
      await page.getByText('1 selected').waitFor({ state: 'detached' })
      await visit(page, `${server.url}/traces/${traceId(1)}`)
      await page.getByRole('heading', { name: 'There is no such trace' }).waitFor()
    }),
  )
  await check(
    'runs: the address that an MLflow client prints leads to the run, and it is offered no second start',
    () =>
      withPage({}, async (page) => {
        await page.goto(`${server.url}/#/experiments/1/runs/${runs.prompt}`)
        await page.waitForURL(new RegExp(`/jobs/${runs.prompt}$`))
        await page.getByRole('heading', { name: 'prompt-v2' }).waitFor()
        await page.getByRole('link', { name: 'Nested runs' }).waitFor()
        await page.getByRole('link', { name: 'Traces' }).last().waitFor()
        for (const name of ['Resubmit', 'Stop'])
          assert((await page.getByRole('button', { name }).count()) === 0, `${name} is offered`)
      }),
  )
  await check('traces: a login for reading alone sees them and is offered no change', () =>
    withPage({ readOnly: true }, async (page) => {
      for (const path of [`/traces/${traceId(12)}`, '/traces', '/experiments', '/experiments/support?tab=details']) {
        await visit(page, server.url + path)
        const words = await page
          .locator('main button, main input[type=checkbox]')
          .evaluateAll((all) => all.map((one) => (one.getAttribute('aria-label') ?? one.textContent ?? '').trim()))
        const bad = words.filter((word) => /^(?:add|delete|remove|save|restore|select)\b/i.test(word))
        assert(bad.length === 0, `${path}: ${bad.join(', ')}`)
      }
    }),
  )
}
