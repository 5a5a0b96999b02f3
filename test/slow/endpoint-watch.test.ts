// What a running endpoint tells at a terminal: numbers about its calls, its logs as they grow, also over a killed server.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite, workspace } from './laz.ts'

let server: Lazurite
let folder: string
let follower: ChildProcess | undefined
const item = (path = '') => `${workspace}/onlineEndpoints/told${path}?api-version=2024-04-01`
const script = `
import json
def init():
    print("the model is loaded")
def run(data):
    asked = json.loads(data)
    print("was asked about", asked["n"])
    if asked["n"] < 0: raise ValueError("no such number")
    return asked["n"] + 1
`
const yaml = `
name: blue
endpoint_name: told
code_configuration: {code: ./code, scoring_script: score.py}
environment: azureml:host@latest
instance_type: Standard_DS3_v2
instance_count: 1
`
beforeAll(async () => {
  server = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  folder = join(server.home, 'mine')
  mkdirSync(join(folder, 'code'), { recursive: true })
  writeFileSync(join(folder, 'code', 'score.py'), script)
  writeFileSync(join(folder, 'blue.yml'), yaml)
  await server.json(['online-endpoint', 'create', '-n', 'told'])
  await server.json(['online-deployment', 'create', '-f', join(folder, 'blue.yml'), '--all-traffic'])
}, 120_000)
afterAll(async () => {
  follower?.kill('SIGKILL')
  await server.http('DELETE', item())
  const serving = join(server.home, 'serving')
  await until(() => !existsSync(serving) || readdirSync(serving).length === 0, 'the sweep')
  server.stop()
}, 90_000)

async function until(look: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (look()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect.fail(`waited too long for ${what}`)
}

async function invoke(n: number): Promise<number> {
  writeFileSync(join(folder, 'request.json'), JSON.stringify({ n }))
  const words = ['online-endpoint', 'invoke', '-n', 'told', '--request-file', join(folder, 'request.json')]
  return (await server.laz(words)).code
}

test('how many calls there were, how many failed, how long they took', async () => {
  expect([await invoke(1), await invoke(2), await invoke(-1)]).toEqual([0, 0, 1])
  const [blue] = await server.json<Record<string, unknown>[]>(['online-endpoint', 'metrics', '-n', 'told'])
  expect(blue).toMatchObject({
    deployment: 'blue',
    ready: 1,
    calls: 3,
    failed: 1,
    statuses: { 200: 2, 424: 1 },
    latency: { p50Ms: expect.any(Number), p99Ms: expect.any(Number) },
  })
  const table = await server.laz(['online-endpoint', 'metrics', '-n', 'told', '-o', 'table'])
  expect(table.out).toMatch(/deployment +ready +calls +failed/i)
  expect(table.out).toMatch(/blue +1 +3 +1 .*200: 2, 424: 1/)
  const missing = await server.laz(['online-endpoint', 'metrics', '-n', 'nobody'])
  expect([missing.code === 0, missing.err]).toEqual([false, expect.stringMatching(/nobody/)])
}, 60_000)

test('what laid it out, and what its replicas say', async () => {
  const words = ['online-deployment', 'get-logs', '-n', 'blue', '-e', 'told']
  expect((await server.laz([...words, '--lines', '50'])).out).toContain('the model is loaded')
  const laid = await server.laz([...words, '--container', 'storage-initializer'])
  expect(laid.out).toMatch(/Preparing revision \w+ with the recipe score-script/)
})

test('its log is followed until it is deleted, also when the server is killed meanwhile', async () => {
  const bin = join(root, 'packages/cli/bin/laz.cjs')
  const words = ['online-deployment', 'get-logs', '-n', 'blue', '-e', 'told', '--follow', '--lines', '1']
  const child = spawn(process.execPath, [bin, ...words], {
    env: { ...process.env, LAZ_HOME: server.home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  follower = child
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  let code: number | null | undefined
  child.on('close', (ended) => {
    code = ended
  })
  await until(() => out.includes('\n'), `the last line (${err})`)
  expect(out).not.toContain('the model is loaded')
  await invoke(41)
  await until(() => out.includes('was asked about 41'), 'the first line that came')
  process.kill(server.server().pid, 'SIGKILL')
  expect(await server.laz(['up'])).toMatchObject({ code: 0 })
  await invoke(43)
  await until(() => out.includes('was asked about 43'), `the line after the kill (${err})`)
  expect(out.match(/was asked about 41/g)).toHaveLength(1)
  await server.laz(['online-endpoint', 'delete', '-n', 'told', '--yes'])
  await until(() => code !== undefined, 'its end')
  expect(code, err).toBe(0)
}, 120_000)
