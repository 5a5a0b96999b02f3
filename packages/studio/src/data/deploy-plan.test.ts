import { parseYaml, printYaml, validateYaml } from '@lazurite/spec'
import { describe, expect, test } from 'vitest'
import { beginnings, commandsOf, deploymentOf, endpointNameOf, endpointOf, type Plan } from './deploy-plan.ts'

const plan = (o: Partial<Plan> = {}): Plan => ({
  model: 'flowers:1',
  sort: 'online',
  endpoint: 'flowers',
  isNew: true,
  deployment: 'blue',
  instances: 1,
  environment: '',
  script: 'none',
  code: beginnings.online,
  entry: 'score.py',
  compute: 'azureml:local',
  first: true,
  ...o,
})

describe('what deploying writes', () => {
  test.each([
    plan(),
    plan({ script: 'write', environment: 'azureml:host@latest' }),
    plan({ sort: 'batch' }),
    plan({ sort: 'batch', script: 'folder', environment: 'azureml:host@latest', instances: 2 }),
  ])('the checker takes it %#', (one) => {
    const exists = () => 'folder' as const
    const documents = [
      [`${one.sort}-deployment`, deploymentOf(one)],
      [`${one.sort}-endpoint`, endpointOf(one)],
    ] as const
    for (const [kind, document] of documents) {
      const found = validateYaml(kind, parseYaml(printYaml(document)), { exists })
      expect(found.filter(({ severity }) => severity !== 'warning')).toEqual([])
    }
  })

  test('commands', () => {
    expect(commandsOf(plan({ sort: 'batch', isNew: false }))).toEqual([
      'laz batch-deployment create --file blue.yml --set-default',
    ])
    expect(commandsOf(plan({ first: false }))).toEqual([
      'laz online-endpoint create --file endpoint.yml',
      'laz online-deployment create --file blue.yml',
    ])
  })

  test.each([
    ['iris-classifier:3', 'iris-classifier'],
    ['my model!:1', 'my-model'],
    ['42:1', 'endpoint'],
    [`${'a'.repeat(40)}:1`, 'a'.repeat(32)],
  ])('%s is served at %s', (model, name) => expect(endpointNameOf(model)).toBe(name))
})
