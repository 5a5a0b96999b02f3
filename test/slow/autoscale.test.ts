// A deployment that follows its load, made by the command line from a file: none while nobody calls, the first call waits
// for one, many calls bring up more, and a profile sets other bounds.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, startLazurite, workspace } from './laz.ts'

let server: Lazurite
let folder: string
const item = (path = '') => `${workspace}/onlineEndpoints/elastic${path}?api-version=2024-04-01`

const script = `
import json, os, time
def init():
    pass
def run(data):
    time.sleep(json.loads(data).get("sleep", 0))
    return {"pid": os.getpid()}
`
const yaml = (scale: string) => `
name: blue
endpoint_name: elastic
code_configuration: {code: ./code, scoring_script: score.py}
environment: azureml:host@latest
instance_type: Standard_DS3_v2
request_settings: {max_concurrent_requests_per_instance: 2, request_timeout_ms: 60000}
scale_settings:
  type: target_utilization
  polling_interval: 1
  target_utilization_percentage: 50
${scale}`

beforeAll(async () => {
  server = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  folder = join(server.home, 'mine')
  mkdirSync(join(folder, 'code'), { recursive: true })
  writeFileSync(join(folder, 'code', 'score.py'), script)
  await server.json(['online-endpoint', 'create', '-n', 'elastic'])
}, 60_000)
afterAll(async () => {
  await server.http('DELETE', item())
  const serving = join(server.home, 'serving')
  await until(async () => !existsSync(serving) || readdirSync(serving).length === 0, 'the sweep')
  server.stop()
}, 90_000)

async function until(look: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; ) {
    if (await look().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect.fail(`waited too long for ${what}`)
}

const shown = async () => JSON.parse((await server.http('GET', item('/deployments/blue'))).body)
const ready = async (): Promise<number> => (await shown()).lazurite.ready

async function deploy(scale: string) {
  writeFileSync(join(folder, 'blue.yml'), yaml(scale))
  const made = await server.laz(['online-deployment', 'create', '-f', join(folder, 'blue.yml'), '--all-traffic'])
  expect(made.code, made.err).toBe(0)
  await until(async () => (await shown()).properties.provisioningState === 'Succeeded', 'the deployment')
}

async function call(sleep: number): Promise<number> {
  const { scoringUri } = JSON.parse((await server.http('GET', item())).body).properties
  const { primaryKey } = JSON.parse((await server.http('POST', item('/listKeys'))).body)
  const headers = { authorization: `Bearer ${primaryKey}`, 'content-type': 'application/json' }
  const answer = await fetch(scoringUri, { method: 'POST', headers, body: JSON.stringify({ sleep }) })
  expect(answer.status, await answer.clone().text()).toBe(200)
  return ((await answer.json()) as { pid: number }).pid // the script answers it
}

test('none while nobody calls; the first call brings one up and waits; more calls bring up more', async () => {
  await deploy('  min_instances: 0\n  max_instances: 3\n')
  await until(async () => (await ready()) === 0, 'none')
  expect(await call(0)).toBeGreaterThan(0)
  expect(await ready()).toBe(1)
  // one call an instance is what half of two is
  let over = false
  const callers = Array.from({ length: 3 }, async () => {
    while (!over) await call(1)
  })
  try {
    await until(async () => (await ready()) === 3, 'three instances')
  } finally {
    over = true
    await Promise.all(callers)
  }
  await until(async () => (await ready()) === 0, 'none again')
}, 420_000)

test('a profile sets other bounds for its time', async () => {
  const profiles = '  profiles:\n    - {name: always, min_instances: 2, max_instances: 2, time_zone: Europe/Berlin}\n'
  await deploy(`  min_instances: 0\n  max_instances: 3\n${profiles}`)
  await until(async () => (await ready()) === 2, 'two instances')
  const read = await server.json<{ scale_settings: object }>(
    ['online-deployment', 'show', '-n', 'blue', '-e', 'elastic'],
    {},
  )
  expect(read.scale_settings).toMatchObject({
    type: 'target_utilization',
    profiles: [{ name: 'always', min_instances: 2, max_instances: 2, time_zone: 'Europe/Berlin' }],
  })
  writeFileSync(join(folder, 'blue.yml'), yaml('  min_instances: 4\n  max_instances: 3\n'))
  const refused = await server.laz(['online-deployment', 'update', '-f', join(folder, 'blue.yml')])
  expect(refused.code).not.toBe(0)
  expect(refused.err).toContain('fewer than min_instances')
}, 240_000)
