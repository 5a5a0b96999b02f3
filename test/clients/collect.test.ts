/**
 * What the unmodified Collector of azureml-ai-monitoring collects, and what models of MLflow are given and predict, in the
 * workspace's storage; and deployments with collections by the unmodified azure-ai-ml. LAZ_TEST_MLFLOW3 names a Python with
 * mlflow, pandas, scikit-learn and azureml-ai-monitoring.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Lazurite, startLazurite } from '../slow/laz.ts'
import { hasSdk, openPrograms } from './sdk-program.ts'
import { hasGateway, needs as needsPart, s3Key, startGateway } from './storage/servers.ts'

const python = process.env.LAZ_TEST_MLFLOW3
const needs = 'LAZ_TEST_MLFLOW3 must name a Python with mlflow and azureml-ai-monitoring'
const has =
  python !== undefined && spawnSync(python, ['-c', 'from azureml.ai.monitoring import Collector']).status === 0
if (!has && process.env.CI === 'true') throw new Error(needs)
if (!has) console.log(`collections: skipped; ${needs}`)

/** The script of Azure's own example, with a model that doubles. */
const script = `
import json
import pandas as pd
from azureml.ai.monitoring import Collector

def init():
    global inputs, outputs
    inputs = Collector(name="model_inputs")
    outputs = Collector(name="model_outputs", on_error=lambda e: print("not collected:", e))

def run(data):
    table = pd.DataFrame(json.loads(data)["data"])
    context = inputs.collect(table)
    doubled = table * 2
    outputs.collect(doubled, context)
    return doubled.to_dict()
`
const yaml = (name: string, more: string) => `
name: ${name}
endpoint_name: kept
instance_type: Standard_F2s_v2
instance_count: 1
request_settings: {request_timeout_ms: 60000, max_concurrent_requests_per_instance: 10}
data_collector:
  collections:
    model_inputs:
      enabled: 'True'
    model_outputs:
      enabled: 'True'
      data: {name: answers, path: azureml://datastores/workspaceblobstore/paths/answers/${name}, version: 1}
    response:
      enabled: 'True'
  rolling_rate: day
${more}`
const save = `
import mlflow, pandas
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression
table = pandas.DataFrame({"x": [0.0, 1.0, 2.0]})
mlflow.sklearn.save_model(LinearRegression(fit_intercept=False).fit(table, 2 * table["x"]), "model",
                          signature=infer_signature(table, (2 * table["x"]).to_numpy()))
`

describe.skipIf(!has)('collections', () => {
  let lazurite: Lazurite
  let scratch: string
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'laz-collect-'))
    lazurite = startLazurite({
      env: { LAZ_ENVIRONMENT: 'host', PATH: `${dirname(python ?? '')}:${process.env.PATH}` },
    })
    expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
    await lazurite.json(['online-endpoint', 'create', '-n', 'kept'])
    mkdirSync(join(scratch, 'code'))
    writeFileSync(join(scratch, 'code/score.py'), script)
  }, 120_000)
  afterAll(async () => {
    // replicas outlive their server
    await lazurite?.laz(['online-endpoint', 'delete', '-n', 'kept', '--yes'])
    lazurite?.stop()
    rmSync(scratch, { recursive: true, force: true, maxRetries: 20 })
  }, 60_000)

  async function deploy(name: string, more: string) {
    writeFileSync(join(scratch, 'deployment.yml'), yaml(name, more))
    const made = await lazurite.json(['online-deployment', 'create', '-f', 'deployment.yml', '--all-traffic'], {
      cwd: scratch,
    })
    expect(made, JSON.stringify(made)).toMatchObject({ provisioning_state: 'Succeeded' })
  }

  async function invoke(body: object) {
    writeFileSync(join(scratch, 'request.json'), JSON.stringify(body))
    const words = ['online-endpoint', 'invoke', '-n', 'kept', '--request-file', 'request.json']
    const answer = await lazurite.laz(words, { cwd: scratch })
    const logs =
      answer.code === 0 ? '' : (await lazurite.laz(['online-deployment', 'get-logs', '-n', 'plain', '-e', 'kept'])).out
    expect(answer.code, answer.err + logs).toBe(0)
    return JSON.parse(answer.out)
  }

  /** Lines of the files below a folder of the workspace's storage, once there are that many. */
  const linesBelow = (path: string, count: number) =>
    vi.waitFor(
      () => {
        const storage = join(lazurite.home, 'storage')
        const all = readdirSync(storage, { recursive: true, withFileTypes: true })
        const files = all.filter((one) => one.isFile() && `${one.parentPath}/`.includes(`/${path}/`))
        const lines = files.flatMap((one) => readFileSync(join(one.parentPath, one.name), 'utf8').trimEnd().split('\n'))
        expect(lines).toHaveLength(count)
        return lines.map((line) => JSON.parse(line))
      },
      { timeout: 30_000, interval: 100 },
    )

  test('of the unmodified Collector', async () => {
    const code = 'code_configuration: {code: code, scoring_script: score.py}\nenvironment: azureml:host@latest\n'
    await deploy('custom', code)
    expect(await invoke({ data: { a: [1, 2] } })).toEqual({ a: { 0: 2, 1: 4 } })
    const [given] = await linesBelow('modelDataCollector/kept/custom/model_inputs', 1)
    expect(given).toMatchObject({
      type: 'azureml.inference.model_inputs',
      data: [{ a: 1 }, { a: 2 }],
      collectdatatype: expect.stringMatching(/^pandas\..*DataFrame$/),
      agent: expect.stringMatching(/^azureml-ai-monitoring\//),
    })
    const [answered] = await linesBelow('answers/custom', 1)
    expect(answered).toMatchObject({ data: [{ a: 2 }, { a: 4 }], correlationid: given.correlationid })
    const [response] = await linesBelow('modelDataCollector/kept/custom/response', 1)
    expect(response.data).toEqual({ a: { 0: 2, 1: 4 } })
    const data = await lazurite.json<{ name: string }[]>(['data', 'list'])
    const names = data.map(({ name }) => name).sort()
    expect(names).toEqual(['answers', 'kept-custom-model_inputs', 'kept-custom-response'])
  }, 120_000)

  test('of a model without code', async () => {
    await run(python ?? '', ['-c', save], scratch)
    await deploy('plain', 'model: {path: model, type: mlflow_model}\n')
    expect(await invoke({ input_data: { columns: ['x'], index: [0, 1], data: [[1], [2]] } })).toEqual([2, 4])
    const [given] = await linesBelow('modelDataCollector/kept/plain/model_inputs', 1)
    expect(given.data).toEqual([{ x: 1 }, { x: 2 }])
    const [answered] = await linesBelow('answers/plain', 1)
    expect(answered).toMatchObject({ data: [{ '0': 2 }, { '0': 4 }], correlationid: given.correlationid })
  }, 240_000)
})

describe.skipIf(!hasSdk('collections'))('collections of azure-ai-ml', () => {
  test('go to the data assets that it registers', async () => {
    const echo = 'def init():\n    pass\ndef run(data):\n    return data\n'
    const programs = await openPrograms({ 'code/score.py': echo, 'request.json': '{"n": 2}' })
    try {
      expect(await programs.run('collect.py')).toMatchObject({
        state: 'Succeeded',
        asset: expect.stringMatching(/workspaceblobstore\/paths\/modelDataCollector\/kept\/blue\/request$/),
        named: expect.stringMatching(/paths\/elsewhere$/),
        collections: { request: 'true', response: 'true', model_inputs: 'false' },
        rate: 1,
        rolling: 'minute',
        kept: { request: { n: 2 }, response: '{"n": 2}' },
      })
    } finally {
      await programs.lazurite.laz(['online-endpoint', 'delete', '-n', 'kept', '--yes'])
      programs.end()
    }
  }, 240_000)
})

describe.skipIf(!needsPart('the Versity gateway', hasGateway))('collections of a datastore elsewhere', () => {
  test('are brought there, the last lines when their deployment is deleted', async () => {
    const gateway = await startGateway()
    const scratch = mkdtempSync(join(tmpdir(), 'laz-collect-far-'))
    const lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    const write = (name: string, text: string) => writeFileSync(join(scratch, name), text)
    const words = (...said: string[]) => lazurite.json(said, { cwd: scratch })
    const lines = () => {
      const folder = join(gateway.folder, 'things')
      const all = readdirSync(folder, { recursive: true, withFileTypes: true })
      const files = all.filter((one) => one.isFile() && one.parentPath.includes('things/calls'))
      return files.flatMap((one) => readFileSync(join(one.parentPath, one.name), 'utf8').trimEnd().split('\n'))
    }
    try {
      mkdirSync(join(gateway.folder, 'things'))
      mkdirSync(join(scratch, 'code'))
      write('code/score.py', 'def init():\n    pass\ndef run(data):\n    return data\n')
      const keys = `{access_key_id: ${s3Key.accessKeyId}, secret_access_key: "${s3Key.secretAccessKey}"}`
      const store = `name: far\ntype: s3\nbucket_name: things\nendpoint: http://${gateway.host}\ncredentials: ${keys}\n`
      write('far.yml', store)
      const place = '{name: calls, version: 1, path: azureml://datastores/far/paths/calls}'
      const code = 'code_configuration: {code: code, scoring_script: score.py}\nenvironment: azureml:host@latest\n'
      const collector = `data_collector:\n  collections:\n    request:\n      enabled: 'true'\n      data: ${place}\n`
      const head = 'name: blue\nendpoint_name: far\ninstance_type: Standard_F2s_v2\ninstance_count: 1\n'
      write('deployment.yml', head + collector + code)
      await words('datastore', 'create', '-f', 'far.yml')
      await words('online-endpoint', 'create', '-n', 'far')
      await words('online-deployment', 'create', '-f', 'deployment.yml', '--all-traffic')
      const invoke = async (text: string) => {
        write('request.json', text)
        await words('online-endpoint', 'invoke', '-n', 'far', '--request-file', 'request.json')
      }
      await invoke('{"n": 1}')
      await vi.waitFor(() => expect(lines()).toHaveLength(1), { timeout: 60_000, interval: 200 })
      await invoke('{"n": 2}')
      await lazurite.laz(['online-endpoint', 'delete', '-n', 'far', '--yes'])
      await vi.waitFor(() => expect(lines()).toHaveLength(2), { timeout: 60_000, interval: 200 })
      expect(lines().map((line) => JSON.parse(line).data)).toEqual([{ n: 1 }, { n: 2 }])
    } finally {
      await lazurite.laz(['online-endpoint', 'delete', '-n', 'far', '--yes'])
      lazurite.stop()
      await gateway.close()
      rmSync(scratch, { recursive: true, force: true, maxRetries: 20 })
    }
  }, 240_000)
})

function run(command: string, args: string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (data) => {
      said += data
    })
    child.stderr.on('data', (data) => {
      said += data
    })
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(said) : reject(new Error(said.slice(-4000)))))
  })
}
