import { expect, test } from 'vitest'
import { bareId } from './spec-of-node.ts'

test.each([
  ['azureml:/subscriptions/s/codes/c/versions/1', '/subscriptions/s/codes/c/versions/1'],
  [
    'azureml:azureml://registries/azureml/environments/e/labels/latest',
    'azureml://registries/azureml/environments/e/labels/latest',
  ],
  [
    'azureml://registries/azureml/environments/e/labels/latest',
    'azureml://registries/azureml/environments/e/labels/latest',
  ],
  ['azureml:name@latest', 'azureml:name@latest'],
  [undefined, undefined],
])('%s is %s', (text, id) => {
  expect(bareId(text)).toBe(id)
})
