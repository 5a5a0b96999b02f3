// From an empty workspace to a model that answers, with the mouse, and the keyboard for what has to be written.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPage, visit } from './browser.mjs'
import { assert, check } from './report.mjs'

const train = `import json, os, sys, time, urllib.request
address = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/runs/log-batch"
headers = {"authorization": "Bearer " + os.environ["MLFLOW_TRACKING_TOKEN"], "content-type": "application/json"}
for step in range(30):
    point = {"key": "loss", "value": 1 / (step + 1), "timestamp": int(time.time() * 1000), "step": step}
    body = {"run_id": os.environ["MLFLOW_RUN_ID"], "metrics": [point]}
    urllib.request.urlopen(urllib.request.Request(address, json.dumps(body).encode(), headers)).read()
    print("step", step, flush=True)
    time.sleep(0.2)
os.makedirs("outputs/model", exist_ok=True)
open("outputs/model/weights.json", "w").write("[1]")
`

const score = `import json
def init(): pass
def run(body): return {"species": ["setosa" for _ in json.loads(body)["data"]]}
`

/** Files that a person has on her machine. */
function ownFiles(home) {
  const folder = join(home, 'own')
  for (const name of ['code', 'serve']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'flowers.csv'), 'width,species\n5.1,setosa\n7.0,versicolor\n')
  writeFileSync(join(folder, 'code/train.py'), train)
  writeFileSync(join(folder, 'serve/score.py'), score)
  return folder
}

async function choose(page, button, files) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button.click()])
  await chooser.setFiles(files)
}

export async function newcomer(browser, server) {
  const folder = ownFiles(server.home)
  const { page, wrong, context } = await openPage(browser, server)
  page.setDefaultTimeout(15_000)
  let isLost = false
  const step = async (name, work) => {
    if (isLost) return
    await check(`newcomer: ${name}`, async () => {
      wrong.length = 0
      isLost = true
      await work().catch(async (error) => {
        if (process.env.LAZ_SHOT) await page.screenshot({ path: process.env.LAZ_SHOT })
        throw error
      })
      isLost = false
      return wrong.join('\n')
    })
  }
  await step('an empty workspace says what to do', async () => {
    await visit(page, `${server.url}/`)
    await page.getByRole('heading', { name: 'Three steps to the first result' }).waitFor()
  })
  await step('upload a table and look at it', () => upload(page, folder))
  await step('create a job by the wizard', () => wizard(page, folder))
  await step('watch its chart and its log while it runs', () => watch(page))
  await step('run it again and compare both', () => again(page))
  await step('register the model', () => register(page))
  await step('make an endpoint and deploy', () => deploy(page, server, folder))
  await step('test it', () => tryIt(page))
  await context.close()
}

async function upload(page, folder) {
  await page.getByRole('link', { name: 'Upload data' }).click()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('flowers')
  await choose(page, page.getByText('File', { exact: true }), join(folder, 'flowers.csv'))
  await page.getByRole('combobox', { name: 'Type' }).selectOption('uri_file')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL(/\/data\/flowers\/1/)
  await page.getByRole('link', { name: 'Preview' }).click()
  await page.getByText('versicolor').first().waitFor()
}

async function wizard(page, folder) {
  await page.getByRole('link', { name: 'Jobs', exact: true }).click()
  await page.getByRole('link', { name: 'New job' }).click()
  await page.getByRole('textbox', { name: 'Display name' }).fill('first try')
  await page.getByRole('link', { name: /Next: Script/ }).click()
  await choose(page, page.getByText('Folder', { exact: true }), join(folder, 'code'))
  await page.getByRole('textbox', { name: 'Command' }).fill('python3 train.py')
  await page.getByRole('link', { name: /Next: Environment/ }).click()
  const host = page.getByRole('radio', { name: /^host/ })
  if ((await host.count()) > 0) await host.check()
  else await page.getByRole('combobox', { name: 'Environment' }).fill('azureml:host@latest')
  await page.getByRole('link', { name: /Next: Compute/ }).click()
  await page.getByRole('link', { name: /Next: Review/ }).click()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.waitForURL(/\/jobs\/[a-z0-9_]+$/)
}

async function watch(page) {
  await page.getByText('Running').first().waitFor({ timeout: 60_000 })
  await page.getByRole('link', { name: 'Metrics' }).click()
  await page.getByRole('heading', { name: 'loss' }).first().waitFor({ timeout: 30_000 })
  await page.locator('.uplot canvas').first().waitFor()
  await page.getByRole('link', { name: 'Logs' }).click()
  await page.getByText('step 12', { exact: false }).first().waitFor({ timeout: 30_000 })
  await page.getByText('Completed').first().waitFor({ timeout: 60_000 })
}

async function again(page) {
  await page.getByRole('button', { name: 'Resubmit' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Display name' }).fill('second try')
  await dialog.getByRole('button', { name: /^Submit/ }).click()
  await page.getByRole('heading', { name: 'second try' }).waitFor({ timeout: 20_000 })
  await page.locator('.head').getByText('Completed').waitFor({ timeout: 60_000 })
  await page.getByRole('link', { name: 'Jobs', exact: true }).click()
  for (const name of [/Select first try/, /Select second try/]) await page.getByRole('checkbox', { name }).check()
  await page.getByRole('link', { name: 'Compare', exact: true }).click()
  await page.getByRole('heading', { name: 'Compare 2 jobs' }).waitFor()
  await page.locator('.uplot canvas').first().waitFor()
  await page.getByRole('link', { name: 'second try' }).first().click()
  await page.getByRole('heading', { name: 'second try' }).waitFor()
}

async function register(page) {
  await page.getByRole('button', { name: 'Register model' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('flowers')
  const from = dialog.getByRole('textbox', { name: 'From' })
  await from.fill(`${(await from.inputValue()).replace(/\/*$/, '')}/outputs/model/`)
  await dialog.getByRole('button', { name: 'Register' }).click()
  await page.waitForURL(/\/models\/flowers\/1/, { timeout: 20_000 })
  await page.getByRole('link', { name: 'Artifacts' }).click()
  await page.getByText('weights.json').first().waitFor()
}

async function deploy(page, server, folder) {
  await page.getByRole('link', { name: 'Endpoints' }).click()
  await page.getByRole('link', { name: 'New endpoint' }).click()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('flowers')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL(/\/endpoints\/flowers/, { timeout: 20_000 })
  await page.getByRole('link', { name: 'Add deployment' }).click()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('blue')
  await page.getByRole('combobox', { name: 'Model', exact: true }).fill('azureml:flowers:1')
  await page.getByRole('textbox', { name: 'Instance type' }).fill('Standard_DS3_v2')
  await page.getByRole('button', { name: 'Code configuration' }).click()
  await page.getByRole('button', { name: 'Code', exact: true }).click()
  await page.getByRole('button', { name: 'Scoring script' }).click()
  await choose(page, page.getByText('Folder', { exact: true }).first(), join(folder, 'serve'))
  await page.getByRole('textbox', { name: 'Scoring script' }).fill('score.py')
  await page.getByRole('button', { name: 'Environment', exact: true }).click()
  await page.getByRole('combobox', { name: 'Environment', exact: true }).fill('azureml:host@latest')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/new/'), { timeout: 90_000 })
  await visit(page, `${server.url}/endpoints/flowers`)
  await page.getByRole('button', { name: 'Update traffic' }).click()
  await page.getByRole('spinbutton', { name: 'Share of blue in percent' }).fill('100')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('blue 100%').first().waitFor()
}

/** Whether this server answers calls of endpoints at all. */
async function serves(page) {
  const { subscription, resourceGroup, workspace } = (
    await page.evaluate(async () => (await fetch('/lazurite/v1/session')).json())
  ).workspace
  const place = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
  const path = `/lazurite/v1${place}/onlineEndpoints/flowers/metrics`
  return page.evaluate(async (url) => (await fetch(url)).status !== 404, path)
}

async function tryIt(page) {
  if (!(await serves(page))) {
    process.stdout.write('    skipped: nothing answers behind endpoints here\n')
    return
  }
  await page.getByRole('link', { name: 'Test', exact: true }).click()
  await page.getByRole('textbox', { name: 'Request' }).fill('{"data": [[5.1, 3.5, 1.4, 0.2]]}')
  await page.getByRole('button', { name: 'Send', exact: false }).first().click()
  const answer = page.getByRole('region', { name: 'Answer' })
  await answer.waitFor({ timeout: 20_000 })
  const text = await answer.textContent()
  assert(text.includes('setosa'), `it answered ${text.slice(0, 200)}`)
}
