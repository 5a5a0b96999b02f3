import { parseYaml, printYaml, validateYaml } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { portsOf } from './signature.ts'
import { pipelineOf } from './try-component.ts'

test('the sides of a signature are read as MLflow writes them', () => {
  expect(portsOf('[{"name": "a", "type": "double", "required": false}]')).toEqual([
    { name: 'a', type: 'double', required: false },
  ])
  expect(portsOf('[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 4]}}]')).toEqual([
    { name: '0', type: 'float32[-1,4]', required: true },
  ])
  expect(portsOf('no json')).toEqual([])
  expect(portsOf(undefined)).toEqual([])
})

test('a job that tries a component is a valid pipeline', () => {
  const component = {
    type: 'command',
    inputs: {
      rows: { type: 'uri_file', default: 'azureml:rows:1' },
      rate: { type: 'number', default: '0.1' },
      more: { type: 'string', optional: true },
    },
  }
  const pipeline = pipelineOf('Clean-rows', '2', component)
  expect(pipeline.inputs).toEqual({ rows: { type: 'uri_file', path: 'azureml:rows:1' }, rate: '0.1' })
  expect(pipeline.jobs).toHaveProperty('clean_rows')
  expect(validateYaml('job', parseYaml(printYaml(pipeline)))).toEqual([])
})
