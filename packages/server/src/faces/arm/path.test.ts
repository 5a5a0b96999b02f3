import { describe, expect, test } from 'vitest'
import { readTarget, segmentsOf } from './path.ts'

const ws = '/subscriptions/s1/resourceGroups/g1/providers/Microsoft.MachineLearningServices/workspaces/w1'
const read = (path: string) => {
  const target = readTarget(segmentsOf(path))
  if (!target) return undefined
  const { kind, id, ...rest } = target as { kind?: { name: string }; id?: object } & Record<string, unknown>
  return { ...rest, ...(kind ? { kind: kind.name } : {}) }
}

describe('a path', () => {
  test.each([
    [ws, { at: 'workspace' }],
    [`${ws}/jobs`, { at: 'list', kind: 'job' }],
    [`${ws}/jobs/j1`, { at: 'item', kind: 'job', name: 'j1' }],
    [`${ws}/jobs/j1/cancel`, { at: 'item', kind: 'job', name: 'j1', action: 'cancel' }],
    [`${ws}/models/m1`, { at: 'item', kind: 'model', name: 'm1' }],
    [`${ws}/models/m1/versions`, { at: 'versions', kind: 'model', name: 'm1' }],
    [`${ws}/models/M1/VERSIONS/1`, { at: 'version', kind: 'model', name: 'M1', version: '1' }],
    [
      `${ws}/codes/c/versions/1/startPendingUpload`,
      { at: 'version', kind: 'code', name: 'c', version: '1', action: 'startPendingUpload' },
    ],
    [`${ws}/components/c/labels/default`, { at: 'label', kind: 'component', name: 'c', label: 'default' }],
    [`${ws}/environments/azureml%3Ae1/versions`, { at: 'versions', kind: 'environment', name: 'e1' }],
    [`${ws}/listKeys`, { at: 'workspace', action: 'listKeys' }],
    [
      `${ws}/models/m/versions/1/parts/x`,
      { at: 'version', kind: 'model', name: 'm', version: '1', action: 'parts', of: 'x' },
    ],
    [`${ws}/jobs/j1/parts/x`, { at: 'item', kind: 'job', name: 'j1', action: 'parts', of: 'x' }],
    [
      '/subscriptions/s1/providers/Microsoft.MachineLearningServices/workspaces',
      { at: 'workspaces', subscription: 's1' },
    ],
    [
      '/subscriptions/s1/resourcegroups/g1/deployments/d1/operations',
      { at: 'deployment', subscription: 's1', resourceGroup: 'g1', name: 'd1', operations: true },
    ],
    [
      '/subscriptions/s1/resourcegroups/g1/providers/Microsoft.Resources/deployments/d1',
      { at: 'deployment', subscription: 's1', resourceGroup: 'g1', name: 'd1', operations: false },
    ],
    [
      '/subscriptions/s1/providers/Microsoft.MachineLearningServices/locations/local/vmSizes',
      { at: 'location', subscription: 's1', location: 'local', rest: ['vmSizes'] },
    ],
    [
      '/subscriptions/s1/resourceGroups/g1/providers/Microsoft.MachineLearningServices/registries/r1',
      { at: 'registry', subscription: 's1', resourceGroup: 'g1', name: 'r1' },
    ],
    [
      '/subscriptions/s1/providers/Microsoft.MachineLearningServices/registries',
      { at: 'registries', subscription: 's1' },
    ],
  ])('%s is understood', (path, target) => {
    expect(read(path)).toEqual(target)
  })

  test.each([
    '/subscriptions/s1/nothing',
    '/subscriptions/s1/resourceGroups/g1/providers/Microsoft.Compute/virtualMachines/x',
    `${ws}/jobs/j1/versions/1/x`,
    `${ws}/teleporters/x`,
    `${ws}/jobs/a/b/c/d/e/f`,
    `${ws}/models/m/versions/1/x/y/z`,
  ])('%s is nobody’s', (path) => {
    expect(read(path)).toBeUndefined()
  })

  test.each(['%2e%2e', '.%2E', '..', '.', 'a%2fb', '%5c', 'a%00', '%0d%0aX: y'])(
    'with the segment %s is refused',
    (segment) => {
      expect(() => segmentsOf(`${ws}/jobs/${segment}`)).toThrow(/leaves the place|must not have/)
    },
  )
})
