import { expect, test } from 'vitest'
import { fromAzurePath, fromPasted } from './azure-links.ts'

const wsid = '?wsid=/subscriptions/s/resourcegroups/g/workspaces/w&tid=t'

test.each([
  ['/runs/brave_fig', wsid, '/jobs/brave_fig'],
  ['/runs/brave_fig', '', '/jobs/brave_fig'],
  ['/experiments', wsid, undefined],
  ['/experiments/id/my%20own', wsid, '/experiments/my%20own'],
  ['/model/list', wsid, '/models'],
  ['/model/taxi:12/details', wsid, '/models/taxi/12'],
  ['/data/taxi/3/details', wsid, '/data/taxi/3'],
  ['/data/datastore', wsid, '/datastores'],
  ['/data/datastore/blob/edit', `${wsid}&activeFilePath=a/b.csv`, '/datastores/blob?path=a%2Fb.csv'],
  ['/environments/acpt/version/14', wsid, '/environments/acpt/14'],
  ['/compute/list', wsid, '/compute'],
  ['/compute/list/instances', wsid, '/compute?kind=instances'],
  ['/compute/gpu/details', wsid, '/compute/gpu'],
  ['/endpoints/realtime', wsid, '/endpoints'],
  ['/endpoints/realtime/taxi/detail', wsid, '/endpoints/taxi'],
  ['/endpoints/batch/files/detail', wsid, '/endpoints/batch/files'],
  // ours
  ['/data/taxi/3', '', undefined],
  ['/compute/list', '', undefined],
  ['/endpoints/realtime', '', undefined],
  ['/jobs/x', wsid, undefined],
  ['/', '', undefined],
])('%s%s leads to %s', (path, search, page) => {
  expect(fromAzurePath(path, search)).toBe(page)
})

const arm = '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w'

test.each([
  ['https://ml.azure.com/runs/brave_fig?wsid=x', '/jobs/brave_fig'],
  ['http://127.0.0.1:1/jobs?q=a', '/jobs?q=a'],
  ['https://example.test/jobs', undefined],
  [`${arm}/jobs/brave_fig`, '/jobs/brave_fig'],
  [`${arm}/models/taxi/versions/12`, '/models/taxi/12'],
  [`${arm}/onlineEndpoints/taxi/deployments/blue`, '/endpoints/taxi'],
  [`${arm}/computes/cpu`, '/compute/cpu'],
  ['azureml://jobs/brave_fig/outputs/artifacts/paths/model/', '/jobs/brave_fig'],
  ['azureml://registries/azureml/models/taxi/versions/1', '/models/taxi/1'],
  ['azureml:taxi:12', undefined],
  ['taxi', undefined],
  ['https://%', undefined],
])('pasted, %s leads to %s', (text, page) => {
  expect(fromPasted(text, '127.0.0.1:1')).toBe(page)
})
