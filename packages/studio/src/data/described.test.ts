import { kindByName } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { describe, flagsOf, linkOf, placeOf, shortUri, withShortIds } from './described.ts'

const workspace = '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w'
const need = (name: string) => {
  const kind = kindByName(name)
  if (!kind) throw new Error(name)
  return kind
}

test('an id says what it is the id of', () => {
  expect(placeOf(`${workspace}/models/m/versions/3`)).toMatchObject({ name: 'm', version: '3', parent: undefined })
  expect(placeOf(`${workspace}/models/m`)).toMatchObject({ name: 'm', version: undefined })
  expect(placeOf(`${workspace}/onlineEndpoints/e/deployments/blue`)).toMatchObject({ name: 'blue', parent: 'e' })
  expect(placeOf('azureml://registries/team/models/m/versions/1')).toMatchObject({ registry: 'team', version: '1' })
  expect(linkOf(`azureml:${workspace}/environments/e/versions/2`)).toEqual({
    kind: 'environment',
    name: 'e',
    version: '2',
  })
  expect(linkOf('azureml:e:2')).toBeUndefined()
})

test('a name shows what its newest version says', () => {
  const version = {
    id: `${workspace}/environments/e/versions/2`,
    name: '2',
    type: '',
    properties: { image: 'x:2', tags: { a: 1 } },
  }
  const row = describe(need('environment'), {
    id: `${workspace}/environments/e`,
    name: 'e',
    type: '',
    properties: { latestVersion: '2' },
    lazurite: { latest: version },
  })
  expect(row).toMatchObject({
    name: 'e',
    version: undefined,
    latest: '2',
    tags: { a: '1' },
    document: { image: 'x:2' },
  })
})

test('a conda file that is kept as text is shown as what it holds', () => {
  const properties = { image: 'x', condaFile: 'dependencies:\n- pip\n' }
  const row = describe(need('environment'), {
    id: `${workspace}/environments/e/versions/1`,
    name: '1',
    type: '',
    properties,
  })
  expect(row.document.conda_file).toEqual({ dependencies: ['pip'] })
})

test('a URI in a list is short', () => {
  const hash = 'a'.repeat(64)
  expect(shortUri(`azureml://datastores/blob/paths/LocalUpload/${hash}/t.csv`)).toBe('blob/…/t.csv')
})

test('ids of the same workspace are written as references', () => {
  const home = `${workspace}/`
  const long = { compute: `azureml:${home}computes/cpu`, inputs: { d: { path: `azureml:${home}data/d/versions/1` } } }
  expect(withShortIds(long, home)).toEqual({ compute: 'azureml:cpu', inputs: { d: { path: 'azureml:d:1' } } })
  const other = `azureml:${workspace}x/computes/cpu`
  expect(withShortIds({ compute: other }, home)).toEqual({ compute: other })
})

test('the command line is told which one is meant', () => {
  const nobody = { version: undefined, parent: undefined, registry: undefined }
  expect(flagsOf({ ...nobody, name: 'm', version: '2', registry: 'team' })).toBe(
    '--name m --version 2 --registry-name team',
  )
  expect(flagsOf({ ...nobody, name: 'blue', parent: 'e' })).toBe('--name blue --endpoint-name e')
})
