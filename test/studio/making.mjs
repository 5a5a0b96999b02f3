// What people make, with the mouse: data from a file, a job by steps, forms beside their YAML, versions and what changed.
import { openPage, visit } from './browser.mjs'
import { assert, check } from './report.mjs'

export async function making(browser, server) {
  await check('making: a csv becomes data, a job by steps reads it', () => withPage(browser, server, dataAndJob))
  await check('making: form and YAML are two sides of one text', () => withPage(browser, server, twoSides))
  await check('making: a new version, and what changed', () => withPage(browser, server, versions))
  await check('making: an edit leaves a secret that nobody is shown', () => withPage(browser, server, secrets))
  await check('making: files of a datastore are sent, looked into and removed', () => withPage(browser, server, files))
  await check('making: tags, a label, archive, restore and delete', () => withPage(browser, server, life))
  await check('making: another workspace has pages of its own', () => withPage(browser, server, workspaces))
  await check('making: what is not there names what is near', () => withPage(browser, server, near))
}

async function withPage(browser, server, work) {
  const { page, wrong, context } = await openPage(browser, server)
  page.setDefaultTimeout(20_000)
  try {
    await work(page, server)
    assert(wrong.length === 0, wrong.join('\n'))
  } finally {
    await context.close()
  }
}

const box = (page, name) => page.getByRole('textbox', { name, exact: true })

async function dataAndJob(page, server) {
  const csv = server.write('trips.csv', 'distance,fare\n1.5,7\n2.5,10\n')
  await visit(page, `${server.url}/new/data`)
  await box(page, 'Name').fill('trips')
  await page.getByLabel('Path: pick a file').setInputFiles(csv)
  await page.getByRole('combobox', { name: 'Type' }).selectOption('uri_file')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL(/\/data\/trips\/1/)
  await page.getByRole('link', { name: 'Preview' }).click()
  await page.getByRole('cell', { name: '2.5' }).waitFor()
  const script = server.write('made/main.py', 'import sys\nprint("rows", len(open(sys.argv[1]).readlines()))\n')
  await visit(page, `${server.url}/new/job`)
  await box(page, 'Display name').fill('by steps')
  await page.getByRole('link', { name: /Next: Script/ }).click()
  await page.getByLabel('Code: pick a folder').setInputFiles(script.replace(/\/main\.py$/, ''))
  await box(page, 'Command').fill('python3 main.py')
  await box(page, 'Inputs: name of a new one').fill('rows')
  await page.keyboard.press('Enter')
  await page.getByRole('combobox', { name: 'What rows is' }).selectOption('data')
  await page.getByRole('combobox', { name: 'Type of rows' }).selectOption('uri_file')
  await page.getByRole('combobox', { name: 'Path' }).fill('azureml:trips:1')
  await page.getByRole('button', { name: '${{inputs.rows}}' }).click()
  await page.getByRole('link', { name: /Next: Environment/ }).click()
  await page.getByRole('radio', { name: /^host/ }).check()
  await page.getByRole('link', { name: /Next: Compute/ }).click()
  await page.getByRole('link', { name: /Next: Review/ }).click()
  await page.getByRole('button', { name: 'Run' }).click()
  await page.waitForURL(/\/jobs\/\w+/)
  const [, name] = /\/jobs\/([^/?]+)/.exec(page.url())
  await server.run('job', 'stream', '--name', name)
  await page.getByText('Completed').first().waitFor()
}

async function twoSides(page, server) {
  await visit(page, `${server.url}/new/compute?type=amlcompute`)
  const text = page.getByRole('textbox', { name: 'YAML of the compute' })
  await text.click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type('name: cpu-made # by hand\nmax_instances: 2')
  await page.waitForTimeout(300)
  assert((await box(page, 'Name').inputValue()) === 'cpu-made', 'the form shows what was typed into the YAML')
  await box(page, 'Max instances').fill('3')
  await page.waitForTimeout(300)
  const written = await text.evaluate((element) =>
    [...element.querySelectorAll('.cm-line')].map((line) => line.textContent),
  )
  assert(written.includes('name: cpu-made # by hand'), `comments stay: ${written.join(' | ')}`)
  assert(written.includes('max_instances: 3'), `the YAML has what was typed into the form: ${written.join(' | ')}`)
  await box(page, 'Max instances').fill('many')
  await page
    .getByText(/max_instances: /)
    .first()
    .waitFor()
  assert(await page.getByRole('button', { name: 'Create' }).isDisabled(), 'what is wrong cannot be created')
}

async function versions(page, server) {
  await visit(page, `${server.url}/environments/torch/1`)
  await page.getByRole('link', { name: 'New version' }).click()
  await box(page, 'Image').fill('example.test/changed:2')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL(/\/environments\/torch\/2/)
  await page.getByRole('link', { name: 'Changes' }).click()
  await page.locator('.cm-deletedChunk').first().waitFor()
  await page.getByText('example.test/changed:2').first().waitFor()
}

async function secrets(page, server) {
  await visit(page, `${server.url}/new/datastore?type=azure_blob`)
  await box(page, 'Name').fill('far_away')
  await box(page, 'Account name').fill('acc')
  await box(page, 'Container name').fill('things')
  await page.getByRole('button', { name: 'Credentials' }).click()
  await page.getByLabel('Account key').fill('c2VjcmV0')
  const kept = await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)))
  assert(!kept.includes('c2VjcmV0'), 'what may be a secret is kept nowhere')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL(/\/datastores\/far_away/)
  await page.getByRole('link', { name: 'Edit' }).click()
  await page.getByText('Secrets are not shown').waitFor()
  await page.getByRole('button', { name: 'Description', exact: true }).click()
  await box(page, 'Description').fill('Things far away')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.waitForURL(/\/datastores\/far_away$/)
  await page.getByText('Things far away').waitFor()
  const path = '/providers/Microsoft.MachineLearningServices/workspaces/main/datastores/far_away/listSecrets'
  const group = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/lazurite'
  const { key } = await server.ask(`${group}${path}?api-version=2024-10-01`, { method: 'POST', body: '{}' })
  assert(key === 'c2VjcmV0', 'the key is what it was')
}

async function files(page, server) {
  const note = server.write('note.md', '# A note\n\n<img src=x onerror=alert(1)>\n')
  await visit(page, `${server.url}/datastores/workspaceblobstore?tab=browse`)
  await page.getByLabel('Upload files here').setInputFiles(note)
  await page.getByText('note.md').click()
  await page.getByRole('heading', { name: 'A note' }).waitFor()
  await page.getByRole('button', { name: 'Delete' }).last().click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('row', { name: /note\.md/ }).waitFor({ state: 'detached' })
}

async function life(page, server) {
  server.write('once.txt', 'x')
  await server.run('data', 'create', '-n', 'once', '--type', 'uri_file', '-p', 'once.txt')
  await visit(page, `${server.url}/data/once`)
  await box(page, 'New tag').fill('team=cv')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Remove the tag team' }).waitFor()
  await box(page, 'Label for this version').fill('good')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Remove the label good' }).waitFor()
  await page.getByRole('button', { name: 'Archive' }).click()
  await page.getByText('This is archived').waitFor()
  await page.getByRole('button', { name: 'Restore' }).click()
  await page.getByText('This is archived').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Keep it' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
  await page.waitForURL(/\/data$/)
  await page.getByRole('row', { name: /^once/ }).waitFor({ state: 'detached' })
}

async function workspaces(page, server) {
  await server.run('workspace', 'create', '-n', 'other-lab', '-g', 'lazurite')
  await visit(page, `${server.url}/data`)
  await page.getByLabel('Workspace').selectOption({ label: 'other-lab' })
  await page.waitForURL(/\/w\/other-lab/)
  await page.getByRole('link', { name: 'Models' }).click()
  await page.waitForURL(/\/w\/other-lab\/models/)
  await page.getByText('No models yet').waitFor()
}

async function near(page, server) {
  await visit(page, `${server.url}/models/flowrs`)
  await page.getByText('Did you mean').waitFor()
  await page.getByRole('link', { name: 'flowers' }).click()
  await page.waitForURL(/\/models\/flowers/)
}
