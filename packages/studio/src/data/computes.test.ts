import { expect, test } from 'vitest'
import { computeRow } from './computes.ts'
import type { Resource } from './queries.ts'

const resource = (computeType: string, inner: object, provisioningState = 'Succeeded'): Resource => ({
  id: '/x',
  type: 'x',
  name: 'c',
  properties: { computeType, provisioningState, properties: inner },
})
const pools = [{ compute: 'c', busy: 2, waiting: 5 }]

test('a cluster is idle or busy, with as many nodes as it may have', () => {
  const cluster = resource('AmlCompute', { scaleSettings: { maxNodeCount: 4 }, vmSize: 'STANDARD_DS3_V2' })
  expect(computeRow(cluster, pools)).toMatchObject({ kind: 'clusters', state: 'busy', busy: 2, most: 4, queued: 5 })
  expect(computeRow(cluster, [])).toMatchObject({ state: 'idle', busy: 0, queued: 0 })
})

test('an instance is as it says', () => {
  expect(computeRow(resource('ComputeInstance', { state: 'Stopped' }), [])).toMatchObject({
    kind: 'instances',
    state: 'Stopped',
  })
})

test('what is attached is ready, or what became of making it', () => {
  expect(computeRow(resource('Kubernetes', {}), [])).toMatchObject({ kind: 'kubernetes', state: 'Ready' })
  expect(computeRow(resource('VirtualMachine', {}, 'Failed'), [])).toMatchObject({ kind: 'attached', state: 'Failed' })
  expect(computeRow(resource('VirtualMachine', {}), [])).not.toHaveProperty('busy')
})
