// What a user sees of collected calls: a data asset whose files grow, over a killed server, with every line whole.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, startLazurite, workspace } from './laz.ts'

let server: Lazurite
let folder: string
const item = (path = '') => `${workspace}/onlineEndpoints/kept${path}?api-version=2024-04-01`
/** Answers at once, and collects in the background, as the Collector of azureml-ai-monitoring does. */
const script = `
import json, os, threading, urllib.request
def init():
    pass
def collect(n):
    url = "http://%s:%s/modeldata/log" % (os.environ["AZUREML_MDC_HOST"], os.environ["AZUREML_MDC_PORT"])
    headers = {"Content-Type": "application/json", "ce-type": "azureml.inference.model_inputs"}
    urllib.request.urlopen(urllib.request.Request(url, json.dumps([{"n": n}]).encode(), headers))
def beat():
    for n in range(200):
        collect(n)
def run(data):
    threading.Thread(target=beat).start()
    return json.loads(data)
`
const yaml = `
name: blue
endpoint_name: kept
code_configuration: {code: ./code, scoring_script: score.py}
environment: azureml:host@latest
instance_type: Standard_DS3_v2
instance_count: 1
request_settings: {request_timeout_ms: 60000, max_concurrent_requests_per_instance: 10}
data_collector:
  collections:
    request: {enabled: 'true'}
    model_inputs: {enabled: 'true'}
`
beforeAll(async () => {
  server = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  folder = join(server.home, 'mine')
  mkdirSync(join(folder, 'code'), { recursive: true })
  writeFileSync(join(folder, 'code', 'score.py'), script)
  writeFileSync(join(folder, 'blue.yml'), yaml)
  await server.json(['online-endpoint', 'create', '-n', 'kept'])
  await server.json(['online-deployment', 'create', '-f', join(folder, 'blue.yml'), '--all-traffic'])
}, 120_000)
afterAll(async () => {
  await server.http('DELETE', item())
  const serving = join(server.home, 'serving')
  await until(() => !existsSync(serving) || readdirSync(serving).length === 0, 'the sweep')
  server.stop()
}, 90_000)

async function until(look: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (look()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect.fail(`waited too long for ${what}`)
}

async function invoke(n: number): Promise<void> {
  writeFileSync(join(folder, 'request.json'), JSON.stringify({ n }))
  const words = ['online-endpoint', 'invoke', '-n', 'kept', '--request-file', join(folder, 'request.json')]
  const { code, err } = await server.laz(words)
  expect(code, err).toBe(0)
}

/** Numbers in the lines of a collection; a line that is not whole throws. */
function numbersOf(collection: string): number[] {
  const storage = join(server.home, 'storage')
  const all = readdirSync(storage, { recursive: true, withFileTypes: true })
  const files = all.filter(
    ({ parentPath, name }) => parentPath.includes(`/kept/blue/${collection}/`) && name.endsWith('l'),
  )
  const lines = files.flatMap((one) => readFileSync(join(one.parentPath, one.name), 'utf8').trimEnd().split('\n'))
  return lines.map((line) => JSON.parse(line).data).map((data) => (Array.isArray(data) ? data[0].n : data.n))
}

test('calls, and what the script collects while the server is killed, are lines of a data asset', async () => {
  for (const n of [1, 2]) await invoke(n)
  await until(() => numbersOf('request').length === 2, 'the first calls')
  process.kill(server.server().pid, 'SIGKILL')
  // the replica and what takes down its data go on by themselves
  await until(() => numbersOf('model_inputs').length === 400, 'what two calls collect')
  expect(await server.laz(['up'])).toMatchObject({ code: 0 })
  await invoke(3)
  await until(() => numbersOf('request').length === 3, 'the last call')
  expect(numbersOf('request').sort()).toEqual([1, 2, 3])
  expect(new Set(numbersOf('model_inputs')).size).toBe(200)
  const asset = await server.json<{ path: string; type: string }>([
    'data',
    'show',
    '-n',
    'kept-blue-request',
    '-v',
    '1',
  ])
  expect(asset).toMatchObject({
    type: 'uri_folder',
    path: expect.stringMatching(/modelDataCollector\/kept\/blue\/request$/),
  })
  const preview = await server.laz(['data', 'preview', '-n', 'kept-blue-request', '-v', '1'])
  expect(preview.code, preview.err).toBe(0)
}, 120_000)
