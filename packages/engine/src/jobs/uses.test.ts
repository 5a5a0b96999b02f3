import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { armId, type JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { usersOf } from '../in-use.ts'
import { hashFolder } from '../snapshot.ts'
import { type Bed, commandJob, makeBed, scope } from '../testing/bed.ts'

let bed: Bed
const registry = 'registries/shared'
const registryId = '11111111-2222-3333-4444-555555555555'

beforeAll(async () => {
  bed = await makeBed()
  await bed.store.resources.put({
    key: { scope: 's-1/group', kind: 'registry', name: 'Shared' },
    props: {},
    status: { registryId, subscription: 's-1', resourceGroup: 'Group' },
    by: 'tester',
  })
  await put(scope, 'environment', 'mine', { image: 'ubuntu' })
  await put(registry, 'environment', 'common', { image: 'python:3' })
  await put(registry, 'model', 'net', { modelUri: held('net', { 'w.txt': 'weights' }) })
  await put(registry, 'data', 'words', { dataUri: held('words', { 'a.txt': 'word' }), dataType: 'uri_folder' })
  const code = held('code', { 'main.sh': 'cat "$1"/*.txt > "$2/o.txt"' })
  const { hash } = await hashFolder(folder('code'))
  await put(registry, 'code', 'src', { codeUri: code }, { hash })
  await put(registry, 'component', 'copy', {
    componentSpec: {
      name: 'copy',
      version: '1',
      type: 'command',
      code: 'azureml://registries/shared/codes/src/versions/1',
      environment: 'azureml://registries/shared/environments/common/labels/stable',
      inputs: { from: { type: 'uri_folder' } },
      outputs: { to: { type: 'uri_folder' } },
      command: `sh main.sh ${'$'}{{inputs.from}} ${'$'}{{outputs.to}}`,
    },
  })
  await bed.store.resources.put({
    key: { scope: registry, kind: 'environment', name: 'common' },
    props: { labels: { stable: '1' } },
    by: 'tester',
  })
})
afterAll(() => bed.close())

const account = `laz${registryId.replaceAll('-', '').slice(0, 12)}`
const folder = (name: string) => join(bed.home, 'storage', account, 'held', name)

/** Lays files into the storage of the registry and answers the address that its assets keep. */
function held(name: string, files: Record<string, string>): string {
  mkdirSync(folder(name), { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder(name), file), text)
  return `https://${account}.blob.laz.test/held/${name}`
}

function put(where: string, kind: string, name: string, props: JsonObject, status: JsonObject = {}) {
  return bed.store.resources.put({ key: { scope: where, kind, name, version: '1' }, props, status, by: 'tester' })
}

const usesOf = async (job: string) =>
  (await bed.store.lineage.ofJob(scope, job)).map(({ asset, direction, as }) => [
    direction,
    as,
    `${asset.scope}/${asset.kind}/${asset.name}:${asset.version}`,
  ])

test('a job runs on assets of a registry, by version and by label, and what it read and wrote is noted', async () => {
  const props = commandJob('cat ${{inputs.model}}/w.txt ${{inputs.data}}/a.txt > ${{outputs.out}}/all.txt; ls', {
    environmentId: 'azureml://registries/shared/environments/common/labels/stable',
    codeId: 'azureml://registries/Shared/codes/src/versions/1',
    inputs: {
      model: { jobInputType: 'custom_model', uri: 'azureml://registries/shared/models/net/labels/latest' },
      data: { jobInputType: 'uri_folder', uri: 'azureml://registries/shared/data/words/versions/1' },
    },
    outputs: { out: { jobOutputType: 'uri_folder', assetName: 'mixed' } },
  })
  expect((await bed.submit('reads', props)).filter(({ severity }) => severity !== 'warning')).toEqual([])
  const job = await bed.until('reads')
  expect(job.state, JSON.stringify(job.facts.error)).toBe('Completed')
  expect(await bed.artifact('reads', 'user_logs/std_log.txt')).toContain('main.sh')
  expect(await usesOf('reads')).toEqual([
    ['read', 'environment', 'registries/shared/environment/common:1'],
    ['read', 'code', 'registries/shared/code/src:1'],
    ['read', 'model', 'registries/shared/model/net:1'],
    ['read', 'data', 'registries/shared/data/words:1'],
    ['written', 'out', `${scope}/data/mixed:1`],
  ])
})

test('steps note their component, and the asset that an earlier step made', async () => {
  const component = 'azureml://registries/shared/components/copy/versions/1'
  const props: JsonObject = {
    jobType: 'Pipeline',
    inputs: { first: { jobInputType: 'uri_folder', uri: armId(bed.workspace.id, 'data', 'mixed', '1') } },
    outputs: {},
    settings: { default_compute: 'local' },
    jobs: {
      one: { type: 'command', componentId: component, inputs: { from: { value: '${{parent.inputs.first}}' } } },
      two: { type: 'command', componentId: component, inputs: { from: { value: '${{parent.jobs.one.outputs.to}}' } } },
    },
  }
  expect((await bed.submit('both', props)).filter(({ severity }) => severity !== 'warning')).toEqual([])
  const job = await bed.until('both')
  expect(job.state, JSON.stringify(job.facts)).toBe('Completed')
  const { one, two } = await bed.children('both')
  const made = `${scope}/data/azureml_${one?.name}_output_to:1`
  expect(await usesOf(one?.name ?? '')).toEqual([
    ['read', 'component', 'registries/shared/component/copy:1'],
    ['read', 'environment', 'registries/shared/environment/common:1'],
    ['read', 'code', 'registries/shared/code/src:1'],
    ['read', 'from', `${scope}/data/mixed:1`],
    ['written', 'to', made],
  ])
  expect(await usesOf(two?.name ?? '')).toContainEqual(['read', 'from', made])
  await bed.restart()
  expect(await usesOf(two?.name ?? '')).toContainEqual(['read', 'from', made])
})

test('what is published by Azure ML and not here is refused by name at the door', async () => {
  const issues = await bed.submit('refused', {
    jobType: 'Pipeline',
    inputs: {},
    outputs: {},
    settings: { default_compute: 'local' },
    jobs: {
      evaluate: {
        type: 'pipeline',
        componentId: 'azureml://registries/azureml/components/model_evaluation_pipeline/labels/latest',
      },
      nemo: { type: 'pipeline', componentId: 'azureml://registries/nvidia-ai/components/nemo/versions/0.0.7' },
    },
  })
  const messages = issues.map(({ message }) => message).join('\n')
  expect(messages).toContain('model_evaluation_pipeline of the registry azureml is published by Azure ML')
  expect(messages).toContain('there is no registry of that name on this server')
})

test('what work that is not over uses is in use, and nothing else is', async () => {
  const row = async (where: string, kind: string, name: string) => {
    const found = await bed.store.resources.get({ scope: where, kind, name, version: '1' })
    return found ?? expect.fail(`${kind} ${name} is gone`)
  }
  const users = async (where: string, name: string) => {
    const kind = { name: 'environment', collection: 'environments', shape: 'versioned' }
    // the check reads no more of a kind than this
    return usersOf(bed.store, kind as Parameters<typeof usersOf>[1], await row(where, 'environment', name))
  }
  expect(await users(registry, 'common')).toBeUndefined()
  await bed.put('waits', commandJob('sleep 60', { environmentId: 'azureml://registries/shared/environments/common' }))
  await bed.until('waits', ['Running'])
  expect(await users(registry, 'common')).toMatchObject({ by: 'the job waits are not over and use it' })
  expect(await users(scope, 'mine')).toBeUndefined()
  await bed.store.resources.ask({ scope, kind: 'job', name: 'waits' }, { cancel: Date.now() })
  await bed.until('waits')
  expect(await users(registry, 'common')).toBeUndefined()
})
