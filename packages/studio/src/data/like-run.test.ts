import { expect, test } from 'vitest'
import { likeRun } from './like-run.ts'

test('what a run wrote is not written over by the next one', () => {
  const document = {
    name: 'amber_rat',
    type: 'command',
    properties: { a: 'b' },
    services: {},
    outputs: {
      default: { type: 'uri_folder', path: 'azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.amber_rat' },
      made: { type: 'uri_folder', path: 'azureml://datastores/blob/paths/azureml/amber_rat/made/' },
      chosen: { type: 'uri_file', path: 'azureml://datastores/blob/paths/report.csv' },
    },
  }
  expect(likeRun(document, 'amber_rat')).toEqual({
    type: 'command',
    outputs: {
      made: { type: 'uri_folder' },
      chosen: { type: 'uri_file', path: 'azureml://datastores/blob/paths/report.csv' },
    },
  })
  expect(likeRun({ type: 'command', outputs: { default: {} } }, 'x')).toEqual({ type: 'command' })
})
