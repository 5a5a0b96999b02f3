// With a login for reading alone: what every page offers, what pages ask for by themselves, and what is refused.
import { openPage, visit } from './browser.mjs'
import { addressOf, pages } from './pages.mjs'
import { assert, check } from './report.mjs'

/** Words that begin what changes something. */
const changing =
  /^(?:\+ ?)?(?:new|create|make|delete|remove|erase|cancel|stop|start|restart|run|rerun|retry|archive|restore|save|send|register|deploy|resubmit|resume|upload|update|change|edit|rename|add|attach|set|enable|disable|pause|trigger|invoke|rotate|regenerate|share|move|import|apply|submit|prune|log in|tag|label|schedule|terminal|connect)\b/i

/** Words like those that change nothing: what is shown, copied, or kept in this browser alone. */
const harmless =
  /^(?:log in again|run its scripts|tags?$|labels?$|set the baseline|show |restarts?\b|add to compare|add a job|add chart|share$|share view|labels? of|schedule$|schedules$|start(?:ed)?$|connect from|remove .* from (?:the )?compar)/i

/** Pages that are made for making: who may only look is told so. */
const making = /^\/(?:new|deploy)(?:\/|\?|$)/

async function offered(page) {
  return page.evaluate(() => {
    const all =
      'button, a[href], input, select, textarea, [role=button], [role=menuitem], [contenteditable=true], summary'
    const shown = (one) => one.checkVisibility?.({ visibilityProperty: true }) !== false
    return [...document.querySelectorAll(all)].filter(shown).map((one) => ({
      tag: one.tagName.toLowerCase(),
      type: one.getAttribute('type') ?? '',
      href: one.getAttribute('href') ?? '',
      disabled: one.disabled === true,
      readOnly: one.readOnly === true,
      name: (
        one.getAttribute('aria-label') ??
        (one.labels?.[0]?.textContent || one.textContent || one.getAttribute('placeholder')) ??
        ''
      ).trim(),
    }))
  })
}

export async function reading(browser, server) {
  const { page, wrong, context } = await openPage(browser, server, { readOnly: true })
  const asked = []
  page.on('response', (response) => {
    const method = response.request().method()
    if (response.status() === 403 || !['GET', 'HEAD'].includes(method))
      asked.push(`${method} ${new URL(response.url()).pathname}: ${response.status()}`)
  })
  const more = ['queue', 'nodes', 'settings', 'yaml', 'jobs', 'used'].flatMap((tab) => [
    [`cluster-${tab}`, `/compute/cpu-cluster?tab=${tab}`],
    [`schedule-${tab}`, `/schedules/nightly?tab=${tab}`],
  ])
  const found = []
  for (const [, path] of [
    ...pages.map(([name, path]) => [name, addressOf(path)]),
    ...more,
    ['job-images', '/jobs/amber_rat?tab=images'],
    ['pipeline-children', '/jobs/amber_pipe?tab=children'],
    ['endpoint-monitoring', '/endpoints/flowers?tab=monitoring'],
    ['going', '/jobs/long_oak'],
    ['going-logs', '/jobs/long_oak?tab=logs'],
  ]) {
    asked.length = 0
    await visit(page, server.url + path)
    const list = await offered(page)
    // menus are opened too: what they hold is offered as well
    for (const trigger of await page.locator('[aria-haspopup=menu]').all()) {
      await trigger.click({ timeout: 3000 }).catch(() => undefined)
      list.push(...(await offered(page)).filter(({ tag, type }) => tag !== 'input' || type !== ''))
      await page.keyboard.press('Escape')
    }
    const seen = new Set()
    for (const { tag, type, href, disabled, readOnly, name: words } of list) {
      // which jobs are compared, and in which order, is the address alone
      if (disabled || readOnly || (path.startsWith('/compare') && /^(?:Remove|Move) /.test(words))) continue
      const isBad =
        (changing.test(words) && !harmless.test(words) && (tag !== 'a' || /^\/(?:w\/[^/]+\/)?new/.test(href))) ||
        type === 'file' ||
        (tag === 'a' && /^\/(?:w\/[^/]+\/)?new(?:\/|\?|$)/.test(href))
      if (isBad) seen.add(`${path}: ${tag} "${words.slice(0, 60)}" ${href}`)
    }
    found.push(...seen)
    const bad = asked.filter((one) => !/\/(?:metrics\/(?:query|sparks)|fields|facts|together|session)\b/.test(one))
    if (bad.length > 0) found.push(...bad.map((one) => `${path}: the page asked ${one}`))
    if (making.test(path) && (await page.locator('main textarea, main .cm-editor, main input.field').count()) > 0)
      found.push(`${path}: a form is shown`)
  }
  await check('reading alone: no page offers, or tries, what changes something', () => {
    if (process.env.LAZ_LOUD) process.stdout.write(`${found.join('\n')}\n`)
    return found.join('\n')
  })
  await check('reading alone: pages say nothing is wrong', () => wrong.join('\n'))
  await check('reading alone: the palette offers nothing that makes something', () => palette(page, server))
  await check('reading alone: letters and menus by the keyboard change nothing', () => letters(page, server))
  await check('reading alone: what changes is refused, and nothing has changed', () => refused(page, server))
  await context.close()
}

async function palette(page, server) {
  await visit(page, `${server.url}/jobs/amber_rat`)
  const found = []
  for (const text of ['', '>', 'new', 'create', 'delete']) {
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Jump to' }).fill(text)
    await page.waitForTimeout(400)
    const options = await page.getByRole('option').allTextContents()
    found.push(...options.filter((one) => changing.test(one.trim()) && !harmless.test(one.trim())))
    await page.keyboard.press('Escape')
  }
  assert(found.length === 0, found.join('\n'))
}

async function letters(page, server) {
  const changes = []
  const note = (request) => {
    if (
      !['GET', 'HEAD'].includes(request.method()) &&
      !/\/(?:query|fields|sparks|facts|together)\b/.test(request.url())
    )
      changes.push(`${request.method()} ${request.url()}`)
  }
  page.on('request', note)
  await visit(page, `${server.url}/jobs`)
  await page.getByRole('grid').first().focus()
  for (const key of ['ArrowDown', 'x', 't', 'Delete', 'Backspace', '.', 'Escape', ' ', 'Escape']) {
    await page.keyboard.press(key)
    await page.waitForTimeout(100)
  }
  page.off('request', note)
  const dialogs = await page.locator('[role=dialog], [role=alertdialog]').count()
  assert(changes.length === 0, changes.join('\n'))
  assert(dialogs === 0, 'a question is open')
}

/** Calls of every face that would change something, with the cookie of the page. */
async function refused(page, server) {
  await visit(page, `${server.url}/jobs/amber_rat`)
  const { answers, before, after } = await page.evaluate(async () => {
    const { workspace: w } = await (await fetch('/lazurite/v1/session')).json()
    const arm = `/subscriptions/${w.subscription}/resourceGroups/${w.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${w.workspace}`
    const own = `/lazurite/v1${arm}`
    const v = '?api-version=2024-10-01'
    const mlflow = `/mlflow/v2.0${arm}/api/2.0/mlflow`
    const calls = [
      ['PUT', `${arm}/jobs/made${v}`, { properties: { jobType: 'Command', command: 'x', environmentId: 'x' } }],
      ['PATCH', `${arm}/jobs/amber_rat${v}`, { properties: { displayName: 'taken over' } }],
      ['DELETE', `${arm}/jobs/amber_rat${v}`],
      ['POST', `${arm}/jobs/long_oak/cancel${v}`],
      ['DELETE', `${own}/jobs/amber_rat`],
      ['POST', `${own}/jobs/amber_rat/rerun`, {}],
      ['POST', `${own}/jobs/amber_pipe/resume`, {}],
      ['PUT', `${arm}/models/flowers/versions/9${v}`, { properties: {} }],
      ['DELETE', `${arm}/models/flowers/versions/1${v}`],
      ['PATCH', `${arm}/data/flowers/versions/1${v}`, { properties: { description: 'x' } }],
      ['PUT', `${arm}/computes/made${v}`, { properties: { computeType: 'AmlCompute' } }],
      ['DELETE', `${arm}/computes/cpu-cluster${v}&underlyingResourceAction=Delete`],
      ['POST', `${arm}/onlineEndpoints/flowers/listKeys${v}`],
      ['POST', `${arm}/onlineEndpoints/flowers/regenerateKeys${v}`, { keyType: 'Primary' }],
      ['POST', `${arm}/onlineEndpoints/flowers/token${v}`],
      ['PATCH', `${arm}/onlineEndpoints/flowers${v}`, { properties: { traffic: { blue: 0 } } }],
      ['DELETE', `${arm}/onlineEndpoints/flowers${v}`],
      ['POST', `${arm}/datastores/workspaceblobstore/listSecrets${v}`],
      ['DELETE', `${arm}/schedules/nightly${v}`],
      ['DELETE', `${arm}${v}`],
      ['POST', `${arm}/listKeys${v}`],
      ['PUT', `${own}/datastores/workspaceblobstore/content?path=made.txt`, 'x'],
      ['DELETE', `${own}/datastores/workspaceblobstore/content?path=made.txt`],
      ['POST', `${own}/datastores/workspaceblobstore/uploads`, {}],
      ['POST', `${mlflow}/runs/create`, { experiment_id: '0' }],
      ['POST', `${mlflow}/runs/log-metric`, { run_id: 'amber_rat', key: 'x', value: 1, timestamp: 1 }],
      ['POST', `${mlflow}/runs/delete`, { run_id: 'amber_rat' }],
      ['POST', `${mlflow}/registered-models/create`, { name: 'made' }],
      ['POST', `/lazurite/v1/nothing`, {}],
    ]
    const changes = async () => {
      const lists = [
        'jobs',
        'models/flowers/versions',
        'data/flowers/versions',
        'computes',
        'onlineEndpoints',
        'schedules',
      ]
      const all = await Promise.all(lists.map(async (one) => (await (await fetch(`${arm}/${one}${v}`)).json()).value))
      const kept = (one) => [one.id, one.properties.displayName, one.properties.traffic, one.systemData?.lastModifiedAt]
      return JSON.stringify(all.map((one) => one.filter(({ name }) => !/long_oak|eager_pear/.test(name)).map(kept)))
    }
    const before = await changes()
    const answers = []
    for (const [method, url, body] of calls) {
      const headers = typeof body === 'object' ? { 'content-type': 'application/json' } : {}
      const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
      const { status } = await fetch(url, { method, headers, ...sent })
      answers.push({ call: `${method} ${url.replace(arm, '…')}`, status })
    }
    // a ticket for more than one has is none
    const ticket = await fetch('/lazurite/v1/session/tickets', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"readOnly":false}',
    })
    await fetch((await ticket.json()).path)
    answers.push({
      call: 'a ticket of its own makes it the owner',
      status: (await (await fetch('/lazurite/v1/session')).json()).readOnly ? 403 : 200,
    })
    return { answers, before, after: await changes() }
  })
  const let_ = answers.filter(({ status }) => status !== 403)
  assert(let_.length === 0, let_.map(({ call, status }) => `${call}: ${status}`).join('\n'))
  assert(before === after, 'something is other than before')
  process.stdout.write(`    ${answers.length} calls refused\n`)
}
