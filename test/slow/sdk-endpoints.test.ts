// Endpoints by the TypeScript SDK against a real server: every way to get in, keys that change meanwhile, what models refuse.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Input, Lazurite } from '@lazurite/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite as Home, startLazurite } from './laz.ts'

const folder = mkdtempSync(join(tmpdir(), 'laz-sdk-endpoints-'))
const write = (path: string, text: string) => {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), text)
}
write(
  'code/score.py',
  'import json, os\ndef init(): pass\ndef run(data):\n    asked = json.loads(data)\n    print(asked.get("say", ""))\n' +
    '    return [1 / asked["n"], os.environ["WHO"]]\n',
)
write(
  'code/batch.py',
  'import os\ndef init(): pass\ndef run(batch): return [os.path.basename(p) + " " + os.environ.get("WHO", "") for p in batch]\n',
)
write('data/a.txt', 'a')
write('data/b.txt', 'b')

let home: Home
let laz: Lazurite
beforeAll(async () => {
  home = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  await home.json(['job', 'list'])
  const { url, token } = home.server()
  laz = new Lazurite({ url, token })
}, 60_000)
afterAll(() => {
  home?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
}, 60_000)

const deploy = (endpoint: string, name: string) =>
  laz.onlineDeployments.create({
    name,
    endpoint_name: endpoint,
    code_configuration: { code: join(folder, 'code'), scoring_script: 'score.py' },
    environment: 'azureml:host@latest',
    environment_variables: { WHO: name },
    instance_type: 'Standard_DS3_v2',
    instance_count: 1,
  })

describe('online endpoints', () => {
  test.each(['key', 'aml_token', 'aad_token'] as const)(
    'with auth_mode %s answer',
    async (auth_mode) => {
      const name = `by-${auth_mode.replace('_', '-')}`
      await laz.onlineEndpoints.create({ name, auth_mode })
      expect((await deploy(name, 'blue')).provisioning_state).toBe('Succeeded')
      await expect(laz.onlineEndpoints.invoke(name, { n: 2 })).rejects.toMatchObject({ http: 404 })
      const turned = await laz.onlineEndpoints.turn(name, { blue: 100 })
      expect(turned.traffic).toEqual({ blue: 100 })
      expect(await laz.onlineEndpoints.invoke(name, { n: 2 })).toEqual([0.5, 'blue'])
      await laz.onlineEndpoints.delete(name)
      await expect(laz.onlineEndpoints.invoke(name, { n: 2 })).rejects.toMatchObject({ code: 'ResourceNotFound' })
    },
    60_000,
  )

  test('a scorer goes on with a new key; a deployment is named; the model says what it cannot do', async () => {
    await laz.onlineEndpoints.create({ name: 'many', auth_mode: 'key' })
    await Promise.all([deploy('many', 'blue'), deploy('many', 'green')])
    await laz.onlineEndpoints.turn('many', { blue: 100 }, { green: 10 })
    expect((await laz.onlineEndpoints.get('many')).mirror_traffic).toEqual({ green: 10 })
    const score = laz.onlineEndpoints.scorer('many')
    expect(await score({ n: 1 })).toEqual([1, 'blue'])
    const before = await laz.onlineEndpoints.listKeys('many')
    const after = await laz.onlineEndpoints.regenerateKeys('many', 'primary')
    expect(after.primaryKey).not.toBe(before.primaryKey)
    expect(after.secondaryKey).toBe(before.secondaryKey)
    expect(await score('{"n": 4}')).toEqual([0.25, 'blue'])
    const answer = await score.raw(new TextEncoder().encode('{"n": 4}'), { deployment: 'green' })
    expect([answer.status, answer.headers['azureml-model-deployment'], await answer.json()]).toEqual([
      200,
      'green',
      [0.25, 'green'],
    ])
    await expect(score({ n: 0 })).rejects.toMatchObject({
      code: 'ModelFailed',
      http: 424,
      message: expect.stringMatching(/many answered with status 500/),
      hint: expect.stringContaining('get-logs -n blue -e many'),
    })
    expect(await laz.onlineDeployments.logs('many', 'blue')).toContain('ZeroDivisionError')
    expect(await laz.onlineDeployments.logs('many', 'blue', { container: 'storage-initializer' })).toContain(
      'Preparing',
    )
    const stop = new AbortController()
    let heard = ''
    for await (const { text } of laz.onlineDeployments.follow('many', 'green', { lines: 5, signal: stop.signal })) {
      heard += text
      // said once the first lines are here
      if (heard !== '' && !heard.includes('followed')) await score({ n: 1, say: 'followed' }, { deployment: 'green' })
      else stop.abort()
    }
    expect(heard.match(/followed/g)).toHaveLength(1)
    await expect(laz.onlineDeployments.follow('many', 'absent').next()).rejects.toMatchObject({ http: 404 })
    const { deployments } = (await laz.onlineEndpoints.metrics('many')) as {
      deployments: Record<string, { calls: number }>
    }
    expect(deployments.blue?.calls).toBeGreaterThanOrEqual(3)
    // shares that are not named go to nothing
    expect((await laz.onlineEndpoints.turn('many', { green: 100 })).traffic).toEqual({ green: 100 })
    expect(await score({ n: 1 })).toEqual([1, 'green'])
    await laz.onlineEndpoints.delete('many')
  }, 90_000)
})

test('batch endpoints: a folder, a place for what comes of it, a deployment by name, jobs by deployment', async () => {
  await laz.batchEndpoints.create({ name: 'piles' })
  const model = { path: join(folder, 'data'), type: 'custom_model' } as const
  for (const name of ['one', 'two'])
    await laz.batchDeployments.create({
      name,
      endpoint_name: 'piles',
      type: 'model',
      model,
      code_configuration: { code: join(folder, 'code'), scoring_script: 'batch.py' },
      environment: 'azureml:host@latest',
      compute: 'azureml:local',
      environment_variables: { WHO: name },
    })
  await laz.batchEndpoints.update('piles', { defaults: { deployment_name: 'one' } })
  const inputs = { data: Input({ path: join(folder, 'data') }) }
  const first = await laz.batchEndpoints.invoke('piles', { inputs, miniBatchSize: 1, jobName: 'first-call' })
  expect(first.name).toBe('first-call')
  const path = 'azureml://datastores/workspaceblobstore/paths/told/rows.csv'
  const outputs = { score: { type: 'uri_file', path } } as const
  const second = await laz.batchEndpoints.invoke('piles', {
    inputs,
    outputs,
    deployment: 'two',
    experimentName: 'tried',
  })
  const done = await Promise.all([first, second].map((job) => laz.jobs.wait(job.name, { timeoutSeconds: 120 })))
  expect(done.map((job) => job.status)).toEqual(['Completed', 'Completed'])
  expect(second.experiment_name).toBe('tried')
  const rows = (await laz.readText(path)).trim().split('\n').sort()
  expect(rows).toEqual(['a.txt two', 'b.txt two'])
  const names = async (deployment?: string) =>
    (await laz.batchEndpoints.jobs('piles', deployment === undefined ? {} : { deployment }).toArray()).map(
      (job) => job.name,
    )
  expect((await names()).sort()).toEqual([first.name, second.name].sort())
  expect(await names('two')).toEqual([second.name])
  await laz.batchEndpoints.delete('piles')
}, 180_000)
