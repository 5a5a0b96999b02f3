import { filesOf } from '@lazurite/client'
import { kindByName, parseYaml } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { issuesOf } from './draft.ts'

const model = kindByName('model')
const messages = (text: string, names: string[] = []) => {
  if (!model) throw new Error('there are models')
  const folders = new Map(names.map((name) => [name, filesOf({ 'a.txt': 'x' }, name)]))
  return issuesOf(model, parseYaml(text), folders).map(({ path, message, line }) => [path.join('.'), line, message])
}

test('a path of files that were not picked is told with its line, once', () => {
  expect(messages('name: m\npath: ./weights\n')).toEqual([['path', 2, 'a browser cannot reach weights by itself']])
  expect(messages('name: m\npath: ./weights\n', ['weights'])).toEqual([])
  expect(messages('name: m\npath: azureml://datastores/workspaceblobstore/paths/m\n')).toEqual([])
})

test('what nobody else names needs a name', () => {
  expect(messages('path: azureml://datastores/a/paths/b\n')).toEqual([['name', 1, 'is required']])
})

test('what the checker finds comes first', () => {
  expect(messages('path: [1\n')).toHaveLength(1)
  expect(messages('nam: m\npath: azureml://datastores/a/paths/b\n').map(([path]) => path)).toContain('nam')
})
