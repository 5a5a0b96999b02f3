import { expect, test } from 'vitest'
import { assetPath, deploymentOf, endpointOf, shortId, trafficProblem } from './endpoints.ts'

const base = { id: '/x', type: 'x', name: 'blue' }

test('an endpoint that stands is ready, not completed', () => {
  const endpoint = endpointOf(
    { ...base, properties: { provisioningState: 'Succeeded', authMode: 'AMLToken' } },
    'online',
  )
  expect(endpoint).toMatchObject({ state: 'Ready', auth: 'aml_token', traffic: {} })
})

test('a deployment knows its model, its share and how many of it answer', () => {
  const properties = {
    provisioningState: 'Succeeded',
    model: '/subscriptions/s/resourceGroups/g/providers/p/workspaces/w/models/taxi/versions/12',
    environmentId: 'azureml:host@latest',
  }
  const resource = { ...base, properties, lazurite: { ready: 2, replicas: [] }, sku: { capacity: 3 } }
  expect(deploymentOf(resource, { traffic: { blue: 90 }, mirror: {} })).toMatchObject({
    model: 'taxi:12',
    environment: 'host@latest',
    instances: 3,
    ready: 2,
    share: 90,
  })
  expect(assetPath('models', 'taxi:12')).toBe('/models/taxi/12')
  expect(assetPath('models', 'a/b')).toBeUndefined()
  expect(shortId('')).toBe('')
})

test.each([
  [{ blue: 90, green: 10 }, undefined],
  [{ blue: 0, green: 0 }, undefined],
  [{}, undefined],
  [{ blue: 90 }, 'The shares add up to 90; 100 is needed, or 0.'],
  [{ blue: 99.5, green: 0.5 }, 'A share is a whole number from 0 to 100.'],
  [{ blue: -10, green: 110 }, 'A share is a whole number from 0 to 100.'],
])('shares %j: %s', (shares, problem) => {
  expect(trafficProblem(shares)).toBe(problem)
})
