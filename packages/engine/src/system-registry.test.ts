import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { curatedCatalog } from './environments/curated.ts'
import { readRequirement } from './environments/requirement.ts'
import { findAsset } from './lookup.ts'
import { builtIn, drawerOf, environmentRow, withSystemRegistry } from './system-registry.ts'
import { openRoom, type Room } from './testing/room.ts'

let room: Room
beforeAll(async () => {
  room = await openRoom()
})
afterAll(() => room.close())

const scope = 'registries/azureml'
const at = 'azureml://registries/azureml/environments'

describe('every environment that published example files name', () => {
  test.each([
    [`${at}/sklearn-1.5/labels/latest`, 'sklearn-1.5', '1'],
    [`${at}/model-evaluation/versions/6`, 'model-evaluation', '6'],
    [`${at}/model-evaluation/versions/24`, 'model-evaluation', '24'],
    [`${at}/responsibleai-tabular/versions/28`, 'responsibleai-tabular', '28'],
    [`${at}/acpt-pytorch-2.8-cuda12.6/labels/latest`, 'acpt-pytorch-2.8-cuda12.6', '1'],
    [`${at}/tensorflow-2.16-cuda12/labels/latest`, 'tensorflow-2.16-cuda12', '1'],
    ['azureml:AzureML-tensorflow-2.16-cuda12@latest', 'tensorflow-2.16-cuda12', '1'],
    ['azureml:AzureML-acpt-pytorch-2.8-cuda12.6@latest', 'acpt-pytorch-2.8-cuda12.6', '1'],
    ['azureml:AzureML-sklearn-1.5@latest', 'sklearn-1.5', '1'],
    ['azureml:AzureML-lightgbm-3.3@latest', 'lightgbm-3.3', '1'],
    ['azureml:AzureML-AutoML@prod', 'AutoML', '1'],
  ])('%s', async (text, name, version) => {
    const found = await findAsset(room.store, room.scope, text, 'environments')
    expect(found).toMatchObject({ row: { scope, kind: 'environment', name, version } })
    const listed = await drawerOf(room.store, scope).list({ scope, kind: 'environment' })
    expect(listed.rows.map((row) => row.name)).toContain(name)
  })
})

test.each(curatedCatalog.map(({ name }) => name))('%s says in words what it is here', (name) => {
  const { description, condaFile } = environmentRow(name, '1').props
  expect(description).toMatch(/^On this machine: /)
  expect(description).not.toContain('not known here')
  const lines = String(condaFile ?? '').split('\n')
  const packages = lines.filter((line) => line.startsWith('      - ')).map((line) => line.slice(8))
  for (const line of packages) expect(readRequirement(line), line).toBeDefined()
})

test('pages of it end, and nothing else is in it', async () => {
  const drawer = withSystemRegistry(room.store).resources
  const names: string[] = []
  for (let after: string | undefined; ; ) {
    const page = await drawer.list({ scope, kind: 'environment', top: 5, ...(after ? { after } : {}) })
    names.push(...page.rows.map((row) => row.name))
    after = page.next
    if (after === undefined) break
  }
  expect(names).toEqual(curatedCatalog.map(({ name }) => name))
  expect(await drawer.list({ scope, kind: 'model' })).toEqual({ rows: [] })
  expect(await drawer.get({ scope, kind: 'model', name: 'sklearn-1.5' })).toBeUndefined()
  expect(await drawer.get({ scope, kind: 'environment', name: 'sklearn-1.5', version: 'x' })).toBeUndefined()
})

test('reserved names stand for it in a workspace, and no other names do', () => {
  const key = { scope: room.scope, kind: 'environment', name: 'AzureML-sklearn-1.5' }
  expect(builtIn({ ...key, version: '1' })).toMatchObject({ name: 'AzureML-sklearn-1.5', version: '1' })
  expect(builtIn({ ...key, name: 'sklearn-1.5', version: '1' })).toBeUndefined()
  expect(builtIn({ ...key, kind: 'model', version: '1' })).toBeUndefined()
})

test('what is published but cannot run here is refused by name, each with a way out', async () => {
  const find = (text: string) => findAsset(room.store, room.scope, text, 'components')
  expect(await find('azureml://registries/azureml/components/rai_tabular_causal/versions/0.21.0')).toEqual({
    missing:
      'the component rai_tabular_causal of the registry azureml is published by Azure ML and is not part of this server',
    hint: expect.stringContaining('of your own'),
  })
  expect(await find('azureml://registries/nvidia-ai/components/nemo/versions/0.0.7')).toEqual({
    missing: expect.stringContaining('nvidia-ai, and there is no registry of that name'),
    hint: expect.stringContaining('Make the registry nvidia-ai'),
  })
})
