import type { JsonObject } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { type Node, readGraph } from './graph.ts'
import type { NodeSpec } from './spec-of-node.ts'
import { stepProps } from './step.ts'
import { readLiteral } from './step-inputs.ts'

const specOf = (spec: JsonObject): NodeSpec => ({
  type: 'command',
  spec: { command: 'run', environment: 'azureml:host@latest', ...spec },
  component: { name: 'comp', version: '3', displayName: 'The component' },
  declared: true,
})

async function step(wire: JsonObject, spec: JsonObject = {}, props: JsonObject = {}) {
  const graph = readGraph({ n: wire })
  const sources = {
    graph,
    inputs: (props.inputs ?? {}) as JsonObject, // the tests write mappings
    output: async (node: string, output: string) => ({ uri: `uri-of-${node}-${output}`, type: 'uri_folder' }),
  }
  return stepProps({ pipeline: 'pipe', props, sources }, graph.get('n') as Node, specOf(spec))
}

test('what the node says about resources, limits, distribution and variables goes before the component', async () => {
  const spec = {
    resources: { instance_count: 1 },
    limits: { timeout: 10 },
    distribution: { type: 'pytorch' },
    code: 'azureml:/subscriptions/s/c/1',
  }
  expect(await step({}, spec, { experimentName: 'e' })).toMatchObject({
    jobType: 'Command',
    experimentName: 'e',
    codeId: '/subscriptions/s/c/1',
    environmentId: 'azureml:host@latest',
    resources: { instanceCount: 1 },
    limits: { jobLimitsType: 'Command', timeout: 'PT10S' },
    distribution: { type: 'pytorch' },
    properties: { 'azureml.moduleName': 'The component', 'azureml.pipelinerunid': 'pipe' },
  })
  const node = {
    resources: { instance_count: 2, shm_size: '${{parent.inputs.shm}}' },
    limits: { timeout: 'PT1M' },
    distribution: { type: 'tensorflow' },
    environment_variables: { A: '${{parent.inputs.shm}}', B: '${{inputs.own}}' },
    properties: { mine: 'yes' },
  }
  expect(await step(node, spec, { inputs: { shm: { jobInputType: 'literal', value: '4g' } } })).toMatchObject({
    resources: { instanceCount: 2, shmSize: '4g' },
    limits: { timeout: 'PT1M' },
    distribution: { type: 'tensorflow' },
    environmentVariables: { A: '4g', B: '${{inputs.own}}' },
    properties: { mine: 'yes' },
  })
})

test('compute comes from the node, else the pipeline, else its default', async () => {
  const props = {
    computeId: 'of-the-pipeline',
    settings: { default_compute: 'the-default' },
    inputs: { c: { jobInputType: 'literal', value: 'given' } },
  }
  expect((await step({ computeId: 'own' }, {}, props)).computeId).toBe('own')
  expect((await step({ compute: '${{parent.inputs.c}}' }, {}, props)).computeId).toBe('given')
  expect((await step({}, {}, props)).computeId).toBe('of-the-pipeline')
  expect((await step({}, {}, { settings: { default_compute: 'the-default' } })).computeId).toBe('the-default')
})

test('an output takes its settings from the pipeline, then the node, then the component', async () => {
  const spec = { outputs: { o: { type: 'mlflow_model', mode: 'upload' } } }
  const top = {
    outputs: { z: { jobOutputType: 'uri_folder', uri: 'azureml://datastores/d/paths/p', assetName: 'top' } },
  }
  const outputs = async (wire: JsonObject, props: JsonObject = {}) =>
    (await step({ outputs: wire }, spec, props)).outputs
  expect(await outputs({})).toEqual({ o: { jobOutputType: 'mlflow_model', mode: 'upload' } })
  expect(await outputs({ o: { mode: 'rw_mount', name: 'mine', version: '2' } })).toEqual({
    o: { jobOutputType: 'mlflow_model', mode: 'rw_mount', assetName: 'mine', assetVersion: '2' },
  })
  expect(await outputs({ o: { type: 'literal', value: '${{parent.outputs.z}}', mode: 'direct' } }, top)).toEqual({
    o: { jobOutputType: 'mlflow_model', uri: 'azureml://datastores/d/paths/p', mode: 'direct', assetName: 'top' },
  })
  expect(await outputs({}, { settings: { default_datastore: 'azureml:other' } })).toMatchObject({
    o: { uri: 'azureml://datastores/other/paths/azureml/${{name}}/${{output_name}}/' },
  })
})

test('inputs: data keeps its place and takes the port’s type, a text given to a data port is its path', async () => {
  const spec = {
    inputs: {
      d: { type: 'mltable', mode: 'eval_mount' },
      m: { type: 'uri_file' },
      p: { type: 'path' },
      t: { type: 'string' },
    },
  }
  const wire = {
    inputs: {
      d: '${{parent.inputs.data}}',
      m: { value: 'azureml:x:1', mode: 'download' },
      p: '${{parent.jobs.other.outputs.q}}',
      t: '${{parent.inputs.data}}',
    },
  }
  const props = { inputs: { data: { jobInputType: 'uri_folder', uri: 'azureml:data:1' } } }
  expect((await step(wire, spec, props)).inputs).toEqual({
    d: { jobInputType: 'mltable', uri: 'azureml:data:1', mode: 'eval_mount' },
    m: { jobInputType: 'uri_file', uri: 'azureml:x:1', mode: 'download' },
    p: { jobInputType: 'uri_folder', uri: 'uri-of-other-q' },
    t: { jobInputType: 'literal', value: 'azureml:data:1' },
  })
})

test.each<[JsonObject, string, object]>([
  [{ type: 'integer' }, '3.0', { text: '3' }],
  [{ type: 'integer' }, 'x', { problem: 'must be an integer, not "x"' }],
  [{ type: 'number' }, '1e-3', { text: '1e-3' }],
  [{ type: 'number', max: '1.5' }, '2', { problem: 'must be at most 1.5, not 2' }],
  [{ type: 'boolean' }, 'TRUE', { text: 'True' }],
  [{ type: 'boolean' }, 'yes', { text: 'False' }],
  [{ type: 'string', enum: ['a', 'b'] }, 'a', { text: 'a' }],
  [{ type: 'string', enum: ['a', 'b'] }, 'c', { problem: 'must be one of a, b, not "c"' }],
])('a literal for %j: %s', (port, text, read) => {
  expect(readLiteral(port, text)).toEqual(read)
})
