// Every noun on the command line: what goes in comes back, tables and queries show it, what is not done is refused by name.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from './laz.ts'

let server: Lazurite
let folder: string

beforeAll(() => {
  server = startLazurite()
  folder = mkdtempSync(join(tmpdir(), 'laz-nouns-'))
  write('model/weights.txt', 'w')
  write('src/score.py', 'def init(): pass\n\n\ndef run(given): return given\n')
  write(
    'mlflow/MLmodel',
    'flavors:\n  python_function:\n    loader_module: x\n    env: {conda: conda.yaml}\n  sklearn:\n    sklearn_version: 1.5.1\n',
  )
})
afterAll(() => {
  server?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

function write(name: string, text: string): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

const laz = (...words: string[]) => server.laz(words, { cwd: folder })
const json = <T = Record<string, unknown>>(...words: string[]) => server.json<T>(words, { cwd: folder })

/** What a script reads: the value of a query as one line. */
async function value(query: string, ...words: string[]): Promise<string> {
  const { code, out, err } = await laz(...words, '--query', query, '-o', 'tsv')
  expect(code, err).toBe(0)
  return out.trimEnd()
}

async function refused(what: RegExp, ...words: string[]): Promise<void> {
  const { code, err } = await laz(...words)
  expect(err).toMatch(what)
  expect(err).toMatch(/^Hint: /m)
  expect(code).not.toBe(0)
}

describe('connections', () => {
  test('keep their secret until it is asked for', async () => {
    write('git.yml', 'name: our-git\ntype: git\ntarget: https://git.example/x\ncredentials: {type: pat, pat: hush-1}\n')
    const made = await laz('connection', 'create', '-f', 'git.yml')
    expect(made.out).not.toContain('hush-1')
    expect(await value('target', 'connection', 'show', '-n', 'our-git')).toBe('https://git.example/x')
    expect(await value('credentials.pat', 'connection', 'show', '-n', 'our-git', '-p')).toBe('hush-1')
    expect(await value('[].name', 'connection', 'list', '--type', 'git')).toBe('our-git')
    expect(await value('[].name', 'connection', 'list', '--type', 's3')).toBe('')
    const set = ['connection', 'update', '-n', 'our-git', '--set', 'target=https://git.example/y']
    expect(await value('target', ...set)).toBe('https://git.example/y')
    expect(await value('credentials.pat', 'connection', 'show', '-n', 'our-git', '-p')).toBe('hush-1')
    await refused(/nobody is there to ask/, 'connection', 'delete', '-n', 'our-git')
    expect((await laz('connection', 'delete', '-n', 'our-git', '--yes')).code).toBe(0)
    expect((await laz('connection', 'show', '-n', 'our-git')).code).toBe(3)
  })
})

describe('endpoints', () => {
  test('take deployments, turn their traffic, give keys, answer calls and show logs', async () => {
    await json('online-endpoint', 'create', '-n', 'ep-one', '--auth-mode', 'key')
    write(
      'blue.yml',
      'name: blue\nendpoint_name: ep-one\nmodel: {path: ./model}\ncode_configuration: {code: ./src, scoring_script: score.py}\n' +
        'environment: {image: "ubuntu:22.04"}\ninstance_type: Standard_DS3_v2\ninstance_count: 2\n',
    )
    const blue = ['online-deployment', 'create', '--file', 'blue.yml', '--endpoint', 'ep-one', '--all-traffic']
    expect(await value('[name,instance_count,provisioning_state]', ...blue)).toBe('blue\n2\nSucceeded')
    expect(await value('traffic.blue', 'online-endpoint', 'show', '-n', 'ep-one')).toBe('100')
    const green = ['online-deployment', 'create', '-f', 'blue.yml', '--name', 'green', '--set', 'instance_count=1']
    expect(await value('instance_count', ...green)).toBe('1')
    const shares = ['online-endpoint', 'update', '-n', 'ep-one', '--traffic', 'blue=90 green=10']
    expect(await value('[traffic.blue,traffic.green]', ...shares)).toBe('90\n10')
    await refused(/has no deployment red/, 'online-endpoint', 'update', '-n', 'ep-one', '--traffic', 'red=100')
    expect(await value('[].name | sort(@)', 'online-deployment', 'list', '-e', 'ep-one')).toBe('blue\ngreen')
    expect((await value('primaryKey', 'online-endpoint', 'get-credentials', '-n', 'ep-one')).length).toBeGreaterThan(20)
    write('x.json', '{"given": 1}')
    const call = ['online-endpoint', 'invoke', '-n', 'ep-one', '--deployment', 'blue', '-r', 'x.json']
    expect((await laz(...call)).out).toContain('given')
    expect((await laz('online-deployment', 'get-logs', '-n', 'blue', '-e', 'ep-one')).out).toContain('POST')
    const lost = await laz('online-deployment', 'create', '-f', write('no.yml', 'name: red\n'))
    expect(lost).toMatchObject({ code: 1, err: expect.stringContaining('no.yml:1:1  endpoint_name: is required') })
    expect((await laz('online-endpoint', 'delete', '-n', 'ep-one', '--yes', '--no-wait')).code).toBe(0)
  })

  test('batch endpoints have a default deployment', async () => {
    await json('batch-endpoint', 'create', '-n', 'files')
    write('b.yml', 'name: first\nendpoint_name: files\ntype: model\nmodel: {path: ./model, type: mlflow_model}\n')
    const made = await laz(
      'batch-deployment',
      'create',
      '-f',
      'b.yml',
      '--set-default',
      '--set',
      'compute=azureml:local',
    )
    expect(made.code, made.err).toBe(0)
    expect(await value('defaults.deployment_name', 'batch-endpoint', 'show', '-n', 'files')).toBe('first')
    expect(await json('batch-endpoint', 'list-jobs', '-n', 'files')).toEqual([])
    await refused(/it has no conda.yaml/, 'batch-endpoint', 'invoke', '-n', 'files', '--input', './model')
  })
})

test('schedules are switched off and on', async () => {
  write(
    'job.yml',
    '$schema: x/commandJob.schema.json\ncommand: echo hi\nenvironment: azureml:host@latest\ncompute: azureml:local\n',
  )
  write('s.yml', 'name: hourly\ntrigger: {type: cron, expression: "0 * * * *"}\ncreate_job: ./job.yml\n')
  const made = await laz('schedule', 'create', '-f', 's.yml')
  expect(made.code, made.err).toBe(0)
  expect(await value('is_enabled', 'schedule', 'disable', '-n', 'hourly')).toBe('false')
  expect(await json('schedule', 'list')).toEqual([])
  expect(await value('[].name', 'schedule', 'list', '--include-disabled')).toBe('hourly')
  expect(await value('[].name', 'schedule', 'list', '--disabled-only')).toBe('hourly')
  expect(await value('is_enabled', 'schedule', 'enable', '-n', 'hourly')).toBe('true')
  const set = ['schedule', 'update', '-n', 'hourly', '--set', 'trigger.expression=5 * * * *']
  expect(await value('trigger.expression', ...set)).toBe('5 * * * *')
  expect((await laz('schedule', 'delete', '-n', 'hourly')).code).toBe(0)
})

describe('registries', () => {
  test('models go there, come back, and are used from there', async () => {
    write('r.yml', 'name: shared\nlocation: local\nreplication_locations: [{location: local}]\n')
    await json('registry', 'create', '-f', 'r.yml')
    expect(await value('[].name', 'registry', 'list')).toContain('shared')
    await json('model', 'create', '-n', 'm', '-v', '1', '--path', 'model')
    const share = ['model', 'share', '-n', 'm', '-v', '1', '--registry-name', 'shared']
    const shared = await json(...share, '--share-with-name', 'm', '--share-with-version', '1')
    expect(shared).toMatchObject({ id: 'azureml://registries/shared/models/m/versions/1', name: 'm', version: '1' })
    const there = ['--registry-name', 'shared']
    expect(await value('version', 'model', 'create', '-n', 'm', '--path', 'model', ...there)).toBe('2')
    expect(await value('[].version', 'model', 'list', '-n', 'm', ...there)).toBe('2\n1')
    expect(await value('version', 'model', 'show', '-n', 'm', '--label', 'latest', ...there)).toBe('2')
    const got = await laz('model', 'download', '-n', 'm', '-v', '1', ...there, '-p', join(folder, 'got'))
    expect(got.code, got.err).toBe(0)
    expect(readFileSync(join(folder, 'got/m/model/weights.txt'), 'utf8')).toBe('w')
    expect(await value('id', 'data', 'create', '-n', 'd', '--path', 'model', '-t', 'uri_folder', ...there)).toBe(
      'azureml://registries/shared/data/d/versions/1',
    )
    await refused(/There is no registry named nope/, 'model', 'list', '--registry-name', 'nope')
    await refused(
      /registry azureml is not supported/,
      'model',
      'create',
      '-n',
      'x',
      '--path',
      'model',
      '--registry-name',
      'azureml',
    )
    expect(await value('length(@)', 'environment', 'list', '--registry-name', 'azureml')).toMatch(/^[1-9]\d*$/)
  })

  test('labels of our own, and what used a version', async () => {
    await json('model', 'create', '-n', 'labelled', '-v', '1', '--path', 'model')
    await json('model', 'create', '-n', 'labelled', '-v', '2', '--path', 'model')
    await json('model', 'label', 'set', '-n', 'labelled', '-v', '1', '--label', 'prod')
    expect(await value('version', 'model', 'show', '-n', 'labelled', '--label', 'prod')).toBe('1')
    write(
      'use.yml',
      'command: ls ${{inputs.m}}\nenvironment: azureml:host@latest\ninputs: {m: {type: custom_model, path: "azureml:labelled@prod"}}\n',
    )
    const job = await laz('job', 'create', '-f', 'use.yml', '--stream')
    expect(job.code, job.err).toBe(0)
    const uses = await json<{ direction: string; as: string }[]>('model', 'lineage', '-n', 'labelled', '-v', '1')
    expect(uses).toMatchObject([{ direction: 'read', as: 'm' }])
    const name = await value('[0].name', 'job', 'list')
    expect(await value("[?kind=='model'].[name,version,direction]", 'job', 'lineage', '-n', name)).toBe(
      'labelled\t1\tread',
    )
    expect((await laz('model', 'label', 'remove', '-n', 'labelled', '--label', 'prod')).code).toBe(0)
    expect(await value('[].label', 'model', 'label', 'list', '-n', 'labelled')).toBe('latest')
  })
})

test('an MLflow model brings its flavors', async () => {
  const made = await json<{ flavors: Record<string, unknown> }>(
    'model',
    'create',
    '-n',
    'mlf',
    '--path',
    'mlflow',
    '-t',
    'mlflow_model',
  )
  expect(Object.keys(made.flavors).sort()).toEqual(['python_function', 'sklearn'])
  const show = await json<{ flavors: Record<string, unknown> }>('model', 'show', '-n', 'mlf')
  expect(show.flavors).toEqual(made.flavors)
})

test('hubs, feature stores and rules of a workspace', async () => {
  await json('workspace', 'create', '-n', 'hub1', '--kind', 'hub', '--tags', 'a=b')
  expect(await value('[kind,tags.a]', 'workspace', 'show', '-n', 'hub1')).toBe('hub\nb')
  expect(await value('[].name', 'workspace', 'list', '--filtered-kinds', 'hub')).toBe('hub1')
  await json('feature-store', 'create', '-n', 'features')
  expect(await value('[].name', 'feature-store', 'list')).toBe('features')
  expect(await value('description', 'workspace', 'update', '-n', 'hub1', '--set', 'description=ours')).toBe('ours')
  await refused(/provision-network is not supported/, 'workspace', 'provision-network', '-n', 'hub1')
  const rule = [
    'workspace',
    'outbound-rule',
    'set',
    '--rule',
    'r',
    '--type',
    'fqdn',
    '--destination',
    'files.example.org',
  ]
  expect(await value('destination', ...rule)).toBe('files.example.org')
  expect(await value('[].name', 'workspace', 'outbound-rule', 'list')).toBe('r')
  expect((await laz('workspace', 'outbound-rule', 'remove', '--rule', 'r', '-y')).code).toBe(0)
})

test('data is sent, looked at and fetched', async () => {
  write('table.csv', 'a,b\n1,2\n3,4\n')
  expect(await value('[name,version]', 'data', 'upload', '-p', 'table.csv', '-n', 'table')).toBe('table\n1')
  expect((await laz('data', 'preview', '-n', 'table')).out).toMatch(/^a {2}b\n1 {2}2\n3 {2}4\n$/)
  expect(await value('columns[].name', 'data', 'profile', '-n', 'table')).toBe('a\nb')
  expect(await value('[].path', 'datastore', 'browse', '-n', 'workspaceblobstore', '-p', 'uploads')).toContain(
    'table.csv',
  )
  const got = await laz('data', 'download', '-n', 'table', '--download-path', join(folder, 'fetched'))
  expect(got.code, got.err).toBe(0)
  expect(readFileSync(join(folder, 'fetched/table.csv'), 'utf8')).toBe('a,b\n1,2\n3,4\n')
})

test('a script that calls az runs as it is', async () => {
  expect(await value('id', 'az', 'account', 'show')).toBe('00000000-0000-0000-0000-000000000001')
  expect(await value('location', 'az', 'group', 'show', '--name', 'lazurite')).toBe('local')
  expect((await laz('az', 'account', 'set', '-s', 'anything')).code).toBe(0)
  expect((await laz('az', 'extension', 'add', '-n', 'ml', '-y')).code).toBe(0)
  expect((await laz('az', 'configure', '--defaults', 'workspace=main')).code).toBe(0)
  expect(await value("defaults[?name == 'workspace'].value", 'az', 'config', 'get')).toBe('main')
  expect(await value('name', 'az', 'ml', 'workspace', 'show')).toBe('main')
  await refused(/services of Azure that are not here/, 'az', 'acr', 'build', '-r', 'x')
})
